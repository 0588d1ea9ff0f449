//! An account with somebody of every kind, and things to reach for.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::TestDb;
use testkit::calendars::http::{Answer, Server};

use super::table::Role;
use crate::app::{Body, Client, Method, TestApp, id_of};

const CALENDAR: &str =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nX-WR-CALNAME:Ada\r\nEND:VCALENDAR\r\n";

/// All the scopes that a token can have.
pub(super) const SCOPES: [&str; 14] = [
    "audience:read",
    "audience:write",
    "campaigns:read",
    "campaigns:write",
    "campaigns:send",
    "messages:send",
    "bookings:read",
    "bookings:write",
    "settings:read",
    "settings:write",
    "users:manage",
    "tokens:manage",
    "audit:read",
    "account:manage",
];

pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) owner: Client,
    pub(super) account: String,
    /// The user who the owner is.
    pub(super) owner_id: String,
    /// Somebody who is never deleted.
    pub(super) subscriber: String,
    /// A campaign that stays a draft.
    pub(super) draft: String,
    /// Somebody who can be met, and what can be booked with them.
    pub(super) host: String,
    pub(super) event_type: String,
    pub(super) roles: BTreeMap<&'static str, Client>,
    /// The owner of another account, with things of their own.
    pub(super) other: Client,
    pub(super) other_program: Client,
    pub(super) former_member: Client,
    pub(super) expired: Client,
    pub(super) revoked: Client,
    /// A calendar elsewhere.
    calendar: Server,
    /// Subscribers to be used up.
    spares: RefCell<Vec<String>>,
    next: Cell<u32>,
    /// The path of what was made last.
    last: RefCell<String>,
}

impl World {
    pub(super) async fn new(db: TestDb) -> Self {
        let app = TestApp::asking_here(db);
        let calendar = Server::start(|_, _| Answer::text(200, "text/calendar", CALENDAR)).await;
        let owner = app.owner().await;
        let session = owner.get("/api/session").await;
        let account = session.text("/account").to_owned();
        let owner_id = session.text("/user/id").to_owned();
        let settings = json!({
            "sender_name": "Ada", "sender_email": "news@example.com", "postal_address": "12 St James's Square",
        });
        owner.patch("/api/account", settings).await.expect(200);
        let subscriber = owner
            .post("/api/subscribers", json!({"email": "stays@example.com"}))
            .await
            .expect(201)
            .id();
        let draft = owner.post("/api/campaigns", campaign()).await.created();
        let mut roles = BTreeMap::from([(Role::Owner.name(), owner.clone())]);
        for role in [Role::Viewer, Role::Editor, Role::Admin] {
            roles.insert(role.name(), app.member(&owner, role.name()).await);
        }
        let other = app.other_owner().await;
        let other_program = app.program(&other, &SCOPES).await;
        let leaver = json!({
            "email": "leaver@example.com", "name": "Leaver", "password": crate::app::PASSWORD, "role": "admin",
        });
        let leaver = owner.post("/api/users", leaver).await.expect(201).id();
        let former_member = app.sign_in("leaver@example.com").await;
        owner
            .delete(&format!("/api/users/{leaver}"))
            .await
            .expect(204);
        let expired = app
            .program_until(&owner, &SCOPES, Some("2026-05-04T10:30:00Z"))
            .await;
        expired.get("/api/account").await.expect(200);
        let revoked = app.program(&owner, &SCOPES).await;
        let newest = owner.get("/api/tokens").await;
        let newest = newest.text("/data/0/id");
        owner
            .delete(&format!("/api/tokens/{newest}"))
            .await
            .expect(204);
        let spares: Vec<Value> = (0..100)
            .map(|i| json!({"email": format!("spare{i}@example.com")}))
            .collect();
        let spares = owner
            .post("/api/subscribers/batch", json!({"subscribers": spares}))
            .await
            .expect(200);
        let spares = spares.json["results"].as_array().expect("results");
        let spares = spares.iter().map(id_of).collect();
        app.advance(std::time::Duration::from_hours(2));
        let mut world = Self {
            app,
            owner,
            account,
            owner_id,
            subscriber,
            draft,
            host: String::new(),
            event_type: String::new(),
            roles,
            other,
            other_program,
            former_member,
            expired,
            revoked,
            calendar,
            spares: RefCell::new(spares),
            next: Cell::new(0),
            last: RefCell::default(),
        };
        world.host = world.host(&world.owner).await;
        world.event_type = world.event_type(&world.owner, &world.host).await;
        world
    }

