//! Adding people, changing their roles, removing them.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use kernel::{AccountId, Cursor, EmailAddress, Error, Limit, Page, Result, UserId};
use serde_json::json;

use super::model::{By, Member, NewMember, NewOwner, User, check_password, check_person};
use super::store;
use crate::accounts::{self, Account, NewAccount};
use crate::audit::audit;
use crate::auth::{Actor, Role};
use crate::input::Faults;
use crate::passwords::{self, Password};
use crate::{sessions, setup, tokens};

/// The members of the account.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Member>> {
    let mut tx = ctx.read().await?;
    let rows = store::list_members(&mut tx, account, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |member| Cursor {
        key: 0,
        id: member.id.get(),
    }))
}

/// A member of the account.
pub async fn get(ctx: &Ctx, account: AccountId, user: UserId) -> Result<Member> {
    get_in(&mut *ctx.read().await?, account, user).await
}

/// A member of an account, within a transaction.
pub async fn get_in(tx: &mut Tx, account: AccountId, user: UserId) -> Result<Member> {
    store::find_member(tx, account, user)
        .await?
        .ok_or_else(|| Error::not_found("user", user))
}

/// The user with this address.
pub async fn find_by_email(ctx: &Ctx, email: &EmailAddress) -> Result<Option<User>> {
    Ok(store::find_by_email(&mut *ctx.read().await?, email).await?)
}

/// Adds somebody to the account: a new user with a name and a password, or one that exists.
pub async fn add(ctx: &Ctx, account: AccountId, by: &By, new: NewMember) -> Result<Member> {
    by.may_touch(&[new.role])?;
    let known = find_by_email(ctx, &new.email).await?;
    let fresh = match &known {
        Some(_) => None,
        None => Some(checked(ctx, &new).await?),
    };
    let mut tx = ctx.write().await?;
    lock_members(&mut tx, account).await?;
    let user = match (known, fresh) {
        (Some(user), _) => {
            may_add_known(&mut tx, by, &user, &new).await?;
            user.id
        }
        (None, Some((user, hash))) => insert(&mut tx, &user, &hash).await?,
        (None, None) => return Err(Error::internal(anyhow::anyhow!("nobody to add"))),
    };
    join_in(ctx, &mut tx, account, user, new.role, &by.actor).await?;
    let member = get_in(&mut tx, account, user).await?;
    tx.commit().await?;
    Ok(member)
}

/// A user of this address, with the hash of the password; slow, so before the transaction.
async fn checked(ctx: &Ctx, new: &NewMember) -> Result<(User, String)> {
    let mut faults = Faults::default();
    let name = match (&new.name, &new.password) {
        (Some(name), Some(password)) => check_person(&new.email, name, password, &mut faults),
        (name, password) => {
            for (field, missing) in [("name", name.is_none()), ("password", password.is_none())] {
                if missing {
                    faults.add(field, "required", "is required for a new user");
                }
            }
            String::new()
        }
    };
    faults.finish()?;
    let password = new.password.as_ref().ok_or(Error::Unauthenticated)?;
    let hash = passwords::hash(ctx, password).await?;
    Ok((user(ctx, &new.email, name), hash))
}

fn user(ctx: &Ctx, email: &EmailAddress, name: String) -> User {
    User {
        id: ctx.ids.next(),
        email: email.clone(),
        name,
        created_at: ctx.clock.now(),
    }
}

async fn insert(tx: &mut Tx, user: &User, hash: &str) -> Result<UserId> {
    match store::insert(tx, user, hash).await {
        Ok(()) => Ok(user.id),
        Err(db::Error::Unique(_)) => Err(email_taken()),
        Err(other) => Err(other.into()),
    }
}

fn email_taken() -> Error {
    Error::invalid("email", "taken", "belongs to another user already")
}

async fn may_add_known(tx: &mut Tx, by: &By, user: &User, new: &NewMember) -> Result<()> {
    if let Some(manager) = by.user
        && !store::manages(tx, manager, user.id).await?
    {
        return Err(Error::invalid(
            "email",
            "taken",
            "belongs to a user of another account; somebody who manages both accounts can add them, \
             or the command `sendero user add`",
        ));
    }
    if new.password.is_some() {
        return Err(Error::invalid(
            "password",
            "not_allowed",
            "this user exists and keeps their own password; leave it out",
        ));
    }
    Ok(())
}

/// Makes a user a member. Also how an account gets its first owner.
pub(crate) async fn join_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    user: UserId,
    role: Role,
    by: &Actor,
) -> Result<()> {
    if !store::insert_member(tx, account, user, role, by, ctx.clock.now()).await? {
        return Err(Error::conflict(
            "already_a_member",
            "this user is a member of the account already; change the role instead",
        ));
    }
    audit(
        ctx,
        tx,
        account,
        by,
        "member.added",
        ("user", user),
        None,
        Some(json!({"role": role})),
    )
    .await
}

