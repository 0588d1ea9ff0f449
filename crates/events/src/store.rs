//! The tables `event` and `event_cursor`.

use ctx::Ctx;
use db::{Each, Insert, Json, Result, Row, Tx, WriteTx, in_list, look_up};
use kernel::{AccountId, Cursor, Limit, Timestamp};

use crate::record::NewEvent;
use crate::timeline::Span;
use crate::{Event, EventId};

/// A place in the order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) txn: i64,
    pub(crate) id: i64,
}

const COLUMNS: &[&str] = &[
    "account_id",
    "id",
    "txn",
    "kind",
    "subscriber_id",
    "subject_id",
    "at",
    "body",
    "target_id",
];

pub(crate) async fn insert(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    stamp: i64,
    events: &[NewEvent],
) -> Result<()> {
    let now = ctx.clock.now();
    let mut insert = Insert::into("event", &COLUMNS[..8]);
    let mut with_target = Insert::into("event", COLUMNS);
    for event in events {
        let target = event.target();
        let fill = |row: &mut db::RowValues<'_>| {
            row.bind(account)
                .bind(ctx.ids.next::<EventId>())
                .bind(stamp)
                .bind(event.kind)
                .bind(event.subscriber)
                .bind(event.subject)
                .bind(event.at.unwrap_or(now))
                .bind(Json(&event.body));
        };
        // Few events have one, and imports write millions that have none.
        if target.is_some() {
            with_target.row(|row| {
                fill(row);
                row.bind(target);
            });
        } else {
            insert.row(fill);
        }
    }
    insert.execute(tx).await?;
    with_target.execute(tx).await?;
    Ok(())
}

/// Where a consumer is, or `None` before its first batch.
pub(crate) async fn cursor(tx: &mut Tx, consumer: &str) -> Result<Option<Place>> {
    tx.query("select txn, event_id from event_cursor where consumer = $1")
        .bind(consumer)
        .fetch_optional()
        .await?
        .map(|row| {
            Ok(Place {
                txn: row.get("txn")?,
                id: row.get("event_id")?,
            })
        })
        .transpose()
}

pub(crate) async fn add_cursor(
    tx: &mut WriteTx,
    consumer: &str,
    place: Place,
    now: Timestamp,
) -> Result<()> {
    let mut insert = Insert::into(
        "event_cursor",
        &["consumer", "txn", "event_id", "updated_at"],
    )
    .on_conflict("on conflict (consumer) do nothing");
    insert.row(|row| {
        row.bind(consumer).bind(place.txn).bind(place.id).bind(now);
    });
    insert.execute(tx).await?;
    Ok(())
}

/// Moves the cursor on, if it still is where it was.
pub(crate) async fn move_cursor(
    tx: &mut WriteTx,
    consumer: &str,
    from: Place,
    to: Place,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update event_cursor set txn = $4, event_id = $5, updated_at = $6 \
         where consumer = $1 and txn = $2 and event_id = $3",
    )
    .bind(consumer)
    .bind(from.txn)
    .bind(from.id)
    .bind(to.txn)
    .bind(to.id)
    .bind(now)
    .execute()
    .await
}

/// The first `limit` events after `place` whose stamp is below `horizon`, with their places; with the bodies of the kinds of which
/// they are read.
///
/// In two steps, the rest of the transaction at hand and those after it, because SQLite uses only the first column of
/// `(txn, id) > ($1, $2)` when the second is the row's number: each batch of a large transaction would read it all.
pub(crate) async fn following(
    tx: &mut Tx,
    place: Place,
    horizon: i64,
    limit: usize,
    reads_body: impl Fn(&str) -> bool,
) -> Result<Vec<(Place, Event)>> {
    let mut rows = tx
        .query(
            "select account_id, id, txn, kind, subscriber_id, subject_id, at, body from event \
             where txn = $1 and id > $2 and txn < $3 order by id limit $4",
        )
        .bind(place.txn)
        .bind(place.id)
        .bind(horizon)
        .bind(limit as i64)
        .fetch_all()
        .await?;
    let room = limit - rows.len();
    if room > 0 {
        let later = tx
            .query(
                "select account_id, id, txn, kind, subscriber_id, subject_id, at, body from event \
                 where txn > $1 and txn < $2 order by txn, id limit $3",
            )
            .bind(place.txn)
            .bind(horizon)
            .bind(room as i64)
            .fetch_all()
            .await?;
        rows.extend(later);
    }
    rows.iter()
        .map(|row| Ok((read_place(row)?, read(row, &reads_body)?)))
        .collect()
}

