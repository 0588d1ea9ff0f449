//! Use cases of DKIM keys.

use ctx::{Ctx, Purpose};
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, EmailAddress, Error, FieldError, Result};
use mail::dkim::{self, SigningKey};
use serde_json::{Value, json};

use super::dns::DomainRecords;
use super::model::{DkimKey, DkimKeyId, DkimKeyPatch, KeyAlgorithm, NewDkimKey, is_selector};
use super::{dns, store};

/// All keys of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<DkimKey>> {
    let mut tx = ctx.read().await?;
    Ok(store::list(&mut tx, account).await?)
}

/// One key.
pub async fn get(ctx: &Ctx, account: AccountId, id: DkimKeyId) -> Result<DkimKey> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("DKIM key", id))
}

/// Looks what DNS says of the domain of a key.
pub async fn check_dns(ctx: &Ctx, account: AccountId, id: DkimKeyId) -> Result<DomainRecords> {
    let key = get(ctx, account, id).await?;
    Ok(dns::look(&*ctx.texts, &key, ctx.clock.now()).await)
}

/// Adds a key, inactive: its record has to be in DNS first.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewDkimKey,
) -> Result<DkimKey> {
    let now = ctx.clock.now();
    let mut errors = Vec::new();
    let domain = if let Ok(address) = EmailAddress::parse(&format!("a@{}", new.domain.trim())) {
        address.domain().to_owned()
    } else {
        let message = "give a domain such as example.com";
        errors.push(FieldError::new("domain", "invalid", message));
        String::new()
    };
    let selector = new.selector.unwrap_or_else(|| {
        let day: String = now
            .to_string()
            .chars()
            .take(10)
            .filter(char::is_ascii_digit)
            .collect();
        let kind = if new.algorithm == KeyAlgorithm::Rsa {
            "r"
        } else {
            "e"
        };
        format!("s{day}{kind}")
    });
    if !is_selector(&selector) {
        let message = "use letters, digits and -, such as spring";
        errors.push(FieldError::new("selector", "invalid", message));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let selector = selector.to_ascii_lowercase();
    let (algorithm, given) = (new.algorithm, new.private_key);
    let rng = ctx.rng.clone();
    // Looking for two large primes takes a while.
    let made = tokio::task::spawn_blocking(move || match (given, algorithm) {
        (Some(pem), _) => dkim::from_pem(&pem)
            .ok_or("must be a PKCS#8 document that begins with -----BEGIN PRIVATE KEY-----"),
        (None, KeyAlgorithm::Rsa) => Ok(dkim::new_rsa(&rng)),
        (None, KeyAlgorithm::Ed25519) => Ok(dkim::new_ed25519()),
    });
    let made = made.await.map_err(Error::internal)?;
    let key = made.and_then(|der| {
        let key = SigningKey::from_pkcs8(algorithm.to_mail(), &der, &domain, &selector)?;
        Ok((der, key.record()))
    });
    let (der, record) =
        key.map_err(|why| Error::invalid("private_key", "invalid", format!("the key {why}")))?;
    let key = DkimKey {
        account,
        id: ctx.ids.next(),
        domain,
        selector,
        algorithm,
        secret: ctx.secrets.seal(Purpose::DkimKey, &der),
        record,
        is_active: false,
        created_at: now,
    };
    let mut tx = ctx.write().await?;
    if !store::insert(&mut tx, &key).await? {
        return Err(Error::conflict(
            "selector_taken",
            "the domain has a key with this selector already; choose another one",
        ));
    }
    audit(
        ctx,
        &mut tx,
        actor,
        "dkim_key.created",
        &key,
        None,
        Some(snapshot(&key)),
    )
    .await?;
    tx.commit().await?;
    Ok(key)
}

/// Begins or ends signing with a key.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: DkimKeyId,
    patch: DkimKeyPatch,
) -> Result<DkimKey> {
    let mut tx = ctx.write().await?;
    let mut key = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("DKIM key", id))?;
    let before = Some(snapshot(&key));
    key.is_active = patch.is_active;
    store::set_active(&mut tx, &key).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "dkim_key.updated",
        &key,
        before,
        Some(snapshot(&key)),
    )
    .await?;
    tx.commit().await?;
    Ok(key)
}

/// Removes a key for good.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: DkimKeyId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let key = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("DKIM key", id))?;
    store::delete(&mut tx, account, id).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "dkim_key.deleted",
        &key,
        Some(snapshot(&key)),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The keys that mail from an address is signed with: the active ones of its domain, else of the nearest domain above it.
pub(crate) async fn keys_for(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    sender: &str,
) -> Result<Vec<SigningKey>> {
    let keys = store::list(tx, account).await?;
    let of_sender = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
    let of_sender = of_sender.to_ascii_lowercase();
    let active = || {
        keys.iter()
            .filter(|key| key.is_active && key.is_for(&of_sender))
    };
    let nearest = active().map(|key| key.domain.len()).max().unwrap_or(0);
    active()
        .filter(|key| key.domain.len() == nearest)
        .map(|key| {
            let der = ctx
                .secrets
                .open(Purpose::DkimKey, &key.secret)
                .map_err(Error::internal)?;
            SigningKey::from_pkcs8(key.algorithm.to_mail(), &der, &key.domain, &key.selector)
                .map_err(|why| Error::internal(anyhow::anyhow!("the DKIM key {} {why}", key.id)))
        })
        .collect()
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    action: &'static str,
    key: &DkimKey,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("dkim_key", key.id.get());
    identity::audit(ctx, tx, key.account, actor, action, target, before, after).await?;
    Ok(())
}

fn snapshot(key: &DkimKey) -> Value {
    json!({
        "domain": key.domain,
        "selector": key.selector,
        "algorithm": key.algorithm,
        "is_active": key.is_active,
    })
}
