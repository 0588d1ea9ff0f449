//! Campaigns from draft to report, on both engines, against a real SMTP server that misbehaves on request.

mod analytics;
mod automated;
mod blocks;
mod bounces;
mod delivery;
mod dkim;
mod feeds;
mod kinds;
mod lifecycle;
mod limits;
mod merged;
mod routes;
mod sandbox;
mod series;
mod tracking;
mod transactional;

use audience::subscribers::{Policy, Source, UpsertRow};
use content::{Body, Document};
use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, EmailAddress};
use testkit::TestDb;
use testkit::smtp_sink::{Sink, SinkConfig};

use crate::Config;
use crate::campaigns::{self, Audience, CampaignId, NewCampaign};
use crate::transports::{Encryption, NewTransport, SmtpSettings, TransportKind};

/// An account with people, and how to send to them.
pub(crate) struct World {
    pub(crate) ctx: Ctx,
    pub(crate) account: AccountId,
    pub(crate) actor: Actor,
    pub(crate) config: Config,
    jobs: jobs::Registry,
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        Self::on(db.ctx()).await
    }

    async fn on(ctx: Ctx) -> Self {
        Self::of(ctx, "owner@example.com").await
    }

    /// Another account in the same database.
    pub(crate) async fn neighbor(&self) -> Self {
        Self::of(self.ctx.clone(), "neighbor@example.com").await
    }

    async fn of(ctx: Ctx, owner: &str) -> Self {
        let (_, account) = identity::users::create_owner(
            &ctx,
            identity::users::NewOwner {
                email: EmailAddress::parse(owner).unwrap(),
                name: "Olga Owner".to_owned(),
                password: identity::users::Password("a long enough password".to_owned()),
                account_name: "Analytical Engines".to_owned(),
                time_zone: None,
            },
        )
        .await
        .unwrap();
        Self {
            account: account.id,
            actor: Actor::system(),
            config: Config {
                public_url: "https://mail.example.com".into(),
                helo_name: "mail.example.com".into(),
                tracking: crate::Tracking::default(),
                files: crate::files::Limits::default(),
            },
            jobs: jobs::Registry::new()
                .job::<campaigns::SnapshotJob>()
                .job::<campaigns::CancelJob>()
                .job::<campaigns::DecideJob>()
                .job::<campaigns::ReleaseJob>(),
            ctx,
        }
    }

    /// Adds `user0@example.com` and so on.
    pub(crate) async fn people(&self, count: usize) {
        let mut tx = self.ctx.write().await.unwrap();
        let catalog = audience::fields::list(&mut tx, self.account).await.unwrap();
        let rows: Vec<UpsertRow> = (0..count)
            .map(|i| UpsertRow::new(EmailAddress::parse(&format!("user{i}@example.com")).unwrap()))
            .collect();
        for chunk in rows.chunks(1000) {
            audience::subscribers::upsert_many_in(
                &self.ctx,
                &mut tx,
                self.account,
                &catalog,
                chunk,
                &Policy::new(Source::Import, "test"),
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn person(&self, email: &str) {
        let mut tx = self.ctx.write().await.unwrap();
        let catalog = audience::fields::list(&mut tx, self.account).await.unwrap();
        let row = UpsertRow::new(EmailAddress::parse(email).unwrap());
        let policy = Policy::new(Source::Import, "test");
        audience::subscribers::upsert_many_in(
            &self.ctx,
            &mut tx,
            self.account,
            &catalog,
            &[row],
            &policy,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Another node on the same database.
    async fn beside(&self, db: &TestDb) -> Self {
        Self {
            ctx: db.another_node().await,
            account: self.account,
            actor: self.actor.clone(),
            config: self.config.clone(),
            jobs: self.jobs.clone(),
        }
    }

    /// Makes the sink the account's default transport.
    async fn use_sink(&self, sink: &Sink, connections: i64) {
        self.use_sink_as(sink, connections, true, None).await;
    }

    async fn use_sink_as(
        &self,
        sink: &Sink,
        connections: i64,
        is_default: bool,
        failover_order: Option<i64>,
    ) {
        let smtp = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: sink.addr().port(),
            encryption: Encryption::None,
            username: None,
            accept_invalid_certificates: false,
        };
        crate::transports::create(
            &self.ctx,
            self.account,
            &self.actor,
            NewTransport {
                name: "sink".to_owned(),
                kind: TransportKind::Smtp,
                smtp: Some(smtp),
                password: None,
                max_per_second: None,
                max_connections: Some(connections),
                is_default,
                failover_order,
            },
        )
        .await
        .unwrap();
    }

    /// A draft to everyone.
    pub(crate) async fn draft(&self) -> CampaignId {
        let document = Document {
            subject: "Hello {{ first_name | default(\"there\") }}".to_owned(),
            preheader: None,
            body: Body::Html {
                html: "<html><body><p>Hi</p><a href=\"https://example.com/a?x=1&amp;y=2\">A</a> \
                       <a href=\"https://example.com/b\">B</a></body></html>"
                    .to_owned(),
                text: None,
            },
        };
        let new = NewCampaign {
            name: "News".to_owned(),
            sender_id: None,
            sender_name: Some("Ada".to_owned()),
            sender_email: Some("news@example.com".to_owned()),
            reply_to: None,
            audience: Audience {
                everyone: true,
                ..Audience::default()
            },
            transport_id: None,
            spread_minutes: None,
            ab: None,
            content: Some(document),
            template_id: None,
        };
        campaigns::create(&self.ctx, self.account, &self.actor, new)
            .await
            .unwrap()
            .id
    }

    async fn start(&self, id: CampaignId) {
        campaigns::send(&self.ctx, self.account, &self.actor, id)
            .await
            .unwrap();
        self.run_jobs().await;
    }

    async fn run_jobs(&self) {
        jobs::run_due(&self.ctx, &self.jobs).await;
    }

    /// Sends what is due.
    async fn deliver(&self) {
        crate::delivery::run_until_idle(&self.ctx, &self.config)
            .await
            .unwrap();
    }

    /// The roll-ups of a campaign, after checking them against its messages.
    async fn totals(&self, id: CampaignId) -> Totals {
        let mut tx = self.ctx.read().await.unwrap();
        let rows = tx
            .query("select name, n from campaign_total where account_id = $1 and campaign_id = $2")
            .bind(self.account)
            .bind(id)
            .fetch_all()
            .await
            .unwrap();
        let totals = Totals(
            rows.iter()
                .map(|row| (row.get("name").unwrap(), row.get("n").unwrap()))
                .collect(),
        );
        let rows = tx
            .query(
                "select state, count(*) as n from message \
                 where account_id = $1 and source_id = $2 and kind = 'campaign' group by state",
            )
            .bind(self.account)
            .bind(id)
            .fetch_all()
            .await
            .unwrap();
        for row in &rows {
            let state: String = row.get("state").unwrap();
            let n: i64 = row.get("n").unwrap();
            if !["queued", "leased", "wire"].contains(&state.as_str()) {
                assert_eq!(totals.n(&state), n, "the roll-up of {state}");
            }
        }
        totals
    }

    async fn state(&self, id: CampaignId) -> campaigns::CampaignState {
        campaigns::get(&self.ctx, self.account, id)
            .await
            .unwrap()
            .state
    }
}

struct Totals(std::collections::BTreeMap<String, i64>);

impl Totals {
    fn n(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }
}

async fn sink(config: SinkConfig) -> Sink {
    Sink::start(config).await.unwrap()
}
