//! Answers, and what tests say of them.

use std::fmt::Write as _;

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

pub(crate) struct Reply {
    /// What was asked, for messages.
    pub(crate) request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null when it is not JSON.
    pub(crate) json: Value,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self}");
        self
    }

    /// A text in the JSON.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer}: {self}"))
    }

    /// A number in the JSON.
    #[track_caller]
    pub(crate) fn number(&self, pointer: &str) -> i64 {
        self.json
            .pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_else(|| panic!("no number at {pointer}: {self}"))
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.text("/id").to_owned()
    }

    /// The id of what was just made.
    #[track_caller]
    pub(crate) fn created(self) -> String {
        assert!(self.status.is_success(), "{self}");
        self.id()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The cookie to send back, without its attributes.
    pub(crate) fn cookie(&self) -> String {
        let all = self.header("set-cookie");
        all.split(';').next().unwrap_or_default().to_owned()
    }

    /// Status, code, and each fault: `422 invalid name:required`.
    pub(crate) fn problem(&self) -> String {
        let mut line = self.status.as_u16().to_string();
        if let Some(code) = self.json["code"].as_str() {
            line.push(' ');
            line.push_str(code);
        }
        for fault in self.json["errors"].as_array().into_iter().flatten() {
            let part = |name: &str| fault[name].as_str().unwrap_or("?").to_owned();
            let _ = write!(line, " {}:{}", part("field"), part("code"));
        }
        line
    }

    /// What every answer has to be.
    #[track_caller]
    pub(super) fn check(&self) {
        assert!(!self.status.is_server_error(), "a fault of ours: {self}");
        let refused = self.status.is_client_error();
        if !refused || !self.request.contains(" /api/") {
            return;
        }
        assert_eq!(
            self.header(header::CONTENT_TYPE.as_str()),
            "application/problem+json",
            "{self}"
        );
        let code = self.text("/code");
        assert!(
            !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "a code is a stable word: {self}"
        );
        assert_eq!(self.text("/type"), format!("urn:sendero:error:{code}"));
        assert_eq!(self.number("/status"), i64::from(self.status.as_u16()));
        assert!(!self.text("/title").is_empty(), "{self}");
        assert!(!self.text("/detail").is_empty(), "{self}");
        let faults = self.json["errors"].as_array();
        if self.text("/code") == "invalid" {
            assert!(faults.is_some_and(|all| !all.is_empty()), "{self}");
        }
        for fault in faults.into_iter().flatten() {
            for part in ["field", "code", "message"] {
                let text = fault[part].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "a fault without {part}: {self}");
            }
        }
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let body: String = body.chars().take(2000).collect();
        write!(f, "{} -> {} {body}", self.request, self.status)
    }
}
