use kernel::{TimeZone, Timestamp};
use rules::Segments;
use serde_json::{Value, json};

use super::*;
use crate::definition::{Document, StepId};
use crate::event::Event;
use crate::ids::{AutomationId, RunId, VersionId};
use crate::kinds::Kinds;
use crate::simulate::contact::{Person, schema};

/// One contact in one automation.
struct Bench {
    program: Program,
    person: Person,
    now: Timestamp,
    kinds: Kinds,
    run: Run,
    effects: Vec<Effect>,
    log: Vec<LogEntry>,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> StepId {
    StepId::parse(text).unwrap()
}

fn event(id: i64, kind: &str, body: Value) -> Event {
    Event {
        id,
        kind: kind.to_owned(),
        contact: 1,
        subject: None,
        at: at("2026-06-01T10:00:00Z"),
        body,
        cause: None,
        chain: Vec::new(),
    }
}

impl Bench {
    /// With these steps, begun by an event with this body.
    fn new(steps: Value, body: Value) -> Self {
        Self::with(json!({"steps": steps}), body)
    }

    fn with(mut document: Value, body: Value) -> Self {
        document["triggers"] = json!([{
            "id": "t", "on": {"event": "event.custom", "with": {"name": "go"}},
            "start": document["steps"][0]["id"],
        }]);
        let document = Document::parse(&document).unwrap();
        let mut body = body;
        body["name"] = json!("go");
        let mut bench = Self {
            program: Program::new(AutomationId::from(1), VersionId::from(1), document),
            person: Person::new(1, Some(TimeZone::parse("Europe/Berlin").unwrap())),
            now: at("2026-06-01T10:00:00Z"),
            kinds: Kinds::built_in(),
            run: Run {
                id: RunId::from(7),
                automation: AutomationId::from(1),
                version: VersionId::from(1),
                contact: 1,
                key: String::new(),
                node: id("none"),
                seq: 0,
                began_at: at("2026-06-01T10:00:00Z"),
                step_at: at("2026-06-01T10:00:00Z"),
                began_with: 0,
                step_after: 0,
                chain: Vec::new(),
                data: Data::default(),
                hold: Hold {
                    reason: Reason::Done(Outcome::Removed),
                    timer: None,
                    until: None,
                    waits: Vec::new(),
                },
            },
            effects: Vec::new(),
            log: Vec::new(),
        };
        bench.run = bench.enrol(&event(1, "event.custom", body)).unwrap();
        assert!(bench.wake(&Wake::Begin));
        bench
    }

    fn enrol(&self, event: &Event) -> Result<Run, Refusal> {
        let (schema, segments) = (schema(), Segments::none());
        let conditions = Conditions::new(&schema, &segments, TimeZone::utc(), self.now);
        let world = World {
            kinds: &self.kinds,
            conditions: &conditions,
        };
        let trigger = &self.program.document.triggers[0];
        enrol(
            &self.program,
            trigger,
            event,
            &Ledger::default(),
            &self.person,
            &world,
            RunId::from(7),
        )
    }

    /// Whether it fitted.
    fn wake(&mut self, wake: &Wake<'_>) -> bool {
        let (schema, segments) = (schema(), Segments::none());
        let conditions = Conditions::new(&schema, &segments, TimeZone::utc(), self.now);
        let world = World {
            kinds: &self.kinds,
            conditions: &conditions,
        };
        let seq = self.run.seq;
        let advanced = advance(&self.program, &self.run, seq, wake, &mut self.person, world);
        let Some(advanced) = advanced else {
            return false;
        };
        self.run = advanced.run;
        self.effects.extend(advanced.effects);
        self.log.extend(advanced.log);
        true
    }

    fn last(&self) -> &Logged {
        &self.log.last().unwrap().what
    }

