//! Signing in, and tokens that end.

use std::time::Duration;

use kernel::{Clock, Rng};
use testkit::calendars::SignIn;
use testkit::calendars::google::Google as FakeGoogle;
use testkit::calendars::microsoft::Microsoft as FakeMicrosoft;

use super::{at, client};
use crate::google::Google;
use crate::microsoft::Microsoft;
use crate::oauth::{App, Attempt, OAuth, Provider, Tokens};
use crate::{Fault, Remote};

pub(super) fn clock() -> Clock {
    Clock::manual(at("2026-11-30T08:00:00Z"))
}

fn app() -> App {
    App {
        client_id: SignIn::CLIENT.0.to_owned(),
        client_secret: SignIn::CLIENT.1.to_owned(),
        redirect: "https://sendero.example/api/calendars/callback".to_owned(),
    }
}

pub(super) fn google_oauth(fake: &FakeGoogle, clock: &Clock) -> OAuth {
    let provider = Provider {
        authorize: fake.authorize_url(),
        token: fake.token_url(),
        ..Provider::google()
    };
    OAuth::new(client(), clock.clone(), provider, app())
}

pub(super) fn microsoft_oauth(fake: &FakeMicrosoft, clock: &Clock) -> OAuth {
    let provider = Provider {
        authorize: fake.authorize_url(),
        token: fake.token_url(),
        ..Provider::microsoft("common")
    };
    OAuth::new(client(), clock.clone(), provider, app())
}

/// What comes back with a person: code and state.
fn back(address: &str) -> (String, String) {
    let url = net::Url::parse(address).unwrap();
    let get = |name: &str| {
        let pair = url.query_pairs().find(|(key, _)| key == name);
        pair.unwrap().1.into_owned()
    };
    (get("code"), get("state"))
}

pub(super) async fn sign_in(
    oauth: &OAuth,
    approve: impl Fn(&str) -> String,
) -> Result<Tokens, Fault> {
    let attempt = Attempt::new(&Rng::seeded(7));
    let address = oauth
        .authorize_url(&attempt, Some("ann@example.com"))
        .unwrap();
    let (code, state) = back(&approve(&address));
    assert_eq!(state, attempt.state);
    oauth.exchange(&code, &attempt.verifier).await
}

#[tokio::test]
async fn a_person_is_sent_to_sign_in_and_comes_back_with_a_code_of_theirs() {
    let (fake, clock) = (FakeGoogle::start(clock()).await, clock());
    let oauth = google_oauth(&fake, &clock);
    let attempt = Attempt::new(&Rng::system());
    let other = Attempt::new(&Rng::system());
    assert_ne!(attempt.state, other.state);
    assert!((43..=128).contains(&attempt.verifier.len()));
    assert_ne!(attempt.state, attempt.verifier);

    let address = oauth.authorize_url(&attempt, None).unwrap();
    assert!(!address.contains(&attempt.verifier) && !address.contains("very-secret"));
    for wanted in ["access_type=offline", "prompt=consent", "calendar.events"] {
        assert!(address.contains(wanted), "{address}");
    }
    // A code is of no use to who did not begin, and of none the second time.
    let (code, _) = back(&fake.approve(&address, None));
    let stolen = oauth.exchange(&code, &other.verifier).await;
    assert!(matches!(stolen, Err(Fault::Unauthorized(_))), "{stolen:?}");
    let (code, _) = back(&fake.approve(&address, None));
    let tokens = oauth.exchange(&code, &attempt.verifier).await.unwrap();
    assert_eq!(tokens.expires, clock.now() + Duration::from_hours(1));
    let again = oauth.exchange(&code, &attempt.verifier).await;
    assert!(matches!(again, Err(Fault::Unauthorized(_))), "{again:?}");
    // Nothing that is shown tells them.
    for text in [
        format!("{tokens:?}"),
        format!("{oauth:?}"),
        format!("{attempt:?}"),
    ] {
        let secrets = [
            &tokens.access,
            &tokens.refresh,
            &attempt.verifier,
            "very-secret",
        ];
        assert!(secrets.iter().all(|it| !text.contains(*it)), "{text}");
    }
}

