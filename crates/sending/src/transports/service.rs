//! Use cases of transports.

use ctx::{Ctx, Purpose};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, text};
use serde_json::json;

use super::model::{
    DEFAULT_CONNECTIONS, NewTransport, Transport, TransportId, TransportKind, TransportPatch,
    check_limits,
};
use super::store;
use crate::Config;

/// All transports of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Transport>> {
    let mut tx = ctx.read().await?;
    Ok(store::list(&mut tx, account).await?)
}

/// One transport.
pub async fn get(ctx: &Ctx, account: AccountId, id: TransportId) -> Result<Transport> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("transport", id))
}

/// Adds a transport.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewTransport,
) -> Result<Transport> {
    let mut errors = Vec::new();
    check_limits(
        Some(&new.name),
        new.max_per_second,
        new.max_connections,
        new.failover_order,
        &mut errors,
    );
    match (&new.kind, &new.smtp) {
        (TransportKind::Smtp, Some(smtp)) => smtp.check(&mut errors),
        (TransportKind::Smtp, None) => errors.push(FieldError::new(
            "smtp",
            "required",
            "give the host, port and encryption of the relay",
        )),
        (TransportKind::Sandbox, Some(_)) => errors.push(FieldError::new(
            "smtp",
            "not_allowed",
            "leave it out: the sandbox has no relay",
        )),
        (TransportKind::Sandbox, None) => {}
    }
    check_password(new.password.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }

    let now = ctx.clock.now();
    let transport = Transport {
        account,
        id: ctx.ids.next(),
        name: new.name.trim().to_owned(),
        kind: new.kind,
        smtp: new.smtp,
        secret: seal(ctx, new.password.as_deref()),
        max_per_second: new.max_per_second.filter(|n| *n > 0),
        max_connections: new.max_connections.unwrap_or(DEFAULT_CONNECTIONS),
        is_default: new.is_default,
        failover_order: new.failover_order,
        created_at: now,
        updated_at: now,
    };
    let mut tx = ctx.write().await?;
    if transport.is_default {
        store::clear_default(&mut tx, account).await?;
    }
    store::insert(&mut tx, &transport).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "transport.created",
        ("transport", transport.id.get()),
        None,
        Some(snapshot(&transport)),
    )
    .await?;
    tx.commit().await?;
    Ok(transport)
}

/// Changes a transport. Mail that is under way finishes with the old settings.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: TransportId,
    patch: TransportPatch,
) -> Result<Transport> {
    let mut tx = ctx.write().await?;
    let mut transport = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("transport", id))?;
    let before = snapshot(&transport);

    let mut errors = Vec::new();
    check_limits(
        patch.name.as_deref(),
        patch.max_per_second,
        patch.max_connections,
        patch.failover_order.flatten(),
        &mut errors,
    );
    if let Some(smtp) = &patch.smtp {
        if transport.kind == TransportKind::Smtp {
            smtp.check(&mut errors);
        } else {
            errors.push(FieldError::new(
                "smtp",
                "not_allowed",
                "leave it out: the sandbox has no relay",
            ));
        }
    }
    check_password(patch.password.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }

    if let Some(name) = patch.name {
        name.trim().clone_into(&mut transport.name);
    }
    if let Some(smtp) = patch.smtp {
        transport.smtp = Some(smtp);
    }
    if let Some(password) = patch.password {
        transport.secret = seal(ctx, Some(&password).filter(|p| !p.is_empty()).map(|p| &**p));
    }
    if let Some(limit) = patch.max_per_second {
        transport.max_per_second = Some(limit).filter(|n| *n > 0);
    }
    if let Some(limit) = patch.max_connections {
        transport.max_connections = limit;
    }
    if let Some(order) = patch.failover_order {
        transport.failover_order = order;
    }
    if let Some(is_default) = patch.is_default {
        if is_default && !transport.is_default {
            store::clear_default(&mut tx, account).await?;
        }
        transport.is_default = is_default;
    }
    transport.updated_at = ctx.clock.now();
    store::update(&mut tx, &transport).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "transport.updated",
        ("transport", id.get()),
        Some(before),
        Some(snapshot(&transport)),
    )
    .await?;
    tx.nudge(db::Topic::Messages);
    tx.commit().await?;
    Ok(transport)
}

