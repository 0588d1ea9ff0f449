//! What visitors see of bookings, without a script: pages, forms, links; and the mails about them.

use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::{Value, json};
use server::invitations::Invitations;
use testkit::{TestDb, db_test};

use crate::app::{Body, Client, Method, PUBLIC_URL, Reply, TestApp, id_of};

/// A server on which Ada can be met for half an hour.
pub(crate) struct Desk {
    pub(crate) app: TestApp,
    pub(crate) owner: Client,
    pub(crate) visitor: Client,
    pub(crate) event: Value,
}

impl Desk {
    pub(crate) async fn open(db: TestDb, settings: Value) -> Self {
        let app = TestApp::new(db);
        let owner = app.owner().await;
        let account = json!({"sender_email": "desk@example.com", "sender_name": "Desk"});
        owner.patch("/api/account", account).await.expect(200);
        let users = owner.all("/api/users").await;
        let page = json!({"page": "engines"});
        owner.put("/api/booking-settings", page).await.expect(200);
        let host =
            json!({"user_id": id_of(&users[0]), "time_zone": "Europe/Berlin", "slug": "ada"});
        let host = owner.post("/api/hosts", host).await.created();
        let event = json!({
            "title": "Intro <call>",
            "slug": "intro",
            "hosts": [{"host_id": host}],
            "settings": settings,
        });
        let event = owner.post("/api/event-types", event).await.expect(201).json;
        let visitor = app.anonymous().with("sec-fetch-site", "same-origin");
        Self {
            app,
            owner,
            visitor,
            event,
        }
    }

    pub(crate) async fn usual(db: TestDb) -> Self {
        let questions = json!([{"key": "company", "label": "Which company?", "kind": "text", "required": true}]);
        Self::open(db, json!({"durations": [30], "questions": questions})).await
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        post(&self.visitor, path, fields).await
    }

    /// The address of the form for the first time that is offered.
    pub(crate) async fn first(&self, path: &str) -> String {
        let page = text(&self.visitor.get(path).await.expect(200));
        let start = links(&page)
            .into_iter()
            .find(|link| link.contains("start="));
        start.unwrap_or_else(|| panic!("no time in {page}"))
    }

    /// Books the first time; the address of the booking.
    async fn book(&self, extra: &[(&str, &str)]) -> String {
        let form = self
            .first("/book/engines/intro?tz=America%2FNew_York")
            .await;
        let page = text(&self.visitor.get(&form).await.expect(200));
        let mut fields = hidden(&page);
        let known = [
            ("name", "Grace Hopper"),
            ("email", "grace@example.com"),
            ("q_company", "Navy"),
        ];
        fields.extend(
            known
                .iter()
                .chain(extra)
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned())),
        );
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
        let reply = self.form("/book/engines/intro", &fields).await.expect(303);
        reply.header("location").to_owned()
    }

    async fn bookings(&self) -> Vec<Value> {
        self.owner.all("/api/bookings").await
    }

    /// Sends the mails that are due; who got which subject, and the calendar in it, if any.
    async fn mails(&self) -> Vec<(String, String, Option<String>)> {
        let invitations = Invitations::new(PUBLIC_URL);
        events::catch_up(&self.app.ctx, &invitations).await.unwrap();
        self.app.deliver().await;
        let mut all = Vec::new();
        for row in self.owner.all("/api/sandbox/messages").await {
            let path = format!("/api/sandbox/messages/{}/source", id_of(&row));
            let source = self.owner.get(&path).await.expect(200).body;
            let mail = MessageParser::default().parse(&source).unwrap();
            let calendar = mail.parts.iter().find(|part| {
                part.content_type().is_some_and(|it| {
                    it.c_type == "text" && it.c_subtype.as_deref() == Some("calendar")
                })
            });
            let calendar = calendar.map(|part| {
                let kind = part.content_type().unwrap();
                let method = kind.attribute("method").unwrap_or_default();
                let text = part.text_contents().unwrap_or_default();
                assert!(text.contains(&format!("METHOD:{method}")), "{text}");
                text.to_owned()
            });
            let to = mail
                .to()
                .and_then(|to| to.first())
                .and_then(|to| to.address());
            all.push((
                to.unwrap_or_default().to_owned(),
                mail.subject().unwrap_or_default().to_owned(),
                calendar,
            ));
        }
        all.reverse();
        all
    }
}

