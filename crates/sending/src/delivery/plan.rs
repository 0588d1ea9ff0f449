//! A campaign made ready to be sent to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use audience::SubscriberId;
use content::{CompileOptions, Compiled, Slots, Surroundings, Values};
use ctx::{AccountKey, Ctx};
use kernel::{AccountId, Error, Result, Timestamp};
use mail::dkim::SigningKey;
use mail::{Attachment, Header, Mailbox, Message};

use super::merge;
use crate::Config;
use crate::campaigns::store as campaigns;
use crate::campaigns::{CampaignId, RevisionId};
use crate::dkim;
use crate::messages::{Claimed, Kind, MessageId};
use crate::tracking::token::{self, LinkKeys};
use crate::transactional::{Envelope, File};

/// Everything that the messages of one revision share, of a campaign or of transactional messages.
pub(crate) struct Plan {
    pub(crate) compiled: Compiled,
    pub(crate) around: Surroundings,
    pub(crate) keys: LinkKeys,
    sender_name: String,
    sender_email: String,
    reply_to: Option<String>,
    /// None: they are no list's, so nobody unsubscribes from them.
    list_id: Option<String>,
    /// Signs what is sent; none for most accounts.
    signers: Option<Arc<Vec<SigningKey>>>,
    public_url: Arc<str>,
    /// What its merge fields know beside the recipient: the items of a feed.
    variables: Option<Values>,
}

/// Plans by what they are of.
#[derive(Default)]
pub(crate) struct Plans(Mutex<HashMap<PlanKey, Arc<Plan>>>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum PlanKey {
    /// Its version, the content, and the variant of an A/B test.
    Campaign(CampaignId, i64, RevisionId, Option<i64>),
    /// The content, and the address it comes from.
    Transactional(RevisionId, String),
}

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
        let key = PlanKey::Campaign(id, campaign.version, revision, variant);
        if let Some(plan) = self.map().get(&key) {
            return Ok(plan.clone());
        }
        let document = campaigns::find_revision(&mut tx, account, revision)
            .await?
            .ok_or_else(|| Error::not_found("content revision", revision))?;
        let owner = identity::accounts::get(&mut tx, account).await?;
        campaign.take_variant(variant);
        let variables = crate::feeds::store::variables(&mut tx, account, id).await?;
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
            list_id: Some(format!("{account}.{domain}")),
            sender_name: campaign.sender_name,
            sender_email: campaign.sender_email,
            reply_to: campaign.reply_to,
            public_url: config.public_url.clone(),
            variables: variables.map(|variables| {
                let mut values = Values::default();
                for (name, value) in &variables {
                    values.set_variable(name, value);
                }
                values
            }),
        });
        self.keep(key, plan.clone());
        Ok(plan)
    }

    /// The plan of transactional messages with this content that come from this address.
    pub(crate) async fn transactional(
        &self,
        ctx: &Ctx,
        config: &Config,
        account: AccountId,
        revision: RevisionId,
        sender_email: &str,
    ) -> Result<Arc<Plan>> {
        let key = PlanKey::Transactional(revision, sender_email.to_owned());
        if let Some(plan) = self.map().get(&key) {
            return Ok(plan.clone());
        }
        let mut tx = ctx.read().await?;
        let document = campaigns::find_revision(&mut tx, account, revision)
            .await?
            .ok_or_else(|| Error::not_found("content revision", revision))?;
        let owner = identity::accounts::get(&mut tx, account).await?;
        let signers = dkim::keys_for(ctx, &mut tx, account, sender_email).await?;
        drop(tx);
        let compiled =
            Compiled::compile(&document, CompileOptions { footer: false }).map_err(|faults| {
                Error::internal(anyhow::anyhow!(
                    "stored content {revision} does not compile: {faults:?}"
                ))
            })?;
        let plan = Arc::new(Plan {
            compiled,
            around: merge::surroundings(&owner, ""),
            keys: LinkKeys::of(&ctx.secrets, account),
            signers: (!signers.is_empty()).then(|| Arc::new(signers)),
            list_id: None,
            sender_name: String::new(),
            sender_email: sender_email.to_owned(),
            reply_to: None,
            public_url: config.public_url.clone(),
            variables: None,
        });
        self.keep(key, plan.clone());
        Ok(plan)
    }

    fn keep(&self, key: PlanKey, plan: Arc<Plan>) {
        let mut map = self.map();
        if map.len() >= MOST_PLANS {
            map.clear();
        }
        map.insert(key, plan);
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
    /// Whether opens are tracked; not in a web version that a visitor looks at.
    pub(crate) pixel: bool,
    /// Where links lead that are not tracked.
    pub(crate) direct: Option<(&'a Compiled, &'a Values)>,
}