    /// After everybody's session may have ended.
    pub(super) async fn sign_in_again(&mut self) {
        for role in Role::ALL {
            let client = self.app.sign_in(role.address()).await;
            self.roles.insert(role.name(), client);
        }
        self.owner = self.roles[Role::Owner.name()].clone();
    }

    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// A subscriber who may disappear.
    pub(super) fn spare_subscriber(&self) -> String {
        let spare = self.spares.borrow_mut().pop();
        spare.expect("fewer than a hundred are used up")
    }

    pub(super) fn fresh_name(&self) -> String {
        format!("thing_{}", self.number())
    }

    pub(super) fn fresh_address(&self) -> String {
        format!("person{}@example.com", self.number())
    }

    /// Makes something of a kind, for `owner`; its id.
    pub(super) async fn make(&self, owner: &Client, kind: &str) -> String {
        let (path, body) = match kind {
            "groups" | "tags" | "hooks" => (kind, json!({"name": self.fresh_name()})),
            "fields" => (
                kind,
                json!({"key": self.fresh_name(), "name": "Field", "kind": "text"}),
            ),
            "segments" => (
                kind,
                json!({"name": self.fresh_name(), "rule": {"all": []}}),
            ),
            "subscribers" => (kind, json!({"email": self.fresh_address()})),
            "subscriber-views" => (kind, json!({"name": self.fresh_name(), "shared": true})),
            "campaigns" => (kind, campaign()),
            "transports" => (kind, json!({"name": "Inbox", "kind": "sandbox"})),
            "senders" => (kind, json!({"name": "Ada", "email": "news@example.com"})),
            "dkim-keys" => (
                kind,
                json!({
                    "domain": "example.com", "algorithm": "ed25519",
                    "selector": self.fresh_name().replace('_', "-"),
                }),
            ),
            "send-limits" => (
                kind,
                json!({"scope": "domain", "key": format!("{}.test", self.number()), "per_hour": 10}),
            ),
            "tokens" => (kind, json!({"name": "Till", "scopes": ["audience:read"]})),
            "users" => (
                kind,
                json!({
                    "email": self.fresh_address(), "name": "User", "password": crate::app::PASSWORD, "role": "viewer",
                }),
            ),
            "exports" => (kind, json!({"selection": {"all": true}})),
            "bulk-actions" => (
                "subscribers/bulk-update",
                json!({"selection": {"all": true}, "action": {"type": "clear_field", "field": "phone"}}),
            ),
            "campaign-series" => return self.series(owner).await,
            "feeds" => return self.feed(owner).await,
            "templates" => (
                kind,
                json!({
                    "name": self.fresh_name(),
                    "content": {"subject": "Hello", "body": {"kind": "html", "html": "<p>Hello</p>"}},
                }),
            ),
            "saved-blocks" => (
                kind,
                json!({"name": self.fresh_name(), "block": {"id": "a", "type": "spacer"}}),
            ),
            "files" => return self.file(owner).await,
            "automations" => (kind, automation(&self.fresh_name())),
            "hosts" => return self.host(owner).await,
            "schedules" => (kind, json!({"name": "Hours", "time_zone": "UTC"})),
            "event-types" => {
                let host = self.host(owner).await;
                return self.event_type(owner, &host).await;
            }
            // Of what was made just before.
            "blocks" | "time_offs" | "waitings" => return self.part(owner, kind).await,
            "holds" => return self.hold(owner).await,
            "calendar-connections" => return self.calendar_connection(owner).await,
            // Of what was made just before.
            "calendars" => return self.calendar(owner).await,
            "bookings" => return self.booking(owner).await,
            "versions" => return self.version(owner).await,
            "runs" => return self.run(owner).await,
            // Of what was made just before.
            "revisions" => return self.revision(owner).await,
            "variants" => return self.variant(owner).await,
            "suppressions" => return self.suppression(owner).await,
            "imports" => return self.import(owner).await,
            "messages" => (
                kind,
                json!({
                    "to": self.fresh_address(),
                    "sender_email": "news@example.com",
                    "content": {"subject": "Hello", "body": {"kind": "text", "text": "Hello"}},
                }),
            ),
            "sandbox-messages" => return self.sandbox_message(owner).await,
            other => panic!("how is something of {other} made?"),
        };
        let made = owner.post(&format!("/api/{path}"), body).await.created();
        *self.last.borrow_mut() = format!("/api/{path}/{made}");
        made
    }

