//! Everybody whom a rule and a search select: a list of any length, not a page.

use db::{Result, Tx};
use kernel::AccountId;
use rules::Compiled;

use crate::SubscriberId;
use crate::subscribers::search::store::{self, Searched};

/// Up to so many people who have a word are looked up by it; where more have it, everybody is asked in turn.
const FEW: i64 = if cfg!(test) { 3 } else { 5_000 };

/// The people who have all of these words and whom a compiled rule selects, in the order of their ids, behind `after`,
/// at most `limit`.
pub(crate) async fn found_in(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    words: &[String],
    after: Option<SubscriberId>,
    limit: i64,
) -> Result<Vec<SubscriberId>> {
    match by_word(tx, account, words).await? {
        None => Ok(Vec::new()),
        Some(words) => store::ids_selected(tx, account, compiled, words, after, limit).await,
    }
}

/// How many there are.
pub(crate) async fn count_found_in(
    tx: &mut Tx,
    account: AccountId,
    compiled: &Compiled,
    words: &[String],
) -> Result<i64> {
    match by_word(tx, account, words).await? {
        None => Ok(0),
        Some(words) => store::count_selected(tx, account, compiled, words).await,
    }
}

/// The words, with the rarest first if few have it; `None` when nobody has them all.
async fn by_word<'a>(
    tx: &mut Tx,
    account: AccountId,
    words: &'a [String],
) -> Result<Option<Searched<'a>>> {
    let mut rarest = None;
    for (place, word) in words.iter().enumerate() {
        let (terms, addresses) = store::count(tx, account, word, FEW).await?;
        let all = terms + addresses;
        if all == 0 {
            return Ok(None);
        }
        if all <= FEW && rarest.is_none_or(|(least, _)| all < least) {
            rarest = Some((all, place));
        }
    }
    if words.is_empty() {
        return Ok(None);
    }
    Ok(Some(Searched {
        all: words,
        looked_up: rarest.map(|(_, place)| place),
    }))
}