async fn post(client: &Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let encoded: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", percent(value)))
        .collect();
    let body = Body::Raw(
        "application/x-www-form-urlencoded",
        encoded.join("&").into_bytes(),
    );
    client.send(Method::POST, path, body).await
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

pub(crate) fn links(page: &str) -> Vec<String> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|link| link.replace("&amp;", "&"))
        .collect()
}

/// The hidden fields of a page's form.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    page.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split('"').next()?.to_owned()))
        })
        .collect()
}

fn line<'a>(calendar: &'a str, name: &str) -> &'a str {
    let mut lines = calendar.lines();
    lines
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_else(|| panic!("no {name} in {calendar}"))
}

#[db_test]
async fn a_visitor_books_moves_and_cancels_without_a_script(db: TestDb) {
    let desk = Desk::usual(db).await;
    let page = text(&desk.visitor.get("/book/engines").await.expect(200));
    assert!(
        page.contains("Intro &lt;call&gt;") && page.contains("Ada Lovelace"),
        "{page}"
    );

    let booking = desk.book(&[]).await;
    assert!(
        booking.starts_with("/booking/") && booking.contains("done=booked"),
        "{booking}"
    );
    let page = text(&desk.visitor.get(&booking).await.expect(200));
    assert!(
        page.contains("Your meeting is booked") && page.contains("America/New_York"),
        "{page}"
    );
    let rows = desk.bookings().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["status"], "confirmed");
    assert_eq!(rows[0]["answers"], json!({"company": "Navy"}));
    assert_eq!(rows[0]["source"], "page");
    assert_eq!(rows[0]["time_zone"], "America/New_York");

    // Looking at the pages that ask changes nothing.
    let path = booking.split('?').next().unwrap().to_owned();
    let ask = text(
        &desk
            .visitor
            .get(&format!("{path}/cancel"))
            .await
            .expect(200),
    );
    let seal = hidden(&ask)
        .into_iter()
        .find(|(name, _)| name == "t")
        .unwrap()
        .1;
    assert_eq!(desk.bookings().await[0]["status"], "confirmed");

    let other = desk.first(&format!("{path}/reschedule")).await;
    let page = text(&desk.visitor.get(&other).await.expect(200));
    let fields = hidden(&page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
    let moved = desk
        .form(&format!("{path}/reschedule"), &fields)
        .await
        .expect(303);
    assert!(moved.header("location").contains("done=moved"));
    let after = desk.bookings().await;
    assert_eq!(after.len(), 1);
    assert_ne!(after[0]["start"], rows[0]["start"]);

    let fields = [("t", &*seal), ("reason", "Ill")];
    let gone = desk
        .form(&format!("{path}/cancel"), &fields)
        .await
        .expect(303);
    assert!(gone.header("location").contains("done=cancelled"));
    let after = desk.bookings().await;
    assert_eq!(after[0]["status"], "cancelled");
    assert_eq!(after[0]["reason"], "Ill");
    let page = text(&desk.visitor.get(&path).await.expect(200));
    assert!(
        page.contains("This meeting is cancelled") && !page.contains("/reschedule"),
        "{page}"
    );
}

