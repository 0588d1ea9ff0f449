//! What the tests of this crate start from.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, EmailAddress, Limit, UserId};
use serde_json::Value;

use crate::fields::{self, Catalog, Field, FieldKind, NewField, Visibility};
use crate::subscribers::{Outcome, Policy, Source, UpsertRow, upsert_many_in};
use crate::{GroupId, SubscriberId, TagId, labels};

pub(crate) fn account() -> AccountId {
    AccountId::from(1)
}

/// Somebody else's account in the same database.
pub(crate) fn stranger() -> AccountId {
    AccountId::from(2)
}

pub(crate) fn actor() -> Actor {
    Actor::user(UserId::from(7))
}

pub(crate) fn row(email: &str) -> UpsertRow {
    UpsertRow::new(EmailAddress::parse(email).unwrap())
}

pub(crate) async fn upsert(ctx: &Ctx, rows: &[UpsertRow], policy: &Policy) -> Vec<Outcome> {
    let mut tx = ctx.write().await.unwrap();
    let catalog = fields::list(&mut tx, account()).await.unwrap();
    let outcomes = upsert_many_in(ctx, &mut tx, account(), &catalog, rows, policy)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    outcomes
}

/// A person with this address.
pub(crate) async fn person(ctx: &Ctx, email: &str) -> SubscriberId {
    let policy = Policy::new(Source::Api, "token:1");
    match upsert(ctx, &[row(email)], &policy).await[0] {
        Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => id,
        Outcome::Skipped(why) => panic!("{email} was skipped: {why:?}"),
    }
}

pub(crate) async fn field(ctx: &Ctx, key: &str, kind: FieldKind, options: &[&str]) -> Field {
    let new = NewField {
        key: key.to_owned(),
        name: key.to_owned(),
        kind,
        visibility: Visibility::Visible,
        options: options.iter().map(|it| (*it).to_owned()).collect(),
    };
    fields::create(ctx, account(), &actor(), new).await.unwrap()
}

pub(crate) async fn catalog(ctx: &Ctx) -> Catalog {
    fields::catalog(ctx, account()).await.unwrap()
}

pub(crate) async fn group(ctx: &Ctx, name: &str) -> GroupId {
    labels::create(ctx, account(), &actor(), name)
        .await
        .unwrap()
        .id
}

pub(crate) async fn tag(ctx: &Ctx, name: &str) -> TagId {
    labels::create(ctx, account(), &actor(), name)
        .await
        .unwrap()
        .id
}

/// Kinds and bodies of what happened to a person, the oldest first.
pub(crate) async fn history(ctx: &Ctx, id: SubscriberId) -> Vec<(String, Value)> {
    let mut tx = ctx.read().await.unwrap();
    let limit = Limit::try_new(100).unwrap();
    let page = events::timeline(&mut tx, account(), id.get(), &[], None, limit)
        .await
        .unwrap();
    let mut list: Vec<_> = page.data.into_iter().map(|it| (it.kind, it.body)).collect();
    list.reverse();
    list
}

/// Only the kinds.
pub(crate) async fn kinds(ctx: &Ctx, id: SubscriberId) -> Vec<String> {
    history(ctx, id).await.into_iter().map(|it| it.0).collect()
}

/// The faults of an error, as `field: code`.
pub(crate) fn faults<T: std::fmt::Debug>(result: kernel::Result<T>) -> Vec<String> {
    match result {
        Err(kernel::Error::Invalid(errors)) => errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.code))
            .collect(),
        Err(kernel::Error::Conflict { code, .. }) => vec![code.to_owned()],
        Err(kernel::Error::NotFound { kind, .. }) => vec![format!("no {kind}")],
        other => panic!("{other:?}"),
    }
}

/// What people type, and worse.
pub(crate) const HOSTILE: [&str; 8] = [
    "O'Brien \"the\" `third`",
    "'; drop table subscriber; --",
    "{{ 7 * 7 }} {% for %} ${x} %s",
    "<script>alert(1)</script>",
    "İstanbul ß Σς",
    "\u{202e}evil\u{feff}",
    "=cmd|' /C calc'!A0",
    "$1 $2 ?",
];
