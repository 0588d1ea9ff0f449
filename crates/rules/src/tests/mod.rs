mod bookings;
mod errors;
mod meaning;
mod oracle;
mod properties;
mod text;

use kernel::{AccountId, TimeZone};
use serde_json::Value;

use crate::{Compiled, Field, FieldKind, Moment, Rule, RuleError, Schema, Segments};

fn moment() -> Moment {
    moment_in("2026-05-04T10:00:00Z", "Europe/Berlin")
}

fn moment_in(now: &str, zone: &str) -> Moment {
    Moment::new(now.parse().unwrap(), TimeZone::parse(zone).unwrap())
}

fn schema() -> Schema {
    Schema::new(["active", "unsubscribed", "bounced"], ["import", "api"])
        .with_field("city", field(1, FieldKind::Text, &[]))
        .with_field("size", field(2, FieldKind::Text, &["Small", "Large"]))
        .with_field("visits", field(3, FieldKind::Number, &[]))
        .with_field("birthday", field(4, FieldKind::Date, &[]))
        .with_field("vip", field(5, FieldKind::Boolean, &[]))
        .with_groups([10_i64, 11, 12])
        .with_tags([20_i64, 21])
        .with_campaigns([30_i64, 31])
        .with_event_types([40_i64, 41])
}

/// In the slot of its number.
fn field(id: u8, kind: FieldKind, options: &[&str]) -> Field {
    Field {
        id: id.into(),
        slot: id,
        kind,
        options: options.iter().map(ToString::to_string).collect(),
    }
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
