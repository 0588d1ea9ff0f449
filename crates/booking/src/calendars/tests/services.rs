//! Google and Microsoft, by fakes that answer as their documentation says.

use std::sync::Arc;
use std::time::Duration;

use ctx::{Registered, Site};
use serde_json::{Value, json};
use testkit::TestDb;
use testkit::calendars::google::Google;
use testkit::calendars::microsoft::Microsoft;
use testkit::calendars::{Door, SignIn};

use super::{admin, world};
use crate::bookings::{By, cancel};
use crate::calendars::model::{Kind, State, WhenUnreachable};
use crate::calendars::service::{
    self as calendars_service, Begin, Detail, Who, begin, finish, list,
};
use crate::hosts::Host;
use crate::tests::{World, tuesday};

/// Which session somebody is in.
const SESSION: Option<[u8; 32]> = Some([7; 32]);

pub(super) fn registered(authorize: String, tokens: String, api: String) -> Registered {
    Registered {
        client_id: SignIn::CLIENT.0.to_owned(),
        client_secret: SignIn::CLIENT.1.to_owned(),
        sign_in: Some(authorize),
        tokens: Some(tokens),
        api: Some(api),
    }
}

fn wish(kind: Kind) -> Begin {
    Begin {
        kind,
        connection_id: None,
        when_unreachable: WhenUnreachable::KeepOffering,
        return_to: None,
    }
}

/// A value of the query of an address.
fn param(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    pair.unwrap_or_else(|| panic!("{name} in {url}")).to_owned()
}

pub(super) async fn google(db: &TestDb) -> (World, Google) {
    let service = Google::start(db.clock()).await;
    let mut world = world(db).await;
    world.ctx.site = Arc::new(Site {
        google: Some(registered(
            service.authorize_url(),
            service.token_url(),
            service.base(),
        )),
        ..Site::default()
    });
    (world, service)
}

pub(super) async fn microsoft(db: &TestDb) -> (World, Microsoft) {
    let service = Microsoft::start(db.clock()).await;
    let mut world = world(db).await;
    world.ctx.site = Arc::new(Site {
        microsoft: Some(registered(
            service.authorize_url(),
            service.token_url(),
            service.base(),
        )),
        ..Site::default()
    });
    (world, service)
}

/// Ada signs in at a service. Her own calendar blocks and receives.
pub(super) async fn signed_in(world: &World, host: &Host, kind: Kind, service: &Door) -> Detail {
    let detail = sign_in(world, host, kind, service).await;
    let own = detail.calendars.iter().find(|it| it.primary).unwrap().id;
    world.receive(&detail, own).await;
    detail
}

/// Ada signs in at a service.
pub(super) async fn sign_in(world: &World, host: &Host, kind: Kind, service: &Door) -> Detail {
    let begun = begin(
        &world.ctx,
        world.account,
        &admin(),
        SESSION,
        host.id,
        wish(kind),
    )
    .await
    .unwrap();
    let back = service.approve(&begun.url, None);
    let (state, code) = (param(&back, "state"), param(&back, "code"));
    finish(&world.ctx, world.account, &admin(), SESSION, &state, &code)
        .await
        .unwrap()
}

pub(super) const ANN: &str = "ann@example.com";

fn google_event(id: &str, from: u32, until: u32) -> Value {
    json!({
        "id": id, "summary": "Dentist", "status": "confirmed",
        "start": {"dateTime": format!("2026-05-05T{from:02}:00:00Z")},
        "end": {"dateTime": format!("2026-05-05T{until:02}:00:00Z")},
    })
}

