//! What the sink wrote down against what the program says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use crate::api::{address, text};
use crate::program::Program;
use crate::scene::Scene;

/// The outcome of a scenario, in numbers of recipients.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    name: &'static str,
    pub(crate) recipients: u64,
    pub(crate) lost: usize,
    pub(crate) duplicates: usize,
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) unknown: u64,
    /// Of the unknown: how many the sink did accept.
    pub(crate) unknown_accepted: usize,
    took: Duration,
}

/// A recipient as the program lists it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) address: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) detail: String,
}

impl Scene {
    /// All recipients of the campaign.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!(
                "/api/campaigns/{}/recipients?limit=1000{cursor}",
                self.campaign
            );
            let page = self.api.get(&path).await;
            for row in page["data"].as_array().expect("a page has rows") {
                rows.push(Row {
                    address: text(&row["address"]),
                    state: text(&row["state"]),
                    attempts: row["attempts"].as_i64().expect("a number"),
                    detail: row["detail"].as_str().unwrap_or_default().to_owned(),
                });
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Compares, and fails when anybody was lost, written to twice, or is said to have been sent what nobody accepted.
    pub(crate) async fn judge(&self) -> Verdict {
        let rows = self.rows().await;
        let report = self.report().await;
        let took = self.began.elapsed();
        let mut accepted: HashMap<String, usize> = HashMap::new();
        for one in self.sink.accepted() {
            *accepted.entry(one.recipient).or_default() += 1;
        }
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        let mut faults = Vec::new();
        let mut listed = HashSet::new();
        let mut unknown_accepted = 0;
        for row in &rows {
            let (state, who) = (row.state.as_str(), &row.address);
            *states.entry(state).or_default() += 1;
            if !listed.insert(who) {
                faults.push(format!("{who} is listed twice"));
            }
            let got_it = accepted.contains_key(who);
            unknown_accepted += usize::from(state == "unknown" && got_it);
            match (state, got_it) {
                ("sent", true) | ("failed" | "skipped", false) | ("unknown", _) => {}
                _ => faults.push(format!("{who} is {state}, accepted: {got_it}")),
            }
        }
        let n = |state: &str| states.get(state).copied().unwrap_or(0);
        for state in ["sent", "failed", "skipped", "unknown"] {
            if report[state] != n(state) {
                faults.push(format!(
                    "the report counts {} {state}, the list {}",
                    report[state],
                    n(state)
                ));
            }
        }
        if report["recipients"] != self.recipients || report["queued"] != 0 {
            faults.push(format!("the report does not add up: {report}"));
        }
        let ended: HashSet<&str> = rows
            .iter()
            .filter(|row| matches!(row.state.as_str(), "failed" | "skipped" | "unknown"))
            .map(|row| row.address.as_str())
            .collect();
        let lost: Vec<String> = (0..self.recipients)
            .map(address)
            .filter(|who| !accepted.contains_key(who) && !ended.contains(who.as_str()))
            .collect();
        let duplicates: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
        let verdict = Verdict {
            name: self.name,
            recipients: self.recipients,
            lost: lost.len(),
            duplicates: duplicates.len(),
            sent: n("sent"),
            failed: n("failed"),
            skipped: n("skipped"),
            unknown: n("unknown"),
            unknown_accepted,
            took,
        };
        println!("{verdict}");
        let violations = self.sink.stats().violations;
        if !lost.is_empty()
            || !duplicates.is_empty()
            || !faults.is_empty()
            || !violations.is_empty()
        {
            let logs: Vec<String> = self.programs.iter().map(Program::log_tail).collect();
            faults.truncate(10);
            panic!(
                "{verdict}\nlost: {:?}\ntwice: {:?}\n{faults:#?}\n{violations:?}\n{report}\n{}",
                &lost[..lost.len().min(10)],
                &duplicates[..duplicates.len().min(10)],
                logs.join("\n----\n")
            );
        }
        verdict
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} recipients: lost {}, duplicates {}, unknown {} (of which the relay took {}), sent {}, failed {}, \
             skipped {}; {:.1} s",
            self.name,
            self.recipients,
            self.lost,
            self.duplicates,
            self.unknown,
            self.unknown_accepted,
            self.sent,
            self.failed,
            self.skipped,
            self.took.as_secs_f64()
        )
    }
}
