//! `suppression`: the lists of an account and of the server.

use super::program::Place;

fn lists(place: &Place) {
    let file = place.file(
        "people.csv",
        "email\nada@example.com\nbob@blocked.example\n",
    );
    place.run(&["import", &file]).ok();
    let list = place.file(
        "list.csv",
        "email,reason\nADA@example.com,complaint\nnonsense,x\n",
    );
    let said = place.run(&["suppression", "import", &list]).ok();
    assert_eq!(
        said.trim(),
        "1 added, 0 there before, 1 lines not taken; 1 subscribers suppressed"
    );
    let said = place
        .run(&["suppression", "add", "@blocked.example", "--instance"])
        .ok();
    assert_eq!(
        said.trim(),
        "1 added, 0 there before; 1 subscribers suppressed"
    );
    let wrong = place
        .run(&["suppression", "add", "no@pe@example.com"])
        .failed(1);
    assert!(wrong.contains("emails[0]"), "{wrong}");
    place
        .run(&["suppression", "list", "--instance", "--account", "x"])
        .failed(2);

    let shared = place.run(&["suppression", "list", "--instance"]).ok();
    assert!(
        shared.contains("blocked.example") && !shared.contains("ada@"),
        "{shared}"
    );
    let csv = place.run(&["suppression", "export"]).ok();
    assert!(csv.starts_with("kind,value,reason,created_at"), "{csv}");
    // Bob is listed because of the server's list, which is not this account's to export.
    assert!(
        csv.contains("address,ada@example.com,complaint,") && !csv.contains("bob"),
        "{csv}"
    );
    let said = place
        .run_with(&["suppression", "import", "-"], &[], Some(&csv))
        .ok();
    assert!(said.starts_with("0 added, 1 there before"), "{said}");

    let id = shared.lines().nth(1).unwrap().split(' ').next().unwrap();
    place.run(&["suppression", "remove", id]).failed(1);
    place.run(&["suppression", "remove", id, "--instance"]).ok();
    let shared = place.run(&["suppression", "list", "--instance"]).ok();
    assert!(!shared.contains("blocked.example"), "{shared}");
}

#[test]
fn suppression_on_sqlite() {
    lists(&Place::sqlite().with_owner());
}

#[test]
fn suppression_on_postgres() {
    if let Some(place) = Place::postgres() {
        lists(&place.with_owner());
    }
}
