//! From a campaign's link to a booking, and to the reminder that an automation sends.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestDb, db_test};

use crate::app::{Mail, PUBLIC_URL, id_of};
use crate::booking_pages::{Desk, hidden, links, text};

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
/// 15:00 in Berlin, where the host is.
const START: &str = "2026-05-05T13:00:00Z";

impl Desk {
    async fn person(&self, email: &str, name: (&str, &str), zone: &str) -> String {
        let person = json!({"email": email, "first_name": name.0, "last_name": name.1, "time_zone": zone, "phone": "+491701234567"});
        let made = self
            .owner
            .post("/api/subscribers", person)
            .await
            .expect(201);
        id_of(&made.json)
    }

    /// A campaign with a button to the event type, to everybody; not sent yet.
    async fn campaign(&self, event_type: &str) -> String {
        let button = json!({"event_type": event_type, "label": "Meet <us>, {{ first_name | default(\"you\") }}"});
        let document = json!({"version": 1, "blocks": [
            {"id": "go", "type": "booking", "props": button},
            {"id": "foot", "type": "footer", "props": {}},
        ]});
        let campaign = json!({
            "name": "Spring",
            "audience": {"everyone": true},
            "content": {"subject": "Shall we meet?", "body": {"kind": "blocks", "document": document}},
        });
        self.owner.post("/api/campaigns", campaign).await.created()
    }

