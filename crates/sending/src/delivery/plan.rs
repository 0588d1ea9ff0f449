//! A campaign made ready to be sent to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use content::{CompileOptions, Compiled, Slots, Surroundings, Values};
use ctx::{AccountKey, Ctx};
use kernel::{AccountId, Error, Result, Timestamp};
use mail::dkim::SigningKey;
use mail::{Header, Mailbox, Message};

use super::merge;
use crate::Config;
use crate::campaigns::store as campaigns;
use crate::campaigns::{CampaignId, RevisionId};
use crate::dkim;
use crate::messages::{Claimed, MessageId};
use crate::tracking::token::{self, LinkKeys};

/// Everything that the messages of one revision of a campaign share.
pub(crate) struct Plan {
    pub(crate) compiled: Compiled,
    pub(crate) around: Surroundings,
    pub(crate) keys: LinkKeys,
    sender_name: String,
    sender_email: String,
    reply_to: Option<String>,
    list_id: String,
    /// Signs what is sent; none for most accounts.
    signers: Option<Arc<Vec<SigningKey>>>,
    public_url: Arc<str>,
}

/// Plans by campaign, its version and revision.
#[derive(Default)]
pub(crate) struct Plans(Mutex<HashMap<PlanKey, Arc<Plan>>>);

/// A campaign, its version, the content, and the variant of an A/B test.
type PlanKey = (CampaignId, i64, RevisionId, Option<i64>);

const MOST_PLANS: usize = 64;

impl Plans {
    /// The plan of a campaign as it was when it had this version; made when it is first asked for.
    pub(crate) async fn get(
        &self,
        ctx: &Ctx,
        config: &Config,
        account: AccountId,
        id: CampaignId,
        revision: RevisionId,
        variant: Option<i64>,
    ) -> Result<Arc<Plan>> {
        let mut tx = ctx.read().await?;
        let mut campaign = campaigns::find(&mut tx, account, id)
            .await?
            .ok_or_else(|| Error::not_found("campaign", id))?;
        let key = (id, campaign.version, revision, variant);
        if let Some(plan) = self.map().get(&key) {
            return Ok(plan.clone());
        }
        let document = campaigns::find_revision(&mut tx, account, revision)
            .await?
            .ok_or_else(|| Error::not_found("content revision", revision))?;
        let owner = identity::accounts::get(&mut tx, account).await?;
        campaign.take_variant(variant);
        let signers = dkim::keys_for(ctx, &mut tx, account, &campaign.sender_email).await?;
        drop(tx);
        let compiled =
            Compiled::compile(&document, CompileOptions::default()).map_err(|faults| {
                Error::internal(anyhow::anyhow!(
                    "stored content of campaign {id} does not compile: {faults:?}"
                ))
            })?;
        let domain = campaign
            .sender_email
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let plan = Arc::new(Plan {
            compiled,
            around: merge::surroundings(&owner, &campaign.name),
            keys: LinkKeys::of(&ctx.secrets, account),
            signers: (!signers.is_empty()).then(|| Arc::new(signers)),
            list_id: format!("{account}.{domain}"),
            sender_name: campaign.sender_name,
            sender_email: campaign.sender_email,
            reply_to: campaign.reply_to,
            public_url: config.public_url.clone(),
        });
        let mut map = self.map();
        if map.len() >= MOST_PLANS {
            map.clear();
        }
        map.insert(key, plan.clone());
        Ok(plan)
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<PlanKey, Arc<Plan>>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The addresses in one message.
pub(crate) struct MessageSlots<'a> {
    pub(crate) keys: &'a LinkKeys,
    pub(crate) public_url: &'a str,
    pub(crate) message: MessageId,
    /// Whether opens and clicks are tracked; not in a web version that a visitor looks at.
    pub(crate) pixel: bool,
}

impl MessageSlots<'_> {
    fn signed(&self, path: &str, key: &AccountKey, link: u16) -> String {
        let token = token::sign(key, self.message, link);
        format!("{}{path}{token}", self.public_url)
    }
}

impl Slots for MessageSlots<'_> {
    fn link(&self, number: u32) -> String {
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        self.signed("/t/c/", &self.keys.click, number)
    }

    fn open_pixel_url(&self) -> Option<String> {
        self.pixel
            .then(|| self.signed("/t/o/", &self.keys.open, 0) + ".gif")
    }

    fn unsubscribe_url(&self) -> String {
        self.signed("/u/", &self.keys.unsubscribe, 0)
    }

    fn web_version_url(&self) -> String {
        self.signed("/v/", &self.keys.web_version, 0)
    }

    fn preferences_url(&self) -> String {
        self.unsubscribe_url()
    }
}

/// A mail as it goes to a relay.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) source: Vec<u8>,
    /// With what it is still to be signed.
    pub(crate) signers: Option<Arc<Vec<SigningKey>>>,
}

impl Mail {
    /// Puts the signatures in front. Takes its time: not on an async thread.
    pub(crate) fn sign(&mut self, now: Timestamp) {
        if let Some(keys) = self.signers.take() {
            let signatures = mail::dkim::sign(&keys, &self.source, now);
            self.source.splice(0..0, signatures.into_bytes());
        }
    }
}

impl Plan {
    /// Renders and encodes one message. The same message gives the same Message-ID on every try, so that a receiver can
    /// tell a repetition.
    pub(crate) fn mail(
        &self,
        message: &Claimed,
        values: &Values,
        now: Timestamp,
    ) -> std::result::Result<Mail, content::RenderError> {
        let slots = MessageSlots {
            keys: &self.keys,
            public_url: &self.public_url,
            message: message.held.id,
            pixel: true,
        };
        let rendered = self.compiled.render(values, &slots)?;
        let domain = self
            .sender_email
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let message_id = format!("{}.{}@{domain}", message.held.id, message.held.source);
        let unsubscribe = slots.unsubscribe_url();
        let feedback_id = format!("{}:{}:sendero", message.held.source, message.held.account);
        let headers = [
            Header::ListUnsubscribe {
                url: &unsubscribe,
                mailto: "",
            },
            Header::ListUnsubscribeOneClick,
            Header::ListId {
                name: &self.around.account_name,
                id: &self.list_id,
            },
            Header::Text {
                name: "Feedback-ID",
                value: &feedback_id,
            },
            Header::Text {
                name: "Precedence",
                value: "bulk",
            },
        ];
        let mut source = Vec::new();
        Message {
            from: Mailbox::new(&self.sender_name, &self.sender_email),
            to: Mailbox::new("", &message.address),
            reply_to: self
                .reply_to
                .as_deref()
                .map(|address| Mailbox::new("", address)),
            subject: &rendered.subject,
            message_id: &message_id,
            date: now,
            headers: &headers,
            html: rendered.html.as_deref(),
            text: &rendered.text,
        }
        .to_mime(&mut source);
        Ok(Mail {
            from: self.sender_email.clone(),
            to: message.address.clone(),
            subject: rendered.subject,
            source,
            signers: self.signers.clone(),
        })
    }
}
