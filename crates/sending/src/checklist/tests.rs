use std::collections::BTreeSet;

use content::{Body, Document};
use net::{Client, Guard};
use testkit::TestDb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::color::{contrast, parse};
use super::links::{Verdict, ask};
use super::page::{PageLink, read};
use super::{Item, Level, spam};
use crate::campaigns::{self, CampaignId, CampaignPatch};
use crate::tests::World;

#[test]
fn colors_are_read_as_styles_write_them() {
    for (text, color) in [
        ("#fff", Some([255, 255, 255])),
        (" #1D4ED8 ", Some([29, 78, 216])),
        ("#123 !important", Some([17, 34, 51])),
        ("rgb(1, 2, 3)", Some([1, 2, 3])),
        ("rgba(1,2,3,1)", Some([1, 2, 3])),
        ("rgba(1,2,3,0.5)", None),
        ("Navy", Some([0, 0, 128])),
        ("#12345", None),
        ("#ééé", None),
        ("rgb(300,0,0)", None),
        ("currentcolor", None),
        ("", None),
    ] {
        assert_eq!(parse(text), color, "{text}");
    }
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.01);
    assert!((contrast([119, 119, 119], [255, 255, 255]) - 4.48).abs() < 0.01);
}

#[test]
fn a_page_is_read_as_people_see_it() {
    let page = read(
        "<html><head><title>No</title><style>p{color:#fff}</style></head>\
         <body bgcolor=\"#ffffff\"><div style=\"display:none;color:#fff\">hidden</div>\
         <p style=\"color:#999999\">faint</p><p style=\"color:#595959\">fine</p>\
         <p style=\"color:#888888;font-size:24px\">large</p>\
         <table><tr><td style=\"background-color:#000\"><b>black on black</b>\
         <a href=\"https://example.com/?a=1&amp;b=2\" style=\"color:#fff\">Go <img src=\"a.png\" alt=\"there\"></a></td></tr></table>\
         <td background=\"x.png\" style=\"color:#fff\">on a picture</td>\
         <img src=\"b.png\"><img src=\"c.png\" alt=\"\"><p>unclosed</body></html>",
    );
    let links = [PageLink {
        href: "https://example.com/?a=1&b=2".to_owned(),
        text: "Go there".to_owned(),
    }];
    assert_eq!(page.links, links);
    let alts: Vec<Option<&str>> = page
        .images
        .iter()
        .map(|image| image.alt.as_deref())
        .collect();
    assert_eq!(alts, [Some("there"), None, Some("")]);
    let faint: Vec<&str> = page.faint.iter().map(|one| &*one.text).collect();
    assert_eq!(faint, ["faint", "black on black"]);
    assert!(!page.text.contains("hidden") && page.text.contains("fine"));
}

#[test]
fn hostile_markup_ends() {
    let deep = "<div>".repeat(20_000) + "x" + &"</div>".repeat(20_000);
    assert!(read(&deep).text.contains('x'));
    let many = "<a href=\"https://example.com/\">x</a><img>".repeat(10_000);
    let page = read(&many);
    assert!(page.links.len() <= 2_000 && page.images.len() <= 2_000);
    for odd in [
        "<",
        "<a",
        "<a href",
        "</",
        "<!--",
        "<td style=\"color:",
        "\0",
        "<p style=';;:;color:;'>x",
    ] {
        let _ = read(odd);
    }
}

fn codes(items: &[Item]) -> BTreeSet<&'static str> {
    items.iter().map(|item| item.code).collect()
}

