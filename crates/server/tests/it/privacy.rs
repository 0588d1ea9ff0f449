//! Somebody leaves traces everywhere, is exported, erased, and nowhere; and lists keep people out at the last moment.

use std::time::Duration;

use db::Engine;
use serde_json::{Value, json};
use testkit::TestDb;

use crate::app::{Body, Method, TestApp, id_of, path_of};
use crate::shop::Shop;

const EMAIL: &str = "zarathustra.q@erasable.example";
const TRACES: [&str; 6] = [
    "zarathustra",
    "zebulonia",
    "quuxworthy",
    "5550199",
    "198.51.100.23",
    "xanadu-on-sea",
];

/// Where a dump of all tables has something of the person, in lower case.
async fn traces(app: &TestApp) -> Vec<String> {
    let mut tx = app.ctx.read().await.unwrap();
    let engine = tx.engine();
    let tables = match engine {
        Engine::Sqlite => "select name from sqlite_master where type = 'table'",
        Engine::Postgres => {
            "select tablename::text from pg_tables where schemaname = current_schema()"
        }
    };
    let mut found = Vec::new();
    for table in tx.query(tables).fetch_all().await.unwrap() {
        let table: String = table.at(0).unwrap();
        let columns = match engine {
            Engine::Sqlite => format!("select name from pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "select column_name::text from information_schema.columns
                 where table_schema = current_schema() and table_name = '{table}'"
            ),
        };
        for column in tx.query(columns).fetch_all().await.unwrap() {
            let column: String = column.at(0).unwrap();
            // Bytes as digits on one engine, and as they are on the other.
            let sql = match engine {
                Engine::Sqlite => format!("select lower(hex({column})) as v from {table}"),
                Engine::Postgres => format!(
                    "select encode(convert_to(lower({column}::text), 'UTF8'), 'hex') as v from {table}"
                ),
            };
            for row in tx.query(sql).once().fetch_all().await.unwrap() {
                let hex: Option<String> = row.at(0).unwrap();
                let text = plain(&hex.unwrap_or_default());
                for trace in TRACES {
                    if text.contains(trace) {
                        found.push(format!("{trace} in {table}.{column}"));
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What hexadecimal digits, perhaps of digits again, stand for.
fn plain(hex: &str) -> String {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2)
            .filter_map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok())
            .collect()
    };
    let text = String::from_utf8_lossy(&bytes(hex)).to_lowercase();
    match text.strip_prefix("\\x") {
        Some(again) => String::from_utf8_lossy(&bytes(again)).to_lowercase(),
        None => text,
    }
}

async fn person(shop: &Shop) -> String {
    let them = json!({
        "email": EMAIL, "first_name": "Zebulonia", "last_name": "Quuxworthy", "phone": "+49 170 5550199",
        "fields": {"city": "Xanadu-on-Sea"}, "groups": [shop.newsletter],
        "consent": {"at": "2026-05-04T09:00:00Z", "text": "I, Zebulonia Quuxworthy, agree", "ip": "198.51.100.23"},
    });
    let once = shop.owner.clone().with("idempotency-key", "the-first-time");
    let id = once.post("/api/subscribers", them).await.expect(201).id();
    shop.owner
        .post("/api/subscribers", json!({"email": "other@example.com"}))
        .await
        .expect(201);
    id
}

#[testkit::db_test]
async fn whoever_is_erased_is_nowhere(db: TestDb) {
    let shop = Shop::open(db).await;
    let id = person(&shop).await;
    let file = format!("email,orders\n{EMAIL},many\n{EMAIL},3\n{EMAIL},4\nbad zebulonia,1\n");
    shop.import(&file).await;
    let spring = shop.campaign_to_everyone("Spring").await;
    let test = json!({"addresses": [EMAIL], "subscriber_id": id});
    shop.owner
        .post(&format!("/api/campaigns/{spring}/test"), test)
        .await
        .expect(200);
    shop.send(&spring).await;
    let mails = shop.app.sandbox(&shop.owner).await;
    let mail = mails.iter().rfind(|mail| mail.to == EMAIL).unwrap();
    let reader = shop
        .app
        .anonymous()
        .from_ip([198, 51, 100, 23])
        .with("user-agent", "Mozilla/5.0 (iPhone) of Quuxworthy");
    reader.follow(&mail.pixel()).await.expect(200);
    reader.follow(&mail.clicks()[0]).await.expect(302);
    let change = json!({
        "selection": {"ids": [id]},
        "action": {"type": "set_field", "field": "phone", "value": "+49 170 5550199 9"},
    });
    shop.owner
        .post("/api/subscribers/bulk-update", change)
        .await
        .expect(202);
    shop.app.run_jobs().await;
    let back = json!({
        "selection": {"ids": [id]},
        "action": {"type": "set_field", "field": "phone", "value": "+49 170 5550199"},
    });
    shop.owner
        .post("/api/subscribers/bulk-update", back)
        .await
        .expect(202);
    shop.app.run_jobs().await;
    assert!(traces(&shop.app).await.len() > 15);

    let export = shop
        .owner
        .get(&format!("/api/subscribers/{id}/export"))
        .await
        .expect(200);
    for part in ["messages", "hits", "events", "changes", "groups", "fields"] {
        assert!(!export.json[part].as_array().unwrap().is_empty(), "{part}");
    }
    let page = shop
        .owner
        .get(&format!("/api/subscribers/{id}/export?format=html"))
        .await;
    let page = page.expect(200);
    assert!(page.header("content-disposition").starts_with("attachment"));
    assert!(String::from_utf8_lossy(&page.body).contains("Quuxworthy"));

    let before = shop.report(&spring).await;
    let erased = shop
        .owner
        .act(&format!("/api/subscribers/{id}/erase"))
        .await
        .expect(200);
    assert_eq!(erased.json["mentions"], json!([]));
    assert_eq!(shop.report(&spring).await, before, "still counted");
    // Their names in files of others are for whoever uploaded those: a line without an address names nobody we know.
    let left = |all: Vec<String>| -> Vec<String> {
        all.into_iter()
            .filter(|it| it != "zebulonia in import_error.value")
            .collect()
    };
    assert_eq!(left(traces(&shop.app).await), Vec::<String>::new());

    // An old mail is still in their mailbox, and a file still has them.
    reader.follow(&mail.clicks()[0]).await.expect(302);
    let nobody = shop.app.anonymous();
    let one_click = Body::Raw(
        "application/x-www-form-urlencoded",
        b"List-Unsubscribe=One-Click".to_vec(),
    );
    let address = mail.unsubscribe();
    nobody
        .send(Method::POST, path_of(&address), one_click)
        .await;
    shop.import(&format!("email,orders\n{EMAIL},3\n")).await;
    shop.app.advance(Duration::from_hours(2));
    shop.app.run_jobs().await;
    assert_eq!(shop.subscriber(EMAIL).await, Value::Null);
    let again = shop
        .owner
        .post("/api/subscribers", json!({"email": EMAIL}))
        .await;
    assert_eq!(again.json["code"], json!("address_suppressed"), "{again}");
    let summer = shop.campaign_to_everyone("Summer").await;
    shop.send(&summer).await;
    let report = shop.report(&summer).await;
    assert_eq!(report["recipients"], json!(1), "{report}");
    let all = traces(&shop.app).await;
    // Reports of files tell their rows to whoever uploads them.
    let late: Vec<_> = all
        .iter()
        .filter(|it| !it.contains("import_error"))
        .collect();
    assert_eq!(late, Vec::<&String>::new());
}

#[testkit::db_test]
async fn a_domain_is_blocked_until_the_last_moment(db: TestDb) {
    let shop = Shop::open(db).await;
    person(&shop).await;
    let spring = shop.campaign_to_everyone("Spring").await;
    shop.owner
        .act(&format!("/api/campaigns/{spring}/send"))
        .await
        .expect(200);
    // The recipients are chosen, nothing is sent.
    shop.app.run_jobs().await;
    let block = json!({"domains": ["erasable.example"], "reason": "a competitor"});
    shop.owner
        .post("/api/suppressions", block)
        .await
        .expect(200);
    shop.app.deliver().await;
    let to: Vec<String> = shop
        .app
        .sandbox(&shop.owner)
        .await
        .into_iter()
        .map(|mail| mail.to)
        .collect();
    assert_eq!(to, ["other@example.com"]);
    let them = shop.subscriber(EMAIL).await;
    assert_eq!(them["status"], json!("suppressed"));
    assert_eq!(them["status_reason"], json!("a competitor"));
    // Tests of campaigns are mail as well.
    let test = json!({"addresses": [EMAIL, "me@example.com"]});
    shop.owner
        .post(&format!("/api/campaigns/{spring}/test"), test)
        .await
        .expect(200);
    shop.app.deliver().await;
    let mails = shop.app.sandbox(&shop.owner).await;
    assert!(mails.iter().all(|mail| mail.to != EMAIL));

    let found = shop
        .owner
        .get(&format!("/api/suppressions?email={EMAIL}"))
        .await
        .expect(200);
    let domain = found.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["kind"] == "domain")
        .map(id_of)
        .unwrap();
    shop.owner
        .delete(&format!("/api/suppressions/{domain}"))
        .await
        .expect(204);
    shop.app.run_jobs().await;
    assert_eq!(
        shop.subscriber(EMAIL).await["status"],
        json!("unsubscribed")
    );
}
