//! Files that are no CSV, and forms that are no forms.

use serde_json::json;
use testkit::TestDb;

use super::world::World;
use crate::app::{Body, MAX_UPLOAD, Method, Reply, TestApp};

const BOUNDARY: &str = "a-line-that-is-not-in-the-file";
const FORM: &str = "multipart/form-data; boundary=a-line-that-is-not-in-the-file";

/// Parts: what is said of them, and what is in them.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (disposition, content) in parts {
        form.extend_from_slice(format!("--{BOUNDARY}\r\n{disposition}\r\n\r\n").as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form
}

const FILE: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"people.csv\"";
const OPTIONS: &str = "Content-Disposition: form-data; name=\"options\"";
const GOOD: &[u8] = b"email\nada@example.com\n";

#[testkit::db_test]
async fn files_that_cannot_be_read_are_refused_whole(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let many_columns = format!("email{}\n", ",x".repeat(1000));
    let long_header = [b"email,", &*vec![b'x'; 5 << 20], b"\n"].concat();
    let mixed = b"email,\xe9t\xe9\nada@example.com,\xc3\xa9\xc3\xa9\xc3\xa9\n".to_vec();
    for (file, problem) in [
        (b"".to_vec(), "422 invalid file:empty"),
        (b"\n\n\n".to_vec(), "422 invalid file:missing_header"),
        (
            b"ada@example.com\nbob@example.com\n".to_vec(),
            "422 invalid file:missing_header",
        ),
        (
            b"name,city\nAda,Berlin\n".to_vec(),
            "422 invalid file:no_email_column",
        ),
        (
            b"email,City,city\n".to_vec(),
            "422 invalid file:duplicate_header",
        ),
        (
            b"email,\"city\n".to_vec(),
            "422 invalid file:unclosed_quote",
        ),
        (b"email,a\0b\n".to_vec(), "422 invalid file:nul_character"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
            "422 invalid file:no_email_column",
        ),
        (mixed, "422 invalid file:invalid_encoding"),
        (
            many_columns.into_bytes(),
            "422 invalid file:too_many_columns",
        ),
        (long_header, "422 invalid file:missing_header"),
    ] {
        world
            .refuses(
                Method::POST,
                "/api/imports",
                Body::Raw("text/csv", file.clone()),
                problem,
            )
            .await;
        let body = Body::Raw(FORM, form(&[(FILE, &file)]));
        world
            .refuses(Method::POST, "/api/imports", body, problem)
            .await;
    }
    assert_eq!(world.app.uploads(), 0, "nothing stays on the disk");
    world.finish();
}

