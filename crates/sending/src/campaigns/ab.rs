//! A/B tests: who gets which variant, and what the numbers can tell.

use ::content::Document;
use kernel::{FieldError, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::RevisionId;
use crate::senders::SenderId;

/// What decides which variant the rest gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WinnerBy {
    /// The largest share of people who opened.
    Opens,
    /// The largest share of people who clicked.
    Clicks,
    /// A person, at any time.
    Hand,
}

/// One variant as it is asked for. What is absent is as in the campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewVariant {
    #[schema(example = "Twelve new teas")]
    pub subject: Option<String>,
    pub preheader: Option<String>,
    /// A text of its own.
    pub content: Option<Document>,
    pub sender_id: Option<SenderId>,
    /// Sent so many minutes after the start.
    pub delay_minutes: i64,
}

/// An A/B test as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAbTest {
    /// How many of 100 recipients are in the test; the others get the winner. With 100 there is nothing to decide.
    #[schema(example = 20, minimum = 1, maximum = 100)]
    pub share_percent: i64,
    pub winner_by: WinnerBy,
    /// When it is decided, in minutes after the start; not for `hand`.
    #[serde(default)]
    #[schema(example = 240)]
    pub test_minutes: Option<i64>,
    /// 2 to 8 that differ. An empty one is the campaign as it is.
    pub variants: Vec<NewVariant>,
}

/// Whom a variant comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VariantSender {
    pub id: SenderId,
    pub name: String,
    pub email: String,
    #[schema(required)]
    pub reply_to: Option<String>,
}

/// A variant. What is absent is as in the campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Variant {
    #[schema(required)]
    pub subject: Option<String>,
    #[schema(required)]
    pub preheader: Option<String>,
    /// A text of its own, as it was written.
    #[schema(required)]
    pub content_revision_id: Option<RevisionId>,
    #[schema(required)]
    pub sender: Option<VariantSender>,
    pub delay_minutes: i64,
    /// What it came to when the campaign started.
    #[schema(required)]
    pub revision_id: Option<RevisionId>,
}

/// An A/B test of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AbTest {
    pub share_percent: i64,
    pub winner_by: WinnerBy,
    /// Absent when a person decides.
    #[schema(required)]
    pub test_minutes: Option<i64>,
    /// The first is variant 1.
    pub variants: Vec<Variant>,
    /// Which variant those who were not in the test get.
    #[schema(required)]
    pub winner: Option<i64>,
    #[schema(required)]
    pub decided_at: Option<Timestamp>,
    /// The numbers at that moment, of those who were in the test.
    #[schema(required)]
    pub decided_on: Option<Vec<Numbers>>,
}

/// What became of a variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Numbers {
    pub sent: i64,
    pub opened: i64,
    pub clicked: i64,
}

const MOST_VARIANTS: usize = 8;
const MOST_MINUTES: i64 = 14 * 24 * 60;

impl NewAbTest {
    /// What is wrong with it, whatever its texts say.
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: String, code: &'static str, message: String| {
            errors.push(FieldError::new(field, code, message));
        };
        if !(1..=100).contains(&self.share_percent) {
            wrong(
                "ab.share_percent".into(),
                "out_of_range",
                "choose 1 to 100".into(),
            );
        }
        let decided = self.winner_by != WinnerBy::Hand && self.share_percent < 100;
        match self.test_minutes {
            Some(n) if !(5..=MOST_MINUTES).contains(&n) => {
                let message = format!("choose 5 to {MOST_MINUTES}");
                wrong("ab.test_minutes".into(), "out_of_range", message);
            }
            None if decided => {
                let message = "say after how many minutes it is decided".into();
                wrong("ab.test_minutes".into(), "required", message);
            }
            _ => {}
        }
        if !(2..=MOST_VARIANTS).contains(&self.variants.len()) {
            let message = format!("give 2 to {MOST_VARIANTS} variants");
            wrong("ab.variants".into(), "out_of_range", message);
            return errors;
        }
        for (i, variant) in self.variants.iter().enumerate() {
            if self.variants[..i].contains(variant) {
                let message = "it is the same as another one; a test compares what differs".into();
                wrong(format!("ab.variants[{i}]"), "duplicate", message);
            }
            let last = self
                .test_minutes
                .filter(|_| decided)
                .unwrap_or(MOST_MINUTES);
            if !(0..last).contains(&variant.delay_minutes) {
                let message = format!("choose 0 to {}, before the test is decided", last - 1);
                wrong(
                    format!("ab.variants[{i}].delay_minutes"),
                    "out_of_range",
                    message,
                );
            }
        }
        errors
    }
}

