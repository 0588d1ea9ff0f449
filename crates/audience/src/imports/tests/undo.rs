//! Taking an import back.

use super::*;
use crate::imports::{UndoJob, UndoState, undo};
use crate::subscribers::{self, SubscriberChange};

impl Fixture {
    async fn undo(&self, id: ImportId, batch: i64) -> Import {
        service::undo(&self.ctx, self.account, &self.actor, id)
            .await
            .unwrap();
        while undo::step(&self.ctx, self.account, id, batch)
            .await
            .unwrap()
        {}
        self.get(id).await
    }

    async fn id_of(&self, email: &str) -> crate::SubscriberId {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query("select id from subscriber where account_id = $1 and email = $2")
            .bind(self.account)
            .bind(email)
            .fetch_one()
            .await
            .unwrap()
            .get("id")
            .unwrap()
    }

    async fn rename(&self, email: &str, name: &str) {
        let change = SubscriberChange {
            attributes: subscribers::Attributes {
                first_name: crate::Patch::Set(name.to_owned()),
                ..subscribers::Attributes::default()
            },
            ..SubscriberChange::default()
        };
        let id = self.id_of(email).await;
        subscribers::update(&self.ctx, self.account, &self.actor, id, change)
            .await
            .unwrap();
    }

    async fn changes(&self) -> i64 {
        let mut tx = self.ctx.read().await.unwrap();
        let query = tx.query("select count(*) as n from import_change");
        query.fetch_one().await.unwrap().get("n").unwrap()
    }
}

const KNOWN: &str = "email,first_name,city,points,birthday\nada@example.com,Ada,Oslo,5,1815-12-10\n\
    bob@example.com,Bob,,,\ncy@example.com,Cy,,,\ndan@example.com,Dan,Rome,,\neve@example.com,Eve,,,\n";

const FILE: &str = "email,first_name,city,points,color\nada@example.com,Augusta,Bergen,7,red\n\
    bob@example.com,Robert,Bonn,,\ncy@example.com,Cyrus,,,\ndan@example.com,Dan,Rome,,\n\
    eve@example.com,Eva,,,\nnew1@example.com,One,,,\nnew2@example.com,Two,,,\nnew3@example.com,Three,,,\n\
    new4@example.com,Four,,,\n";

#[testkit::db_test]
async fn an_import_is_taken_back_but_not_what_happened_since(db: TestDb) {
    let it = fixture(&db).await;
    it.import(KNOWN, Options::default()).await;
    let before = it.people().await;
    db.clock().advance(std::time::Duration::from_secs(5));
    let options = Options {
        consent_text: Some("Yes".to_owned()),
        ..labelled()
    };
    let import = it.import(FILE, options).await;
    assert_eq!(import.counters, counters(4, 5, 0, 0, 0));
    assert_eq!(it.changes().await, 5);

    db.clock().advance(std::time::Duration::from_secs(5));
    // Known people: one is changed, one unsubscribes.
    it.rename("bob@example.com", "Bobby").await;
    let eve = it.id_of("eve@example.com").await;
    let unsubscribed = subscribers::Change::Unsubscribe;
    let cause = subscribers::Cause {
        reason: "asked",
        actor: "system",
        campaign: None,
    };
    let new3 = it.id_of("new3@example.com").await;
    let mut tx = it.ctx.write().await.unwrap();
    subscribers::change_status_in(
        &it.ctx,
        &mut tx,
        it.account,
        &[eve, new3],
        unsubscribed,
        cause,
    )
    .await
    .unwrap();
    // New people: one unsubscribed above, one is changed, one gets mail.
    let new4 = it.id_of("new4@example.com").await;
    let sent = events::NewEvent {
        kind: events::kind::MESSAGE_SENT,
        subscriber: Some(new4.get()),
        subject: Some(1),
        at: None,
        body: serde_json::json!({}),
    };
    events::record(&it.ctx, &mut tx, it.account, &[sent])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    it.rename("new2@example.com", "Zwei").await;

    let undone = it.undo(import.id, 2).await.undo.unwrap();
    assert_eq!(undone.state, UndoState::Completed);
    assert_eq!(
        (
            undone.total,
            undone.processed,
            undone.deleted,
            undone.restored,
            undone.kept
        ),
        (9, 9, 1, 3, 5)
    );
    let mut wanted = before;
    wanted.insert("bob@example.com".into(), "active Bobby - city=Bonn".into());
    wanted.insert("eve@example.com".into(), "unsubscribed Eva -".into());
    wanted.insert("new2@example.com".into(), "active Zwei -".into());
    wanted.insert("new3@example.com".into(), "unsubscribed Three -".into());
    wanted.insert("new4@example.com".into(), "active Four -".into());
    assert_eq!(it.people().await, wanted);
    assert_eq!(it.changes().await, 0);
    let mut tx = it.ctx.read().await.unwrap();
    let with_consent: i64 = tx
        .query("select count(*) as n from subscriber where consent_text is not null and email like 'ada%'")
        .fetch_one()
        .await
        .unwrap()
        .get("n")
        .unwrap();
    assert_eq!(with_consent, 0);
    drop(tx);

    // Once is enough, and there is nothing to resume.
    let again = it.undo(import.id, 2).await.undo.unwrap();
    assert_eq!(again, undone);
    let error = service::resume(&it.ctx, it.account, &it.actor, import.id).await;
    assert_eq!(code(&error.unwrap_err()).1, "import_undone");
}

#[testkit::db_test]
async fn half_an_import_is_taken_back_by_its_job(db: TestDb) {
    let it = fixture(&db).await;
    it.import(KNOWN, Options::default()).await;
    let before = it.people().await;
    let import = it.create(FILE, labelled()).await.unwrap();
    let pace = Pace { batches: 2, ..PACE };
    assert_eq!(it.run(import.id, pace).await, End::Interrupted);
    let undo = service::undo(&it.ctx, it.account, &it.actor, import.id);
    assert_eq!(code(&undo.await.unwrap_err()).1, "import_running");
    service::stop(&it.ctx, it.account, &it.actor, import.id)
        .await
        .unwrap();
    assert_eq!(it.run(import.id, PACE).await, End::Done);
    service::undo(&it.ctx, it.account, &it.actor, import.id)
        .await
        .unwrap();
    let registry = jobs::Registry::new().job::<UndoJob>();
    jobs::run_due(&it.ctx, &registry).await;
    let undone = it.get(import.id).await.undo.unwrap();
    assert_eq!((undone.state, undone.kept), (UndoState::Completed, 0));
    assert_eq!(it.people().await, before);
    assert_eq!(it.files(), 0, "what was left of the file is gone");
}

#[testkit::db_test]
async fn after_a_month_it_is_too_late(db: TestDb) {
    let it = fixture(&db).await;
    it.import(KNOWN, Options::default()).await;
    let import = it.import(FILE, Options::default()).await;
    db.clock().advance(std::time::Duration::from_hours(31 * 24));
    let undo = service::undo(&it.ctx, it.account, &it.actor, import.id);
    assert_eq!(code(&undo.await.unwrap_err()).1, "too_late");
    assert!(it.changes().await > 0);
    while crate::imports::forget_old(&it.ctx, 2).await.unwrap() > 0 {}
    assert_eq!(it.changes().await, 0);
}