impl MessageSlots<'_> {
    fn signed(&self, path: &str, key: &AccountKey, link: u16) -> String {
        let token = token::sign(key, self.message, link);
        format!("{}{path}{token}", self.public_url)
    }
}

impl Slots for MessageSlots<'_> {
    fn link(&self, number: u32) -> String {
        if let Some((compiled, values)) = self.direct {
            let target = compiled.render_link(number, values);
            return target.unwrap_or_else(|_| "#".to_owned());
        }
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

/// The header by which a message that comes back, or a complaint about it, is known to be about one of ours.
pub(crate) const REFERENCE_HEADER: &str = "X-Sendero-Ref";

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
    /// Adds what the campaign itself gives to the values of a person.
    pub(crate) fn merge_into(&self, values: &mut Values) {
        if let Some(variables) = &self.variables {
            values.extend(variables);
        }
    }

    /// Adds where booking blocks lead for a subscriber; 0 is nobody whom we know.
    pub(crate) fn invite(
        &self,
        values: &mut Values,
        account: AccountId,
        kind: Kind,
        person: SubscriberId,
    ) {
        if !self.compiled.books() {
            return;
        }
        let key = &self.keys.booking;
        // Who reads a test is not who it is written as, and must not book as them.
        let is_known = person.get() != 0 && kind != Kind::Test;
        let token = is_known.then(|| audience::subscribers::invitee_token(key, account, person));
        let page = merge::booking_page(&self.public_url, account);
        values.set_booking(&page, token.as_deref());
    }

    /// Renders and encodes one message. The same message gives the same Message-ID on every try, so that a receiver can
    /// tell a repetition. A transactional one has an envelope of its own.
    pub(crate) fn mail(
        &self,
        message: &Claimed,
        values: &Values,
        own: Option<(&Envelope, &[File])>,
        now: Timestamp,
    ) -> std::result::Result<Mail, content::RenderError> {
        let envelope = own.map(|(envelope, _)| envelope);
        let slots = MessageSlots {
            keys: &self.keys,
            public_url: &self.public_url,
            message: message.held.id,
            pixel: envelope.is_none_or(|own| own.track_opens),
            direct: envelope
                .filter(|own| !own.track_clicks)
                .map(|_| (&self.compiled, values)),
        };
        let rendered = self.compiled.render(values, &slots)?;
        let domain = self
            .sender_email
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let message_id = format!("{}.{}@{domain}", message.held.id, message.held.source);
        let reference = token::sign(&self.keys.returned, message.held.id, 0);
        let unsubscribe = slots.unsubscribe_url();
        let source = match message.held.kind {
            Kind::Transactional => "transactional".to_owned(),
            _ => message.held.source.to_string(),
        };
        let feedback_id = format!("{source}:{}:sendero", message.held.account);
        let mut headers = Vec::with_capacity(8);
        if let Some(list_id) = &self.list_id {
            headers.extend([
                Header::ListUnsubscribe {
                    url: &unsubscribe,
                    mailto: "",
                },
                Header::ListUnsubscribeOneClick,
                Header::ListId {
                    name: &self.around.account_name,
                    id: list_id,
                },
                Header::Text {
                    name: "Precedence",
                    value: "bulk",
                },
            ]);
        }
        headers.extend([
            Header::Text {
                name: "Feedback-ID",
                value: &feedback_id,
            },
            Header::Text {
                name: REFERENCE_HEADER,
                value: &reference,
            },
        ]);
        let theirs = envelope.iter().flat_map(|own| &own.headers);
        headers.extend(theirs.map(|(name, value)| Header::Text { name, value }));
        let attachments: Vec<Attachment<'_>> = own
            .iter()
            .flat_map(|(_, files)| *files)
            .map(File::as_attachment)
            .collect();
        let (sender_name, reply_to) = match envelope {
            Some(own) => (&own.sender_name, &own.reply_to),
            None => (&self.sender_name, &self.reply_to),
        };
        let recipient_name = envelope
            .and_then(|own| own.recipient_name.as_deref())
            .unwrap_or_default();
        let mut source = Vec::new();
        Message {
            from: Mailbox::new(sender_name, &self.sender_email),
            to: Mailbox::new(recipient_name, &message.address),
            reply_to: reply_to.as_deref().map(|address| Mailbox::new("", address)),
            subject: &rendered.subject,
            message_id: &message_id,
            date: now,
            headers: &headers,
            html: rendered.html.as_deref(),
            text: &rendered.text,
            attachments: &attachments,
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