impl AbTest {
    /// Which variant the recipient gets who is number `place` (from 0) on the list; none for the rest.
    ///
    /// Test places are spread evenly and the variants take them in turn, so the shares are exact wherever the list is cut.
    /// The list is in random order. `sql` in the store says the same in SQL.
    pub(crate) fn variant_at(&self, place: i64) -> Option<i64> {
        let before = place * self.share_percent / 100;
        let within = (place + 1) * self.share_percent / 100 > before;
        within.then(|| before % self.variants.len() as i64 + 1)
    }

    /// Variant `number`, from 1.
    pub(crate) fn variant(&self, number: i64) -> Option<&Variant> {
        self.variants.get(usize::try_from(number - 1).ok()?)
    }

    /// Whether somebody waits for the decision.
    pub(crate) fn is_open(&self) -> bool {
        self.winner.is_none() && self.share_percent < 100
    }

    /// Forgets how it went, for a copy.
    pub(crate) fn anew(mut self) -> Self {
        self.winner = None;
        self.decided_at = None;
        self.decided_on = None;
        for variant in &mut self.variants {
            variant.revision_id = None;
        }
        self
    }
}

/// What became of one variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sent: i64,
    pub(crate) reacted: i64,
}

impl Tally {
    fn rate(self) -> f64 {
        if self.sent > 0 {
            self.reacted as f64 / self.sent as f64
        } else {
            0.0
        }
    }
}

/// What the numbers of a test can tell.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// The variant that leads; absent while nobody reacted.
    #[schema(required)]
    pub leader: Option<i64>,
    /// How probable a lead like this would be if the variants did not differ (two-proportion test of the leader against
    /// the second, corrected for the number of variants). Absent when there are too few numbers to say.
    #[schema(required)]
    pub p_value: Option<f64>,
    /// Whether that is below 0.05.
    pub significant: bool,
    /// The same as a sentence.
    #[schema(
        example = "Variant 2 leads: 24.1 % of 1000 opened, against 20.0 % of 1000 of variant 1. If they did not \
                        differ, a lead like this would come about in about 3 of 100 tests: it is probably real."
    )]
    pub sentence: String,
}

/// The variant with the largest share; of equal ones the first.
pub(crate) fn leader(tallies: &[Tally]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, tally) in tallies.iter().enumerate() {
        if tally.reacted > 0 && best.is_none_or(|best| tally.rate() > tallies[best].rate()) {
            best = Some(i);
        }
    }
    best
}

/// Compares; `verb` is what people did, such as "opened".
pub(crate) fn compare(tallies: &[Tally], verb: &str) -> Comparison {
    let Some(first) = leader(tallies) else {
        return Comparison {
            leader: None,
            p_value: None,
            significant: false,
            sentence: format!("Nobody {verb} yet."),
        };
    };
    let second = (0..tallies.len())
        .filter(|i| *i != first)
        .max_by(|a, b| {
            tallies[*a]
                .rate()
                .total_cmp(&tallies[*b].rate())
                .then(b.cmp(a))
        })
        .unwrap_or(first);
    let (a, b) = (tallies[first], tallies[second]);
    let lead = format!(
        "Variant {} leads: {:.1} % of {} {verb}, against {:.1} % of {} of variant {}.",
        first + 1,
        a.rate() * 100.0,
        a.sent,
        b.rate() * 100.0,
        b.sent,
        second + 1
    );
    let p_value = p_value(a, b).map(|p| (p * (tallies.len() - 1) as f64).min(1.0));
    let (significant, rest) = match p_value {
        None => (false, "That is too few to tell them apart.".to_owned()),
        Some(p) => {
            let of_100 = match p * 100.0 {
                n if n < 1.0 => "fewer than 1 of 100 tests".to_owned(),
                n => format!("about {n:.0} of 100 tests"),
            };
            let meaning = if p < 0.05 {
                "it is probably real"
            } else {
                "it may well be chance"
            };
            let rest = format!(
                "If they did not differ, a lead like this would come about in {of_100}: {meaning}."
            );
            (p < 0.05, rest)
        }
    };
    Comparison {
        leader: Some(first as i64 + 1),
        p_value,
        significant,
        sentence: format!("{lead} {rest}"),
    }
}

