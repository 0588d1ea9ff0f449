//! Who subscribes to a coffee roaster.

use anyhow::Context as _;
use audience::fields::{self, Catalog};
use audience::subscribers::{Attributes, Consent, Policy, Source, UpsertRow, upsert_many_in};
use audience::{GroupId, Patch, TagId};
use kernel::EmailAddress;
use serde_json::json;

use super::Story;

const FIRST: [&str; 48] = [
    "Ada", "Amir", "Anna", "Ben", "Bea", "Carlos", "Chloe", "Clara", "Dana", "David", "Elif",
    "Elena", "Emil", "Emma", "Felix", "Fatima", "Finn", "Greta", "Hannah", "Hugo", "Ida", "Ines",
    "Ivan", "Jana", "Jonas", "Julia", "Kai", "Karim", "Lara", "Leo", "Lena", "Luis", "Maja",
    "Marta", "Mateo", "Mila", "Nadia", "Nils", "Noor", "Oscar", "Paula", "Rosa", "Samir", "Sofia",
    "Tara", "Theo", "Vera", "Yuki",
];
const LAST: [&str; 40] = [
    "Adler",
    "Andersen",
    "Bauer",
    "Becker",
    "Bernard",
    "Costa",
    "Dubois",
    "Ferrari",
    "Fischer",
    "García",
    "Hansen",
    "Hoffmann",
    "Ivanova",
    "Jansen",
    "Keller",
    "Kowalski",
    "Krüger",
    "Lang",
    "Larsen",
    "Lefèvre",
    "Meyer",
    "Moreau",
    "Müller",
    "Nowak",
    "Okafor",
    "Peeters",
    "Pereira",
    "Petrov",
    "Rossi",
    "Sato",
    "Schmidt",
    "Schneider",
    "Silva",
    "Singh",
    "Suzuki",
    "Vogel",
    "Wagner",
    "Weber",
    "Yılmaz",
    "Zimmermann",
];
/// With how common they are.
const CITIES: [(&str, u32); 10] = [
    ("Berlin", 30),
    ("Hamburg", 16),
    ("Köln", 10),
    ("Leipzig", 9),
    ("Wien", 8),
    ("Zürich", 7),
    ("Amsterdam", 7),
    ("København", 5),
    ("Paris", 5),
    ("Praha", 3),
];
const ROASTS: [&str; 4] = ["Light", "Medium", "Dark", "Espresso"];
const PLANS: [&str; 3] = ["none", "monthly", "weekly"];

/// The lists of the account.
pub(super) struct People {
    catalog: Catalog,
    pub(super) newsletter: String,
    pub(super) customers: String,
    pub(super) subscribers_of_beans: String,
    pub(super) berlin: String,
    vip: TagId,
    workshop: TagId,
    count: usize,
}

impl People {
    /// Fields, groups, tags and segments.
    pub(super) async fn prepare(story: &Story) -> anyhow::Result<Self> {
        let api = &story.api;
        for field in [
            json!({"key": "city", "name": "City", "kind": "text"}),
            json!({"key": "favorite_roast", "name": "Favorite roast", "kind": "dropdown", "options": ROASTS}),
            json!({"key": "bean_plan", "name": "Bean subscription", "kind": "dropdown", "options": PLANS}),
            json!({"key": "birthday", "name": "Birthday", "kind": "date"}),
            json!({"key": "lifetime_value", "name": "Lifetime value", "kind": "number"}),
            json!({"key": "owns_grinder", "name": "Owns a grinder", "kind": "boolean"}),
        ] {
            api.post("/api/fields", field).await?;
        }
        let newsletter = api
            .add("/api/groups", json!({"name": "Newsletter"}))
            .await?;
        let customers = api.add("/api/groups", json!({"name": "Customers"})).await?;
        let vip = api.add("/api/tags", json!({"name": "VIP"})).await?;
        let workshop = api
            .add("/api/tags", json!({"name": "Cupping workshop"}))
            .await?;
        let berlin = api
            .add(
                "/api/segments",
                json!({"name": "Newsletter readers in Berlin", "rule": {"all": [
                    {"group": {"any": [newsletter]}},
                    {"field": "city", "op": "equals", "value": "Berlin"},
                ]}}),
            )
            .await?;
        let subscribers_of_beans = api
            .add(
                "/api/segments",
                json!({"name": "Bean subscribers", "rule": {"all": [
                    {"field": "bean_plan", "op": "in", "value": ["monthly", "weekly"]},
                    {"group": {"any": [customers]}},
                ]}}),
            )
            .await?;
        for segment in [
            json!({"name": "Engaged in the last 30 days", "rule": {"any": [
                {"event": "opened", "within_days": 30, "at_least": 2},
                {"event": "clicked", "within_days": 30},
            ]}}),
            json!({"name": "Big spenders who went quiet", "rule": {"all": [
                {"field": "lifetime_value", "op": "greater_or_equal", "value": 200},
                {"not": {"event": "opened", "within_days": 60}},
            ]}}),
            json!({"name": "Birthday in the next 14 days", "rule": {"all": [
                {"field": "birthday", "op": "anniversary_within_next_days", "value": 14},
                {"not": {"tag": {"any": [vip]}}},
            ]}}),
        ] {
            api.post("/api/segments", segment).await?;
        }
        api.call(
            "PATCH",
            "/api/account",
            Some(json!({
                "sender_name": "Birchwood Coffee",
                "sender_email": "hello@birchwood.example.com",
                "postal_address": "Birchwood Coffee Roasters\nWeserstraße 1\n12047 Berlin",
            })),
        )
        .await?;
        let mut tx = story.ctx.read().await?;
        Ok(Self {
            catalog: fields::list(&mut tx, story.account).await?,
            newsletter,
            customers,
            subscribers_of_beans,
            berlin,
            vip: vip.parse()?,
            workshop: workshop.parse()?,
            count: 0,
        })
    }

