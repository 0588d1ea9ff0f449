//! Mails of blocks: who sees which, in the mail, in previews and in the web version.

use content::{Body, Document};
use ctx::Purpose;
use kernel::Error;
use serde_json::{Value, json};
use testkit::TestDb;

use super::World;
use crate::campaigns::{self, CampaignId, CampaignPatch, Shown};
use crate::messages::MessageId;
use crate::tracking::service::{Links, WebVersion};

fn document(blocks: Value) -> Document {
    Document {
        subject: "Hello".to_owned(),
        preheader: None,
        body: Body::Blocks {
            document: json!({"version": 1, "blocks": blocks}),
            text: None,
        },
    }
}

/// Everybody gets the first, `user0` the second, whoever has a telephone the third.
fn for_some() -> Document {
    let rule = json!({"field": "email", "op": "starts_with", "value": "user0"});
    let reachable = json!({"field": "phone", "op": "is_set"});
    document(json!([
        {"id": "a", "type": "text", "props": {"html": "for everybody"}},
        {"id": "b", "type": "button", "props": {"label": "for user0", "href": "https://example.com/0"}, "visibility": rule},
        {"id": "c", "type": "section", "props": {"blocks": [
            {"id": "d", "type": "text", "props": {"html": "for the reachable"}, "visibility": reachable},
            {"id": "e", "type": "text", "props": {"html": "again for user0"}, "visibility": rule},
        ]}},
        {"id": "f", "type": "footer"},
    ]))
}

impl World {
    async fn draft_of(&self, document: Document) -> CampaignId {
        let id = self.draft().await;
        let patch = CampaignPatch {
            content: Some(document),
            ..CampaignPatch::default()
        };
        campaigns::update(&self.ctx, self.account, &self.actor, id, None, patch)
            .await
            .unwrap();
        id
    }

