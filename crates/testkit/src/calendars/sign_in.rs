//! Where people sign in: an authorization server that gives codes and tokens (RFC 6749, RFC 7636).

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{Clock, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::http::{Answer, Call, pairs};

/// The id and the secret under which programs are registered at the fakes.
const CLIENT: (&str, &str) = ("sendero-test", "very-secret");
const LIFE: Duration = Duration::from_hours(1);

/// Codes and tokens that were given.
#[derive(Debug)]
pub struct SignIn {
    clock: Clock,
    /// Whether each use of a refresh token gives another one.
    rotates: bool,
    count: u64,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Timestamp>,
    refresh: Vec<String>,
    granted: String,
}

#[derive(Debug)]
struct Code {
    challenge: String,
    redirect: String,
}

impl SignIn {
    /// What programs are registered as: id and secret.
    pub const CLIENT: (&'static str, &'static str) = CLIENT;

    pub(super) fn new(clock: Clock, rotates: bool) -> Self {
        Self {
            clock,
            rotates,
            count: 0,
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: Vec::new(),
            granted: String::new(),
        }
    }

    fn next(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}-{}", self.count)
    }

    /// What happens when somebody follows the address and says yes: where they are sent back to. `unticked` is a part of
    /// what is asked for that they do not allow.
    pub(super) fn approve(&mut self, url: &str, unticked: Option<&str>) -> String {
        let query = pairs(url);
        let get = |name: &str| query.get(name).map_or("", String::as_str);
        assert_eq!(get("response_type"), "code", "{url}");
        assert_eq!(get("client_id"), CLIENT.0, "{url}");
        assert_eq!(get("code_challenge_method"), "S256", "{url}");
        assert!(
            get("code_challenge").len() == 43 && !get("state").is_empty(),
            "{url}"
        );
        self.granted = get("scope")
            .split(' ')
            .filter(|scope| Some(*scope) != unticked)
            .collect::<Vec<_>>()
            .join(" ");
        let code = self.next("code");
        self.codes.insert(
            code.clone(),
            Code {
                challenge: get("code_challenge").to_owned(),
                redirect: get("redirect_uri").to_owned(),
            },
        );
        format!("{}?code={code}&state={}", get("redirect_uri"), get("state"))
    }

    /// Takes every permission back.
    pub(super) fn revoke(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    /// Ends the access tokens, whatever their time.
    pub(super) fn expire(&mut self) {
        self.access.clear();
    }

    /// Whether a call is somebody's who may.
    pub(super) fn lets_in(&self, call: &Call) -> bool {
        call.header("authorization")
            .strip_prefix("Bearer ")
            .and_then(|token| self.access.get(token))
            .is_some_and(|until| *until > self.clock.now())
    }

    /// The endpoint of tokens.
    pub(super) fn token(&mut self, call: &Call) -> Answer {
        let form = call.form();
        let get = |name: &str| form.get(name).map_or("", String::as_str);
        if (get("client_id"), get("client_secret")) != CLIENT {
            return refused(401, "invalid_client");
        }
        match get("grant_type") {
            "authorization_code" => {
                let Some(code) = self.codes.remove(get("code")) else {
                    return refused(400, "invalid_grant");
                };
                let digest = Sha256::digest(get("code_verifier").as_bytes());
                let challenge = data_encoding::BASE64URL_NOPAD.encode(&digest);
                if challenge != code.challenge || get("redirect_uri") != code.redirect {
                    return refused(400, "invalid_grant");
                }
                let refresh = self.next("refresh");
                self.refresh.push(refresh.clone());
                self.granted(Some(refresh))
            }
            "refresh_token" => {
                if !self.refresh.iter().any(|it| it == get("refresh_token")) {
                    return refused(400, "invalid_grant");
                }
                let refresh = self.rotates.then(|| self.next("refresh"));
                self.refresh.extend(refresh.clone());
                self.granted(refresh)
            }
            _ => refused(400, "unsupported_grant_type"),
        }
    }

    fn granted(&mut self, refresh: Option<String>) -> Answer {
        let access = self.next("access");
        self.access.insert(access.clone(), self.clock.now() + LIFE);
        let mut body = json!({
            "access_token": access,
            "expires_in": LIFE.as_secs(),
            "token_type": "Bearer",
            "scope": self.granted,
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        Answer::ok(body)
    }
}

fn refused(status: u16, error: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": error, "error_description": format!("{error}, says the fake") }),
    )
}
