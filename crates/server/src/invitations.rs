//! Mails about bookings: booking says what is to be told, sending takes it from there.
//!
//! A consumer of events, so that a mail is a row in the transaction that moves its cursor: none is forgotten, and none is
//! queued twice, whoever crashes when. What a mail says is how the booking is when it is written, so that of two changes
//! in a moment both mails tell the last one.

use std::sync::Arc;

use booking::bookings::{self, Detail};
use booking::invite::{self, About, Host, Letter};
use ctx::Ctx;
use data_encoding::BASE64;
use db::WriteTx;
use events::{Consumer, Event, Start};
use identity::Actor;
use kernel::{Error, Result};
use sending::transactional::{self, NewMessage};
use serde_json::json;

/// Writes the mails about bookings.
pub struct Invitations {
    /// Where this server is.
    url: Arc<str>,
}

impl Invitations {
    /// For a server that people reach here, without a slash at the end.
    pub fn new(url: &str) -> Self {
        Self { url: url.into() }
    }

    async fn tell(&self, ctx: &Ctx, tx: &mut WriteTx, event: &Event) -> Result<()> {
        let account = event.account;
        let Some(id) = event.body["booking_id"]
            .as_str()
            .and_then(|id| id.parse().ok())
        else {
            return Ok(());
        };
        let detail = match bookings::get_in(tx, account, id).await {
            Ok(detail) => detail,
            // Whoever it was about was erased meanwhile.
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let language = identity::accounts::get(tx, account).await?.language;
        let token = bookings::token_of(ctx, &detail.booking);
        let hosts = hosts(tx, &detail).await?;
        let about = About {
            detail: &detail,
            hosts: &hosts,
            event: &event.kind,
            url: &self.url,
            token: &token,
            now: ctx.clock.now(),
            language: &language,
        };
        for (place, letter) in invite::letters(&about).into_iter().enumerate() {
            let key = format!("booking {} {place}", event.id);
            let message = message(&letter)?;
            match transactional::send_in(ctx, tx, account, &Actor::system(), Some(&key), message)
                .await
            {
                Ok(_) => {}
                // Without a sender an account can take bookings all the same.
                Err(Error::Invalid(faults)) => {
                    tracing::warn!(%account, booking = %id, ?faults, "a mail about a booking cannot be sent");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Who hosts a booking, with the addresses of the users who they are. Who left the account gets no mail.
async fn hosts(tx: &mut WriteTx, detail: &Detail) -> Result<Vec<Host>> {
    let mut hosts = Vec::new();
    for host in &detail.hosts {
        match identity::users::get_in(tx, host.account, host.user_id).await {
            Ok(user) => hosts.push(Host {
                name: host.name.clone(),
                email: user.email.as_str().to_owned(),
            }),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hosts)
}

fn message(letter: &Letter) -> Result<NewMessage> {
    let attachments: Vec<_> = letter
        .calendar
        .iter()
        .map(|calendar| {
            json!({
                "name": "invite.ics",
                "media_type": "application/ics",
                "content": BASE64.encode(calendar.as_bytes()),
            })
        })
        .collect();
    let message = json!({
        "to": letter.to_email,
        "to_name": letter.to_name,
        "reply_to": letter.reply_to,
        "content": {
            "subject": invite::SUBJECT,
            "body": {"kind": "html", "html": invite::HTML, "text": invite::TEXT},
        },
        "variables": {"letter": letter.values},
        "attachments": attachments,
        "tag": "booking",
        "track_opens": false,
        "track_clicks": false,
    });
    serde_json::from_value(message).map_err(Error::internal)
}

impl Consumer for Invitations {
    fn name(&self) -> &'static str {
        "booking invitations"
    }

    fn start(&self) -> Start {
        Start::Now
    }

    fn reads_body(&self, kind: &str) -> bool {
        kind.starts_with("booking.")
    }

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        for event in events
            .iter()
            .filter(|event| event.kind.starts_with("booking."))
        {
            self.tell(ctx, tx, event).await?;
        }
        Ok(())
    }
}