/// Removes a transport that no unfinished campaign uses.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: TransportId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let transport = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("transport", id))?;
    if let Some(campaign) = store::used_by(&mut tx, account, id).await? {
        return Err(Error::conflict(
            "transport_in_use",
            format!(
                "the campaign \"{campaign}\" is still using this transport; wait for it or cancel it"
            ),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "transport.deleted",
        ("transport", id.get()),
        Some(snapshot(&transport)),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Connects and signs in, without sending anything. `Ok` holds what the relay offers, `Err` in it what went wrong.
pub async fn test(
    ctx: &Ctx,
    config: &Config,
    account: AccountId,
    id: TransportId,
) -> Result<std::result::Result<Vec<String>, String>> {
    let transport = get(ctx, account, id).await?;
    let Some(smtp) = smtp_config(ctx, config, &transport)? else {
        return Ok(Ok(vec!["sandbox".to_owned()]));
    };
    Ok(match mail::smtp::probe(&smtp).await {
        Ok(capabilities) => Ok(offered(&capabilities)),
        Err(error) => Err(error.to_string()),
    })
}

/// The client's configuration, with the password opened; `None` for the sandbox.
pub(crate) fn smtp_config(
    ctx: &Ctx,
    config: &Config,
    transport: &Transport,
) -> Result<Option<mail::smtp::SmtpConfig>> {
    let Some(smtp) = &transport.smtp else {
        return Ok(None);
    };
    let password = match &transport.secret {
        None => None,
        Some(sealed) => {
            let clear = ctx
                .secrets
                .open(Purpose::TransportPassword, sealed)
                .map_err(Error::internal)?;
            Some(String::from_utf8(clear).map_err(Error::internal)?)
        }
    };
    Ok(Some(smtp.to_config(password, &config.helo_name)))
}

fn seal(ctx: &Ctx, password: Option<&str>) -> Option<Vec<u8>> {
    password.map(|password| {
        ctx.secrets
            .seal(Purpose::TransportPassword, password.as_bytes())
    })
}

const MAX_PASSWORD: usize = 1000;

fn check_password(password: Option<&str>, errors: &mut Vec<FieldError>) {
    if let Some(password) = password
        && let Err(fault) = text::check_line(password, MAX_PASSWORD)
    {
        errors.push(fault.at("password"));
    }
}

/// For the audit log: without the password.
fn snapshot(transport: &Transport) -> serde_json::Value {
    json!({
        "name": transport.name,
        "smtp": transport.smtp,
        "has_password": transport.secret.is_some(),
        "max_per_second": transport.max_per_second,
        "max_connections": transport.max_connections,
        "is_default": transport.is_default,
        "failover_order": transport.failover_order,
    })
}

/// What a relay offers, in the words of SMTP.
fn offered(capabilities: &mail::smtp::Capabilities) -> Vec<String> {
    let mut words: Vec<String> = [
        (capabilities.encrypted, "TLS"),
        (capabilities.pipelining, "PIPELINING"),
        (capabilities.size, "SIZE"),
        (capabilities.eight_bit_mime, "8BITMIME"),
        (capabilities.smtp_utf8, "SMTPUTF8"),
        (capabilities.enhanced_status_codes, "ENHANCEDSTATUSCODES"),
    ]
    .into_iter()
    .filter(|(has, _)| *has)
    .map(|(_, word)| word.to_owned())
    .collect();
    words.extend(capabilities.auth.iter().map(|how| format!("AUTH {how}")));
    words
}