/// Gives a member another role.
pub async fn change_role(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    user: UserId,
    role: Role,
) -> Result<Member> {
    let mut tx = ctx.write().await?;
    lock_members(&mut tx, account).await?;
    let mut member = get_in(&mut tx, account, user).await?;
    if member.role == role {
        return Ok(member);
    }
    by.may_touch(&[member.role, role])?;
    keep_one_owner(&mut tx, account, &member).await?;
    store::update_role(&mut tx, account, user, role, ctx.clock.now()).await?;
    audit(
        ctx,
        &mut tx,
        account,
        &by.actor,
        "member.updated",
        ("user", user),
        Some(json!({"role": member.role})),
        Some(json!({"role": role})),
    )
    .await?;
    tx.commit().await?;
    member.role = role;
    Ok(member)
}

/// Takes somebody out of the account and revokes their tokens there.
pub async fn remove(ctx: &Ctx, account: AccountId, by: &By, user: UserId) -> Result<()> {
    let mut tx = ctx.write().await?;
    lock_members(&mut tx, account).await?;
    let member = get_in(&mut tx, account, user).await?;
    by.may_touch(&[member.role])?;
    keep_one_owner(&mut tx, account, &member).await?;
    store::delete_member(&mut tx, account, user).await?;
    tokens::revoke_all_in(&mut tx, account, user, ctx.clock.now()).await?;
    audit(
        ctx,
        &mut tx,
        account,
        &by.actor,
        "member.removed",
        ("user", user),
        Some(json!({"role": member.role, "email": member.email})),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn lock_members(tx: &mut WriteTx, account: AccountId) -> Result<()> {
    Ok(tx.lock(LockClass::Members, account.get()).await?)
}

/// Refuses a change after which nobody could run the account. The lock is held.
async fn keep_one_owner(tx: &mut Tx, account: AccountId, member: &Member) -> Result<()> {
    if member.role == Role::Owner && store::count_owners(tx, account).await? < 2 {
        return Err(Error::conflict(
            "last_owner",
            "this is the only owner; make somebody else an owner first",
        ));
    }
    Ok(())
}

/// Creates a user with an account of their own, whoever else there is: for the command line.
pub async fn create_owner(ctx: &Ctx, new: NewOwner) -> Result<(User, Account)> {
    let hash = hash_new_owner(ctx, &new).await?;
    let mut tx = ctx.write().await?;
    setup::mark_done_in(ctx, &mut tx).await?;
    let created = create_owner_in(ctx, &mut tx, Some(&Actor::command_line()), new, &hash).await?;
    tx.commit().await?;
    Ok(created)
}

/// Checks the input and hashes the password; slow, so before the transaction.
pub(crate) async fn hash_new_owner(ctx: &Ctx, new: &NewOwner) -> Result<String> {
    let mut faults = Faults::default();
    check_person(&new.email, &new.name, &new.password, &mut faults);
    faults.line("account_name", &new.account_name, 100);
    faults.finish()?;
    passwords::hash(ctx, &new.password).await
}

/// The core of [`create_owner`]; without an actor, the new user is the actor.
pub(crate) async fn create_owner_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: Option<&Actor>,
    new: NewOwner,
    hash: &str,
) -> Result<(User, Account)> {
    let user = user(ctx, &new.email, new.name.trim().to_owned());
    insert(tx, &user, hash).await?;
    let themselves = Actor::user(user.id);
    let account = NewAccount {
        name: new.account_name,
        time_zone: new.time_zone,
        language: None,
    };
    let actor = actor.unwrap_or(&themselves);
    let account = accounts::create_in(ctx, tx, actor, user.id, account).await?;
    Ok((user, account))
}

/// Sets somebody's password and ends all their sessions: for the command line.
pub async fn set_password(ctx: &Ctx, email: &EmailAddress, password: &Password) -> Result<()> {
    let user = find_by_email(ctx, email)
        .await?
        .ok_or_else(|| Error::not_found("user", email))?;
    let mut faults = Faults::default();
    check_password("password", email, &user.name, password, &mut faults);
    faults.finish()?;
    let hash = passwords::hash(ctx, password).await?;
    let mut tx = ctx.write().await?;
    store::replace_password(&mut tx, user.id, None, &hash, ctx.clock.now()).await?;
    sessions::end_all_in(&mut tx, user.id).await?;
    for (account, _) in accounts::of_user_in(&mut tx, user.id).await? {
        audit(
            ctx,
            &mut tx,
            account.id,
            &Actor::command_line(),
            "user.password_changed",
            ("user", user.id),
            None,
            None,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