    fn parked(&self) -> &str {
        match &self.run.hold.reason {
            Reason::Parked(why) => why,
            other => panic!("it is not parked: {other:?}"),
        }
    }
}

fn end() -> Value {
    json!({"id": "done", "kind": "end"})
}

#[test]
fn a_run_holds_at_a_wait_and_goes_on_at_its_time_and_not_before() {
    let mut bench = Bench::new(
        json!([{"id": "rest", "kind": "wait", "with": {"minutes": 30}, "next": "mail"},
               {"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "done"}, end()]),
        json!({}),
    );
    let timer = bench.run.hold.timer.clone().unwrap();
    assert_eq!(timer.due, at("2026-06-01T10:30:00Z"));
    bench.now = at("2026-06-01T10:29:59.999999Z");
    assert!(!bench.wake(&Wake::Timer), "it is not due");
    bench.now = timer.due;
    assert!(bench.wake(&Wake::Timer));
    assert_eq!(bench.run.hold.reason, Reason::Done(Outcome::Completed));
    assert!(
        matches!(&bench.effects[..], [Effect::Outbox { seq: 2, outgoing, .. }] if outgoing.is_message)
    );
    assert!(!bench.wake(&Wake::Timer), "it is over");
}

#[test]
fn a_stale_wake_changes_nothing() {
    let mut bench = Bench::new(
        json!([{"id": "call", "kind": "http_call", "with": {"url": "https://example.com/"}, "next": "rest"},
               {"id": "rest", "kind": "wait", "with": {"minutes": 30}, "next": "done"}, end()]),
        json!({}),
    );
    assert_eq!(bench.run.hold.reason, Reason::Outbox);
    let before = bench.run.clone();
    assert!(bench.wake(&Wake::Result(Ok(&Value::Null))));
    let after = bench.run.clone();
    // The same result once more, for the `seq` that it was for.
    let (schema, segments) = (schema(), Segments::none());
    let conditions = Conditions::new(&schema, &segments, TimeZone::utc(), bench.now);
    let world = World {
        kinds: &bench.kinds,
        conditions: &conditions,
    };
    let wake = Wake::Result(Ok(&Value::Null));
    assert!(
        advance(
            &bench.program,
            &after,
            before.seq,
            &wake,
            &mut bench.person,
            world
        )
        .is_none()
    );
    assert!(
        !bench.wake(&Wake::Result(Ok(&Value::Null))),
        "nobody awaits one"
    );
}

#[test]
fn splits_see_what_the_steps_before_did() {
    let bench = Bench::new(
        json!([{"id": "set", "kind": "set_field", "with": {"field": "t", "from": "event.plan"}, "next": "split"},
               {"id": "split", "kind": "if_else", "with": {
                   "if": {"contact": {"field": "t", "op": "equals", "value": "GOLD"}},
                   "then": "tag", "else": "done"}},
               {"id": "tag", "kind": "add_tag", "with": {"tag": "1"}, "next": "done"}, end()]),
        json!({"plan": "gold"}),
    );
    assert_eq!(bench.effects.len(), 2);
    assert_eq!(
        bench.effects.iter().map(Effect::seq).collect::<Vec<_>>(),
        [1, 3]
    );
}

#[test]
fn an_answer_is_remembered_and_garbage_is_told() {
    let steps = json!([{"id": "call", "kind": "http_call", "with": {
            "url": "https://example.com/", "save": {"score": "/data/score"}}, "next": "split"},
        {"id": "split", "kind": "if_else", "with": {
            "if": {"var": {"var": "score", "op": "greater", "value": 5}}, "then": "mail", "else": "done"}},
        {"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "done"}, end()]);
    let mut bench = Bench::new(steps.clone(), json!({}));
    assert!(bench.wake(&Wake::Result(Ok(&json!({"data": {"score": 9}})))));
    assert_eq!(bench.effects.len(), 2);
    let mut bench = Bench::new(steps.clone(), json!({}));
    assert!(bench.wake(&Wake::Result(Ok(&json!("<html>")))));
    assert!(bench.parked().contains("/data/score"), "{}", bench.parked());
    // A person decides: once more, then on.
    assert!(bench.wake(&Wake::Retry));
    assert_eq!(bench.run.hold.reason, Reason::Outbox);
    assert!(bench.wake(&Wake::Result(Err("it did not answer"))));
    assert!(bench.wake(&Wake::Skip));
    assert_eq!(bench.run.hold.reason, Reason::Done(Outcome::Completed));
    let mut bench = Bench::new(steps, json!({}));
    let large = json!({"data": {"score": "x".repeat(MAX_DATA_BYTES)}});
    assert!(bench.wake(&Wake::Result(Ok(&large))));
    assert!(bench.parked().contains("bytes"));
    assert!(bench.run.data.vars.is_empty());
}

#[test]
fn a_failure_goes_where_the_step_says() {
    let mut bench = Bench::new(
        json!([{"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "done", "on_failure": "tag"},
               {"id": "tag", "kind": "add_tag", "with": {"tag": "1"}, "next": "done"}, end()]),
        json!({}),
    );
    assert_eq!(bench.run.hold.reason, Reason::Outbox);
    assert!(bench.wake(&Wake::Result(Err("mailbox full"))));
    assert!(matches!(
        bench.effects.last(),
        Some(Effect::Change {
            change: Change::AddTag(_),
            ..
        })
    ));
    // A group that was deleted under a live automation.
    let bench = Bench::new(
        json!([{"id": "group", "kind": "add_group", "with": {"group": "99"}, "next": "done"}, end()]),
        json!({}),
    );
    assert!(bench.parked().contains("no such group"));
    // A rule that names one.
    let bench = Bench::new(
        json!([{"id": "split", "kind": "if_else", "with": {
            "if": {"contact": {"group": {"any": ["99"]}}}, "then": "done", "else": "done"}}, end()]),
        json!({}),
    );
    assert!(bench.parked().contains("99"), "{}", bench.parked());
}

#[test]
fn an_endless_loop_is_parked() {
    let bench = Bench::new(
        json!([{"id": "a", "kind": "jump", "with": {"to": "b"}},
               {"id": "b", "kind": "jump", "with": {"to": "a"}}]),
        json!({}),
    );
    assert!(bench.parked().contains("1000"));
    assert_eq!(bench.run.seq, 1_000);
}

#[test]
fn of_event_and_time_out_the_one_that_was_processed_first_decides() {
    let steps = json!([{"id": "race", "kind": "wait_for_any", "with": {
            "paths": [{"id": "bought", "on": {"event": "event.custom", "with": {"name": "buy"}}, "next": "done"}],
            "timeout": {"hours": 1}}, "next": "late"},
        {"id": "late", "kind": "add_tag", "with": {"tag": "1"}, "next": "done"}, end()]);
    let mut bench = Bench::new(steps.clone(), json!({}));
    bench.now = at("2026-06-01T12:00:00Z");
    // The timer is an hour late, but the event was committed before it fired.
    assert!(bench.wake(&Wake::Event(&event(
        2,
        "event.custom",
        json!({"name": "buy"})
    ))));
    assert!(bench.effects.is_empty());
    assert_eq!(bench.log[1].what, Logged::Passed("bought".to_owned()));
    let mut bench = Bench::new(steps, json!({}));
    bench.now = at("2026-06-01T11:00:00Z");
    let other = event(2, "event.custom", json!({"name": "look"}));
    assert!(bench.wake(&Wake::Event(&other)), "it is asked");
    assert_eq!(
        bench.run.hold.reason,
        Reason::Waiting,
        "an event does not make it late"
    );
    assert!(bench.wake(&Wake::Timer));
    assert_eq!(bench.effects.len(), 1);
}

#[test]
fn what_a_run_did_before_it_waited_does_not_wake_it() {
    let steps = |since| {
        json!([{"id": "join", "kind": "add_group", "with": {"group": "1"}, "next": "race"},
            {"id": "race", "kind": "wait_for_any", "with": {
                "paths": [{"id": "joined", "on": {"event": "group.joined"}, "next": "done"}],
                "since": since, "timeout": {"hours": 1}}, "next": "done"}, end()])
    };
    for (since, woken) in [("step", false), ("run", true)] {
        let mut bench = Bench::new(steps(since), json!({}));
        let mut own = event(2, "group.joined", json!({}));
        own.cause = Some((RunId::from(7), 1));
        assert!(bench.wake(&Wake::Event(&own)));
        assert_eq!(!bench.run.is_live(), woken, "since {since}");
    }
}

#[test]
fn a_condition_that_holds_already_is_no_wait_and_days_are_asked_again() {
    let steps = |rule: Value| {
        json!([{"id": "race", "kind": "wait_for_any", "with": {
            "paths": [{"id": "true", "when": {"contact": rule}, "next": "done"}],
            "timeout": {"days": 30}}, "next": "done"}, end()])
    };
    let bench = Bench::new(steps(json!({"field": "n", "op": "is_not_set"})), json!({}));
    assert!(!bench.run.is_live());
    let bench = Bench::new(
        steps(json!({"field": "d", "op": "anniversary_today"})),
        json!({}),
    );
    let timer = bench.run.hold.timer.clone().unwrap();
    assert_eq!(timer.due, at("2026-06-02T00:00:00Z"));
    assert_eq!(bench.run.hold.until, Some(at("2026-07-01T10:00:00Z")));
}

#[test]
fn a_changed_date_moves_the_wait() {
    let mut bench = Bench::new(
        json!([{"id": "date", "kind": "wait_until_field", "with": {
            "field": "d", "before": {"days": 1}, "at": "09:00", "if_missing": "done"}, "next": "tag"},
            {"id": "tag", "kind": "add_tag", "with": {"tag": "1"}, "next": "done"}, end()]),
        json!({}),
    );
    assert_eq!(bench.log[0].what, Logged::Passed("if_missing".to_owned()));
    bench.person.set("d", Some(json!("2026-07-10")));
    let body = json!({"name": "go"});
    bench.run = bench.enrol(&event(3, "event.custom", body)).unwrap();
    assert!(bench.wake(&Wake::Begin));
    let due = |bench: &Bench| bench.run.hold.timer.as_ref().map(|timer| timer.due);
    assert_eq!(due(&bench), Some(at("2026-07-09T07:00:00Z")));
    bench.person.set("d", Some(json!("2026-12-24")));
    let changed = event(4, "subscriber.updated", json!({"changed": ["d"]}));
    let signals = changed.signals();
    assert!(
        bench
            .run
            .hold
            .waits
            .iter()
            .any(|wait| signals.contains(&wait.signal))
    );
    assert!(bench.wake(&Wake::Event(&changed)));
    assert_eq!(due(&bench), Some(at("2026-12-23T08:00:00Z")));
    bench.person.set("d", None);
    assert!(bench.wake(&Wake::Event(&changed)));
    assert!(!bench.run.is_live());
}

#[test]
fn quiet_hours_and_caps_hold_or_skip() {
    let document = |settings: Value| {
        json!({"settings": settings, "steps": [
            {"id": "one", "kind": "send_email", "with": {"template": "1"}, "next": "two"},
            {"id": "two", "kind": "send_email", "with": {"template": "1"}, "next": "done"}, end()]})
    };
    // It is noon in Berlin.
    let quiet =
        |then| json!({"quiet_hours": {"during": {"from": "11:00", "to": "14:00"}, "then": then}});
    let mut bench = Bench::with(document(quiet("hold")), json!({}));
    assert!(bench.effects.is_empty());
    assert_eq!(
        bench.run.hold.timer.as_ref().unwrap().due,
        at("2026-06-01T12:00:00Z")
    );
    // The server was away until the next noon: it is quiet again.
    bench.now = at("2026-06-02T10:30:00Z");
    assert!(bench.wake(&Wake::Timer));
    assert!(bench.effects.is_empty());
    bench.now = at("2026-06-02T12:00:00Z");
    assert!(bench.wake(&Wake::Timer));
    assert_eq!(bench.effects.len(), 2);
    let bench = Bench::with(document(quiet("skip")), json!({}));
    assert!(bench.effects.is_empty() && !bench.run.is_live());
    let cap = |then| json!({"caps": [{"messages": 1, "per": "day", "then": then}]});
    let bench = Bench::with(document(cap("skip")), json!({}));
    assert_eq!(bench.effects.len(), 1);
    let mut bench = Bench::with(document(cap("hold")), json!({}));
    assert_eq!(bench.effects.len(), 1);
    bench.now = at("2026-06-01T22:00:00Z");
    assert!(bench.wake(&Wake::Timer));
    assert_eq!(bench.effects.len(), 2);
}

#[test]
fn nobody_is_written_to_who_may_not_be() {
    let steps = json!([
        {"id": "rest", "kind": "wait", "with": {"hours": 1}, "next": "mail"},
        {"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "proof"},
        {"id": "proof", "kind": "send_email", "with": {"template": "1", "transactional": true}, "next": "done"},
        end()]);
    for (status, stay, sent) in [
        ("active", false, 2),
        ("unconfirmed", false, 1),
        ("unsubscribed", false, 0),
        ("unsubscribed", true, 1),
        ("suppressed", true, 0),
    ] {
        let settings = json!({"stay_when_unsubscribed": stay});
        let mut bench = Bench::with(json!({"steps": steps, "settings": settings}), json!({}));
        bench.person.set_status(status);
        bench.now = at("2026-06-01T11:00:00Z");
        assert!(bench.wake(&Wake::Timer));
        assert_eq!(bench.effects.len(), sent, "{status}, {stay}");
    }
}

#[test]
fn goal_and_exits_end_or_move_a_run() {
    let document = |next: Option<&str>| {
        let mut document = json!({
            "goal": {"on": {"event": "event.custom", "with": {"name": "buy"}}},
            "exits": [{"id": "rich", "when": {"contact": {"field": "n", "op": "greater", "value": 9}}}],
            "steps": [{"id": "rest", "kind": "wait", "with": {"days": 9}, "next": "done"},
                      {"id": "thanks", "kind": "wait", "with": {"days": 1}, "next": "done"}, end()]});
        if let Some(next) = next {
            document["goal"]["next"] = json!(next);
        }
        document
    };
    let bought = event(2, "event.custom", json!({"name": "buy"}));
    let mut bench = Bench::with(document(None), json!({}));
    assert!(bench.wake(&Wake::Event(&bought)));
    assert_eq!(bench.run.hold.reason, Reason::Done(Outcome::Goal));
    let mut bench = Bench::with(document(Some("thanks")), json!({}));
    assert!(bench.wake(&Wake::Event(&bought)));
    assert_eq!(bench.run.node, id("thanks"));
    assert!(
        bench
            .run
            .hold
            .waits
            .iter()
            .all(|wait| wait.path != WaitPath::Goal),
        "once"
    );
    bench.person.set("n", Some(json!(10)));
    let changed = event(3, "subscriber.updated", json!({"changed": ["n"]}));
    assert!(bench.wake(&Wake::Event(&changed)));
    assert_eq!(
        *bench.last(),
        Logged::Ended(Outcome::Exit { exit: id("rich") })
    );
}

#[test]
fn the_same_contact_goes_the_same_way_again_and_arms_have_their_parts() {
    let steps = json!([{"id": "split", "kind": "random_split", "with": {"arms": [
        {"id": "a", "weight": 3, "next": "done"}, {"id": "b", "weight": 1, "next": "rest"}]}},
        {"id": "rest", "kind": "wait", "with": {"days": 1}, "next": "done"}, end()]);
    let bench = Bench::new(steps, json!({}));
    let arm = bench.run.data.arms[&id("split")].clone();
    let again = bench
        .enrol(&event(5, "event.custom", json!({"name": "go"})))
        .unwrap();
    let mut second = Bench {
        run: again,
        ..bench
    };
    assert!(second.wake(&Wake::Begin));
    assert_eq!(second.run.data.arms[&id("split")], arm);
    let drawn = (0..4_000).filter(|contact| crate::chance::place(*contact, &id("split"), 4) < 3);
    let count = drawn.count();
    assert!((2_900..3_100).contains(&count), "{count}");
}

#[test]
fn re_entry_and_keys() {
    use crate::definition::Reentry;
    let now = at("2026-06-01T10:00:00Z");
    let ledger = |runs, hours: u64, live| Ledger {
        runs,
        last_at: Some(now - std::time::Duration::from_secs(hours * 3_600)),
        live,
    };
    let per = Reentry::OncePer { hours: 24 };
    for (policy, ledger, expected) in [
        (Reentry::Once, Ledger::default(), true),
        (Reentry::Once, ledger(1, 999, 0), false),
        (per, ledger(1, 23, 0), false),
        (per, ledger(1, 24, 0), true),
        (per, ledger(1, 24, 1), false),
        (Reentry::AfterEnd, ledger(1, 0, 1), false),
        (Reentry::AfterEnd, ledger(1, 0, 0), true),
        (Reentry::Always, ledger(5, 0, 5), true),
    ] {
        assert_eq!(
            policy.allows(&ledger, now),
            expected,
            "{policy:?} {ledger:?}"
        );
    }
    let mut bench = Bench::new(json!([end()]), json!({}));
    bench.program.document.triggers[0].key = Some("order.id".to_owned());
    let order = |order: Value| event(2, "event.custom", json!({"name": "go", "order": order}));
    assert_eq!(bench.enrol(&order(json!({"id": 17}))).unwrap().key, "17");
    assert_eq!(bench.enrol(&order(json!({}))).unwrap_err(), Refusal::NoKey);
    let mut deep = order(json!({"id": 1}));
    // Runs that begin one another without a rest: a circle, and a chain that is too long.
    deep.chain = vec![AutomationId::from(2), AutomationId::from(1)];
    assert_eq!(bench.enrol(&deep).unwrap_err(), Refusal::Chain);
    deep.chain = (2..).take(MAX_CHAIN).map(AutomationId::from).collect();
    assert_eq!(bench.enrol(&deep).unwrap_err(), Refusal::Chain);
    deep.chain.pop();
    assert_eq!(bench.enrol(&deep).unwrap().chain.len(), MAX_CHAIN);
    let large = order(json!({"id": 1, "x": "y".repeat(MAX_DATA_BYTES)}));
    assert_eq!(bench.enrol(&large).unwrap_err(), Refusal::TooLarge);
}

#[test]
fn opens_are_those_of_the_message_that_this_run_sent() {
    let mut bench = Bench::new(
        json!([{"id": "mail", "kind": "send_email", "with": {"template": "1"}, "next": "race"},
            {"id": "race", "kind": "wait_for_any", "with": {
                "paths": [{"id": "opened", "on": {"event": "message.opened", "with": {"step": "mail"}}, "next": "done"}],
                "timeout": {"days": 1}}, "next": "done"}, end()]),
        json!({}),
    );
    for (run, step, woken) in [
        ("8", "mail", false),
        ("7", "other", false),
        ("7", "mail", true),
    ] {
        let opened = event(2, "message.opened", json!({"run": run, "step": step}));
        assert!(bench.wake(&Wake::Event(&opened)));
        assert_eq!(!bench.run.is_live(), woken, "{run} {step}");
    }
}
