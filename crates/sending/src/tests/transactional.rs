//! Transactional messages on both engines.

use std::time::Duration;

use kernel::{Limit, Timestamp};
use serde_json::json;
use testkit::TestDb;
use testkit::smtp_sink::SinkConfig;

use super::{World, sink};
use crate::messages::MessageId;
use crate::templates::{self, Template};
use crate::tracking::service::{Client, Links};
use crate::transactional::{
    Message, NewMessage, Sent, Status, envelope, get, send, stream, stream_of, sweep,
};

fn new(to: &str) -> NewMessage {
    serde_json::from_value(json!({
        "to": to,
        "sender_email": "shop@example.com",
        "sender_name": "Tea",
        "content": {"subject": "Order {{ order }}", "body": {"kind": "html", "html":
            "<p>Dear {{ first_name | default(\"you\") }}</p>{% for item in items %}<p>{{ item.name }}</p>{% endfor %}\
             <a href=\"https://shop.example/orders/{{ order }}\">Look</a>"}},
        "variables": {"order": "A<1>", "items": [{"name": "Sencha & co"}]},
        "attachments": [{"name": "r.txt", "media_type": "text/plain", "content": "aGVsbG8="}],
        "tag": "receipt",
    }))
    .unwrap()
}

impl World {
    async fn queue(&self, key: Option<&str>, new: NewMessage) -> Message {
        match send(&self.ctx, self.account, &self.actor, key, new)
            .await
            .unwrap()
        {
            Sent::Queued(message) | Sent::Before(message) => message,
            Sent::OtherMessage => panic!("the key is taken"),
        }
    }

    async fn status(&self, id: MessageId) -> Status {
        get(&self.ctx, self.account, id).await.unwrap().status
    }

    async fn source(&self, id: MessageId) -> mail::ReadMessage {
        let mut tx = self.ctx.read().await.unwrap();
        let row = tx
            .query("select source from sandbox_message where account_id = $1 and message_id = $2")
            .bind(self.account)
            .bind(id)
            .fetch_one()
            .await
            .unwrap();
        mail::read(&row.get::<Vec<u8>>("source").unwrap())
    }

    async fn count(&self, table: &str) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        let row = tx
            .query(format!("select count(*) as n from {table}"))
            .fetch_one()
            .await
            .unwrap();
        row.get("n").unwrap()
    }
}

#[testkit::db_test]
async fn a_message_is_merged_sent_and_followed(db: TestDb) {
    let world = World::new(&db).await;
    world.person("ada@example.com").await;
    let message = world.queue(None, new("Ada@Example.com")).await;
    assert_eq!(message.status, Status::Queued);
    assert!(message.subscriber_id.is_some(), "the subscriber was found");
    world.deliver().await;
    let mail = world.source(message.id).await;
    assert_eq!(mail.subject, "Order A<1>");
    assert_eq!(mail.from, ["Tea <shop@example.com>"]);
    let html = mail.html.unwrap();
    assert!(
        html.contains("<p>Sencha &amp; co</p>") && html.contains("Dear you"),
        "{html}"
    );
    let header = |name: &str| mail.headers.iter().any(|(known, _)| known == name);
    assert!(!header("List-Unsubscribe") && !header("Precedence") && header("X-Sendero-Ref"));
    assert!(!html.to_lowercase().contains("unsubscribe"), "{html}");

    let links = Links::start(&world.ctx, &world.config);
    let token = |purpose| links.token(world.account, purpose, message.id, 0);
    let person = || Client {
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0".into(),
        ),
        ..Client::default()
    };
    let target = links
        .click(&token(ctx::Purpose::Click), person())
        .await
        .unwrap();
    assert_eq!(target, "https://shop.example/orders/A%3C1%3E");
    links
        .open(&token(ctx::Purpose::Open), person())
        .await
        .unwrap();
    let message = get(&world.ctx, world.account, message.id).await.unwrap();
    assert_eq!(
        (message.status, message.opened, message.clicked),
        (Status::Sent, true, true)
    );

    let kinds = [
        "message.queued",
        "message.sent",
        "message.clicked",
        "message.opened",
    ];
    let (events, place) = stream_of(
        &world.ctx,
        world.account,
        message.id,
        None,
        Limit::default(),
    )
    .await
    .unwrap();
    let of_one: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(of_one, kinds);
    let again = stream_of(
        &world.ctx,
        world.account,
        message.id,
        place,
        Limit::default(),
    );
    assert_eq!(again.await.unwrap(), (Vec::new(), place));
    // The stream of the account, one by one, from where it was left.
    let (mut place, mut seen) = (None, Vec::new());
    while seen.len() < kinds.len() {
        let one = Limit::try_new(1).unwrap();
        let (events, next) = stream(&world.ctx, world.account, place, one).await.unwrap();
        match events.into_iter().next() {
            Some(event) => seen.push(event.kind),
            // On PostgreSQL it waits for transactions that began before.
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        place = next;
    }
    assert_eq!(seen, kinds);
    // It is also part of the person's history.
    let mut tx = world.ctx.read().await.unwrap();
    let timeline = events::timeline(
        &mut tx,
        world.account,
        message.subscriber_id.unwrap().get(),
        &["message.sent"],
        None,
        Limit::default(),
    );
    assert_eq!(timeline.await.unwrap().data.len(), 1);
}

