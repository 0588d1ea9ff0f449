use std::time::Duration;

use content::{Body, Document};
use identity::Actor;
use kernel::Error;
use testkit::TestDb;

use super::{NewTemplate, TemplatePatch};
use crate::campaigns::{self, CampaignPatch, NewCampaign};
use crate::tests::World;

fn says(subject: &str) -> Document {
    Document {
        subject: subject.to_owned(),
        preheader: None,
        body: Body::Html {
            html: "<p>Hi <a href=\"https://example.com/a\">A</a></p>".to_owned(),
            text: None,
        },
    }
}

fn content(subject: &str) -> TemplatePatch {
    TemplatePatch {
        content: Some(says(subject)),
        ..TemplatePatch::default()
    }
}

async fn rows(world: &World, table: &'static str) -> i64 {
    let mut tx = world.ctx.read().await.unwrap();
    let row = tx
        .query(format!("select count(*) as n from {table}"))
        .fetch_one();
    row.await.unwrap().get("n").unwrap()
}

#[testkit::db_test]
async fn what_one_person_saves_at_a_sitting_is_one_revision(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, ada) = (&world.ctx, world.account, &world.actor);
    let bob = Actor::command_line();
    let new = NewTemplate {
        name: "Newsletter".to_owned(),
        category: None,
        content: Some(says("0")),
        campaign_id: None,
        variables: Vec::new(),
    };
    let template = crate::templates::create(ctx, account, ada, new)
        .await
        .unwrap();
    let id = template.id;
    let save =
        |who, subject| crate::templates::update(ctx, account, who, id, None, content(subject));
    let subjects = || async {
        let all = crate::templates::revisions(ctx, account, id).await.unwrap();
        assert!(all[0].is_current && all[1..].iter().all(|one| !one.is_current));
        let all: Vec<String> = all.into_iter().map(|one| one.subject).collect();
        all.join(" ")
    };
    for subject in ["1", "2", "3"] {
        db.clock().advance(Duration::from_secs(2));
        save(ada, subject).await.unwrap();
    }
    assert_eq!(subjects().await, "3");
    assert_eq!(
        rows(&world, "content_revision").await,
        1,
        "nothing is left of the others"
    );
    assert_eq!(rows(&world, "link").await, 1);
    // The same text again is no change.
    let before = crate::templates::get(ctx, account, id).await.unwrap();
    let after = save(ada, "3").await.unwrap();
    assert_eq!(before.version, after.version);
    save(&bob, "4").await.unwrap();
    assert_eq!(subjects().await, "4 3");
    save(ada, "5").await.unwrap();
    db.clock().advance(Duration::from_mins(6));
    save(ada, "6").await.unwrap();
    assert_eq!(subjects().await, "6 5 4 3");

    let all = crate::templates::revisions(ctx, account, id).await.unwrap();
    let third = all[3].id;
    let restored = crate::templates::restore(ctx, account, ada, id, None, third)
        .await
        .unwrap();
    assert_eq!(restored.subject, "3");
    save(ada, "7").await.unwrap();
    assert_eq!(subjects().await, "7 3 6 5 4 3");
    let all = crate::templates::revisions(ctx, account, id).await.unwrap();
    assert_eq!(all[1].restored_from, Some(third));

    // Two editors: who comes second has to read first.
    let version = crate::templates::get(ctx, account, id)
        .await
        .unwrap()
        .version;
    let first = crate::templates::update(ctx, account, ada, id, Some(version), content("8"));
    first.await.unwrap();
    let second = crate::templates::update(ctx, account, &bob, id, Some(version), content("9"));
    assert!(matches!(
        second.await,
        Err(Error::Conflict {
            code: "version_conflict",
            ..
        })
    ));
    let refused = crate::templates::restore(ctx, account, ada, id, Some(version), third).await;
    assert!(refused.is_err());

    crate::templates::delete(ctx, account, ada, id)
        .await
        .unwrap();
    for table in ["template", "content_history", "content_revision", "link"] {
        assert_eq!(rows(&world, table).await, 0, "{table}");
    }
}