#[db_test]
async fn the_invitee_and_the_host_get_invitations_that_calendars_understand(db: TestDb) {
    let desk = Desk::usual(db).await;
    // From before the consumer there is nothing to tell.
    assert_eq!(desk.mails().await.len(), 0);
    let booking = desk.book(&[]).await;
    let mails = desk.mails().await;
    let told: Vec<&str> = mails.iter().map(|mail| mail.0.as_str()).collect();
    assert_eq!(told, ["grace@example.com", "ada@example.com"]);
    let first = mails[0].2.clone().unwrap();
    assert_eq!(line(&first, "METHOD"), "REQUEST");
    assert!(mails[0].1.starts_with("Intro <call>: "), "{}", mails[0].1);
    let uid = line(&first, "UID").to_owned();
    let sequence = |calendar: &str| line(calendar, "SEQUENCE").parse::<i64>().unwrap();
    assert_eq!(line(mails[1].2.as_deref().unwrap(), "UID"), uid);

    let path = booking.split('?').next().unwrap();
    let other = desk.first(&format!("{path}/reschedule")).await;
    let page = text(&desk.visitor.get(&other).await.expect(200));
    let fields = hidden(&page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
    desk.form(&format!("{path}/reschedule"), &fields)
        .await
        .expect(303);
    let mails = desk.mails().await;
    assert_eq!(mails.len(), 4);
    let second = mails[2].2.clone().unwrap();
    assert_eq!(line(&second, "UID"), uid);
    assert!(sequence(&second) > sequence(&first), "{second}");
    assert_ne!(line(&second, "DTSTART"), line(&first, "DTSTART"));

    desk.form(&format!("{path}/cancel"), &fields)
        .await
        .expect(303);
    let mails = desk.mails().await;
    assert_eq!(mails.len(), 6);
    let third = mails[4].2.clone().unwrap();
    assert_eq!(
        (line(&third, "METHOD"), line(&third, "STATUS")),
        ("CANCEL", "CANCELLED")
    );
    assert_eq!(line(&third, "UID"), uid);
    assert!(sequence(&third) > sequence(&second), "{third}");
    // And nothing twice.
    assert_eq!(desk.mails().await.len(), 6);
}

#[db_test]
async fn what_is_wrong_in_a_form_is_said_at_its_field(db: TestDb) {
    let desk = Desk::usual(db).await;
    let form = desk.first("/book/engines/intro").await;
    let page = text(&desk.visitor.get(&form).await.expect(200));
    let sealed = hidden(&page);
    let send = async |fields: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = sealed
            .iter()
            .map(|(a, b)| (&**a, &**b))
            .chain(fields.iter().copied())
            .collect();
        text(&desk.form("/book/engines/intro", &all).await.expect(422))
    };
    let page = send(&[("name", "<b>Grace"), ("email", "grace@"), ("q_company", "")]).await;
    assert!(
        page.contains("role=\"alert\"") && page.contains("This is not an email address."),
        "{page}"
    );
    assert!(
        page.contains("value=\"&lt;b&gt;Grace\""),
        "what was written is kept: {page}"
    );
    let page = send(&[("name", "Grace"), ("email", "grace@example.com")]).await;
    assert!(page.contains("id=\"q_company-notes\""), "{page}");
    // A program that fills in everything.
    let all = [
        ("name", "G"),
        ("email", "g@example.com"),
        ("q_company", "x"),
        ("website", "http://x.example"),
    ];
    send(&all).await;
    assert!(desk.bookings().await.is_empty());
}

