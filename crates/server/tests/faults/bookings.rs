//! `kill -9` while people hold and book.
//!
//! Three want each slot, and whoever is not answered asks again: with the same name for a hold, with the same hold for a
//! booking. Whenever the program dies, each slot is sold once, whole, and to who was told so.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::api::{Api, text};
use crate::scene::{Engine, PATIENCE, Scene, dice};

const SLOTS: u64 = 120;
const KILLS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_sells_time_sqlite() {
    killed_while_it_sells_time("killed_while_it_sells_time_sqlite", Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_sells_time_postgres() {
    killed_while_it_sells_time("killed_while_it_sells_time_postgres", Engine::Postgres).await;
}

async fn killed_while_it_sells_time(name: &'static str, engine: Engine) {
    let Some(mut scene) = Scene::set(name, engine, 10, Vec::new()).await else {
        return;
    };
    let dice = dice(name);
    let event_type = scene.api.day_and_night(30).await;
    let starts = starts(&scene.api, &event_type).await;
    let stretch = SLOTS / (KILLS + 1);
    let mut kills: BTreeSet<u64> = (1..=KILLS)
        .map(|kill| kill * stretch + dice.below(stretch))
        .collect();
    // Which booking the winner of a start was told of.
    let mut sold: HashMap<String, String> = HashMap::new();
    for (n, start) in (0_u64..).zip(&starts) {
        let mut clients: Vec<Visitor> = (0..3)
            .map(|i| Visitor::new(format!("{n}-{i}"), &event_type, start))
            .collect();
        if kills.remove(&n) {
            let api = scene.api.clone();
            let moment = Duration::from_micros(dice.below(40_000));
            let asking = join_all(clients.iter_mut().map(|one| one.ask(&api)));
            let killing = async {
                tokio::time::sleep(moment).await;
                scene.kill();
            };
            tokio::join!(asking, killing);
            scene.start().await;
        }
        let until = Instant::now() + PATIENCE;
        while clients.iter().any(|one| !one.is_answered()) {
            let api = scene.api.clone();
            join_all(clients.iter_mut().map(|one| one.ask(&api))).await;
            assert!(Instant::now() < until, "nobody answers who wants {start}");
        }
        for booking in clients.into_iter().filter_map(|one| one.booking) {
            let twice = sold.insert(start.clone(), booking);
            assert!(twice.is_none(), "{start} was sold twice");
        }
    }
    assert!(kills.is_empty());
    assert_eq!(sold.len() as u64, SLOTS, "each slot is somebody's");
    let list = scene.api.get("/api/bookings?limit=1000").await;
    let list = list["data"].as_array().expect("a page has rows");
    assert_eq!(list.len() as u64, SLOTS, "there is no other booking");
    for one in list {
        assert_eq!(one["status"], "confirmed");
        assert_eq!(sold.get(&text(&one["start"])), Some(&text(&one["id"])));
        let path = format!("/api/bookings/{}", text(&one["id"]));
        let whole = scene.api.get(&path).await;
        assert_eq!(whole["trail"].as_array().map(Vec::len), Some(1), "{whole}");
        let person = text(&one["subscriber_id"]);
        let timeline = format!("/api/subscribers/{person}/timeline");
        let timeline = scene.api.get(&timeline).await.to_string();
        assert_eq!(
            timeline.matches("\"booking.created\"").count(),
            1,
            "{timeline}"
        );
    }
    // Nothing of them is offered any more: the time is taken as long as the bookings are there.
    let offered = slots(&scene.api, &event_type).await;
    assert!(offered.iter().all(|start| !sold.contains_key(start)));
    println!("{name}: {SLOTS} slots, {KILLS} kills: each sold once");
    scene.stop().await;
}

/// Somebody who wants a slot.
struct Visitor {
    name: String,
    event_type: String,
    start: String,
    hold: Option<String>,
    booking: Option<String>,
    lost: bool,
}

impl Visitor {
    fn new(name: String, event_type: &str, start: &str) -> Self {
        Self {
            name,
            event_type: event_type.to_owned(),
            start: start.to_owned(),
            hold: None,
            booking: None,
            lost: false,
        }
    }

    fn is_answered(&self) -> bool {
        self.lost || self.booking.is_some()
    }

    /// Takes the next step, if anybody answers.
    async fn ask(&mut self, api: &Api) {
        if self.is_answered() {
            return;
        }
        let (path, body) = match &self.hold {
            None => (
                format!("/api/event-types/{}/holds", self.event_type),
                json!({"start": self.start, "visitor": self.name}),
            ),
            Some(hold) => (
                "/api/bookings".to_owned(),
                json!({
                    "event_type_id": self.event_type, "start": self.start, "hold": hold, "name": "Grace",
                    "email": format!("visitor-{}@example.org", self.name),
                }),
            ),
        };
        let Ok(answer) = api.call(Method::POST, &path, Some(&body)).await else {
            return;
        };
        match (answer.status, &self.hold) {
            (201, None) => self.hold = Some(text(&answer.body["token"])),
            (200 | 201, Some(_)) => self.booking = Some(text(&answer.body["booking"]["id"])),
            (409, _) => self.lost = true,
            // It is starting or stopping.
            (503, _) => {}
            (status, _) => panic!("{path}: {status} {}", answer.body),
        }
    }
}

async fn slots(api: &Api, event_type: &str) -> Vec<String> {
    let found = api
        .get(&format!("/api/event-types/{event_type}/slots"))
        .await;
    let days = found["days"].as_array().expect("days");
    days.iter()
        .flat_map(|day| day["slots"].as_array().expect("slots"))
        .map(|slot| text(&slot["start"]))
        .collect()
}

async fn starts(api: &Api, event_type: &str) -> Vec<String> {
    let mut starts = slots(api, event_type).await;
    // The first ones will be too soon before the end.
    starts.drain(..4);
    starts.truncate(SLOTS as usize);
    assert_eq!(starts.len() as u64, SLOTS);
    starts
}
