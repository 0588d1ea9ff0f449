//! What DNS says of a domain that mail is sent from: whether receivers can check what is signed.

use kernel::Timestamp;
use net::Texts;
use serde::Serialize;

use super::model::DkimKey;

/// The most labels of a name that are gone up in the search for a policy (RFC 9989 section 4.10).
const MOST_LABELS: usize = 8;

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The public half of the key (RFC 6376).
    Dkim,
    /// Who may send in the domain's name (RFC 7208).
    Spf,
    /// What receivers are to do with mail that fails both (RFC 9989).
    Dmarc,
}

/// What became of looking for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// It is there and right.
    Ok,
    /// It is not there; new records take a while to be seen.
    Missing,
    /// There is something else, or more than there may be.
    Wrong,
    /// No name server could tell.
    Unknown,
}

/// A record, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FoundRecord {
    pub purpose: Purpose,
    /// Where it was looked for; of `dmarc`, where it was found, which may be above the domain.
    #[schema(example = "spring._domainkey.example.com")]
    pub name: String,
    pub state: RecordState,
    /// The texts of that kind that are there.
    #[schema(example = json!(["v=DKIM1; k=rsa; p=MIIB"]))]
    pub found: Vec<String>,
    /// What is wrong and what to do, for people; nothing when it is right.
    pub advice: Option<String>,
}

/// What DNS says of the domain of a key.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DomainRecords {
    pub checked_at: Timestamp,
    /// `dkim`, `spf` and `dmarc`, in this order.
    pub records: Vec<FoundRecord>,
}

/// Looks for the record of the key, and for the two policies of its domain.
pub(super) async fn look(dns: &dyn Texts, key: &DkimKey, at: Timestamp) -> DomainRecords {
    let (dkim, spf, dmarc) = tokio::join!(
        dkim(dns, key),
        spf(dns, &key.domain),
        dmarc(dns, &key.domain)
    );
    DomainRecords {
        checked_at: at,
        records: vec![dkim, spf, dmarc],
    }
}

pub(super) fn name_of(key: &DkimKey) -> String {
    format!("{}._domainkey.{}", key.selector, key.domain)
}

/// The record of the key.
pub(crate) async fn dkim(dns: &dyn Texts, key: &DkimKey) -> FoundRecord {
    let name = name_of(key);
    let texts = dns.texts(&name).await;
    record(Purpose::Dkim, name, texts, |found| {
        let advice = match found {
            [] => {
                return Some((
                    RecordState::Missing,
                    "Add the record below. New records are seen after minutes, sometimes after a day.",
                ));
            }
            [one] if public_key(one) == public_key(&key.record) => return None,
            [one] if public_key(one).is_some_and(|key| key.is_empty()) => {
                "The record says that the key is withdrawn: its p= is empty. Put the value below in its place."
            }
            [_] => {
                "The record holds another key. Put the value below in its place; it may have been cut off when it was pasted."
            }
            _ => {
                "There are several records at this name, of which receivers take any. Leave only the one below."
            }
        };
        Some((RecordState::Wrong, advice))
    })
}

async fn spf(dns: &dyn Texts, domain: &str) -> FoundRecord {
    let texts = dns.texts(domain).await;
    let texts = texts.map(|texts| only(texts, |text| first_word(text, ' ') == "v=spf1"));
    record(
        Purpose::Spf,
        domain.to_owned(),
        texts,
        |found| match found {
            [] => Some((
                RecordState::Missing,
                "Add a text that begins with v=spf1 and names who sends for this domain; your mail provider tells what to put into it.",
            )),
            [_] => None,
            _ => Some((
                RecordState::Wrong,
                "There are several texts that begin with v=spf1, so receivers take none of them. Make one of them.",
            )),
        },
    )
}

/// The policy of the domain, or of the nearest one above it that has one.
async fn dmarc(dns: &dyn Texts, domain: &str) -> FoundRecord {
    let labels: Vec<&str> = domain.split('.').collect();
    let above = labels.len().saturating_sub(MOST_LABELS - 1).max(1);
    // The domain itself, then those above it down to the one below the top.
    let starts = std::iter::once(0).chain(above..labels.len().saturating_sub(1));
    for start in starts {
        let name = format!("_dmarc.{}", labels[start..].join("."));
        let texts = dns.texts(&name).await;
        let texts = texts.map(|texts| only(texts, |text| first_word(text, ';') == "v=DMARC1"));
        if texts.as_ref().is_ok_and(Vec::is_empty) {
            continue;
        }
        return record(Purpose::Dmarc, name, texts, |found| {
            (found.len() > 1).then_some((
                RecordState::Wrong,
                "There are several texts that begin with v=DMARC1, so receivers take none of them. Leave one.",
            ))
        });
    }
    record(
        Purpose::Dmarc,
        format!("_dmarc.{domain}"),
        Ok(Vec::new()),
        |_| {
            Some((
                RecordState::Missing,
                "Large providers ask bulk senders for it. Add a text at this name, to begin with: v=DMARC1; p=none",
            ))
        },
    )
}

fn record(
    purpose: Purpose,
    name: String,
    texts: std::io::Result<Vec<String>>,
    judge: impl Fn(&[String]) -> Option<(RecordState, &'static str)>,
) -> FoundRecord {
    let (found, fault) = match texts {
        Ok(found) => {
            let fault = judge(&found);
            (found, fault)
        }
        Err(_) => (
            Vec::new(),
            Some((
                RecordState::Unknown,
                "No name server could tell. Try again in a while.",
            )),
        ),
    };
    FoundRecord {
        purpose,
        name,
        state: fault.map_or(RecordState::Ok, |(state, _)| state),
        found,
        advice: fault.map(|(_, advice)| advice.to_owned()),
    }
}

fn only(texts: Vec<String>, which: impl Fn(&str) -> bool) -> Vec<String> {
    texts.into_iter().filter(|text| which(text)).collect()
}

fn first_word(text: &str, end: char) -> &str {
    text.split(end).next().unwrap_or_default().trim()
}

/// The value of `p=` of a record, without the blanks that may be in it (RFC 6376 section 3.6.1).
fn public_key(record: &str) -> Option<String> {
    record.split(';').find_map(|tag| {
        let (name, value) = tag.split_once('=')?;
        (name.trim() == "p").then(|| value.split_whitespace().collect())
    })
}
