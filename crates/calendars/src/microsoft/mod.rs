//! Calendars of Microsoft 365 and Outlook, by Microsoft Graph.
//!
//! A window of a calendar is read by `calendarView/delta`: Graph expands what repeats, and its last page has a link to
//! what changes after it. The window is part of the link. Links die with 410.
//!
//! What we write has no attendees: Exchange would write to them, and there is no way to forbid it. They are named in the
//! text instead. Its `transactionId` is the meeting's uid: written twice, it is one event.

mod event;
mod read;
mod write;

use net::{Request, Response, Url};
use serde::Deserialize;

use crate::api::Api;
use crate::asking::{parse, plain, refusal};
use crate::oauth::{OAuth, Renewed, Tokens};
use crate::{Fault, Listed};

/// The documented address of the API; national clouds have others.
pub const BASE: &str = "https://graph.microsoft.com/v1.0";

const MAX_PAGES: usize = 1000;

/// Somebody's calendars at Microsoft.
#[derive(Debug)]
pub struct Microsoft {
    api: Api,
}

#[derive(Deserialize)]
struct Calendars {
    #[serde(default)]
    value: Vec<Calendar>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Calendar {
    id: String,
    name: Option<String>,
    hex_color: Option<String>,
    can_edit: Option<bool>,
    #[serde(rename = "isDefaultCalendar")]
    is_default: Option<bool>,
    owner: Option<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    address: Option<String>,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    error: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    code: String,
    message: String,
}

impl Microsoft {
    /// With the tokens of somebody who signed in.
    pub fn new(oauth: OAuth, tokens: Tokens) -> Self {
        Self {
            api: Api::new(oauth, tokens, BASE, problem),
        }
    }

    /// At another address than the documented one.
    #[must_use]
    pub fn with_base(mut self, base: &str) -> Self {
        self.api = self.api.at(base);
        self
    }

    /// New tokens, once after they came.
    pub fn tokens_to_keep(&self) -> Option<Renewed> {
        self.api.tokens_to_keep()
    }

    /// All calendars of the account.
    pub async fn list(&self) -> Result<Vec<Listed>, Fault> {
        let mut all = Vec::new();
        let mut url = self.api.url(&["me", "calendars"])?;
        url.query_pairs_mut().append_pair("$top", "100");
        for _ in 0..MAX_PAGES {
            let answer: Calendars = parse(&self.api.success(get(&url, "")).await?)?;
            all.extend(answer.value);
            match answer.next {
                Some(next) => url = self.link(&next)?,
                None => break,
            }
        }
        Ok(all
            .into_iter()
            .map(|it| Listed {
                id: it.id,
                name: it.name.unwrap_or_default(),
                color: it.hex_color.as_deref().and_then(crate::caldav::color),
                writable: it.can_edit == Some(true),
                // Graph tells the zone of the mailbox by its Windows name, and times in UTC.
                zone: None,
                primary: it.is_default == Some(true),
                owner: it
                    .owner
                    .and_then(|it| it.address)
                    .map(|address| address.to_lowercase()),
            })
            .collect())
    }

    /// A link that an answer gave: the token goes to the service only.
    fn link(&self, text: &str) -> Result<Url, Fault> {
        let base = self.api.url(&[])?;
        Url::parse(text)
            .ok()
            .filter(|url| url.origin() == base.origin())
            .ok_or_else(|| Fault::Garbage("a link that leads elsewhere".to_owned()))
    }
}

fn get(url: &Url, prefer: &str) -> Request {
    preferring(Request::get(url.as_str()), prefer)
}

/// `prefer` is what is wished for besides times in UTC and ids that stay when an event is moved.
fn preferring(request: Request, prefer: &str) -> Request {
    let wishes = format!("outlook.timezone=\"UTC\", IdType=\"ImmutableId\"{prefer}");
    request.header("prefer", &wishes)
}

/// What a refusal means.
fn problem(response: &Response) -> Fault {
    let problem: Problem = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = problem.error.code.as_str();
    let text = plain(&problem.error.message);
    match (response.status, refusal(response)) {
        (404, _) if code == "MailboxNotEnabledForRESTAPI" => Fault::Refused(text),
        (_, _) if code.to_ascii_lowercase().contains("syncstate") || code == "resyncRequired" => {
            Fault::TokenGone
        }
        (409, _) => Fault::Conflict,
        (500, _) => Fault::Unreachable(text),
        (_, Fault::Refused(_)) if !text.is_empty() => Fault::Refused(text),
        (_, fault) => fault,
    }
}
