//! Bounces and complaints on both engines.

use std::time::Duration;

use ctx::Purpose;
use testkit::TestDb;
use testkit::smtp_sink::{Action, SinkConfig, Step, When};

use super::{World, sink};
use crate::bounces::{BounceClass, Outcome, take_report};
use crate::campaigns::{self, CampaignId, CampaignState};
use crate::messages::MessageId;
use crate::tracking::Links;

const POSTFIX: &str = include_str!("../../../mail/src/report/postfix.eml");
const ABUSE: &str = include_str!("../../../mail/src/report/abuse.eml");

/// The messages of a campaign and their addresses.
async fn messages(world: &World, id: CampaignId) -> Vec<(MessageId, String)> {
    let mut tx = world.ctx.read().await.unwrap();
    tx.query("select id, address from message where account_id = $1 and source_id = $2 order by id")
        .bind(world.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("id").unwrap(), row.get("address").unwrap()))
        .collect()
}

async fn status(world: &World, email: &str) -> String {
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select status from subscriber where account_id = $1 and email = $2")
        .bind(world.account)
        .bind(email)
        .fetch_one()
        .await
        .unwrap();
    row.get("status").unwrap()
}

async fn is_suppressed(world: &World, email: &str) -> bool {
    let found = audience::suppressions::check(&world.ctx, world.account, email).await;
    found.unwrap().is_some()
}

/// A report about a message, with our reference in it.
fn report(world: &World, sample: &str, message: MessageId, address: &str, code: &str) -> Vec<u8> {
    let links = Links::start(&world.ctx, &world.config);
    let token = links.token(world.account, Purpose::Return, message, 0);
    let sample = sample
        .replace(
            "X-Sendero-Ref: AQAAAAAAAAB7",
            &format!("X-Sendero-Ref: {token}"),
        )
        .replace(
            "X-Sendero-Ref: AQAAAAAAAAB9",
            &format!("X-Sendero-Ref: {token}"),
        )
        .replace("nobody@example.org", address)
        .replace("550 5.1.1", "550")
        .replace("Status: 5.1.1", &format!("Status: {code}"));
    sample.replace('\n', "\r\n").into_bytes()
}

async fn take(world: &World, raw: &[u8]) -> (Outcome, Option<BounceClass>) {
    let results = take_report(&world.ctx, world.account, raw).await.unwrap();
    assert_eq!(results.len(), 1);
    (results[0].outcome, results[0].class)
}

async fn sent(world: &World, people: usize) -> (CampaignId, Vec<(MessageId, String)>) {
    world.people(people).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    (id, messages(world, id).await)
}

#[testkit::db_test]
async fn a_hard_bounce_ends_an_address_and_a_full_mailbox_does_not(db: TestDb) {
    let world = World::new(&db).await;
    let (id, messages) = sent(&world, 4).await;
    for (place, code, class, left) in [
        (0, "5.1.1", BounceClass::Hard, "bounced"),
        (1, "5.2.2", BounceClass::Full, "active"),
        (2, "5.7.1", BounceClass::Blocked, "active"),
        (3, "4.4.7", BounceClass::Soft, "active"),
    ] {
        let (message, address) = &messages[place];
        let raw = report(&world, POSTFIX, *message, address, code);
        assert_eq!(
            take(&world, &raw).await,
            (Outcome::Bounced, Some(class)),
            "{code}"
        );
        assert_eq!(take(&world, &raw).await.0, Outcome::Known);
        assert_eq!(status(&world, address).await, left, "{code}");
    }
    let totals = world.totals(id).await;
    assert_eq!(
        ["sent", "hard_bounces", "soft_bounces", "returned"].map(|name| totals.n(name)),
        [4, 1, 3, 4]
    );
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select count(*) as n from event where account_id = $1 and kind = 'message.bounced'")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 4);
}

#[testkit::db_test]
async fn three_soft_bounces_within_a_month_end_an_address(db: TestDb) {
    const DAY: Duration = Duration::from_hours(24);
    let world = World::new(&db).await;
    world.people(1).await;
    let bounce = async || {
        let id = world.draft().await;
        world.start(id).await;
        world.deliver().await;
        let (message, address) = messages(&world, id).await.remove(0);
        let raw = report(&world, POSTFIX, message, &address, "4.4.1");
        assert_eq!(take(&world, &raw).await.0, Outcome::Bounced);
        status(&world, &address).await
    };
    // The first is forgotten before the fourth comes.
    for (days, left) in [
        (0, "active"),
        (20, "active"),
        (11, "active"),
        (5, "bounced"),
    ] {
        db.clock().advance(DAY * days);
        assert_eq!(bounce().await, left, "after {days} days");
    }
}

#[testkit::db_test]
async fn whoever_complains_is_kept_out_at_once(db: TestDb) {
    let world = World::new(&db).await;
    let (id, messages) = sent(&world, 2).await;
    let (message, address) = &messages[0];
    let raw = report(&world, ABUSE, *message, address, "");
    assert_eq!(take(&world, &raw).await.0, Outcome::Complained);
    assert_eq!(take(&world, &raw).await.0, Outcome::Known);
    assert_eq!(status(&world, address).await, "suppressed");
    assert!(is_suppressed(&world, address).await);
    assert_eq!(world.totals(id).await.n("complaints"), 1);
    let kind = String::from_utf8(raw)
        .unwrap()
        .replace("Feedback-Type: abuse", "Feedback-Type: not-spam");
    assert_eq!(take(&world, kind.as_bytes()).await.0, Outcome::Ignored);
}

