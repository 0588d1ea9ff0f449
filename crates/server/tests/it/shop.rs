//! A shop with customers and a newsletter, for tests that go the whole way from a CSV file to a report.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Client, Mail, Method, Reply, TestApp};

/// A customer, as the file has them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) first_name: &'static str,
    pub(crate) city: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) orders: usize,
    pub(crate) vip: bool,
}

const NAMES: [&str; 7] = ["Ada", "Łukasz", "", "Renée", "Ümit", "Σωκράτης", "Jo"];
const CITIES: [&str; 5] = ["Berlin", "São Paulo", "Łódź", "", "Madrid"];
const PLANS: [&str; 3] = ["Free", "Plus", "Pro"];

pub(crate) fn person(n: usize) -> Person {
    Person {
        email: format!("person{n}@example.com"),
        first_name: NAMES[n % 7],
        city: CITIES[n % 5],
        plan: PLANS[n % 3],
        orders: n % 50,
        vip: n.is_multiple_of(4),
    }
}

impl Person {
    /// What [`rule`] says, in other words.
    pub(crate) fn is_selected(&self) -> bool {
        (self.city == "Berlin" || self.plan == "Pro") && self.orders >= 40
    }

    pub(crate) fn subject(&self) -> String {
        let or = |value: &'static str, default: &'static str| {
            if value.is_empty() { default } else { value }
        };
        format!(
            "{}, spring in {}",
            or(self.first_name, "Hello"),
            or(self.city, "your town")
        )
    }
}

/// A nested rule over custom fields and the newsletter's group.
fn rule(group: &str) -> Value {
    json!({"all": [
        {"any": [
            {"field": "city", "op": "equals", "value": "berlin"},
            {"field": "plan", "op": "in", "value": ["Pro"]},
        ]},
        {"not": {"field": "orders", "op": "less", "value": 40}},
        {"group": {"any": [group]}},
    ]})
}

pub(crate) fn content() -> Value {
    json!({
        "subject": "{{ first_name | default(\"Hello\") }}, spring in {{ city | default(\"your town\") }}",
        "preheader": "You ordered {{ orders }} times",
        "body": {"kind": "html", "html": "<html><body>\
            <p>Hi {{ first_name | default(\"friend\") }}, you ordered {{ orders }} times.</p>\
            {% if vip %}<p>As one of our best customers you come first.</p>{% endif %}\
            <p><a href=\"https://shop.example/spring?city={{ city | default(\"none\") }}&amp;n=1\">Spring</a>\
            <a href=\"https://shop.example/plans\">Plans</a></p></body></html>"},
    })
}

/// A file of `count` people.
pub(crate) fn csv(count: usize) -> String {
    let mut file = String::from("E-mail,First name,Last name,City,Plan,Orders,Birthday,VIP\r\n");
    for n in 0..count {
        let Person {
            email,
            first_name,
            city,
            plan,
            orders,
            vip,
        } = person(n);
        let _ = write!(
            file,
            "{email},{first_name},\"O'Hara, \"\"Jo\"\"\",{city},{plan},{orders},19{:02}-02-28,{vip}\r\n",
            n % 100
        );
    }
    file
}

pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) owner: Client,
    pub(crate) newsletter: String,
    pub(crate) colleagues: String,
}

impl Shop {
    /// An account with fields and groups, but nobody in it.
    pub(crate) async fn open(db: TestDb) -> Self {
        let app = TestApp::new(db);
        let owner = app.owner().await;
        let settings = json!({
            "sender_name": "Ada's shop",
            "sender_email": "news@shop.example",
            "postal_address": "12 St James's Square\nLondon",
        });
        owner.patch("/api/account", settings).await.expect(200);
        for (key, name, kind, options) in [
            ("city", "City", "text", json!([])),
            ("plan", "Plan", "dropdown", json!(PLANS)),
            ("orders", "Orders", "number", json!([])),
            ("birthday", "Birthday", "date", json!([])),
            ("vip", "VIP", "boolean", json!([])),
        ] {
            let field = json!({"key": key, "name": name, "kind": kind, "options": options});
            owner.post("/api/fields", field).await.expect(201);
        }
        let newsletter = owner
            .post("/api/groups", json!({"name": "Newsletter"}))
            .await
            .created();
        let colleagues = owner
            .post("/api/groups", json!({"name": "Colleagues"}))
            .await
            .created();
        Self {
            app,
            owner,
            newsletter,
            colleagues,
        }
    }

