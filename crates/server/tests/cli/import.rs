//! `import` and `campaign`: on the database and through a server, with the same result.

use super::program::Place;

const FILE: &str = "E-Mail;Vorname;Ort\nanna@example.com;Anna;Köln\nbob@example.com;Bob;Bonn\n\
    no-address;X;Y\nanna@example.com;Twice;Z\n";

#[test]
fn a_file_is_imported_and_what_was_not_taken_is_told() {
    let place = Place::sqlite().with_owner();
    let file = place.file("people.csv", FILE);
    let import = [
        "import",
        &file,
        "--map",
        "Vorname=first_name",
        "--map",
        "Ort=city",
    ];
    let unknown = place.run(&import).failed(1);
    assert!(unknown.contains("city"), "{unknown}");

    let import = [
        "import",
        &file,
        "--map",
        "Vorname=first_name",
        "--group",
        "News",
    ];
    let unknown = place.run(&import).failed(1);
    assert!(
        unknown.contains("no group \"News\"; --create-missing"),
        "{unknown}"
    );

    let first = place.run(&[&import[..], &["--create-missing", "--errors", "bad.csv"]].concat());
    assert!(first.err.contains("column \"Ort\" (ort): "), "{first:?}");
    let out = first.ok();
    for line in [
        "4 rows",
        "created             2",
        "skipped             1",
        "invalid             1",
    ] {
        assert!(out.contains(line), "{line} is not in {out}");
    }
    let bad = place.read("bad.csv");
    assert!(bad.contains("4,E-Mail,no-address,invalid_email,"), "{bad}");

    let again = place.run_with(&["import", "-"], &[], Some(FILE));
    assert!(
        again.err.contains("line 4: E-Mail \"no-address\""),
        "{again:?}"
    );
    assert!(again.ok().contains("unchanged           2"));

    for (content, told) in [
        ("", "empty"),
        ("a\u{0}b,c\n", "NUL"),
        ("name,city\nA,B\n", "email"),
    ] {
        let broken = place.file("broken.csv", content);
        let err = place.run(&["import", &broken]).failed(1);
        assert!(err.contains("broken.csv is not imported"), "{err}");
        assert!(
            err.to_lowercase().contains(&told.to_lowercase()),
            "{content:?}: {err}"
        );
    }
    let gone = place.run(&["import", "gone.csv"]).failed(1);
    assert!(gone.contains("gone.csv cannot be read"), "{gone}");
}

fn same_through_a_server(place: &Place) {
    let file = place.file("people.csv", FILE);
    let options = [
        "--map",
        "Vorname=first_name",
        "--group",
        "News",
        "--create-missing",
    ];
    let import = [&["import", &file][..], &options].concat();
    place.run(&import).ok();
    let here = place.run(&[&import[..], &["--errors", "here.csv"]].concat());

    let token = place.token();
    let server = place.serve(&[]);
    let there = place.run_with(
        &[&import[..], &["--errors", "there.csv"]].concat(),
        &[("SENDERO_SERVER", &server.url), ("SENDERO_TOKEN", &token)],
        None,
    );
    assert_eq!(here.ok(), there.ok());
    assert_eq!(place.read("here.csv"), place.read("there.csv"));

    let target = ["--server", &server.url, "--token", &token];
    let list = place
        .run(&[&["campaign", "list"][..], &target].concat())
        .ok();
    assert!(list.starts_with("ID"), "{list}");
    let everybody = ["segment", "create", "Everybody", "-"];
    let created = place.run_with(
        &[&everybody[..], &target].concat(),
        &[],
        Some(r#"{"field": "email", "op": "is_set"}"#),
    );
    let id = created.ok().trim().to_owned();
    for (command, expected) in [
        (&["segment", "list"][..], "Everybody"),
        (&["segment", "show", &id], "People where email is set"),
        (&["segment", "count", &id], "2"),
    ] {
        let said = place.run(&[command, &target].concat()).ok();
        assert!(said.contains(expected), "{said}");
    }
    let ids = place
        .run(&[&["segment", "ids", &id][..], &target].concat())
        .ok();
    assert_eq!(ids.lines().count(), 2, "{ids}");
    let first = ids.lines().next().unwrap();
    let why = place
        .run(&[&["segment", "explain", &id, first][..], &target].concat())
        .ok();
    assert!(why.contains("is in it: email is"), "{why}");
    let gone = place
        .run(&[&["campaign", "send", "5"][..], &target].concat())
        .failed(1);
    assert!(
        gone.contains("there is no campaign with the id 5"),
        "{gone}"
    );
    let stranger = ["--server", &server.url, "--token", "sendero_wrong"];
    let refused = place
        .run(&[&["campaign", "list"][..], &stranger].concat())
        .failed(1);
    assert!(refused.contains("does not accept the token"), "{refused}");
}

#[test]
fn a_server_on_sqlite_is_worked_through() {
    let place = Place::sqlite().with_owner();
    same_through_a_server(&place);
    let server = place.serve(&[]);
    let file = place.file("people.csv", FILE);
    let in_use = place.run(&["import", &file]).failed(1);
    assert!(
        in_use.contains("--server") && in_use.contains("SENDERO_TOKEN"),
        "{in_use}"
    );
    let in_use = place.run(&["user", "list"]).failed(1);
    assert!(
        in_use.contains("another Sendero process is using"),
        "{in_use}"
    );
    drop(server);
}

#[test]
fn a_server_on_postgres_is_worked_through_or_beside() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let place = place.with_owner();
    same_through_a_server(&place);
    // The server runs, and the database has room for both.
    let _server = place.serve(&[]);
    let file = place.file("people.csv", FILE);
    assert!(
        place
            .run(&["import", &file])
            .ok()
            .contains("unchanged           2")
    );
}

#[test]
fn an_import_is_tried_taken_back_and_exported() {
    let place = Place::sqlite().with_owner();
    let file = place.file("people.csv", FILE);
    let import = [
        "import",
        &file,
        "--map",
        "Vorname=first_name",
        "--map",
        "Ort=home:text",
        "--group",
        "News",
        "--create-missing",
    ];
    let tried = place.run(&[&import[..], &["--dry-run"]].concat());
    assert!(tried.err.contains("nothing was changed"), "{tried:?}");
    assert!(tried.ok().contains("created             2"));
    let export = ["export", "--columns", "email,first_name,home,groups"];
    let nobody = place.run(&["export", "--columns", "email"]).ok();
    assert_eq!(nobody, "email\r\n");

    place.run(&import).ok();
    let wanted = "email,first_name,home,groups\r\nanna@example.com,Anna,Köln,News\r\n\
        bob@example.com,Bob,Bonn,News\r\n";
    assert_eq!(place.run(&export).ok(), wanted);
    let group = [&export[..], &["--group", "news", "--output", "out.csv"]].concat();
    place.run(&group).ok();
    assert_eq!(place.read("out.csv"), wanted);
    let lines = place
        .run(&["export", "--format", "jsonl", "--columns", "email,home"])
        .ok();
    assert!(lines.starts_with("{\"email\":\"anna@example.com\",\"fields\":{\"home\":\"Köln\"}}\n"));
    let unknown = place.run(&["export", "--segment", "Nobody"]).failed(1);
    assert!(
        unknown.contains("there is no segment \"Nobody\""),
        "{unknown}"
    );

    let again = place.run(&["import", &file, "--dry-run"]).ok();
    assert!(again.contains("unchanged           2"), "{again}");
    let gone = place.run(&["import", "--undo", "5"]).failed(1);
    assert!(gone.contains("there is no import with the id 5"), "{gone}");
}
