//! Limits on both engines.

use std::time::Duration;

use kernel::{Rng, Timestamp};
use testkit::TestDb;

use super::gate::{Gate, Through};
use super::model::{Limit, SLACK, SPANS, Scope, WarmUp};
use super::{rest, store};

fn limit(scope: Scope, key: &str, per_minute: Option<i64>, per_hour: Option<i64>) -> Limit {
    Limit {
        account: 1.into(),
        id: i64::from(scope as u8).into(),
        scope,
        key: key.to_owned(),
        per_minute,
        per_hour,
        per_day: None,
        warm_up: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

const THROUGH: Through<'static> = Through {
    transport: None,
    per_second: None,
    senders: &["news@example.com"],
};

/// Tries to send so many at random moments; none of the limits is exceeded in any span that begins with a message.
#[testkit::db_test]
async fn no_span_of_any_beginning_gets_more_than_the_limit(db: TestDb) {
    let ctx = db.ctx();
    let rng = Rng::seeded(4);
    let (most_minute, most_hour, most_domain) = (40, 150, 12);
    let mut tx = ctx.write().await.unwrap();
    for limit in [
        limit(Scope::Account, "", Some(most_minute), Some(most_hour)),
        limit(Scope::Domain, "*", Some(most_domain), None),
    ] {
        assert!(store::insert(&mut tx, &limit).await.unwrap());
    }
    tx.commit().await.unwrap();
    let mut sent: Vec<(Timestamp, usize)> = Vec::new();
    for _ in 0..150 {
        db.clock()
            .advance(Duration::from_millis(rng.below(120_000)));
        let now = ctx.clock.now();
        let mut tx = ctx.write().await.unwrap();
        let mut gate = Gate::open(&mut tx, 1.into(), THROUGH, now).await.unwrap();
        let n = gate.room().min(usize::try_from(rng.below(60)).unwrap());
        let domains: Vec<usize> = (0..n).map(|_| rng.below(3) as usize).collect();
        let addresses: Vec<String> = domains
            .iter()
            .enumerate()
            .map(|(i, domain)| format!("p{i}@d{domain}.example"))
            .collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let answers = gate.admit(&mut tx, &addresses).await.unwrap();
        tx.commit().await.unwrap();
        for (answer, domain) in answers.iter().zip(domains) {
            match answer {
                None => {
                    // It is handed over at some moment within the slack.
                    let delay = Duration::from_millis(rng.below(SLACK.as_millis() as u64));
                    sent.push((now + delay, domain));
                }
                Some(later) => assert!(*later > now),
            }
        }
    }
    sent.sort_unstable();
    assert!(sent.len() > 300, "only {} were sent", sent.len());
    for (i, (start, domain)) in sent.iter().enumerate() {
        let within = |micros: i64| {
            sent[i..]
                .iter()
                .take_while(move |(at, _)| at.as_micros() - start.as_micros() < micros)
        };
        assert!(within(SPANS[0].micros).count() <= most_minute as usize);
        assert!(within(SPANS[1].micros).count() <= most_hour as usize);
        let same = within(SPANS[0].micros).filter(|(_, d)| d == domain);
        assert!(same.count() <= most_domain as usize);
    }
    // What is past is forgotten.
    db.clock().advance(Duration::from_hours(50));
    assert!(crate::limits::sweep(&ctx).await.unwrap() > 0);
    assert_eq!(crate::limits::sweep(&ctx).await.unwrap(), 0);
}

#[testkit::db_test]
async fn a_domain_rests_longer_each_time(db: TestDb) {
    let ctx = db.ctx();
    let mut minutes = Vec::new();
    for _ in 0..7 {
        let pause = rest(&ctx, 1.into(), "d.example").await.unwrap();
        // A second node that has noticed too does not make it longer.
        assert_eq!(rest(&ctx, 1.into(), "d.example").await.unwrap(), pause);
        minutes.push(pause.as_secs() / 60);
        let mut tx = ctx.write().await.unwrap();
        let now = ctx.clock.now();
        let mut gate = Gate::open(&mut tx, 1.into(), THROUGH, now).await.unwrap();
        let answers = gate
            .admit(&mut tx, &["a@D.example", "b@other.example"])
            .await
            .unwrap();
        assert_eq!(answers, [Some(now + pause), None]);
        drop(tx);
        db.clock().advance(pause);
    }
    assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30]);
    crate::limits::relieve(&ctx, 1.into(), "d.example")
        .await
        .unwrap();
    let pause = rest(&ctx, 1.into(), "d.example").await.unwrap();
    assert_eq!(pause, Duration::from_mins(1));
}

#[test]
fn a_warm_up_grows_every_day_up_to_the_limit_of_the_day() {
    let start = Timestamp::from_micros(1_000_000);
    let mut ramp = limit(Scope::Account, "", None, None);
    ramp.warm_up = Some(WarmUp {
        first_day: 100,
        growth_percent: 50,
        started_at: Some(start),
    });
    let day = Duration::from_hours(24);
    let most = |limit: &Limit, days: u32| limit.most(SPANS[2], start + day * days);
    assert_eq!(
        (0..4).map(|d| most(&ramp, d)).collect::<Vec<_>>(),
        [Some(100), Some(150), Some(225), Some(337)]
    );
    assert_eq!(most(&ramp, 10_000), Some(i64::MAX));
    ramp.per_day = Some(200);
    assert_eq!((most(&ramp, 1), most(&ramp, 2)), (Some(150), Some(200)));
    assert_eq!(ramp.most(SPANS[2], start - day), Some(0));
}