    /// The codes of what the checklist says of bookings.
    async fn checked(&self, campaign: &str) -> Vec<(String, String)> {
        let path = format!("/api/campaigns/{campaign}/checklist");
        let list = self.owner.get(&path).await.expect(200);
        let items = list.json["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                (
                    item["code"].as_str().unwrap(),
                    item["level"].as_str().unwrap(),
                )
            })
            .filter(|(code, _)| code.starts_with("booking"))
            .map(|(code, level)| (code.to_owned(), level.to_owned()))
            .collect()
    }

    /// Publishes an automation that begins with a booking: a reminder at eight in the morning where the invitee is, and one
    /// an hour before.
    async fn remind(&self, event_type: &str) {
        let template = async |subject: &str| {
            let content = json!({
                "subject": subject,
                "body": {"kind": "html", "html": "<p>With {{ event.host }}</p>"},
            });
            let template = json!({"name": subject, "variables": ["event"], "content": content});
            self.owner.post("/api/templates", template).await.created()
        };
        let morning = template("Prepare {{ event.title }} on {{ event.start_local }}").await;
        let soon = template("Soon: {{ event.start_local }}").await;
        let mail = |id: &str, template: &str, next: &str| json!({"id": id, "kind": "send_email", "with": {"template": template, "transactional": true}, "next": next});
        let of = json!({"event_type": event_type});
        let near = json!({"minutes": 60, "event_type": event_type});
        let draft = json!({
            "triggers": [{
                "id": "booked", "on": {"event": "booking.created", "with": of},
                "key": "booking_id", "reentry": {"policy": "always"}, "start": "rest",
            }],
            "exits": [{"id": "off", "on": {"event": "booking.cancelled", "with": of}}],
            "steps": [
                {"id": "rest", "kind": "wait", "with": {"at": "08:00"}, "next": "morning"},
                mail("morning", &morning, "wait"),
                {"id": "wait", "kind": "wait_for_any", "next": "done", "with": {"timeout": {"days": 30}, "paths": [
                    {"id": "near", "on": {"event": "booking.starts_in", "with": near}, "next": "soon"}]}},
                mail("soon", &soon, "done"),
                {"id": "done", "kind": "end"},
            ],
        });
        let new = json!({"name": "Reminders", "draft": draft});
        let id = self.owner.post("/api/automations", new).await.created();
        let publish = format!("/api/automations/{id}/publish");
        self.owner.post(&publish, json!({})).await.expect(200);
        self.app.automate().await;
    }

    /// The reminders that went out, to whom and with which subject.
    async fn reminders(&self) -> Vec<(String, String)> {
        // What becomes due is recorded by the jobs of the first round.
        self.app.automate().await;
        self.app.automate().await;
        let mails = self.app.sandbox(&self.owner).await.into_iter();
        mails
            .filter(|mail| mail.subject.starts_with("Prepare") || mail.subject.starts_with("Soon"))
            .map(|mail| (mail.to, mail.subject))
            .collect()
    }

    async fn timeline(&self, person: &str) -> Vec<String> {
        let path = format!("/api/subscribers/{person}/timeline");
        let rows = self.owner.all(&path).await;
        let told = |row: &Value| row["sentence"].as_str().map(str::to_owned);
        rows.iter().filter_map(told).collect()
    }

    /// Comes by the button of a mail, and books. Where the booking is.
    async fn come(&self, mail: &Mail, zone: &str) -> String {
        let button = mail.clicks().remove(0);
        let phone = self.app.anonymous().with("user-agent", PHONE);
        let click = phone.follow(&button).await.expect(302);
        let there = click.header("location").to_owned();
        assert!(
            there.starts_with(&format!("{PUBLIC_URL}/book-to/")),
            "{there}"
        );
        let moved = self.visitor.follow(&there).await.expect(303);
        let page = moved.header("location").to_owned();
        assert!(page.starts_with("/book/engines/intro?for="), "{page}");
        assert!(
            !page.contains("example"),
            "the address names nobody: {page}"
        );
        let days = text(
            &self
                .visitor
                .get(&format!("{page}&date=2026-05-05&tz={zone}"))
                .await
                .expect(200),
        );
        let wanted = START.replace(':', "%3A");
        let slot = links(&days).into_iter().find(|it| it.contains(&wanted));
        let slot = slot.unwrap_or_else(|| panic!("no such time in {days}"));
        assert!(slot.contains("for=") && !slot.contains("example"), "{slot}");
        let form = text(&self.visitor.get(&slot).await.expect(200));
        let mut fields = hidden(&form);
        for name in ["name", "email"] {
            let value = form.split(&format!("name=\"{name}\"")).nth(1).unwrap();
            let value = value
                .split("value=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            assert!(!value.is_empty(), "{name} is filled in: {form}");
            fields.push((name.to_owned(), value.to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
        let booked = self.form("/book/engines/intro", &fields).await.expect(303);
        let booking = booked.header("location").to_owned();
        assert!(!booking.contains("for="), "{booking}");
        booking
    }
}

#[db_test]
async fn a_booking_by_a_campaign_s_link_is_reminded_of_in_time_and_not_after_a_cancel(db: TestDb) {
    let settings = json!({"durations": [30], "notice_minutes": 0, "capacity": 5});
    let desk = Desk::open(db, settings).await;
    let event_type = id_of(&desk.event);
    let grace = ("grace@example.com", "America/New_York");
    let henry = ("henry@example.com", "Asia/Tokyo");
    let id = desk.person(grace.0, ("Grace", "Hopper"), grace.1).await;
    desk.person(henry.0, ("Henry", "Ford"), henry.1).await;
    desk.remind(&event_type).await;

    let campaign = desk.campaign(&event_type).await;
    desk.owner
        .act(&format!("/api/campaigns/{campaign}/send"))
        .await
        .expect(200);
    desk.app.deliver().await;
    // Who clicks at once is taken for a machine.
    desk.app.advance(10 * MINUTE);
    let mails = desk.app.sandbox(&desk.owner).await;
    let mail_to = |to: &str| mails.iter().find(|mail| mail.to == to).unwrap();
    assert!(
        mail_to(grace.0).html.contains("Meet &lt;us&gt;, Grace"),
        "{}",
        mail_to(grace.0).html
    );
    desk.come(mail_to(grace.0), grace.1).await;
    let of_henry = desk.come(mail_to(henry.0), henry.1).await;

    let bookings = desk.owner.all("/api/bookings").await;
    assert_eq!(bookings.len(), 2);
    let hers = bookings.iter().find(|one| one["email"] == grace.0).unwrap();
    assert_eq!(
        (hers["name"].as_str(), hers["start"].as_str()),
        (Some("Grace Hopper"), Some(START))
    );
    assert_eq!(hers["subscriber_id"], id, "she is who the mail went to");
    let told = desk.timeline(&id).await;
    assert!(
        told.contains(&"Booked Intro <call> on 2026-05-05 09:00".to_owned()),
        "on her clock: {told:?}"
    );
    assert!(told.iter().any(|it| it.starts_with("Clicked")), "{told:?}");

    // It is 05:40 in New York, and 18:40 in Tokyo.
    desk.app.automate().await;
    desk.app.advance(2 * HOUR + 19 * MINUTE);
    assert_eq!(desk.reminders().await, []);
    desk.app.advance(MINUTE);
    let prepare = (
        grace.0.to_owned(),
        "Prepare Intro <call> on 2026-05-05 09:00".to_owned(),
    );
    assert_eq!(desk.reminders().await, std::slice::from_ref(&prepare));

    // Henry calls his off before it is eight where he is.
    let cancel = of_henry.split('?').next().unwrap().to_owned() + "/cancel";
    let form = text(&desk.visitor.get(&cancel).await.expect(200));
    let fields = hidden(&form);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
    desk.form(&cancel, &fields).await.expect(303);
    desk.app.advance(23 * HOUR + 59 * MINUTE);
    assert_eq!(
        desk.reminders().await,
        std::slice::from_ref(&prepare),
        "nobody else"
    );
    desk.app.advance(MINUTE);
    let soon = (grace.0.to_owned(), "Soon: 2026-05-05 09:00".to_owned());
    assert_eq!(
        desk.reminders().await,
        [prepare.clone(), soon.clone()],
        "an hour before"
    );
    desk.app.advance(24 * HOUR);
    assert_eq!(
        desk.reminders().await,
        [prepare, soon],
        "and nothing to Henry, ever"
    );
}

#[db_test]
async fn the_checklist_knows_whether_what_a_mail_offers_can_be_booked(db: TestDb) {
    let desk = Desk::usual(db).await;
    let event_type = id_of(&desk.event);
    let campaign = desk.campaign(&event_type).await;
    let says = |code: &str, level: &str| vec![(code.to_owned(), level.to_owned())];
    assert_eq!(desk.checked(&campaign).await, says("booking_link", "ok"));
    let path = format!("/api/event-types/{event_type}");
    desk.owner
        .patch(&path, json!({"enabled": false}))
        .await
        .expect(200);
    assert_eq!(desk.checked(&campaign).await, says("booking_off", "error"));
    desk.owner.delete(&path).await.expect(204);
    assert_eq!(desk.checked(&campaign).await, says("booking_gone", "error"));
    // Another account's is none.
    let stranger = desk.app.other_owner().await;
    let document = json!({"version": 1, "blocks": [
        {"id": "a", "type": "booking", "props": {"event_type": event_type, "label": "Book"}}]});
    let foreign = json!({"name": "X", "audience": {"everyone": true},
        "content": {"subject": "X", "body": {"kind": "blocks", "document": document}}});
    let foreign = stranger.post("/api/campaigns", foreign).await.created();
    let list = stranger
        .get(&format!("/api/campaigns/{foreign}/checklist"))
        .await
        .expect(200);
    assert!(list.body.windows(12).any(|part| part == b"booking_gone"));
}

#[db_test]
async fn rules_ask_what_somebody_booked(db: TestDb) {
    let desk = Desk::usual(db).await;
    let event_type = id_of(&desk.event);
    let id = desk
        .person("grace@example.com", ("Grace", "Hopper"), "America/New_York")
        .await;
    let upcoming = json!({"booking": "upcoming", "event_type": event_type});
    let inside = async |rule: &Value| {
        let preview = desk
            .owner
            .post("/api/segments/preview", json!({"rule": rule}))
            .await
            .expect(200);
        preview.json["count"].as_i64().unwrap()
    };
    // Who books waits until it is called off.
    let tag = json!({"name": "called off"});
    let tag = desk.owner.post("/api/tags", tag).await.created();
    let draft = json!({
        "triggers": [{"id": "booked", "on": {"event": "booking.created"}, "start": "split"}],
        "steps": [
            {"id": "split", "kind": "if_else", "with": {"if": {"contact": upcoming}, "then": "wait", "else": "done"}},
            {"id": "wait", "kind": "wait_for_any", "next": "done", "with": {"timeout": {"days": 30}, "paths": [
                {"id": "off", "when": {"contact": {"booking": "cancelled"}}, "next": "tag"}]}},
            {"id": "tag", "kind": "add_tag", "with": {"tag": tag}, "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    });
    let new = json!({"name": "After", "draft": draft});
    let automation = desk.owner.post("/api/automations", new).await.created();
    let publish = format!("/api/automations/{automation}/publish");
    desk.owner.post(&publish, json!({})).await.expect(200);
    desk.app.automate().await;
    assert_eq!(inside(&upcoming).await, 0);

    let start = "2026-05-06T13:00:00Z";
    let wish = json!({
        "event_type_id": event_type, "start": start, "name": "Grace Hopper", "email": "grace@example.com",
        "time_zone": "America/New_York", "answers": {"company": "Navy"},
    });
    let booked = desk.owner.post("/api/bookings", wish).await.expect(201);
    let booking = booked.text("/booking/id").to_owned();
    for (rule, count) in [
        (json!({"booking": "upcoming"}), 1),
        (json!({"booking": "upcoming", "within_days": 1}), 0),
        (json!({"booking": "confirmed", "event_type": event_type}), 1),
        (json!({"booking": "confirmed", "within_days": 30}), 0),
        (json!({"booking": "no_show"}), 0),
    ] {
        assert_eq!(inside(&rule).await, count, "{rule}");
    }
    let tags = async || {
        desk.app.automate().await;
        let person = desk
            .owner
            .get(&format!("/api/subscribers/{id}"))
            .await
            .expect(200);
        person.json["tags"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(tags().await, 0);
    let cancel = format!("/api/bookings/{booking}/cancel");
    desk.owner.post(&cancel, json!({})).await.expect(200);
    assert_eq!(tags().await, 1, "the cancellation woke who waited for it");
    assert_eq!(inside(&upcoming).await, 0);
    let unknown = json!({"rule": {"booking": "booked", "event_type": "7"}});
    let refused = desk.owner.post("/api/segments/preview", unknown).await;
    assert_eq!(
        refused.problem(),
        "422 invalid rule.event_type:unknown_event_type"
    );
}

#[db_test]
async fn whoever_owns_a_contact_is_preferred_if_they_have_time_soon(db: TestDb) {
    use audience::subscribers::{invitee_key, invitee_token};
    let desk = Desk::usual(db).await;
    let ada = desk.owner.all("/api/hosts").await[0].clone();
    let _ = desk.app.member(&desk.owner, "editor").await;
    let users = desk.owner.all("/api/users").await;
    let bob = users
        .iter()
        .find(|user| user["id"] != ada["user_id"])
        .unwrap();
    let host = json!({"user_id": id_of(bob), "time_zone": "Europe/Berlin", "slug": "bob"});
    let host = desk.owner.post("/api/hosts", host).await.created();
    let rotating = |host: &str| json!({"host_id": host, "part": "rotating"});
    let event = json!({
        "title": "Team", "slug": "team", "hosts": [rotating(&id_of(&ada)), rotating(&host)],
        "settings": {"durations": [30], "mode": "round_robin", "prefer_owner": true, "window": {"kind": "days", "days": 7}},
    });
    let event = desk
        .owner
        .post("/api/event-types", event)
        .await
        .expect(201)
        .json;
    let person = desk
        .person("grace@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    let change = json!({"owner_id": id_of(bob)});
    desk.owner
        .patch(&format!("/api/subscribers/{person}"), change)
        .await
        .expect(200);

    let account = desk
        .owner
        .get("/api/account")
        .await
        .text("/id")
        .parse()
        .unwrap();
    let key = invitee_key(&desk.app.ctx, account);
    let token = invitee_token(&key, account, person.parse().unwrap());
    let page = format!("/book/engines/team?for={token}");
    let shown = async |page: &str| text(&desk.visitor.get(page).await.expect(200));
    let slot = async |page: &str| {
        let mut all = links(&shown(page).await).into_iter();
        all.find(|link| link.contains("start=")).unwrap()
    };
    assert!(slot(&page).await.contains("host=bob"), "Bob's times alone");
    assert!(
        !slot("/book/engines/team").await.contains("host="),
        "whoever comes by themselves has the choice of all"
    );
    assert!(slot(&format!("{page}&host=ada")).await.contains("host=ada"));
    // A token of another account is nobody's here.
    let stranger = desk.app.other_owner().await;
    let theirs = stranger
        .get("/api/account")
        .await
        .text("/id")
        .parse()
        .unwrap();
    let foreign = invitee_token(
        &invitee_key(&desk.app.ctx, theirs),
        theirs,
        person.parse().unwrap(),
    );
    let unknown = format!("/book/engines/team?for={foreign}");
    assert!(!slot(&unknown).await.contains("host="));

    // He is away, so everybody is offered.
    let away = json!({"first": "2026-05-04", "last": "2026-06-04"});
    desk.owner
        .post(&format!("/api/hosts/{host}/time-off"), away)
        .await
        .expect(201);
    assert!(!slot(&page).await.contains("host="));
    let path = format!("/api/event-types/{}", id_of(&event));
    desk.owner.get(&path).await.expect(200);
}

/// Somebody waits in an automation until a condition about them holds, and gets a tag then.
async fn waits_for(desk: &Desk, rule: Value) -> String {
    let tag = json!({"name": "noticed"});
    let tag = desk.owner.post("/api/tags", tag).await.created();
    let draft = json!({
        "triggers": [{"id": "go", "on": {"event": "automation.started"}, "start": "wait"}],
        "steps": [
            {"id": "wait", "kind": "wait_for_any", "next": "done", "with": {"timeout": {"days": 60}, "paths": [
                {"id": "so", "when": {"contact": rule}, "next": "tag"}]}},
            {"id": "tag", "kind": "add_tag", "with": {"tag": tag}, "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    });
    let new = json!({"name": "Notices", "draft": draft});
    let id = desk.owner.post("/api/automations", new).await.created();
    let publish = format!("/api/automations/{id}/publish");
    desk.owner.post(&publish, json!({})).await.expect(200);
    id
}

async fn tags(desk: &Desk, person: &str) -> usize {
    let path = format!("/api/subscribers/{person}");
    let person = desk.owner.get(&path).await.expect(200);
    person.json["tags"].as_array().map_or(0, Vec::len)
}

async fn book(desk: &Desk, email: &str, start: &str) -> String {
    let wish = json!({
        "event_type_id": id_of(&desk.event), "start": start, "name": "Grace Hopper", "email": email,
        "time_zone": "UTC",
    });
    let booked = desk.owner.post("/api/bookings", wish).await.expect(201);
    booked.text("/booking/id").to_owned()
}

#[db_test]
async fn what_nobody_confirmed_in_time_is_noticed(db: TestDb) {
    let desk = Desk::open(db, json!({"durations": [30], "needs_approval": true})).await;
    let grace = desk
        .person("grace@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    let id = waits_for(&desk, json!({"booking": "expired"})).await;
    let enter = format!("/api/automations/{id}/trigger");
    let who = json!({"subscriber_id": grace});
    desk.owner.post(&enter, who).await.expect(200);
    book(&desk, "grace@example.com", "2026-05-06T13:00:00Z").await;
    desk.app.automate().await;
    assert_eq!(tags(&desk, &grace).await, 0);
    desk.app.advance(3 * 24 * HOUR);
    desk.app.run_jobs().await;
    desk.app.automate().await;
    assert_eq!(tags(&desk, &grace).await, 1);
}

#[db_test]
async fn whoever_becomes_one_with_somebody_who_booked_has_booked(db: TestDb) {
    let desk = Desk::open(db, json!({"durations": [30]})).await;
    let rule = json!({"booking": "booked"});
    let segment = json!({"name": "Booked", "rule": rule});
    let segment = desk.owner.post("/api/segments", segment).await.created();
    let automation = waits_for(&desk, rule).await;
    let kept = desk
        .person("grace@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    let other = desk
        .person("g.hopper@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    let enter = format!("/api/automations/{automation}/trigger");
    let who = json!({"subscriber_id": kept});
    desk.owner.post(&enter, who).await.expect(200);
    book(&desk, "g.hopper@example.com", "2026-05-06T13:00:00Z").await;
    desk.app.automate().await;
    let ctx = &desk.app.ctx;
    let members = async || {
        let mut tx = ctx.read().await.unwrap();
        let rows = tx
            .query("select subscriber_id from segment_member where segment_id = $1")
            .bind(segment.parse::<i64>().unwrap())
            .fetch_all()
            .await
            .unwrap();
        rows.iter()
            .map(|row| row.get::<i64>("subscriber_id").unwrap().to_string())
            .collect::<Vec<_>>()
    };
    let follow = async || {
        events::catch_up(ctx, &audience::segments::members::Membership)
            .await
            .unwrap();
    };
    follow().await;
    assert_eq!(members().await, std::slice::from_ref(&other));
    let merge = format!("/api/subscribers/{kept}/merge");
    let merged = json!({"other_id": other});
    desk.owner.post(&merge, merged).await.expect(200);
    // Whoever keeps segments and automations hears of the merge before the bookings have moved.
    follow().await;
    desk.app.automate().await;
    events::catch_up(ctx, &booking::bookings::FollowMerges)
        .await
        .unwrap();
    follow().await;
    assert_eq!(members().await, std::slice::from_ref(&kept));
    desk.app.automate().await;
    assert_eq!(tags(&desk, &kept).await, 1);
}

#[db_test]
async fn whoever_is_tried_out_has_booked_what_they_booked(db: TestDb) {
    let desk = Desk::open(db, json!({"durations": [30]})).await;
    let grace = desk
        .person("grace@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    book(&desk, "grace@example.com", "2026-05-06T13:00:00Z").await;
    let draft = json!({
        "triggers": [{"id": "go", "on": {"event": "automation.started"}, "start": "split"}],
        "steps": [
            {"id": "split", "kind": "if_else", "with": {
                "if": {"contact": {"booking": "upcoming"}}, "then": "there", "else": "away"}},
            {"id": "there", "kind": "end"},
            {"id": "away", "kind": "end"},
        ],
    });
    let new = json!({"name": "Split", "draft": draft});
    let id = desk.owner.post("/api/automations", new).await.created();
    let path = format!("/api/automations/{id}/simulate");
    let told = desk
        .owner
        .post(&path, json!({"subscriber_id": grace}))
        .await
        .expect(200);
    let last = told.json["story"].as_array().unwrap().last().unwrap();
    assert_eq!(last["step"], "there", "{told}");
}

#[db_test]
async fn a_test_and_a_preview_show_the_button_and_let_nobody_book_as_somebody(db: TestDb) {
    let desk = Desk::open(db, json!({"durations": [30]})).await;
    let grace = desk
        .person("grace@example.com", ("Grace", "Hopper"), "UTC")
        .await;
    let campaign = desk.campaign(&id_of(&desk.event)).await;
    let page = format!("{}/book-to/", desk.app.ctx.site.url);
    let path = format!("/api/campaigns/{campaign}/preview?subscriber_id={grace}");
    let preview = desk.owner.get(&path).await.expect(200);
    assert!(preview.text("/html").contains(&page), "{preview}");
    let page = format!("{PUBLIC_URL}/book-to/");
    let test = json!({"addresses": ["me@example.com"], "subscriber_id": grace});
    let path = format!("/api/campaigns/{campaign}/test");
    desk.owner.post(&path, test).await.expect(200);
    desk.app.deliver().await;
    let mail = desk.app.sandbox(&desk.owner).await.remove(0);
    let click = desk.app.anonymous().follow(&mail.clicks()[0]).await;
    let there = click.expect(302).header("location").to_owned();
    assert!(
        there.starts_with(&page) && there.ends_with("?for="),
        "{there}"
    );
}
