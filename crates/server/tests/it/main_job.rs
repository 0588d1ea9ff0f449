//! The main job: people from a file, a segment of them, a personal campaign, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDb;
use testkit::smtp_sink::{Keep, Sink, SinkConfig};

use crate::app::{Body, Client, Mail, Method, Reply, path_of};
use crate::shop::{self, Person, Shop, person};

const PEOPLE: usize = 10_000;
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";

#[testkit::db_test]
async fn from_a_file_to_the_report(db: TestDb) {
    let shop = Shop::open(db).await;
    import_people(&shop).await;
    let segment = shop.segment().await;
    let wanted = select_people(&shop, &segment).await;

    let sink = Sink::start(SinkConfig {
        keep: Keep::Data,
        ..SinkConfig::default()
    })
    .await
    .unwrap();
    shop.use_relay(sink.addr().port()).await;
    let spring = shop.campaign("Spring", &segment).await;
    preview(&shop, &spring).await;
    shop.send(&spring).await;
    let mails = delivered(&sink, 0);
    assert_eq!(
        mails.keys().cloned().collect::<BTreeSet<_>>(),
        wanted.keys().cloned().collect::<BTreeSet<_>>()
    );
    for (email, mail) in &mails {
        shop::check_mail(mail, &wanted[email]);
    }
    assert_eq!(sink.stats().violations, Vec::<String>::new());

    shop.app.advance(Duration::from_hours(1));
    let people: Vec<&str> = mails.keys().map(String::as_str).collect();
    open_and_click(&shop, &mails, &people).await;
    shop.app.advance(Duration::from_hours(1));
    leave(&shop, &mails[people[0]]).await;
    check_report(&shop, &spring, &people).await;
    check_timelines(&shop, &spring, &people).await;

    let before = sink.accepted().len();
    let summer = shop.campaign("Summer", &segment).await;
    shop.send(&summer).await;
    let next = delivered(&sink, before);
    assert_eq!(next.len(), mails.len() - 1);
    assert!(!next.contains_key(people[0]), "{} had left", people[0]);

    import_again(&shop, people[0]).await;
    let autumn = shop.campaign("Autumn", &segment).await;
    let before = sink.accepted().len();
    shop.send(&autumn).await;
    let last = delivered(&sink, before);
    assert_eq!(
        last.keys().collect::<Vec<_>>(),
        next.keys().collect::<Vec<_>>()
    );
}

#[testkit::db_test]
async fn without_a_relay_mails_are_kept_to_be_read(db: TestDb) {
    let shop = Shop::open(db).await;
    shop.import(&shop::csv(30)).await;
    let campaign = shop.campaign_to_everyone("Spring").await;
    shop.send(&campaign).await;
    let mails = shop.app.sandbox(&shop.owner).await;
    let wanted: BTreeMap<String, Person> = (0..30)
        .map(person)
        .map(|one| (one.email.clone(), one))
        .collect();
    assert_eq!(mails.len(), wanted.len());
    let seen: BTreeSet<&String> = mails.iter().map(|mail| &mail.to).collect();
    assert_eq!(seen, wanted.keys().collect());
    for mail in &mails {
        shop::check_mail(mail, &wanted[&mail.to]);
    }
}

/// The mails that the sink took after the first `skip`, by recipient.
fn delivered(sink: &Sink, skip: usize) -> BTreeMap<String, Mail> {
    let accepted = sink.accepted();
    let mails: BTreeMap<String, Mail> = accepted[skip..]
        .iter()
        .map(|one| {
            let data = one.data.as_ref().expect("the sink keeps what it gets");
            (one.recipient.clone(), Mail::parse(data))
        })
        .collect();
    assert_eq!(mails.len(), accepted.len() - skip, "somebody got two mails");
    mails
}

async fn import_people(shop: &Shop) {
    let mut file = shop::csv(PEOPLE);
    file.push_str("not-an-address,X,,,,1,,\r\n");
    file.push_str("many@example.com,X,,,,many,,\r\n");
    file.push_str("PERSON7@Example.com,Again,,,,1,,\r\n");
    let import = shop.import(&file).await;
    let counts = [
        "total",
        "processed",
        "created",
        "updated",
        "skipped",
        "invalid",
    ]
    .map(|name| import.number(&format!("/{name}")));
    let all = PEOPLE as i64 + 3;
    assert_eq!(counts, [all, all, all - 3, 0, 1, 2], "{import}");
    let errors = shop
        .owner
        .all(&format!("/api/imports/{}/errors", import.id()))
        .await;
    let told: Vec<String> = errors
        .iter()
        .map(|row| format!("{}:{}:{}", row["line"], row["code"], row["column"]))
        .collect();
    assert_eq!(
        told,
        [
            format!("{}:\"invalid_email\":\"E-mail\"", PEOPLE + 2),
            format!("{}:\"wrong_type\":\"Orders\"", PEOPLE + 3),
            format!("{}:\"duplicate_in_file\":null", PEOPLE + 4),
        ]
    );
    let seventh = shop.subscriber("person7@example.com").await;
    assert_eq!(seventh["first_name"], json!("Ada"), "{seventh}");
    assert_eq!(seventh["last_name"], json!("O'Hara, \"Jo\""));
    let fields = json!({
        "city": "Łódź", "plan": "Plus", "orders": 7, "birthday": "1907-02-28", "vip": false,
    });
    assert_eq!(seventh["fields"], fields, "{seventh}");
    let group = shop
        .owner
        .get(&format!("/api/groups/{}", shop.newsletter))
        .await;
    assert_eq!(group.number("/members"), PEOPLE as i64);
}

