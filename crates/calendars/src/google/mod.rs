//! Google Calendar, by version 3 of its API.
//!
//! Events are listed one by one (`singleEvents`), so Google expands what repeats. A list gives a `syncToken` with its last
//! page; it dies with 410, and on its own after changes of who may see what.
//!
//! What we write has an id made of the meeting's uid, so that writing it twice makes one event, and
//! `sendUpdates=none`, because we write to people ourselves.

mod event;
mod read;
mod write;

use net::{Request, Response};
use serde::Deserialize;

use crate::api::{Api, MAX_OBJECTS};
use crate::asking::{parse, plain, refusal};
use crate::oauth::{OAuth, Renewed, Tokens};
use crate::{Fault, Listed};

/// The documented address of the API.
pub const BASE: &str = "https://www.googleapis.com/calendar/v3";

/// Somebody's calendars at Google.
#[derive(Debug)]
pub struct Google {
    api: Api,
}

#[derive(Deserialize)]
struct Calendars {
    #[serde(default)]
    items: Vec<Calendar>,
    #[serde(rename = "nextPageToken")]
    next_page: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Calendar {
    id: String,
    #[serde(default)]
    summary: String,
    summary_override: Option<String>,
    background_color: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    access_role: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    deleted: bool,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    error: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    message: String,
    errors: Vec<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

impl Google {
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
        let mut page: Option<String> = None;
        loop {
            let mut url = self.api.url(&["users", "me", "calendarList"])?;
            url.query_pairs_mut().append_pair("maxResults", "250");
            if let Some(page) = &page {
                url.query_pairs_mut().append_pair("pageToken", page);
            }
            let answer: Calendars = parse(&self.api.success(Request::get(url.as_str())).await?)?;
            all.extend(answer.items);
            page = answer.next_page.filter(|next| page.as_ref() != Some(next));
            if page.is_none() || all.len() > MAX_OBJECTS {
                break;
            }
        }
        // The id of the first calendar is the account's address.
        let owner = all
            .iter()
            .find(|it| it.primary)
            .map(|it| it.id.to_lowercase());
        Ok(all
            .into_iter()
            .filter(|it| !it.deleted)
            .map(|it| Listed {
                writable: matches!(it.access_role.as_str(), "owner" | "writer"),
                name: it.summary_override.unwrap_or(it.summary),
                color: it
                    .background_color
                    .as_deref()
                    .and_then(crate::caldav::color),
                zone: it.time_zone,
                primary: it.primary,
                owner: owner.clone(),
                id: it.id,
            })
            .collect())
    }
}

/// What a refusal means: Google says 403 for many things.
fn problem(response: &Response) -> Fault {
    let problem: Problem = serde_json::from_slice(&response.body).unwrap_or_default();
    let is = |reasons: &[&str]| {
        problem
            .error
            .errors
            .iter()
            .any(|it| reasons.contains(&it.reason.as_str()))
    };
    let text = plain(&problem.error.message);
    match (response.status, refusal(response)) {
        (403, _)
            if is(&[
                "rateLimitExceeded",
                "userRateLimitExceeded",
                "quotaExceeded",
                "dailyLimitExceeded",
            ]) =>
        {
            Fault::Busy { retry_after: None }
        }
        (403, _) if is(&["insufficientPermissions"]) => Fault::Unauthorized(text),
        // The id that we make of a meeting's uid is there already.
        (409, _) => Fault::Conflict,
        (500, _) => Fault::Unreachable(text),
        (_, Fault::Refused(_)) if !text.is_empty() => Fault::Refused(text),
        (_, fault) => fault,
    }
}
