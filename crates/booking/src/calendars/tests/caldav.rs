//! Real CalDAV servers.

use std::time::Duration;

use serde_json::json;
use testkit::TestDb;
use testkit::calendars::{DavKind, DavServer};

use super::{MINUTE, admin, world};
use crate::bookings::{By, cancel};
use crate::calendars::model::{CopyState, State, WhenUnreachable};
use crate::calendars::service::{
    self, ConnectionPatch, Copies, Detail, NewConnection, connect, copies_of, disconnect, update,
};
use crate::event_types::EventType;
use crate::hosts::Host;
use crate::tests::{World, tuesday};
use crate::{BookingId, CalendarId};

/// What holds on both servers.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod radicale {
            use super::{DavKind, TestDb};
            $(#[testkit::db_test]
            async fn $name(db: TestDb) {
                super::super::$name(db, DavKind::Radicale).await;
            })*
        }
        mod xandikos {
            use super::{DavKind, TestDb};
            $(#[testkit::db_test]
            async fn $name(db: TestDb) {
                super::super::$name(db, DavKind::Xandikos).await;
            })*
        }
    };
}

on_both! {
    a_busy_event_blocks_and_a_booking_appears_moves_and_disappears,
    what_somebody_does_to_a_copy_there_is_noticed,
    of_two_who_change_a_copy_the_booking_has_the_time_and_the_person_the_rest,
    what_was_written_and_not_remembered_is_found_and_two_jobs_make_one_copy,
}

fn account(server: &DavServer, password: &str) -> NewConnection {
    NewConnection::Caldav {
        address: server.url(),
        user_name: server.user().to_owned(),
        password: password.to_owned(),
        name: None,
        when_unreachable: WhenUnreachable::KeepOffering,
    }
}

/// Connects the server's calendar, which blocks and receives.
async fn connected(world: &World, host: &Host, server: &DavServer) -> (Detail, CalendarId) {
    let detail = world
        .connect(host, account(server, server.password()))
        .await;
    let calendar = detail
        .calendars
        .iter()
        .find(|it| it.writable && it.blocks)
        .unwrap_or_else(|| panic!("{detail:?}"))
        .id;
    world.receive(&detail, calendar).await;
    (detail, calendar)
}

/// Ada can be met for an hour, and has her calendar on the server.
struct Scene {
    server: DavServer,
    world: World,
    ada: Host,
    call: EventType,
}