#[testkit::db_test]
async fn google_blocks_receives_and_is_read_by_changes(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let detail = signed_in(&world, &ada, Kind::Google, &service).await;
    assert_eq!(detail.connection.user_name.as_deref(), Some(ANN));
    let blocking: Vec<_> = detail.calendars.iter().map(|it| it.blocks).collect();
    assert_eq!(blocking, [true, false]);

    service.put(ANN, google_event("one", 10, 11));
    service.put(ANN, google_event("two", 12, 13));
    let mut free = google_event("three", 14, 15);
    free["transparency"] = json!("transparent");
    service.put(ANN, free);
    world.later(&db).await;
    let starts = ["09:00", "11:00", "13:00", "14:00", "15:00", "16:00"];
    assert_eq!(world.starts(&call).await, starts);
    service.delete(ANN, "one");
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 7);

    // A token that died is no reason to forget anything.
    service.forget_sync_tokens();
    service.put(ANN, google_event("four", 9, 10));
    service.delete(ANN, "two");
    world.later(&db).await;
    let one = world.connection(detail.connection.id).await.connection;
    assert_eq!(one.state, State::Ok, "{one:?}");
    assert_eq!(world.starts(&call).await.len(), 7);
    assert!(!world.starts(&call).await.contains(&"09:00".to_owned()));

    // Tokens end every hour, and nobody notices.
    db.clock().advance(Duration::from_hours(3));
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    world.work().await;
    let events = service.events(ANN);
    let copy = events
        .iter()
        .find(|it| it["summary"] == "Intro call: Ada Lovelace");
    let copy = copy.unwrap_or_else(|| panic!("{events:?}"));
    assert!(
        copy["start"]["dateTime"]
            .as_str()
            .unwrap()
            .contains("13:00")
    );
    let id = copy["id"].as_str().unwrap().to_owned();
    // It is not read as something that keeps time.
    world.later(&db).await;
    assert_eq!(world.mirrored().await, 1);
    // Somebody edits it, and it moves: they keep their words. Nobody is written to.
    let mut edited = service.event(ANN, &id).unwrap();
    edited["description"] = json!("Bring the drawings");
    service.put(ANN, edited);
    world.move_to(booking.id, tuesday("15:00")).await.unwrap();
    world.work().await;
    let moved = service.event(ANN, &id).unwrap();
    assert!(
        moved["start"]["dateTime"]
            .as_str()
            .unwrap()
            .contains("15:00")
    );
    assert_eq!(service.letters(), 0);
    // Deleted there, it is noticed.
    service.delete(ANN, &id);
    world.later(&db).await;
    let trail = world.trail(booking.id).await;
    assert!(
        trail.contains(&"deleted_in_calendar".to_owned()),
        "{trail:?}"
    );
}

#[testkit::db_test]
async fn a_look_at_one_hour_leaves_all_else_that_is_known_of_a_calendar(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    // Of this one it is told only when it is busy.
    service.share_free_busy_only("team");
    let detail = signed_in(&world, &ada, Kind::Google, &service).await;
    let team = detail.calendars.iter().find(|it| !it.primary).unwrap().id;
    world.use_for(&detail, team, (Some(true), None)).await;
    service.put("team", google_event("one", 10, 11));
    service.put("team", google_event("two", 15, 16));
    world.later(&db).await;
    let starts = ["09:00", "11:00", "12:00", "13:00", "14:00", "16:00"];
    assert_eq!(world.starts(&call).await, starts);
    let booking = world
        .book(&call, tuesday("12:00"), "grace@example.com")
        .await;
    let starts = ["09:00", "11:00", "13:00", "14:00", "16:00"];
    assert_eq!(world.starts(&call).await, starts);
    // What came a moment ago is seen, and is not known twice once all of it is read.
    service.put("team", google_event("three", 13, 14));
    let refused = world
        .try_book(&call, tuesday("13:00"), "hedy@example.com")
        .await;
    assert_eq!(refused.unwrap_err().code, "slot_taken");
    assert_eq!(world.mirrored().await, 3);
    world.later(&db).await;
    assert_eq!(world.mirrored().await, 3);
    service.delete("team", "three");
    world.later(&db).await;
    assert_eq!(world.starts(&call).await, starts);
    assert_eq!(world.trail(booking.id).await, ["create"]);
}

#[testkit::db_test]
async fn google_wants_patience_and_a_new_sign_in(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let id = signed_in(&world, &ada, Kind::Google, &service)
        .await
        .connection
        .id;
    service.put(ANN, google_event("one", 10, 11));
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 7);

    // It is left alone as long as it wants to be.
    service.throttle(1, 3_600);
    world.later(&db).await;
    let one = world.connection(id).await.connection;
    assert_eq!((one.state, one.failures), (State::Ok, 1), "{one:?}");
    let asked = service.requests();
    world.later(&db).await;
    assert_eq!(service.requests(), asked);
    db.clock().advance(Duration::from_hours(1));
    world.work().await;
    assert!(service.requests() > asked);
    let one = world.connection(id).await.connection;
    assert_eq!((one.state, one.failures), (State::Ok, 0), "{one:?}");

    // A copy that has to wait is written later.
    service.throttle(2, 60);
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    world.work().await;
    db.clock().advance(Duration::from_mins(30));
    world.work().await;
    assert_eq!(service.events(ANN).len(), 2);

    // The permission is taken back: it is told at once, and what was known holds.
    service.revoke();
    db.clock().advance(Duration::from_hours(2));
    world.work().await;
    let one = world.connection(id).await.connection;
    assert_eq!(one.state, State::Broken, "{one:?}");
    assert_eq!(world.alerts().await, 1);
    assert_eq!(world.starts(&call).await.len(), 6);
    cancel(&world.ctx, world.account, &By::Invitee, booking.id, None)
        .await
        .unwrap();
    world.work().await;
    // Signing in again mends the same connection, and what waited is done.
    let again = signed_in(&world, &ada, Kind::Google, &service).await;
    assert_eq!(again.connection.id, id);
    db.clock().advance(Duration::from_hours(8));
    world.work().await;
    assert_eq!(service.events(ANN).len(), 1);
    let all = list(&world.ctx, world.account, &admin(), ada.id)
        .await
        .unwrap();
    assert_eq!(all.data.len(), 1);
    assert_eq!(all.data[0].connection.state, State::Ok);
    assert_eq!(all.kinds, [Kind::Feed, Kind::Caldav, Kind::Google]);
}

