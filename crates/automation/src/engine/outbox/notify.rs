//! Notes to colleagues.

use ctx::Ctx;
use identity::Actor;
use kernel::{Error, Result, UserId};
use sending::transactional::{self, NewMessage, Sent};
use serde_json::{Value, json};

use super::super::store::Due;
use super::http::filled;
use super::{Done, Failure, Task};
use crate::definition::NotifyTeam;

/// Writes to each of them, once: whoever asks again with the same key gets the message that there is.
pub(super) async fn notify(ctx: &Ctx, due: &Due, note: &NotifyTeam, task: &Task) -> Result<Done> {
    let texts = filled(&note.subject, &task.values)
        .and_then(|subject| Ok((subject, filled(&note.text, &task.values)?)));
    let (subject, text) = match texts {
        Ok(texts) => texts,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut told = 0;
    for user in &note.users {
        let member = match identity::users::get(ctx, due.account, UserId::from(user.0)).await {
            Ok(member) => member,
            // Who has left is not told.
            Err(Error::NotFound { .. }) => continue,
            Err(other) => return Err(other),
        };
        let message = json!({
            "to": member.email,
            "to_name": member.name,
            "content": {
                "subject": "{{ note_subject }}",
                "body": {"kind": "text", "text": "{{ note_text }}\n\n{{ note_contact }}"},
            },
            "variables": {
                "note_subject": subject, "note_text": text, "note_contact": task.person.subscriber.email,
            },
            "tag": "automation",
            "track_opens": false,
            "track_clicks": false,
        });
        let message: NewMessage = serde_json::from_value(message).map_err(Error::internal)?;
        let key = format!("automation:{}:{}:{}", due.run, due.seq, user.0);
        let sent =
            transactional::send(ctx, due.account, &Actor::system(), Some(&key), message).await;
        match sent {
            Ok(Sent::Queued(_) | Sent::Before(_) | Sent::OtherMessage) => told += 1,
            Err(Error::Invalid(faults)) => {
                let why = faults.first().map_or_else(
                    || "the note is refused".to_owned(),
                    |fault| format!("{}: {}", fault.field, fault.message),
                );
                return Ok(Err(Failure::for_good(why)));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(if told == 0 {
        Err(Failure::for_good(
            "nobody of those to be told is there any more",
        ))
    } else {
        Ok(Value::Null)
    })
}
