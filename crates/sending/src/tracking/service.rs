//! Use cases behind the links in a mail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use content::Values;
use ctx::{Ctx, Purpose};
use events::NewEvent;
use kernel::text::breaks_line;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::finder::Finder;
use super::model::{Class, Hit, HitKind, Machine, Subject, UnsubscribeReason};
use super::recorder::Recorder;
use super::token::Token;
use super::{agents, classify, store, token};
use crate::Config;
use crate::campaigns::{CampaignId, RevisionId};
use crate::delivery::plan::{MessageSlots, Plan, Plans};
use crate::delivery::{self, merge};
use crate::messages::store::{Totals, shown};
use crate::messages::{Kind, MessageId, total};
use crate::transactional::{self, Envelope};

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Whether only the headers were asked for.
    pub head: bool,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// Its address.
    pub ip: Option<String>,
}

/// What the public links share: compiled content, and where messages belong.
#[derive(Clone)]
pub struct Links {
    ctx: Ctx,
    config: Config,
    recorder: Recorder,
    plans: Arc<Plans>,
    finder: Finder,
    subjects: Arc<Mutex<HashMap<MessageId, Subject>>>,
    /// By content, and whether it is transactional, which has no footer.
    fixed: Arc<Mutex<HashMap<(RevisionId, bool), FixedLinks>>>,
}

type FixedLinks = Arc<[Option<String>]>;

/// Most messages remembered: several clicks of one person come close together.
const MOST_SUBJECTS: usize = 10_000;
/// Most contents whose links are remembered, each of at most some kilobytes.
const MOST_CONTENTS: usize = 200;
const MAX_USER_AGENT: usize = 300;

impl Links {
    /// Starts what writes the hits.
    pub fn start(ctx: &Ctx, config: &Config) -> Self {
        Self {
            recorder: Recorder::start(ctx),
            ctx: ctx.clone(),
            config: config.clone(),
            plans: Arc::new(Plans::default()),
            finder: Finder::start(ctx),
            subjects: Arc::default(),
            fixed: Arc::default(),
        }
    }

    /// The token of a message's link, as it stands in the mail of this account. `link` is the number of a tracked link,
    /// 0 otherwise.
    pub fn token(
        &self,
        account: AccountId,
        purpose: Purpose,
        message: MessageId,
        link: u16,
    ) -> String {
        let key = self.ctx.secrets.account_key(purpose, account);
        token::sign(&key, message, link)
    }