#[testkit::db_test]
async fn a_campaign_that_began_with_a_template_is_on_its_own(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let new = NewTemplate {
        name: "Newsletter".to_owned(),
        category: Some("News".to_owned()),
        content: Some(says("of the template")),
        campaign_id: None,
        variables: Vec::new(),
    };
    let template = crate::templates::create(ctx, account, actor, new)
        .await
        .unwrap();
    let new: NewCampaign =
        serde_json::from_value(serde_json::json!({"name": "May", "template_id": template.id}))
            .unwrap();
    let campaign = campaigns::create(ctx, account, actor, new).await.unwrap();
    assert_eq!(campaign.revision, Some(template.revision));
    let patch = CampaignPatch {
        content: Some(says("of the campaign")),
        ..CampaignPatch::default()
    };
    campaigns::update(ctx, account, actor, campaign.id, None, patch)
        .await
        .unwrap();
    crate::templates::delete(ctx, account, actor, template.id)
        .await
        .unwrap();
    // What it began with is part of its history, though the template is gone.
    let all = campaigns::revisions(ctx, account, campaign.id)
        .await
        .unwrap();
    let subjects: Vec<&str> = all.iter().map(|one| &*one.subject).collect();
    assert_eq!(subjects, ["of the campaign", "of the template"]);
    let found = campaigns::revision(ctx, account, campaign.id, all[1].id)
        .await
        .unwrap();
    assert_eq!(found.content, says("of the template"));
    campaigns::restore(ctx, account, actor, campaign.id, None, all[1].id)
        .await
        .unwrap();
    let (_, document) = campaigns::document(ctx, account, campaign.id)
        .await
        .unwrap();
    assert_eq!(document, Some(says("of the template")));

    // Back the other way.
    let new = NewTemplate {
        name: "From May".to_owned(),
        category: None,
        content: None,
        campaign_id: Some(campaign.id),
        variables: Vec::new(),
    };
    let back = crate::templates::create(ctx, account, actor, new)
        .await
        .unwrap();
    assert_eq!(back.subject, "of the template");
    campaigns::delete(ctx, account, actor, campaign.id)
        .await
        .unwrap();
    let (_, document) = crate::templates::document(ctx, account, back.id)
        .await
        .unwrap();
    assert_eq!(document, says("of the template"));
    let none = campaigns::revision(ctx, account, campaign.id, all[1].id).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

#[testkit::db_test]
async fn names_that_programs_give_values_to_are_known_where_they_are_named(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let new = |variables: &[&str]| NewTemplate {
        name: "Receipt".to_owned(),
        category: None,
        content: Some(says("{{ order.number | default(\"\") }}")),
        campaign_id: None,
        variables: variables.iter().map(|name| (*name).to_owned()).collect(),
    };
    let create = |variables| crate::templates::create(ctx, account, actor, new(variables));
    let told = |result: Result<_, Error>| match result {
        Err(Error::Invalid(faults)) => format!("{} {}", faults[0].field, faults[0].code),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(create(&[]).await), "content.subject unknown_name");
    assert_eq!(told(create(&["Order"]).await), "variables[0] invalid");
    assert_eq!(told(create(&["email"]).await), "variables[0] invalid");
    assert_eq!(told(create(&["x"; 101]).await), "variables too_many");
    let template = create(&["order", "items", "order"]).await.unwrap();
    let id = template.id;
    let stored = crate::templates::get(ctx, account, id).await.unwrap();
    assert_eq!(stored.variables, ["order", "items"]);
    let shown = crate::templates::preview(ctx, account, id, None, None)
        .await
        .unwrap();
    assert!(!shown.findings.iter().any(|one| one.code == "unknown_name"));
    // What a text still uses cannot be taken away.
    let update = |variables: &[&str], content: Option<Document>| {
        let patch = TemplatePatch {
            variables: Some(variables.iter().map(|name| (*name).to_owned()).collect()),
            content,
            ..TemplatePatch::default()
        };
        crate::templates::update(ctx, account, actor, id, None, patch)
    };
    assert_eq!(
        told(update(&[], None).await),
        "content.subject unknown_name"
    );
    assert_eq!(update(&["order"], None).await.unwrap().variables, ["order"]);
    let copy = crate::templates::duplicate(ctx, account, actor, id)
        .await
        .unwrap();
    assert_eq!(copy.variables, ["order"]);
    let new: NewCampaign =
        serde_json::from_value(serde_json::json!({"name": "May", "template_id": id})).unwrap();
    let refused = campaigns::create(ctx, account, actor, new)
        .await
        .map(|_| copy);
    assert_eq!(told(refused), "template_id not_allowed");
    let plain = update(&[], Some(says("Hello"))).await.unwrap();
    assert!(plain.variables.is_empty());
}

#[testkit::db_test]
async fn what_a_mail_was_made_from_stays(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let id = world.draft().await;
    let save = |subject: &str| {
        let patch = CampaignPatch {
            content: Some(says(subject)),
            ..CampaignPatch::default()
        };
        campaigns::update(ctx, account, actor, id, None, patch)
    };
    save("tested").await.unwrap();
    let test = ["me@example.com".to_owned()];
    campaigns::send_test(ctx, account, actor, id, &test, None)
        .await
        .unwrap();
    save("later").await.unwrap();
    let all = campaigns::revisions(ctx, account, id).await.unwrap();
    let subjects: Vec<&str> = all.iter().map(|one| &*one.subject).collect();
    assert_eq!(subjects, ["later", "tested"]);

    // A long life: the history stays short, and what was tested stays anyway.
    for i in 0..110 {
        db.clock().advance(Duration::from_mins(6));
        save(&format!("{i}")).await.unwrap();
    }
    let all = campaigns::revisions(ctx, account, id).await.unwrap();
    assert_eq!(all.len(), 100);
    assert_eq!(rows(&world, "content_revision").await, 101);
}
