//! Who opened and clicked: bursts, clients, countries.

use std::collections::BTreeMap;
use std::time::Duration;

use content::{Body, Document};
use ctx::Purpose;
use testkit::TestDb;

use super::World;
use crate::campaigns::{self, CampaignId, CampaignPatch};
use crate::messages::MessageId;
use crate::reports;
use crate::tracking::GeoIp;
use crate::tracking::geo::two_countries;
use crate::tracking::service::{Client, Links};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const GMAIL: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

fn client(agent: &str, ip: &str) -> Client {
    Client {
        head: false,
        user_agent: Some(agent.to_owned()),
        ip: Some(ip.to_owned()),
    }
}

/// A campaign with so many links that went to the sandbox, and its messages.
async fn sent(world: &World, links: usize, people: usize) -> (CampaignId, Vec<MessageId>) {
    world.people(people).await;
    let id = world.draft().await;
    let html: String = (0..links)
        .map(|n| format!("<p><a href=\"https://example.com/{n}\">{n}</a></p>"))
        .collect();
    let patch = CampaignPatch {
        content: Some(Document {
            subject: "News".to_owned(),
            preheader: None,
            body: Body::Html { html, text: None },
        }),
        ..CampaignPatch::default()
    };
    campaigns::update(&world.ctx, world.account, &world.actor, id, None, patch)
        .await
        .unwrap();
    world.start(id).await;
    world.deliver().await;
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query("select id from message where account_id = $1 and source_id = $2 order by id")
        .bind(world.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap();
    (id, rows.iter().map(|row| row.get("id").unwrap()).collect())
}

/// The facets of a campaign: `kind/value` with opens, unique opens, clicks, unique clicks.
async fn facets(world: &World, id: CampaignId) -> BTreeMap<String, [i64; 4]> {
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select facet, value, opens, unique_opens, clicks, unique_clicks from campaign_facet \
             where account_id = $1 and campaign_id = $2",
        )
        .bind(world.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let facet: String = row.get("facet").unwrap();
            let value: String = row.get("value").unwrap();
            let n = ["opens", "unique_opens", "clicks", "unique_clicks"]
                .map(|column| row.get(column).unwrap());
            (format!("{facet}/{value}"), n)
        })
        .filter(|(_, n)| *n != [0; 4])
        .collect()
}

#[testkit::db_test]
async fn links_that_are_followed_all_at_once_are_a_machines(db: TestDb) {
    let world = World::new(&db).await;
    let (id, messages) = sent(&world, 8, 2).await;
    let links = Links::start(&world.ctx, &world.config);
    let click = async |message: MessageId, link: u16| {
        let token = links.token(world.account, Purpose::Click, message, link);
        links
            .click(&token, client(FIREFOX, "192.0.2.1"))
            .await
            .unwrap();
    };
    let counts = async || {
        let totals = world.totals(id).await;
        ["clicks", "unique_clicks", "machine_clicks"].map(|name| totals.n(name))
    };
    // A person follows two links, and one of them again.
    for link in [0, 1, 0] {
        click(messages[1], link).await;
    }
    assert_eq!(counts().await, [3, 1, 0]);
    // The first four could be a person in a hurry; the fifth tells.
    for link in 0..4 {
        click(messages[0], link).await;
        db.clock().advance(Duration::from_millis(300));
    }
    assert_eq!(counts().await, [7, 2, 0]);
    click(messages[0], 4).await;
    assert_eq!(counts().await, [3, 1, 5]);
    for link in 5..8 {
        click(messages[0], link).await;
    }
    assert_eq!(counts().await, [3, 1, 8]);
    let facets = facets(&world, id).await;
    assert_eq!(facets["client/Firefox"], [0, 0, 3, 1]);
    assert_eq!(facets["machine/burst"], [0, 0, 8, 0]);
    let mut tx = world.ctx.read().await.unwrap();
    let rows = tx
        .query(
            "select link_number, clicks, unique_clicks, machine_clicks from link_total \
             where account_id = $1 and campaign_id = $2 order by link_number limit 3",
        )
        .bind(world.account)
        .bind(id)
        .fetch_all()
        .await
        .unwrap();
    let per_link: Vec<[i64; 3]> = rows
        .iter()
        .map(|row| ["clicks", "unique_clicks", "machine_clicks"].map(|name| row.get(name).unwrap()))
        .collect();
    assert_eq!(per_link, [[2, 1, 1], [1, 1, 1], [0, 0, 1]]);
    drop(tx);
    // Whoever comes later is a person all the same.
    db.clock().advance(Duration::from_mins(10));
    click(messages[0], 0).await;
    assert_eq!(counts().await, [4, 2, 8]);
}

