use kernel::{Limit, Page};
use testkit::TestDb;

use crate::fixtures::{account, actor, group, person, stranger, tag};
use crate::labels;
use crate::subscribers::*;

fn emails(page: &Page<Profile>) -> Vec<&str> {
    page.data
        .iter()
        .map(|it| it.subscriber.email.as_str())
        .collect()
}

#[testkit::db_test]
async fn lists_are_paged_and_filtered(db: TestDb) {
    let ctx = db.ctx();
    let (news, vip) = (group(&ctx, "News").await, tag(&ctx, "VIP").await);
    let mut ids = Vec::new();
    for name in ["anna", "bob", "anton", "Ann_a", "zoe"] {
        ids.push(person(&ctx, &format!("{name}@example.com")).await);
    }
    labels::change_members(&ctx, account(), &actor(), news, &ids[..3], true)
        .await
        .unwrap();
    labels::change_members(&ctx, account(), &actor(), vip, &ids[1..], true)
        .await
        .unwrap();
    unsubscribe(&ctx, account(), &actor(), ids[2], None)
        .await
        .unwrap();
    let two = Limit::try_new(2).unwrap();
    let all = async |query: ListQuery| {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = list(&ctx, account(), query.clone(), cursor.as_deref(), two)
                .await
                .unwrap();
            found.extend(
                emails(&page)
                    .iter()
                    .map(|it| it.replace("@example.com", "")),
            );
            cursor = page.next_cursor;
            if cursor.is_none() {
                return found.join(" ");
            }
        }
    };
    let query = ListQuery::default;
    assert_eq!(all(query()).await, "zoe Ann_a anton bob anna");
    assert_eq!(
        all(ListQuery {
            group: Some(news),
            ..query()
        })
        .await,
        "anton bob anna"
    );
    assert_eq!(
        all(ListQuery {
            tag: Some(vip),
            ..query()
        })
        .await,
        "zoe Ann_a anton bob"
    );
    let both = ListQuery {
        group: Some(news),
        tag: Some(vip),
        ..query()
    };
    assert_eq!(all(both).await, "anton bob");
    let active = ListQuery {
        group: Some(news),
        status: Some(Status::Active),
        ..query()
    };
    assert_eq!(all(active).await, "bob anna");
    let left = ListQuery {
        status: Some(Status::Unsubscribed),
        ..query()
    };
    assert_eq!(all(left).await, "anton");
    let search = |text: &str| ListQuery {
        search: Some(text.to_owned()),
        ..query()
    };
    let by_email = ListQuery {
        sort: Sort::Email,
        ..search("AN")
    };
    assert_eq!(
        all(by_email).await,
        "Ann_a anna anton",
        "`_` is before the letters"
    );
    assert_eq!(all(search("AN")).await, "Ann_a anton anna");
    assert_eq!(
        all(ListQuery {
            tag: Some(vip),
            ..search("an")
        })
        .await,
        "Ann_a anton"
    );
    assert_eq!(
        all(ListQuery {
            group: Some(news),
            tag: Some(vip),
            ..search("an")
        })
        .await,
        "anton"
    );
    assert_eq!(all(search("anna@example.com")).await, "anna");
    assert_eq!(all(search("%")).await, "");
    assert_eq!(all(search("ann_")).await, "Ann_a");
    let exact = |text: &str| ListQuery {
        email: Some(text.to_owned()),
        ..query()
    };
    assert_eq!(all(exact(" ANNA@Example.com ")).await, "anna");
    assert_eq!(all(exact("nobody")).await, "");

    let foreign = list(&ctx, stranger(), query(), None, two).await.unwrap();
    assert!(foreign.data.is_empty());
    let foreign = ListQuery {
        group: Some(news),
        ..query()
    };
    assert!(
        list(&ctx, stranger(), foreign, None, two)
            .await
            .unwrap()
            .data
            .is_empty()
    );
    assert!(
        list(&ctx, account(), query(), Some("nope"), two)
            .await
            .is_err()
    );
    assert!(
        list(&ctx, account(), search("a"), Some("\u{1}"), two)
            .await
            .is_err()
    );
}
