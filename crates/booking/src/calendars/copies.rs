//! Copies of bookings in calendars of their hosts: made, changed and taken out by a job that looks at what should be and
//! at what is, so that it does no harm when it runs twice, late, or beside another one.
//!
//! A copy is read before it is changed: the time of the booking wins, and what somebody else wrote into it stays. Two who
//! change it at once notice by its state there (`ETag`), and then it is read again.
//!
//! It is remembered before it is written, so that one is found and taken out that nobody came to remember. What is being
//! written is not taken out: it would come after that. And whoever has written it looks at the booking and at what is
//! remembered once more: if either has changed meanwhile, what stands there may be old, and it is done again.

use std::collections::HashMap;
use std::time::Duration;

use calendars::{Content, Draft, Fault, Object, Remote, Stored};
use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use kernel::{AccountId, Error, Result, Timestamp};
use serde_json::json;

use super::expand::{cleaned, is_plain};
use super::jobs;
use super::model::{Calendar, Copy, CopyState, uid_of};
use super::patch::{Ours, patched};
use super::remote;
use super::store::{self, copies};
use crate::bookings::{self, Booking, Detail, Note, Status};
use crate::ical::Entry;
use crate::invite::{answers, where_in_full};
use crate::public::Words;
use crate::slots::Interval;
use crate::{BookingId, ConnectionId};

/// How often somebody else may be faster before it is left for later.
const ROUNDS: usize = 4;
/// Letters of why something failed.
const MAX_FAULT: usize = 500;
/// Copies that are taken out at a time.
const AT_ONCE: i64 = 100;
/// In place of the sequence of what has to be written once more.
const AGAIN: i64 = -1;
/// In place of the sequence of what is being written.
const WRITING: i64 = -2;
/// Nobody writes for longer; whoever has begun before that is gone.
const LONGEST: Duration = Duration::from_mins(5);
/// When to look again whether somebody is done.
const SOON: Duration = Duration::from_mins(1);

/// Has the copies of a booking follow what has just happened to it, in the same transaction.
pub(crate) async fn copy_in(ctx: &Ctx, tx: &mut WriteTx, booking: &Booking) -> Result<()> {
    let account = booking.account;
    if copies::is_wanted(tx, account, booking.id, &booking.host_ids).await? {
        jobs::copy_soon(ctx, tx, account, booking.id).await?;
    }
    Ok(())
}

/// Brings the copies of a booking up to date.
pub(super) async fn write(
    ctx: &Ctx,
    account: AccountId,
    id: BookingId,
    last: bool,
) -> Result<std::result::Result<(), Fault>> {
    let Some(plan) = Plan::load(ctx, account, id).await? else {
        return Ok(Ok(()));
    };
    let mut ended = Ok(());
    for copy in &plan.old {
        let done = plan.remove(ctx, copy).await?;
        if let (Err(fault), Some(calendar)) = (&done, plan.calendars.get(&copy.calendar.get())) {
            plan.failed(ctx, calendar, fault, last).await?;
        }
        ended = ended.and(done);
    }
    for (calendar, copy) in &plan.new {
        // The old one is in the way of the new one of the same host.
        let hindered = plan.old.iter().any(|it| it.host == calendar.host_id) && ended.is_err();
        if hindered {
            continue;
        }
        let done = plan.put(ctx, calendar, copy.as_ref()).await?;
        if let Err(fault) = &done {
            plan.failed(ctx, calendar, fault, last).await?;
        }
        ended = ended.and(done);
    }
    Ok(ended)
}

/// What should be, and what is.
struct Plan {
    account: AccountId,
    detail: Detail,
    words: Words,
    /// The copies that should not be.
    old: Vec<Copy>,
    /// The calendars that should have one as it is now, with the one that they have.
    new: Vec<(Calendar, Option<Copy>)>,
    /// The calendars of all of these.
    calendars: HashMap<i64, Calendar>,
}

