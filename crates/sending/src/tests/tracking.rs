//! Opens, clicks and leaving.

use content::{Body, Document};
use ctx::Purpose;
use kernel::AccountId;
use serde_json::json;
use testkit::TestDb;

use super::World;
use crate::campaigns::{self, CampaignId, CampaignPatch};
use crate::messages::MessageId;
use crate::tracking::UnsubscribeReason;
use crate::tracking::service::{Client, Links};

const PERSON: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";

fn client(agent: &str) -> Client {
    Client {
        head: false,
        user_agent: Some(agent.to_owned()),
        ip: Some("192.0.2.1".to_owned()),
    }
}

/// A campaign that went to the sandbox, and its first message.
async fn sent(world: &World) -> (CampaignId, MessageId) {
    world.people(3).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    assert_eq!(world.totals(id).await.n("sent"), 3);
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select min(id) as id from message where account_id = $1 and source_id = $2")
        .bind(world.account)
        .bind(id)
        .fetch_one()
        .await
        .unwrap();
    (id, row.get("id").unwrap())
}

#[testkit::db_test]
async fn opens_and_clicks_count_people_once_and_machines_apart(db: TestDb) {
    let world = World::new(&db).await;
    let (id, message) = sent(&world).await;
    let links = Links::start(&world.ctx, &world.config);
    let sign = |purpose, link| links.token(world.account, purpose, message, link);

    links
        .open(&sign(Purpose::Open, 0), client(PERSON))
        .await
        .unwrap();
    links
        .open(&sign(Purpose::Open, 0), client(PERSON))
        .await
        .unwrap();
    links
        .open(&sign(Purpose::Open, 0), client("Mozilla/5.0"))
        .await
        .unwrap();
    let first = sign(Purpose::Click, 0);
    let target = links.click(&first, client(PERSON)).await.unwrap();
    assert_eq!(target, "https://example.com/a?x=1&y=2");
    // The same links, all at once: they share a transaction and are still counted once each.
    let second = sign(Purpose::Click, 1);
    let (a, b, c) = tokio::join!(
        links.click(&second, client(PERSON)),
        links.click(&second, client(PERSON)),
        links.click(&second, client("LinkScanner Bot/1.0")),
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());

    let totals = world.totals(id).await;
    assert_eq!(
        [
            "opens",
            "unique_opens",
            "machine_opens",
            "clicks",
            "unique_clicks",
            "machine_clicks"
        ]
        .map(|name| totals.n(name)),
        [2, 1, 1, 3, 1, 1]
    );
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select link_number, clicks, unique_clicks, machine_clicks from link_total \
             where account_id = $1 and campaign_id = $2 order by link_number",
        )
        .bind(world.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap();
    let links: Vec<[i64; 4]> = rows
        .iter()
        .map(|row| {
            ["link_number", "clicks", "unique_clicks", "machine_clicks"]
                .map(|column| row.get(column).unwrap())
        })
        .collect();
    assert_eq!(links, [[0, 1, 1, 0], [1, 2, 1, 1]]);

    // Rules find who clicked a link by its address; machines do not count.
    for (rule, people) in [
        (
            json!({"event": "clicked", "link": {"equals": "HTTPS://example.com/a?x=1&y=2"}}),
            1,
        ),
        (
            json!({"event": "clicked", "link": {"starts_with": "https://example.com/"}, "exactly": 3}),
            1,
        ),
        (
            json!({"event": "clicked", "link": {"contains": "/a?"}, "campaign": id, "exactly": 1}),
            1,
        ),
        (
            json!({"event": "clicked", "link": {"contains": "/nowhere"}}),
            0,
        ),
    ] {
        let rule_read = rules::Rule::parse(&rule).unwrap();
        let compiled =
            audience::segments::compile_rule_in(&mut tx, &world.ctx, world.account, &rule_read)
                .await
                .unwrap();
        let found = audience::segments::count_in(&mut tx, world.account, &compiled).await;
        assert_eq!(found.unwrap(), people, "{rule}");
    }
    let row = tx
        .query("select count(*) as n from link_target where account_id = $1")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 2);
}

