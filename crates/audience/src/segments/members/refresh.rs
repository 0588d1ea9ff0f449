//! Looking at people anew: whoever is not where the rules say is moved, and the move recorded.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use db::WriteTx;
use events::{NewEvent, kind};
use kernel::{AccountId, Result};
use rules::Needs;
use serde_json::json;

use super::roster::Roster;
use super::store;
use crate::segments::store::views;
use crate::{SegmentId, SubscriberId};

/// People who are loaded together: some have a long history.
const AT_ONCE: usize = 500;

/// Whom to look at, and for which of the roster's segments.
pub(super) type Concerned = BTreeMap<SubscriberId, BTreeSet<usize>>;

/// How the members of one segment change.
#[derive(Default)]
struct Moves {
    entered: Vec<SubscriberId>,
    left: Vec<SubscriberId>,
    /// They are not in the account any more, which is told by another event.
    gone: Vec<SubscriberId>,
}

/// The caller holds the account's lock, and took it before it loaded the roster.
pub(super) async fn refresh(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    roster: &Roster,
    concerned: &Concerned,
) -> Result<()> {
    let people: Vec<SubscriberId> = concerned.keys().copied().collect();
    let mut moves: BTreeMap<SegmentId, Moves> = BTreeMap::new();
    for people in people.chunks(AT_ONCE) {
        look(tx, account, roster, concerned, people, &mut moves).await?;
    }
    let mut added = Vec::new();
    let mut recorded = Vec::new();
    for (segment, moves) in &moves {
        added.extend(moves.entered.iter().map(|person| (*segment, *person)));
        let departed: Vec<SubscriberId> = moves.left.iter().chain(&moves.gone).copied().collect();
        store::remove_members(tx, account, *segment, &departed).await?;
        let is_current = roster
            .segments
            .iter()
            .any(|it| it.id == *segment && it.is_current);
        if is_current {
            let told = [
                (kind::SEGMENT_ENTERED, &moves.entered),
                (kind::SEGMENT_LEFT, &moves.left),
            ];
            for (kind, people) in told {
                recorded.extend(people.iter().map(|person| NewEvent {
                    kind,
                    subscriber: Some(person.get()),
                    subject: Some(segment.get()),
                    at: None,
                    body: json!({}),
                }));
            }
        }
    }
    store::add_members(tx, account, &added, roster.now).await?;
    for (segment, moves) in &moves {
        let entered = moves.entered.len() as i64;
        let departed = (moves.left.len() + moves.gone.len()) as i64;
        let size = store::grow(tx, account, *segment, entered - departed).await?;
        let counts = match roster.segments.iter().find(|it| it.id == *segment) {
            Some(it) if it.is_current => (entered, departed, size),
            _ => (0, 0, size),
        };
        store::count_day(tx, account, *segment, roster.today, counts).await?;
    }
    events::record(ctx, tx, account, &recorded).await?;
    Ok(())
}

async fn look(
    tx: &mut WriteTx,
    account: AccountId,
    roster: &Roster,
    concerned: &Concerned,
    people: &[SubscriberId],
    moves: &mut BTreeMap<SegmentId, Moves>,
) -> Result<()> {
    let mut needs = Needs::default();
    let asked: BTreeSet<usize> = people
        .iter()
        .flat_map(|person| &concerned[person])
        .copied()
        .collect();
    for index in asked {
        needs.extend(roster.segments[index].needs.clone());
    }
    let views = views(tx, account, people, &needs).await?;
    let members: BTreeSet<(SubscriberId, SegmentId)> = store::of_people(tx, account, people)
        .await?
        .into_iter()
        .map(|(segment, person)| (person, segment))
        .collect();
    for (person, segment) in &members {
        if !views.contains_key(person) {
            moves.entry(*segment).or_default().gone.push(*person);
        }
    }
    for (person, view) in &views {
        for index in &concerned[person] {
            let segment = &roster.segments[*index];
            let belongs = segment.compiled.matches(view);
            if belongs != members.contains(&(*person, segment.id)) {
                let moves = moves.entry(segment.id).or_default();
                let list = if belongs {
                    &mut moves.entered
                } else {
                    &mut moves.left
                };
                list.push(*person);
            }
        }
    }
    Ok(())
}
