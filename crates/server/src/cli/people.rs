//! Which user and which account a command is about.

use anyhow::{Context as _, bail};
use ctx::Ctx;
use identity::accounts::{self, Account};
use kernel::EmailAddress;

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
