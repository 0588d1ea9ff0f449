//! Finds whose message a link is of: all who ask at the same moment with one query.

use std::collections::HashMap;

use ctx::Ctx;
use kernel::{Error, Result};
use tokio::sync::{mpsc, oneshot};

use super::model::Subject;
use super::store;
use crate::messages::MessageId;

/// Most messages of one query, and most that wait.
const BATCH: usize = 256;

type Asked = (MessageId, oneshot::Sender<Option<Subject>>);

/// A handle on the task that looks. Clones share it.
#[derive(Clone)]
pub(super) struct Finder(mpsc::Sender<Asked>);

impl Finder {
    /// Starts the task; it ends with the last handle.
    pub(super) fn start(ctx: &Ctx) -> Self {
        let (sender, receiver) = mpsc::channel(BATCH);
        ctx.tasks.spawn(run(ctx.clone(), receiver));
        Self(sender)
    }

    /// The message that a token names, if there is one.
    pub(super) async fn find(&self, message: MessageId) -> Result<Option<Subject>> {
        let (answer, found) = oneshot::channel();
        let away = || Error::Unavailable {
            message: "the database is not available; try again".to_owned(),
            source: None,
        };
        self.0.send((message, answer)).await.map_err(|_| away())?;
        found.await.map_err(|_| away())
    }
}

async fn run(ctx: Ctx, mut receiver: mpsc::Receiver<Asked>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let found = match look(&ctx, &batch).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot find the messages of links"
                );
                // Who waits notices that nobody answers any more.
                batch.clear();
                continue;
            }
        };
        for (message, answer) in batch.drain(..) {
            // Whoever asked may have hung up.
            let _ = answer.send(found.get(&message).cloned());
        }
    }
}

async fn look(ctx: &Ctx, asked: &[Asked]) -> Result<HashMap<MessageId, Subject>> {
    let mut messages: Vec<MessageId> = asked.iter().map(|(message, _)| *message).collect();
    messages.sort_unstable();
    messages.dedup();
    let mut tx = ctx.read().await?;
    let found = store::find_subjects(&mut tx, &messages).await?;
    let by_message = found.into_iter().map(|subject| (subject.message, subject));
    Ok(by_message.collect())
}
