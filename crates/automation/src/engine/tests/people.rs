//! Who leaves, who is taken out, moved or halted; how often somebody is written to.

use kernel::Limit;
use serde_json::json;
use testkit::TestDb;

use super::{DAY, HOUR, World, is_over, welcome};
use crate::definition::StepId;
use crate::engine::{self, Action};
use crate::runs::{self, ListFilter, RunStatus, Went};

#[testkit::db_test]
async fn whoever_unsubscribes_or_is_deleted_leaves(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.join(ada, 7).await;
    world.join(bob, 7).await;
    world.settle().await;
    audience::subscribers::unsubscribe(&world.ctx, world.account, &world.actor, ada, None)
        .await
        .unwrap();
    audience::subscribers::delete(&world.ctx, world.account, &world.actor, bob)
        .await
        .unwrap();
    world.settle().await;
    let runs = world.runs(id).await;
    let outcome = |who| {
        let run = runs.iter().find(|run| run.subscriber_id == who).unwrap();
        run.outcome.clone().unwrap()
    };
    assert_eq!(outcome(ada), "unsubscribed");
    assert_eq!(outcome(bob), "removed");
    let known = "select count(*) as n from automation_run where data <> '{}' and contact_id not in \
         (select id from subscriber)";
    assert_eq!(
        world.number(known).await,
        0,
        "what is known of them is forgotten"
    );
    world.check().await;
}

#[testkit::db_test]
async fn a_step_that_leads_in_a_circle_does_not_write_for_ever(db: TestDb) {
    let world = World::new(&db).await;
    let template = world.template("Again").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "mail"}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "rest"},
                {"id": "rest", "kind": "wait", "with": {"minutes": 1}, "next": "mail"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    world.event(ada, "go", json!({})).await;
    world.settle().await;
    for _ in 0..20 {
        world.pass(std::time::Duration::from_mins(1)).await;
    }
    assert_eq!(world.messages().await, 5);
    assert!(!is_over(&world.run(id).await));
    world.check().await;
}

#[testkit::db_test]
async fn a_cap_holds_back_over_all_automations(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let mut capped = welcome(&template, 7);
    capped["settings"] = json!({"caps": [{"messages": 1, "per": "day"}]});
    world.live(welcome(&template, 7)).await;
    let id = world.live(capped).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    assert_eq!(world.messages().await, 1);
    assert_eq!(
        world.run(id).await.step.as_str(),
        "welcome",
        "it waits for tomorrow"
    );
    world.pass(DAY).await;
    assert_eq!(world.messages().await, 2);
    world.check().await;
}

