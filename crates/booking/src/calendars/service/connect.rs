//! Connecting calendars with what their owner types: an address, a password.

use std::time::Duration;

use calendars::{Fault, Listed};
use ctx::{Ctx, Purpose};
use db::{LockClass, WriteTx};
use kernel::{AccountId, Error, Result, text};
use serde::Deserialize;

use super::{Detail, MOST, Who, audit, host_for, snapshot};
use crate::HostId;
use crate::calendars::expand::cleaned;
use crate::calendars::jobs;
use crate::calendars::model::{Connection, Kind, Secret, State, WhenUnreachable};
use crate::calendars::remote;
use crate::calendars::store;

/// How long somebody who connects a calendar waits for its server.
const WAIT: Duration = Duration::from_secs(25);
const MAX_NAME: usize = 200;
const MAX_ADDRESS: usize = 2_000;
const MAX_SECRET: usize = 1_000;

/// What a connection is made from.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = NewCalendarConnection)]
pub enum NewConnection {
    /// A calendar to be read, at an address of iCalendar.
    Feed {
        /// `https://` or `webcal://`. Whoever knows it sees the calendar, so it is not shown again.
        url: String,
        /// What it is called; what the calendar calls itself unless given.
        #[serde(default)]
        name: Option<String>,
        /// What holds while it cannot be read.
        #[serde(default)]
        when_unreachable: WhenUnreachable,
    },
    /// An account on a server with CalDAV.
    Caldav {
        /// Of the server: `https://caldav.icloud.com`, or where a program for calendars is told to look.
        address: String,
        /// Who signs in.
        user_name: String,
        /// A password for programs, made for this purpose where the service offers that. It is not shown again.
        password: String,
        /// What it is called; the user name unless given.
        #[serde(default)]
        name: Option<String>,
        /// What holds while it cannot be read.
        #[serde(default)]
        when_unreachable: WhenUnreachable,
    },
}

impl std::fmt::Debug for NewConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewConnection(hidden)")
    }
}

/// Connects calendars of a host, after their server was asked for them.
pub async fn connect(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    host: HostId,
    new: NewConnection,
) -> Result<Detail> {
    host_for(&mut *ctx.read().await?, account, who, host).await?;
    let (kind, address, user_name, secret, name, when_unreachable) = match new {
        NewConnection::Feed {
            url,
            name,
            when_unreachable,
        } => {
            let url = checked_address(&url, "url")?;
            let domain = domain_of(&url);
            let secret = Secret::Feed { url };
            (
                Kind::Feed,
                Some(domain),
                None,
                secret,
                name,
                when_unreachable,
            )
        }
        NewConnection::Caldav {
            address,
            user_name,
            password,
            name,
            when_unreachable,
        } => {
            let address = checked_address(&address, "address")?;
            let user_name = checked_line(&user_name, MAX_NAME, "user_name")?;
            let secret = checked_password(&password)?;
            let user_name = Some(user_name);
            (
                Kind::Caldav,
                Some(address),
                user_name,
                secret,
                name,
                when_unreachable,
            )
        }
    };
    let name = match name.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        Some(name) => Some(checked_line(name, MAX_NAME, "name")?),
        None => None,
    };
    let mut one = Connection {
        name: name.clone().unwrap_or_default(),
        address,
        user_name,
        when_unreachable,
        ..begun(ctx, account, host, kind, &secret)?
    };
    let listed = listed(ctx, &one).await?;
    if name.is_none() {
        one.name = called(&one, &listed);
    }
    insert(ctx, who, &one, &listed).await
}

/// A connection that has just been made, and its calendars listed.
pub(super) fn begun(
    ctx: &Ctx,
    account: AccountId,
    host: HostId,
    kind: Kind,
    secret: &Secret,
) -> Result<Connection> {
    let now = ctx.clock.now();
    Ok(Connection {
        account,
        id: ctx.ids.next(),
        host_id: host,
        kind,
        name: String::new(),
        address: None,
        user_name: None,
        when_unreachable: WhenUnreachable::default(),
        state: State::Ok,
        fault: None,
        failures: 0,
        broken_since: None,
        synced_at: None,
        sync_at: now,
        listed_at: Some(now),
        created_at: now,
        updated_at: now,
        secret: seal(ctx, secret)?,
    })
}

/// What a connection is called unless somebody says.
pub(super) fn called(one: &Connection, listed: &[Listed]) -> String {
    let own = match one.kind {
        Kind::Feed => listed
            .first()
            .map(|it| it.name.clone())
            .filter(|it| !it.trim().is_empty()),
        _ => one.user_name.clone(),
    };
    let name = own.or_else(|| one.address.clone()).unwrap_or_default();
    cleaned(name.trim(), MAX_NAME)
}