/// Puts some of the segment into the group that is to be left out; who remains.
async fn select_people(shop: &Shop, segment: &str) -> BTreeMap<String, Person> {
    let selected: Vec<Person> = (0..PEOPLE)
        .map(person)
        .filter(Person::is_selected)
        .collect();
    let count = shop
        .owner
        .get(&format!("/api/segments/{segment}/count"))
        .await;
    assert_eq!(count.number("/count"), selected.len() as i64);
    let mut colleagues = Vec::new();
    for one in selected.iter().take(3) {
        colleagues.push(crate::app::id_of(&shop.subscriber(&one.email).await));
    }
    let members = json!({"subscriber_ids": colleagues});
    shop.owner
        .post(
            &format!("/api/groups/{}/subscribers", shop.colleagues),
            members,
        )
        .await
        .expect(200);
    let audience = json!({"segments": [segment], "exclude_groups": [shop.colleagues]});
    let count = shop
        .owner
        .post("/api/campaigns/count-recipients", audience)
        .await;
    assert_eq!(count.number("/recipients"), selected.len() as i64 - 3);
    selected
        .into_iter()
        .skip(3)
        .map(|one| (one.email.clone(), one))
        .collect()
}

async fn preview(shop: &Shop, campaign: &str) {
    let sevenths = shop.subscriber("person7@example.com").await;
    let id = crate::app::id_of(&sevenths);
    let preview = shop
        .owner
        .get(&format!(
            "/api/campaigns/{campaign}/preview?subscriber_id={id}"
        ))
        .await
        .expect(200);
    assert_eq!(preview.text("/subject"), person(7).subject());
    assert!(preview.text("/html").contains("you ordered 7 times."));
}

/// Two people open, one of them twice and both click; a scanner looks at everything of a third.
async fn open_and_click(shop: &Shop, mails: &BTreeMap<String, Mail>, people: &[&str]) {
    let phone = shop.app.anonymous().with("user-agent", PHONE);
    for (who, times) in [(people[0], 2), (people[1], 1)] {
        for _ in 0..times {
            let pixel = phone.follow(&mails[who].pixel()).await.expect(200);
            assert_eq!(pixel.header("content-type"), "image/gif");
        }
    }
    for (who, link) in [
        (people[0], 0),
        (people[0], 1),
        (people[0], 1),
        (people[1], 0),
    ] {
        let answer = click(&phone, &mails[who], link).await;
        let target = answer.header("location");
        if link == 1 {
            assert_eq!(target, "https://shop.example/plans");
        } else {
            assert!(target.starts_with("https://shop.example/spring?city="));
            assert!(target.is_ascii() && target.ends_with("&n=1"), "{target}");
        }
    }
    let scanner = shop
        .app
        .anonymous()
        .with("user-agent", "LinkScanner Bot/1.0");
    scanner.follow(&mails[people[2]].pixel()).await.expect(200);
    click(&scanner, &mails[people[2]], 0).await;
    click(&scanner, &mails[people[2]], 1).await;
}

async fn click(who: &Client, mail: &Mail, link: usize) -> Reply {
    who.follow(&mail.clicks()[link]).await.expect(302)
}

/// RFC 8058: a POST without a cookie, without anything of a browser, is all it takes; a GET is never enough.
async fn leave(shop: &Shop, mail: &Mail) {
    let address = mail.unsubscribe();
    let nobody = shop.app.anonymous();
    let status = async || shop.subscriber(&mail.to).await["status"].clone();
    for _ in 0..2 {
        let page = nobody.follow(&address).await.expect(200);
        let page = String::from_utf8_lossy(&page.body).into_owned();
        assert!(page.contains("<form method=\"post\">") && page.contains(&mail.to));
    }
    nobody
        .send(Method::HEAD, path_of(&address), Body::Nothing)
        .await
        .expect(200);
    assert_eq!(status().await, json!("active"), "looking is not leaving");
    for _ in 0..2 {
        let one_click = Body::Raw(
            "application/x-www-form-urlencoded",
            b"List-Unsubscribe=One-Click".to_vec(),
        );
        nobody
            .send(Method::POST, path_of(&address), one_click)
            .await
            .expect(200);
        assert_eq!(status().await, json!("unsubscribed"));
    }
}