#[testkit::db_test]
async fn a_forged_report_does_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let (id, messages) = sent(&world, 1).await;
    let (message, address) = &messages[0];
    let text = |own_id: &str, reference: &str, to: &str| {
        POSTFIX
            .replace("<123.456@example.com>", own_id)
            .replace("AQAAAAAAAAB7", reference)
            .replace("nobody@example.org", to)
            .replace('\n', "\r\n")
    };
    let links = Links::start(&world.ctx, &world.config);
    let own = format!("<{message}.{id}@example.com>");
    let open = links.token(world.account, Purpose::Open, *message, 0);
    let foreign = links.token(
        (world.account.get() + 1).into(),
        Purpose::Return,
        *message,
        0,
    );
    for (own_id, reference, to) in [
        ("<1.2@example.com>", "x", address.as_str()),
        (own.as_str(), open.as_str(), "other@example.com"),
        (own.as_str(), foreign.as_str(), "other@example.com"),
        ("<../../etc@x>", "AAAA", address.as_str()),
    ] {
        let raw = text(own_id, reference, to);
        assert_eq!(
            take(&world, raw.as_bytes()).await.0,
            Outcome::Unknown,
            "{own_id} {to}"
        );
    }
    assert_eq!(status(&world, address).await, "active");
    // Of another account it is not found, whatever it proves.
    let genuine = report(&world, POSTFIX, *message, address, "5.1.1");
    let stranger = (world.account.get() + 1).into();
    let results = take_report(&world.ctx, stranger, &genuine).await.unwrap();
    assert_eq!(results[0].outcome, Outcome::Unknown);
    // Without our header, the Message-ID and the address will do.
    let raw = text(&own, "gone", &address.to_uppercase());
    assert_eq!(take(&world, raw.as_bytes()).await.0, Outcome::Bounced);
    assert!(
        take_report(&world.ctx, world.account, b"Subject: hi\r\n\r\nhi")
            .await
            .is_err()
    );
}

#[testkit::db_test]
async fn an_account_decides_how_much_may_go_wrong(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let refusing = SinkConfig::default().fault(
        Step::Rcpt,
        When::EveryAddress {
            nth: 2,
            attempts: u32::MAX,
        },
        Action::reply("550 5.1.1 no such mailbox here"),
    );
    let sink = sink(refusing).await;
    world.use_sink(&sink, 1).await;
    world.people(400).await;
    let set = async |bounces, fewest| {
        let patch = identity::accounts::Patch {
            pause_bounces_per_1000: Some(bounces),
            pause_min_messages: Some(fewest),
            ..identity::accounts::Patch::default()
        };
        identity::accounts::update(ctx, account, actor, None, patch).await
    };
    let sent = async || {
        let id = world.draft().await;
        world.start(id).await;
        world.deliver().await;
        campaigns::get(ctx, account, id).await.unwrap()
    };
    // Half of them do not exist, and nobody minds.
    set(1000, 1).await.unwrap();
    assert_eq!(sent().await.state, CampaignState::Sent);
    let mut tx = ctx.write().await.unwrap();
    tx.query("update subscriber set status = 'active'")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    set(400, 50).await.unwrap();
    let stopped = sent().await;
    assert_eq!(stopped.state, CampaignState::Paused);
    let reason = stopped.pause_reason.unwrap();
    assert!(reason.contains("more than 400 of 1,000"), "{reason}");
    for (bounces, fewest, field) in [
        (0, 10, "pause_bounces_per_1000"),
        (1001, 10, "pause_bounces_per_1000"),
        (10, 0, "pause_min_messages"),
        (10, 1_000_001, "pause_min_messages"),
    ] {
        let Err(kernel::Error::Invalid(faults)) = set(bounces, fewest).await else {
            panic!("{bounces} and {fewest} were taken");
        };
        let told = (&*faults[0].field, &*faults[0].code);
        assert_eq!(told, (field, "out_of_range"));
    }
}

#[testkit::db_test]
async fn what_a_relay_refuses_counts_as_a_bounce_and_too_much_of_it_pauses(db: TestDb) {
    let world = World::new(&db).await;
    let refusing = SinkConfig::default().fault(
        Step::Rcpt,
        When::EveryAddress {
            nth: 3,
            attempts: u32::MAX,
        },
        Action::reply("550 5.1.1 no such mailbox here"),
    );
    let sink = sink(refusing).await;
    world.use_sink(&sink, 1).await;
    world.people(400).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    let campaign = campaigns::get(&world.ctx, world.account, id).await.unwrap();
    let totals = world.totals(id).await;
    assert_eq!(campaign.state, CampaignState::Paused, "{:?}", totals.0);
    assert_eq!(totals.n("hard_bounces"), totals.n("failed"));
    assert!(totals.n("failed") < 133, "{:?}", totals.0);
    let reason = campaign.pause_reason.unwrap();
    assert!(reason.contains("do not exist"), "{reason}");
    // Whoever resumes it has seen it: it does not pause again.
    campaigns::resume(&world.ctx, world.account, &world.actor, id)
        .await
        .unwrap();
    world.deliver().await;
    assert_eq!(world.state(id).await, CampaignState::Sent);
    let totals = world.totals(id).await;
    assert_eq!((totals.n("sent"), totals.n("hard_bounces")), (267, 133));
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select count(*) as n from subscriber where account_id = $1 and status = 'bounced'")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 133);
}