/// Writes a new connection, and has it read at once.
pub(super) async fn insert(
    ctx: &Ctx,
    who: &Who,
    one: &Connection,
    listed: &[Listed],
) -> Result<Detail> {
    let account = one.account;
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Host, one.host_id.get()).await?;
    host_for(&mut tx, account, who, one.host_id).await?;
    if store::of_host(&mut tx, account, one.host_id).await?.len() >= MOST {
        return Err(Error::conflict(
            "too_many_connections",
            format!("a host has at most {MOST} connections; disconnect one first"),
        ));
    }
    store::insert(&mut tx, one).await?;
    remote::take_list(ctx, &mut tx, one, listed, true).await?;
    jobs::read_soon(ctx, &mut tx, account, one.id).await?;
    let after = Some(snapshot(one));
    audit(ctx, &mut tx, who, "calendar.connected", one, (None, after)).await?;
    let calendars = store::calendars(&mut tx, account, one.id).await?;
    tx.commit().await?;
    Ok(Detail {
        connection: one.clone(),
        calendars,
    })
}

/// Has a connection with a new secret read, whatever was wrong with it before.
pub(super) async fn revive(
    ctx: &Ctx,
    tx: &mut WriteTx,
    one: &mut Connection,
    listed: &[Listed],
) -> Result<()> {
    let now = ctx.clock.now();
    one.state = State::Ok;
    one.fault = None;
    one.failures = 0;
    one.broken_since = None;
    one.sync_at = now;
    one.listed_at = Some(now);
    one.updated_at = now;
    store::update(tx, one).await?;
    store::set_secret(tx, one.account, one.id, one.secret.clone()).await?;
    // What a token was given for may be another calendar.
    store::forget_tokens(tx, one.account, one.id).await?;
    remote::take_list(ctx, tx, one, listed, false).await?;
    jobs::copy_all_soon(ctx, tx, one.account, one.host_id).await?;
    jobs::read_soon(ctx, tx, one.account, one.id).await
}

/// Asks the server of a connection for its calendars.
pub(super) async fn listed(ctx: &Ctx, one: &Connection) -> Result<Vec<Listed>> {
    let answer = async {
        let remote = remote::open(ctx, one)?;
        remote.list().await
    };
    let answer = match tokio::time::timeout(WAIT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(Fault::Unreachable(
            "the server did not answer in time".to_owned(),
        )),
    };
    let listed = answer.map_err(|fault| explained(one.kind, &fault))?;
    if listed.is_empty() {
        return Err(Error::invalid(
            field_of_address(one.kind),
            "invalid",
            "there is no calendar: make one there first",
        ));
    }
    Ok(listed)
}

fn field_of_address(kind: Kind) -> &'static str {
    match kind {
        Kind::Feed => "url",
        Kind::Caldav => "address",
        Kind::Google | Kind::Microsoft => "code",
    }
}

/// A fault as the person sees it who types an address and a password.
fn explained(kind: Kind, fault: &Fault) -> Error {
    let address = field_of_address(kind);
    match (fault, kind) {
        (Fault::Unauthorized(_), Kind::Caldav) => Error::invalid(
            "password",
            "invalid",
            "the server does not let this user name and password in; many services want a password made for programs",
        ),
        (Fault::Unauthorized(_), Kind::Feed) => Error::invalid(
            address,
            "invalid",
            "the server wants somebody to sign in; use the secret address of the calendar",
        ),
        (Fault::Gone, _) => {
            Error::invalid(address, "invalid", "there is no calendar at this address")
        }
        (Fault::Busy { retry_after }, _) => Error::RateLimited {
            retry_after: retry_after.unwrap_or(Duration::from_mins(1)),
        },
        (fault, _) => Error::invalid(address, "invalid", fault.to_string()),
    }
}

pub(super) fn seal(ctx: &Ctx, secret: &Secret) -> Result<Vec<u8>> {
    let clear = serde_json::to_vec(secret).map_err(Error::internal)?;
    Ok(ctx.secrets.seal(Purpose::Calendar, &clear))
}

/// An address with the scheme that servers know. Whether it may be asked is seen when it is.
pub(super) fn checked_address(url: &str, field: &'static str) -> Result<String> {
    let url = url.trim();
    let url = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcal") => format!("https://{rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcals") => format!("https://{rest}"),
        Some(_) => url.to_owned(),
        None => format!("https://{url}"),
    };
    checked_line(&url, MAX_ADDRESS, field)
}

pub(super) fn checked_password(password: &str) -> Result<Secret> {
    // Whoever copies it takes a blank along; none begins or ends with one.
    let password = password.trim();
    if password.is_empty() {
        return Err(Error::invalid("password", "required", "enter a password"));
    }
    text::check_line(password, MAX_SECRET)
        .map_err(|fault| Error::Invalid(vec![fault.at("password")]))?;
    Ok(Secret::Password {
        password: password.to_owned(),
    })
}

pub(super) fn checked_line(line: &str, max: usize, field: &'static str) -> Result<String> {
    let line = text::one_line(line, max).map_err(|fault| Error::Invalid(vec![fault.at(field)]))?;
    if line.is_empty() {
        return Err(Error::invalid(field, "required", "must not be empty"));
    }
    Ok(line.to_owned())
}

/// The domain of an address: all of it that may be shown.
pub(super) fn domain_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let domain = rest.split(['/', '?', '#']).next().unwrap_or_default();
    domain.rsplit('@').next().unwrap_or_default().to_owned()
}
