//! Bookings from the request to what became of them, on both engines.

mod flow;
mod races;
mod rules;
mod seats;
mod team_limits;
mod teams;
mod upcoming;
mod waiting;

use ctx::Ctx;
use identity::auth::Role;
use identity::users::{NewMember, NewOwner, Password};
use kernel::{AccountId, EmailAddress, TimeZone, Timestamp, UserId};
use serde_json::{Value, json};

use crate::bookings::{Booked, Booking, By, Move, NewBooking, book, reschedule};
use crate::claims::Refused;
use crate::event_types::{self, EventType};
use crate::hosts::{self, Host, NewHost};
use crate::{BookingId, EventTypeId, HostId};

/// An account with people who can be met. The clock stands at Monday, 2026-05-04T09:30:00Z.
pub(super) struct World {
    pub(super) ctx: Ctx,
    pub(super) account: AccountId,
    pub(super) by: By,
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A time of Tuesday, the 5th.
pub(super) fn tuesday(time: &str) -> Timestamp {
    at(&format!("2026-05-05T{time}:00Z"))
}

pub(super) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// Of a user who does not matter.
pub(super) fn actor() -> identity::Actor {
    identity::Actor::user(UserId::from(7))
}

impl World {
    pub(super) async fn new(ctx: Ctx) -> Self {
        let owner = NewOwner {
            email: email("owner@example.com"),
            name: "Olga Owner".to_owned(),
            password: Password("a long enough password".to_owned()),
            account_name: "Analytical Engines".to_owned(),
            time_zone: Some(TimeZone::utc()),
        };
        let (_, account) = identity::users::create_owner(&ctx, owner).await.unwrap();
        Self {
            ctx,
            account: account.id,
            by: By::Staff(actor()),
        }
    }

    /// Works Monday to Friday, 09:00 to 17:00 UTC.
    pub(super) async fn host(&self, name: &str) -> Host {
        let member = NewMember {
            email: email(&format!("{}@example.com", name.to_lowercase())),
            name: Some(name.to_owned()),
            password: Some(Password("a long enough password".to_owned())),
            role: Role::Editor,
        };
        let by = identity::users::By::command_line();
        let user = identity::users::add(&self.ctx, self.account, &by, member)
            .await
            .unwrap();
        let new = NewHost {
            user_id: user.id,
            name: None,
            slug: None,
            time_zone: Some(TimeZone::utc()),
            about: None,
            schedule_id: None,
        };
        hosts::create(&self.ctx, self.account, &actor(), new)
            .await
            .unwrap()
    }

    pub(super) async fn event_type(&self, hosts: &[&Host], settings: Value) -> EventType {
        let hosts: Vec<Value> = hosts
            .iter()
            .map(|host| json!({"host_id": host.id}))
            .collect();
        self.event_type_of(json!(hosts), settings).await
    }

    pub(super) async fn event_type_of(&self, hosts: Value, settings: Value) -> EventType {
        let input = json!({"title": "Intro call", "hosts": hosts, "settings": settings});
        let input = serde_json::from_value(input).unwrap();
        event_types::create(&self.ctx, self.account, &actor(), input)
            .await
            .unwrap()
    }

    pub(super) fn wish(event_type: EventTypeId, start: Timestamp, who: &str) -> NewBooking {
        NewBooking {
            event_type,
            start,
            minutes: None,
            seats: 1,
            host: None,
            hold: None,
            name: "Ada Lovelace".to_owned(),
            email: email(who),
            phone: None,
            time_zone: TimeZone::parse("Europe/Berlin").unwrap(),
            language: None,
            answers: event_types::Answers::new(),
            location: None,
            source: "page",
        }
    }

    pub(super) async fn try_book(
        &self,
        event_type: &EventType,
        start: Timestamp,
        who: &str,
    ) -> Result<Booked, Refused> {
        let wish = Self::wish(event_type.id, start, who);
        book(&self.ctx, self.account, &By::Invitee, wish)
            .await
            .unwrap()
    }

    pub(super) async fn book(
        &self,
        event_type: &EventType,
        start: Timestamp,
        who: &str,
    ) -> Booking {
        let booked = self.try_book(event_type, start, who).await;
        booked
            .unwrap_or_else(|refused| panic!("{refused:?}"))
            .booking
    }

    pub(super) async fn move_to(
        &self,
        id: BookingId,
        start: Timestamp,
    ) -> Result<Booking, Refused> {
        let to = Move {
            start,
            minutes: None,
            host: None,
            reason: None,
        };
        reschedule(&self.ctx, self.account, &self.by, id, to)
            .await
            .unwrap()
    }

    /// The starts of Tuesday, as `09:00`.
    pub(super) async fn starts(&self, event_type: &EventType) -> Vec<String> {
        let query =
            crate::availability::SlotQuery::new(tuesday("00:00"), at("2026-05-06T00:00:00Z"));
        let slots = crate::availability::slots(&self.ctx, self.account, event_type.id, &query)
            .await
            .unwrap();
        slots
            .days
            .iter()
            .flat_map(|day| &day.slots)
            .map(|slot| slot.start.to_string()[11..16].to_owned())
            .collect()
    }

    /// The kinds of the events about bookings, in order.
    pub(super) async fn events(&self) -> Vec<String> {
        let mut tx = self.ctx.read().await.unwrap();
        let rows = tx
            .query("select kind from event where account_id = $1 and kind like 'booking.%' order by id")
            .bind(self.account)
            .fetch_all()
            .await
            .unwrap();
        rows.iter().map(|row| row.get("kind").unwrap()).collect()
    }

    /// Nobody is anywhere twice: the claims of each host.
    pub(super) async fn check_claims(&self) -> usize {
        let mut tx = self.ctx.read().await.unwrap();
        let rows = tx
            .query(
                "select host_id, start_at, end_at from booking_claim where account_id = $1 and active = 1
                 order by host_id, start_at, end_at",
            )
            .bind(self.account)
            .fetch_all()
            .await
            .unwrap();
        let claims: Vec<(HostId, i64, i64)> = rows
            .iter()
            .map(|row| {
                (
                    row.get("host_id").unwrap(),
                    row.get("start_at").unwrap(),
                    row.get("end_at").unwrap(),
                )
            })
            .collect();
        for pair in claims.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?}");
        }
        claims.len()
    }
}

/// The code of a conflict.
pub(super) fn code<T: std::fmt::Debug>(outcome: kernel::Result<T>) -> &'static str {
    match outcome {
        Err(kernel::Error::Conflict { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}
