//! Signing in and out, changing the password, switching the account.

use ctx::Ctx;
use db::{Tx, WriteTx};
use kernel::text::breaks_line;
use kernel::{AccountId, Error, Result, UserId, fold};
use serde_json::json;

use super::model::{Client, IDLE, LIFETIME, NewSession, SignIn};
use super::store;
use super::throttle::{Key, WINDOW};
use crate::audit::audit;
use crate::auth::{Actor, SecretHash, hash_secret};
use crate::input::Faults;
use crate::passwords::{self, Password};
use crate::users::{self, User};

/// The longest name of a browser that is kept.
const LONGEST_USER_AGENT: usize = 255;

/// Opens a session for whoever knows the password.
pub(crate) async fn sign_in(ctx: &Ctx, attempt: SignIn) -> Result<NewSession> {
    let email = Key::email(&attempt.email);
    let network = attempt.client.ip.map(Key::network);
    // The network first: once it is out of attempts, it can no longer use up those of an address.
    for key in [network, Some(email)].into_iter().flatten() {
        count(ctx, key).await?;
    }
    let folded = folded_address(&attempt.email);
    let found = users::password_of(&mut *ctx.read().await?, &folded).await?;
    let (user, hash) = found.unzip();
    let right = passwords::verify(&attempt.password, hash.clone()).await?;
    let (Some(user), Some(hash), true) = (user, hash, right) else {
        tracing::warn!(ip = ?attempt.client.ip, "a sign-in failed");
        return Err(wrong());
    };
    let mut tx = ctx.write().await?;
    // Meanwhile the password may have been changed: then this sign-in was with the old one.
    let now = users::password_of(&mut tx, &folded).await?;
    if now != Some((user, hash)) {
        return Err(wrong());
    }
    store::forget_attempts(&mut tx, &email.hash).await?;
    if let Some(network) = network {
        store::give_back(&mut tx, &network.hash).await?;
    }
    let session = open_in(ctx, &mut tx, user, None, attempt.client).await?;
    tx.commit().await?;
    Ok(session)
}

/// The same for an unknown address and a wrong password.
fn wrong() -> Error {
    Error::invalid(
        "password",
        "wrong_credentials",
        "the address or the password is wrong",
    )
}

/// As users are stored: with the domain in ASCII, if it is an address at all.
fn folded_address(email: &str) -> String {
    kernel::EmailAddress::parse(email).map_or_else(|_| fold(email.trim()), |e| e.folded())
}

/// Counts an attempt before it is made, so that a hundred at once are not a hundred guesses.
async fn count(ctx: &Ctx, key: Key) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let (attempts, ends_at) = store::count_attempt(&mut tx, &key.hash, now, now + WINDOW).await?;
    tx.commit().await?;
    if attempts > key.limit {
        return Err(Error::RateLimited {
            retry_after: ends_at.since(now),
        });
    }
    Ok(())
}

/// A new session of somebody who has proved who they are.
pub(crate) async fn open_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: UserId,
    account: Option<AccountId>,
    mut client: Client,
) -> Result<NewSession> {
    let now = ctx.clock.now();
    let account = match account {
        Some(account) => Some(account),
        None => store::account_to_open(tx, user).await?,
    };
    let secret = ctx.rng.token();
    let session = NewSession {
        hash: hash_secret(&secret),
        secret,
        user,
        account,
        expires_at: now + LIFETIME,
    };
    client.user_agent = client.user_agent.map(|agent| {
        let printable = agent.chars().filter(|c| !breaks_line(*c));
        printable.take(LONGEST_USER_AGENT).collect()
    });
    store::insert(tx, &session, &client, now).await?;
    if let Some(account) = account {
        audit(
            ctx,
            tx,
            account,
            &Actor::user(user),
            "session.created",
            ("user", user),
            None,
            Some(json!({"ip": client.ip})),
        )
        .await?;
    }
    Ok(session)
}

/// Ends a session.
pub(crate) async fn sign_out(
    ctx: &Ctx,
    user: UserId,
    account: Option<AccountId>,
    session: &SecretHash,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    if store::delete(&mut tx, session).await?
        && let Some(account) = account
    {
        audit(
            ctx,
            &mut tx,
            account,
            &Actor::user(user),
            "session.deleted",
            ("user", user),
            None,
            None,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Works in another account from now on.
pub(crate) async fn switch(
    ctx: &Ctx,
    user: UserId,
    session: &SecretHash,
    account: AccountId,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    if !store::is_member(&mut tx, account, user).await? {
        return Err(Error::not_found("account", account));
    }
    store::set_account(&mut tx, session, account).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes somebody's own password. All their sessions end; the new one takes the place of the present one.
pub(crate) async fn change_password(
    ctx: &Ctx,
    user: UserId,
    account: Option<AccountId>,
    current: &Password,
    new: &Password,
    client: Client,
) -> Result<NewSession> {
    let person = find_user(&mut *ctx.read().await?, user).await?;
    let mut faults = Faults::default();
    let own = [
        person.email.as_str(),
        person.email.local_part(),
        &person.name,
    ];
    passwords::check(&mut faults, "new_password", new, &own);
    faults.finish()?;
    // Whoever took over a session must not guess the password through this door.
    let key = Key::email(person.email.as_str());
    count(ctx, key).await?;
    let stored = users::password_of(&mut *ctx.read().await?, &person.email.folded()).await?;
    let old = stored.map(|(_, hash)| hash);
    if !passwords::verify(current, old.clone()).await? {
        return Err(Error::invalid(
            "current_password",
            "wrong_credentials",
            "is not your password",
        ));
    }
    let hash = passwords::hash(ctx, new).await?;
    let mut tx = ctx.write().await?;
    let now = ctx.clock.now();
    if !users::replace_password(&mut tx, user, old.as_deref(), &hash, now).await? {
        return Err(Error::conflict(
            "password_changed",
            "the password was changed at the same time elsewhere",
        ));
    }
    store::forget_attempts(&mut tx, &key.hash).await?;
    store::delete_all(&mut tx, user).await?;
    let session = open_in(ctx, &mut tx, user, account, client).await?;
    if let Some(account) = account {
        audit(
            ctx,
            &mut tx,
            account,
            &Actor::user(user),
            "user.password_changed",
            ("user", user),
            None,
            None,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(session)
}

pub(crate) async fn find_user(tx: &mut Tx, user: UserId) -> Result<User> {
    users::find_user(tx, user)
        .await?
        .ok_or_else(|| Error::not_found("user", user))
}

/// When the session ends at the latest.
pub(super) async fn expiry(ctx: &Ctx, session: &SecretHash) -> Result<Option<kernel::Timestamp>> {
    Ok(store::expiry(&mut *ctx.read().await?, session).await?)
}

/// Removes expired sessions and counts of attempts, at most `limit` of each; how many. For a schedule.
pub async fn prune(ctx: &Ctx, limit: i64) -> Result<u64> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let gone = store::prune(&mut tx, now, now - IDLE, limit).await?;
    tx.commit().await?;
    Ok(gone)
}
