//! Cases 52 and 53: who is chosen.

use super::at;
use crate::slots::choose::{Criterion, EQUAL, FAIR, Member, POOL, PRIORITY, WEIGHTED, choose};

fn chosen(order: &[Criterion], members: &[Member]) -> usize {
    choose(order, members, |_| true).unwrap().host
}

#[test]
fn case_53_who_was_never_booked_goes_first_then_the_least_recent() {
    let booked = |host, day: &str| Member {
        last_booked_at: Some(at(&format!("2026-05-{day}T00:00Z"))),
        ..Member::new(host)
    };
    let mut members = vec![booked(0, "03"), Member::new(1), booked(2, "01")];
    assert_eq!(chosen(FAIR, &members), 1);
    members[1] = booked(1, "04");
    assert_eq!(chosen(FAIR, &members), 2);
    let choice = choose(FAIR, &members, |host| host != 2).unwrap();
    assert_eq!((choice.host, choice.free), (0, vec![0, 1]));
    assert!(choose(FAIR, &members, |_| false).is_none());
}

#[test]
fn case_53_equal_shares_take_the_fewest_to_come() {
    let upcoming = |host, upcoming| Member {
        upcoming,
        ..Member::new(host)
    };
    assert_eq!(
        chosen(EQUAL, &[upcoming(0, 3), upcoming(1, 1), upcoming(2, 2)]),
        1
    );
}

#[test]
fn case_52_a_pool_takes_who_has_most_room_that_day() {
    let free = |host, free_minutes| Member {
        free_minutes,
        ..Member::new(host)
    };
    assert_eq!(chosen(POOL, &[free(0, 60), free(1, 240), free(2, 120)]), 1);
}

#[test]
fn weights_share_bookings_exactly() {
    let mut members: Vec<_> = [(0, 100), (1, 200), (2, 0), (3, 50)]
        .map(|(host, weight)| Member {
            weight,
            ..Member::new(host)
        })
        .to_vec();
    for booking in 0..700 {
        let host = chosen(WEIGHTED, &members);
        members[host].bookings += 1;
        members[host].last_booked_at =
            Some(at("2026-01-01T00:00Z") + std::time::Duration::from_secs(booking));
    }
    let bookings: Vec<_> = members.iter().map(|one| one.bookings).collect();
    assert_eq!(bookings, [200, 400, 0, 100]);
}

#[test]
fn who_joins_later_does_not_have_to_catch_up() {
    let old = Member {
        bookings: 40,
        last_booked_at: Some(at("2026-05-01T00:00Z")),
        ..Member::new(0)
    };
    let new = Member {
        calibration: 40,
        bookings: 1,
        last_booked_at: Some(at("2026-05-02T00:00Z")),
        ..Member::new(1)
    };
    assert_eq!(chosen(WEIGHTED, &[old, new]), 0);
}

#[test]
fn priority_comes_first_and_the_choice_is_explained() {
    let member = |host, priority, day: &str| Member {
        priority,
        last_booked_at: Some(at(&format!("2026-05-{day}T00:00Z"))),
        ..Member::new(host)
    };
    let members = [
        member(0, 1, "01"),
        member(1, 3, "04"),
        member(2, 3, "03"),
        member(3, 4, "05"),
    ];
    let choice = choose(PRIORITY, &members, |host| host != 3).unwrap();
    assert_eq!(choice.host, 2);
    let steps: Vec<_> = choice
        .steps
        .iter()
        .map(|step| (step.criterion, step.kept.clone()))
        .collect();
    assert_eq!(
        steps,
        [
            (Criterion::Priority, vec![1, 2]),
            (Criterion::LeastRecent, vec![2])
        ]
    );
    // Nothing to decide, nothing to explain.
    let alone = choose(PRIORITY, &members, |host| host == 3).unwrap();
    assert_eq!((alone.host, alone.steps.len()), (3, 0));
}

#[test]
fn the_same_question_has_the_same_answer() {
    let members = [Member::new(5), Member::new(3)];
    assert_eq!(chosen(WEIGHTED, &members), 5);
    let nobody_has_weight = members.map(|one| Member {
        weight: 0,
        bookings: 9,
        ..one
    });
    assert_eq!(chosen(WEIGHTED, &nobody_has_weight), 5);
}
