use serde_json::{Value, json};

use super::*;

fn document(steps: Value) -> Document {
    Document::parse(&json!({"triggers": [], "steps": steps})).unwrap()
}

fn id(text: &str) -> StepId {
    StepId::parse(text).unwrap()
}

fn old() -> Document {
    document(json!([
        {"id": "a", "kind": "wait", "with": {"days": 1}, "next": "b"},
        {"id": "b", "kind": "wait", "with": {"days": 1}, "next": "c"},
        {"id": "c", "kind": "if_else", "with": {"if": {"all": []}, "then": "d", "else": "a"}},
        {"id": "d", "kind": "end"}
    ]))
}

fn run(node: &str) -> Run {
    use crate::interpret::{Data, Hold};
    let start = kernel::Timestamp::from_micros(1_780_000_000_000_000);
    Run {
        id: 1.into(),
        automation: 1.into(),
        version: 1.into(),
        contact: 1,
        key: String::new(),
        node: id(node),
        seq: 3,
        began_at: start,
        step_at: start,
        began_with: 0,
        step_after: 0,
        chain: Vec::new(),
        data: Data::default(),
        hold: Hold {
            reason: Reason::Waiting,
            timer: Some(crate::time::Timer::at(start)),
            until: None,
            waits: Vec::new(),
        },
    }
}

#[test]
fn by_default_people_move_along() {
    let new = document(json!([
        {"id": "a", "kind": "wait", "with": {"days": 9}, "next": "d"},
        {"id": "d", "kind": "end"}
    ]));
    let plan = Plan::default();
    assert_eq!(plan.rebind(&old(), &new, &run("a")), Rebind::Stay);
    // By the default way of the old version: b to c, c's "else" to a.
    assert_eq!(plan.rebind(&old(), &new, &run("b")), Rebind::Move(id("a")));
    let changed = document(json!([{"id": "a", "kind": "end"}]));
    assert_eq!(
        plan.rebind(&old(), &changed, &run("a")),
        Rebind::Move(id("a"))
    );
    let nothing = document(json!([{"id": "z", "kind": "end"}]));
    assert_eq!(plan.rebind(&old(), &nothing, &run("b")), Rebind::Exit);
}

#[test]
fn the_publisher_may_decide_otherwise() {
    let new = document(json!([{"id": "d", "kind": "end"}]));
    let plan: Plan = serde_json::from_value(json!({"deleted": {
        "a": {"fate": "jump_to", "step": "d"}, "b": {"fate": "exit"}}}))
    .unwrap();
    assert_eq!(plan.check(&old(), &new), []);
    assert_eq!(plan.rebind(&old(), &new, &run("a")), Rebind::Move(id("d")));
    assert_eq!(plan.rebind(&old(), &new, &run("b")), Rebind::Exit);
    let policy = |policy| Plan {
        policy,
        ..Plan::default()
    };
    assert_eq!(
        policy(Policy::FinishOld).rebind(&old(), &new, &run("b")),
        Rebind::Keep
    );
    assert_eq!(
        policy(Policy::ExitAll).rebind(&old(), &new, &run("d")),
        Rebind::Exit
    );
    let mut done = run("a");
    done.hold.reason = Reason::Done(Outcome::Completed);
    assert_eq!(
        policy(Policy::ExitAll).rebind(&old(), &new, &done),
        Rebind::Keep
    );
}

#[test]
fn a_plan_that_does_not_fit_is_refused() {
    let new = document(json!([{"id": "d", "kind": "end"}]));
    let plan: Plan = serde_json::from_value(json!({"deleted": {
        "a": {"fate": "jump_to", "step": "b"}, "d": {"fate": "exit"}, "x": {"fate": "exit"}}}))
    .unwrap();
    let paths: Vec<String> = plan
        .check(&old(), &new)
        .into_iter()
        .map(|it| it.path)
        .collect();
    assert_eq!(paths, ["deleted.a.step", "deleted.d", "deleted.x"]);
}

#[test]
fn a_pause_catches_up_or_shifts() {
    let hour = std::time::Duration::from_hours(1);
    let before = run("a");
    let mut shifted = before.clone();
    Resume::Shift.apply(&mut shifted, hour);
    let due = |run: &Run| run.hold.timer.as_ref().unwrap().due;
    assert_eq!(due(&shifted), due(&before) + hour);
    assert_eq!(shifted.step_at, before.step_at + hour);
    let mut same = before.clone();
    Resume::CatchUp.apply(&mut same, hour);
    assert_eq!(same, before);
}