/// Two-sided, with the pooled share; absent where the normal distribution is no approximation.
fn p_value(a: Tally, b: Tally) -> Option<f64> {
    let (n, m) = (a.sent as f64, b.sent as f64);
    if a.sent == 0 || b.sent == 0 {
        return None;
    }
    let pooled = (a.reacted + b.reacted) as f64 / (n + m);
    let fewest = (n.min(m) * pooled).min(n.min(m) * (1.0 - pooled));
    if fewest < 5.0 {
        return None;
    }
    let z = (a.rate() - b.rate()).abs() / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    Some(two_sided(z))
}

/// The probability of a standard normal value beyond `z` on either side (Abramowitz and Stegun 7.1.26; error below
/// 1.5e-7).
fn two_sided(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    (poly * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(share_percent: i64, variants: usize) -> AbTest {
        let variant = Variant {
            subject: None,
            preheader: None,
            content_revision_id: None,
            sender: None,
            delay_minutes: 0,
            revision_id: None,
        };
        AbTest {
            share_percent,
            winner_by: WinnerBy::Opens,
            test_minutes: Some(60),
            variants: vec![variant; variants],
            winner: None,
            decided_at: None,
            decided_on: None,
        }
    }

    #[test]
    fn shares_are_exact_and_variants_take_turns() {
        for (share, variants) in [(1, 2), (20, 3), (33, 8), (50, 2), (100, 5)] {
            let ab = test(share, variants);
            let mut counts = vec![0; variants + 1];
            for place in 0..10_000 {
                counts[ab.variant_at(place).unwrap_or(0) as usize] += 1;
            }
            let of_test = &counts[1..];
            assert_eq!(of_test.iter().sum::<i32>(), 100 * share as i32);
            let (least, most) = (of_test.iter().min(), of_test.iter().max());
            assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
        }
    }

    #[test]
    fn the_test_of_two_proportions_gives_known_values() {
        let p = |a, n, b, m| {
            p_value(
                Tally {
                    sent: n,
                    reacted: a,
                },
                Tally {
                    sent: m,
                    reacted: b,
                },
            )
        };
        // z = 2.21134: p = 0.02701.
        assert!((p(241, 1000, 200, 1000).unwrap() - 0.027_01).abs() < 1e-4);
        assert!((p(200, 1000, 200, 1000).unwrap() - 1.0).abs() < 1e-6);
        // z = 1.959964 is the known border.
        assert!((two_sided(1.959_964) - 0.05).abs() < 1e-6);
        assert_eq!(p(3, 10, 1, 10), None);
        assert_eq!(p(3, 0, 1, 10), None);
    }

    #[test]
    fn the_sentence_does_not_promise_more_than_the_numbers() {
        let tally = |sent, reacted| Tally { sent, reacted };
        let none = compare(&[tally(10, 0), tally(10, 0)], "opened");
        assert_eq!((none.leader, none.significant), (None, false));
        let few = compare(&[tally(10, 1), tally(10, 3)], "opened");
        assert_eq!(
            (few.leader, few.p_value, few.significant),
            (Some(2), None, false)
        );
        assert!(
            few.sentence.ends_with("too few to tell them apart."),
            "{}",
            few.sentence
        );
        let real = compare(&[tally(1000, 200), tally(1000, 241)], "opened");
        assert_eq!((real.leader, real.significant), (Some(2), true));
        assert!(
            real.sentence
                .contains("about 3 of 100 tests: it is probably real"),
            "{}",
            real.sentence
        );
        // The same lead, picked out of eight, is not.
        let mut eight = vec![tally(1000, 200); 8];
        eight[5] = tally(1000, 241);
        let picked = compare(&eight, "clicked");
        assert_eq!((picked.leader, picked.significant), (Some(6), false));
        assert!(
            picked.sentence.contains("may well be chance"),
            "{}",
            picked.sentence
        );
    }
}
