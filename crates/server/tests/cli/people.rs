//! `user` and `token`.

use super::program::Place;

fn people(place: &Place) {
    let owner = [
        "user",
        "create",
        "ada@example.com",
        "--name",
        "Ada Lovelace",
    ];
    let with = |more: &[&'static str]| [&owner[..], more].concat();
    let weak = place
        .run_with(&with(&["--password-stdin"]), &[], Some("password\n"))
        .failed(1);
    assert!(
        weak.contains("password: needs at least 10 characters"),
        "{weak}"
    );
    let none = place
        .run(&["token", "create", "--name", "x", "--scopes", "all"])
        .failed(1);
    assert!(none.contains("`sendero user create` makes one"), "{none}");

    place
        .run_with(
            &with(&["--password-stdin"]),
            &[],
            Some("correct horse battery\n"),
        )
        .ok();
    let again = place.run(&with(&["--generate"])).failed(1);
    assert!(again.contains("email: belongs to another user"), "{again}");
    let secret = place.file("secret", "another good password\n");
    let member = place
        .run(&[
            "user",
            "create",
            "eve@example.com",
            "--role",
            "editor",
            "--password-file",
            &secret,
        ])
        .ok();
    assert!(
        member.contains("created eve@example.com as editor"),
        "{member}"
    );
    // Without a terminal to ask on, one is made up and printed once.
    let made_up = place.run(&["user", "set-password", "eve@example.com"]).ok();
    assert!(made_up.contains("password: "), "{made_up}");
    let list = place.run(&["user", "list"]).ok();
    assert!(
        list.contains("Ada Lovelace") && list.contains("editor"),
        "{list}"
    );

    let token = place
        .run(&[
            "token",
            "create",
            "--name",
            "shop",
            "--scopes",
            "audience:read,audience:write",
        ])
        .ok();
    assert!(
        token.starts_with("sendero_") && token.lines().count() == 1,
        "{token}"
    );
    let wrong = place
        .run(&["token", "create", "--name", "x", "--scopes", "audience:fly"])
        .failed(1);
    assert!(
        wrong.contains("there is no scope audience:fly; there are: audience:read"),
        "{wrong}"
    );
    let too_much = place
        .run(&[
            "token",
            "create",
            "--name",
            "x",
            "--scopes",
            "account:manage",
            "--user",
            "nobody@example.com",
        ])
        .failed(1);
    assert!(
        too_much.contains("nobody@example.com is not a member"),
        "{too_much}"
    );
    let list = place.run(&["token", "list"]).ok();
    assert!(!list.contains(token.trim()), "a secret is shown once");
    let id = list.lines().nth(1).unwrap().split(' ').next().unwrap();
    place.run(&["token", "revoke", id]).ok();
    assert!(place.run(&["token", "list"]).ok().contains("revoked"));
}

#[test]
fn people_and_tokens_on_sqlite() {
    people(&Place::sqlite());
}

#[test]
fn people_and_tokens_on_postgres() {
    if let Some(place) = Place::postgres() {
        people(&place);
    }
}