/// A template of the account that a program gives an order to.
async fn receipt(world: &World) -> Template {
    let new = json!({
        "name": "Receipt",
        "variables": ["order", "lines"],
        "content": says("Order {{ order }}", "Thanks for {{ order | default(\"it\") }}"),
    });
    let new = serde_json::from_value(new).unwrap();
    templates::create(&world.ctx, world.account, &world.actor, new)
        .await
        .unwrap()
}

fn says(subject: &str, words: &str) -> serde_json::Value {
    let html =
        format!("<p>{words}</p>{{% for line in lines %}}<p>{{{{ line.name }}}}</p>{{% endfor %}}");
    json!({"subject": subject, "body": {"kind": "html", "html": html}})
}

fn by_reference(more: serde_json::Value) -> NewMessage {
    let mut new = json!({
        "to": "ada@example.com",
        "sender_email": "shop@example.com",
        "variables": {"order": "A<1>", "lines": [{"name": "Sencha & co"}]},
    });
    for (name, value) in more.as_object().unwrap() {
        new[name] = value.clone();
    }
    serde_json::from_value(new).unwrap()
}

#[testkit::db_test]
async fn a_message_says_what_the_template_said_when_it_was_asked_for(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let template = receipt(&world).await;
    let ask = || by_reference(json!({"template_id": template.id}));
    let first = world.queue(None, ask()).await;
    let again = world.queue(None, ask()).await;
    let own = json!({"template_id": template.id, "subject": "Paid: {{ order }}"});
    let own = world.queue(None, by_reference(own)).await;
    // The template's own, and the two texts that messages were made from.
    assert_eq!(world.count("content_revision").await, 3);

    let patch = json!({"content": says("Later", "Later")});
    let patch = serde_json::from_value(patch).unwrap();
    let later = templates::update(ctx, account, actor, template.id, None, patch);
    let later = later.await.unwrap();
    assert_ne!(later.revision, template.revision);
    let after = world.queue(None, ask()).await;
    templates::delete(ctx, account, actor, template.id)
        .await
        .unwrap();
    world.deliver().await;
    for (message, subject, words) in [
        (&first, "Order A<1>", "<p>Thanks for A&lt;1&gt;</p>"),
        (&again, "Order A<1>", "<p>Thanks for A&lt;1&gt;</p>"),
        (&own, "Paid: A<1>", "<p>Thanks for A&lt;1&gt;</p>"),
        (&after, "Later", "<p>Later</p>"),
    ] {
        let mail = world.source(message.id).await;
        assert_eq!(mail.subject, subject);
        let html = mail.html.unwrap();
        assert!(html.contains(words), "{html}");
        assert!(html.contains("<p>Sencha &amp; co</p>"), "{html}");
    }
    for (message, revision) in [(&first, template.revision), (&after, later.revision)] {
        let events = stream_of(ctx, account, message.id, None, Limit::default());
        let (events, _) = events.await.unwrap();
        assert_eq!(events[0].kind, "message.queued");
        assert_eq!(events[0].body["template_id"], json!(template.id));
        assert_eq!(events[0].body["template_revision_id"], json!(revision));
    }
}

