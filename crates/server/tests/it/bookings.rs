//! Bookings over HTTP: from a user who becomes a host to the reminder that an automation sends.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Client, TestApp};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

struct World {
    app: TestApp,
    owner: Client,
    host: String,
}

impl World {
    /// The clock stands at Monday, 2026-05-04T09:30:00Z.
    async fn new(db: TestDb) -> Self {
        let app = TestApp::new(db);
        let owner = app.owner().await;
        let settings = json!({"sender_name": "Ada", "sender_email": "news@example.com"});
        owner.patch("/api/account", settings).await.expect(200);
        let me = owner.get("/api/session").await.text("/user/id").to_owned();
        let host = json!({"user_id": me, "time_zone": "Europe/Berlin"});
        let host = owner.post("/api/hosts", host).await.created();
        Self { app, owner, host }
    }

    async fn event_type(&self, settings: Value) -> String {
        let new =
            json!({"title": "Intro call", "hosts": [{"host_id": self.host}], "settings": settings});
        self.owner.post("/api/event-types", new).await.created()
    }

    fn wish(event_type: &str, start: &str) -> Value {
        json!({
            "event_type_id": event_type, "start": start, "name": "Grace Hopper", "email": "grace@example.com",
            "time_zone": "America/New_York",
        })
    }

    /// The subjects of the reminders that went out, once everything is done that can be done now.
    async fn reminders(&self) -> Vec<String> {
        // What becomes due is recorded by the jobs of the first round.
        self.app.automate().await;
        self.app.automate().await;
        let mails = self.app.sandbox(&self.owner).await;
        let subjects = mails.into_iter().map(|mail| mail.subject);
        subjects.filter(|it| it.starts_with("Reminder:")).collect()
    }

    async fn book(&self, event_type: &str, start: &str) -> String {
        let made = self
            .owner
            .post("/api/bookings", Self::wish(event_type, start))
            .await;
        made.expect(201).text("/booking/id").to_owned()
    }
}