#[testkit::db_test]
async fn clients_devices_and_countries_are_counted(db: TestDb) {
    let mut world = World::new(&db).await;
    world.config.tracking.geoip = Some(GeoIp::from_bytes(two_countries("DE", "US")).unwrap());
    world.config.tracking.machine_networks = [("198.51.100.0".parse().unwrap(), 24)].into();
    let (id, messages) = sent(&world, 2, 4).await;
    let links = Links::start(&world.ctx, &world.config);
    let open = async |message: usize, agent: &str, ip: &str| {
        let token = links.token(world.account, Purpose::Open, messages[message], 0);
        links.open(&token, client(agent, ip)).await.unwrap();
    };
    open(0, IPHONE, "10.0.0.1").await;
    open(0, IPHONE, "10.0.0.1").await;
    open(1, FIREFOX, "192.0.2.1").await;
    // The proxy's address is not where the person is.
    open(2, GMAIL, "192.0.2.1").await;
    open(3, "Mozilla/5.0", "192.0.2.1").await;
    open(3, FIREFOX, "198.51.100.9").await;
    let token = links.token(world.account, Purpose::Click, messages[2], 1);
    links
        .click(&token, client(FIREFOX, "10.0.0.7"))
        .await
        .unwrap();
    let facets = facets(&world, id).await;
    let wanted = [
        ("client/Apple Mail", [2, 1, 0, 0]),
        ("client/Firefox", [1, 1, 1, 1]),
        ("client/Gmail", [1, 1, 0, 0]),
        ("country/DE", [2, 1, 1, 1]),
        ("country/US", [1, 1, 0, 0]),
        ("device/desktop", [1, 1, 1, 1]),
        ("device/mobile", [2, 1, 0, 0]),
        ("device/unknown", [1, 1, 0, 0]),
        ("machine/apple_privacy", [1, 0, 0, 0]),
        ("machine/network", [1, 0, 0, 0]),
        ("system/Linux", [1, 1, 1, 1]),
        ("system/iOS", [2, 1, 0, 0]),
        ("system/unknown", [1, 1, 0, 0]),
    ];
    let wanted: BTreeMap<String, [i64; 4]> = wanted
        .iter()
        .map(|(name, n)| ((*name).to_owned(), *n))
        .collect();
    assert_eq!(facets, wanted);
    // The hit keeps the country when its address has gone.
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query("select count(*) as n from hit where account_id = $1 and country = 'DE' and ip is not null")
        .bind(world.account)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 3);
}

#[testkit::db_test]
async fn a_campaign_is_compared_with_those_before_it_at_the_same_age(db: TestDb) {
    let world = World::new(&db).await;
    world.people(4).await;
    let links = Links::start(&world.ctx, &world.config);
    let mut ids = Vec::new();
    // How many open at once, and how many after so many hours.
    for (now, later, hours) in [(1, 3, 30), (2, 0, 24)] {
        let id = world.draft().await;
        world.start(id).await;
        world.deliver().await;
        ids.push(id);
        let mut tx = world.ctx.read().await.unwrap();
        let rows = tx
            .query("select id from message where account_id = $1 and source_id = $2 order by id")
            .bind(world.account)
            .bind(id)
            .fetch_all()
            .await
            .unwrap();
        let messages: Vec<MessageId> = rows.iter().map(|row| row.get("id").unwrap()).collect();
        drop(tx);
        let mut left = messages.into_iter();
        for (n, wait) in [(now, 0), (later, hours)] {
            db.clock().advance(Duration::from_hours(wait));
            for message in left.by_ref().take(n) {
                let token = links.token(world.account, Purpose::Open, message, 0);
                links
                    .open(&token, client(FIREFOX, "192.0.2.1"))
                    .await
                    .unwrap();
            }
        }
        if ids.len() == 1 {
            db.clock().advance(Duration::from_hours(24 * 7));
        }
    }
    // The second one is a day old: at that age the first had only one of its opens.
    let compared = reports::comparison(&world.ctx, world.account, ids[1])
        .await
        .unwrap();
    assert_eq!(compared.hours, 24);
    assert_eq!((compared.campaign.sent, compared.earlier.len()), (4, 1));
    assert!((compared.campaign.open_rate - 0.5).abs() < 1e-9);
    assert!((compared.earlier[0].open_rate - 0.25).abs() < 1e-9);
    assert!((compared.median.unwrap().open_rate - 0.25).abs() < 1e-9);
    // The first has nobody before it.
    let first = reports::comparison(&world.ctx, world.account, ids[0])
        .await
        .unwrap();
    assert_eq!((first.earlier.len(), first.median), (0, None));
}