#[db_test]
async fn forms_of_others_book_nothing(db: TestDb) {
    let desk = Desk::usual(db).await;
    let form = desk.first("/book/engines/intro").await;
    let page = text(&desk.visitor.get(&form).await.expect(200));
    let mut fields = hidden(&page);
    for (name, value) in [
        ("name", "G"),
        ("email", "g@example.com"),
        ("q_company", "x"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let pairs = |fields: &[(String, String)]| -> Vec<(String, String)> { fields.to_vec() };
    let send = async |client: &Client, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
        post(client, "/book/engines/intro", &fields)
            .await
            .status
            .as_u16()
    };
    let cross = desk.app.anonymous().with("sec-fetch-site", "cross-site");
    assert_eq!(send(&cross, pairs(&fields)).await, 403);
    let mut forged = pairs(&fields);
    forged.retain(|(name, _)| name != "t");
    assert_eq!(send(&desk.visitor, forged.clone()).await, 422);
    forged.push((
        "t".to_owned(),
        "1796115600000000.AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    ));
    assert_eq!(send(&desk.visitor, forged).await, 422);
    desk.app.advance(Duration::from_hours(13));
    assert_eq!(send(&desk.visitor, pairs(&fields)).await, 422);
    assert!(desk.bookings().await.is_empty());
    // And whoever tries again and again has to wait.
    let mut last = 0;
    for _ in 0..40 {
        last = send(&desk.visitor, pairs(&fields)).await;
    }
    assert_eq!(last, 429);
    let elsewhere = desk.visitor.clone().from_ip([198, 51, 100, 7]);
    assert_eq!(send(&elsewhere, pairs(&fields)).await, 422);
}

#[db_test]
async fn a_time_is_kept_while_the_form_is_filled_in_and_sold_once(db: TestDb) {
    let desk = Desk::usual(db).await;
    let form = desk.first("/book/engines/intro").await;
    let page = text(&desk.visitor.get(&form).await.expect(200));
    let sealed = hidden(&page);
    let value = |name: &str| sealed.iter().find(|(it, _)| it == name).unwrap().1.clone();
    let (start, seal) = (value("start"), value("t"));
    let hold = [
        ("visitor", "tab-1"),
        ("start", &*start),
        ("minutes", "30"),
        ("t", &*seal),
    ];
    let held = desk
        .form("/book/engines/intro/hold", &hold)
        .await
        .expect(200);
    let token = held.text("/token").to_owned();
    // For others the next time is the first.
    let other = desk
        .app
        .anonymous()
        .with("sec-fetch-site", "same-origin")
        .from_ip([198, 51, 100, 7]);
    let theirs = text(&other.get("/book/engines/intro").await.expect(200));
    let first = links(&theirs)
        .into_iter()
        .find(|link| link.contains("start="))
        .unwrap();
    assert_ne!(first, form);
    let gone = text(&other.get(&form).await.expect(200));
    assert!(gone.contains("This time was just taken."), "{gone}");

    let fields = [
        ("start", &*start),
        ("minutes", "30"),
        ("t", &*seal),
        ("tz", "Europe/Berlin"),
        ("name", "Grace"),
        ("email", "grace@example.com"),
        ("q_company", "Navy"),
    ];
    let late = post(&other, "/book/engines/intro", &fields)
        .await
        .expect(409);
    assert!(text(&late).contains("start="), "the next times are offered");
    let mut mine = fields.to_vec();
    mine.push(("hold", &*token));
    let booked = desk.form("/book/engines/intro", &mine).await.expect(303);
    // Sent twice, it is the same booking.
    let again = desk.form("/book/engines/intro", &mine).await.expect(303);
    assert_eq!(booked.header("location"), again.header("location"));
    assert_eq!(desk.bookings().await.len(), 1);
}

#[db_test]
async fn pages_speak_the_language_of_the_browser(db: TestDb) {
    let desk = Desk::usual(db).await;
    let german = desk
        .visitor
        .clone()
        .with("accept-language", "de-DE,de;q=0.9");
    let page = text(&german.get("/book/engines/intro").await.expect(200));
    assert!(
        page.contains("<html lang=\"de\"") && page.contains("Zeitzone ändern"),
        "{page}"
    );
    let english = text(&german.get("/book/engines/intro?lang=en").await.expect(200));
    assert!(english.contains("<html lang=\"en\""), "{english}");
    let zones = text(
        &desk
            .visitor
            .get("/book/engines/intro?pick=zone")
            .await
            .expect(200),
    );
    assert!(
        zones.contains("<option value=\"Asia/Kathmandu\">"),
        "{zones}"
    );
}

#[db_test]
async fn programs_read_the_same_as_text_and_as_json(db: TestDb) {
    let desk = Desk::usual(db).await;
    let list = desk.visitor.get("/book/engines.json").await.expect(200);
    assert_eq!(list.text("/events/0/title"), "Intro <call>");
    let event = desk
        .visitor
        .get("/book/engines/intro.json?tz=Asia/Tokyo")
        .await
        .expect(200);
    assert_eq!(event.text("/time_zone"), "Asia/Tokyo");
    assert_eq!(event.header("access-control-allow-origin"), "*");
    let book = event
        .text("/slots/0/book")
        .strip_prefix(PUBLIC_URL)
        .unwrap()
        .to_owned();
    let page = text(&desk.visitor.get(&book).await.expect(200));
    assert!(page.contains("<form method=\"post\""), "{page}");
    let reader = desk
        .visitor
        .clone()
        .with("accept", "text/markdown, text/html;q=0.5");
    let markdown = text(&reader.get("/book/engines/intro").await.expect(200));
    assert!(markdown.starts_with("# Intro \\<call\\>\n"), "{markdown}");
    assert!(markdown.contains("start="), "{markdown}");
}

#[db_test]
async fn the_list_of_the_event_type_says_who_may_frame_it(db: TestDb) {
    let desk = Desk::open(db, json!({"embed_origins": ["https://shop.example"]})).await;
    let page = desk.visitor.get("/book/engines/intro").await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.ends_with("frame-ancestors 'self' https://shop.example"),
        "{policy}"
    );
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.header("x-frame-options"), "");
    let script = desk.visitor.get("/embed.js").await.expect(200);
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        desk.visitor.get("/embed/embed.js").await.expect(200).body,
        script.body
    );
    // What is not a booking page stays out of frames.
    let other = desk.visitor.get("/book").await.expect(404);
    assert_eq!(other.header("x-frame-options"), "DENY");
}

