//! Mails about calendars that cannot be read any more, to the hosts whose they are.
//!
//! A consumer of events, as [`crate::invitations`] is and for the same reason. The event is recorded once, until the
//! calendars can be read again, and so is the mail.

use std::sync::Arc;

use booking::calendars::broken_letter;
use booking::invite::{self, Host};
use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event, Start, kind};
use identity::Actor;
use kernel::{Error, Result};
use sending::transactional::{self, NewMessage};
use serde_json::json;

/// Writes the mails about calendars.
pub struct CalendarAlerts {
    /// Where this server is.
    url: Arc<str>,
}

impl CalendarAlerts {
    /// For a server that people reach here, without a slash at the end.
    pub fn new(url: &str) -> Self {
        Self { url: url.into() }
    }

    async fn tell(&self, ctx: &Ctx, tx: &mut WriteTx, event: &Event) -> Result<()> {
        let account = event.account;
        let host = event.body["host_id"]
            .as_str()
            .and_then(|id| id.parse().ok());
        let Some(host) = host else {
            return Ok(());
        };
        let Some(host) = booking::hosts::find_in(tx, account, host).await? else {
            return Ok(());
        };
        let user = match identity::users::get_in(tx, account, host.user_id).await {
            // Whoever left the account has no say in it.
            Err(Error::NotFound { .. }) => return Ok(()),
            found => found?,
        };
        let to = Host {
            name: host.name,
            email: user.email.as_str().to_owned(),
        };
        let language = identity::accounts::get(tx, account).await?.language;
        let letter = broken_letter(&to, &language, &self.url, &event.body);
        let message: NewMessage = serde_json::from_value(json!({
            "to": letter.to_email,
            "to_name": letter.to_name,
            "content": {
                "subject": invite::SUBJECT,
                "body": {"kind": "html", "html": invite::HTML, "text": invite::TEXT},
            },
            "variables": {"letter": letter.values},
            "tag": "booking",
            "track_opens": false,
            "track_clicks": false,
        }))
        .map_err(Error::internal)?;
        let key = format!("calendar {}", event.id);
        match transactional::send_in(ctx, tx, account, &Actor::system(), Some(&key), message).await
        {
            Ok(_) => Ok(()),
            // Without a sender an account has the state of the connection to look at.
            Err(Error::Invalid(faults)) => {
                tracing::warn!(%account, ?faults, "a mail about a calendar cannot be sent");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Consumer for CalendarAlerts {
    fn name(&self) -> &'static str {
        "calendar alerts"
    }

    fn start(&self) -> Start {
        Start::Now
    }

    fn reads_body(&self, of: &str) -> bool {
        of == kind::CALENDAR_BROKEN
    }

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        for event in events
            .iter()
            .filter(|event| event.kind == kind::CALENDAR_BROKEN)
        {
            self.tell(ctx, tx, event).await?;
        }
        Ok(())
    }
}
