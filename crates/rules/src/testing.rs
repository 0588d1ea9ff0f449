//! Random accounts, contacts and rules, biased to what breaks evaluators: missing values, letters whose case is
//! irregular, the ends of `i64`, leap days, days on which clocks change.
//!
//! For property tests that the SQL selects whom [`crate::Compiled::matches`] selects. Everything drawn is stored as
//! drawn: no empty texts, no NUL. A test should put the same contacts into a second account too, and events without
//! a contact, and find that neither shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::{TimeZone, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::moment::{Moment, date_from_days};
use crate::rule::{EventKind, Membership, Quantifier, Rule};
use crate::schema::{Attribute, Field, FieldKind, Schema};
use crate::view::{Booking, Event, Value, View};
use crate::{Decimal, Segments};

use self::rules::rule;

mod rules;

/// What a test's database allows.
#[derive(Clone, Debug)]
pub struct Options {
    /// Allowed in the column `status`.
    pub statuses: Vec<String>,
    /// Allowed in the column `source`.
    pub sources: Vec<String>,
    /// Allowed in the column `owner_id`; empty if it must be absent.
    pub owners: Vec<i64>,
    /// Up to so many contacts.
    pub contacts: usize,
    /// So many rules.
    pub rules: usize,
}

impl Default for Options {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        Self {
            statuses: texts(&["active", "unsubscribed", "bounced"]),
            sources: texts(&["import", "api", "form"]),
            owners: vec![7, 8],
            contacts: 60,
            rules: 8,
        }
    }
}

/// One account at one moment, with rules about it.
#[derive(Clone, Debug)]
pub struct World {
    pub schema: Schema,
    pub moment: Moment,
    pub segments: Segments,
    pub contacts: Vec<Contact>,
    /// Each passes [`crate::check`].
    pub rules: Vec<Rule>,
}

/// One contact, as it is to be stored.
#[derive(Clone, Debug)]
pub struct Contact {
    pub id: i64,
    /// Unique, also when folded.
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub status: String,
    pub source: String,
    pub score: i64,
    pub owner: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_activity_at: Option<Timestamp>,
    pub status_changed_at: Timestamp,
    pub consent_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
    /// By the id of the field.
    pub fields: BTreeMap<i64, FieldValue>,
    pub groups: BTreeSet<i64>,
    pub tags: BTreeSet<i64>,
    pub events: Vec<Event>,
    pub bookings: Vec<Booking>,
}

/// The value of a custom field, as it is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    Text(String),
    Number(Decimal),
    /// Days since 1970-01-01.
    Date(i64),
    Boolean(bool),
}

impl Contact {
    /// What the in-memory program sees of it.
    pub fn view(&self) -> View {
        let mut view = View::new(self.id);
        view.set_text(Attribute::Email, Some(&self.email));
        view.set_text(Attribute::FirstName, self.first_name.as_deref());
        view.set_text(Attribute::LastName, self.last_name.as_deref());
        view.set_text(Attribute::Phone, self.phone.as_deref());
        view.set_text(Attribute::Language, self.language.as_deref());
        view.set_text(Attribute::TimeZone, self.time_zone.as_deref());
        view.set_text(Attribute::Status, Some(&self.status));
        view.set_text(Attribute::Source, Some(&self.source));
        view.set_int(Attribute::Score, Some(self.score));
        view.set_int(Attribute::Owner, self.owner);
        view.set_time(Attribute::CreatedAt, Some(self.created_at));
        view.set_time(Attribute::UpdatedAt, Some(self.updated_at));
        view.set_time(Attribute::LastActivityAt, self.last_activity_at);
        view.set_time(Attribute::StatusChangedAt, Some(self.status_changed_at));
        view.set_time(Attribute::ConsentAt, self.consent_at);
        view.set_time(Attribute::ConfirmedAt, self.confirmed_at);
        for (field, value) in &self.fields {
            view.set_field(
                *field,
                Some(match value {
                    FieldValue::Text(text) => Value::text(text),
                    FieldValue::Number(number) => Value::number(*number),
                    FieldValue::Date(days) => Value::Int(*days),
                    FieldValue::Boolean(value) => Value::boolean(*value),
                }),
            );
        }
        view.groups.clone_from(&self.groups);
        view.tags.clone_from(&self.tags);
        view.events.clone_from(&self.events);
        view.bookings.clone_from(&self.bookings);
        view
    }
}

