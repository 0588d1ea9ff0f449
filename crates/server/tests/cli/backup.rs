//! `backup` and `restore`, also while a server runs.

use super::program::{Place, exists};

#[test]
fn a_running_sqlite_server_is_backed_up_and_restored_elsewhere() {
    let place = Place::sqlite().with_owner();
    let server = place.serve(&[]);
    let said = place.run(&["backup", "copy.db"]);
    assert!(said.err.contains("secret.key"), "{said:?}");
    said.ok();
    assert!(
        place
            .run(&["backup", "copy.db"])
            .failed(1)
            .contains("--force overwrites it")
    );
    place.run(&["backup", "copy.db", "--force"]).ok();
    assert!(!exists(&place.path("copy.db.part")));
    let copy = place.path("copy.db");
    let copy = copy.to_str().unwrap();
    let in_use = place.run(&["restore", copy, "--force"]).failed(1);
    assert!(
        in_use.contains("another Sendero process is using"),
        "{in_use}"
    );
    drop(server);

    let occupied = place.run(&["restore", copy]).failed(1);
    assert!(
        occupied.contains("--force replaces it and keeps it beside"),
        "{occupied}"
    );
    place.run(&["restore", copy, "--force"]).ok();
    assert!(
        place
            .run(&["user", "list"])
            .ok()
            .contains("ada@example.com")
    );

    // Elsewhere it needs the key.
    let other = Place::sqlite();
    let keyless = other.run(&["restore", copy]).failed(1);
    assert!(keyless.contains("secret.key is missing"), "{keyless}");
    std::fs::copy(place.path("data/secret.key"), other.path("data/secret.key")).unwrap();
    assert!(
        other
            .run(&["user", "list"])
            .ok()
            .contains("ada@example.com")
    );
    std::fs::write(other.path("data/secret.key"), "ab".repeat(32)).unwrap();
    let wrong = other.run(&["user", "list"]).failed(1);
    assert!(
        wrong.contains("not the one that this database was used with"),
        "{wrong}"
    );
}

#[test]
fn what_is_no_back_up_is_refused() {
    let place = Place::sqlite();
    let text = place.file("text", "email,name\n");
    for (source, told) in [
        (text.as_str(), "not a back-up"),
        ("gone.db", "gone.db"),
        (&place.file("empty.db", ""), "not a database of Sendero"),
    ] {
        let err = place.run(&["restore", source]).failed(1);
        assert!(err.contains(told), "{err}");
    }
    assert!(!exists(&place.path("data/sendero.db")));
    let nothing = place.run(&["backup", "copy.db"]).failed(1);
    assert!(nothing.contains("there is no database at"), "{nothing}");
}

#[test]
fn a_postgres_database_is_dumped_and_restored() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let place = place.with_owner();
    let dump = place.path("sendero.dump");
    let dump = dump.to_str().unwrap();
    let server = place.serve(&[]);
    place.run(&["backup", dump]).ok();
    let in_use = place.run(&["restore", dump, "--force"]).failed(1);
    assert!(in_use.contains("a Sendero uses this database"), "{in_use}");
    server.signal("TERM");
    drop(server);

    let Some(other) = Place::postgres() else {
        return;
    };
    std::fs::create_dir(other.path("data")).unwrap();
    std::fs::copy(place.path("data/secret.key"), other.path("data/secret.key")).unwrap();
    other.run(&["restore", dump]).ok();
    assert!(
        other
            .run(&["user", "list"])
            .ok()
            .contains("ada@example.com")
    );
    let occupied = other.run(&["restore", dump]).failed(1);
    assert!(occupied.contains("is not empty"), "{occupied}");
    // The dump says that the server lives, as it did; that is not true of this database.
    other.run(&["restore", dump, "--force"]).ok();

    let without = other.run_with(&["backup", "x.dump"], &[("PATH", "/nowhere")], None);
    let told = without.failed(1);
    assert!(told.contains("pg_dump is not in PATH"), "{told}");
}