    /// Messages of a campaign: their id, who they are to, and the bits that were kept.
    async fn kept(&self, id: CampaignId) -> Vec<(MessageId, String, Option<i64>)> {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query(
            "select id, address, shown from message where account_id = $1 and source_id = $2 order by address",
        )
        .bind(self.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap()
        .iter()
        .map(|row| {
            (
                row.get("id").unwrap(),
                row.get("address").unwrap(),
                row.get("shown").unwrap(),
            )
        })
        .collect()
    }

    async fn sandboxed(&self) -> Vec<(String, String)> {
        let mut tx = self.ctx.read().await.unwrap();
        tx.query("select recipient, source from sandbox_message where account_id = $1 order by recipient")
            .bind(self.account)
            .fetch_all()
            .await
            .unwrap()
            .iter()
            .map(|row| {
                let source: Vec<u8> = row.get("source").unwrap();
                let mail = mail_parser::MessageParser::default().parse(&source).unwrap();
                let whole = format!("{}{}", mail.body_html(0).unwrap(), mail.body_text(0).unwrap());
                (row.get("recipient").unwrap(), whole)
            })
            .collect()
    }

    async fn call(&self, email: &str, phone: Option<&str>) {
        let mut tx = self.ctx.write().await.unwrap();
        tx.query("update subscriber set phone = $2 where account_id = $1 and email = $3")
            .bind(self.account)
            .bind(phone)
            .bind(email)
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

const PARTS: [&str; 4] = [
    "for everybody",
    "for user0",
    "for the reachable",
    "again for user0",
];

/// How often each part is in a mail with both bodies.
fn parts(mail: &str) -> [usize; 4] {
    PARTS.map(|part| {
        mail.matches(part).count()
            - usize::from(part == "for user0") * mail.matches("again for user0").count()
    })
}

#[testkit::db_test]
async fn people_get_the_blocks_that_are_for_them_and_keep_them(db: TestDb) {
    let world = World::new(&db).await;
    world.people(3).await;
    world.call("user1@example.com", Some("+15550100")).await;
    let id = world.draft_of(for_some()).await;
    world.start(id).await;
    world.deliver().await;
    assert_eq!(world.totals(id).await.n("sent"), 3);

    let mails = world.sandboxed().await;
    let found: Vec<[usize; 4]> = mails.iter().map(|(_, mail)| parts(mail)).collect();
    assert_eq!(
        found,
        [[2, 2, 0, 2], [2, 0, 2, 0], [2, 0, 0, 0]],
        "in HTML and text"
    );
    let kept = world.kept(id).await;
    let bits: Vec<Option<i64>> = kept.iter().map(|(_, _, bits)| *bits).collect();
    assert_eq!(bits, [Some(1), Some(2), Some(0)]);

    // They change; what was sent does not.
    world.call("user1@example.com", None).await;
    world.call("user2@example.com", Some("+15550101")).await;
    let links = Links::start(&world.ctx, &world.config);
    for (index, expected) in [[1, 1, 0, 1], [1, 0, 1, 0], [1, 0, 0, 0]]
        .iter()
        .enumerate()
    {
        let token = links.token(world.account, Purpose::WebVersion, kept[index].0, 0);
        let WebVersion::Html(html) = links.web_version(&token).await.unwrap() else {
            panic!("there is HTML");
        };
        assert_eq!(parts(&html), *expected, "{html}");
    }
}

#[testkit::db_test]
async fn previews_and_tests_show_what_the_person_would_see(db: TestDb) {
    let world = World::new(&db).await;
    world.people(2).await;
    let id = world.draft_of(for_some()).await;
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query("select id from subscriber where account_id = $1 order by email")
        .bind(world.account)
        .fetch_all()
        .await
        .unwrap();
    drop(tx);
    let people: Vec<audience::SubscriberId> =
        rows.iter().map(|row| row.get("id").unwrap()).collect();
    let seen = async |subscriber| {
        let preview = campaigns::preview(&world.ctx, world.account, id, subscriber)
            .await
            .unwrap();
        parts(&preview.html.unwrap())
    };
    assert_eq!(seen(Some(people[0])).await, [1, 1, 0, 1]);
    assert_eq!(seen(Some(people[1])).await, [1, 0, 0, 0]);
    assert_eq!(seen(None).await, [1, 0, 0, 0], "nobody decided");
    let all = Shown {
        subscriber: None,
        all: true,
    };
    let preview = campaigns::render(&world.ctx, world.account, &for_some(), &[], all)
        .await
        .unwrap();
    assert_eq!(parts(&preview.html.unwrap()), [1, 1, 1, 1]);

    let to = ["me@example.com".to_owned()];
    for subscriber in [Some(people[0]), None] {
        campaigns::send_test(&world.ctx, world.account, &world.actor, id, &to, subscriber)
            .await
            .unwrap();
    }
    world.deliver().await;
    let mut found: Vec<[usize; 4]> = world
        .sandboxed()
        .await
        .iter()
        .map(|(_, mail)| parts(mail))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [[2, 0, 0, 0], [2, 2, 0, 2]]);
}

#[testkit::db_test]
async fn faults_of_blocks_and_their_rules_are_told_when_saving(db: TestDb) {
    let world = World::new(&db).await;
    let id = world.draft().await;
    let wrong = document(json!([
        {"id": "a", "type": "text", "props": {"html": "{{ nobody }}"}},
        {"id": "b", "type": "section", "props": {"blocks": [
            {"id": "c", "type": "spacer", "visibility": {"all": [{"segment": {"any": ["77"]}}]}},
        ]}},
    ]));
    let patch = CampaignPatch {
        content: Some(wrong.clone()),
        ..CampaignPatch::default()
    };
    let error = campaigns::update(&world.ctx, world.account, &world.actor, id, None, patch)
        .await
        .unwrap_err();
    let Error::Invalid(faults) = error else {
        panic!("{error:?}");
    };
    let found: Vec<String> = faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect();
    assert_eq!(
        found,
        [
            "content.body.document.blocks[0].props.html unknown_name",
            "content.body.document.blocks[1].props.blocks[0].visibility.all[0].segment.any[0] unknown_segment",
        ]
    );
    let preview = campaigns::render(&world.ctx, world.account, &wrong, &[], Shown::default())
        .await
        .unwrap();
    assert!(preview.html.is_some(), "an unknown name renders as nothing");
    let unreadable = document(json!([{"id": "a", "type": "nothing"}]));
    let preview = campaigns::render(
        &world.ctx,
        world.account,
        &unreadable,
        &[],
        Shown::default(),
    )
    .await
    .unwrap();
    assert!(preview.html.is_none());
    assert_eq!(preview.findings[0].field, "body.document.blocks[0].type");
}

#[testkit::db_test]
async fn a_rule_that_stopped_working_hides_its_block_and_stops_nobody(db: TestDb) {
    let world = World::new(&db).await;
    world.people(2).await;
    let id = world
        .draft_of(document(json!([
            {"id": "a", "type": "text", "props": {"html": "for everybody"}},
        ])))
        .await;
    // As after a field was deleted: the stored rule names what is not there.
    let mut tx = world.ctx.write().await.unwrap();
    let broken = document(json!([
        {"id": "a", "type": "text", "props": {"html": "for everybody"}},
        {"id": "b", "type": "text", "props": {"html": "for the reachable"}, "visibility": {"field": "gone", "op": "is_set"}},
    ]));
    let changed = tx
        .query("update content_revision set document = $2 where account_id = $1")
        .bind(world.account)
        .bind(serde_json::to_string(&broken).unwrap())
        .execute()
        .await
        .unwrap();
    assert!(changed > 0);
    tx.commit().await.unwrap();
    world.start(id).await;
    world.deliver().await;
    let mails = world.sandboxed().await;
    assert_eq!(mails.len(), 2);
    for (_, mail) in &mails {
        assert_eq!(parts(mail), [2, 0, 0, 0]);
    }
}