/// An account with contacts, segments and rules.
pub fn world(options: &Options) -> impl Strategy<Value = World> + use<> {
    let options = options.clone();
    (moment(), schema(&options)).prop_flat_map(move |(moment, schema)| {
        let plain = Arc::new(Context::new(&options, &moment, &schema, BTreeSet::new()));
        let options = options.clone();
        // Segment 501 may be referred to by 502, and both by the rules, so that no circle arises.
        (
            rule(&plain),
            rule(&plain),
            contacts(&plain, options.contacts),
        )
            .prop_flat_map(move |(first, second, contacts)| {
                let both: BTreeSet<i64> = [501, 502].into();
                let context = Arc::new(Context::new(&options, &moment, &schema, both));
                let second = Rule::Any(vec![
                    second,
                    Rule::Not(Box::new(Rule::Segment(Membership {
                        quantifier: Quantifier::Any,
                        ids: vec![501],
                    }))),
                ]);
                let segments = Segments {
                    rules: [(501, first), (502, second)].into(),
                    ..Segments::none()
                };
                let (moment, schema) = (moment.clone(), schema.clone());
                prop::collection::vec(rule(&context), options.rules).prop_map(move |rules| World {
                    schema: schema.clone(),
                    moment: moment.clone(),
                    segments: segments.clone(),
                    contacts: contacts.clone(),
                    rules,
                })
            })
    })
}