#[testkit::db_test]
async fn what_the_program_brings_along_goes_by_its_key_and_in_the_brand(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let brand = json!({"settings": {"heading_color": "#123456"}});
    let brand = serde_json::from_value(brand).unwrap();
    crate::brand::set(ctx, account, actor, None, brand)
        .await
        .unwrap();
    let own = json!({"built_in_template": "receipt", "subject": "Paid: {{ order }}"});
    let own = world.queue(None, by_reference(own)).await;
    let plain = world
        .queue(None, by_reference(json!({"built_in_template": "receipt"})))
        .await;
    world.deliver().await;
    assert_eq!(world.source(own.id).await.subject, "Paid: A<1>");
    let mail = world.source(plain.id).await;
    assert_eq!(mail.subject, "Your order 10482");
    assert!(mail.html.unwrap().contains("#123456"), "in the brand");
    let events = stream_of(ctx, account, plain.id, None, Limit::default());
    let (events, _) = events.await.unwrap();
    assert_eq!(events[0].body["built_in_template"], json!("receipt"));
}

#[testkit::db_test]
async fn what_a_message_means_by_a_template_is_told_or_refused(db: TestDb) {
    let world = World::new(&db).await;
    let other = world.neighbor().await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let template = receipt(&world).await.id;
    let foreign = receipt(&other).await.id;
    let content = says("x", "x");
    for (more, fault) in [
        (json!({}), "content required"),
        (json!({"template_id": "1"}), "template_id unknown"),
        (json!({"template_id": foreign}), "template_id unknown"),
        (
            json!({"built_in_template": "no such"}),
            "built_in_template unknown",
        ),
        (
            json!({"template_id": template, "content": content}),
            "template_id not_allowed",
        ),
        (
            json!({"built_in_template": "receipt", "content": content}),
            "built_in_template not_allowed",
        ),
        (
            json!({"template_id": template, "built_in_template": "receipt"}),
            "built_in_template not_allowed",
        ),
        (
            json!({"content": content, "subject": "x"}),
            "subject not_allowed",
        ),
        (
            json!({"template_id": template, "subject": "{{ order"}),
            "subject syntax",
        ),
        (
            json!({"template_id": template, "variables": {"Order": 1}}),
            "variables.Order invalid",
        ),
    ] {
        let refused = send(ctx, account, actor, None, by_reference(more.clone())).await;
        let Err(kernel::Error::Invalid(faults)) = refused else {
            panic!("{more} was taken");
        };
        let told = format!("{} {}", faults[0].field, faults[0].code);
        assert_eq!((told.as_str(), faults.len()), (fault, 1), "{more}");
    }
    assert_eq!(world.count("message").await, 0);
}

#[testkit::db_test]
async fn a_key_is_one_message_for_as_long_as_it_is_known(db: TestDb) {
    let world = World::new(&db).await;
    let first = world.queue(Some("order-1"), new("ada@example.com")).await;
    db.clock().advance(Duration::from_hours(48));
    let again = world.queue(Some("order-1"), new("ada@example.com")).await;
    assert_eq!(first.id, again.id);
    let other = send(
        &world.ctx,
        world.account,
        &world.actor,
        Some("order-1"),
        new("eve@example.com"),
    );
    assert!(matches!(other.await.unwrap(), Sent::OtherMessage));
    world.queue(Some("order-2"), new("ada@example.com")).await;
    assert_eq!(world.count("transactional_message").await, 2);
    // The text that both have is kept once.
    assert_eq!(world.count("content_revision").await, 1);
}

