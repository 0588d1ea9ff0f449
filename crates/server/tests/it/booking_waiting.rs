//! Waiting for a place, and several seats at once, on the pages of visitors.

use serde_json::{Value, json};
use server::invitations::Invitations;
use testkit::{TestDb, db_test};

use crate::app::{Mail, PUBLIC_URL, Reply, id_of};
use crate::booking_pages::{Desk, hidden, links, text};

const INTRO: &str = "/book/engines/intro";

impl Desk {
    /// Opens a form and sends it with these in it.
    async fn fill(&self, form: &str, post: &str, fields: &[(&str, &str)]) -> Reply {
        let page = text(&self.visitor.get(form).await.expect(200));
        let sealed = hidden(&page);
        let all: Vec<(&str, &str)> = sealed
            .iter()
            .map(|(a, b)| (&**a, &**b))
            .chain(fields.iter().copied())
            .collect();
        self.form(post, &all).await
    }

    async fn waiting(&self) -> Vec<Value> {
        let path = format!("/api/event-types/{}/waiting", id_of(&self.event));
        self.owner.all(&path).await
    }

    /// All mails about bookings to one address.
    async fn mail_to(&self, address: &str) -> Vec<Mail> {
        let invitations = Invitations::new(PUBLIC_URL);
        events::catch_up(&self.app.ctx, &invitations).await.unwrap();
        self.app.deliver().await;
        let mut all = self.app.sandbox(&self.owner).await;
        all.retain(|mail| mail.to == address);
        all
    }
}

/// The first link in a mail that leads there, without the name of the server.
fn link(mail: &Mail, start: &str) -> String {
    let begin = format!("{PUBLIC_URL}{start}");
    let at = mail.text.find(&begin);
    let at = at.unwrap_or_else(|| panic!("no {start} in {}", mail.text));
    let link = mail.text[at..].split_whitespace().next().unwrap();
    link[PUBLIC_URL.len()..].to_owned()
}

#[db_test]
async fn who_finds_a_meeting_full_is_told_of_a_place_and_books_it(db: TestDb) {
    let settings =
        json!({"durations": [60], "capacity": 2, "waiting_list": true, "notice_minutes": 0});
    let desk = Desk::open(db, settings).await;
    // From here on mails are written.
    desk.mail_to("nobody@example.com").await;
    let form = desk.first(INTRO).await;
    let first = [("name", "Ada"), ("email", "ada@example.com")];
    desk.fill(&form, INTRO, &first).await.expect(303);
    let second = [("name", "Bob"), ("email", "bob@example.com")];
    desk.fill(&form, INTRO, &second).await.expect(303);

    // The time is still on the page, as one that is full; the link to its form leads to the list as well.
    let page = text(&desk.visitor.get(INTRO).await.expect(200));
    let wait = links(&page).into_iter().find(|it| it.contains("/wait?"));
    let wait = wait.unwrap_or_else(|| panic!("no way to wait in {page}"));
    assert!(page.contains("Full: wait"), "{page}");
    let gone = text(&desk.visitor.get(&form).await.expect(200));
    assert!(gone.contains("/wait?"), "{gone}");

    let path = format!("{INTRO}/wait");
    let wrong = [("name", "Grace"), ("email", "grace@"), ("seats", "1")];
    let refused = desk.fill(&wait, &path, &wrong).await.expect(422);
    assert!(text(&refused).contains("This is not an email address."));
    let grace = [
        ("name", "Grace <b>"),
        ("email", "grace@example.com"),
        ("seats", "1"),
    ];
    for _ in 0..2 {
        let done = desk.fill(&wait, &path, &grace).await.expect(303);
        let told = done.header("location").to_owned();
        assert!(!told.contains("grace"), "{told}");
        let told = text(&desk.visitor.get(&told).await.expect(200));
        assert!(told.contains("You are on the waiting list"), "{told}");
    }
    let list = desk.waiting().await;
    assert_eq!(list.len(), 1, "once, however often it is sent: {list:?}");

    let mails = desk.mail_to("grace@example.com").await;
    assert_eq!(mails.len(), 1, "one mail, and no place yet");
    assert_eq!(mails[0].subject, "Waiting list: Intro <call>");
    let leave = link(&mails[0], "/waiting/");
    let page = text(&desk.visitor.get(&leave).await.expect(200));
    assert!(page.contains("Leave the waiting list"), "{page}");
    assert_eq!(desk.waiting().await.len(), 1, "looking changes nothing");

    let bookings = desk.owner.all("/api/bookings").await;
    let off = format!("/api/bookings/{}/cancel", id_of(&bookings[0]));
    desk.owner.post(&off, json!({})).await.expect(200);
    let mails = desk.mail_to("grace@example.com").await;
    assert_eq!(mails.len(), 2);
    let subject = &mails[1].subject;
    assert!(
        subject.starts_with("A place is free: Intro <call>, "),
        "{subject}"
    );
    let book = link(&mails[1], INTRO);
    let page = text(&desk.visitor.get(&book).await.expect(200));
    assert!(
        page.contains("value=\"Grace &lt;b&gt;\"") && page.contains("value=\"grace@example.com\""),
        "{page}"
    );
    assert!(
        !book.contains("grace"),
        "the link itself names nobody: {book}"
    );
    // Nothing is asked again that is known.
    let booked = [("name", "Grace"), ("email", "grace@example.com")];
    let booked = desk.fill(&book, INTRO, &booked).await.expect(303);
    assert!(booked.header("location").contains("done=booked"));
    assert!(
        desk.waiting().await.is_empty(),
        "who booked waits no longer"
    );
    let late = text(&desk.visitor.get(&book).await.expect(200));
    assert!(late.contains("This time was just taken."), "{late}");
}