#[testkit::db_test]
async fn a_sign_in_ends_where_it_began(db: TestDb) {
    let (world, service) = google(&db).await;
    let ada = world.host("Ada").await;
    let (ctx, account) = (&world.ctx, world.account);
    let begin = async |who: &Who, session| {
        let begun = begin(ctx, account, who, session, ada.id, wish(Kind::Google)).await;
        let back = service.approve(&begun.unwrap().url, None);
        (param(&back, "state"), param(&back, "code"))
    };
    let refused = async |who: &Who, session, state: &str, code: &str| match finish(
        ctx, account, who, session, state, code,
    )
    .await
    {
        Err(kernel::Error::Invalid(faults)) => faults[0].field.clone(),
        other => panic!("{other:?}"),
    };
    let (state, code) = begin(&admin(), SESSION).await;
    // Another session, another person, another state, too late.
    let other = Who {
        user: kernel::UserId::from(8),
        ..admin()
    };
    assert_eq!(
        refused(&admin(), Some([8; 32]), &state, &code).await,
        "state"
    );
    assert_eq!(refused(&admin(), None, &state, &code).await, "state");
    assert_eq!(refused(&other, SESSION, &state, &code).await, "state");
    for wrong in ["", "nonsense", &state[1..], &format!("{state}A")] {
        assert_eq!(refused(&admin(), SESSION, wrong, &code).await, "state");
    }
    assert_eq!(refused(&admin(), SESSION, &state, "wrong").await, "code");
    db.clock().advance(Duration::from_mins(16));
    assert_eq!(refused(&admin(), SESSION, &state, &code).await, "state");
    // A code is good once.
    let (state, code) = begin(&admin(), SESSION).await;
    finish(ctx, account, &admin(), SESSION, &state, &code)
        .await
        .unwrap();
    assert_eq!(refused(&admin(), SESSION, &state, &code).await, "code");
    // Where nothing is registered, nobody is sent.
    let nowhere = calendars_service::begin(
        ctx,
        account,
        &admin(),
        SESSION,
        ada.id,
        wish(Kind::Microsoft),
    )
    .await;
    assert_eq!(crate::tests::code(nowhere), "not_registered");
}

#[testkit::db_test]
async fn microsoft_blocks_receives_and_rotates_its_tokens(db: TestDb) {
    let (world, service) = microsoft(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let detail = signed_in(&world, &ada, Kind::Microsoft, &service).await;
    let own = detail.calendars.iter().find(|it| it.primary).unwrap();
    let remote = own.remote_id.clone();
    let event = |from: u32, until: u32| {
        json!({
            "id": format!("event-{from}"), "subject": "Dentist", "showAs": "busy", "isCancelled": false, "isAllDay": false,
            "start": {"dateTime": format!("2026-05-05T{from:02}:00:00.0000000"), "timeZone": "UTC"},
            "end": {"dateTime": format!("2026-05-05T{until:02}:00:00.0000000"), "timeZone": "UTC"},
        })
    };
    service.put(&remote, event(10, 11));
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 7);
    // Each refresh gives another token, of which the last one must be kept.
    for _ in 0..3 {
        db.clock().advance(Duration::from_hours(2));
        world.work().await;
    }
    let one = world.connection(detail.connection.id).await.connection;
    assert_eq!((one.state, one.fault), (State::Ok, None));
    service.forget_sync_tokens();
    service.put(&remote, event(12, 13));
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 6);

    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    world.work().await;
    assert_eq!(service.events(&remote).len(), 3);
    world.later(&db).await;
    assert_eq!(world.mirrored().await, 2);
    world.move_to(booking.id, tuesday("15:00")).await.unwrap();
    world.work().await;
    let events = service.events(&remote);
    let copy = events
        .iter()
        .find(|it| it["subject"] == "Intro call: Ada Lovelace");
    let copy = copy.unwrap_or_else(|| panic!("{events:?}"));
    let start = copy["start"]["dateTime"].as_str().unwrap();
    assert!(start.starts_with("2026-05-05T15:00"), "{start}");
    cancel(&world.ctx, world.account, &By::Invitee, booking.id, None)
        .await
        .unwrap();
    world.work().await;
    assert_eq!(service.events(&remote).len(), 2);
    assert_eq!(service.letters(), 0);
}
