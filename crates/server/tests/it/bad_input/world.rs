//! An account with one of everything, and another one whose ids are tried.

use std::cell::RefCell;

use serde_json::json;

use crate::app::{Body, Client, Method, TestApp};

pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) owner: Client,
    pub(super) other: Client,
    /// What `<words>` in paths and bodies stand for.
    names: Vec<(String, String)>,
    /// What was not refused as it should have been.
    wrong: RefCell<Vec<String>>,
}

impl World {
    pub(super) async fn new(app: TestApp) -> Self {
        let owner = app.owner().await;
        let other = app.other_owner().await;
        let mut names = things(&owner, "").await;
        names.extend(things(&other, "other_").await);
        Self {
            app,
            owner,
            other,
            names,
            wrong: RefCell::default(),
        }
    }

    /// Sends what must be refused in these words, without a trace. What is wrong is said by [`Self::finish`].
    pub(super) async fn refuses(&self, method: Method, path: &str, body: Body, problem: &str) {
        let before = self.app.rows().await;
        let reply = self.owner.send(method, path, body).await;
        let told = printable(&reply.problem());
        if told != problem {
            self.wrong.borrow_mut().push(format!(
                "expected {problem}\n     got {told}\n      of {reply}"
            ));
        }
        if self.app.rows().await != before {
            self.wrong
                .borrow_mut()
                .push(format!("left something behind: {reply}"));
        }
    }

    /// Fails with all that was wrong.
    #[track_caller]
    pub(super) fn finish(&self) {
        let wrong = self.wrong.borrow();
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    /// With ids in place of `<words>`.
    pub(super) fn filled(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    pub(super) fn id(&self, name: &str) -> &str {
        let wanted = format!("<{name}>");
        let found = self.names.iter().find(|(name, _)| *name == wanted);
        &found.expect("a thing of the world").1
    }
}

fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut all, c| {
        if c.is_control() {
            all.extend(c.escape_unicode());
        } else {
            all.push(c);
        }
        all
    })
}

async fn things(owner: &Client, prefix: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (name, path, body) in [
        ("person", "subscribers", json!({"email": "eva@example.com"})),
        ("group", "groups", json!({"name": "Group"})),
        ("tag", "tags", json!({"name": "Tag"})),
        (
            "segment",
            "segments",
            json!({"name": "All", "rule": {"all": []}}),
        ),
        (
            "transport",
            "transports",
            json!({"name": "Inbox", "kind": "sandbox"}),
        ),
        (
            "city",
            "fields",
            json!({"key": "city", "name": "City", "kind": "text"}),
        ),
        (
            "orders",
            "fields",
            json!({"key": "orders", "name": "Orders", "kind": "number"}),
        ),
        (
            "since",
            "fields",
            json!({"key": "since", "name": "Since", "kind": "date"}),
        ),
        (
            "vip",
            "fields",
            json!({"key": "vip", "name": "VIP", "kind": "boolean"}),
        ),
        (
            "plan",
            "fields",
            json!({"key": "plan", "name": "Plan", "kind": "dropdown", "options": ["Free", "Pro"]}),
        ),
        (
            "campaign",
            "campaigns",
            json!({
                "name": "May",
                "sender_email": "news@example.com",
                "audience": {"everyone": true},
                "content": {"subject": "Hello", "body": {"kind": "html", "html": "<p>Hello</p>"}},
            }),
        ),
    ] {
        let id = owner.post(&format!("/api/{path}"), body).await.created();
        names.push((format!("<{prefix}{name}>"), id));
    }
    let session = owner.get("/api/session").await;
    names.push((
        format!("<{prefix}account>"),
        session.text("/account").to_owned(),
    ));
    names.push((
        format!("<{prefix}user>"),
        session.text("/user/id").to_owned(),
    ));
    names
}
