//! What is wrong is refused with its name, and changes nothing.

mod bytes;
mod files;
mod idempotency;
mod ids;
mod limits;
mod templates;
mod world;

use testkit::TestDb;

use self::world::World;
use crate::app::{Body, Method, TestApp};

/// A line of `requests.txt`.
struct Case {
    method: Method,
    path: &'static str,
    body: &'static str,
    /// As [`crate::app::Reply::problem`] tells it.
    problem: &'static str,
}

fn cases() -> Vec<Case> {
    include_str!("requests.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (request, problem) = line.rsplit_once(" -> ").expect("what is answered");
            let (method, rest) = request.split_once(' ').expect("a method");
            let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
            Case {
                method: method.parse().expect("a method"),
                path,
                body,
                problem,
            }
        })
        .collect()
}

#[testkit::db_test]
async fn bad_input_is_refused_by_name_and_changes_nothing(db: TestDb) {
    let world = World::new(TestApp::new(db)).await;
    let picture = world.owner.picture().await;
    for case in cases() {
        let path = world.filled(case.path);
        let body = match case.body {
            "" => Body::Nothing,
            text => Body::Raw("application/json", world.filled(text).into_bytes()),
        };
        world.refuses(case.method, &path, body, case.problem).await;
    }
    world.finish();
    assert_eq!(world.owner.picture().await, picture);
}
