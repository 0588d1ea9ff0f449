//! Connecting calendars by signing in at Google or Microsoft, and coming back.
//!
//! Nothing is stored in between: the `state` that goes there and comes back holds all of it, sealed. It is worth nothing
//! to whoever is not the same person in the same session, nor after a quarter of an hour; and a code is used once.

use std::time::Duration;

use calendars::oauth::Attempt;
use ctx::{Ctx, Purpose};
use data_encoding::BASE64URL_NOPAD;
use db::LockClass;
use kernel::{AccountId, Error, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::connect::{begun, called, insert, listed, revive};
use super::{Detail, Who, audit, connection_for, host_for, snapshot};
use crate::calendars::model::{Connection, Kind, Secret, State, WhenUnreachable};
use crate::calendars::remote;
use crate::calendars::store;
use crate::{ConnectionId, HostId};

/// How long somebody may take to sign in.
const VALID: Duration = Duration::from_mins(15);
const MAX_STATE: usize = 4_000;
const MAX_CODE: usize = 4_000;

/// Where somebody wants to sign in.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BeginCalendarSignIn)]
pub struct Begin {
    /// `google` or `microsoft`.
    pub kind: Kind,
    /// A connection that wants its owner to sign in again; a new one is made unless given.
    #[serde(default)]
    pub connection_id: Option<ConnectionId>,
    /// What holds while it cannot be read.
    #[serde(default)]
    pub when_unreachable: WhenUnreachable,
    /// The page of the app to come back to, such as `/app/bookings/hosts`; the query says what became of it:
    /// `calendar_connection` with an id, or `calendar_error`.
    #[serde(default)]
    pub return_to: Option<String>,
}

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarSignIn)]
pub struct Begun {
    /// The page of the service at which the person signs in. It is good for 15 minutes, in this session.
    #[schema(example = "https://accounts.google.com/o/oauth2/v2/auth?client_id=...")]
    pub url: String,
}

/// What goes there and comes back.
#[derive(Serialize, Deserialize)]
struct Trip {
    account: AccountId,
    host: HostId,
    user: UserId,
    /// Of the session in which it began. A program has none; who comes back for it is the user whose it is.
    session: Option<[u8; 32]>,
    kind: Kind,
    connection: Option<ConnectionId>,
    when_unreachable: WhenUnreachable,
    verifier: String,
    return_to: String,
    until: Timestamp,
}

/// Where people come back to unless they say.
const HOME: &str = "/app/bookings/hosts";

/// Where to send somebody to sign in.
pub async fn begin(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    session: Option<[u8; 32]>,
    host: HostId,
    wish: Begin,
) -> Result<Begun> {
    let mut hint = None;
    {
        let mut tx = ctx.read().await?;
        host_for(&mut tx, account, who, host).await?;
        if let Some(id) = wish.connection_id {
            let (found, _) = connection_for(&mut tx, account, who, id).await?;
            if found.host_id != host || found.kind != wish.kind {
                return Err(Error::invalid(
                    "connection_id",
                    "unknown",
                    "this is no connection of the host by this kind",
                ));
            }
            hint = found.user_name;
        }
    }
    let oauth = remote::sign_in(ctx, wish.kind)?;
    let return_to = wish.return_to.unwrap_or_else(|| HOME.to_owned());
    if !is_ours(&return_to) {
        return Err(Error::invalid(
            "return_to",
            "invalid",
            "give the path of a page of the app, which begins with /app/",
        ));
    }
    let mut attempt = Attempt::new(&ctx.rng);
    let trip = Trip {
        account,
        host,
        user: who.user,
        session,
        kind: wish.kind,
        connection: wish.connection_id,
        when_unreachable: wish.when_unreachable,
        verifier: attempt.verifier.clone(),
        return_to,
        until: ctx.clock.now() + VALID,
    };
    let clear = serde_json::to_vec(&trip).map_err(Error::internal)?;
    attempt.state = BASE64URL_NOPAD.encode(&ctx.secrets.seal(Purpose::SignIn, &clear));
    let url = oauth
        .authorize_url(&attempt, hint.as_deref())
        .map_err(Error::internal)?;
    Ok(Begun { url })
}

/// A page of the app, and nothing that a browser takes for another server.
fn is_ours(path: &str) -> bool {
    path.len() <= 500
        && path.starts_with("/app/")
        && path.chars().all(|c| {
            c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~' | '?' | '=' | '&')
        })
        && !path.contains("//")
}

