//! Cases 1 to 22: where free time is cut.

use super::{World, daily, every, ist, on, ranges, weekly};
use crate::slots::{Anchor, Rounding, Schedule, WallRange};

/// Hours on 2026-05-05 in UTC, and the starts there.
fn cut(minutes: u32, step: u32, rounding: Rounding, hours: &str) -> Vec<String> {
    cut_in("UTC", minutes, step, rounding, hours)
}

fn cut_in(zone: &str, minutes: u32, step: u32, rounding: Rounding, hours: &str) -> Vec<String> {
    let schedule = on(zone, &[("2026-05-05", hours)]);
    let world = World::one(minutes, schedule).step(step);
    let world = world.with(|world| world.meeting.grid.rounding = rounding);
    let free = world.clone().anchor(Anchor::AfterBusy);
    let starts = world.local("2026-05-05", zone);
    // Without anything busy, the anchor makes no difference.
    assert_eq!(free.local("2026-05-05", zone), starts);
    starts
}

#[test]
fn case_1_a_whole_day() {
    let whole = "00:00-23:59:59";
    assert_eq!(cut(60, 60, Rounding::Clock, whole).len(), 24);
    assert_eq!(cut(30, 60, Rounding::Clock, whole).len(), 24);
    assert_eq!(cut(20, 20, Rounding::Clock, whole).len(), 72);
    assert_eq!(cut(20, 20, Rounding::Clock, "00:00-23:45").len(), 71);
    assert_eq!(cut(60, 60, Rounding::Clock, "00:00-24:00").len(), 24);
}

#[test]
fn case_2_the_rest_of_today() {
    let schedule = on("UTC", &[("2021-06-20", "00:00-24:00")]);
    let world = World::one(60, schedule).now("2021-06-20T11:59:59Z");
    assert_eq!(world.utc("2021-06-20"), every(60, "12:00", "23:00"));
}

#[test]
fn case_3_notice_reaches_into_tomorrow() {
    let schedule = on("UTC", &[("2021-06-21", "00:00-24:00")]);
    let world = World::one(60, schedule)
        .now("2021-06-20T11:59:59Z")
        .with(|world| world.meeting.notice_minutes = 1500);
    assert_eq!(world.utc("2021-06-21"), every(60, "13:00", "23:00"));
}

#[test]
fn cases_4_and_6_to_11_hours_are_cut_from_their_beginning() {
    for (case, minutes, step, hours, expected) in [
        (
            4,
            20,
            20,
            "11:00-12:00 14:00-15:00",
            "11:00 11:20 11:40 14:00 14:20 14:40",
        ),
        (
            4,
            20,
            20,
            "11:00-12:00 11:20-12:40",
            "11:00 11:20 11:40 12:00 12:20",
        ),
        (6, 60, 60, "09:15-11:00 11:30-14:00", "10:00 12:00 13:00"),
        (10, 8, 8, "07:22-08:00", "07:22 07:30 07:38 07:46"),
        (
            11,
            10,
            10,
            "00:10-02:00",
            "00:10 00:20 00:30 00:40 00:50 01:00 01:10 01:20 01:30 01:40 01:50",
        ),
    ] {
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(
            cut(minutes, step, Rounding::Clock, hours),
            expected,
            "case {case}"
        );
    }
    let brussels = cut_in(
        "Europe/Brussels",
        15,
        15,
        Rounding::Clock,
        "09:00-17:00 20:30-22:59:59",
    );
    assert_eq!(brussels.last().unwrap(), "22:45", "case 7");
    let kolkata = cut_in("Asia/Kolkata", 60, 60, Rounding::Clock, "07:30-09:30");
    assert_eq!(kolkata, ["08:00"], "case 8");
    let london = cut_in(
        "Europe/London",
        5,
        5,
        Rounding::Clock,
        "07:00-07:05 07:10-07:30",
    );
    assert_eq!(
        london,
        ["07:00", "07:10", "07:15", "07:20", "07:25"],
        "case 9"
    );
}

#[test]
fn case_6_on_both_days() {
    let hours = "09:15-11:00 11:30-14:00";
    let schedule = on("UTC", &[("2026-05-05", hours), ("2026-05-06", hours)]);
    let offer = World::one(60, schedule).offer("2026-05-05T00:00Z", "2026-05-07T00:00Z");
    assert_eq!(offer.slots.len(), 6);
}

#[test]
fn case_12_half_hours_in_kolkata() {
    let world = World::one(30, ist());
    assert_eq!(world.utc("2026-05-05"), every(30, "04:00", "12:00"));
    // The list that the case comes from also names 12:30, which ends after the hours do.
    assert_eq!(
        world.step(120).utc("2026-05-05"),
        every(120, "04:30", "10:30")
    );
}