/// The place of the next event that this transaction can see, below the horizon or not.
pub(crate) async fn place_after(tx: &mut Tx, place: Place) -> Result<Option<Place>> {
    let row = tx
        .query("select txn, id from event where txn = $1 and id > $2 order by id limit 1")
        .bind(place.txn)
        .bind(place.id)
        .fetch_optional()
        .await?;
    if let Some(row) = row {
        return read_place(&row).map(Some);
    }
    tx.query("select txn, id from event where txn > $1 order by txn, id limit 1")
        .bind(place.txn)
        .fetch_optional()
        .await?
        .map(|row| read_place(&row))
        .transpose()
}

/// What a transaction of this stamp recorded with ids above one.
pub(crate) async fn recorded(tx: &mut Tx, stamp: i64, after: i64) -> Result<Vec<Event>> {
    tx.query(
        "select account_id, id, kind, subscriber_id, subject_id, at, body from event \
         where txn = $1 and id > $2 order by id",
    )
    .bind(stamp)
    .bind(after)
    .fetch_all()
    .await?
    .iter()
    .map(|row| read(row, |_| true))
    .collect()
}

/// Events of some people behind a place.
pub(crate) async fn of_people_after(
    tx: &mut Tx,
    account: AccountId,
    people: &[i64],
    place: Place,
    since: Timestamp,
) -> Result<Vec<Event>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.account_id, e.id, e.txn, e.kind, e.subscriber_id, e.subject_id, e.at, e.body",
        "event e",
        "e.account_id = $1 and e.subscriber_id = each.value and e.at >= $3 \
            and (e.txn > $4 or (e.txn = $4 and e.id > $5))",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(people))
        .bind(since)
        .bind(place.txn)
        .bind(place.id)
        .fetch_all()
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push((read_place(row)?, read(row, |_| true)?));
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, event)| event).collect())
}

/// The place of the last event that this transaction can see.
pub(crate) async fn last(tx: &mut Tx) -> Result<Option<Place>> {
    tx.query("select txn, id from event order by txn desc, id desc limit 1")
        .fetch_optional()
        .await?
        .map(|row| read_place(&row))
        .transpose()
}

fn read_place(row: &Row) -> Result<Place> {
    Ok(Place {
        txn: row.get("txn")?,
        id: row.get("id")?,
    })
}

pub(crate) async fn repoint(tx: &mut Tx, account: AccountId, from: i64, to: i64) -> Result<u64> {
    tx.query("update event set subscriber_id = $3 where account_id = $1 and subscriber_id = $2")
        .bind(account)
        .bind(from)
        .bind(to)
        .execute()
        .await
}

/// One more than the page holds.
pub(crate) async fn timeline(
    tx: &mut Tx,
    account: AccountId,
    subscriber: i64,
    span: Span<'_>,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Event>> {
    let start = Cursor {
        key: span.until.map_or(i64::MAX, Timestamp::as_micros),
        id: if span.until.is_some() {
            i64::MIN
        } else {
            i64::MAX
        },
    };
    let after = after.map_or(start, |after| {
        if (after.key, after.id) < (start.key, start.id) {
            after
        } else {
            start
        }
    });
    let kinds = span.kinds;
    let of_kinds = if kinds.is_empty() {
        String::new()
    } else {
        format!("and kind in {} ", in_list(7, kinds.len()))
    };
    let sql = format!(
        "select account_id, id, kind, subscriber_id, subject_id, at, body from event \
         where account_id = $1 and subscriber_id = $2 and at >= $6 and (at, id) < ($3, $4) {of_kinds}\
         order by at desc, id desc limit $5"
    );
    tx.query(sql)
        .bind(account)
        .bind(subscriber)
        .bind(after.key)
        .bind(after.id)
        .bind(limit.plus_one())
        .bind(span.from.map_or(i64::MIN, Timestamp::as_micros))
        .bind_list(kinds.iter().copied())
        .fetch_all()
        .await?
        .iter()
        .map(|row| read(row, |_| true))
        .collect()
}

/// With the body, if it is read of events of that kind.
fn read(row: &Row, reads_body: impl Fn(&str) -> bool) -> Result<Event> {
    let id: EventId = row.get("id")?;
    let kind: String = row.get("kind")?;
    let body = if reads_body(&kind) {
        let body: String = row.get("body")?;
        serde_json::from_str(&body).map_err(|error| db::Error::Corrupt {
            table: "event",
            column: "body",
            id: id.get(),
            source: error.into(),
        })?
    } else {
        serde_json::Value::Null
    };
    Ok(Event {
        account: row.get("account_id")?,
        id,
        kind,
        subscriber: row.get("subscriber_id")?,
        subject: row.get("subject_id")?,
        at: row.get("at")?,
        body,
    })
}