    /// Uploads a file as a browser does, and runs the import to its end.
    pub(crate) async fn import(&self, file: &str) -> Reply {
        let options = json!({"groups": [self.newsletter]});
        let boundary = "a-line-that-is-not-in-the-file";
        let form = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{options}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"customers.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{file}\r\n--{boundary}--\r\n"
        );
        let body = Body::Raw(
            "multipart/form-data; boundary=a-line-that-is-not-in-the-file",
            form.into_bytes(),
        );
        let id = self
            .owner
            .send(Method::POST, "/api/imports", body)
            .await
            .expect(202)
            .id();
        self.app.run_jobs().await;
        let import = self.owner.get(&format!("/api/imports/{id}")).await;
        assert_eq!(import.text("/state"), "completed", "{import}");
        import
    }

    /// Mail goes to this port of this machine from now on.
    pub(crate) async fn use_relay(&self, port: u16) {
        let transport = json!({
            "name": "Relay",
            "kind": "smtp",
            "smtp": {"host": "127.0.0.1", "port": port, "encryption": "none"},
            "is_default": true,
        });
        let id = self
            .owner
            .post("/api/transports", transport)
            .await
            .created();
        let test = self.owner.act(&format!("/api/transports/{id}/test")).await;
        assert_eq!(test.json["ok"], json!(true), "{test}");
    }

    pub(crate) async fn segment(&self) -> String {
        let segment = json!({"name": "Good customers", "rule": rule(&self.newsletter)});
        self.owner.post("/api/segments", segment).await.created()
    }

    /// A draft to a segment without the colleagues.
    pub(crate) async fn campaign(&self, name: &str, segment: &str) -> String {
        let campaign = json!({
            "name": name,
            "audience": {"segments": [segment], "exclude_groups": [self.colleagues]},
            "content": content(),
        });
        self.owner.post("/api/campaigns", campaign).await.created()
    }

    /// A draft to all.
    pub(crate) async fn campaign_to_everyone(&self, name: &str) -> String {
        let campaign = json!({
            "name": name,
            "audience": {"everyone": true},
            "content": content(),
        });
        self.owner.post("/api/campaigns", campaign).await.created()
    }

    /// Sends a campaign to its end.
    pub(crate) async fn send(&self, campaign: &str) {
        self.owner
            .act(&format!("/api/campaigns/{campaign}/send"))
            .await
            .expect(200);
        self.app.deliver().await;
        let campaign = self.owner.get(&format!("/api/campaigns/{campaign}")).await;
        assert_eq!(campaign.text("/state"), "sent", "{campaign}");
    }

    pub(crate) async fn report(&self, campaign: &str) -> Value {
        self.owner
            .get(&format!("/api/campaigns/{campaign}/report"))
            .await
            .expect(200)
            .json
    }

    pub(crate) async fn subscriber(&self, email: &str) -> Value {
        let found = self
            .owner
            .get(&format!("/api/subscribers?email={email}"))
            .await
            .expect(200);
        found.json["data"][0].clone()
    }

    /// What happened to somebody, oldest first: `message.opened CAMPAIGN`.
    pub(crate) async fn timeline(&self, email: &str) -> Vec<String> {
        let id = crate::app::id_of(&self.subscriber(email).await);
        let mut rows = self
            .owner
            .all(&format!("/api/subscribers/{id}/timeline"))
            .await;
        rows.reverse();
        rows.iter()
            .map(|row| {
                let kind = row["kind"].as_str().unwrap_or("?");
                match row["subject_id"].as_str() {
                    Some(subject) if kind.starts_with("message.") => format!("{kind} {subject}"),
                    _ => kind.to_owned(),
                }
            })
            .collect()
    }
}

/// What each mail has to be, whoever carried it.
#[track_caller]
pub(crate) fn check_mail(mail: &Mail, person: &Person) {
    assert_eq!(mail.to, person.email);
    assert_eq!(mail.subject, person.subject());
    let greeting = format!("you ordered {} times.", person.orders);
    assert!(mail.html.contains(&greeting), "{}", mail.html);
    assert!(mail.text.contains(&greeting), "{}", mail.text);
    let best = mail.html.contains("best customers");
    assert_eq!(best, person.vip, "{}", mail.html);
    assert_eq!(mail.clicks().len(), 2, "{}", mail.html);
    assert_eq!(
        mail.header("list-unsubscribe-post"),
        "List-Unsubscribe=One-Click"
    );
    assert!(mail.header("from").contains("news@shop.example"));
    for name in ["message-id", "date", "subject", "to", "mime-version"] {
        mail.header(name);
    }
}