async fn act(world: &World, id: crate::AutomationId, action: &Action) -> usize {
    let runs: Vec<_> = world.runs(id).await.iter().map(|run| run.id).collect();
    let mut tx = world.ctx.write().await.unwrap();
    let fitted = engine::act(
        &world.ctx,
        &mut tx,
        &world.engine,
        world.account,
        id,
        &runs,
        action,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    fitted
}

#[testkit::db_test]
async fn people_halt_move_and_take_out_runs(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let ada = world.person("ada@example.com").await;
    world.join(ada, 7).await;
    world.settle().await;
    assert_eq!(
        act(&world, id, &Action::Retry).await,
        0,
        "it has not failed"
    );
    assert_eq!(act(&world, id, &Action::Pause).await, 1);
    assert_eq!(world.run(id).await.status, RunStatus::Paused);
    world.pass(2 * DAY).await;
    assert_eq!(world.run(id).await.status, RunStatus::Paused);
    world.check().await;
    assert_eq!(act(&world, id, &Action::Resume).await, 1);
    world.settle().await;
    assert!(is_over(&world.run(id).await), "it was due");

    let bob = world.person("bob@example.com").await;
    world.join(bob, 7).await;
    world.settle().await;
    let welcome = Action::Move(StepId::parse("welcome").unwrap());
    assert_eq!(
        act(&world, id, &welcome).await,
        1,
        "only the one who is there"
    );
    assert_eq!(world.messages().await, 3);
    assert_eq!(act(&world, id, &Action::Exit).await, 1);
    let run = &world.runs(id).await[0];
    assert_eq!(run.outcome.as_deref(), Some("removed"));
    world.pass(2 * DAY).await;
    assert_eq!(world.messages().await, 3);
    world.check().await;
}

#[testkit::db_test]
async fn a_program_sends_somebody_in_and_knows_at_once_what_came_of_it(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world
        .live(json!({
            "triggers": [{"id": "api", "on": {"event": "automation.started"}, "start": "mail",
                "filter": {"var": {"var": "event.plan", "op": "equals", "value": "gold"}}}],
            "steps": [
                {"id": "mail", "kind": "send_email", "with": {"template": template}, "next": "rest"},
                {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let ada = world.person("ada@example.com").await;
    let send = async |plan: &str| {
        let properties = json!({"plan": plan}).as_object().cloned().unwrap();
        let who = (Some(ada), None);
        runs::trigger(
            &world.ctx,
            &world.engine,
            world.account,
            &world.actor,
            id,
            who,
            properties,
        )
        .await
        .unwrap()
    };
    assert_eq!(send("iron").await.refused, Some("filter"));
    let entered = send("gold").await;
    assert!(entered.run.is_some());
    assert_eq!(world.messages().await, 1);
    assert_eq!(send("gold").await.refused, Some("reentry"));
    // The consumer does not do it again.
    world.settle().await;
    assert_eq!(world.runs(id).await.len(), 1);
    world.pass(HOUR).await;
    assert!(is_over(&world.run(id).await));
    let other = world.live(welcome(&template, 7)).await;
    let who = (Some(ada), None);
    let refused = runs::trigger(
        &world.ctx,
        &world.engine,
        world.account,
        &world.actor,
        other,
        who,
        serde_json::Map::new(),
    )
    .await;
    assert!(refused.is_err(), "it has no such trigger");
}

#[testkit::db_test]
async fn a_birthday_comes_once(db: TestDb) {
    let world = World::new(&db).await;
    let new = audience::fields::NewField {
        key: "birthday".to_owned(),
        name: "Birthday".to_owned(),
        kind: serde_json::from_value(json!("date")).unwrap(),
        visibility: serde_json::from_value(json!("visible")).unwrap(),
        options: Vec::new(),
    };
    let field = audience::fields::create(&world.ctx, world.account, &world.actor, new)
        .await
        .unwrap();
    let id = world
        .live(json!({
            "triggers": [{"id": "birthday", "on": {"event": "date.reached", "with": {"field": "birthday"}},
                "reentry": {"policy": "always"}, "start": "done"}],
            "steps": [{"id": "done", "kind": "end"}]}))
        .await;
    for (email, date) in [
        ("ada@example.com", "1990-05-04"),
        ("bob@example.com", "1990-05-05"),
    ] {
        let who = world.person(email).await;
        let mut change = audience::subscribers::PersonChange::default();
        let input = audience::fields::parse_json(&field, &json!(date)).unwrap();
        change.fields.insert(field.id, input);
        world.change(who, change).await;
    }
    for _ in 0..2 {
        engine::reach_dates(&world.ctx, &world.engine)
            .await
            .unwrap();
        world.settle().await;
    }
    assert_eq!(world.runs(id).await.len(), 1);
    world.pass(DAY).await;
    engine::reach_dates(&world.ctx, &world.engine)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.runs(id).await.len(), 2);
}

#[testkit::db_test]
async fn what_goes_wrong_in_one_account_keeps_no_other_from_its_birthdays(db: TestDb) {
    let first = World::new(&db).await;
    let second = first.another_account().await;
    let mut ids = Vec::new();
    for world in [&first, &second] {
        let new = audience::fields::NewField {
            key: "birthday".to_owned(),
            name: "Birthday".to_owned(),
            kind: serde_json::from_value(json!("date")).unwrap(),
            visibility: serde_json::from_value(json!("visible")).unwrap(),
            options: Vec::new(),
        };
        let field = audience::fields::create(&world.ctx, world.account, &world.actor, new)
            .await
            .unwrap();
        let id = world
            .live(json!({
                "triggers": [{"id": "birthday", "on": {"event": "date.reached", "with": {"field": "birthday"}},
                    "start": "done"}],
                "steps": [{"id": "done", "kind": "end"}]}))
            .await;
        ids.push(id);
        let who = world.person("ada@example.com").await;
        let mut change = audience::subscribers::PersonChange::default();
        let input = audience::fields::parse_json(&field, &json!("1990-05-04")).unwrap();
        change.fields.insert(field.id, input);
        world.change(who, change).await;
    }
    let broken = first.account;
    first
        .sql(&format!(
            "update account set time_zone = 'Nowhere' where id = {broken}"
        ))
        .await;
    engine::reach_dates(&first.ctx, &first.engine)
        .await
        .unwrap();
    first
        .sql(&format!(
            "update account set time_zone = 'UTC' where id = {broken}"
        ))
        .await;
    second.settle().await;
    assert_eq!(second.runs(ids[1]).await.len(), 1);
    assert_eq!(first.runs(ids[0]).await.len(), 0);
    // Ten minutes later.
    engine::reach_dates(&first.ctx, &first.engine)
        .await
        .unwrap();
    first.settle().await;
    assert_eq!(first.runs(ids[0]).await.len(), 1);
    assert_eq!(second.runs(ids[1]).await.len(), 1);
}

async fn merge(world: &World, kept: audience::SubscriberId, other: audience::SubscriberId) {
    let how = audience::subscribers::Merge {
        other,
        prefer: audience::subscribers::Prefer::default(),
        email: audience::subscribers::Whose::default(),
    };
    audience::subscribers::merge(&world.ctx, world.account, &world.actor, kept, how)
        .await
        .unwrap();
    world.settle().await;
}

#[testkit::db_test]
async fn whoever_becomes_another_goes_on_as_that_one(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    world.group(8).await;
    let template = world.template("Welcome").await;
    let both = world.live(welcome(&template, 7)).await;
    let one = world.live(welcome(&template, 8)).await;
    let (ada, double) = (
        world.person("ada@example.com").await,
        world.person("ada.double@example.com").await,
    );
    world.join(ada, 7).await;
    world.join(double, 7).await;
    world.join(double, 8).await;
    world.settle().await;
    assert_eq!(world.messages().await, 3);
    merge(&world, ada, double).await;
    let run = world.run(one).await;
    assert_eq!(run.subscriber_id, ada);
    assert_eq!(run.status, RunStatus::Waiting, "{:?}", run.outcome);
    let runs = world.runs(both).await;
    let of = |who| runs.iter().find(|run| run.subscriber_id == who).unwrap();
    assert_eq!(of(ada).status, RunStatus::Waiting);
    assert_eq!(
        of(double).outcome.as_deref(),
        Some("removed"),
        "nobody goes the same way twice at a time"
    );
    world.check().await;
    world.pass(DAY).await;
    assert_eq!(world.run(one).await.outcome.as_deref(), Some("completed"));
    let ledger = "select runs from automation_enrolment where contact_id <> 0 order by runs desc";
    assert_eq!(world.number(ledger).await, 2);

    // Whoever was there under the other record does not come in again.
    let leave = {
        let mut change = audience::subscribers::PersonChange::default();
        change.groups.insert(8.into(), false);
        change
    };
    world.change(ada, leave).await;
    world.join(ada, 8).await;
    world.settle().await;
    assert_eq!(world.runs(one).await.len(), 1);
    world.check().await;
    let inside = automations_inside(&world).await;
    assert_eq!(inside, [0, 0]);
}

/// How many are in each automation, as lists say it.
async fn automations_inside(world: &World) -> Vec<i64> {
    let limit = kernel::Limit::default();
    let page = crate::automations::list(&world.ctx, world.account, None, None, limit).await;
    page.unwrap()
        .data
        .iter()
        .map(|it| it.counts.inside)
        .collect()
}

#[testkit::db_test]
async fn those_inside_are_counted_however_they_left(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    let id = world.live(welcome(&template, 7)).await;
    let mut people = Vec::new();
    for n in 0..5 {
        let who = world.person(&format!("p{n}@example.com")).await;
        world.join(who, 7).await;
        people.push(who);
    }
    world.settle().await;
    assert_eq!(automations_inside(&world).await, [5]);
    audience::subscribers::unsubscribe(&world.ctx, world.account, &world.actor, people[0], None)
        .await
        .unwrap();
    audience::subscribers::delete(&world.ctx, world.account, &world.actor, people[1])
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(automations_inside(&world).await, [3]);
    let run = world
        .runs(id)
        .await
        .into_iter()
        .find(|it| it.subscriber_id == people[2]);
    let mut tx = world.ctx.write().await.unwrap();
    let (ctx, engine, account) = (&world.ctx, &world.engine, world.account);
    engine::act(
        ctx,
        &mut tx,
        engine,
        account,
        id,
        &[run.unwrap().id],
        &Action::Exit,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(automations_inside(&world).await, [2]);
    world.pass(DAY).await;
    assert_eq!(automations_inside(&world).await, [0]);
}

/// Consent is asked for when a mail is handed over, not only when it is written.
#[testkit::db_test]
async fn a_mail_that_waits_does_not_reach_whoever_unsubscribed_or_is_gone(db: TestDb) {
    let world = World::new(&db).await;
    world.group(7).await;
    let template = world.template("Welcome").await;
    world.live(welcome(&template, 7)).await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let who = world.person(&format!("{name}@example.com")).await;
        world.join(who, 7).await;
        people.push(who);
    }
    world.settle().await;
    assert_eq!(world.messages().await, 3);
    audience::subscribers::unsubscribe(&world.ctx, world.account, &world.actor, people[0], None)
        .await
        .unwrap();
    audience::subscribers::delete(&world.ctx, world.account, &world.actor, people[1])
        .await
        .unwrap();
    let config = sending::Config {
        public_url: "https://mail.example.com".into(),
        helo_name: "mail.example.com".into(),
        tracking: sending::Tracking::default(),
        files: sending::files::Limits::default(),
    };
    sending::delivery::run_until_idle(&world.ctx, &config)
        .await
        .unwrap();
    let sent = "select count(*) as n from sandbox_message";
    assert_eq!(world.number(sent).await, 1);
    let sent = "select count(*) as n from sandbox_message where recipient = 'cyd@example.com'";
    assert_eq!(world.number(sent).await, 1);
    world.check().await;
}

#[testkit::db_test]
async fn whoever_went_a_way_is_found_by_it(db: TestDb) {
    let world = World::new(&db).await;
    let rule = json!({"contact": {"all": [{"field": "email", "op": "contains", "value": "ada"}]}});
    let id = world
        .live(json!({
            "triggers": [{"id": "go", "on": {"event": "event.custom", "with": {"name": "go"}}, "start": "split"}],
            "steps": [
                {"id": "split", "kind": "if_else", "with": {"if": rule, "then": "rest", "else": "grow"}},
                {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "grow"},
                {"id": "grow", "kind": "increment_field", "with": {"field": "score", "by": 1}, "next": "done"},
                {"id": "done", "kind": "end"}]}))
        .await;
    let (ada, bob) = (
        world.person("ada@example.com").await,
        world.person("bob@example.com").await,
    );
    world.event(ada, "go", json!({})).await;
    world.event(bob, "go", json!({})).await;
    world.settle().await;
    let went = async |ways: &str| {
        let filter = ListFilter {
            went: Went::parse(ways).unwrap(),
            ..ListFilter::default()
        };
        let limit = Limit::try_new(10).unwrap();
        let page = runs::list(&world.ctx, world.account, id, &filter, None, limit).await;
        let people = page.unwrap().data.into_iter().map(|run| run.subscriber_id);
        people.collect::<Vec<_>>()
    };
    assert_eq!(went("split:then").await, [ada]);
    assert_eq!(went("split:else").await, [bob]);
    assert_eq!(
        went("split:then,split:else").await,
        [bob, ada],
        "newest first"
    );
    assert_eq!(went("rest:next").await, [], "she still waits");
    assert_eq!(went("grow:next").await, [bob]);
    world.pass(DAY).await;
    assert_eq!(went("rest:next").await, [ada], "also when the run is over");
    assert_eq!(went("grow:next").await, [bob, ada]);
    assert_eq!(went("split:skipped,grow:failed").await, []);
    let too_many = vec!["a:b"; 201].join(",");
    for text in [
        "",
        "split",
        "split:",
        "Split:then",
        "split:then,",
        &too_many,
    ] {
        assert!(Went::parse(text).is_err(), "{text}");
    }
}
