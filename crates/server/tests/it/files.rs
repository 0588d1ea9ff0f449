//! Pictures: uploaded by members, seen by whoever has the address.

use serde_json::json;
use testkit::TestDb;

use crate::app::{Body, Client, Method, Reply, TestApp, path_of};

const FORM: &str = "multipart/form-data; boundary=a-line-that-is-not-in-the-file";

/// The head of a PNG.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn form(parts: &[(&str, &[u8])]) -> Body {
    let mut form = Vec::new();
    for (what, content) in parts {
        let head = format!(
            "--a-line-that-is-not-in-the-file\r\nContent-Disposition: form-data; {what}\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--a-line-that-is-not-in-the-file--\r\n");
    Body::Raw(FORM, form)
}

async fn upload(who: &Client, bytes: Vec<u8>) -> Reply {
    let body = Body::Raw("application/octet-stream", bytes);
    who.send(Method::POST, "/api/files", body).await
}

#[testkit::db_test]
async fn a_picture_is_uploaded_and_anybody_with_the_address_sees_it(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let parts: &[(&str, &[u8])] = &[
        (
            "name=\"file\"; filename=\"../C:\\\\fake.svg\"\r\nContent-Type: text/html",
            &png(600, 400),
        ),
        ("name=\"alt\"", "A pot of \"tea\" <b>".as_bytes()),
    ];
    let file = owner
        .send(Method::POST, "/api/files", form(parts))
        .await
        .expect(201);
    assert_eq!(file.text("/kind"), "png");
    assert_eq!((file.number("/width"), file.number("/height")), (600, 400));
    assert_eq!(file.text("/alt"), "A pot of \"tea\" <b>");
    let again = upload(&owner, png(600, 400)).await.expect(200);
    assert_eq!(again.id(), file.id(), "the same bytes are the same file");

    let path = path_of(file.text("/url"));
    let extension = std::path::Path::new(&path).extension();
    assert!(path.starts_with("/m/"), "{path}");
    assert_eq!(extension, Some("png".as_ref()), "{path}");
    let shown = app.anonymous().get(path).await.expect(200);
    assert_eq!(shown.body, png(600, 400));
    for (header, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline; filename=\"fake.png\""),
        ("cross-origin-resource-policy", "cross-origin"),
        (
            "content-security-policy",
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(shown.header(header), value, "{header}");
    }
    let tag = shown.header("etag").to_owned();
    assert!(tag.len() > 60 && tag.starts_with('"'), "{tag}");
    for known in [&*tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
        let fresh = app.anonymous().with("if-none-match", known);
        let fresh = fresh.get(path).await.expect(304);
        assert!(fresh.body.is_empty());
        assert_eq!(fresh.header("etag"), tag);
    }
    let stale = app.anonymous().with("if-none-match", "\"x\"");
    stale.get(path).await.expect(200);
    let head = app
        .anonymous()
        .send(Method::HEAD, path, Body::Nothing)
        .await;
    assert!(head.expect(200).body.is_empty());
    for wrong in [
        path.replace(".png", ".jpg"),
        path.replace(".png", ""),
        path.replace(".png", ".png.html"),
        format!("/m/{}.png", "0".repeat(32)),
        "/m/..%2f..%2fsecret.key".to_owned(),
        "/m/%00.png".to_owned(),
    ] {
        app.anonymous().get(&wrong).await.expect(404);
    }
}

#[testkit::db_test]
async fn what_is_no_picture_is_refused(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let before = app.rows().await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    for (bytes, problem) in [
        (Vec::new(), "422 invalid file:empty"),
        (svg.to_vec(), "422 invalid file:svg"),
        (
            b"<html><script>alert(1)</script>".to_vec(),
            "422 invalid file:unsupported",
        ),
        (b"%PDF-1.7".to_vec(), "422 invalid file:unsupported"),
        (png(60_000, 60_000), "422 invalid file:too_many_pixels"),
        (png(0, 1), "422 invalid file:broken"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "422 invalid file:broken"),
        (
            [png(1, 1), vec![0; 5_000_000]].concat(),
            "422 invalid file:too_large",
        ),
    ] {
        let reply = upload(&owner, bytes.clone()).await;
        assert_eq!(reply.problem(), problem, "{reply}");
        let parts: &[(&str, &[u8])] = &[("name=\"file\"; filename=\"a.png\"", &bytes)];
        let reply = owner.send(Method::POST, "/api/files", form(parts)).await;
        assert_eq!(reply.problem(), problem, "{reply}");
    }
    let good = png(1, 1);
    let file: (&str, &[u8]) = ("name=\"file\"; filename=\"a.png\"", &good);
    for (parts, problem) in [
        (vec![], "422 invalid file:required"),
        (
            vec![("name=\"alt\"", &b"x"[..])],
            "422 invalid file:required",
        ),
        (vec![file, file], "422 invalid file:unknown"),
        (
            vec![file, ("name=\"color\"", b"x")],
            "422 invalid color:unknown",
        ),
        (
            vec![file, ("name=\"alt\"", b"\xff\xfe")],
            "422 invalid alt:invalid",
        ),
        (
            vec![file, ("name=\"alt\"", b"a\nb")],
            "422 invalid alt:control_character",
        ),
        (
            vec![file, ("name=\"alt\"", &[b'x'; 501])],
            "422 invalid alt:too_long",
        ),
        (
            vec![file, ("name=\"name\"", &[b'x'; 5000])],
            "422 invalid name:too_long",
        ),
        (
            vec![file, ("name=\"name\"", b"a\0b")],
            "422 invalid name:nul_character",
        ),
    ] {
        let reply = owner.send(Method::POST, "/api/files", form(&parts)).await;
        assert_eq!(reply.problem(), problem, "{reply}");
    }
    assert_eq!(app.rows().await, before, "nothing was kept");
}

#[testkit::db_test]
async fn a_picture_in_use_is_deleted_only_by_force(db: TestDb) {
    let app = TestApp::new(db);
    let owner = app.owner().await;
    let file = upload(&owner, png(10, 10)).await.expect(201);
    let path = format!("/api/files/{}", file.id());
    let html = format!("<img src=\"{}\" alt=\"Tea\">", file.text("/url"));
    let campaign = json!({
        "name": "May", "content": {"subject": "Hello", "body": {"kind": "html", "html": html}},
    });
    let campaign = owner.post("/api/campaigns", campaign).await.created();
    let uses = owner.get(&format!("{path}/uses")).await.expect(200);
    let expected = json!([{"kind": "campaign", "id": campaign, "name": "May"}]);
    assert_eq!(uses.json["data"], expected);

    let patched = owner.patch(&path, json!({"name": "tea.png", "alt": "Tea"}));
    assert_eq!(patched.await.expect(200).text("/name"), "tea.png");
    let listed = owner.get("/api/files?search=TEA").await.expect(200);
    assert_eq!(listed.json["data"][0]["id"], file.id());
    let other = app.other_owner().await;
    other.get(&path).await.expect(404);
    other.get("/api/files").await.expect(200);

    let refused = owner.delete(&path).await;
    assert_eq!(refused.problem(), "409 file_in_use");
    assert!(refused.text("/detail").contains("May"), "{refused}");
    owner
        .delete(&format!("{path}?force=true"))
        .await
        .expect(204);
    app.anonymous()
        .get(path_of(file.text("/url")))
        .await
        .expect(404);
    owner.get(&path).await.expect(404);
    let log = owner
        .get("/api/audit-log?target_kind=file")
        .await
        .expect(200);
    let actions: Vec<&str> = log.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["file.deleted", "file.updated", "file.created"]);
}
