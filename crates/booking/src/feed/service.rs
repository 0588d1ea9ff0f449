//! Use cases of feeds.

use std::collections::HashMap;
use std::time::Duration;

use ctx::{Ctx, Token};
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Result, Timestamp};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::store;
use crate::bookings::{self, ListQuery, Status};
use crate::ical::{Calendar, Entry, Method};
use crate::public::{Words, place};
use crate::{HostId, event_types, hosts};

/// How far back and ahead a feed goes.
const BACK: Duration = Duration::from_hours(24 * 60);
const AHEAD: Duration = Duration::from_hours(24 * 400);
/// Most pages of bookings in it.
const PAGES: usize = 5;

/// Whether a host's calendar can be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = HostCalendar)]
pub struct Feed {
    /// Since when its address is this one; absent: there is none.
    #[schema(required)]
    pub created_at: Option<Timestamp>,
}

/// The address of a host's calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PublishedHostCalendar)]
pub struct Published {
    /// A secret: whoever has it sees the bookings. Told this once.
    #[schema(example = "https://mail.example.com/calendars/AAAA.ics")]
    pub url: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// Whether there is one.
pub async fn find(ctx: &Ctx, account: AccountId, host: HostId) -> Result<Feed> {
    let mut tx = ctx.read().await?;
    hosts::exists_in(&mut tx, account, host).await?;
    let found = store::find(&mut tx, account, host).await?;
    Ok(Feed {
        created_at: found.map(|(_, created_at)| created_at),
    })
}

/// Makes an address. One that there was before leads nowhere any more. `url` is where this server is.
pub async fn publish(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    host: HostId,
    url: &str,
) -> Result<Published> {
    let token = Token::new(account, host.get(), ctx.rng.bytes());
    let created_at = ctx.clock.now();
    let mut tx = ctx.write().await?;
    hosts::exists_in(&mut tx, account, host).await?;
    store::set(
        &mut tx,
        account,
        host,
        &Sha256::digest(token.as_bytes()),
        created_at,
    )
    .await?;
    let (kind, subject) = ("host.calendar_published", ("host", host));
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        kind,
        subject,
        None,
        Some(json!({})),
    )
    .await?;
    tx.commit().await?;
    Ok(Published {
        url: format!("{url}/calendars/{token}.ics"),
        created_at,
    })
}

/// Takes the address back.
pub async fn withdraw(ctx: &Ctx, account: AccountId, actor: &Actor, host: HostId) -> Result<()> {
    let mut tx = ctx.write().await?;
    hosts::exists_in(&mut tx, account, host).await?;
    if store::remove(&mut tx, account, host).await? {
        let (kind, subject) = ("host.calendar_withdrawn", ("host", host));
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            kind,
            subject,
            Some(json!({})),
            None,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The calendar at an address; "not found" for one that is none.
pub async fn read(ctx: &Ctx, token: &str, url: &str) -> Result<String> {
    let unknown = || Error::not_found("calendar", "");
    let token = Token::parse(token).ok_or_else(unknown)?;
    let (account, host) = (token.account(), HostId::from(token.id()));
    // Hashes are compared, so how long it takes says nothing about the token.
    let known = store::find(&mut *ctx.read().await?, account, host).await?;
    if known.is_none_or(|(hash, _)| hash != Sha256::digest(token.as_bytes()).as_slice()) {
        return Err(unknown());
    }
    let host = hosts::get(ctx, account, host).await?;
    let language = identity::accounts::get(&mut *ctx.read().await?, account)
        .await?
        .language;
    let words = Words::of(Some(&language));
    let titles: HashMap<_, _> = event_types::list(ctx, account)
        .await?
        .into_iter()
        .map(|event| (event.id, event.title))
        .collect();
    let now = ctx.clock.now();
    let mut query = ListQuery {
        host: Some(host.id),
        statuses: vec![
            Status::Pending,
            Status::Confirmed,
            Status::Completed,
            Status::NoShow,
        ],
        from: Some(now - BACK),
        until: Some(now + AHEAD),
        limit: Limit::try_new(Limit::MAX)?,
        ..ListQuery::default()
    };
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let page = bookings::list(ctx, account, &query).await?;
        all.extend(page.data);
        let Some(next) = page.next_cursor else { break };
        query.cursor = Some(Cursor::decode(&next)?);
    }
    let server = url.split("://").nth(1).unwrap_or(url);
    let server = server.split(['/', ':']).next().unwrap_or(server);
    let texts: Vec<[String; 4]> = all
        .iter()
        .map(|booking| {
            let title = titles
                .get(&booking.event_type_id)
                .map_or("", String::as_str);
            [
                format!("booking-{}@{server}", booking.id),
                format!("{title}: {}", booking.name),
                (booking.location.as_ref()).map_or_else(String::new, |it| place(words, it)),
                format!("{url}/app/bookings/{}", booking.id),
            ]
        })
        .collect();
    let entries = all
        .iter()
        .zip(&texts)
        .map(|(booking, [uid, summary, location, link])| Entry {
            uid,
            sequence: booking.sequence,
            stamp: booking.updated_at,
            start: booking.start,
            end: booking.end,
            summary,
            description: "",
            location,
            url: link,
            organizer: None,
            attendees: Vec::new(),
            cancelled: false,
            tentative: booking.status == Status::Pending,
        });
    Ok(Calendar {
        method: Method::Publish,
        name: &host.name,
        entries: entries.collect(),
    }
    .write())
}