#[db_test]
async fn nobody_is_told_who_left_the_list(db: TestDb) {
    // One meeting, in eight hours of one day.
    let dates = json!({"kind": "dates", "first": "2026-05-05", "last": "2026-05-05"});
    let settings = json!({"durations": [480], "waiting_list": true, "window": dates});
    let desk = Desk::open(db, settings).await;
    // From here on mails are written.
    desk.mail_to("nobody@example.com").await;
    let form = desk.first(INTRO).await;
    let free = text(&desk.visitor.get(INTRO).await.expect(200));
    assert!(!free.contains("/wait"), "there are times: {free}");
    let ada = [("name", "Ada"), ("email", "ada@example.com")];
    desk.fill(&form, INTRO, &ada).await.expect(303);

    let page = text(&desk.visitor.get(INTRO).await.expect(200));
    assert!(page.contains("There are no times right now."), "{page}");
    let wait = links(&page).into_iter().find(|it| it.contains("/wait"));
    let wait = format!("{}?lang=de", wait.unwrap());
    let path = format!("{INTRO}/wait");
    let grace = [("name", "Grace"), ("email", "grace@example.com")];
    let with = |more: &[(&'static str, &'static str)]| {
        let mut all = grace.to_vec();
        all.extend(more);
        all
    };
    // A program that fills in everything, a form of somebody else, a time that is over.
    for wrong in [
        with(&[("website", "http://x.example")]),
        with(&[("until", "2026-05-01")]),
        with(&[("from", "soon")]),
        with(&[("from", "2026-05-06"), ("until", "2026-05-05")]),
    ] {
        desk.fill(&wait, &path, &wrong).await.expect(422);
    }
    desk.form(&path, &grace).await.expect(422);
    assert!(desk.waiting().await.is_empty());
    let dates = with(&[("from", "2026-05-04"), ("until", "2026-05-05")]);
    desk.fill(&wait, &path, &dates).await.expect(303);
    let list = desk.waiting().await;
    // The days are days where the visitor is: by the host's zone unless they said theirs.
    assert_eq!(list[0]["from"], "2026-05-03T22:00:00Z");
    assert_eq!(list[0]["until"], "2026-05-05T22:00:00Z");
    assert_eq!(list[0]["language"], "de");

    let mails = desk.mail_to("grace@example.com").await;
    assert_eq!(mails[0].subject, "Warteliste: Intro <call>");
    assert!(
        mails[0].text.contains("Nicht nach: Dienstag, 5. Mai 2026"),
        "{}",
        mails[0].text
    );
    let leave = link(&mails[0], "/waiting/");
    // Without the form of the page nothing happens.
    desk.form(&leave, &[("t", "x")]).await.expect(303);
    assert_eq!(desk.waiting().await.len(), 1);
    let left = desk.fill(&leave, &leave, &[]).await.expect(303);
    let page = text(&desk.visitor.get(left.header("location")).await.expect(200));
    assert!(
        page.contains("Sie stehen nicht auf der Warteliste"),
        "{page}"
    );
    assert!(desk.waiting().await.is_empty());
    let last = leave.len() - 1;
    for wrong in ["/waiting/x", &leave[..last]] {
        desk.visitor.get(wrong).await.expect(404);
    }

    let bookings = desk.owner.all("/api/bookings").await;
    let off = format!("/api/bookings/{}/cancel", id_of(&bookings[0]));
    desk.owner.post(&off, json!({})).await.expect(200);
    assert_eq!(desk.mail_to("grace@example.com").await.len(), 1);
    // Where one cannot wait there is no form.
    let event = format!("/api/event-types/{}", id_of(&desk.event));
    let mut closed = json!({"settings": {"durations": [480]}});
    for key in ["title", "slug", "hosts"] {
        closed[key] = desk.event[key].clone();
    }
    desk.owner.put(&event, closed).await.expect(200);
    desk.visitor.get(&wait).await.expect(303);
}