#[test]
fn habits_of_spam_are_told() {
    let plenty = "word ".repeat(100);
    let of = |subject: &str, html: &str| {
        codes(&spam::check(
            subject,
            &read(&format!("{html}<p>{plenty}</p>")),
        ))
    };
    assert_eq!(of("The spring list is here", ""), BTreeSet::from(["spam"]));
    for (subject, html, code) in [
        ("BUY TODAY ONLY", "", "spam_shouting"),
        ("Great!!", "", "spam_exclamation_marks"),
        ("Re: your order", "", "spam_false_reply"),
        (
            "Hello",
            "<p>This is RISK-FREE,\n click   here</p>",
            "spam_phrases",
        ),
        (
            "Hello",
            "<a href=\"https://bit.ly/x\">x</a>",
            "spam_shorteners",
        ),
        (
            "Hello",
            "<a href=\"http://192.0.2.1/x\">x</a>",
            "spam_numeric_links",
        ),
        (
            "Hello",
            "<a href=\"https://evil.example\">www.bank.example</a>",
            "spam_link_mismatch",
        ),
        (
            "Hello",
            "<a href=\"https://bank.example.evil.test/\">https://bank.example/login</a>",
            "spam_link_mismatch",
        ),
    ] {
        assert!(of(subject, html).contains(code), "{subject} {html}");
    }
    for html in [
        "<a href=\"https://www.example.com/a\">example.com</a>",
        "<a href=\"https://shop.example.com/a\">https://example.com</a>",
        "<a href=\"https://example.com\">Read more at Example.</a>",
        "<a href=\"mailto:a@example.com\">a@example.com</a>",
        "<a href=\"https://example.com\">v1.2</a>",
    ] {
        assert_eq!(of("A VIP day", html), BTreeSet::from(["spam"]), "{html}");
    }
    let pictures = spam::check(
        "Hello",
        &read("<img src=\"https://example.com/a.png\" alt=\"x\">"),
    );
    assert!(codes(&pictures).contains("spam_mostly_images"));
}

