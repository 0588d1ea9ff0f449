//! Bookings: how long one takes that nobody disputes, and how long the losers wait when 200 want one slot.
//!
//! The oracle: each slot of a race is sold once, and there are as many bookings as there were winners.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::Options;
use crate::api::{Api, text};
use crate::measure::{cpu, database_name, each_us, postgres_cpu};
use crate::program::{Program, Setting};

/// Slots that are raced for.
const RACES: usize = 20;
const CLIENTS: usize = 200;

pub(crate) async fn run(options: &Options, database_url: Option<String>, bookings: usize) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = database_url
        .as_deref()
        .map(database_name)
        .map(str::to_owned);
    let setting = Setting::new(&options.binary, &folder.path().join("data"), database_url);
    let mut program = Program::start(&setting).await;
    let pid = program.child.id();
    let api = Api::set_up(&program.url).await;
    let event_type = api.day_and_night(15).await;
    let path = format!("/api/event-types/{event_type}/slots");
    let slots = starts(&api.get(&path).await);
    assert!(
        slots.len() >= bookings + RACES,
        "there are {} slots only",
        slots.len()
    );
    let database_cpu = || database.as_deref().map(postgres_cpu).unwrap_or_default();

    let before = (cpu(pid), database_cpu());
    let mut times = Vec::with_capacity(bookings);
    for (n, start) in slots.iter().take(bookings).enumerate() {
        let began = Instant::now();
        let status = book(&api, &event_type, start, &format!("person{n}")).await;
        times.push(began.elapsed());
        assert_eq!(status, 201, "{start}");
    }
    let count = bookings as u64;
    let ours = each_us(cpu(pid).saturating_sub(before.0), count);
    let databases = each_us(database_cpu().saturating_sub(before.1), count);
    println!(
        "{bookings} bookings one by one: {}; CPU each {ours:.0} us + {databases:.0} us PostgreSQL",
        shares(&mut times)
    );

    let mut times: Vec<Duration> = Vec::with_capacity(100);
    for _ in 0..100 {
        let began = Instant::now();
        api.get(&path).await;
        times.push(began.elapsed());
    }
    println!("the slots of a month beside them: {}", shares(&mut times));

    let mut losers = Vec::with_capacity(RACES * CLIENTS);
    for (n, start) in slots[bookings..bookings + RACES].iter().enumerate() {
        let clients = (0..CLIENTS).map(|client| {
            let (api, event_type) = (&api, &event_type);
            async move {
                let began = Instant::now();
                let name = format!("racer{n}-{client}");
                let status = book(api, event_type, start, &name).await;
                (status, began.elapsed())
            }
        });
        let answers = join_all(clients).await;
        let winners = answers.iter().filter(|(status, _)| *status == 201).count();
        assert_eq!(winners, 1, "{start} was sold {winners} times");
        let lost = answers.iter().filter(|(status, _)| *status == 409);
        losers.extend(lost.map(|(_, time)| *time));
    }
    assert_eq!(losers.len(), RACES * (CLIENTS - 1));
    println!(
        "{CLIENTS} at once for each of {RACES} slots: one winner each; a loser hears of it in {}",
        shares(&mut losers)
    );
    let made = count_of(&api).await;
    assert_eq!(made, bookings + RACES, "bookings");
    program.terminate().await;
}

/// Books; the status of the answer.
async fn book(api: &Api, event_type: &str, start: &str, name: &str) -> u16 {
    let wish = json!({
        "event_type_id": event_type, "start": start, "name": "Grace Hopper",
        "email": format!("{name}@example.org"),
    });
    let answer = api
        .call(Method::POST, "/api/bookings", Some(&wish))
        .await
        .expect("it answers");
    assert!(
        matches!(answer.status, 201 | 409),
        "{} {}",
        answer.status,
        answer.body
    );
    answer.status
}

fn starts(found: &Value) -> Vec<String> {
    let days = found["days"].as_array().expect("days");
    days.iter()
        .flat_map(|day| day["slots"].as_array().expect("slots"))
        .map(|slot| text(&slot["start"]))
        .collect()
}

async fn count_of(api: &Api) -> usize {
    let mut count = 0;
    let mut path = "/api/bookings?limit=1000".to_owned();
    loop {
        let page = api.get(&path).await;
        count += page["data"].as_array().map_or(0, Vec::len);
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/bookings?limit=1000&cursor={cursor}"),
            None => return count,
        }
    }
}

fn shares(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: f64| {
        let place = (times.len() as f64 * share) as usize;
        times[place.min(times.len() - 1)].as_secs_f64() * 1e3
    };
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}
