//! From recorded events to those that automations know.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use events::kind;
use kernel::{AccountId, Result, Timestamp};
use serde_json::{Value, json};

use super::ACTOR_PREFIX;
use super::store::{self, Sent};
use crate::event::Event;
use crate::kinds::Kinds;

/// Whether automations can depend on events of this kind.
pub(super) fn concerns(name: &str, kinds: &Kinds) -> bool {
    kinds.event(name).is_some()
        || matches!(name, kind::SUBSCRIBER_DELETED | kind::SUBSCRIBER_MERGED)
}

/// Whether the engine recorded it, and has acted on it already.
pub(super) fn is_own(body: &Value) -> bool {
    body.get("actor")
        .and_then(Value::as_str)
        .is_some_and(|actor| actor.starts_with(ACTOR_PREFIX))
        || body.get("handled").is_some_and(|it| *it == json!(true))
}

/// What an event of a message is not told in its own row: the step that sent it, and the address of a link.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) senders: HashMap<i64, Sent>,
    urls: HashMap<i64, String>,
}

fn id_in(body: &Value, key: &str) -> Option<i64> {
    body.get(key)?.as_str()?.parse().ok()
}

impl Context {
    /// Of some events of one account.
    pub(super) async fn load<'b>(
        tx: &mut Tx,
        account: AccountId,
        bodies: impl Iterator<Item = (&'b str, &'b Value)>,
    ) -> Result<Self> {
        let (mut messages, mut targets) = (BTreeSet::new(), BTreeSet::new());
        for (name, body) in bodies {
            if name.starts_with("message.") {
                messages.extend(id_in(body, "message_id"));
                targets.extend(id_in(body, "target_id"));
            }
        }
        let messages: Vec<i64> = messages.into_iter().collect();
        let targets: Vec<i64> = targets.into_iter().collect();
        Ok(Self {
            senders: store::senders(tx, account, &messages).await?,
            urls: sending::automated::urls_in(tx, account, &targets).await?,
        })
    }

    /// The step whose message an event is of.
    pub(super) fn sender(&self, body: &Value) -> Option<&Sent> {
        self.senders.get(&id_in(body, "message_id")?)
    }
}

/// A recorded event with its parts.
pub(super) struct Recorded {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) contact: i64,
    pub(super) subject: Option<i64>,
    pub(super) at: Timestamp,
    pub(super) body: Value,
}

/// The same as automations know it. Who is born into a group, with a tag or with consent has no event of that by itself:
/// for automations there is one.
pub(super) fn translate(recorded: Recorded, context: &Context) -> Vec<Event> {
    let Recorded {
        id,
        kind,
        contact,
        subject,
        at,
        mut body,
    } = recorded;
    let event = |kind: String, subject: Option<i64>, body: Value| Event {
        id,
        kind,
        contact,
        subject,
        at,
        body,
        cause: None,
        chain: Vec::new(),
    };
    if !body.is_object() {
        body = json!({});
    }
    let mut all = Vec::new();
    match kind.as_str() {
        kind::SUBSCRIBER_UPDATED => {
            // Custom fields are named as rules name them.
            if let Some(changed) = body.get_mut("changed").and_then(Value::as_array_mut) {
                for name in changed {
                    let text = name.as_str().unwrap_or_default();
                    let text = text.strip_prefix("fields.").unwrap_or(text);
                    *name = match text {
                        "owner_id" => json!("owner"),
                        text => json!(text),
                    };
                }
            }
            all.push(event(kind, subject, body));
        }
        kind::SUBSCRIBER_CREATED => {
            let born_into = |key: &str| -> Vec<i64> {
                let list = body.get(key).and_then(Value::as_array);
                list.into_iter()
                    .flatten()
                    .filter_map(|id| id.as_str()?.parse().ok())
                    .collect()
            };
            let (groups, tags) = (born_into("group_ids"), born_into("tag_ids"));
            let consented = body.get("consent_at").is_some();
            all.push(event(kind, subject, body));
            for group in groups {
                all.push(event(kind::GROUP_JOINED.to_owned(), Some(group), json!({})));
            }
            for tag in tags {
                all.push(event(kind::TAG_ADDED.to_owned(), Some(tag), json!({})));
            }
            if consented {
                all.push(event(kind::CONSENT_GIVEN.to_owned(), None, json!({})));
            }
        }
        name if name.starts_with("message.") => {
            if let Some(sent) = context.sender(&body) {
                body["run"] = json!(sent.run.to_string());
                body["step"] = json!(sent.step);
                body["automation"] = json!(sent.automation.to_string());
            }
            if let Some(url) = id_in(&body, "target_id").and_then(|id| context.urls.get(&id)) {
                body["url"] = json!(url);
            }
            all.push(event(kind, subject, body));
        }
        _ => all.push(event(kind, subject, body)),
    }
    all
}
