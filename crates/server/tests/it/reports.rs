//! What reports say beyond the main job, over HTTP.

use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Client, TestApp};

const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

async fn people(owner: &Client, count: usize) {
    let people: Vec<Value> = (0..count)
        .map(|n| json!({"email": format!("p{n}@example.com")}))
        .collect();
    owner
        .post("/api/subscribers/batch", json!({"subscribers": people}))
        .await
        .expect(200);
}

fn campaign(html: &str) -> Value {
    json!({
        "name": "May",
        "sender_email": "news@example.com",
        "audience": {"everyone": true},
        "content": {"subject": "May", "body": {"kind": "html", "html": html}},
    })
}

async fn send(app: &TestApp, owner: &Client, body: Value) -> String {
    let id = owner.post("/api/campaigns", body).await.created();
    owner
        .act(&format!("/api/campaigns/{id}/send"))
        .await
        .expect(200);
    app.deliver().await;
    id
}

/// The first link of one text is not the first link of another.
#[testkit::db_test]
async fn the_links_of_variants_are_counted_apart(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    people(&owner, 2).await;
    let text = |target: &str| format!("<p><a href=\"https://shop.example/{target}\">Go</a></p>");
    let mut body = campaign(&text("base"));
    body["ab"] = json!({
        "share_percent": 100,
        "winner_by": "clicks",
        "variants": [
            {},
            {"content": {"subject": "May", "body": {"kind": "html", "html": text("other")}}},
        ],
    });
    let id = send(&app, &owner, body).await;
    let mails = app.sandbox(&owner).await;
    assert_eq!(mails.len(), 2);
    let reader = app.anonymous().with("user-agent", PERSON);
    let mut targets = Vec::new();
    for mail in &mails {
        let reply = reader.follow(&mail.clicks()[0]).await.expect(302);
        targets.push(reply.header("location").to_owned());
    }
    // Once more to the other one.
    let other = targets
        .iter()
        .position(|target| target.ends_with("/other"))
        .unwrap();
    reader.follow(&mails[other].clicks()[0]).await.expect(302);
    let links = owner
        .get(&format!("/api/campaigns/{id}/report/links"))
        .await
        .expect(200);
    let links: Vec<(i64, &str, i64, i64)> = links.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            (
                link["variant"].as_i64().unwrap(),
                link["url"].as_str().unwrap(),
                link["clicks"].as_i64().unwrap(),
                link["unique_clicks"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        links,
        [
            (1, "https://shop.example/base", 1, 1),
            (2, "https://shop.example/other", 2, 1)
        ]
    );
}

/// What an editor needs that comes back later: saving a test without the text of a variant would lose it.
#[testkit::db_test]
async fn the_text_of_a_variant_can_be_read_back(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let own = json!({
        "subject": "June", "preheader": "Soon",
        "body": {"kind": "html", "html": "<p>Hello {{ first_name | default(\"you\") }}</p>"},
    });
    let mut body = campaign("<p>May</p>");
    let ab =
        |variants: Value| json!({"share_percent": 50, "winner_by": "hand", "variants": variants});
    body["ab"] = ab(json!([{}, {"subject": "Other"}, {"content": own}]));
    let id = owner.post("/api/campaigns", body).await.created();
    let path = |n: &str| format!("/api/campaigns/{id}/variants/{n}/content");
    let read = owner.get(&path("3")).await.expect(200);
    assert_eq!(read.json, own);
    let campaign = owner.get(&format!("/api/campaigns/{id}")).await;
    assert_eq!(read.header("etag"), campaign.header("etag"));
    for none in ["0", "1", "2", "4", "-1", "x"] {
        owner.get(&path(none)).await.expect(404);
    }
    // What was read can be written: the test changes, the text stays.
    let changed = ab(json!([{"subject": "Another"}, {"content": read.json}]));
    owner
        .patch(&format!("/api/campaigns/{id}"), json!({"ab": changed}))
        .await
        .expect(200);
    assert_eq!(owner.get(&path("2")).await.expect(200).json, own);
    owner.get(&path("3")).await.expect(404);
}

#[testkit::db_test]
async fn recipients_are_found_by_what_they_did(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    people(&owner, 5).await;
    let id = send(
        &app,
        &owner,
        campaign("<p><a href=\"https://shop.example/\">Go</a></p>"),
    )
    .await;
    let mails = app.sandbox(&owner).await;
    let reader = app.anonymous().with("user-agent", PERSON);
    let machine = app.anonymous().with("user-agent", "Barracuda Sentinel");
    for (mail, twice) in [(&mails[0], true), (&mails[1], false)] {
        reader.follow(&mail.pixel()).await.expect(200);
        if twice {
            reader.follow(&mail.pixel()).await.expect(200);
        }
    }
    machine.follow(&mails[2].pixel()).await.expect(200);
    reader.follow(&mails[1].clicks()[0]).await.expect(302);
    machine.follow(&mails[2].clicks()[0]).await.expect(302);
    let leave = mails[3].unsubscribe();
    let form = crate::app::Body::Raw(
        "application/x-www-form-urlencoded",
        b"reason=too_many&comment=%3Dcmd".to_vec(),
    );
    let path = crate::app::path_of(&leave).to_owned();
    reader
        .send(crate::app::Method::POST, &path, form)
        .await
        .expect(200);
    let base = format!("/api/campaigns/{id}");
    let addresses = async |query: &str| -> Vec<String> {
        let rows = owner.all(&format!("{base}/recipients?{query}")).await;
        let mut found: Vec<String> = rows
            .iter()
            .map(|row| row["address"].as_str().unwrap().to_owned())
            .collect();
        found.sort_unstable();
        found
    };
    let of = |places: &[usize]| -> Vec<String> {
        let mut wanted: Vec<String> = places
            .iter()
            .map(|place| mails[*place].to.clone())
            .collect();
        wanted.sort_unstable();
        wanted
    };
    for (query, places) in [
        ("activity=opened", &[0, 1][..]),
        ("activity=opened&state=sent", &[0, 1]),
        ("activity=opened&state=failed", &[]),
        ("activity=not_opened", &[2, 3, 4]),
        ("activity=clicked", &[1]),
        ("activity=not_clicked", &[0, 2, 3, 4]),
        ("activity=unsubscribed", &[3]),
        ("activity=bounced", &[]),
        ("activity=complained", &[]),
    ] {
        assert_eq!(addresses(query).await, of(places), "{query}");
    }
    // Page by page it is the same.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    for _ in 0..2 {
        let path = format!("{base}/recipients?activity=opened&limit=1{cursor}");
        let page = owner.get(&path).await.expect(200);
        paged.push(page.text("/data/0/address").to_owned());
        let next = page.json["next_cursor"].as_str();
        cursor = next.map_or_else(|| "end".to_owned(), |next| format!("&cursor={next}"));
    }
    paged.sort_unstable();
    assert_eq!((paged, cursor.as_str()), (of(&[0, 1]), "end"));

    let file = owner
        .get(&format!("{base}/recipients/export?activity=clicked"))
        .await
        .expect(200);
    assert!(file.header("content-type").starts_with("text/csv"));
    let text = String::from_utf8(file.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[1].starts_with(&mails[1].to) && lines[1].contains(",yes,yes,no,"),
        "{text}"
    );
    let leavers = owner
        .get(&format!("{base}/report/unsubscribes"))
        .await
        .expect(200);
    assert_eq!(leavers.text("/data/0/reason"), "too_many");
    assert_eq!(leavers.text("/data/0/comment"), "=cmd");

    // The list of campaigns says it in short.
    let list = owner.get("/api/campaigns").await.expect(200);
    let totals = &list.json["data"][0]["totals"];
    assert_eq!(
        [
            &totals["sent"],
            &totals["unique_opens"],
            &totals["unique_clicks"],
            &totals["unsubscribed"]
        ],
        [&json!(5), &json!(2), &json!(1), &json!(1)]
    );
    let devices = owner
        .get(&format!("{base}/report/devices"))
        .await
        .expect(200);
    assert_eq!(devices.text("/clients/0/name"), "Firefox");
    assert_eq!(devices.text("/machines/0/name"), "scanner");
    let countries = owner
        .get(&format!("{base}/report/countries"))
        .await
        .expect(200);
    assert_eq!(countries.json["configured"], false);
    assert!(countries.text("/note").contains("geoip.file"));
    let compared = owner
        .get(&format!("{base}/report/comparison"))
        .await
        .expect(200);
    assert_eq!(compared.number("/campaign/sent"), 5);
    assert_eq!(compared.json["median"], Value::Null);
}