async fn check_report(shop: &Shop, campaign: &str, people: &[&str]) {
    let all = people.len() as i64;
    let report = shop.report(campaign).await;
    let expected = json!({
        "state": "sent", "recipients": all, "sent": all, "queued": 0, "failed": 0, "skipped": 0, "unknown": 0,
        "cancelled": 0, "deferrals": 0, "opens": 3, "unique_opens": 2, "machine_opens": 1, "clicks": 4,
        "unique_clicks": 2, "machine_clicks": 2, "unsubscribed": 1,
        "unsubscribe_reasons": {"one_click": 1},
        "started_at": "2026-05-04T09:30:00Z", "finished_at": "2026-05-04T09:30:00Z",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&report[name], value, "{name} of {report}");
    }
    for (rate, part) in [("open_rate", 2), ("click_rate", 2), ("unsubscribe_rate", 1)] {
        let told = report[rate].as_f64().unwrap();
        assert!(
            (told - f64::from(part) / all as f64).abs() < 1e-9,
            "{rate}: {told}"
        );
    }

    let links = shop
        .owner
        .get(&format!("/api/campaigns/{campaign}/report/links"))
        .await;
    let links: Vec<[&Value; 4]> = links.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| ["number", "clicks", "unique_clicks", "machine_clicks"].map(|name| &link[name]))
        .collect();
    assert_eq!(json!(links), json!([[0, 2, 2, 1], [1, 2, 1, 1]]));

    let series = shop
        .owner
        .get(&format!("/api/campaigns/{campaign}/report/series"))
        .await;
    // All opens and clicks, and those that were people's first.
    let point = |hour: &str, sent: i64, opens: [i64; 2], clicks: [i64; 2], left: i64| {
        json!({
            "hour": hour, "sent": sent, "failed": 0, "bounces": 0, "complaints": 0, "opens": opens[0],
            "clicks": clicks[0], "unique_opens": opens[1], "unique_clicks": clicks[1], "unsubscribed": left,
        })
    };
    assert_eq!(
        series.json["data"],
        json!([
            point("2026-05-04T09:00:00Z", all, [0, 0], [0, 0], 0),
            point("2026-05-04T10:00:00Z", 0, [3, 2], [4, 2], 0),
            point("2026-05-04T11:00:00Z", 0, [0, 0], [0, 0], 1),
        ])
    );

    let recipients = shop
        .owner
        .all(&format!("/api/campaigns/{campaign}/recipients?state=sent"))
        .await;
    let addresses: BTreeSet<&str> = recipients
        .iter()
        .filter_map(|row| row["address"].as_str())
        .collect();
    assert_eq!(addresses, people.iter().copied().collect());
    for row in &recipients {
        let n = people
            .iter()
            .position(|one| row["address"] == json!(one))
            .unwrap();
        assert_eq!(row["opened"], json!(n < 2), "{row}");
        assert_eq!(row["clicked"], json!(n < 2), "{row}");
        assert_eq!(row["attempts"], json!(1), "{row}");
        assert_eq!(row["sent_at"], json!("2026-05-04T09:30:00Z"), "{row}");
    }
    let failed = shop
        .owner
        .all(&format!(
            "/api/campaigns/{campaign}/recipients?state=failed"
        ))
        .await;
    assert!(failed.is_empty(), "{failed:?}");
}

async fn check_timelines(shop: &Shop, campaign: &str, people: &[&str]) {
    let of = |kinds: &[&str]| -> Vec<String> {
        kinds
            .iter()
            .map(|kind| {
                if kind.starts_with("message.") {
                    format!("{kind} {campaign}")
                } else {
                    (*kind).to_owned()
                }
            })
            .collect()
    };
    // Born into the group of the import: that is part of how they came.
    let start = ["subscriber.created", "message.sent"];
    let with = |more: &[&str]| of(&[&start, more].concat());
    assert_eq!(
        shop.timeline(people[0]).await,
        with(&[
            "message.opened",
            "message.opened",
            "message.clicked",
            "message.clicked",
            "message.clicked",
            "subscriber.status_changed",
            "message.unsubscribed",
        ])
    );
    assert_eq!(
        shop.timeline(people[1]).await,
        with(&["message.opened", "message.clicked"])
    );
    assert_eq!(
        shop.timeline(people[2]).await,
        with(&[
            "message.opened_by_machine",
            "message.clicked_by_machine",
            "message.clicked_by_machine",
        ])
    );
    assert_eq!(shop.timeline(people[3]).await, with(&[]));
    let id = crate::app::id_of(&shop.subscriber(people[3]).await);
    let born = shop
        .owner
        .get(&format!(
            "/api/subscribers/{id}/timeline?kind=subscriber.created"
        ))
        .await;
    let groups = &born.json["data"][0]["body"]["group_ids"];
    assert_eq!(*groups, json!([shop.newsletter]), "{born}");
}

async fn import_again(shop: &Shop, left: &str) {
    let import = shop.import(&shop::csv(PEOPLE)).await;
    let counts = ["created", "updated", "unchanged", "skipped", "invalid"]
        .map(|name| import.number(&format!("/{name}")));
    assert_eq!(counts, [0, 0, PEOPLE as i64 - 1, 1, 0], "{import}");
    let errors = shop
        .owner
        .all(&format!("/api/imports/{}/errors", import.id()))
        .await;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["code"], json!("unsubscribed_before"));
    assert_eq!(shop.subscriber(left).await["status"], json!("unsubscribed"));
}
