//! What hits add to the roll-ups.

use std::collections::{BTreeMap, HashMap};

use db::Tx;
use kernel::{Result, Timestamp};

use super::agents::Agent;
use super::model::{Class, HitKind, Machine, Subject};
use super::store::{self, FacetCounts, FacetKey, LinkCounts, LinkKey, NewHit, Recent, Seen};
use crate::messages::store::Totals;
use crate::messages::{Kind, MessageId, total};

/// Increments of all roll-ups of one transaction.
#[derive(Default)]
pub(super) struct Counts {
    totals: Totals,
    links: BTreeMap<LinkKey, LinkCounts>,
    facets: BTreeMap<FacetKey, FacetCounts>,
    /// Of messages whose clicks were taken back, the first of those: a click that counted the person.
    undone: HashMap<MessageId, (Subject, Agent, Option<String>, i64)>,
}

/// What a hit says of whoever made it.
fn facets(agent: Agent, country: Option<&str>) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("client", agent.client),
        ("device", agent.device),
        ("system", agent.system),
    ]
    .into_iter()
    .chain(country.map(|country| ("country", country)))
}

impl Counts {
    /// A new hit; of a transactional message it is in no roll-up.
    pub(super) fn add(&mut self, new: &NewHit<'_>, first_of_kind: bool, agent: Agent) {
        let (hit, subject) = (new.hit, &new.hit.subject);
        if subject.kind != Kind::Campaign {
            return;
        }
        let (account, campaign) = (subject.account, subject.campaign);
        let (all, unique, machine) = match hit.kind {
            HitKind::Open => (total::OPENS, total::UNIQUE_OPENS, total::MACHINE_OPENS),
            HitKind::Click => (total::CLICKS, total::UNIQUE_CLICKS, total::MACHINE_CLICKS),
        };
        let one = FacetCounts::of(hit.kind, 1, i64::from(first_of_kind));
        match new.class {
            Class::Human => {
                self.totals.add(account, campaign, all, 1);
                for (facet, value) in facets(agent, hit.country.as_deref()) {
                    self.facet(subject, facet, value, one);
                }
            }
            Class::Machine(kind) => {
                self.totals.add(account, campaign, machine, 1);
                self.facet(subject, "machine", kind.as_str(), one);
            }
        }
        if first_of_kind {
            self.totals.add(account, campaign, unique, 1);
            self.totals
                .add_variant(account, campaign, subject.variant, unique, 1);
        }
        if let Some(link) = hit.link {
            let counts = self.link(subject, link);
            if new.class == Class::Human {
                counts.clicks += 1;
                counts.unique += i64::from(new.is_first);
            } else {
                counts.machine += 1;
            }
        }
    }

    /// An earlier click that turns out to be a machine's.
    pub(super) fn undo(&mut self, subject: &Subject, click: &Recent, agent: Agent) {
        if subject.kind != Kind::Campaign {
            return;
        }
        let (account, campaign) = (subject.account, subject.campaign);
        self.totals.add(account, campaign, total::CLICKS, -1);
        self.totals.add(account, campaign, total::MACHINE_CLICKS, 1);
        let less = FacetCounts::of(HitKind::Click, -1, 0);
        for (facet, value) in facets(agent, click.country.as_deref()) {
            self.facet(subject, facet, value, less);
        }
        let more = FacetCounts::of(HitKind::Click, 1, 0);
        self.facet(subject, "machine", Machine::Burst.as_str(), more);
        let counts = self.link(subject, click.link);
        counts.clicks -= 1;
        counts.machine += 1;
        counts.unique -= i64::from(click.is_first);
        let first = || (subject.clone(), agent, click.country.clone(), click.id);
        self.undone
            .entry(click.message)
            .and_modify(|known| {
                if click.id < known.3 {
                    *known = first();
                }
            })
            .or_insert_with(first);
    }

    /// Takes back that people clicked of whose clicks none is left.
    pub(super) fn settle(&mut self, seen: &Seen) {
        for (message, (subject, agent, country, _)) in std::mem::take(&mut self.undone) {
            if seen.contains(&(message, HitKind::Click, None)) {
                continue;
            }
            let (account, campaign) = (subject.account, subject.campaign);
            let unique = total::UNIQUE_CLICKS;
            self.totals.add(account, campaign, unique, -1);
            self.totals
                .add_variant(account, campaign, subject.variant, unique, -1);
            let less = FacetCounts::of(HitKind::Click, 0, -1);
            for (facet, value) in facets(agent, country.as_deref()) {
                self.facet(&subject, facet, value, less);
            }
        }
    }

    fn facet(&mut self, subject: &Subject, facet: &'static str, value: &str, n: FacetCounts) {
        let key = (subject.account, subject.campaign, facet, value.to_owned());
        self.facets.entry(key).or_default().add(n);
    }

    fn link(&mut self, subject: &Subject, link: u16) -> &mut LinkCounts {
        let key = (
            subject.account,
            subject.campaign,
            subject.variant.unwrap_or(0),
            subject.revision,
            link,
        );
        self.links.entry(key).or_default()
    }

    pub(super) async fn write(self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        store::add_link_counts(tx, &self.links).await?;
        store::add_facet_counts(tx, &self.facets).await?;
        self.totals.write(tx, now).await?;
        Ok(())
    }
}