#[test]
fn case_13_notice_moves_the_grid_only_where_it_is_told_to() {
    let notice = |hours: u32, anchor| {
        let world = World::one(120, ist())
            .now("2026-05-04T18:30Z")
            .anchor(anchor);
        let world = world.with(|world| world.meeting.notice_minutes = hours * 60);
        world.utc("2026-05-05")
    };
    assert_eq!(notice(13, Anchor::AfterNotice), ["07:30", "09:30"]);
    assert_eq!(
        notice(10, Anchor::AfterNotice),
        every(120, "04:30", "10:30")
    );
    for anchor in [Anchor::Hours, Anchor::AfterBusy] {
        assert_eq!(notice(13, anchor), ["08:30", "10:30"]);
        assert_eq!(notice(10, anchor), every(120, "04:30", "10:30"));
    }
}

#[test]
fn cases_15_to_22_a_start_is_as_round_as_it_costs_nothing() {
    let on = Rounding::Fitting;
    let off = Rounding::Clock;
    let list = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    for (case, rounding, minutes, hours, expected) in [
        (15, on, 60, "09:30-17:00", every(60, "10:00", "16:00")),
        (
            16,
            on,
            60,
            "08:00-10:00 10:10-12:30",
            list("08:00 09:00 10:15 11:15"),
        ),
        (
            16,
            off,
            60,
            "08:00-10:00 10:10-12:30",
            list("08:00 09:00 11:00"),
        ),
        (
            16,
            on,
            60,
            "08:00-10:00 10:10-12:00",
            list("08:00 09:00 11:00"),
        ),
        (
            16,
            off,
            60,
            "08:00-10:00 10:10-12:00",
            list("08:00 09:00 11:00"),
        ),
        (
            17,
            on,
            30,
            "08:00-10:00 10:10-12:45",
            list("08:00 08:30 09:00 09:30 10:15 10:45 11:15 11:45 12:15"),
        ),
        (
            17,
            off,
            30,
            "08:00-10:00 10:10-12:45",
            list("08:00 08:30 09:00 09:30 10:30 11:00 11:30 12:00"),
        ),
        (
            18,
            on,
            20,
            "08:00-10:00 10:10-12:30",
            [every(20, "08:00", "09:40"), every(20, "10:10", "12:10")].concat(),
        ),
        (
            18,
            off,
            20,
            "08:00-10:00 10:10-12:30",
            [every(20, "08:00", "09:40"), every(20, "10:20", "12:00")].concat(),
        ),
        (19, on, 60, "09:30-17:30", every(60, "09:30", "16:30")),
        (19, off, 60, "09:30-17:30", every(60, "10:00", "16:00")),
        (20, on, 60, "07:45-15:30", every(60, "08:00", "14:00")),
        (20, off, 60, "07:45-15:30", every(60, "08:00", "14:00")),
        (21, on, 60, "09:05-12:55", list("09:15 10:15 11:15")),
        (
            22,
            on,
            15,
            "11:22-12:55",
            every(15, "11:25", "12:40").clone(),
        ),
    ] {
        let zone = if case == 15 {
            "America/Los_Angeles"
        } else {
            "UTC"
        };
        let starts = cut_in(zone, minutes, minutes, rounding, hours);
        assert_eq!(starts, expected, "case {case} {rounding:?}");
    }
}

/// A start that steps through midnight goes on; only after a whole free date does the grid begin anew.
#[test]
fn nights_go_on_and_endless_time_begins_anew_each_midnight() {
    let nights = World::one(50, daily("UTC", "22:30-26:00"));
    assert_eq!(
        nights.utc("2026-05-05"),
        ["00:10", "01:00", "22:30", "23:20"]
    );
    let always = World::one(50, daily("UTC", "00:00-24:00"));
    assert_eq!(always.utc("2026-05-05").len(), 29);
    assert_eq!(always.utc("2026-05-06")[0], "00:00");
    // A meeting may span midnight and two ranges.
    assert_eq!(always.utc("2026-05-05")[28], "23:20");
    let two = World::one(90, weekly("UTC", [1], "09:00-10:00 10:00-12:00"));
    assert_eq!(two.utc("2026-05-05"), ["09:00", "10:30"]);
}

#[test]
fn a_meeting_of_no_length_and_a_step_of_nothing_do_no_harm() {
    let world = World::one(0, weekly("UTC", [1], "09:00-09:05")).step(0);
    assert_eq!(world.utc("2026-05-05"), every(1, "09:00", "09:04"));
    let days = World::one(4000, daily("UTC", "00:00-24:00"));
    assert_eq!(days.utc("2026-05-05"), ["00:00"]);
}

#[test]
fn ranges_that_make_no_sense_are_none() {
    assert_eq!(WallRange::new(600, 600), None);
    assert_eq!(WallRange::new(1440, 1500), None);
    assert_eq!(WallRange::new(60, 60 + 1441), None);
    assert_eq!(ranges("22:00-26:00")[0].end_minute(), 1560);
    assert_eq!(Schedule::closed(super::zone("UTC")).weekly.len(), 7);
}
