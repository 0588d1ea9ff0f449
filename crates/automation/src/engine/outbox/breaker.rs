//! Servers that keep failing are left alone for a while.
//!
//! After [`PATIENCE`] requests in a row to which a server said nothing, or that it cannot now, no request is made to it for
//! a minute; then one is, and the others when that one is answered. If it is not, the next rest is twice as long, up to half
//! an hour. A request that waits for that is not a try of its step, and nothing fails but after a day.
//!
//! Kept for each account by host, since another account may be let in where this one is not; in the database, since another
//! node may ask next, and so that people see it at the step.

use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, Result, Timestamp};

use super::super::store::{self, Host};

/// So many requests in a row may fail.
pub(super) const PATIENCE: i64 = 5;
const FIRST_REST: Duration = Duration::from_mins(1);
const LONGEST_REST: Duration = Duration::from_mins(30);
/// How long others wait for the one that tries.
const TRYING: Duration = Duration::from_mins(2);

/// How long the rest with this number is.
pub(super) fn rest(nth: u32) -> Duration {
    2_u32
        .checked_pow(nth)
        .and_then(|factor| FIRST_REST.checked_mul(factor))
        .map_or(LONGEST_REST, |rest| rest.min(LONGEST_REST))
}

/// Whether a server may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Nothing speaks against it. Whether anything is known that its answer would mend.
    Yes { mends: bool },
    /// To see whether it is back.
    Try,
    /// Not before this time.
    Later(Timestamp, String),
}

/// May it be asked now? Of many who ask when its rest is over, one may.
pub(super) async fn ask(ctx: &Ctx, account: AccountId, host: &str) -> Result<Ask> {
    let known = store::host(&mut *ctx.read().await?, account, host).await?;
    let now = ctx.clock.now();
    let Some(known) = known else {
        return Ok(Ask::Yes { mends: false });
    };
    let Some(until) = known.until else {
        return Ok(Ask::Yes { mends: true });
    };
    if until > now {
        return Ok(Ask::Later(until, words(host, &known)));
    }
    let mut tx = ctx.write().await?;
    let back = now + TRYING;
    if !store::try_host(&mut tx, account, host, until, back).await? {
        return Ok(Ask::Later(back, words(host, &known)));
    }
    tx.commit().await?;
    Ok(Ask::Try)
}

fn words(host: &str, known: &Host) -> String {
    format!(
        "{host} is left alone, since it failed {} times in a row: {}",
        known.failures, known.error
    )
}

/// What came of asking it, in the transaction that writes the result. `failure` is absent when the server answered at
/// all, also if it refused.
pub(super) async fn note(
    tx: &mut db::WriteTx,
    account: AccountId,
    host: &str,
    asked: &Ask,
    failure: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let Some(error) = failure else {
        if *asked != (Ask::Yes { mends: false }) {
            store::forget_host(tx, account, host).await?;
        }
        return Ok(());
    };
    let before = store::host(tx, account, host).await?;
    let (failures, rests, until) =
        before.map_or((1, 0, None), |it| (it.failures + 1, it.rests, it.until));
    let is_resting = until.is_some_and(|until| until > now);
    // Those that were under way when the rest began do not make it longer.
    let begins = failures >= PATIENCE && (!is_resting || *asked == Ask::Try);
    let (until, rests) = if begins {
        let nth = u32::try_from(rests).unwrap_or(u32::MAX);
        (Some(now + rest(nth)), rests + 1)
    } else {
        (until, rests)
    };
    let after = Host {
        failures,
        rests,
        until,
        error: error.to_owned(),
        failed_at: now,
    };
    store::put_host(tx, account, host, &after).await?;
    Ok(())
}

/// The server in an address, with its port: what rests as one. `None` if a merge field says which.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.trim().split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].to_lowercase();
    (!host.is_empty() && !host.contains(['{', '}', '@'])).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_half_an_hour() {
        for (nth, minutes) in [(0, 1), (1, 2), (2, 4), (4, 16), (5, 30), (40, 30)] {
            assert_eq!(rest(nth), Duration::from_mins(minutes), "{nth}");
        }
    }

    #[test]
    fn hosts_of_addresses() {
        for (url, host) in [
            (
                "https://CRM.example.com/people?x=1",
                Some("crm.example.com"),
            ),
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("https://example.com?q={{ email }}", Some("example.com")),
            ("https://{{ event.host }}/x", None),
            ("https:///x", None),
            ("example.com", None),
        ] {
            assert_eq!(host_of(url).as_deref(), host, "{url}");
        }
    }
}
