use std::fs;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt as _;

use super::*;

async fn get(db: &testkit::TestDb, ui: &Ui, path: &str) -> Response {
    let app = App {
        ctx: db.ctx(),
        config: web::Config::new("http://localhost").into(),
    };
    let request = Request::builder()
        .uri(path)
        .header("accept-encoding", "gzip, br");
    routes(ui.clone())
        .with_state(app)
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header_of(response: &Response, name: header::HeaderName) -> String {
    let value = response.headers().get(name);
    value
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

fn built() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("assets")).unwrap();
    fs::write(directory.path().join("assets/app-1a2b.js"), "run()").unwrap();
    fs::write(
        directory.path().join("index.html"),
        "<script nonce=\"__CSP_NONCE__\"></script>",
    )
    .unwrap();
    directory
}

#[testkit::db_test]
async fn every_address_of_the_app_gets_the_page_with_a_nonce_of_its_own(db: testkit::TestDb) {
    let directory = built();
    let ui = Ui::Directory(directory.path().to_owned());
    let mut pages = Vec::new();
    for path in ["/app/", "/app/", "/app/subscribers/12?status=active"] {
        let response = get(&db, &ui, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-cache");
        let policy = header_of(&response, header::CONTENT_SECURITY_POLICY);
        assert!(!policy.contains("unsafe"), "{policy}");
        let page = text(response).await;
        let nonce = page.split('"').nth(1).unwrap();
        assert!(
            policy.contains(&format!("script-src 'self' 'nonce-{nonce}'")),
            "{policy}\n{page}"
        );
        pages.push(page);
    }
    assert_ne!(pages[0], pages[1]);
}

#[testkit::db_test]
async fn files_are_kept_for_ever_and_a_missing_one_is_not_the_page(db: testkit::TestDb) {
    let directory = built();
    let ui = Ui::Directory(directory.path().to_owned());
    let script = get(&db, &ui, "/app/assets/app-1a2b.js").await;
    assert!(header_of(&script, header::CACHE_CONTROL).contains("immutable"));
    assert!(header_of(&script, header::CONTENT_TYPE).starts_with("text/javascript"));
    assert_eq!(text(script).await, "run()");
    for path in [
        "/app/assets/app-old.js",
        "/app/assets/../index.html",
        "/app/assets/%2e%2e/index.html",
    ] {
        let missing = get(&db, &ui, path).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let outside = get(&db, &ui, "/app/%2e%2e/%2e%2e/etc/passwd").await;
    assert!(text(outside).await.contains("nonce"));
}

#[testkit::db_test]
async fn without_the_app_one_page_says_what_to_install(db: testkit::TestDb) {
    let response = get(&db, &Ui::Missing, "/app/subscribers").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = text(response).await;
    assert!(page.contains("Node.js"), "{page}");
    assert!(page.contains("cargo xtask ui"), "{page}");
}

#[test]
fn what_is_in_the_program_can_be_found_by_name() {
    let names: Vec<&str> = assets::EMBEDDED.iter().map(|file| file.name).collect();
    assert!(names.is_sorted(), "{names:?}");
}