async fn scene(db: &TestDb, kind: DavKind) -> Option<Scene> {
    let server = DavServer::start(kind).await?;
    let world = world(db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    connected(&world, &ada, &server).await;
    Some(Scene {
        server,
        world,
        ada,
        call,
    })
}

fn object(uid: &str, event: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         SUMMARY:Dentist\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn hours(from: u32, until: u32) -> String {
    format!("DTSTART:20260505T{from:02}0000Z\r\nDTEND:20260505T{until:02}0000Z")
}

/// The name and the text of the copy of a booking, if it is there.
async fn copy(server: &DavServer, booking: BookingId) -> Option<(String, String)> {
    for name in server.names().await {
        let text = server.get(&name).await?;
        if text.contains(&format!("booking-{booking}@")) {
            return Some((name, text));
        }
    }
    None
}

async fn a_busy_event_blocks_and_a_booking_appears_moves_and_disappears(db: TestDb, kind: DavKind) {
    let Some(Scene {
        server,
        world,
        ada,
        call,
    }) = scene(&db, kind).await
    else {
        return;
    };
    server.put("a.ics", &object("a", &hours(10, 12))).await;
    server
        .put(
            "b.ics",
            &object(
                "b",
                "DTSTART:20260101T150000Z\r\nDTEND:20260101T160000Z\r\nRRULE:FREQ=DAILY",
            ),
        )
        .await;
    world.later(&db).await;
    let starts = world.starts(&call).await;
    assert_eq!(
        starts,
        ["09:00", "12:00", "13:00", "14:00", "16:00"],
        "{kind:?}"
    );

    // It appears, and takes its own time once.
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    world.work().await;
    let (_, text) = copy(&server, booking.id).await.unwrap();
    for line in [
        "DTSTART:20260505T130000Z",
        "SUMMARY:Intro call: Ada Lovelace",
        "STATUS:CONFIRMED",
    ] {
        assert!(text.contains(line), "{kind:?}: {line} in {text}");
    }
    assert!(!text.contains("METHOD"), "{text}");
    assert!(!text.contains("ATTENDEE"), "{text}");
    world.later(&db).await;
    // It can be moved into its own way, of which the calendar has a copy.
    let long = world
        .event_type(&[&ada], json!({"durations": [60], "step_minutes": 30}))
        .await;
    assert!(!world.starts(&long).await.contains(&"13:30".to_owned()));
    world.move_to(booking.id, tuesday("14:00")).await.unwrap();
    world.work().await;
    let (name, text) = copy(&server, booking.id).await.unwrap();
    assert!(text.contains("DTSTART:20260505T140000Z"), "{text}");
    assert!(text.contains("SEQUENCE:1"), "{text}");
    assert_eq!(server.names().await.len(), 3, "{kind:?}");
    let copies = copies_of(&world.ctx, world.account, booking.id)
        .await
        .unwrap();
    assert_eq!(copies.len(), 1);
    assert_eq!(
        (copies[0].state, &copies[0].fault),
        (CopyState::Written, &None)
    );

    // It disappears; and what was busy and is deleted is free.
    let by = By::Invitee;
    cancel(&world.ctx, world.account, &by, booking.id, None)
        .await
        .unwrap();
    world.work().await;
    assert!(copy(&server, booking.id).await.is_none(), "{kind:?}");
    assert!(server.get(&name).await.is_none());
    server.delete("a.ics").await;
    world.later(&db).await;
    assert_eq!(world.starts(&call).await.len(), 7, "{kind:?}");
}

async fn what_somebody_does_to_a_copy_there_is_noticed(db: TestDb, kind: DavKind) {
    let Some(Scene {
        server,
        world,
        call,
        ..
    }) = scene(&db, kind).await
    else {
        return;
    };
    let booking = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    world.work().await;
    let (name, text) = copy(&server, booking.id).await.unwrap();

    // Moved there: it is said, and the booking stands.
    db.clock().advance(MINUTE);
    let moved = text
        .replace("DTSTART:20260505T100000Z", "DTSTART:20260505T160000Z")
        .replace("DTEND:20260505T110000Z", "DTEND:20260505T170000Z");
    server.put(&name, &moved).await;
    world.later(&db).await;
    assert_eq!(
        world.trail(booking.id).await,
        ["create", "moved_in_calendar"]
    );
    let starts = world.starts(&call).await;
    assert!(starts.contains(&"16:00".to_owned()) && !starts.contains(&"10:00".to_owned()));

    // Deleted there: it is said, once, and the booking stands.
    server.delete(&name).await;
    world.later(&db).await;
    world.later(&db).await;
    assert_eq!(
        world.trail(booking.id).await,
        ["create", "moved_in_calendar", "deleted_in_calendar"],
        "{kind:?}"
    );
    let copies = copies_of(&world.ctx, world.account, booking.id)
        .await
        .unwrap();
    assert_eq!(copies[0].state, CopyState::Gone);
    assert!(!world.starts(&call).await.contains(&"10:00".to_owned()));
    // With a new time it is news, and comes back.
    world.move_to(booking.id, tuesday("11:00")).await.unwrap();
    world.work().await;
    let (_, text) = copy(&server, booking.id).await.unwrap();
    assert!(text.contains("DTSTART:20260505T110000Z"), "{text}");
}

async fn of_two_who_change_a_copy_the_booking_has_the_time_and_the_person_the_rest(
    db: TestDb,
    kind: DavKind,
) {
    let Some(Scene {
        server,
        world,
        call,
        ..
    }) = scene(&db, kind).await
    else {
        return;
    };
    let booking = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    world.work().await;
    let (name, text) = copy(&server, booking.id).await.unwrap();
    let edited = text
        .replace(
            "SUMMARY:Intro call: Ada Lovelace",
            "SUMMARY:Bring the drawings",
        )
        .replace("DTSTART:20260505T100000Z", "DTSTART:20260505T101500Z");
    assert_ne!(edited, text);
    server.put(&name, &edited).await;
    // Nobody has read that yet.
    world.move_to(booking.id, tuesday("14:00")).await.unwrap();
    world.work().await;
    let (_, text) = copy(&server, booking.id).await.unwrap();
    for line in [
        "DTSTART:20260505T140000Z",
        "DTEND:20260505T150000Z",
        "SUMMARY:Bring the drawings",
    ] {
        assert!(text.contains(line), "{kind:?}: {line} in {text}");
    }
    // And what is called off goes away, whatever was written into it.
    server
        .put(&name, &text.replace("SUMMARY:Bring", "SUMMARY:Take"))
        .await;
    cancel(&world.ctx, world.account, &By::Invitee, booking.id, None)
        .await
        .unwrap();
    world.work().await;
    assert!(copy(&server, booking.id).await.is_none());
}

async fn what_was_written_and_not_remembered_is_found_and_two_jobs_make_one_copy(
    db: TestDb,
    kind: DavKind,
) {
    let Some(Scene {
        server,
        world,
        call,
        ..
    }) = scene(&db, kind).await
    else {
        return;
    };
    let booking = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    // Two that run at once: the server refuses one of them with 412 or asks for patience, or finds it done.
    let (ctx, account) = (&world.ctx, world.account);
    let write = || crate::calendars::copies::write(ctx, account, booking.id, false);
    let (one, other) = tokio::join!(write(), write());
    assert!([one.unwrap(), other.unwrap()].contains(&Ok(())), "{kind:?}");
    assert_eq!(server.names().await.len(), 1, "{kind:?}");
    // The process died before it could remember: the server has it, and says so with 412.
    let mut tx = ctx.write().await.unwrap();
    tx.query("delete from calendar_copy where account_id = $1")
        .bind(account)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.work().await;
    let copies = copies_of(ctx, account, booking.id).await.unwrap();
    assert_eq!(copies[0].state, CopyState::Written);
    assert_eq!(server.names().await.len(), 1, "{kind:?}");
    // What is known of it now is enough to change it.
    world.move_to(booking.id, tuesday("14:00")).await.unwrap();
    let (one, other) = tokio::join!(write(), write());
    assert!([one.unwrap(), other.unwrap()].contains(&Ok(())), "{kind:?}");
    world.work().await;
    let (_, text) = copy(&server, booking.id).await.unwrap();
    assert!(text.contains("DTSTART:20260505T140000Z"), "{text}");
    world.later(&db).await;
    assert_eq!(world.trail(booking.id).await, ["create", "reschedule"]);
}

#[testkit::db_test]
async fn a_server_that_goes_away_blocks_nothing_and_frees_nothing(db: TestDb) {
    let Some(mut server) = DavServer::start(DavKind::Radicale).await else {
        return;
    };
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let (detail, _) = connected(&world, &ada, &server).await;
    server.put("a.ics", &object("a", &hours(10, 12))).await;
    world.later(&db).await;
    let free = world.starts(&call).await;
    assert_eq!(free.len(), 6);
    server.stop();
    // What was free can be booked, what was not cannot.
    let booking = world
        .book(&call, tuesday("13:00"), "grace@example.com")
        .await;
    let refused = world
        .try_book(&call, tuesday("10:00"), "hedy@example.com")
        .await;
    assert_eq!(refused.unwrap_err().code, "slot_taken");
    for _ in 0..3 {
        db.clock().advance(Duration::from_hours(1));
        world.work().await;
        assert_eq!(world.starts(&call).await.len(), 5);
    }
    let one = world.connection(detail.connection.id).await.connection;
    assert_eq!(one.state, State::Broken);
    assert_eq!(world.alerts().await, 1);

    // Back again, the booking goes where it belongs.
    server.resume();
    db.clock().advance(Duration::from_hours(2));
    world.work().await;
    assert!(copy(&server, booking.id).await.is_some());
    let one = world.connection(detail.connection.id).await.connection;
    assert_eq!(one.state, State::Ok);
    assert_eq!(world.starts(&call).await.len(), 5);
}

#[testkit::db_test]
async fn passwords_are_tried_before_they_are_kept_and_calendars_are_left(db: TestDb) {
    let Some(server) = DavServer::start(DavKind::Radicale).await else {
        return;
    };
    let world = world(&db).await;
    let ada = world.host("Ada").await;
    let call = world.event_type(&[&ada], json!({"durations": [60]})).await;
    let field = |outcome: kernel::Result<Detail>| match outcome {
        Err(kernel::Error::Invalid(faults)) => faults[0].field.clone(),
        other => panic!("{other:?}"),
    };
    let (ctx, id) = (&world.ctx, world.account);
    let wrong = connect(ctx, id, &admin(), ada.id, account(&server, "wrong")).await;
    assert_eq!(field(wrong), "password");
    // What is booked already is put there as well.
    let booking = world
        .book(&call, tuesday("10:00"), "grace@example.com")
        .await;
    let (detail, _) = connected(&world, &ada, &server).await;
    let shown = serde_json::to_string(&detail).unwrap();
    assert!(!shown.contains(server.password()), "{shown}");
    assert!(copy(&server, booking.id).await.is_some());
    let password = |text: &str| ConnectionPatch {
        password: Some(text.to_owned()),
        ..ConnectionPatch::default()
    };
    let connection = detail.connection.id;
    let wrong = update(ctx, id, &admin(), connection, password("wrong")).await;
    assert_eq!(field(wrong), "password");
    world.later(&db).await;
    assert_eq!(
        world.connection(connection).await.connection.state,
        State::Ok
    );
    let right = password(server.password());
    update(ctx, id, &admin(), connection, right).await.unwrap();

    disconnect(ctx, id, &admin(), connection, Copies::Remove)
        .await
        .unwrap();
    assert!(service::get(ctx, id, &admin(), connection).await.is_err());
    world.work().await;
    assert!(copy(&server, booking.id).await.is_none());
    assert_eq!(copies_of(ctx, id, booking.id).await.unwrap(), []);
    assert_eq!(world.trail(booking.id).await, ["create"]);
}
