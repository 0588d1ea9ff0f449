//! What a relay does wrong.

use std::sync::Arc;

use testkit::smtp_sink::{Action, Fault, Step, When};

use crate::scene::{Engine, Scene};

const RECIPIENTS: u64 = 2_000;

/// Every so manieth person, by the number in the address.
fn people(nth: u64, of: u64, attempts: u32) -> When {
    When::Address(Arc::new(move |address, attempt| {
        let number = address.trim_start_matches("person");
        let number = number.split('@').next().and_then(|n| n.parse::<u64>().ok());
        attempt <= attempts && number.is_some_and(|number| number % of == nth)
    }))
}

/// The first retry comes after a minute, so this takes one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_is_tried_again_and_no_is_final() {
    let faults = vec![
        Fault {
            step: Step::Rcpt,
            when: people(3, 100, u32::MAX),
            action: Action::reply("550 5.1.1 no such mailbox"),
        },
        Fault {
            step: Step::Rcpt,
            when: people(7, 50, 1),
            action: Action::reply("450 4.2.1 try later"),
        },
    ];
    let name = "later_is_tried_again_and_no_is_final";
    let Some(mut scene) = Scene::set(name, Engine::Sqlite, RECIPIENTS, faults).await else {
        return;
    };
    let (refused, deferred) = (RECIPIENTS / 100, RECIPIENTS / 50);
    scene.send().await;
    scene.progress(RECIPIENTS - refused - deferred).await;
    scene.until_nothing_is_held().await;
    let report = scene.report().await;
    assert_eq!(report["state"], "sending", "{report}");
    assert_eq!(report["queued"], deferred, "{report}");
    assert_eq!(report["failed"], refused, "{report}");
    assert_eq!(report["deferrals"], deferred, "{report}");

    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.sent, verdict.failed, verdict.unknown),
        (RECIPIENTS - refused, refused, 0),
        "{verdict}"
    );
    let mut retried = 0;
    for row in scene.rows().await {
        match row.state.as_str() {
            "failed" => {
                assert_eq!(row.attempts, 1, "{row:?}");
                assert!(row.detail.contains("550 5.1.1 no such mailbox"), "{row:?}");
            }
            _ => retried += u64::from(row.attempts == 2),
        }
    }
    assert_eq!(retried, deferred);
    scene.stop().await;
}

/// A relay that answers some messages with the end of the connection: whether it took them, nobody can know, so they are
/// not sent again. What had not been handed over yet, is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_dies_after_the_dot_leaves_one_in_doubt() {
    let faults = vec![
        Fault {
            step: Step::Dot,
            when: When::Every(150),
            action: Action::AcceptThenClose,
        },
        Fault {
            step: Step::Body,
            when: When::Every(70),
            action: Action::Close,
        },
        Fault {
            step: Step::Dot,
            when: people(11, 500, u32::MAX),
            action: Action::reply("554 5.7.1 we do not like it"),
        },
    ];
    let name = "a_connection_that_dies_after_the_dot_leaves_one_in_doubt";
    let Some(mut scene) = Scene::set(name, Engine::Sqlite, RECIPIENTS, faults).await else {
        return;
    };
    scene.send().await;
    scene.until_sent().await;
    let verdict = scene.judge().await;
    // Whose mail is refused for good may also be the one whose connection dies: which mail that is depends on the order
    // in which they go out.
    let mut refused = 0;
    for row in scene.rows().await {
        let number = row.address.trim_start_matches("person");
        let number = number.split('@').next().and_then(|n| n.parse::<u64>().ok());
        if number.is_some_and(|number| number % 500 == 11) {
            assert!(
                matches!(row.state.as_str(), "failed" | "unknown"),
                "{row:?}"
            );
            refused += u64::from(row.state == "failed");
        }
    }
    assert_eq!(verdict.failed, refused, "{verdict}");
    assert!(refused > 0, "{verdict}");
    // Of a message in whose middle the connection died we cannot know either, if it was written to the end by then.
    let taken = verdict.unknown_accepted as u64;
    let cut_short = verdict.unknown - taken;
    assert!((12..=15).contains(&taken), "{verdict}");
    assert!(cut_short <= RECIPIENTS / 60, "{verdict}");
    scene.stop().await;
}

/// A relay that has no room for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_busy_is_tried_again() {
    let faults = vec![
        Fault {
            step: Step::Connect,
            when: When::First(15),
            action: Action::ReplyThenClose("421 4.3.2 too many connections".to_owned()),
        },
        Fault {
            step: Step::Mail,
            when: When::Every(400),
            action: Action::ReplyThenClose("421 4.7.0 come back later".to_owned()),
        },
    ];
    let name = "a_relay_that_is_busy_is_tried_again";
    let Some(mut scene) = Scene::set(name, Engine::Sqlite, RECIPIENTS, faults).await else {
        return;
    };
    scene.send().await;
    scene.until_sent().await;
    let verdict = scene.judge().await;
    assert_eq!(
        (verdict.sent, verdict.unknown, verdict.failed),
        (RECIPIENTS, 0, 0),
        "{verdict}"
    );
    scene.stop().await;
}
