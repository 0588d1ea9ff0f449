//! Which address a link of a mail has: an id, by which rules find who clicked it.
//!
//! The address is the one in the mail's source, before merge tags are replaced, so that there are as many as links were
//! written, not as many as people were written to. Two nodes may give the same address two ids; rules ask for the
//! address, so both are found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ctx::Ctx;
use db::WriteTx;
use kernel::{AccountId, Result, fold};

use super::model::Hit;
use super::store;
use crate::campaigns::RevisionId;

/// A link: of which content, and its number there.
pub(super) type Key = (RevisionId, u16);

/// Most links remembered.
const MOST: usize = 20_000;

/// What has been found before.
#[derive(Debug, Default)]
pub(super) struct Targets(HashMap<Key, i64>);

/// What one transaction found, to be remembered once it is committed.
#[derive(Debug, Default)]
pub(super) struct Found(HashMap<Key, i64>);

impl Targets {
    /// The ids of the links of these hits, which all belong to the account.
    pub(super) async fn of(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        account: AccountId,
        hits: &[&Hit],
        found: &mut Found,
    ) -> Result<HashMap<Key, i64>> {
        let mut known = HashMap::new();
        let mut missing: BTreeMap<RevisionId, BTreeSet<u16>> = BTreeMap::new();
        for hit in hits {
            let Some(link) = hit.link else { continue };
            let key = (RevisionId::from(hit.subject.revision), link);
            match self.0.get(&key).or_else(|| found.0.get(&key)) {
                Some(id) => {
                    known.insert(key, *id);
                }
                None => {
                    missing.entry(key.0).or_default().insert(link);
                }
            }
        }
        for (revision, numbers) in missing {
            for (number, url) in store::links(tx, account, revision, &numbers).await? {
                let folded = fold(&url);
                let hash = hash(&folded);
                let id = if let Some(id) = store::find_target(tx, account, hash, &folded).await? {
                    id
                } else {
                    let id = ctx.ids.next::<crate::messages::MessageId>().get();
                    store::insert_target(tx, account, id, &url, &folded, hash).await?;
                    id
                };
                known.insert((revision, number), id);
                found.0.insert((revision, number), id);
            }
        }
        Ok(known)
    }

    /// After the commit.
    pub(super) fn remember(&mut self, found: Found) {
        if self.0.len() + found.0.len() > MOST {
            self.0.clear();
        }
        self.0.extend(found.0);
    }
}

/// FNV-1a: addresses that share it are told apart by themselves.
fn hash(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}
