//! From a connection to whoever answers for it, and what it says of itself.

use calendars::caldav::CalDav;
use calendars::feed::Feed;
use calendars::google::Google;
use calendars::microsoft::Microsoft;
use calendars::oauth::{App, OAuth, Provider, Renewed};
use calendars::{Fault, Listed, Remote};
use ctx::{Ctx, Purpose, Registered};
use db::{LockClass, Tx};
use kernel::{Error, Result};

use super::expand::{cleaned, is_plain};
use super::model::{Calendar, Connection, Kind, Secret};
use super::store;

/// Where people come back to who have signed in elsewhere.
pub(super) const REDIRECT: &str = "/oauth/calendars";
/// Most calendars of a connection.
const MOST: usize = 200;
/// Bytes of what a server calls a calendar: of CalDAV it is an address.
const MAX_ID: usize = 2_000;
/// What a feed is called in place of its address, which is a secret.
const FEED: &str = "feed";

/// The address that programs of ours must be allowed to send people back to.
pub(super) fn redirect_url(ctx: &Ctx) -> String {
    format!("{}{REDIRECT}", ctx.site.url)
}

/// Where people sign in of a kind; a conflict if the operator has registered nothing there.
pub(super) fn sign_in(ctx: &Ctx, kind: Kind) -> Result<OAuth> {
    let (registered, provider) = match kind {
        Kind::Google => (&ctx.site.google, Provider::google()),
        Kind::Microsoft => (&ctx.site.microsoft, Provider::microsoft("common")),
        Kind::Feed | Kind::Caldav => {
            return Err(Error::invalid(
                "kind",
                "not_allowed",
                "choose google or microsoft; the others are connected by an address",
            ));
        }
    };
    let Some(registered) = registered else {
        return Err(Error::conflict(
            "not_registered",
            "this server is not registered there; its operator can do that",
        ));
    };
    Ok(with(ctx, registered, provider))
}

fn with(ctx: &Ctx, registered: &Registered, mut provider: Provider) -> OAuth {
    if let Some(url) = &registered.sign_in {
        provider.authorize.clone_from(url);
    }
    if let Some(url) = &registered.tokens {
        provider.token.clone_from(url);
    }
    let app = App {
        client_id: registered.client_id.clone(),
        client_secret: registered.client_secret.clone(),
        redirect: redirect_url(ctx),
    };
    OAuth::new(ctx.http.clone(), ctx.clock.clone(), provider, app)
}

/// Whoever answers for a connection.
pub(super) fn open(ctx: &Ctx, one: &Connection) -> std::result::Result<Remote, Fault> {
    let secret = secret_of(ctx, one)?;
    let http = ctx.http.clone();
    match (one.kind, secret) {
        (Kind::Feed, Secret::Feed { url }) => Ok(Remote::Feed(Feed::new(http, &url)?)),
        (Kind::Caldav, Secret::Password { password }) => {
            let address = one.address.as_deref().unwrap_or_default();
            let user = one.user_name.as_deref().unwrap_or_default();
            Ok(Remote::CalDav(CalDav::new(http, address, user, &password)?))
        }
        (kind @ (Kind::Google | Kind::Microsoft), Secret::Tokens { tokens }) => {
            let oauth = sign_in(ctx, kind).map_err(|error| Fault::Refused(error.to_string()))?;
            let base = |registered: &Option<Registered>| registered.as_ref()?.api.clone();
            Ok(if kind == Kind::Google {
                let google = Google::new(oauth, tokens);
                Remote::Google(match base(&ctx.site.google) {
                    Some(base) => google.with_base(&base),
                    None => google,
                })
            } else {
                let microsoft = Microsoft::new(oauth, tokens);
                Remote::Microsoft(match base(&ctx.site.microsoft) {
                    Some(base) => microsoft.with_base(&base),
                    None => microsoft,
                })
            })
        }
        _ => Err(Fault::Unauthorized("connect it again".to_owned())),
    }
}

/// Keeps the tokens that it was given meanwhile, and returns the secret that they are now.
pub(super) async fn keep(ctx: &Ctx, one: &Connection, remote: &Remote) -> Result<Option<Vec<u8>>> {
    let Some(Renewed { before, now }) = remote.tokens_to_keep() else {
        return Ok(None);
    };
    let clear = serde_json::to_vec(&Secret::Tokens { tokens: now }).map_err(Error::internal)?;
    let sealed = ctx.secrets.seal(Purpose::Calendar, &clear);
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, one.id.get()).await?;
    let kept = store::find(&mut tx, one.account, one.id).await?;
    // Somebody who has signed in again meanwhile has better ones.
    if let Some(Ok(Secret::Tokens { tokens })) = kept.as_ref().map(|it| secret_of(ctx, it))
        && tokens == before
    {
        store::set_secret(&mut tx, one.account, one.id, sealed.clone()).await?;
        tx.commit().await?;
        return Ok(Some(sealed));
    }
    Ok(None)
}

fn secret_of(ctx: &Ctx, one: &Connection) -> std::result::Result<Secret, Fault> {
    let clear = ctx
        .secrets
        .open(Purpose::Calendar, &one.secret)
        .map_err(|error| Fault::Unauthorized(error.to_string()))?;
    serde_json::from_slice(&clear).map_err(|_| Fault::Unauthorized("connect it again".to_owned()))
}

/// Takes over what a server says of its calendars. Those that are used for something stay when they are not listed any
/// more: what they say is taken is not free for that.
pub(super) async fn take_list(
    ctx: &Ctx,
    tx: &mut Tx,
    one: &Connection,
    listed: &[Listed],
    first: bool,
) -> Result<()> {
    let account = one.account;
    let known = store::calendars(tx, account, one.id).await?;
    let mut there = Vec::new();
    let has_id = |it: &&Listed| it.id.len() <= MAX_ID && !it.id.chars().any(char::is_control);
    let listed: Vec<Listed> = (listed.iter().take(MOST).filter(has_id))
        .map(|it| named(one, it.clone()))
        .collect();
    for (place, calendar) in listed.iter().enumerate() {
        if listed[..place].iter().any(|it| it.id == calendar.id) {
            continue;
        }
        if let Some(same) = known.iter().find(|it| it.remote_id == calendar.id) {
            store::update_calendar(tx, account, same.id, calendar).await?;
            there.push(same.id);
        } else {
            let blocks = first && blocks_first(&listed, calendar);
            let (id, now) = (ctx.ids.next(), ctx.clock.now());
            store::insert_calendar(tx, one, id, calendar, blocks, now).await?;
        }
    }
    let lost = |it: &&Calendar| !there.contains(&it.id) && !it.is_read();
    for calendar in known.iter().filter(lost) {
        store::delete_calendar(tx, account, calendar.id).await?;
    }
    Ok(())
}

fn named(one: &Connection, mut listed: Listed) -> Listed {
    if one.kind == Kind::Feed {
        FEED.clone_into(&mut listed.id);
    }
    for text in [&mut listed.color, &mut listed.zone, &mut listed.owner] {
        *text = text.take().filter(|it| is_plain(it));
    }
    let name = cleaned(listed.name.trim(), 200);
    listed.name = if name.is_empty() {
        one.name.clone()
    } else {
        name
    };
    listed
}

/// Whether a calendar blocks unless somebody says otherwise: the only one, the primary one, or else those that are the
/// host's own to write into.
fn blocks_first(all: &[Listed], one: &Listed) -> bool {
    match all.len() {
        1 => true,
        _ if all.iter().any(|it| it.primary) => one.primary,
        _ => one.writable,
    }
}
