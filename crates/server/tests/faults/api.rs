//! The program's HTTP API, as an owner's script would use it.

use std::fmt::Write as _;
use std::sync::Once;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(2);

/// A client with a token that may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) client: Client,
    /// Where the program answers; changes when it starts again.
    pub(crate) base: String,
    pub(crate) token: String,
}

/// Status and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null when it is not JSON.
    pub(crate) body: Value,
}

/// What to send.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) html: String,
}

pub(crate) fn http_client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Somebody else may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder()
        .timeout(Duration::from_mins(1))
        .no_proxy()
        .build()
        .expect("a client without special wishes can be built")
}

impl Api {
    /// Creates the first owner and a token.
    pub(crate) async fn set_up(base: &str) -> Self {
        let client = http_client();
        let owner = json!({
            "email": "owner@example.com",
            "name": "Ada Lovelace",
            "password": "correct horse battery",
            "account_name": "Analytical Engines",
        });
        let answer = client
            .post(format!("{base}/api/setup"))
            .json(&owner)
            .send()
            .await
            .expect("the set-up is answered");
        let status = answer.status();
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .to_owned();
        let session: Value = answer.json().await.expect("the set-up is answered in JSON");
        assert!(status.is_success(), "set-up: {status} {session}");
        let token = client
            .post(format!("{base}/api/tokens"))
            .header("cookie", cookie)
            .header("x-csrf-token", text(&session["csrf_token"]))
            .json(&json!({ "name": "script", "scopes": session["permissions"] }))
            .send()
            .await
            .expect("a token is made");
        let status = token.status();
        let token: Value = token.json().await.expect("a token is JSON");
        assert!(status.is_success(), "token: {status} {token}");
        Self {
            client,
            base: base.to_owned(),
            token: text(&token["secret"]),
        }
    }

    /// Asks once; an error means that nobody answered.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok(Answer {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.expect(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Option<&Value>) -> Value {
        self.expect(Method::POST, path, body).await
    }

    async fn expect(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let answer = self
            .call(method.clone(), path, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        answer.body
    }

    /// Uploads a CSV file.
    pub(crate) async fn upload(&self, csv: String, options: &Value) -> Value {
        let options = options.to_string();
        let answer = self
            .client
            .post(format!("{}/api/imports", self.base))
            .query(&[("file_name", "people.csv"), ("options", &options)])
            .bearer_auth(&self.token)
            .header("content-type", "text/csv")
            .body(csv)
            .send()
            .await
            .expect("an import is answered");
        let status = answer.status();
        let import: Value = answer.json().await.expect("an import is JSON");
        assert!(status.is_success(), "import: {status} {import}");
        import
    }

    /// Imports a CSV file, making the fields it has, and waits for its end.
    pub(crate) async fn import(&self, csv: String) -> Value {
        self.import_with(csv, &json!({ "create_fields": true }))
            .await
    }

    /// Imports a CSV file with options of the API, and waits for its end.
    pub(crate) async fn import_with(&self, csv: String, options: &Value) -> Value {
        let import = self.upload(csv, options).await;
        let path = format!("/api/imports/{}", text(&import["id"]));
        let until = Instant::now() + PATIENCE;
        loop {
            let import = self.get(&path).await;
            match import["state"].as_str() {
                Some("completed") => return import,
                Some("queued" | "running") => {}
                _ => panic!("the import did not complete: {import}"),
            }
            assert!(
                Instant::now() < until,
                "the import takes too long: {import}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes an SMTP relay on this machine the account's default.
    pub(crate) async fn use_relay(&self, port: u16, connections: u32) {
        let relay = json!({
            "name": "Sink",
            "kind": "smtp",
            "smtp": { "host": "127.0.0.1", "port": port, "encryption": "none" },
            "max_connections": connections,
            "is_default": true,
        });
        self.post("/api/transports", Some(&relay)).await;
    }

    /// Somebody who works day and night, and the id of what can be booked with them, for so many minutes.
    pub(crate) async fn day_and_night(&self, minutes: u32) -> String {
        let me = text(&self.get("/api/session").await["user"]["id"]);
        let host = json!({ "user_id": me, "time_zone": "UTC" });
        let host = self.post("/api/hosts", Some(&host)).await;
        let day = json!([{ "from": "00:00", "to": "24:00" }]);
        let weekly: Vec<Value> = vec![day; 7];
        let path = format!("/api/schedules/{}", text(&host["schedule_id"]));
        self.expect(Method::PATCH, &path, Some(&json!({ "weekly": weekly })))
            .await;
        let event_type = json!({
            "title": "Talk",
            "hosts": [{ "host_id": host["id"] }],
            "settings": { "durations": [minutes], "notice_minutes": 1440 },
        });
        text(&self.post("/api/event-types", Some(&event_type)).await["id"])
    }

    /// A draft to everybody; its id.
    pub(crate) async fn campaign(&self, mail: &Mail) -> String {
        let campaign = json!({
            "name": "May newsletter",
            "sender_email": "news@example.com",
            "audience": { "everyone": true },
            "content": {
                "subject": mail.subject,
                "body": { "kind": "html", "html": mail.html },
            },
        });
        let campaign = self.post("/api/campaigns", Some(&campaign)).await;
        text(&campaign["id"])
    }
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => panic!("not a text: {other}"),
    }
}

/// A file of `count` people with a custom field.
pub(crate) fn people(count: u64) -> String {
    let mut csv = "email,first_name,city\n".to_owned();
    for n in 0..count {
        let _ = writeln!(csv, "{},Ada {n},Oslo", address(n));
    }
    csv
}

/// The address of the nth person.
pub(crate) fn address(n: u64) -> String {
    format!("person{n:06}@example.org")
}