#[tokio::test]
async fn whoever_allows_only_a_part_is_told() {
    let fake = FakeGoogle::start(clock()).await;
    let oauth = google_oauth(&fake, &clock());
    let events = "https://www.googleapis.com/auth/calendar.events";
    let result = sign_in(&oauth, |url| fake.approve(url, Some(events))).await;
    match result {
        Err(Fault::Unauthorized(text)) => assert!(text.contains("calendar.events"), "{text}"),
        other => panic!("{other:?}"),
    }
    // Microsoft does not name what a refresh token says already.
    let fake = FakeMicrosoft::start(clock()).await;
    let oauth = microsoft_oauth(&fake, &clock());
    let result = sign_in(&oauth, |url| fake.approve(url, Some("offline_access"))).await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test]
async fn a_program_that_is_not_known_there_is_no_fault_of_the_person() {
    let fake = FakeMicrosoft::start(clock()).await;
    let oauth = OAuth::new(
        client(),
        clock(),
        Provider {
            authorize: fake.authorize_url(),
            token: fake.token_url(),
            ..Provider::microsoft("common")
        },
        App {
            client_secret: "another".to_owned(),
            ..app()
        },
    );
    let result = sign_in(&oauth, |url| fake.approve(url, None)).await;
    assert!(matches!(result, Err(Fault::Refused(_))), "{result:?}");
}

/// Both services, signed in.
async fn both(clock: &Clock) -> (FakeGoogle, Remote, FakeMicrosoft, Remote) {
    let google = FakeGoogle::start(clock.clone()).await;
    let oauth = google_oauth(&google, clock);
    let tokens = sign_in(&oauth, |url| google.approve(url, None))
        .await
        .unwrap();
    let one = Google::new(oauth, tokens).with_base(&google.base());
    let microsoft = FakeMicrosoft::start(clock.clone()).await;
    let oauth = microsoft_oauth(&microsoft, clock);
    let tokens = sign_in(&oauth, |url| microsoft.approve(url, None))
        .await
        .unwrap();
    let two = Microsoft::new(oauth, tokens).with_base(&microsoft.base());
    (
        google,
        Remote::Google(one),
        microsoft,
        Remote::Microsoft(two),
    )
}

#[tokio::test]
async fn tokens_are_renewed_when_they_end_and_told_once() {
    let clock = clock();
    let (google, one, microsoft, two) = both(&clock).await;
    for remote in [&one, &two] {
        assert!(!remote.list().await.unwrap().is_empty());
        assert_eq!(remote.tokens_to_keep(), None);
    }
    clock.advance(Duration::from_secs(3590));
    let mut kept = Vec::new();
    for remote in [&one, &two] {
        remote.list().await.unwrap();
        let tokens = remote.tokens_to_keep().expect("new ones").now;
        assert_eq!(tokens.expires, clock.now() + Duration::from_hours(1));
        assert_eq!(remote.tokens_to_keep(), None);
        kept.push(tokens);
    }
    // Ended before their time: the service says so, and they are renewed once.
    google.expire_access();
    microsoft.expire_access();
    for (remote, before) in [(&one, &kept[0]), (&two, &kept[1])] {
        remote.list().await.unwrap();
        let tokens = remote.tokens_to_keep().expect("new ones").now;
        assert_ne!(tokens.access, before.access);
    }
    // Google's refresh token stays, Microsoft gives another one.
    clock.advance(Duration::from_secs(4000));
    one.list().await.unwrap();
    two.list().await.unwrap();
    assert_eq!(one.tokens_to_keep().unwrap().now.refresh, kept[0].refresh);
    assert_ne!(two.tokens_to_keep().unwrap().now.refresh, kept[1].refresh);
}

#[tokio::test]
async fn whoever_took_the_permission_back_has_to_sign_in_again() {
    let clock = clock();
    let (google, one, microsoft, two) = both(&clock).await;
    google.revoke();
    microsoft.revoke();
    for remote in [&one, &two] {
        let listed = remote.list().await;
        assert!(matches!(listed, Err(Fault::Unauthorized(_))), "{listed:?}");
        assert_eq!(remote.tokens_to_keep(), None);
    }
    clock.advance(Duration::from_hours(2));
    for remote in [&one, &two] {
        let listed = remote.list().await;
        assert!(matches!(listed, Err(Fault::Unauthorized(_))), "{listed:?}");
    }
    assert!(google.requests() <= 2 && microsoft.requests() <= 2);
}
