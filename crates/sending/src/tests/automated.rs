//! Mail of automations on both engines.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use testkit::TestDb;

use super::World;
use crate::automated::{self, Letter, Prepared, Wanted};
use crate::campaigns::{self, CampaignId, CampaignState};
use crate::messages::MessageId;
use crate::templates;

impl World {
    async fn welcome(&self) -> Prepared {
        let new = json!({
            "name": "Welcome",
            "content": {"subject": "Welcome", "body": {"kind": "text", "text": "Hello"}},
        });
        let new = serde_json::from_value(new).unwrap();
        let template = templates::create(&self.ctx, self.account, &self.actor, new)
            .await
            .unwrap();
        let wanted = Wanted {
            template: template.id,
            revision: None,
            subject: None,
            sender: None,
            transactional: false,
        };
        let mut tx = self.ctx.write().await.unwrap();
        let account = self.account;
        tx.execute_script(format!(
            "update account set sender_name = 'Ada', sender_email = 'news@example.com' where id = {account}"
        ))
        .await
        .unwrap();
        let all = BTreeSet::from([wanted.clone()]);
        let mut made = automated::prepare_in(&self.ctx, &mut tx, self.account, &all)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        made.remove(&wanted).unwrap().unwrap()
    }

    /// Queues a letter to `user0@example.com`, in which merge fields have no values.
    async fn write_to_them(&self, prepared: &Prepared) -> MessageId {
        let mut tx = self.ctx.write().await.unwrap();
        let row = tx
            .query("select id from subscriber where account_id = $1")
            .bind(self.account)
            .fetch_one()
            .await
            .unwrap();
        let letter = Letter {
            id: self.ctx.ids.next(),
            to: row.get("id").unwrap(),
            address: "user0@example.com",
            prepared,
            variables: &Map::new(),
        };
        let id = letter.id;
        automated::queue_in(&self.ctx, &mut tx, self.account, &[letter])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn message_state(&self, id: MessageId) -> String {
        let mut tx = self.ctx.read().await.unwrap();
        let row = tx
            .query("select state from message where id = $1")
            .bind(id)
            .fetch_one()
            .await
            .unwrap();
        row.get("state").unwrap()
    }

    async fn held(&self) -> Vec<CampaignId> {
        let mut tx = self.ctx.read().await.unwrap();
        let held = automated::held(&mut tx, self.account).await.unwrap();
        held.into_iter().map(|lane| lane.campaign_id).collect()
    }
}

#[testkit::db_test]
async fn letters_that_were_held_go_on(db: TestDb) {
    let world = World::new(&db).await;
    world.people(1).await;
    let prepared = world.welcome().await;
    let first = world.write_to_them(&prepared).await;
    world.deliver().await;
    assert_eq!(world.message_state(first).await, "sent");
    assert!(world.held().await.is_empty());

    let lane = prepared.lane().unwrap();
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    campaigns::pause(ctx, account, actor, lane).await.unwrap();
    let second = world.write_to_them(&prepared).await;
    world.deliver().await;
    assert_eq!(world.message_state(second).await, "queued");
    assert_eq!(world.held().await, [lane]);

    let resumed = campaigns::resume(ctx, account, actor, lane).await.unwrap();
    assert_eq!(resumed.state, CampaignState::Sending);
    world.deliver().await;
    assert_eq!(world.message_state(second).await, "sent");
}

#[testkit::db_test]
async fn what_letters_go_out_by_is_no_campaign_of_anybody(db: TestDb) {
    let world = World::new(&db).await;
    world.people(1).await;
    let prepared = world.welcome().await;
    let lane = prepared.lane().unwrap();
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let refused = campaigns::cancel(ctx, account, actor, lane)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("automations"), "{refused}");
    campaigns::pause(ctx, account, actor, lane).await.unwrap();
    assert!(campaigns::cancel(ctx, account, actor, lane).await.is_err());
    assert!(
        campaigns::duplicate(ctx, account, actor, lane)
            .await
            .is_err()
    );
    let patch = serde_json::from_value(json!({"name": "Mine"})).unwrap();
    assert!(
        campaigns::update(ctx, account, actor, lane, None, patch)
            .await
            .is_err()
    );
    campaigns::resume(ctx, account, actor, lane).await.unwrap();
    let letter = world.write_to_them(&prepared).await;
    world.deliver().await;
    assert_eq!(world.message_state(letter).await, "sent");
}

#[testkit::db_test]
async fn what_is_taken_back_does_not_leave(db: TestDb) {
    let world = World::new(&db).await;
    world.people(1).await;
    let prepared = world.welcome().await;
    let mut letters = Vec::new();
    for _ in 0..4 {
        letters.push(world.write_to_them(&prepared).await);
    }
    let epoch = world.ctx.node.epoch();
    let mut tx = world.ctx.write().await.unwrap();
    for (letter, state) in letters[1..].iter().zip(["leased", "wire"]) {
        let sql = format!(
            "update message set state = '{state}', lease_epoch = {epoch} where id = {letter}"
        );
        tx.execute_script(sql).await.unwrap();
    }
    let (ctx, account, why) = (&world.ctx, world.account, "not wanted");
    let stranger = kernel::AccountId::from(account.get() + 1);
    let none = automated::cancel_in(ctx, &mut tx, stranger, &letters, why);
    assert_eq!(none.await.unwrap(), 0);
    let taken = automated::cancel_in(ctx, &mut tx, account, &letters[..3], why);
    assert_eq!(taken.await.unwrap(), 2);
    let again = automated::cancel_in(ctx, &mut tx, account, &letters[..3], why);
    assert_eq!(again.await.unwrap(), 0);
    // Whoever held it may not put it on the wire.
    let held = [letters[1]];
    let marked = crate::messages::store::mark_wire(&mut tx, epoch, ctx.clock.now(), &held).await;
    assert!(marked.unwrap().is_empty());
    let lane = prepared.lane().unwrap();
    let totals = crate::messages::store::totals_of(&mut tx, account, &[lane]).await;
    assert_eq!(totals.unwrap()[&lane]["cancelled"], 2);
    let results = automated::results_in(&mut tx, account, &letters[..1]).await;
    assert_eq!(results.unwrap()[&letters[0]], Err(why.to_owned()));
    tx.commit().await.unwrap();
    world.deliver().await;
    for (letter, state) in letters
        .iter()
        .zip(["cancelled", "cancelled", "wire", "sent"])
    {
        assert_eq!(world.message_state(*letter).await, state);
    }
}
