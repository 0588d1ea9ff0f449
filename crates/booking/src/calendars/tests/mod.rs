//! Calendars elsewhere, on both engines: against real CalDAV servers, and fakes of the services that no test can reach.

mod caldav;
mod feeds;
mod races;
mod services;

use std::time::Duration;

use jobs::Registry;
use kernel::UserId;
use testkit::TestDb;

use super::service::{self, Detail, NewConnection, Who};
use super::{Copy, Leave, Read, read_due};
use crate::hosts::Host;
use crate::tests::{World, actor};
use crate::{CalendarId, ConnectionId};

pub(super) const MINUTE: Duration = Duration::from_mins(1);

/// Calendars are read every five minutes.
pub(super) const ROUND: Duration = Duration::from_mins(6);

/// What a server knows to do about calendars.
fn registry() -> Registry {
    Registry::new()
        .job::<Read>()
        .job::<Copy>()
        .job::<Leave>()
        .every("read calendars", MINUTE, |ctx| async move {
            read_due(&ctx).await?;
            Ok(())
        })
}

/// A world that may ask this machine.
pub(super) async fn world(db: &TestDb) -> World {
    let mut ctx = db.ctx();
    ctx.http = net::Client::new(net::Guard::allowing(["127.0.0.0/8".parse().unwrap()]));
    World::new(ctx).await
}

/// Whoever runs the account.
pub(super) fn admin() -> Who {
    Who {
        actor: actor(),
        user: UserId::from(7),
        admin: true,
    }
}

impl World {
    /// Does what is due.
    pub(super) async fn work(&self) {
        jobs::run_due(&self.ctx, &registry()).await;
    }

    /// Time for everything to be read again, and read.
    pub(super) async fn later(&self, db: &TestDb) {
        db.clock().advance(ROUND);
        self.work().await;
    }

    pub(super) async fn connect(&self, host: &Host, new: NewConnection) -> Detail {
        service::connect(&self.ctx, self.account, &admin(), host.id, new)
            .await
            .unwrap()
    }

    pub(super) async fn connection(&self, id: ConnectionId) -> Detail {
        service::get(&self.ctx, self.account, &admin(), id)
            .await
            .unwrap()
    }

    pub(super) async fn receive(&self, detail: &Detail, calendar: CalendarId) {
        self.use_for(detail, calendar, (None, Some(true))).await;
        self.work().await;
    }

    /// Says whether a calendar blocks, and whether it receives.
    pub(super) async fn use_for(
        &self,
        detail: &Detail,
        calendar: CalendarId,
        (blocks, receives): (Option<bool>, Option<bool>),
    ) {
        let patch = service::CalendarPatch { blocks, receives };
        let place = (detail.connection.id, calendar);
        service::update_calendar(&self.ctx, self.account, &admin(), place, patch)
            .await
            .unwrap();
    }

    /// What happened to a booking.
    pub(super) async fn trail(&self, booking: crate::BookingId) -> Vec<String> {
        let detail = crate::bookings::get(&self.ctx, self.account, booking)
            .await
            .unwrap();
        detail.trail.into_iter().map(|it| it.action).collect()
    }

    /// How many times a connection was told to be broken.
    pub(super) async fn alerts(&self) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query(
            "select count(*) as n from event where account_id = $1 and kind = 'calendar.broken'",
        )
        .bind(self.account)
        .fetch_one()
        .await
        .unwrap()
        .get("n")
        .unwrap()
    }

    /// How many rows what is known of calendars has.
    pub(super) async fn mirrored(&self) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query("select count(*) as n from calendar_busy where account_id = $1")
            .bind(self.account)
            .fetch_one()
            .await
            .unwrap()
            .get("n")
            .unwrap()
    }
}
