//! The one condition language: what segments, campaign audiences and (later) automations, forms and dynamic content ask
//! about a contact.
//!
//! A rule is JSON, parsed into a [`Rule`], checked against what exists in an account ([`Schema`], [`Segments`]) at one
//! [`Moment`] into a [`Compiled`], which becomes SQL for either engine or runs on one contact in memory:
//!
//! ```text
//! JSON ── Rule::parse ──► Rule ── check(schema, moment, segments) ──► Compiled ──► sql(dialect) ──► Sql {text, params}
//!            ▲              │                                             └─────► matches(&View) ──► bool
//!            └── to_json ───┴─► references(), describe()              tempo(), changed_since(): the passing of time
//! ```
//!
//! Pure: no IO, no clock, no engine. `docs/segments.md` is the guide for people; this page is the reference.
//!
//! # The language
//!
//! An object with exactly one of these keys; unknown keys are errors. The outermost may have `"version": 1`.
//!
//! | condition | holds for a contact |
//! |---|---|
//! | `{"all": [..]}` | for whom each condition holds; `[]` is everybody |
//! | `{"any": [..]}` | for whom at least one holds; `[]` is nobody |
//! | `{"not": ..}` | for whom it does not hold: the exact complement |
//! | `{"field": "city", "op": "equals", "value": "Berlin"}` | whose attribute or custom field compares so |
//! | `{"group": {"any": ["1", "2"]}}` | who is in `any`, `all` or `none` of these groups |
//! | `{"tag": {"all": ["1", "2"]}}` | who has `any`, `all` or `none` of these tags |
//! | `{"segment": {"none": ["1"]}}` | whom `any`, `all` or `none` of these segments select |
//! | `{"event": "clicked", "campaign": "1", "within_days": 30, "at_least": 2}` | with whom that happened: `received`, `opened`, `clicked`, `unsubscribed`, `bounced`; the other keys may be left out: `campaign`, `link` (`equals`, `starts_with` or `contains` an address), `within_days`, `since`, `until`, `at_least`, `at_most`, `exactly` |
//! | `{"booking": "upcoming", "event_type": "1", "within_days": 7, "at_least": 2}` | who has so many bookings that stand so: `booked`, `upcoming`, `pending`, `confirmed`, `completed`, `no_show`, `host_no_show`, `declined`, `cancelled`, `expired`; the other keys may be left out |
//! | `{"sample": 10, "salt": "spring"}` | who belongs to a fixed random 10 % |
//!
//! Standard attributes are those of [`Attribute`]; any other name is the key of a custom field, which therefore cannot
//! have one of those names. Ids are texts of digits. The operators by type:
//!
//! | type | operators |
//! |---|---|
//! | every | `is_set`, `is_not_set` |
//! | text (`email`, `first_name`, `last_name`, `phone`, `language`, `time_zone`, text and drop-down fields) | `equals`, `not_equals`, `in`, `not_in`, `contains`, `not_contains`, `starts_with`, `ends_with` |
//! | choice (`status`, `source`), id (`owner`) | `equals`, `not_equals`, `in`, `not_in` |
//! | number (`score`, number fields) | the same, `less`, `less_or_equal`, `greater`, `greater_or_equal`, `between` |
//! | boolean | `equals`, `not_equals` |
//! | date (date fields) | `on`, `not_on`, `before`, `after`, `between`, `within_last_days`, `within_next_days`, `more_than_days_ago`, `anniversary_today`, `anniversary_within_next_days`, `day_of_week` |
//! | time (`created_at`, `updated_at`, `last_activity_at`, `status_changed_at`, `consent_at`, `confirmed_at`) | the same without anniversaries |
//!
//! # Meaning
//!
//! - **Two values.** Every condition is true or false for every contact. A missing value makes a condition false,
//!   except `is_not_set` and the `not_` operators, which are the exact complement of the operator they are named after:
//!   "city is not Berlin" includes those without a city. There is no empty text: it is the missing value.
//! - **Text** that people write is compared in the form of [`kernel::fold`] (`Straße` = `STRASSE`, `ς` = `Σ`); text that
//!   programs write (`phone`, `language`, `time_zone`, `source`, `status`) is compared exactly. Accents count.
//! - **Numbers** are exact to six places ([`Decimal`]); more places are an error, not a rounding. Numbers too large for
//!   JSON may be written as text. A value of the wrong type is an error, not a conversion.
//! - **Days** are calendar days of the account's zone. `between` includes both ends. `within_last_days: 7` on a date is
//!   from 7 days ago to today; on a time, and for events, from the same time of day 7 calendar days ago to now.
//!   `more_than_days_ago: 7` is what lies before that. On a time, a day such as `2026-05-04` means all of it.
//! - **Anniversaries** regard the day and month only. 29 February is celebrated on 28 February in common years.
//! - **Days of the week** of a time are those of the account's zone, by the rules that the zone has from 1970 to 2069;
//!   before and after, by the offset at that end.
//! - **Events** are counted from the event log: opens and clicks of people, not those of scanners. "At most" includes
//!   never. A link is known by its address as it stands in the mail's source, folded like other text.
//! - **Bookings** are counted as they stand now, by when they begin. `upcoming` has not begun, and is confirmed or waits for
//!   that; `within_days: 7` of it is from now to the same time of day in 7 calendar days, of all others the last 7 days to
//!   now. `booked` is what was not called off; `no_show` is missed by the contact, `host_no_show` by the host.
//! - **Samples** depend on the contact's id and the salt only; 10 % of a salt is contained in its 20 %.
//!
//! # Limits
//!
//! 16 levels, 200 conditions, 500 values in a list, 2,000 in all lists, texts of 1,000 characters, 36,525 days; with
//! the segments it refers to, 1,000 conditions and 10,000 values. Segments that refer to each other in a circle are an
//! error of whichever is checked.
//!
//! # Error codes
//!
//! In the JSON: `invalid_json`, `wrong_type`, `required`, `not_allowed`, `unknown_key`, `unknown_condition`,
//! `unknown_operator`, `unknown_event`, `unknown_state`, `invalid_id`, `invalid`, `out_of_range`, `empty`, `too_long`, `too_many`,
//! `too_many_conditions`, `too_deep`, `unsupported_version`.
//! Against what exists: `unknown_field`, `unknown_option`, `unknown_day`, `unknown_group`, `unknown_tag`, `unknown_segment`,
//! `unknown_campaign`, `unknown_event_type`, `operator_not_allowed`, `segment_cycle`, `segment_invalid`, `too_large`.
//!
//! # Invariants
//!
//! - The set that the SQL selects on SQLite, the set that it selects on PostgreSQL, and the contacts for which
//!   [`Compiled::matches`] is true are the same set. ([`testing`] generates what the proof of that needs.)
//! - `check` and `parse` never panic, whatever the JSON.
//! - `parse(to_json(rule)) == rule` for every parsed rule.

mod check;
mod decimal;
mod describe;
mod error;
mod moment;
mod parse;
mod passing;
mod program;
mod rule;
mod schema;
mod sql;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod view;
mod weekday;
mod write;

#[cfg(test)]
mod tests;

pub use check::{Segments, check};
pub use decimal::Decimal;
pub use describe::Names;
pub use error::{RuleError, into_kernel_error};
pub use moment::{Moment, date_from_days, days_since_epoch, parse_date};
pub use parse::VERSION;
pub use program::{Compiled, Needs, Tempo};
pub use rule::{
    Arity, Behavior, Booked, BookingState, EventKind, FieldTest, Link, LinkTest, Literal,
    Membership, Op, Operand, Quantifier, References, Rule, Sample,
};
pub use rule::{
    MAX_DAYS, MAX_DEPTH, MAX_EXPANDED_LEAVES, MAX_EXPANDED_VALUES, MAX_LEAVES, MAX_LIST, MAX_TEXT,
    MAX_TIMES, MAX_VALUES, WEEKDAYS,
};
pub use schema::{Attribute, Field, FieldKind, Kind, Schema};
pub use sql::{Dialect, Param, Sql};
pub use view::{Booking, Event, Value, View};