/// A web server that knows some pages.
async fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let n = socket.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            let head = request.starts_with("HEAD");
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let status = match &*path {
                "/no-head" if head => "405 Method Not Allowed",
                "/fine" | "/no-head" => "200 OK",
                "/inside" => "302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/",
                "/moved" => "301 Moved\r\nLocation: /fine",
                "/shy" => "403 Forbidden",
                _ => "404 Not Found",
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = socket.write_all(answer.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    port
}

fn loopback() -> Client {
    Client::new(Guard::allowing(["127.0.0.0/8".parse().unwrap()]))
}

#[tokio::test]
async fn links_are_asked_through_the_guard() {
    let port = site().await;
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let client = loopback();
    for path in ["/fine", "/no-head", "/moved"] {
        assert_eq!(ask(&client, &url(path)).await, Verdict::Fine, "{path}");
    }
    assert!(matches!(
        ask(&client, &url("/gone")).await,
        Verdict::Broken(_)
    ));
    assert!(matches!(
        ask(&client, &url("/shy")).await,
        Verdict::Unclear(_)
    ));
    // Nobody learns what is inside.
    assert!(matches!(
        ask(&client, &url("/inside")).await,
        Verdict::Unclear(_)
    ));
    let public = Client::default();
    let refused = ask(&public, &url("/fine")).await;
    assert_eq!(refused, ask(&public, &url("/gone")).await);
    assert!(matches!(refused, Verdict::Unclear(_)));
}

async fn write(world: &World, id: CampaignId, subject: &str, html: &str) {
    let patch = CampaignPatch {
        content: Some(Document {
            subject: subject.to_owned(),
            preheader: None,
            body: Body::Html {
                html: html.to_owned(),
                text: None,
            },
        }),
        ..CampaignPatch::default()
    };
    campaigns::update(&world.ctx, world.account, &world.actor, id, None, patch)
        .await
        .unwrap();
}

#[testkit::db_test]
async fn a_campaign_is_looked_at_from_all_sides(db: TestDb) {
    let mut world = World::new(&db).await;
    let port = site().await;
    world.ctx.http = loopback();
    world.people(3).await;
    let id = world.draft().await;
    let html = format!(
        "<p style=\"color:#ccc\">Hi {{{{ first_name }}}} {{{{ last_name | default(\"you\") }}}}</p>\
         <a href=\"http://127.0.0.1:{port}/fine\">a</a><a href=\"http://127.0.0.1:{port}/gone\">b</a>\
         <img src=\"https://example.com/a.png\"><img src=\"cid:x\" alt=\"x\">"
    );
    write(&world, id, "Hello", &html).await;
    let list = crate::checklist::check(&world.ctx, world.account, id, true)
        .await
        .unwrap();
    let levels: Vec<Level> = list.items.iter().map(|item| item.level).collect();
    assert!(levels.is_sorted(), "the worst first");
    let find = |code: &str| {
        let item = list.items.iter().find(|item| item.code == code);
        item.unwrap_or_else(|| panic!("no {code} in {:?}", codes(&list.items)))
    };
    assert_eq!(find("merge_field_empty").count, Some(3));
    assert_eq!(find("merge_field_empty").places, ["first_name"]);
    assert_eq!(find("links_broken").count, Some(1));
    assert!(find("links_broken").places[0].contains("/gone"));
    assert_eq!(
        find("images_without_alt").places,
        ["https://example.com/a.png"]
    );
    assert_eq!(find("images_unreachable").places, ["cid:x"]);
    assert_eq!(find("contrast").level, Level::Warning);
    assert_eq!(find("postal_address_missing").level, Level::Error);
    assert_eq!(find("unsubscribe_added").level, Level::Info);
    assert_eq!(find("sender_unverified").places, ["example.com"]);
    assert_eq!(find("audience").count, Some(3));
    assert_eq!(find("size").level, Level::Ok);
    assert_eq!(list.errors, 2);
    let quick = crate::checklist::check(&world.ctx, world.account, id, false)
        .await
        .unwrap();
    assert!(!codes(&quick.items).contains("links_broken"));
    // Another account's campaign is not there.
    let other = kernel::AccountId::from(1);
    assert!(
        crate::checklist::check(&world.ctx, other, id, true)
            .await
            .is_err()
    );
}

#[testkit::db_test]
async fn each_variant_of_a_test_is_looked_at_and_named(db: TestDb) {
    let mut world = World::new(&db).await;
    let port = site().await;
    world.ctx.http = loopback();
    world.people(2).await;
    let (account, actor) = (world.account, &world.actor);
    let id = world.draft().await;
    let link = |path: &str| format!("<p>Hi</p><a href=\"http://127.0.0.1:{port}/{path}\">a</a>");
    // What the campaign itself says goes to nobody: no variant takes both its subject and its text.
    write(&world, id, &"Long ".repeat(20), &link("fine")).await;
    let sender = serde_json::json!({"name": "Bea", "email": "bea@gmail.com"});
    let sender = serde_json::from_value(sender).unwrap();
    let bea = crate::senders::create(&world.ctx, account, actor, sender)
        .await
        .unwrap();
    let html = format!(
        "{}<img src=\"https://example.com/b.png\">{{{{ first_name }}}}",
        link("gone")
    );
    let patch = serde_json::json!({"ab": {
        "share_percent": 50,
        "winner_by": "hand",
        "variants": [
            {"subject": "BUY THIS NOW, IT IS GOOD"},
            {"subject": "Short", "sender_id": bea.id},
            {"content": {"subject": " ", "body": {"kind": "html", "html": html}}},
        ],
    }});
    let patch = serde_json::from_value(patch).unwrap();
    campaigns::update(&world.ctx, account, actor, id, None, patch)
        .await
        .unwrap();
    let list = crate::checklist::check(&world.ctx, account, id, true)
        .await
        .unwrap();
    let of = |code: &str| -> Vec<Option<i64>> {
        let found = list.items.iter().filter(|item| item.code == code);
        found.map(|item| item.variant).collect()
    };
    for (code, variants) in [
        ("subject_long", vec![]),
        ("spam_shouting", vec![Some(1)]),
        ("subject_empty", vec![Some(3)]),
        ("preheader_empty", vec![Some(1), Some(2), Some(3)]),
        ("sender_free_mail", vec![Some(2)]),
        ("sender_unverified", vec![Some(1), Some(3)]),
        ("links_broken", vec![Some(3)]),
        ("links", vec![Some(1), Some(2)]),
        ("images_without_alt", vec![Some(3)]),
        ("merge_field_empty", vec![Some(3)]),
        ("merge_fields", vec![Some(1), Some(2)]),
        // About all of it: who it goes to, and what is fine everywhere.
        ("audience", vec![None]),
        ("contrast", vec![None]),
    ] {
        assert_eq!(of(code), variants, "{code} in {:?}", list.items);
    }
    let errors = list.items.iter().filter(|item| item.level == Level::Error);
    assert_eq!(list.errors, errors.count());
    // A program sees the number where there is one.
    let item = |code: &str| {
        let item = list.items.iter().find(|item| item.code == code);
        serde_json::to_value(item.unwrap()).unwrap()
    };
    assert_eq!(item("links_broken")["variant"], 3);
    assert!(item("audience").get("variant").is_none());
}
