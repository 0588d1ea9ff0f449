//! Looking at the people a campaign would go to, and at what is not known of them.

use std::collections::{BTreeMap, BTreeSet};

use ::content::Document;
use ctx::Ctx;
use db::Tx;
use kernel::{Error, Result};
use rules::{FieldTest, Membership, Op, Operand, Quantifier, Rule};

use super::mail::Mail;
use super::model::{Item, Level, so_many};
use super::store::{self, Reach};
use crate::campaigns::{Audience, Campaign};

/// Most lists, and most fields of one mail, that are counted one by one.
const MOST_LISTS: usize = 20;
const MOST_FIELDS: usize = 20;

/// Whom it goes to, and what is not known of them.
pub(super) async fn look(
    ctx: &Ctx,
    tx: &mut Tx,
    campaign: &Campaign,
    mails: &mut [Mail],
    items: &mut Vec<Item>,
) -> Result<()> {
    if campaign.audience.is_empty() {
        items.push(Item::new(
            "audience_missing",
            Level::Error,
            "Nobody was chosen",
            "Choose groups, segments or tags, or everyone.",
        ));
        return Ok(());
    }
    let account = campaign.account;
    let lists = lists(&campaign.audience);
    let of_mails: Vec<Vec<String>> = mails
        .iter()
        .map(|mail| mail.document.as_ref().map(fields).unwrap_or_default())
        .collect();
    let fields: BTreeSet<&String> = of_mails.iter().flatten().collect();
    let mut rules = vec![campaign.audience.to_rule()];
    rules.extend(lists.iter().map(|(_, rule)| rule.clone()));
    rules.extend(fields.iter().map(|field| {
        Rule::Field(FieldTest {
            field: (*field).clone(),
            op: Op::IsNotSet,
            operand: Operand::None,
        })
    }));
    let mut compiled = Vec::with_capacity(rules.len());
    for rule in &rules {
        match audience::segments::compile_rule_in(tx, ctx, account, rule).await {
            Ok(one) => compiled.push(one),
            Err(Error::Invalid(faults)) => {
                let places = faults.into_iter().map(|fault| fault.message);
                let title = "The audience names something that is gone";
                let detail = "Choose again whom the campaign goes to.";
                items.push(
                    Item::new("audience_invalid", Level::Error, title, detail).places(places),
                );
                return Ok(());
            }
            Err(other) => return Err(other),
        }
    }
    let (of_lists, lacking) = compiled[1..].split_at(lists.len());
    let reach = store::reach(tx, account, &compiled[0], of_lists, lacking).await?;
    tell_reach(&reach, &lists, items);
    let lacking: BTreeMap<&String, i64> = fields
        .into_iter()
        .zip(reach.lacking.iter().copied())
        .collect();
    for (mail, fields) in mails.iter_mut().zip(&of_mails) {
        tell_fields(reach.recipients, fields, &lacking, &mut mail.items);
    }
    Ok(())
}

/// Each list of the audience with its name and the rule for being in it.
fn lists(audience: &Audience) -> Vec<(String, Rule)> {
    fn of<T: Copy + Into<i64>>(
        name: &'static str,
        ids: &[T],
        rule: fn(Membership) -> Rule,
    ) -> Vec<(String, Rule)> {
        ids.iter()
            .enumerate()
            .map(|(i, id)| {
                let member = Membership {
                    quantifier: Quantifier::Any,
                    ids: vec![(*id).into()],
                };
                (format!("audience.{name}[{i}]"), rule(member))
            })
            .collect()
    }
    if audience.everyone {
        return Vec::new();
    }
    let mut all = of("groups", &audience.groups, Rule::Group);
    all.extend(of("segments", &audience.segments, Rule::Segment));
    all.extend(of("tags", &audience.tags, Rule::Tag));
    all.truncate(MOST_LISTS);
    all
}

/// The fields of people that are merged without a word for those who lack it.
fn fields(document: &Document) -> Vec<String> {
    let mut fields: Vec<String> = ::content::bare_names(document)
        .into_iter()
        .filter(|name| !name.starts_with("account.") && !name.starts_with("campaign."))
        .map(|name| name.strip_prefix("fields.").unwrap_or(&name).to_owned())
        .collect();
    fields.dedup();
    fields.truncate(MOST_FIELDS);
    fields
}

fn tell_reach(reach: &Reach, lists: &[(String, Rule)], items: &mut Vec<Item>) {
    let so_many_people = so_many(reach.recipients.unsigned_abs() as usize, "person");
    let people = so_many_people.replace("persons", "people");
    if reach.recipients == 0 {
        let detail = "No active subscriber is in what was chosen and in none of what was excluded.";
        items.push(Item::new(
            "audience_empty",
            Level::Error,
            "Nobody would get it",
            detail,
        ));
    } else {
        items.push(
            Item::ok("audience", format!("{people} would get it")).count(reach.recipients as usize),
        );
    }
    let empty: Vec<String> = lists
        .iter()
        .zip(&reach.lists)
        .filter(|(_, n)| **n == 0)
        .map(|((name, _), _)| name.clone())
        .collect();
    if !empty.is_empty() && reach.recipients > 0 {
        let title = so_many(empty.len(), "chosen list") + " without anybody";
        let detail = "Nobody active is in it. Was another one meant?";
        items.push(
            Item::new("audience_list_empty", Level::Warning, title, detail)
                .count(empty.len())
                .places(empty.clone()),
        );
    }
    if reach.in_several > 0 {
        items.push(
            Item::new(
                "audience_overlap",
                Level::Info,
                "Some people are in several of the chosen lists",
                "Each gets the mail once.",
            )
            .count(reach.in_several as usize),
        );
    }
}

fn tell_fields(
    recipients: i64,
    fields: &[String],
    lacking: &BTreeMap<&String, i64>,
    items: &mut Vec<Item>,
) {
    let mut all_known = true;
    let lacked = fields
        .iter()
        .map(|field| (field, lacking.get(field).copied().unwrap_or(0)));
    for (field, n) in lacked.filter(|(_, n)| *n > 0) {
        all_known = false;
        let people = if n == 1 {
            "1 person".to_owned()
        } else {
            format!("{n} people")
        };
        let detail = format!(
            "They see a hole in the text. Say what stands there instead: {{{{ {field} | default(\"...\") }}}}"
        );
        items.push(
            Item::new(
                "merge_field_empty",
                Level::Warning,
                format!("{field} is empty for {people}"),
                detail,
            )
            .count(n as usize)
            .places([field.clone()]),
        );
    }
    if all_known && recipients > 0 {
        items.push(Item::ok(
            "merge_fields",
            "Everybody has what the mail merges in",
        ));
    }
}