    async fn host(&self, owner: &Client) -> String {
        let user = Box::pin(self.make(owner, "users")).await;
        let body = json!({"user_id": user, "time_zone": "UTC"});
        let made = owner.post("/api/hosts", body).await.created();
        *self.last.borrow_mut() = format!("/api/hosts/{made}");
        made
    }

    async fn event_type(&self, owner: &Client, host: &str) -> String {
        let body = json!({
            "title": "Talk", "slug": self.fresh_name().replace('_', "-"), "hosts": [{"host_id": host}],
            "settings": {"needs_approval": true, "waiting_list": true},
        });
        let made = owner.post("/api/event-types", body).await.created();
        *self.last.borrow_mut() = format!("/api/event-types/{made}");
        made
    }

    async fn part(&self, owner: &Client, kind: &str) -> String {
        let path = self.last.borrow().clone();
        let (part, body) = match kind {
            "blocks" => (
                "blocks",
                json!({"when": {"kind": "once", "from": "2026-06-01T09:00", "to": "2026-06-01T10:00"}}),
            ),
            "time_offs" => (
                "time-off",
                json!({"first": "2026-06-02", "last": "2026-06-03"}),
            ),
            _ => (
                "waiting",
                json!({"name": "Ada", "email": self.fresh_address()}),
            ),
        };
        owner.post(&format!("{path}/{part}"), body).await.created()
    }

    /// The address of a calendar elsewhere.
    pub(super) fn calendar_feed(&self) -> String {
        format!("{}/ada.ics", self.calendar.url)
    }

    async fn calendar_connection(&self, owner: &Client) -> String {
        let host = self.host(owner).await;
        let body = json!({"kind": "feed", "url": self.calendar_feed()});
        let path = format!("/api/hosts/{host}/calendar-connections");
        let made = owner.post(&path, body).await.expect(201);
        let id = made.text("/connection/id").to_owned();
        *self.last.borrow_mut() = format!("/api/calendar-connections/{id}");
        id
    }

    async fn calendar(&self, owner: &Client) -> String {
        let path = self.last.borrow().clone();
        let connection = owner.get(&path).await.expect(200);
        connection.text("/calendars/0/id").to_owned()
    }

    async fn hold(&self, owner: &Client) -> String {
        let event_type = Box::pin(self.make(owner, "event-types")).await;
        let body = json!({"start": "2026-05-06T10:00:00Z", "visitor": self.fresh_name()});
        let held = owner
            .post(&format!("/api/event-types/{event_type}/holds"), body)
            .await
            .expect(201);
        held.text("/token").to_owned()
    }

    async fn booking(&self, owner: &Client) -> String {
        let event_type = Box::pin(self.make(owner, "event-types")).await;
        let body = json!({
            "event_type_id": event_type, "start": "2026-05-06T10:00:00Z", "name": "Ada", "email": self.fresh_address(),
        });
        let made = owner.post("/api/bookings", body).await.expect(201);
        made.text("/booking/id").to_owned()
    }