#[testkit::db_test]
async fn a_user_becomes_a_host_and_is_booked(db: TestDb) {
    let world = World::new(db).await;
    let owner = &world.owner;
    let schedules = owner.get("/api/schedules").await.expect(200);
    assert_eq!(schedules.json["data"][0]["weekly"][0][0]["from"], "09:00");
    let event_type = world.event_type(json!({"durations": [30, 60]})).await;
    let path = format!("/api/event-types/{event_type}");
    let slots = owner
        .get(&format!(
            "{path}/slots?from=2026-05-05T00:00:00Z&to=2026-05-06T00:00:00Z&duration=60&time_zone=America/New_York"
        ))
        .await
        .expect(200);
    // Nine in Berlin is three in the morning in New York.
    assert_eq!(slots.json["days"][0]["date"], "2026-05-05");
    assert_eq!(
        slots.json["days"][0]["slots"][0]["start"],
        "2026-05-05T07:00:00Z"
    );
    let held = owner
        .post(
            &format!("{path}/holds"),
            json!({"start": "2026-05-05T07:00:00Z", "visitor": "v"}),
        )
        .await
        .expect(201);
    let refused = owner
        .post(
            "/api/bookings",
            World::wish(&event_type, "2026-05-05T07:00:00Z"),
        )
        .await
        .expect(409);
    assert_eq!(refused.json["code"], "slot_taken");
    assert_eq!(refused.json["reasons"][0]["rule"], "held");
    assert_eq!(
        refused.json["next_slots"][0]["start"],
        "2026-05-05T07:30:00Z"
    );
    let mut wish = World::wish(&event_type, "2026-05-05T07:00:00Z");
    wish["hold"] = json!(held.text("/token"));
    let made = owner.post("/api/bookings", wish.clone()).await.expect(201);
    let again = owner.post("/api/bookings", wish).await.expect(200);
    assert_eq!(made.json["booking"]["id"], again.json["booking"]["id"]);
    let id = made.text("/booking/id").to_owned();

    let moved = owner
        .post(
            &format!("/api/bookings/{id}/reschedule"),
            json!({"start": "2026-05-05T12:00:00Z"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&moved.json["sequence"], &moved.json["status"]),
        (&json!(1), &json!("confirmed"))
    );
    let why = owner
        .get(&format!("{path}/explain?date=2026-05-05"))
        .await
        .expect(200);
    assert_eq!(
        (&why.json["starts"], &why.json["offered"]),
        (&json!(16), &json!(15))
    );
    assert_eq!(why.json["reasons"][0]["reason"]["booking_id"], json!(id));

    let person = made.text("/booking/subscriber_id").to_owned();
    let timeline = owner
        .all(&format!("/api/subscribers/{person}/timeline"))
        .await;
    let kinds: Vec<&str> = timeline
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert!(
        kinds.contains(&"booking.created") && kinds.contains(&"booking.rescheduled"),
        "{kinds:?}"
    );

    let off = owner
        .post(
            &format!("/api/bookings/{id}/cancel"),
            json!({"reason": "Ada is ill."}),
        )
        .await
        .expect(200);
    assert_eq!(off.json["status"], "cancelled");
    let detail = owner.get(&format!("/api/bookings/{id}")).await.expect(200);
    let trail = detail.json["trail"].as_array().unwrap();
    let actions: Vec<&str> = trail
        .iter()
        .filter_map(|one| one["action"].as_str())
        .collect();
    assert_eq!(actions, ["create", "reschedule", "cancel"]);
    let summary = owner
        .get("/api/bookings/summary?from=2026-05-05T00:00:00Z&to=2026-05-06T00:00:00Z")
        .await
        .expect(200);
    assert_eq!(
        summary.json["statuses"],
        json!([{"status": "cancelled", "count": 1}])
    );
}

#[testkit::db_test]
async fn a_reminder_goes_out_in_time_and_not_after_a_cancel(db: TestDb) {
    let world = World::new(db).await;
    let (app, owner) = (&world.app, &world.owner);
    let event_type = world
        .event_type(json!({"durations": [30], "notice_minutes": 0}))
        .await;
    let content = json!({
        "subject": "Reminder: {{ event.title }} at {{ event.start_local }}",
        "body": {"kind": "html", "html": "<p>With {{ event.host }}</p>"},
    });
    let template = json!({"name": "Reminder", "variables": ["event"], "content": content});
    let template = owner.post("/api/templates", template).await.created();
    let draft = json!({
        "triggers": [{
            "id": "soon", "on": {"event": "booking.starts_in", "with": {"minutes": 60, "event_type": event_type}},
            "key": "booking_id", "reentry": {"policy": "always"}, "start": "mail",
        }],
        "steps": [
            {"id": "mail", "kind": "send_email", "with": {"template": template, "transactional": true}, "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    });
    let id = owner
        .post(
            "/api/automations",
            json!({"name": "Reminder", "draft": draft}),
        )
        .await
        .created();
    owner
        .post(&format!("/api/automations/{id}/publish"), json!({}))
        .await
        .expect(200);
    app.automate().await;

    let kept = world.book(&event_type, "2026-05-04T13:00:00Z").await;
    let moved = world.book(&event_type, "2026-05-04T13:30:00Z").await;
    let off = world.book(&event_type, "2026-05-04T14:00:00Z").await;
    // An hour before is in two and a half; nothing goes out sooner.
    app.advance(2 * HOUR + 29 * MINUTE);
    assert_eq!(world.reminders().await, [""; 0]);
    app.advance(MINUTE);
    // On the clock of the invitee, who is in New York.
    let first = "Reminder: Intro call at 2026-05-04 09:00";
    assert_eq!(world.reminders().await, [first], "the one at 13:00 alone");

    owner
        .post(&format!("/api/bookings/{off}/cancel"), json!({}))
        .await
        .expect(200);
    owner
        .post(
            &format!("/api/bookings/{moved}/reschedule"),
            json!({"start": "2026-05-05T08:00:00Z"}),
        )
        .await
        .expect(200);
    app.advance(HOUR);
    assert_eq!(
        world.reminders().await,
        [first],
        "neither the moved one nor the cancelled one"
    );
    app.advance(17 * HOUR + 59 * MINUTE);
    assert_eq!(world.reminders().await, [first]);
    app.advance(MINUTE);
    let second = "Reminder: Intro call at 2026-05-05 04:00";
    assert_eq!(
        world.reminders().await,
        [first, second],
        "an hour before its new time"
    );
    let done = owner
        .get(&format!("/api/bookings/{kept}"))
        .await
        .expect(200);
    assert_eq!(done.json["booking"]["status"], "completed");
}

#[testkit::db_test]
async fn limits_of_teams_are_settings_of_the_account(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let path = "/api/booking-settings";
    let before = owner.get(path).await.expect(200);
    assert_eq!(before.json["team_limits"], json!([]));
    let wrong = json!({"team_limits": [{"period": "day", "bookings": 0}]});
    let refused = owner.put(path, wrong).await.expect(422);
    assert_eq!(refused.text("/errors/0/field"), "team_limits[0].bookings");
    let limits = json!([{"period": "week", "bookings": null, "minutes": 600}]);
    let change = json!({"team_limits": limits, "week_starts_on": "sunday"});
    let set = owner.put(path, change).await.expect(200);
    assert_eq!(set.json["team_limits"], limits);
    assert_eq!(set.json["page"], before.json["page"]);
    // The name alone.
    owner
        .put(path, json!({"page": "engines"}))
        .await
        .expect(200);
    let after = owner.get(path).await.expect(200).json;
    assert_eq!(
        after,
        json!({"page": "engines", "team_limits": limits, "week_starts_on": "sunday"})
    );
}