#[testkit::db_test]
async fn only_a_post_unsubscribes_and_twice_is_once(db: TestDb) {
    let world = World::new(&db).await;
    let (id, message) = sent(&world).await;
    let links = Links::start(&world.ctx, &world.config);
    let token = links.token(world.account, Purpose::Unsubscribe, message, 0);

    assert!(links.leaving(&token).await.unwrap().active);
    assert!(links.leaving(&token).await.unwrap().active);
    links
        .unsubscribe(&token, UnsubscribeReason::OneClick, None)
        .await
        .unwrap();
    links
        .unsubscribe(&token, UnsubscribeReason::TooMany, Some("every day!"))
        .await
        .unwrap();
    assert!(!links.leaving(&token).await.unwrap().active);
    assert_eq!(world.totals(id).await.n("unsubscribed"), 1);
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select reason, comment from unsubscribe_reason where account_id = $1")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<String>("reason").unwrap(), "too_many");
    assert_eq!(row.get::<String>("comment").unwrap(), "every day!");
    let row = tx
        .query("select count(*) as n from event where account_id = $1 and kind = 'message.unsubscribed'")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 1);
}

#[testkit::db_test]
async fn a_token_of_another_purpose_or_an_altered_one_is_unknown(db: TestDb) {
    let world = World::new(&db).await;
    let (_, message) = sent(&world).await;
    let links = Links::start(&world.ctx, &world.config);
    let open = links.token(world.account, Purpose::Open, message, 0);
    assert!(links.leaving(&open).await.is_err());
    assert!(links.click(&open, client(PERSON)).await.is_err());
    let beyond = links.token(world.account, Purpose::Click, message, 9);
    assert!(links.click(&beyond, client(PERSON)).await.is_err());
    let nobody = links.token(world.account, Purpose::Click, MessageId::from(1), 0);
    assert!(links.click(&nobody, client(PERSON)).await.is_err());
    // A token that another account's key signed, also when the message has been looked up before.
    let foreign = links.token(
        AccountId::from(world.account.get() + 1),
        Purpose::Unsubscribe,
        message,
        0,
    );
    assert!(links.leaving(&foreign).await.is_err());
    let own = links.token(world.account, Purpose::Unsubscribe, message, 0);
    assert!(links.leaving(&own).await.is_ok());
    assert!(links.leaving(&foreign).await.is_err());
}

/// Many ask at the same moment, and are looked up with one query: each is led where their own mail leads, and counted.
#[testkit::db_test]
async fn each_of_many_at_once_is_led_where_their_own_mail_leads(db: TestDb) {
    let world = World::new(&db).await;
    world.people(40).await;
    let id = world.draft().await;
    let (ctx, account) = (&world.ctx, world.account);
    let document = Document {
        subject: "News".to_owned(),
        preheader: None,
        body: Body::Html {
            html: "<a href=\"https://example.com/fixed\">A</a> <a href=\"https://example.com/u?e={{ email }}\">B</a>"
                .to_owned(),
            text: None,
        },
    };
    let patch = CampaignPatch {
        content: Some(document),
        ..CampaignPatch::default()
    };
    campaigns::update(ctx, account, &world.actor, id, None, patch)
        .await
        .unwrap();
    world.start(id).await;
    world.deliver().await;
    let rows = ctx
        .read()
        .await
        .unwrap()
        .query("select id, address from message where account_id = $1 and source_id = $2")
        .bind(account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap();
    let links = Links::start(ctx, &world.config);
    let click = async |message: MessageId, link: u16| {
        let token = links.token(account, Purpose::Click, message, link);
        links.click(&token, client(PERSON)).await
    };
    let asked = rows.iter().map(async |row| {
        let (message, address): (MessageId, String) =
            (row.get("id").unwrap(), row.get("address").unwrap());
        let (fixed, own, nobody) = tokio::join!(
            click(message, 0),
            click(message, 1),
            click(MessageId::from(message.get() + 1), 0)
        );
        assert_eq!(fixed.unwrap(), "https://example.com/fixed");
        let own = own.unwrap().replace("%40", "@");
        assert_eq!(own, format!("https://example.com/u?e={address}"));
        let known = rows
            .iter()
            .any(|row| row.get::<i64>("id").unwrap() == message.get() + 1);
        assert_eq!(nobody.is_ok(), known);
        u64::from(known)
    });
    let neighbors: u64 = futures_util::future::join_all(asked)
        .await
        .into_iter()
        .sum();
    let totals = world.totals(id).await;
    assert_eq!(totals.n("clicks"), 80 + i64::try_from(neighbors).unwrap());
    assert_eq!(totals.n("unique_clicks"), 40);
}
