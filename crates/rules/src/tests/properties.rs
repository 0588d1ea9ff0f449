//! What must hold for every account, contact and rule.

use proptest::prelude::*;

use super::{account, moment, oracle, schema};
use crate::testing::{Options, json, world};
use crate::{Decimal, Dialect, Moment, Names, Param, Rule, Segments, Tempo, check};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_program_agrees_with_the_naive_reading(world in world(&Options::default())) {
        for rule in &world.rules {
            let compiled = check(rule, &world.schema, &world.moment, &world.segments)
                .map_err(|errors| TestCaseError::fail(format!("{}: {errors:?}", rule.to_json())))?;
            let not = Rule::Not(Box::new(rule.clone()));
            let not = check(&not, &world.schema, &world.moment, &world.segments)
                .map_err(|errors| TestCaseError::fail(format!("not: {errors:?}")))?;
            for contact in &world.contacts {
                let view = contact.view();
                let selected = compiled.matches(&view);
                prop_assert_eq!(
                    selected,
                    oracle::selects(&world, rule, contact),
                    "{} at {:?} on {:?}", rule.to_json(), world.moment, contact
                );
                prop_assert_eq!(not.matches(&view), !selected);
            }
        }
    }

    #[test]
    fn whoever_changes_sides_with_time_is_among_those_who_may(
        world in world(&Options::default()),
        hours in (0..75_i64, 0..75_i64),
        micros in 0..4_i64,
    ) {
        let later = |moment: &Moment, hours: i64| {
            let at = moment.now.as_micros() + hours * 3_600_000_000 + micros;
            Moment::new(kernel::Timestamp::from_micros(at), moment.zone.clone())
        };
        let middle = later(&world.moment, hours.0);
        let end = later(&middle, hours.1);
        for rule in &world.rules {
            let at = |moment: &Moment| check(rule, &world.schema, moment, &world.segments).unwrap();
            let steps: Vec<_> = end.steps_from(&world.moment).iter().map(at).collect();
            let (first, between, last) = (at(&world.moment), at(&middle), at(&end));
            let suspects: Vec<_> = steps
                .windows(2)
                .filter_map(|pair| pair[1].changed_since(&pair[0]))
                .collect();
            prop_assert!(last.tempo() != Tempo::Still || suspects.is_empty());
            for contact in &world.contacts {
                let view = contact.view();
                let told = [&first, &between, &last].map(|it| it.matches(&view));
                if told[0] != told[2] || told[1] != told[2] {
                    prop_assert!(
                        suspects.iter().any(|it| it.matches(&view)),
                        "{} from {:?} to {:?} and {:?}: {:?}", rule.to_json(), world.moment, middle, end, contact
                    );
                }
            }
            for suspects in &suspects {
                for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                    let sql = suspects.sql(dialect, account(), 5, "s");
                    assert_well_formed(&sql.text, &sql.params);
                }
            }
        }
    }

    #[test]
    fn json_round_trips_and_the_rest_does_not_panic(world in world(&Options { contacts: 0, ..Options::default() })) {
        for rule in &world.rules {
            let json = rule.to_json();
            prop_assert_eq!(&Rule::parse(&json).unwrap(), rule, "{}", json);
            prop_assert_eq!(&Rule::parse_text(&json.to_string()).unwrap(), rule, "{}", json);
            prop_assert!(!rule.describe(&Names::default()).is_empty());
            rule.references();
            let compiled = check(rule, &world.schema, &world.moment, &world.segments).unwrap();
            compiled.needs();
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                let sql = compiled.sql(dialect, account(), 5, "s");
                assert_well_formed(&sql.text, &sql.params);
            }
        }
    }

    #[test]
    fn any_json_is_a_rule_or_has_faults(json in json()) {
        match Rule::parse(&json) {
            Err(errors) => prop_assert!(!errors.is_empty()),
            Ok(rule) => {
                prop_assert_eq!(&Rule::parse(&rule.to_json()).unwrap(), &rule);
                if let Err(errors) = check(&rule, &schema(), &moment(), &Segments::none()) {
                    prop_assert!(!errors.is_empty());
                }
            }
        }
    }

    #[test]
    fn decimals_round_trip(micros in any::<i64>(), float in any::<f64>(), text in "-?[0-9]{0,14}(\\.[0-9]{0,8})?") {
        let decimal = Decimal::from_micros(micros);
        prop_assert_eq!(Decimal::parse(&decimal.to_string()), Ok(decimal));
        match decimal.to_json() {
            serde_json::Value::Number(number) => prop_assert_eq!(Decimal::from_json(&number), Ok(decimal)),
            other => prop_assert_eq!(Decimal::parse(other.as_str().unwrap()), Ok(decimal)),
        }
        if let Some(number) = serde_json::Number::from_f64(float)
            && let Ok(decimal) = Decimal::from_json(&number)
        {
            prop_assert!(decimal.to_json().is_number());
        }
        if let Ok(decimal) = Decimal::parse(&text) {
            prop_assert_eq!(Decimal::parse(&decimal.to_string()), Ok(decimal));
        }
    }
}

/// Parentheses are balanced, and the parameters are exactly those bound.
#[track_caller]
fn assert_well_formed(text: &str, params: &[Param]) {
    let mut depth = 0_i32;
    for c in text.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        assert!(depth >= 0, "{text}");
    }
    assert_eq!(depth, 0, "{text}");
    assert!(text.is_ascii() && !text.contains('\''), "{text}");
    let mut used: Vec<usize> = text
        .split('$')
        .skip(1)
        .map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        })
        .collect();
    used.sort_unstable();
    used.dedup();
    let bound: Vec<usize> = (5..5 + params.len()).collect();
    assert_eq!(used, bound, "{text}");
}