#[db_test]
async fn what_is_not_there_or_not_open_is_told_politely(db: TestDb) {
    let desk = Desk::usual(db).await;
    for path in [
        "/book/nobody",
        "/book/engines/other",
        "/book/engines/by/nobody",
        "/booking/AAAA",
        "/booking/x/cancel",
    ] {
        let page = text(&desk.visitor.get(path).await.expect(404));
        assert!(page.contains("This link does not work"), "{path}: {page}");
    }
    desk.visitor.get("/book/engines/by/ada").await.expect(200);
    let id = id_of(&desk.event);
    let off = json!({"enabled": false});
    desk.owner
        .clone()
        .with("if-match", &format!("\"{}\"", desk.event["version"]))
        .patch(&format!("/api/event-types/{id}"), off)
        .await
        .expect(200);
    desk.visitor.get("/book/engines/intro").await.expect(404);
    let page = text(&desk.visitor.get("/book/engines").await.expect(200));
    assert!(
        page.contains("Nothing can be booked here right now."),
        "{page}"
    );
}

#[db_test]
async fn a_host_s_calendar_is_read_at_a_secret_address(db: TestDb) {
    let desk = Desk::usual(db).await;
    let host = desk.event["hosts"][0]["host_id"].as_str().unwrap();
    let path = format!("/api/hosts/{host}/calendar");
    let none = desk.owner.get(&path).await.expect(200);
    assert!(none.json["created_at"].is_null());
    desk.book(&[]).await;
    let made = desk.owner.put(&path, json!(null)).await.expect(200);
    let url = made
        .text("/url")
        .strip_prefix(PUBLIC_URL)
        .unwrap()
        .to_owned();
    let reader = desk.app.anonymous();
    let first = reader.get(&url).await.expect(200);
    assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
    let calendar = text(&first);
    assert!(
        calendar.contains("SUMMARY:Intro <call>: Grace Hopper"),
        "{calendar}"
    );
    let again = reader.clone().with("if-none-match", first.header("etag"));
    again.get(&url).await.expect(304);
    // A new address takes the place of the old one, and it can be taken back.
    let other = desk.owner.put(&path, json!(null)).await.expect(200);
    let other = other
        .text("/url")
        .strip_prefix(PUBLIC_URL)
        .unwrap()
        .to_owned();
    reader.get(&url).await.expect(404);
    reader.get(&other).await.expect(200);
    let mut wrong = other.clone().into_bytes();
    let place = wrong.len() - 10;
    wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
    let wrong = String::from_utf8(wrong).unwrap();
    reader.get(&wrong).await.expect(404);
    desk.owner.delete(&path).await.expect(204);
    reader.get(&other).await.expect(404);
}