    /// Some more people.
    pub(super) async fn join(
        &mut self,
        story: &mut Story,
        how_many: usize,
        through: &'static str,
    ) -> anyhow::Result<()> {
        let source = if through == "form" {
            Source::Form
        } else {
            Source::Import
        };
        let newsletter: GroupId = self.newsletter.parse()?;
        let customers: GroupId = self.customers.parse()?;
        let mut left = how_many;
        while left > 0 {
            let batch = left.min(1_000);
            left -= batch;
            let mut rows = Vec::with_capacity(batch);
            for _ in 0..batch {
                rows.push(self.person(story, newsletter, customers, source)?);
            }
            let mut tx = story.ctx.write().await?;
            let policy = Policy::new(source, "system");
            upsert_many_in(
                &story.ctx,
                &mut tx,
                story.account,
                &self.catalog,
                &rows,
                &policy,
            )
            .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn person(
        &mut self,
        story: &mut Story,
        newsletter: GroupId,
        customers: GroupId,
        source: Source,
    ) -> anyhow::Result<UpsertRow> {
        let dice = &mut story.dice;
        self.count += 1;
        let (first, last) = (*dice.one(&FIRST), *dice.one(&LAST));
        let plain = |name: &str| -> String {
            name.chars()
                .flat_map(char::to_lowercase)
                .map(|c| match c {
                    'ü' => 'u',
                    'é' | 'è' => 'e',
                    'í' | 'ı' => 'i',
                    other => other,
                })
                .filter(char::is_ascii_alphanumeric)
                .collect()
        };
        let domain = if dice.below(3) == 0 {
            "example.org"
        } else {
            "example.com"
        };
        let address = format!("{}.{}{}@{domain}", plain(first), plain(last), self.count);
        let mut row = UpsertRow::new(EmailAddress::parse(&address).map_err(anyhow::Error::msg)?);
        // Some people give no name.
        if dice.share() < 0.92 {
            row.attributes = Attributes {
                first_name: Patch::Set(first.to_owned()),
                last_name: Patch::Set(last.to_owned()),
                ..Attributes::default()
            };
        }
        let customer = dice.share() < 0.46;
        let mut values = vec![("city", city(dice.share()).to_owned())];
        if dice.share() < 0.7 {
            values.push(("favorite_roast", (*dice.one(&ROASTS)).to_owned()));
        }
        if dice.share() < 0.4 {
            let birthday = format!(
                "{}-{:02}-{:02}",
                1955 + dice.below(50),
                1 + dice.below(12),
                1 + dice.below(28)
            );
            values.push(("birthday", birthday));
        }
        values.push(("owns_grinder", (dice.share() < 0.55).to_string()));
        if customer {
            let plan = PLANS[[0, 0, 0, 1, 1, 2][dice.below(6)]];
            values.push(("bean_plan", plan.to_owned()));
            let spent = 9.5 + 400.0 * dice.share().powi(3);
            values.push(("lifetime_value", format!("{spent:.2}")));
            row.groups.push(customers);
            if spent > 260.0 {
                row.tags.push(self.vip);
            }
        }
        for (key, text) in values {
            let field = self
                .catalog
                .by_key(key)
                .with_context(|| format!("the demo has no field {key}"))?;
            let value = fields::parse_text(field, &text)
                .map_err(|fault| anyhow::anyhow!("{key}: {fault:?}"))?;
            row.fields.push((field.id, value));
        }
        if !customer || dice.share() < 0.72 {
            row.groups.push(newsletter);
        }
        if dice.share() < 0.06 {
            row.tags.push(self.workshop);
        }
        if source == Source::Form {
            row.consent = Some(Consent {
                at: story.ctx.clock.now(),
                ip: Some(format!("203.0.113.{}", 1 + dice.below(250))),
                source: Some("Newsletter form in the shop".to_owned()),
                text: Some("Yes, send me news about coffee. I can leave at any time.".to_owned()),
            });
        }
        Ok(row)
    }
}

fn city(share: f64) -> &'static str {
    let all: u32 = CITIES.iter().map(|(_, weight)| weight).sum();
    let mut at = share * f64::from(all);
    for (name, weight) in CITIES {
        at -= f64::from(weight);
        if at < 0.0 {
            return name;
        }
    }
    CITIES[0].0
}