#[testkit::db_test]
async fn forms_that_are_none_are_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let part = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"");
    let with_options = |json: &str| form(&[(OPTIONS, json.as_bytes()), (FILE, GOOD)]);
    let stranger = json!({"groups": [world.id("other_group")]}).to_string();
    let mut cut_off = form(&[(FILE, GOOD)]);
    cut_off.truncate(cut_off.len() - 20);
    for (media_type, body, problem) in [
        (FORM, Vec::new(), "422 invalid body:invalid"),
        (FORM, b"hello".to_vec(), "422 invalid body:invalid"),
        (FORM, cut_off, "422 invalid file:incomplete"),
        (
            "multipart/form-data",
            form(&[(FILE, GOOD)]),
            "422 invalid body:invalid",
        ),
        (FORM, form(&[]), "422 invalid file:required"),
        (FORM, form(&[(OPTIONS, b"{}")]), "422 invalid file:required"),
        (
            FORM,
            form(&[(&part("color"), b"x"), (FILE, GOOD)]),
            "422 invalid color:unknown",
        ),
        (
            FORM,
            form(&[(&part(""), b"x"), (FILE, GOOD)]),
            "422 invalid body:unknown",
        ),
        (
            FORM,
            form(&[("Content-Type: text/csv", GOOD)]),
            "422 invalid body:unknown",
        ),
        (
            FORM,
            form(&[(FILE, GOOD), (FILE, GOOD)]),
            "422 invalid file:unknown",
        ),
        (FORM, with_options("{"), "422 invalid options:invalid"),
        (FORM, with_options("[]"), "422 invalid options:wrong_type"),
        (
            FORM,
            with_options("{\"color\": 1}"),
            "422 invalid options.color:unknown",
        ),
        (
            FORM,
            with_options("{\"groups\": \"x\"}"),
            "422 invalid options.groups:wrong_type",
        ),
        (
            FORM,
            with_options("{\"groups\": [\"x\"]}"),
            "422 invalid options.groups[0]:invalid",
        ),
        (
            FORM,
            with_options("{\"groups\": [\"999\"]}"),
            "422 invalid groups[0]:unknown",
        ),
        (
            FORM,
            with_options(&stranger),
            "422 invalid groups[0]:unknown",
        ),
        (
            FORM,
            with_options("{\"existing\": \"eat\"}"),
            "422 invalid options.existing:invalid",
        ),
        (
            FORM,
            with_options("{\"mapping\": {\"nope\": \"email\"}}"),
            "422 invalid mapping.nope:unknown_column",
        ),
    ] {
        world
            .refuses(
                Method::POST,
                "/api/imports",
                Body::Raw(media_type, body),
                problem,
            )
            .await;
    }
    for (query, problem) in [
        ("color=red", "422 invalid color:unknown"),
        ("options=%7B", "422 invalid options:invalid"),
        (
            "options=%7B%22color%22%3A1%7D",
            "422 invalid options.color:unknown",
        ),
    ] {
        let path = format!("/api/imports?{query}");
        world
            .refuses(
                Method::POST,
                &path,
                Body::Raw("text/csv", GOOD.to_vec()),
                problem,
            )
            .await;
    }
    assert_eq!(world.app.uploads(), 0, "nothing stays on the disk");
    world.finish();
}

#[testkit::db_test]
async fn a_file_that_is_too_large_is_refused(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let mut file = b"email\n".to_vec();
    file.resize(MAX_UPLOAD as usize + 1, b'x');
    for body in [
        Body::Raw("text/csv", file.clone()),
        Body::Raw(FORM, form(&[(FILE, &file)])),
    ] {
        let problem = "413 body_too_large file:too_large";
        world
            .refuses(Method::POST, "/api/imports", body, problem)
            .await;
    }
    assert_eq!(world.app.uploads(), 0, "nothing stays on the disk");
    world.finish();
}

#[testkit::db_test]
async fn rows_that_cannot_be_read_are_told_and_the_others_are_taken(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let huge = "x".repeat(5 << 20);
    let mut file = b"email,first_name,orders\n".to_vec();
    file.extend_from_slice(b"nobody,,\n"); // 2
    file.extend_from_slice(b"n@example.com,a\0b,\n");
    file.extend_from_slice(b"e@example.com,a\xffb,\n"); // 4
    file.extend_from_slice(format!("h@example.com,{huge},\n").as_bytes());
    file.extend_from_slice(b"i@example.com,\"a\r\nBcc: x@example.com\",\n"); // 6 and 7
    file.extend_from_slice(b"w@example.com,,many\n"); // 8
    file.extend_from_slice("ok@example.com,Zoë,5\n".as_bytes());
    let import = import(&world, file).await;
    assert_eq!(import.text("/state"), "completed", "{import}");
    assert_eq!(import.number("/created"), 1, "{import}");
    assert_eq!(import.number("/invalid"), 6, "{import}");
    let errors = world
        .owner
        .all(&format!("/api/imports/{}/errors", import.id()))
        .await;
    let told: Vec<String> = errors
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", row["line"], text("column"), text("code"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "2 email invalid_email",
            "3 first_name nul_character",
            "4 first_name invalid_encoding",
            "5 - row_too_long",
            "6 first_name control_character",
            "8 orders wrong_type",
        ]
    );
    let taken = world
        .owner
        .get("/api/subscribers?email=ok@example.com")
        .await;
    assert_eq!(taken.text("/data/0/first_name"), "Zoë");
}

async fn import(world: &World, file: Vec<u8>) -> Reply {
    let id = world
        .owner
        .send(Method::POST, "/api/imports", Body::Raw("text/csv", file))
        .await
        .expect(202)
        .id();
    world.app.run_jobs().await;
    world.owner.get(&format!("/api/imports/{id}")).await
}