impl Plan {
    async fn load(ctx: &Ctx, account: AccountId, id: BookingId) -> Result<Option<Self>> {
        let mut tx = ctx.read().await?;
        let detail = match bookings::get_in(&mut tx, account, id).await {
            Ok(detail) => detail,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let booking = &detail.booking;
        // The past is left as it is.
        if booking.end <= ctx.clock.now() {
            return Ok(None);
        }
        let known = copies::of_booking(&mut tx, account, id).await?;
        let takes_place = booking.status == Status::Confirmed;
        let receiving = store::used(&mut tx, account, &booking.host_ids).await?;
        let receiving: Vec<Calendar> = receiving
            .into_iter()
            .filter(|it| it.receives && takes_place)
            .collect();
        let mut calendars = HashMap::new();
        for copy in &known {
            if let Some(calendar) = store::calendar(&mut tx, account, copy.calendar).await? {
                calendars.insert(calendar.id.get(), calendar);
            }
        }
        let language = identity::accounts::get(&mut tx, account).await?.language;
        let is_there = |copy: &Copy| receiving.iter().any(|it| it.id == copy.calendar);
        let old = known.iter().filter(|it| !is_there(it)).cloned().collect();
        let mut new = Vec::new();
        for calendar in receiving {
            let copy = known.iter().find(|it| it.calendar == calendar.id);
            let done = copy.is_some_and(|it| {
                // One that somebody deleted comes back with news only.
                matches!(it.state, CopyState::Written | CopyState::Gone)
                    && it.sequence >= booking.sequence
                    && it.time == booking.time()
            });
            if !done {
                new.push((calendar, copy.cloned()));
            }
        }
        Ok(Some(Self {
            account,
            words: Words::of(Some(&language)),
            old,
            new,
            calendars,
            detail,
        }))
    }

    fn booking(&self) -> &Booking {
        &self.detail.booking
    }

    /// Takes a copy out.
    async fn remove(&self, ctx: &Ctx, copy: &Copy) -> Result<std::result::Result<(), Fault>> {
        if is_being_written(copy, ctx.clock.now()) {
            return Ok(Err(being_written()));
        }
        if let Some(calendar) = self.calendars.get(&copy.calendar.get())
            && copy.state != CopyState::Gone
            && let Err(fault) = take_out(ctx, self.account, calendar, copy).await?
        {
            return Ok(Err(fault));
        }
        if !forget(ctx, self.account, copy).await? {
            return Ok(Err(being_written()));
        }
        Ok(Ok(()))
    }

    /// Whether the booking is still as it was when this was planned, and belongs into this calendar.
    async fn holds(&self, tx: &mut Tx, calendar: &Calendar) -> Result<bool> {
        let planned = self.booking();
        let booking = match bookings::get_in(tx, self.account, planned.id).await {
            Ok(detail) => detail.booking,
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let receives = store::calendar(tx, self.account, calendar.id)
            .await?
            .is_some_and(|it| it.receives);
        Ok(receives
            && booking.status == planned.status
            && booking.sequence == planned.sequence
            && booking.time() == planned.time()
            && booking.host_ids.contains(&calendar.host_id))
    }

    /// Nobody else says anything of the copies of the booking, or of the calendars of this connection.
    async fn lock(&self, tx: &mut WriteTx, calendar: &Calendar) -> Result<()> {
        let booking = self.booking().id.get();
        tx.lock(LockClass::CalendarCopies, booking).await?;
        let connection = calendar.connection_id.get();
        tx.lock(LockClass::Calendars, connection).await?;
        Ok(())
    }

    /// Remembers that a copy is about to be written. `None` when it is to be thought over first.
    async fn begin(
        &self,
        ctx: &Ctx,
        calendar: &Calendar,
        copy: Option<&Copy>,
    ) -> Result<Option<Copy>> {
        let booking = self.booking();
        let mut tx = ctx.write().await?;
        self.lock(&mut tx, calendar).await?;
        let now = copies::find(&mut tx, self.account, booking.id, calendar.host_id).await?;
        if now.as_ref() != copy || !self.holds(&mut tx, calendar).await? {
            jobs::copy_soon(ctx, &mut tx, self.account, booking.id).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let known = match copy.cloned() {
            Some(copy) if copy.state == CopyState::Written => copy,
            // It may be there as it was to be then, by the name that it had then.
            Some(copy) if copy.state != CopyState::Gone && !copy.uid.is_empty() => Copy {
                time: Interval::new(
                    copy.time.start.min(booking.start),
                    copy.time.end.max(booking.end),
                ),
                state: CopyState::Pending,
                ..copy
            },
            _ => self.fresh(ctx, calendar, CopyState::Pending),
        };
        let begun = Copy {
            sequence: WRITING,
            fault: None,
            updated_at: ctx.clock.now(),
            ..known
        };
        copies::set(&mut tx, self.account, &begun).await?;
        tx.commit().await?;
        Ok(Some(begun))
    }

    /// A copy that is nowhere yet.
    fn fresh(&self, ctx: &Ctx, calendar: &Calendar, state: CopyState) -> Copy {
        let booking = self.booking();
        Copy {
            booking: booking.id,
            host: calendar.host_id,
            calendar: calendar.id,
            key: String::new(),
            uid: uid_of(booking.id, &ctx.site.url),
            etag: None,
            sequence: AGAIN,
            time: booking.time(),
            state,
            fault: None,
            updated_at: ctx.clock.now(),
        }
    }

    /// Remembers that writing has ended, and whether it was done is not known.
    async fn ended(
        &self,
        ctx: &Ctx,
        calendar: &Calendar,
        begun: &Copy,
        fault: &Fault,
    ) -> Result<()> {
        let mut tx = ctx.write().await?;
        self.lock(&mut tx, calendar).await?;
        let now = copies::find(&mut tx, self.account, begun.booking, begun.host).await?;
        if now.as_ref() == Some(begun) {
            let ended = Copy {
                sequence: AGAIN,
                fault: Some(cleaned(&fault.to_string(), MAX_FAULT)),
                ..begun.clone()
            };
            copies::set(&mut tx, self.account, &ended).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Puts a copy in, or changes it.
    async fn put(
        &self,
        ctx: &Ctx,
        calendar: &Calendar,
        copy: Option<&Copy>,
    ) -> Result<std::result::Result<(), Fault>> {
        let Some(connection) = ({
            let mut tx = ctx.read().await?;
            store::find(&mut tx, self.account, calendar.connection_id).await?
        }) else {
            return Ok(Ok(()));
        };
        let remote = match remote::open(ctx, &connection) {
            Ok(remote) => remote,
            Err(fault) => return Ok(Err(fault)),
        };
        let Some(begun) = self.begin(ctx, calendar, copy).await? else {
            return Ok(Ok(()));
        };
        let stored = self.settle(ctx, &remote, calendar, &begun).await;
        remote::keep(ctx, &connection, &remote).await?;
        let stored = match stored {
            Ok(stored) => stored,
            Err(fault) => {
                self.ended(ctx, calendar, &begun, &fault).await?;
                return Ok(Err(fault));
            }
        };
        let booking = self.booking();
        let mut copy = Copy {
            key: stored.key,
            etag: stored.etag.filter(|etag| is_plain(etag)),
            sequence: booking.sequence,
            time: booking.time(),
            state: CopyState::Written,
            fault: None,
            updated_at: ctx.clock.now(),
            ..begun.clone()
        };
        let mut tx = ctx.write().await?;
        self.lock(&mut tx, calendar).await?;
        let now = copies::find(&mut tx, self.account, booking.id, calendar.host_id).await?;
        let is_known = store::calendar(&mut tx, self.account, calendar.id)
            .await?
            .is_some();
        if !is_known || now.as_ref().is_some_and(|it| it.calendar != copy.calendar) {
            // It has gone into another one meanwhile, and is in the way here.
            drop(tx);
            let ended = take_away(&remote, &calendar.remote_id, &copy).await;
            remote::keep(ctx, &connection, &remote).await?;
            return Ok(or_gone(ended));
        }
        if now.as_ref() != Some(&begun) || !self.holds(&mut tx, calendar).await? {
            copy.sequence = AGAIN;
            jobs::copy_soon(ctx, &mut tx, self.account, booking.id).await?;
        }
        copies::set(&mut tx, self.account, &copy).await?;
        tx.touch(self.account, "bookings");
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Writes until nobody else was faster.
    async fn settle(
        &self,
        ctx: &Ctx,
        remote: &Remote,
        calendar: &Calendar,
        begun: &Copy,
    ) -> std::result::Result<Stored, Fault> {
        // The name that it was first given stays, whatever the server is called by now.
        let draft = self.draft(ctx, &begun.uid);
        let id = calendar.remote_id.as_str();
        let mut there = match begun.state {
            CopyState::Written => Self::look_up(remote, id, Some(&begun.key), &draft).await?,
            _ => None,
        };
        // What nobody remembers to have written is written as a whole.
        let mut whole = false;
        for _ in 0..ROUNDS {
            let put = match &there {
                None => remote.put(id, &draft, None).await,
                Some(found) if whole => remote.put(id, &draft, Some(&stored(found))).await,
                Some(found) => {
                    let draft = self.yielding(&draft, found, ctx.clock.now());
                    remote.put_time(id, &draft, &stored(found)).await
                }
            };
            match put {
                Ok(stored) => return Ok(stored),
                Err(Fault::Conflict) => {
                    whole |= there.is_none();
                    let key = there.as_ref().map(|it| it.key.as_str());
                    there = Self::look_up(remote, id, key, &draft).await?;
                }
                // Deleted there; but it has another time now, of which its host should know.
                Err(Fault::Gone) if there.is_some() => there = None,
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::Conflict)
    }

    /// The event as it is there now.
    async fn look_up(
        remote: &Remote,
        calendar: &str,
        key: Option<&str>,
        draft: &Draft,
    ) -> std::result::Result<Option<Object>, Fault> {
        let found = match key {
            Some(key) => remote.read(calendar, key).await.map(Some),
            // It was written, and nobody came to remember that.
            None => {
                remote
                    .find(calendar, &draft.uid, draft.start, draft.end)
                    .await
            }
        };
        match found {
            Err(Fault::Gone) => Ok(None),
            found => found,
        }
    }

    /// With what somebody wrote there, and our time.
    fn yielding(&self, draft: &Draft, found: &Object, stamp: Timestamp) -> Draft {
        let mut draft = draft.clone();
        if let Content::ICalendar(text) = &found.content {
            let ours = Ours {
                uid: &draft.uid,
                start: draft.start,
                end: draft.end,
                sequence: self.booking().sequence,
                stamp,
            };
            if let Some(text) = patched(text, &ours) {
                draft.ical = text;
            }
        }
        draft
    }

    fn draft(&self, ctx: &Ctx, uid: &str) -> Draft {
        let (booking, words) = (self.booking(), self.words);
        let title = self.detail.event_type.as_ref().map_or("", |it| &it.title);
        let title = format!("{title}: {}", booking.name);
        let title = title.trim_start_matches(": ").to_owned();
        let link = format!("{}/app/bookings/{}", ctx.site.url, booking.id);
        let mut lines = vec![format!("{} <{}>", booking.name, booking.email)];
        lines.extend(booking.phone.clone());
        for (question, answer) in answers(words, &self.detail) {
            lines.push(format!("{question}: {answer}"));
        }
        lines.push(link.clone());
        let description = lines.join("\n");
        let location = booking
            .location
            .as_ref()
            .map(|it| where_in_full(words, it))
            .filter(|it| !it.is_empty());
        // Nobody is invited by it: whoever takes part has been told by mail.
        let entry = Entry {
            uid,
            sequence: booking.sequence,
            stamp: booking.updated_at,
            start: booking.start,
            end: booking.end,
            summary: &title,
            description: &description,
            location: location.as_deref().unwrap_or_default(),
            url: &link,
            organizer: None,
            attendees: Vec::new(),
            cancelled: false,
            tentative: false,
        };
        Draft {
            uid: uid.to_owned(),
            start: booking.start,
            end: booking.end,
            ical: entry.object(),
            description,
            location,
            sequence: u32::try_from(booking.sequence).unwrap_or(u32::MAX),
            tentative: false,
            organizer: None,
            attendees: Vec::new(),
            title,
        }
    }

    /// A calendar did not do it. After the last attempt, people see that.
    async fn failed(
        &self,
        ctx: &Ctx,
        calendar: &Calendar,
        fault: &Fault,
        last: bool,
    ) -> Result<()> {
        let (booking, host) = (self.booking(), calendar.host_id);
        tracing::info!(
            booking = booking.id.get(),
            host = host.get(),
            %fault,
            "a booking cannot be put into a calendar, or taken out"
        );
        if !last {
            return Ok(());
        }
        let fault = cleaned(&fault.to_string(), MAX_FAULT);
        let mut tx = ctx.write().await?;
        self.lock(&mut tx, calendar).await?;
        let now = copies::find(&mut tx, self.account, booking.id, host).await?;
        let known = now.unwrap_or_else(|| self.fresh(ctx, calendar, CopyState::Failed));
        let failed = Copy {
            // What is there stays known, so that it can be changed or taken out later.
            state: match known.state {
                CopyState::Pending => CopyState::Failed,
                state => state,
            },
            fault: Some(fault.clone()),
            updated_at: ctx.clock.now(),
            ..known
        };
        copies::set(&mut tx, self.account, &failed).await?;
        let note = Note {
            action: "not_in_calendar",
            detail: json!({ "host_id": host, "calendar": calendar.name, "fault": fault }),
        };
        bookings::note_in(ctx, &mut tx, self.account, booking.id, &note).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn stored(found: &Object) -> Stored {
    Stored {
        key: found.key.clone(),
        etag: found.etag.clone(),
    }
}

/// Takes a copy out of its calendar, whoever has changed it since.
async fn take_out(
    ctx: &Ctx,
    account: AccountId,
    calendar: &Calendar,
    copy: &Copy,
) -> Result<std::result::Result<(), Fault>> {
    let Some(connection) = ({
        let mut tx = ctx.read().await?;
        store::find(&mut tx, account, calendar.connection_id).await?
    }) else {
        return Ok(Ok(()));
    };
    let remote = match remote::open(ctx, &connection) {
        Ok(remote) => remote,
        Err(fault) => return Ok(Err(fault)),
    };
    let ended = take_away(&remote, &calendar.remote_id, copy).await;
    remote::keep(ctx, &connection, &remote).await?;
    Ok(or_gone(ended))
}

/// What is gone need not be taken out.
fn or_gone(ended: std::result::Result<(), Fault>) -> std::result::Result<(), Fault> {
    match ended {
        Err(Fault::Gone) => Ok(()),
        ended => ended,
    }
}

fn is_being_written(copy: &Copy, now: Timestamp) -> bool {
    copy.sequence == WRITING && copy.updated_at <= now && now < copy.updated_at + LONGEST
}

fn being_written() -> Fault {
    Fault::Busy {
        retry_after: Some(SOON),
    }
}

/// Forgets a copy, unless it is another one by now.
async fn forget(ctx: &Ctx, account: AccountId, copy: &Copy) -> Result<bool> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::CalendarCopies, copy.booking.get())
        .await?;
    let now = copies::find(&mut tx, account, copy.booking, copy.host).await?;
    let same = now.as_ref() == Some(copy);
    if same {
        copies::delete(&mut tx, account, copy.booking, copy.host).await?;
        tx.commit().await?;
    }
    Ok(same || now.is_none())
}

async fn take_away(remote: &Remote, calendar: &str, copy: &Copy) -> std::result::Result<(), Fault> {
    if copy.key.is_empty() && copy.uid.is_empty() {
        return Ok(());
    }
    let mut known = if copy.key.is_empty() {
        // It may have been written, and nobody came to remember where.
        match remote
            .find(calendar, &copy.uid, copy.time.start, copy.time.end)
            .await?
        {
            Some(found) => stored(&found),
            None => return Ok(()),
        }
    } else {
        Stored {
            key: copy.key.clone(),
            etag: copy.etag.clone(),
        }
    };
    let ended = remote.remove(calendar, &known).await;
    if ended != Err(Fault::Conflict) {
        return ended;
    }
    // It does not take place, whatever else was written into it.
    known.etag = None;
    remote.remove(calendar, &known).await
}

/// Takes the copies of what is to come out of the calendars of a connection, and then the connection away. After the last
/// attempt it is away in any case.
pub(super) async fn leave(
    ctx: &Ctx,
    account: AccountId,
    id: ConnectionId,
    last: bool,
) -> Result<std::result::Result<(), Fault>> {
    let calendars = store::calendars(&mut *ctx.read().await?, account, id).await?;
    let ids: Vec<_> = calendars.iter().map(|it| it.id).collect();
    'out: loop {
        let now = ctx.clock.now();
        let found = {
            let mut tx = ctx.read().await?;
            copies::of_calendars(&mut tx, account, &ids, now, AT_ONCE).await?
        };
        if found.is_empty() {
            break;
        }
        for copy in found {
            let Some(calendar) = calendars.iter().find(|it| it.id == copy.calendar) else {
                continue;
            };
            let ended = if is_being_written(&copy, now) {
                Err(being_written())
            } else {
                take_out(ctx, account, calendar, &copy).await?
            };
            match ended {
                Err(fault) if !last => return Ok(Err(fault)),
                _ => {}
            }
            // If it is another one by now, it is found again.
            let is_away = forget(ctx, account, &copy).await?;
            if last && !is_away {
                break 'out;
            }
        }
    }
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    for calendar in &calendars {
        store::delete_calendar(&mut tx, account, calendar.id).await?;
    }
    store::delete(&mut tx, account, id).await?;
    if let Some(calendar) = calendars.first() {
        // Whatever waited for it to be gone.
        jobs::copy_all_soon(ctx, &mut tx, account, calendar.host_id).await?;
    }
    tx.touch(account, "bookings");
    tx.commit().await?;
    Ok(Ok(()))
}
