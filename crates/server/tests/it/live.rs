//! Live updates: what changes is told to those whom it concerns, while it changes.

use std::time::Duration;

use axum::body::Bytes;
use ctx::Ctx;
use futures_util::{Stream, StreamExt as _};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Client, TestApp};

const PATH: &str = "/api/events/stream";

/// One event of a stream.
#[derive(Debug)]
struct Heard {
    id: String,
    name: String,
    resources: Vec<String>,
}

struct Ear<S>(S);

impl<S: Stream<Item = Result<Bytes, axum::Error>> + Unpin> Ear<S> {
    async fn next(&mut self) -> Option<Heard> {
        let waiting = tokio::time::timeout(Duration::from_secs(20), self.0.next());
        let piece = waiting.await.expect("something is told in time")?;
        let text = String::from_utf8(piece.unwrap().to_vec()).unwrap();
        let line = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_default().trim().to_owned()
        };
        let data: Value = serde_json::from_str(&line("data:")).unwrap();
        let names = data["resources"].as_array().cloned().unwrap_or_default();
        Some(Heard {
            id: line("id:"),
            name: line("event:"),
            resources: names
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        })
    }

    /// Everything up to an event that names `resource`; its id.
    async fn until(&mut self, resource: &str) -> String {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if heard.resources.iter().any(|one| one == resource) {
                return heard.id;
            }
        }
    }
}

async fn listen(
    who: &Client,
) -> Ear<impl Stream<Item = Result<Bytes, axum::Error>> + Unpin + use<>> {
    Ear(who.listen(PATH).await)
}

/// What every process runs.
fn start(ctx: &Ctx) {
    let db = ctx.db.clone();
    let stop = ctx.shutdown.clone();
    ctx.tasks.spawn(async move {
        tokio::select! {
            () = async { tokio::join!(db.announce(), db.listen()); } => {}
            () = stop.cancelled() => {}
        }
    });
}

/// A process hears the others once its connection for that is up, which it says with a `reset`.
async fn ready(ear: &mut Ear<impl Stream<Item = Result<Bytes, axum::Error>> + Unpin>, db: &db::Db) {
    assert_eq!(ear.next().await.unwrap().name, "ready");
    if db.engine() == db::Engine::Postgres {
        assert_eq!(ear.next().await.unwrap().name, "reset");
    }
}

async fn create_group(who: &Client, name: &str) {
    who.post("/api/groups", json!({"name": name}))
        .await
        .expect(201);
}

#[testkit::db_test]
async fn who_may_see_a_change_is_told_of_it_and_nobody_else(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let stranger = app.other_owner().await;
    let settings_only = app.program(&owner, &["settings:read"]).await;
    let mut of_owner = listen(&owner).await;
    let mut of_stranger = listen(&stranger).await;
    let mut of_program = listen(&settings_only).await;
    start(&app.ctx);
    ready(&mut of_owner, &app.ctx.db).await;
    ready(&mut of_stranger, &app.ctx.db).await;
    ready(&mut of_program, &app.ctx.db).await;

    create_group(&owner, "Readers").await;
    of_owner.until("groups").await;
    owner
        .post("/api/subscribers", json!({"email": "charles@example.com"}))
        .await
        .expect(201);
    of_owner.until("subscribers").await;
    owner
        .patch("/api/account", json!({"language": "de"}))
        .await
        .expect(200);
    of_owner.until("account").await;
    // Of these nothing but the last concerns the program.
    let heard = of_program.next().await.unwrap();
    assert_eq!(heard.name, "changed");
    assert!(heard.resources.contains(&"account".to_owned()), "{heard:?}");
    let settings = ["account", "users"];
    let others = heard
        .resources
        .iter()
        .filter(|one| !settings.contains(&one.as_str()));
    assert_eq!(others.count(), 0, "{heard:?}");

    // And none of them the stranger, whose own is what they hear first.
    stranger
        .patch("/api/account", json!({"language": "de"}))
        .await
        .expect(200);
    let heard = of_stranger.next().await.unwrap();
    assert!(
        heard.resources.iter().any(|one| one == "account"),
        "{heard:?}"
    );
    assert!(
        !heard.resources.iter().any(|one| one == "groups"),
        "{heard:?}"
    );
    app.ctx.shutdown.cancel();
}

#[testkit::db_test]
async fn who_comes_back_is_told_what_was_missed(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let mut ear = listen(&owner).await;
    start(&app.ctx);
    ready(&mut ear, &app.ctx.db).await;
    create_group(&owner, "Readers").await;
    let id = ear.until("groups").await;
    let mut other = listen(&owner).await;
    assert_eq!(other.next().await.unwrap().name, "ready");
    drop(ear);
    owner
        .post("/api/tags", json!({"name": "vip"}))
        .await
        .expect(201);
    other.until("tags").await;

    let mut back = listen(&owner.clone().with("last-event-id", &id)).await;
    let heard = back.next().await.unwrap();
    assert_eq!(heard.name, "changed");
    assert!(heard.resources.contains(&"tags".to_owned()), "{heard:?}");
    assert!(
        !heard.resources.contains(&"groups".to_owned()),
        "that was heard: {heard:?}"
    );
    for foreign in ["999999-1", "nonsense"] {
        let mut lost = listen(&owner.clone().with("last-event-id", foreign)).await;
        assert_eq!(lost.next().await.unwrap().name, "reset", "{foreign}");
    }
    app.ctx.shutdown.cancel();
}

#[testkit::db_test]
async fn a_stop_ends_the_stream(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let mut ear = listen(&owner).await;
    assert_eq!(ear.next().await.unwrap().name, "ready");
    app.ctx.shutdown.cancel();
    assert!(ear.next().await.is_none());
}

#[testkit::db_test]
async fn progress_of_an_import_is_told(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let mut ear = listen(&owner).await;
    start(&app.ctx);
    ready(&mut ear, &app.ctx.db).await;
    let import = json!({"text": "email\nann@example.com\nbob@example.com\n", "options": {}});
    owner.post("/api/imports", import).await.expect(202);
    ear.until("imports").await;
    app.run_jobs().await;
    ear.until("imports").await;
    app.ctx.shutdown.cancel();
}

#[testkit::db_test]
async fn what_another_node_changes_is_told_too(db: TestDb) {
    let app = TestApp::new(db);
    if app.ctx.db.engine() == db::Engine::Sqlite {
        // One process has the file.
        return;
    }
    let owner = app.owner().await;
    let (other, router) = app.another_node().await;
    let mut here = listen(&owner).await;
    let mut there = listen(&owner.clone().at(router)).await;
    start(&app.ctx);
    start(&other);
    ready(&mut here, &app.ctx.db).await;
    ready(&mut there, &other.db).await;
    create_group(&owner, "Readers").await;
    here.until("groups").await;
    there.until("groups").await;
    app.ctx.shutdown.cancel();
    other.shutdown.cancel();
}