/// Any JSON, also such that looks like a rule at first sight.
pub fn json() -> impl Strategy<Value = serde_json::Value> {
    let words = select(vec![
        "all",
        "any",
        "none",
        "not",
        "field",
        "op",
        "value",
        "group",
        "tag",
        "segment",
        "event",
        "campaign",
        "booking",
        "event_type",
        "upcoming",
        "within_days",
        "at_least",
        "sample",
        "salt",
        "version",
        "equals",
        "in",
        "between",
        "is_set",
        "on",
        "before",
        "within_last_days",
        "email",
        "score",
        "created_at",
        "text_1",
        "number_2",
        "date_3",
        "boolean_4",
        "opened",
        "1",
        "101",
        "2026-02-30",
        "2024-02-29",
        "-0.0000001",
        "99999999999999999999",
        "",
        "\0",
        "İ",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        (0..40_i64).prop_map(Into::into),
        words.clone().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(20, 200, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
            prop::collection::vec((words.clone(), inner), 0..5).prop_map(|pairs| {
                serde_json::Value::Object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// A moment near one at which calendars or clocks do something unusual.
pub fn moment() -> impl Strategy<Value = Moment> {
    let edges = select(vec![
        ("UTC", "2024-02-29T12:00:00Z"),
        ("UTC", "2025-02-28T23:59:59.999999Z"),
        ("UTC", "2023-12-31T23:59:59Z"),
        // The clock goes forward, and back.
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2025-11-02T05:59:59Z"),
        // Midnight does not exist on this day, and occurs twice on that.
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("America/Havana", "2025-11-02T04:30:00Z"),
        // A whole day is skipped.
        ("Pacific/Apia", "2011-12-31T09:59:59Z"),
        ("Asia/Kathmandu", "2026-05-04T18:15:00Z"),
        ("Pacific/Kiritimati", "2028-02-28T10:00:00Z"),
    ]);
    (edges, -2..3_i64, -1_000_000..1_000_000_i64).prop_map(|((zone, at), days, micros)| {
        let at: Timestamp = at.parse().expect("a time of the list above");
        Moment::new(
            Timestamp::from_micros(at.as_micros() + days * 86_400_000_000 + micros),
            TimeZone::parse(zone).expect("a zone of the list above"),
        )
    })
}

fn schema(options: &Options) -> impl Strategy<Value = Schema> + use<> {
    let (statuses, sources) = (options.statuses.clone(), options.sources.clone());
    let kind = select(vec![
        FieldKind::Text,
        FieldKind::Number,
        FieldKind::Date,
        FieldKind::Boolean,
    ]);
    prop::collection::vec((kind, any::<bool>()), 1..6).prop_map(move |kinds| {
        let mut schema = Schema::new(statuses.clone(), sources.clone())
            .with_groups([101_i64, 102, i64::MAX])
            .with_tags([201_i64, 202, 203])
            .with_campaigns([301_i64, 302])
            .with_event_types([601_i64, 602]);
        for (index, (kind, drop_down)) in kinds.into_iter().enumerate() {
            let number = index as i64 + 1;
            let name = match kind {
                FieldKind::Text => "text",
                FieldKind::Number => "number",
                FieldKind::Date => "date",
                FieldKind::Boolean => "boolean",
            };
            let choices = match kind {
                FieldKind::Text if drop_down => TEXTS.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            let field = Field {
                id: 400 + number,
                slot: index as u8 + 1,
                kind,
                options: choices,
            };
            schema = schema.with_field(format!("{name}_{number}"), field);
        }
        schema
    })
}

/// Texts that meet each other when folded, and signs that mean something elsewhere.
const TEXTS: [&str; 26] = [
    "a",
    "A",
    "ab",
    "Ab",
    "ba",
    "aab",
    " ",
    "straße",
    "STRASSE",
    "ẞ",
    "ss",
    "İstanbul",
    "istanbul",
    "I",
    "ı",
    "ΟΔΟΣ",
    "οδος",
    "ς",
    "e\u{301}",
    "é",
    "%",
    "_",
    "'",
    "\\",
    "🙂",
    "\u{10FFFF}",
];
/// What links lead to.
pub const URLS: [&str; 6] = [
    "https://example.com/",
    "https://Example.com/Preise?x=1",
    "https://example.com/preise",
    "https://example.org/straße/%41",
    "https://example.org/{{ email }}",
    "mailto:ada@example.com",
];
const ZONES: [&str; 3] = ["UTC", "Europe/Berlin", "Asia/Tokyo"];
const LANGUAGES: [&str; 4] = ["de", "en", "EN", "pt-BR"];
const PHONES: [&str; 3] = ["+491701234567", "+49", "0170"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(TEXTS.to_vec()).prop_map(str::to_owned),
        1 => "[a-c]{1,4}",
        1 => "[^\\x00]{1,6}",
        1 => (select(TEXTS.to_vec()), select(TEXTS.to_vec())).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

fn number() -> impl Strategy<Value = Decimal> {
    let edges = vec![
        0,
        1,
        -1,
        500_000,
        1_000_000,
        -1_000_000,
        i64::MAX,
        i64::MAX - 1,
        i64::MIN,
        i64::MIN + 1,
    ];
    prop_oneof![
        3 => select(edges),
        1 => any::<i64>(),
        1 => (-3..4_i64).prop_map(|n| n * 1_000_000),
    ]
    .prop_map(Decimal::from_micros)
}

fn whole() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => -3..4_i64,
        1 => select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
    ]
}

/// What there is to speak of.
struct Context {
    options: Options,
    moment: Moment,
    schema: Schema,
    segments: BTreeSet<i64>,
}

impl Context {
    fn new(options: &Options, moment: &Moment, schema: &Schema, segments: BTreeSet<i64>) -> Self {
        Self {
            options: options.clone(),
            moment: moment.clone(),
            schema: schema.clone(),
            segments,
        }
    }

    /// Days around today, around leap days, and at the ends of the calendar.
    fn day(&self) -> impl Strategy<Value = i64> + use<> {
        let today = self.moment.today();
        prop_oneof![
            4 => (-9..10_i64).prop_map(move |days| today + days),
            2 => (-3..3_i64, 1..60_i64).prop_map(move |(days, years)| today + days - years * 365),
            // 2024-02-28 to 2024-03-01, and the same 4 and 124 years before.
            2 => (19_781..19_784_i64, select(vec![0, 1_461, 45_290])).prop_map(|(day, back)| day - back),
            1 => select(vec![-719_162, 0, -1, 2_932_896]),
            1 => -719_162..2_932_897_i64,
        ]
    }

    /// Instants around now, around the ends of days, and at the ends of time.
    fn instant(&self) -> impl Strategy<Value = Timestamp> + use<> {
        let moment = self.moment.clone();
        let near = (
            select(vec![0, 1, 2, 7, 30]),
            any::<bool>(),
            -1..2_i64,
            any::<bool>(),
        )
            .prop_map(move |(days, past, nudge, whole_day)| {
                let days = if past { -days } else { days };
                let base = match date_from_days(moment.today() + days) {
                    Some(date) if whole_day => moment.start_of(date),
                    _ => moment.days_away(days),
                };
                Timestamp::from_micros(base + nudge)
            });
        let now = self.moment.now.as_micros();
        prop_oneof![
            6 => near,
            2 => (-40_i64 * 86_400_000_000..40 * 86_400_000_000)
                .prop_map(move |away| Timestamp::from_micros(now + away)),
            1 => select(vec![i64::MIN, -1, 0, i64::MAX]).prop_map(Timestamp::from_micros),
        ]
    }

    fn event(&self) -> impl Strategy<Value = Event> + use<> {
        let campaign = select(vec![None, Some(301), Some(302), Some(399)]);
        let kind = prop_oneof![
            1 => select(EventKind::ALL.to_vec()),
            1 => Just(EventKind::Clicked),
        ];
        let link = prop::option::of(select(URLS.to_vec()));
        (kind, self.instant(), campaign, link).prop_map(|(kind, at, campaign, link)| Event {
            kind,
            at,
            campaign,
            link: link.filter(|_| kind == EventKind::Clicked).map(Value::text),
        })
    }

    fn booking(&self) -> impl Strategy<Value = Booking> + use<> {
        let status = select(vec![
            "pending",
            "confirmed",
            "confirmed",
            "declined",
            "cancelled",
            "expired",
            "completed",
            "no_show",
            "no_show",
        ]);
        let by = select(vec!["guest", "host"]);
        (status, by, self.instant(), 601..604_i64).prop_map(|(status, by, start, event_type)| {
            Booking {
                event_type,
                status: status.to_owned(),
                no_show_by: (status == "no_show").then(|| by.to_owned()),
                start,
            }
        })
    }

    fn field_value(&self, kind: FieldKind) -> BoxedStrategy<FieldValue> {
        match kind {
            FieldKind::Text => text().prop_map(FieldValue::Text).boxed(),
            FieldKind::Number => number().prop_map(FieldValue::Number).boxed(),
            FieldKind::Date => self.day().prop_map(FieldValue::Date).boxed(),
            FieldKind::Boolean => any::<bool>().prop_map(FieldValue::Boolean).boxed(),
        }
    }
}

fn pick(from: &[&str]) -> impl Strategy<Value = Option<String>> + use<> {
    let all: Vec<String> = from.iter().map(ToString::to_string).collect();
    prop::option::of(select(all))
}

fn contacts(context: &Arc<Context>, most: usize) -> BoxedStrategy<Vec<Contact>> {
    prop::collection::vec(contact(context), 0..=most)
        .prop_map(|mut contacts| {
            for (index, contact) in contacts.iter_mut().enumerate() {
                // Ids unlike each other and unlike row numbers; addresses that cannot meet.
                contact.id = (index as i64 + 1) * 1_000_003;
                contact.email = format!("{index}{}", contact.email);
            }
            if let Some(last) = contacts.last_mut() {
                last.id = i64::MAX;
            }
            contacts
        })
        .boxed()
}

fn contact(context: &Arc<Context>) -> BoxedStrategy<Contact> {
    let options = &context.options;
    let email = select(vec!["@Example.com", ".a@example.com", ".AB@example.org"]);
    let owner = match options.owners.as_slice() {
        [] => Just(None).boxed(),
        owners => prop::option::of(select(owners.to_vec())).boxed(),
    };
    let texts = (
        email,
        prop::option::of(text()),
        prop::option::of(text()),
        pick(&PHONES),
        pick(&LANGUAGES),
        pick(&ZONES),
        select(options.statuses.clone()),
        select(options.sources.clone()),
    );
    let numbers = (
        whole(),
        owner,
        context.instant(),
        context.instant(),
        prop::option::of(context.instant()),
        context.instant(),
        prop::option::of(context.instant()),
        prop::option::of(context.instant()),
    );
    let fields: Vec<BoxedStrategy<(i64, Option<FieldValue>)>> = context
        .schema
        .fields
        .values()
        .map(|field| {
            let id = field.id;
            prop::option::of(context.field_value(field.kind))
                .prop_map(move |value| (id, value))
                .boxed()
        })
        .collect();
    let members = (
        fields,
        subset(&context.schema.groups),
        subset(&context.schema.tags),
        prop::collection::vec(context.event(), 0..6),
        prop::collection::vec(context.booking(), 0..4),
    );
    (texts, numbers, members)
        .prop_map(
            |(texts, numbers, (fields, groups, tags, events, bookings))| Contact {
                id: 0,
                email: texts.0.to_owned(),
                first_name: texts.1,
                last_name: texts.2,
                phone: texts.3,
                language: texts.4,
                time_zone: texts.5,
                status: texts.6,
                source: texts.7,
                score: numbers.0,
                owner: numbers.1,
                created_at: numbers.2,
                updated_at: numbers.3,
                last_activity_at: numbers.4,
                status_changed_at: numbers.5,
                consent_at: numbers.6,
                confirmed_at: numbers.7,
                fields: fields
                    .into_iter()
                    .filter_map(|(id, value)| Some((id, value?)))
                    .collect(),
                groups,
                tags,
                events,
                bookings,
            },
        )
        .boxed()
}

fn subset(ids: &BTreeSet<i64>) -> impl Strategy<Value = BTreeSet<i64>> + use<> {
    let all: Vec<i64> = ids.iter().copied().collect();
    let count = all.len();
    subsequence(all, 0..=count).prop_map(|some| some.into_iter().collect())
}
