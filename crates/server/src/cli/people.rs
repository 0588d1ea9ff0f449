//! Which user and which account a command is about.

use anyhow::{Context as _, bail};
use ctx::Ctx;
use identity::Role;
use identity::accounts::{self, Account};
use identity::users;
use kernel::{AccountId, Cursor, EmailAddress, Limit, UserId};

/// The account of that name or id; without one, the only account there is.
pub(super) async fn account(ctx: &Ctx, wanted: Option<&str>) -> anyhow::Result<Account> {
    let all = accounts::all(ctx).await?;
    let listed = || {
        let names: Vec<String> = all
            .iter()
            .map(|account| format!("{} ({})", account.name, account.id))
            .collect();
        names.join(", ")
    };
    match wanted {
        Some(wanted) => all
            .iter()
            .find(|account| account.id.to_string() == wanted || account.name == wanted)
            .cloned()
            .with_context(|| format!("there is no account {wanted}; there are: {}", listed())),
        None => match all.as_slice() {
            [only] => Ok(only.clone()),
            [] => bail!("there is no account yet; `sendero user create` makes one with its owner"),
            _ => bail!("name the account with --account: {}", listed()),
        },
    }
}

/// An address as it was typed.
pub(super) fn email(text: &str) -> anyhow::Result<EmailAddress> {
    EmailAddress::parse(text)
        .map_err(|fault| anyhow::anyhow!("{text} is not an email address: it {fault}"))
}

/// The member with this address, or the first owner.
pub(super) async fn member(
    ctx: &Ctx,
    account: AccountId,
    email: Option<&str>,
) -> anyhow::Result<(UserId, Role)> {
    let wanted = email.map(self::email).transpose()?;
    let mut cursor = None;
    loop {
        let page = users::list(ctx, account, cursor, Limit::default()).await?;
        let found = page.data.into_iter().find(|member| match &wanted {
            Some(email) => member.email == *email,
            None => member.role == Role::Owner,
        });
        if let Some(member) = found {
            return Ok((member.id, member.role));
        }
        let Some(next) = page.next_cursor else { break };
        cursor = Some(Cursor::decode(&next)?);
    }
    match wanted {
        Some(email) => bail!("{email} is not a member of this account"),
        None => bail!("this account has no owner"),
    }
}
