//! The engine on both databases, from an event to what comes of it.

mod breaker;
mod bulk;
mod changes;
mod circles;
mod crowd;
mod flow;
mod letters;
mod nodes;
mod outbox;
mod pauses;
mod people;
mod restored;
mod retention;
mod schedules;
mod troubles;
mod wakeups;

use std::time::Duration;

use audience::SubscriberId;
use audience::subscribers::{NewSubscriber, PersonChange};
use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Clock, EmailAddress, Limit};
use sending::templates::NewTemplate;
use serde_json::{Value, json};
use testkit::TestDb;

use super::{Engine, Follow};
use crate::automations::{self, NewAutomation};
use crate::custom::{self, NewCustomEvent};
use crate::ids::AutomationId;
use crate::migrate::Plan;
use crate::runs::{self, ListFilter, RunStatus, RunView};

/// An account with an engine.
pub(crate) struct World {
    pub(crate) ctx: Ctx,
    pub(crate) clock: Clock,
    pub(crate) account: AccountId,
    pub(crate) actor: Actor,
    pub(crate) engine: Engine,
    pub(crate) owner: kernel::UserId,
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        let ctx = db.ctx();
        let (user, account) = identity::users::create_owner(
            &ctx,
            identity::users::NewOwner {
                email: EmailAddress::parse("owner@example.com").unwrap(),
                name: "Olga Owner".to_owned(),
                password: identity::users::Password("a long enough password".to_owned()),
                account_name: "Analytical Engines".to_owned(),
                time_zone: None,
            },
        )
        .await
        .unwrap();
        let world = Self {
            ctx,
            clock: db.clock(),
            account: account.id,
            actor: Actor::system(),
            engine: Engine::default(),
            owner: user.id,
        };
        world
            .sql("update account set sender_name = 'Ada', sender_email = 'news@example.com'")
            .await;
        // The cursor begins before anything happens.
        world.settle().await;
        world
    }

    /// Another one in the same database.
    pub(crate) async fn another_account(&self) -> Self {
        let (user, account) = identity::users::create_owner(
            &self.ctx,
            identity::users::NewOwner {
                email: EmailAddress::parse("other@example.com").unwrap(),
                name: "Otto Owner".to_owned(),
                password: identity::users::Password("a long enough password".to_owned()),
                account_name: "Difference Engines".to_owned(),
                time_zone: None,
            },
        )
        .await
        .unwrap();
        Self {
            ctx: self.ctx.clone(),
            clock: self.clock.clone(),
            account: account.id,
            actor: Actor::system(),
            engine: self.engine.clone(),
            owner: user.id,
        }
    }

    pub(crate) async fn sql(&self, sql: &str) {
        let mut tx = self.ctx.write().await.unwrap();
        tx.execute_script(sql.to_owned()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        let row = tx.query(sql.to_owned()).fetch_one().await.unwrap();
        row.at(0).unwrap()
    }

    pub(crate) async fn person(&self, email: &str) -> SubscriberId {
        let new = NewSubscriber {
            email: email.to_owned(),
            attributes: audience::subscribers::Attributes::default(),
            fields: std::collections::BTreeMap::new(),
            status: None,
            resubscribe: false,
            consent: None,
            groups: Vec::new(),
            tags: Vec::new(),
            source: audience::subscribers::Source::Api,
            mode: audience::subscribers::Mode::CreateAndUpdate,
        };
        let made = audience::subscribers::create(&self.ctx, self.account, &self.actor, new).await;
        made.unwrap().1.subscriber.id
    }

    pub(crate) async fn group(&self, id: i64) {
        let account = self.account;
        self.sql(&format!(
            "insert into contact_group (account_id, id, name, name_folded, created_at, updated_at) \
             values ({account}, {id}, 'Group {id}', 'group {id}', 0, 0)"
        ))
        .await;
    }

    pub(crate) async fn change(&self, who: SubscriberId, change: PersonChange) {
        let mut tx = self.ctx.write().await.unwrap();
        let catalog = audience::fields::list(&mut tx, self.account).await.unwrap();
        let changes = [(who, change)].into();
        audience::subscribers::change_people_in(
            &self.ctx,
            &mut tx,
            self.account,
            &catalog,
            &changes,
            "test",
            "user:1",
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn join(&self, who: SubscriberId, group: i64) {
        let mut change = PersonChange::default();
        change.groups.insert(group.into(), true);
        self.change(who, change).await;
    }

    pub(crate) async fn template(&self, subject: &str) -> String {
        let new: NewTemplate = serde_json::from_value(json!({
            "name": subject,
            "content": {"subject": subject, "body": {"kind": "text", "text": "Hello {{ first_name | default(\"there\") }}"}},
        }))
        .unwrap();
        let made = sending::templates::create(&self.ctx, self.account, &self.actor, new).await;
        made.unwrap().id.to_string()
    }

    pub(crate) async fn draft(&self, document: Value) -> AutomationId {
        let new = NewAutomation {
            name: "Test".to_owned(),
            draft: Some(document),
            library: None,
        };
        let made = automations::create(&self.ctx, self.account, &self.actor, new).await;
        made.unwrap().id
    }

    pub(crate) async fn publish(&self, id: AutomationId, plan: Plan) {
        let published =
            automations::publish(&self.ctx, self.account, &self.actor, id, None, plan).await;
        if let Err(error) = &published {
            panic!("cannot be published: {error:?}");
        }
    }

    pub(crate) async fn live(&self, document: Value) -> AutomationId {
        let id = self.draft(document).await;
        self.publish(id, Plan::default()).await;
        id
    }

    pub(crate) async fn edit(&self, id: AutomationId, document: Value, plan: Plan) {
        let patch = automations::Patch {
            draft: Some(document),
            name: None,
        };
        automations::update(&self.ctx, self.account, &self.actor, id, None, patch)
            .await
            .unwrap();
        self.publish(id, plan).await;
        self.settle().await;
    }

    pub(crate) async fn settle(&self) {
        super::run_until_idle(&self.ctx, &self.engine)
            .await
            .unwrap();
    }

    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.settle().await;
    }

    pub(crate) async fn event(&self, who: SubscriberId, name: &str, properties: Value) {
        let new = NewCustomEvent {
            name: name.to_owned(),
            subscriber_id: Some(who),
            email: None,
            properties: properties.as_object().cloned().unwrap_or_default(),
            key: None,
        };
        custom::record(&self.ctx, self.account, &self.actor, new)
            .await
            .unwrap();
    }

    pub(crate) async fn follow(&self) {
        events::catch_up(&self.ctx, &Follow::new(self.engine.clone()))
            .await
            .unwrap();
    }

    pub(crate) async fn runs(&self, id: AutomationId) -> Vec<RunView> {
        let filter = ListFilter::default();
        let limit = Limit::try_new(1000).unwrap();
        let page = runs::list(&self.ctx, self.account, id, &filter, None, limit).await;
        page.unwrap().data
    }

    /// The only run.
    pub(crate) async fn run(&self, id: AutomationId) -> RunView {
        let mut all = self.runs(id).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// `step: what (detail)`, in order.
    pub(crate) async fn path(&self, run: &RunView) -> Vec<String> {
        let detail = runs::get(&self.ctx, self.account, run.automation_id, run.id)
            .await
            .unwrap();
        let lines = detail.path.iter().map(|line| {
            let detail = line.detail.as_deref().unwrap_or("-");
            format!("{}: {} ({detail})", line.step, line.what)
        });
        lines.collect()
    }

    pub(crate) async fn messages(&self) -> i64 {
        self.number("select count(*) as n from message").await
    }

    /// What must hold of every run, whatever happened before.
    pub(crate) async fn check(&self) {
        let stray = "select count(*) as n from automation_timer t left join automation_run r on r.id = t.run_id \
             where r.id is null or r.state <> 'waiting' or r.seq <> t.seq or r.paused_at is not null";
        assert_eq!(self.number(stray).await, 0, "a timer of no use");
        let stuck = "select count(*) as n from automation_run r where r.state = 'waiting' and r.paused_at is null \
             and not exists (select 1 from automation_timer t where t.run_id = r.id)";
        assert_eq!(self.number(stuck).await, 0, "a run that waits for ever");
        let unawaited = "select count(*) as n from automation_run r where r.state = 'outbox' and not exists \
             (select 1 from automation_effect e where e.run_id = r.id and e.seq = r.seq and e.awaited = 1 \
                and e.state in ('pending', 'leased', 'queued'))";
        assert_eq!(
            self.number(unawaited).await,
            0,
            "a run that waits for no result"
        );
        let doubled = "select count(*) as n from (select message_id from automation_effect \
             where message_id is not null group by message_id having count(*) > 1) d";
        assert_eq!(self.number(doubled).await, 0, "a message of two effects");
    }
}

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) fn is_over(run: &RunView) -> bool {
    run.status == RunStatus::Finished
}

/// Sends a mail, waits a day, is done.
pub(crate) fn welcome(template: &str, group: i64) -> Value {
    json!({
        "triggers": [{"id": "joined", "on": {"event": "group.joined", "with": {"group": group.to_string()}}, "start": "welcome"}],
        "steps": [
            {"id": "welcome", "kind": "send_email", "with": {"template": template}, "next": "rest"},
            {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"},
            {"id": "done", "kind": "end"}]})
}
