//! Mails about bookings: booking says what is to be told, sending takes it from there.
//!
//! A consumer of events, so that a mail is a row in the transaction that moves its cursor: none is forgotten, and none is
//! queued twice, whoever crashes when. What a mail says is how the booking is when it is written, so that of two changes
//! in a moment both mails tell the last one.

use std::sync::Arc;

use booking::bookings::{self, Detail};
use booking::invite::{self, About, Host, Letter, Waits};
use booking::{WaitingId, event_types, settings, waiting};
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
        let named = |key: &str| event.body[key].as_str();
        if let Some(id) = named("waiting_id").and_then(|id| id.parse().ok()) {
            return self.tell_waiting(ctx, tx, event, id).await;
        }
        let Some(id) = named("booking_id").and_then(|id| id.parse().ok()) else {
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
            send(ctx, tx, event, place, &letter).await?;
        }
        Ok(())
    }

    /// The same for who waits for a place.
    async fn tell_waiting(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        event: &Event,
        id: WaitingId,
    ) -> Result<()> {
        let account = event.account;
        // Who went away meanwhile, or booked, needs to hear nothing.
        let Some(one) = waiting::find_in(tx, account, id).await? else {
            return Ok(());
        };
        let event_type = match event_types::find_in(tx, account, one.event_type_id).await {
            Ok(event_type) => event_type,
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let page = settings::page_in(tx, account).await?;
        let waits = Waits {
            waiting: &one,
            event_type: &event_type,
            page: &page,
            url: &self.url,
            token: &waiting::token_of(ctx, &one),
            now: ctx.clock.now(),
        };
        let letter = if event.kind == events::kind::BOOKING_PLACE_FREE {
            let start = event.body["start_at"].as_str();
            let start = start.and_then(|at| at.parse().ok());
            start.and_then(|start| waits.free(start))
        } else {
            Some(waits.joined())
        };
        match letter {
            Some(letter) => send(ctx, tx, event, 0, &letter).await,
            None => Ok(()),
        }
    }
}

/// Queues one of the mails of an event, once.
async fn send(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event: &Event,
    place: usize,
    letter: &Letter,
) -> Result<()> {
    let account = event.account;
    let key = format!("booking {} {place}", event.id);
    let message = message(letter)?;
    match transactional::send_in(ctx, tx, account, &Actor::system(), Some(&key), message).await {
        Ok(_) => Ok(()),
        // Without a sender an account can take bookings all the same.
        Err(Error::Invalid(faults)) => {
            tracing::warn!(%account, event = %event.kind, ?faults, "a mail about a booking cannot be sent");
            Ok(())
        }
        Err(error) => Err(error),
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