fn opened(ctx: &Ctx, state: &str) -> Option<Trip> {
    if state.len() > MAX_STATE {
        return None;
    }
    let sealed = BASE64URL_NOPAD.decode(state.as_bytes()).ok()?;
    let clear = ctx.secrets.open(Purpose::SignIn, &sealed).ok()?;
    serde_json::from_slice(&clear).ok()
}

/// The page that somebody with this state wants to come back to.
pub(in crate::calendars) fn return_to(ctx: &Ctx, state: &str) -> String {
    opened(ctx, state).map_or_else(|| HOME.to_owned(), |trip| trip.return_to)
}

/// Somebody is back with a code.
pub async fn finish(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    session: Option<[u8; 32]>,
    state: &str,
    code: &str,
) -> Result<Detail> {
    let over = || {
        Error::invalid(
            "state",
            "invalid",
            "this sign-in began somewhere else or too long ago; begin again",
        )
    };
    let trip = opened(ctx, state).ok_or_else(over)?;
    let same_session = trip.session.is_none() || trip.session == session;
    if trip.account != account
        || trip.user != who.user
        || !same_session
        || trip.until <= ctx.clock.now()
    {
        return Err(over());
    }
    host_for(&mut *ctx.read().await?, account, who, trip.host).await?;
    if code.is_empty() || code.len() > MAX_CODE {
        return Err(Error::invalid("code", "invalid", "begin again"));
    }
    let oauth = remote::sign_in(ctx, trip.kind)?;
    let tokens = oauth
        .exchange(code, &trip.verifier)
        .await
        .map_err(|fault| Error::invalid("code", "invalid", fault.to_string()))?;
    let secret = Secret::Tokens { tokens };
    let mut one = begun(ctx, account, trip.host, trip.kind, &secret)?;
    one.when_unreachable = trip.when_unreachable;
    let found = listed(ctx, &one).await?;
    let own = found.iter().find(|it| it.primary);
    one.user_name = own.and_then(|it| {
        let owner = it.owner.clone();
        // Google names the primary calendar by the address of its owner.
        owner.or_else(|| Some(it.id.clone()).filter(|id| id.contains('@')))
    });
    one.name = called(&one, &found);
    if one.name.is_empty() {
        one.name = match one.kind {
            Kind::Google => "Google".to_owned(),
            _ => "Microsoft 365".to_owned(),
        };
    }
    let again = same_account(ctx, account, who, &trip, &one).await?;
    let Some(id) = again else {
        return insert(ctx, who, &one, &found).await;
    };
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    let (before, _) = connection_for(&mut tx, account, who, id).await?;
    let mut kept = before.clone();
    kept.secret = one.secret;
    revive(ctx, &mut tx, &mut kept, &found).await?;
    let both = (Some(snapshot(&before)), Some(snapshot(&kept)));
    audit(ctx, &mut tx, who, "calendar.signed_in", &kept, both).await?;
    let calendars = store::calendars(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(Detail {
        connection: kept,
        calendars,
    })
}

/// The connection that whoever signed in again has already. Another account there is another connection.
async fn same_account(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    trip: &Trip,
    new: &Connection,
) -> Result<Option<ConnectionId>> {
    let mut tx = ctx.read().await?;
    if let Some(id) = trip.connection {
        let (found, _) = connection_for(&mut tx, account, who, id).await?;
        if found.user_name != new.user_name {
            return Err(Error::invalid(
                "code",
                "not_allowed",
                format!(
                    "this is another account; sign in as {}",
                    found.user_name.unwrap_or(found.name)
                ),
            ));
        }
        return Ok(Some(id));
    }
    let all = store::of_host(&mut tx, account, trip.host).await?;
    let same = all.into_iter().find(|it| {
        it.state != State::Leaving
            && it.kind == new.kind
            && it.user_name.is_some()
            && it.user_name == new.user_name
    });
    Ok(same.map(|it| it.id))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn people_come_back_to_pages_of_the_app_only() {
        for path in [
            "/app/bookings/hosts",
            "/app/bookings/hosts?host=12&tab=calendars",
            "/app/",
        ] {
            assert!(is_ours(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/api/hosts",
            "//evil.example.com/app/",
            "/app//evil.example.com",
            "https://evil.example.com/app/",
            "/app/\\evil.example.com",
            "/app/#x",
            "/app/\r\nx: y",
            "/app/%0d",
        ] {
            assert!(!is_ours(path), "{path}");
        }
    }
}
