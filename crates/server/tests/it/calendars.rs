//! Calendars elsewhere over HTTP: signing in there and coming back, and the mail when they cannot be read.

use std::sync::Arc;
use std::time::Duration;

use ctx::{Registered, Site};
use serde_json::json;
use server::calendar_alerts::CalendarAlerts;
use testkit::TestDb;
use testkit::calendars::SignIn;
use testkit::calendars::google::Google;

use crate::app::{Client, PUBLIC_URL, TestApp};

struct World {
    app: TestApp,
    service: Google,
    owner: Client,
    host: String,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let service = Google::start(db.clock()).await;
        let mut ctx = db.ctx();
        ctx.http = net::Client::new(net::Guard::allowing(["127.0.0.0/8".parse().unwrap()]));
        ctx.site = Arc::new(Site {
            url: PUBLIC_URL.to_owned(),
            google: Some(Registered {
                client_id: SignIn::CLIENT.0.to_owned(),
                client_secret: SignIn::CLIENT.1.to_owned(),
                sign_in: Some(service.authorize_url()),
                tokens: Some(service.token_url()),
                api: Some(service.base()),
            }),
            ..Site::default()
        });
        let app = TestApp::with(db, ctx);
        let owner = app.owner().await;
        let settings = json!({"sender_name": "Ada", "sender_email": "news@example.com"});
        owner.patch("/api/account", settings).await.expect(200);
        let me = owner.get("/api/session").await.text("/user/id").to_owned();
        let host = json!({"user_id": me, "time_zone": "Europe/Berlin"});
        let host = owner.post("/api/hosts", host).await.created();
        Self {
            app,
            service,
            owner,
            host,
        }
    }

    /// Where somebody comes back to who signed in, and said yes.
    async fn back(&self) -> String {
        let path = format!("/api/hosts/{}/calendar-connections/sign-in", self.host);
        let wish = json!({"kind": "google", "return_to": "/app/bookings/hosts?tab=calendars"});
        let begun = self.owner.post(&path, wish).await.expect(200);
        let back = self.service.approve(begun.text("/url"), None);
        let path = back.strip_prefix(PUBLIC_URL);
        path.unwrap_or_else(|| panic!("{back}")).to_owned()
    }
}

#[testkit::db_test]
async fn whoever_signs_in_elsewhere_comes_back_to_the_app(db: TestDb) {
    let world = World::new(db).await;
    let list = format!("/api/hosts/{}/calendar-connections", world.host);
    let before = world.owner.get(&list).await.expect(200);
    assert_eq!(before.json["kinds"], json!(["feed", "caldav", "google"]));
    assert_eq!(
        before.text("/redirect_url"),
        format!("{PUBLIC_URL}/oauth/calendars")
    );
    let back = world.back().await;
    assert!(back.starts_with("/oauth/calendars?"), "{back}");
    // Without the session that began, it leads nowhere: not for nobody, not for another session of the same person.
    let again = world.app.sign_in("ada@example.com").await;
    for (who, error) in [(&world.app.anonymous(), "signed_out"), (&again, "over")] {
        let reply = who.get(&back).await.expect(303);
        let to = reply.header("location").to_owned();
        assert!(
            to.starts_with(&format!(
                "/app/bookings/hosts?tab=calendars&calendar_error={error}"
            )),
            "{to}"
        );
    }
    let said_no = back.replace("code=", "error=access_denied&was=");
    let reply = world.owner.get(&said_no).await.expect(303);
    assert!(reply.header("location").ends_with("calendar_error=denied"));
    let reply = world.owner.get("/oauth/calendars?state=x&code=y").await;
    let reply = reply.expect(303);
    let to = reply.header("location");
    assert!(
        to.starts_with("/app/bookings/hosts?calendar_error=over"),
        "{to}"
    );

    let reply = world.owner.get(&back).await.expect(303);
    let to = reply.header("location").to_owned();
    let id = to
        .strip_prefix("/app/bookings/hosts?tab=calendars&calendar_connection=")
        .unwrap_or_else(|| panic!("{to}"));
    let path = format!("/api/calendar-connections/{id}");
    let made = world.owner.get(&path).await.expect(200);
    assert_eq!(made.text("/connection/name"), "ann@example.com");
    let text = String::from_utf8(made.body.clone()).unwrap();
    assert!(
        !text.contains("access-") && !text.contains("refresh-"),
        "{text}"
    );
    world.app.run_jobs().await;
    let made = world.owner.get(&path).await.expect(200);
    assert!(made.json["connection"]["synced_at"].is_string(), "{made}");
}

#[testkit::db_test]
async fn a_host_hears_once_that_their_calendars_cannot_be_read(db: TestDb) {
    let world = World::new(db).await;
    let alerts = CalendarAlerts::new(PUBLIC_URL);
    let ctx = &world.app.ctx;
    events::catch_up(ctx, &alerts).await.unwrap();
    let back = world.back().await;
    world.owner.get(&back).await.expect(303);
    world.app.run_jobs().await;
    world.service.revoke();
    for _ in 0..3 {
        world.app.advance(Duration::from_hours(1));
        world.app.run_jobs().await;
        events::catch_up(ctx, &alerts).await.unwrap();
    }
    world.app.deliver().await;
    let mails = world.app.sandbox(&world.owner).await;
    let told: Vec<_> = mails
        .iter()
        .filter(|mail| mail.subject == "Calendar not reachable: ann@example.com")
        .collect();
    assert_eq!(told.len(), 1, "{:?}", mails.len());
}
