//! Which of the free hosts of a group gets a meeting, and why.
//!
//! Criteria are asked one after the other, and each keeps those who are best by it, until one host is left. What each
//! of them kept is the explanation. The last word has the order of the list, so the same question has the same answer.

use kernel::Timestamp;

/// What makes a host the best choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// Who is furthest behind their share: with all bookings of the group shared by weight, the difference between
    /// the share and what the host has. Without any weight, all are the same.
    Shortfall,
    /// The largest weight.
    Weight,
    /// The highest priority.
    Priority,
    /// Who was never booked, then who was booked the longest time ago.
    LeastRecent,
    /// The fewest meetings to come.
    FewestUpcoming,
    /// The most free time on the day.
    MostFree,
}

/// Everybody in turn.
pub const FAIR: &[Criterion] = &[Criterion::LeastRecent];
/// The same number of meetings for everybody.
pub const EQUAL: &[Criterion] = &[Criterion::FewestUpcoming, Criterion::LeastRecent];
/// By weight, and by priority among those who are as far behind.
pub const WEIGHTED: &[Criterion] = &[
    Criterion::Shortfall,
    Criterion::Weight,
    Criterion::Priority,
    Criterion::LeastRecent,
];
/// The highest priority first, in turn among them.
pub const PRIORITY: &[Criterion] = &[Criterion::Priority, Criterion::LeastRecent];
/// Whoever has most room that day: for a pool, where nobody keeps count.
pub const POOL: &[Criterion] = &[Criterion::MostFree, Criterion::LeastRecent];

/// What is known of a host of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// By the index of the host.
    pub host: usize,
    /// The share of bookings, relative to those of the others.
    pub weight: u32,
    /// Higher goes first.
    pub priority: u8,
    /// Bookings in the period over which they are shared.
    pub bookings: u32,
    /// Bookings that are added to these, for who joined later or was away: what others had meanwhile.
    pub calibration: u32,
    /// When the host last got a booking of the group.
    pub last_booked_at: Option<Timestamp>,
    /// Meetings to come.
    pub upcoming: u32,
    /// Free minutes on the day: [`Request::free_minutes`](super::Request::free_minutes).
    pub free_minutes: u32,
}

impl Member {
    /// Somebody new.
    pub fn new(host: usize) -> Self {
        Self {
            host,
            weight: 100,
            priority: 2,
            bookings: 0,
            calibration: 0,
            last_booked_at: None,
            upcoming: 0,
            free_minutes: 0,
        }
    }

    fn counted(&self) -> i128 {
        i128::from(self.bookings) + i128::from(self.calibration)
    }
}

/// Who is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// By the index of the host.
    pub host: usize,
    /// Who was free.
    pub free: Vec<usize>,
    /// The criteria that were asked, in order; if the last one kept several, the first of the list was taken.
    pub steps: Vec<Step>,
}

/// What a criterion said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub criterion: Criterion,
    /// Who is best by it, of those whom the criteria before have left.
    pub kept: Vec<usize>,
}

/// Chooses among the members who are free; `None` if nobody is. Shares are of all members, also of who is not free.
pub fn choose(
    order: &[Criterion],
    members: &[Member],
    is_free: impl Fn(usize) -> bool,
) -> Option<Choice> {
    let shares = Shares::of(members);
    let mut left: Vec<&Member> = members.iter().filter(|one| is_free(one.host)).collect();
    let hosts = |members: &[&Member]| members.iter().map(|one| one.host).collect();
    let free = hosts(&left);
    let mut steps = Vec::new();
    for &criterion in order {
        if left.len() < 2 {
            break;
        }
        let best = left.iter().map(|one| shares.rank(criterion, one)).max();
        left.retain(|one| Some(shares.rank(criterion, one)) == best);
        steps.push(Step {
            criterion,
            kept: hosts(&left),
        });
    }
    let host = left.first()?.host;
    Some(Choice { host, free, steps })
}

struct Shares {
    bookings: i128,
    weights: i128,
}

impl Shares {
    fn of(members: &[Member]) -> Self {
        Self {
            bookings: members.iter().map(Member::counted).sum(),
            weights: members.iter().map(|one| i128::from(one.weight)).sum(),
        }
    }

    /// Higher is better.
    fn rank(&self, criterion: Criterion, member: &Member) -> i128 {
        match criterion {
            // The difference times the sum of weights, so that it is exact.
            Criterion::Shortfall => {
                self.bookings * i128::from(member.weight) - member.counted() * self.weights
            }
            Criterion::Weight => member.weight.into(),
            Criterion::Priority => member.priority.into(),
            Criterion::LeastRecent => member
                .last_booked_at
                .map_or(i128::MAX, |at| -i128::from(at.as_micros())),
            Criterion::FewestUpcoming => -i128::from(member.upcoming),
            Criterion::MostFree => member.free_minutes.into(),
        }
    }
}