#[testkit::db_test]
async fn who_is_suppressed_gets_none_and_who_unsubscribed_does(db: TestDb) {
    let world = World::new(&db).await;
    for email in ["left@example.com", "angry@example.com", "gone@example.com"] {
        world.person(email).await;
    }
    let left = world.queue(None, new("left@example.com")).await;
    let angry = world.queue(None, new("angry@example.com")).await;
    let gone = world.queue(None, new("gone@example.com")).await;
    let mut tx = world.ctx.write().await.unwrap();
    let (ctx, account) = (&world.ctx, world.account);
    let person = |message: &Message| message.subscriber_id.unwrap();
    audience::subscribers::unsubscribe_in(ctx, &mut tx, account, person(&left), "page", "test")
        .await
        .unwrap();
    audience::subscribers::mark_complained_in(ctx, &mut tx, account, person(&angry), "x", "test")
        .await
        .unwrap();
    audience::subscribers::mark_bounced_in(ctx, &mut tx, account, person(&gone), "x", "test")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.deliver().await;
    for (message, status, detail) in [
        (&left, Status::Sent, None),
        (&angry, Status::Skipped, Some("suppressed")),
        (&gone, Status::Skipped, Some("bounced")),
    ] {
        let now = get(ctx, account, message.id).await.unwrap();
        assert_eq!(
            (now.status, now.detail.as_deref()),
            (status, detail),
            "{}",
            now.to
        );
    }
}

#[testkit::db_test]
async fn a_connection_that_dies_on_the_wire_sends_it_again_with_the_same_id(db: TestDb) {
    let world = World::new(&db).await;
    let sink = sink(SinkConfig::default()).await;
    world.use_sink(&sink, 2).await;
    let message = world.queue(None, new("ada@example.com")).await;
    // As if this node had died between the mark and the answer of the relay.
    let mut tx = world.ctx.write().await.unwrap();
    tx.query("update message set state = 'wire', lease_epoch = 999999 where id = $1")
        .bind(message.id)
        .execute()
        .await
        .unwrap();
    tx.query("insert into node (epoch, number, name, started_at, alive_until) values (999999, 77, 'gone', 0, 0)")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.status(message.id).await, Status::Sending);
    crate::delivery::reclaim(&world.ctx).await.unwrap();
    assert_eq!(world.status(message.id).await, Status::Deferred);
    world.deliver().await;
    assert_eq!(world.status(message.id).await, Status::Sent);
    let sent = get(&world.ctx, world.account, message.id).await.unwrap();
    assert_eq!(sent.attempts, 2);
}

#[testkit::db_test]
async fn a_paused_crowd_of_others_does_not_hold_it_up(db: TestDb) {
    // A limit that a campaign has used up counts the message, and lets it pass.
    let world = World::new(&db).await;
    world.people(5).await;
    let limit = crate::limits::NewLimit {
        scope: crate::limits::Scope::Account,
        key: String::new(),
        per_minute: None,
        per_hour: Some(3),
        per_day: None,
        warm_up: None,
    };
    crate::limits::create(&world.ctx, world.account, &world.actor, limit)
        .await
        .unwrap();
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    assert_eq!(world.totals(id).await.n("sent"), 3);
    let message = world.queue(None, new("ada@example.com")).await;
    world.deliver().await;
    assert_eq!(world.status(message.id).await, Status::Sent);
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select cast(sum(n) as bigint) as n from send_usage where account_id = $1 and scope = 'account' and span = 1")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 4);
}

#[testkit::db_test]
async fn files_variables_and_texts_are_forgotten_in_this_order(db: TestDb) {
    const DAY: Duration = Duration::from_hours(24);
    let world = World::new(&db).await;
    let message = world.queue(None, new("ada@example.com")).await;
    world.deliver().await;
    let variables = async || {
        let mut tx = world.ctx.read().await.unwrap();
        let own = envelope(&mut tx, world.account, message.id).await.unwrap();
        own.unwrap().variables.is_some()
    };
    let at_start = world.ctx.clock.now();
    for (days, files, has_variables, texts, events) in [
        (6, 1, true, 1, 2),
        (8, 0, true, 1, 2),
        (46, 0, false, 1, 2),
        (91, 0, false, 0, 0),
    ] {
        let passed = world.ctx.clock.now().since(at_start);
        db.clock()
            .advance((DAY * days).checked_sub(passed).unwrap());
        sweep(&world.ctx).await.unwrap();
        assert_eq!(world.count("message_attachment").await, files, "day {days}");
        assert_eq!(variables().await, has_variables, "day {days}");
        assert_eq!(world.count("content_revision").await, texts, "day {days}");
        assert_eq!(world.count("message_event").await, events, "day {days}");
    }
    // What became of it is still known.
    assert_eq!(world.status(message.id).await, Status::Sent);
    assert!(at_start > Timestamp::from_micros(0));
}