    /// Records an open. A pixel is shown whatever happens, so a token that is not ours is no error.
    pub async fn open(&self, token: &str, client: Client) -> Result<()> {
        match self.subject(Purpose::Open, token).await {
            Ok((subject, _)) => {
                let hit = self.hit(subject, HitKind::Open, None, 0, client);
                self.recorder.record(hit).await
            }
            Err(Error::NotFound { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Records a click; where it leads.
    pub async fn click(&self, token: &str, client: Client) -> Result<String> {
        let (subject, link) = self.subject(Purpose::Click, token).await?;
        let fixed = self.fixed_links(&subject).await?;
        let target = match fixed.get(usize::from(link)) {
            None => return Err(unknown_link()),
            Some(Some(target)) => target.clone(),
            Some(None) => {
                let (plan, own) = self.plan(&subject).await?;
                let values = self.values(&subject, &plan, own.as_ref()).await?;
                plan.compiled
                    .render_link(u32::from(link), &values)
                    .map_err(|_| unknown_link())?
            }
        };
        let hit = self.hit(subject, HitKind::Click, Some(link), fixed.len(), client);
        self.recorder.record(hit).await?;
        Ok(target)
    }

    /// Where the links of a content lead that lead to the same place for everybody. Most do, and content that was sent
    /// does not change: most clicks read nothing.
    async fn fixed_links(&self, subject: &Subject) -> Result<FixedLinks> {
        let key = (
            RevisionId::from(subject.revision),
            subject.kind == Kind::Transactional,
        );
        let known = locked(&self.fixed).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let (plan, _) = self.plan(subject).await?;
        let links: FixedLinks = plan.compiled.fixed_links().into();
        let mut fixed = locked(&self.fixed);
        if fixed.len() >= MOST_CONTENTS {
            fixed.clear();
        }
        fixed.insert(key, links.clone());
        Ok(links)
    }

    /// The mail as a web page: HTML if it has any, else its text.
    pub(crate) async fn web_version(&self, token: &str) -> Result<WebVersion> {
        let (subject, _) = self.subject(Purpose::WebVersion, token).await?;
        let (plan, own) = self.plan(&subject).await?;
        let mut values = self.values(&subject, &plan, own.as_ref()).await?;
        let conditions = plan.compiled.conditions();
        if !conditions.is_empty() {
            // As it was decided when the mail was written; the person may have changed since.
            let mut tx = self.ctx.read().await?;
            let shown = shown::find(&mut tx, subject.account, subject.message).await?;
            delivery::shown::tell(&mut values, conditions, shown.unwrap_or(0));
        }
        let slots = MessageSlots {
            keys: &plan.keys,
            public_url: &self.config.public_url,
            message: subject.message,
            pixel: false,
            direct: None,
        };
        let rendered = plan.compiled.render(&values, &slots)?;
        Ok(match rendered.html {
            Some(html) => WebVersion::Html(html),
            None => WebVersion::Text {
                subject: rendered.subject,
                text: rendered.text,
            },
        })
    }

    /// Whose mail an unsubscribe link is of, and whether they still get mail.
    pub(crate) async fn leaving(&self, token: &str) -> Result<Leaving> {
        let (subject, _) = self.subject(Purpose::Unsubscribe, token).await?;
        let mut tx = self.ctx.read().await?;
        let subscriber =
            audience::subscribers::current_in(&mut tx, subject.account, subject.subscriber).await?;
        if subject.kind == Kind::Transactional && subscriber.get() == 0 {
            // Nobody who could leave.
            return Err(unknown_link());
        }
        let active = store::is_active(&mut tx, subject.account, subscriber).await?;
        let owner = identity::accounts::get(&mut tx, subject.account).await?;
        Ok(Leaving {
            address: subject.address,
            sender: owner.name,
            language: owner.language,
            active,
            is_test: subject.kind == Kind::Test,
        })
    }

    /// Unsubscribes. Doing it twice does it once.
    pub async fn unsubscribe(
        &self,
        token: &str,
        reason: UnsubscribeReason,
        comment: Option<&str>,
    ) -> Result<()> {
        let (mut subject, _) = self.subject(Purpose::Unsubscribe, token).await?;
        if subject.kind == Kind::Test {
            return Ok(());
        }
        if subject.kind == Kind::Transactional && subject.subscriber.get() == 0 {
            return Err(unknown_link());
        }
        let ctx = &self.ctx;
        let now = ctx.clock.now();
        let mut tx = ctx.write().await?;
        subject.subscriber =
            audience::subscribers::current_in(&mut tx, subject.account, subject.subscriber).await?;
        let method = if reason == UnsubscribeReason::OneClick {
            "one_click"
        } else {
            "page"
        };
        let left = audience::subscribers::unsubscribe_in(
            ctx,
            &mut tx,
            subject.account,
            subject.subscriber,
            method,
            "subscriber",
        )
        .await?;
        let first = store::insert_reason(&mut tx, &subject, reason, comment, now).await?;
        if first && left {
            if subject.kind == Kind::Campaign {
                let mut totals = Totals::default();
                totals.add(subject.account, subject.campaign, total::UNSUBSCRIBED, 1);
                totals.write(&mut tx, now).await?;
            }
            events::record(
                ctx,
                &mut tx,
                subject.account,
                &[NewEvent {
                    kind: events::kind::MESSAGE_UNSUBSCRIBED,
                    subscriber: Some(subject.subscriber.get()),
                    subject: Some(subject.event_subject()),
                    at: None,
                    body: json!({
                        "message_id": subject.message,
                        "method": method,
                        "reason": reason,
                    }),
                }],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What a token of ours names; every other text is an unknown link.
    async fn subject(&self, purpose: Purpose, text: &str) -> Result<(Subject, u16)> {
        let token = Token::parse(text).ok_or_else(unknown_link)?;
        let message = token.message();
        let known = locked(&self.subjects).get(&message).cloned();
        let is_known = known.is_some();
        let subject = match known {
            Some(subject) => Some(subject),
            None => self.finder.find(message).await?,
        };
        // A message that does not exist costs the same and is answered the same as a forged token of one that does.
        let account = subject
            .as_ref()
            .map_or(AccountId::from(0), |subject| subject.account);
        let key = self.ctx.secrets.account_key(purpose, account);
        let subject = subject
            .filter(|_| token.is_signed_with(&key))
            .ok_or_else(unknown_link)?;
        if !is_known {
            let mut remembered = locked(&self.subjects);
            if remembered.len() >= MOST_SUBJECTS {
                remembered.clear();
            }
            remembered.insert(message, subject.clone());
        }
        Ok((subject, token.link()))
    }

    fn hit(
        &self,
        subject: Subject,
        kind: HitKind,
        link: Option<u16>,
        links: usize,
        client: Client,
    ) -> Hit {
        let config = &self.config.tracking;
        let class = match classify::classify(kind, client.head, client.user_agent.as_deref()) {
            Class::Human if config.is_machine(client.ip.as_deref()) => {
                Class::Machine(Machine::Network)
            }
            class => class,
        };
        let agent = client.user_agent.map(|agent| {
            agent
                .chars()
                .filter(|c| !breaks_line(*c))
                .take(MAX_USER_AGENT)
                .collect::<String>()
        });
        // A proxy is where its machines are, not where the person is.
        let geo = config
            .geoip
            .as_ref()
            .filter(|_| class == Class::Human && !agent.as_deref().is_some_and(agents::is_proxy));
        let country = geo
            .zip(client.ip.as_deref())
            .and_then(|(geo, ip)| geo.country(ip));
        Hit {
            subject,
            kind,
            link,
            links,
            class,
            user_agent: agent,
            ip: client.ip,
            country,
            at: self.ctx.clock.now(),
        }
    }

    /// What the message was written with; of a transactional message also what was given for it alone.
    async fn plan(&self, subject: &Subject) -> Result<(Arc<Plan>, Option<Envelope>)> {
        let (ctx, config, account) = (&self.ctx, &self.config, subject.account);
        let revision = RevisionId::from(subject.revision);
        if subject.kind == Kind::Transactional {
            let mut tx = ctx.read().await?;
            let envelope = transactional::envelope(&mut tx, account, subject.message).await?;
            drop(tx);
            let envelope = envelope.ok_or_else(unknown_link)?;
            let plan = self
                .plans
                .transactional(ctx, config, account, revision, &envelope.sender_email)
                .await?;
            return Ok((plan, Some(envelope)));
        }
        let campaign = CampaignId::from(subject.campaign);
        let plan = self
            .plans
            .get(ctx, config, account, campaign, revision, subject.variant)
            .await?;
        Ok((plan, None))
    }

    async fn values(
        &self,
        subject: &Subject,
        plan: &Plan,
        own: Option<&Envelope>,
    ) -> Result<Values> {
        let mut values = None;
        if !plan.compiled.names().is_empty() {
            let mut tx = self.ctx.read().await?;
            let mut known = audience::subscribers::merge_values(
                &mut tx,
                subject.account,
                &[subject.subscriber],
            )
            .await?;
            values = known
                .remove(&subject.subscriber)
                .map(|one| merge::values(&one, &plan.around));
        }
        let mut values = values.unwrap_or_else(|| {
            Values::new(&content::Person::nobody(&subject.address), &plan.around)
        });
        plan.merge_into(&mut values);
        plan.invite(
            &mut values,
            subject.account,
            subject.kind,
            subject.subscriber,
        );
        if let Some(own) = own {
            own.merge_into(&mut values);
        }
        Ok(values)
    }
}

/// A mail as a page.
pub(crate) enum WebVersion {
    Html(String),
    Text { subject: String, text: String },
}

/// What the unsubscribe page shows.
pub(crate) struct Leaving {
    pub(super) address: String,
    pub(super) sender: String,
    pub(super) language: String,
    pub(crate) active: bool,
    pub(super) is_test: bool,
}

/// What is remembered is whole even if somebody panicked over it.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unknown_link() -> Error {
    Error::not_found("link", "in this address; it may be incomplete")
}