    async fn version(&self, owner: &Client) -> String {
        let path = self.last.borrow().clone();
        owner
            .post(&format!("{path}/publish"), json!({}))
            .await
            .expect(200);
        let list = owner.get(&format!("{path}/versions")).await.expect(200);
        id_of(&list.json["data"][0])
    }

    async fn run(&self, owner: &Client) -> String {
        self.version(owner).await;
        let path = self.last.borrow().clone();
        let who = self.fresh_address();
        owner
            .post("/api/subscribers", json!({"email": who}))
            .await
            .expect(201);
        let body = json!({"email": who});
        let begun = owner.post(&format!("{path}/trigger"), body).await;
        begun.expect(200).text("/run_id").to_owned()
    }

    async fn revision(&self, owner: &Client) -> String {
        let path = format!("{}/revisions", self.last.borrow());
        let list = owner.get(&path).await.expect(200);
        id_of(&list.json["data"][0])
    }

    /// The number of a variant that has a text of its own; another number each time.
    async fn variant(&self, owner: &Client) -> String {
        let number = 2 + self.number() as usize % 7;
        let mut variants: Vec<Value> = (0..number)
            .map(|i| json!({"subject": format!("Subject {i}")}))
            .collect();
        variants[number - 1]["content"] =
            json!({"subject": "Hello", "body": {"kind": "text", "text": "Hello"}});
        let ab = json!({"share_percent": 100, "winner_by": "hand", "variants": variants});
        let path = self.last.borrow().clone();
        owner.patch(&path, json!({"ab": ab})).await.expect(200);
        number.to_string()
    }

    async fn suppression(&self, owner: &Client) -> String {
        let email = self.fresh_address();
        owner
            .post("/api/suppressions", json!({"emails": [email]}))
            .await
            .expect(200);
        let list = owner.get(&format!("/api/suppressions?email={email}")).await;
        id_of(&list.json["data"][0])
    }

    async fn file(&self, owner: &Client) -> String {
        // Another size is another picture.
        let picture = crate::files::png(100 + self.number(), 100);
        owner
            .send(Method::POST, "/api/files", Body::Raw("image/png", picture))
            .await
            .created()
    }

    async fn series(&self, owner: &Client) -> String {
        let campaign = self.campaign(owner).await;
        let rule = json!({"every": "day", "at": "09:00"});
        let body = json!({"name": "Daily", "campaign_id": campaign, "rule": rule});
        owner.post("/api/campaign-series", body).await.created()
    }

    async fn feed(&self, owner: &Client) -> String {
        let campaign = self.campaign(owner).await;
        let body = json!({
            "name": "Blog", "url": "https://example.com/feed", "campaign_id": campaign, "mode": "each",
        });
        owner.post("/api/feeds", body).await.created()
    }

    async fn import(&self, owner: &Client) -> String {
        let file = format!("email\n{}\n", self.fresh_address());
        let body = Body::Raw("text/csv", file.into_bytes());
        owner
            .send(Method::POST, "/api/imports", body)
            .await
            .created()
    }

    async fn sandbox_message(&self, owner: &Client) -> String {
        let campaign = self.campaign(owner).await;
        let addresses = json!({"addresses": ["me@example.com"]});
        owner
            .post(&format!("/api/campaigns/{campaign}/test"), addresses)
            .await
            .expect(200);
        self.app.deliver().await;
        let list = owner.get("/api/sandbox/messages").await.expect(200);
        id_of(&list.json["data"][0])
    }

    async fn campaign(&self, owner: &Client) -> String {
        owner.post("/api/campaigns", campaign()).await.created()
    }
}

fn campaign() -> Value {
    json!({
        "name": "May",
        "sender_email": "news@example.com",
        "audience": {"everyone": true},
        "content": {"subject": "Hello", "body": {"kind": "html", "html": "<p>Hello</p>"}},
    })
}

fn automation(name: &str) -> Value {
    json!({
        "name": name,
        "draft": {
            "triggers": [{"id": "api", "on": {"event": "automation.started"}, "start": "rest"}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
                {"id": "done", "kind": "end"},
            ],
        },
    })
}
