//! What is in a calendar, and what changed.

use std::collections::HashMap;

use kernel::Timestamp;
use net::Url;
use serde::Deserialize;

use super::event::Event;
use super::{MAX_PAGES, Microsoft, get, problem};
use crate::api::MAX_OBJECTS;
use crate::asking::parse;
use crate::{Changes, Fault, Object};

/// An event comes with its whole text, so pages are small.
const DELTA: &str = ", odata.maxpagesize=100, outlook.body-content-type=\"text\"";
const FIELDS: &str = "id,type,seriesMasterId,transactionId,subject,showAs,isCancelled,isAllDay,\
                      responseStatus,start,end";

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    value: Vec<Event>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

impl Microsoft {
    /// What changed since the token, or everything that touches the window. The token has the window in it.
    pub async fn changes(
        &self,
        calendar: &str,
        token: Option<&str>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Changes, Fault> {
        let url = if let Some(token) = token {
            self.link(token).map_err(|_| Fault::TokenGone)?
        } else {
            let mut url = self
                .api
                .url(&["me", "calendars", calendar, "calendarView", "delta"])?;
            window(&mut url, from, until);
            url
        };
        let (events, delta) = match self.pages(url, DELTA).await {
            Err(Fault::Gone) if token.is_some() => return Err(Fault::TokenGone),
            other => other?,
        };
        let mut changes = Changes {
            whole: token.is_none(),
            changed: Vec::new(),
            removed: Vec::new(),
            token: delta,
        };
        let mut series: HashMap<String, Option<Event>> = events
            .iter()
            .filter(|it| it.is_series())
            .map(|it| (it.id.clone(), Some(it.clone())))
            .collect();
        for event in events {
            if event.removed.is_some() {
                changes.removed.push(event.id);
            } else if !event.is_series() {
                let event = self.completed(event, &mut series).await?;
                changes.changed.push(event.object()?);
            }
        }
        if changes.whole {
            changes.removed.clear();
        }
        Ok(changes)
    }

    /// What touches this time.
    pub async fn now(
        &self,
        calendar: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, Fault> {
        let mut url = self
            .api
            .url(&["me", "calendars", calendar, "calendarView"])?;
        window(&mut url, from, until);
        url.query_pairs_mut()
            .append_pair("$select", FIELDS)
            .append_pair("$top", "100");
        let (events, _) = self.pages(url, "").await?;
        events.into_iter().map(Event::object).collect()
    }

    /// One event.
    pub async fn read(&self, key: &str) -> Result<Object, Fault> {
        self.event(key).await?.object()
    }

    /// What was written for this meeting, if it still is at its time.
    pub async fn find(
        &self,
        calendar: &str,
        uid: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Object>, Fault> {
        let there = self.now(calendar, from, until).await?;
        Ok(there.into_iter().find(|it| it.uid.as_deref() == Some(uid)))
    }

    async fn event(&self, id: &str) -> Result<Event, Fault> {
        let mut url = self.api.url(&["me", "events", id])?;
        url.query_pairs_mut().append_pair("$select", FIELDS);
        parse(&self.api.success(get(&url, "")).await?)
    }

    /// A change of a series tells of an occurrence only when it is; the rest is asked for, once a series.
    async fn completed(
        &self,
        event: Event,
        series: &mut HashMap<String, Option<Event>>,
    ) -> Result<Event, Fault> {
        let Some(id) = event.series_master_id.clone().filter(|_| event.is_bare()) else {
            return Ok(event);
        };
        if !series.contains_key(&id) {
            let master = match self.event(&id).await {
                Ok(master) => Some(master),
                // It was deleted meanwhile, which the next changes tell.
                Err(Fault::Gone) => None,
                Err(fault) => return Err(fault),
            };
            series.insert(id.clone(), master);
        }
        Ok(match series.get(&id) {
            Some(Some(master)) => event.completed_by(master),
            _ => event,
        })
    }

    /// All pages of a list, and the link to what comes after it.
    async fn pages(
        &self,
        mut url: Url,
        prefer: &str,
    ) -> Result<(Vec<Event>, Option<String>), Fault> {
        let mut events = Vec::new();
        for _ in 0..MAX_PAGES {
            let response = self.api.call(get(&url, prefer)).await?;
            if !response.is_success() {
                return Err(problem(&response));
            }
            let page: Page = parse(&response)?;
            events.extend(page.value);
            if events.len() > MAX_OBJECTS {
                return Err(Fault::Refused(
                    "the calendar is larger than this server reads".to_owned(),
                ));
            }
            match page.next {
                Some(next) => url = self.link(&next)?,
                None => return Ok((events, page.delta)),
            }
        }
        Err(Fault::Garbage("a list without an end".to_owned()))
    }
}

fn window(url: &mut Url, from: Timestamp, until: Timestamp) {
    url.query_pairs_mut()
        .append_pair("startDateTime", &from.to_string())
        .append_pair("endDateTime", &until.to_string());
}
