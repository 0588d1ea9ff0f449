mod errors;
mod meaning;
mod oracle;
mod properties;
mod text;

use kernel::{AccountId, TimeZone};
use serde_json::Value;

use crate::{Compiled, FieldKind, Moment, Rule, RuleError, Schema, Segments};

fn moment() -> Moment {
    moment_in("2026-05-04T10:00:00Z", "Europe/Berlin")
}

fn moment_in(now: &str, zone: &str) -> Moment {
    Moment::new(now.parse().unwrap(), TimeZone::parse(zone).unwrap())
}

fn schema() -> Schema {
    Schema::new(["active", "unsubscribed", "bounced"], ["import", "api"])
        .with_field("city", 1_i64, FieldKind::Text, vec![])
        .with_field(
            "size",
            2_i64,
            FieldKind::Text,
            vec!["Small".to_owned(), "Large".to_owned()],
        )
        .with_field("visits", 3_i64, FieldKind::Number, vec![])
        .with_field("birthday", 4_i64, FieldKind::Date, vec![])
        .with_field("vip", 5_i64, FieldKind::Boolean, vec![])
        .with_groups([10_i64, 11, 12])
        .with_tags([20_i64, 21])
        .with_campaigns([30_i64, 31])
}

fn parse(json: Value) -> Rule {
    Rule::parse(&json).unwrap_or_else(|errors| panic!("{json}: {errors:?}"))
}

fn compile_at(json: Value, moment: &Moment) -> Compiled {
    crate::check(&parse(json.clone()), &schema(), moment, &Segments::none())
        .unwrap_or_else(|errors| panic!("{json}: {errors:?}"))
}

fn compile(json: Value) -> Compiled {
    compile_at(json, &moment())
}

/// The faults of a rule, wherever they are found.
fn faults(json: &Value, segments: &Segments) -> Vec<RuleError> {
    match Rule::parse(json) {
        Err(errors) => errors,
        Ok(rule) => crate::check(&rule, &schema(), &moment(), segments)
            .err()
            .unwrap_or_default(),
    }
}

fn account() -> AccountId {
    AccountId::from(77)
}
