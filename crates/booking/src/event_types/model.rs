//! What an event type is.

use jiff::civil::Date;
use kernel::{AccountId, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use super::questions::Question;
use crate::blocks::Weekday;
use crate::slots;
use crate::{EventTypeId, HostId, ScheduleId};

/// Who of the hosts takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventTypeMode)]
pub enum Mode {
    /// One host.
    #[default]
    Single,
    /// All hosts together.
    Collective,
    /// All fixed hosts and one of the rotating ones, in turn.
    RoundRobin,
    /// All fixed hosts and whichever of the rotating ones has most room that day.
    Pool,
}

/// In which order rotating hosts get bookings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fairness {
    /// Everybody in turn.
    #[default]
    Turn,
    /// The same number of meetings for everybody.
    Equal,
    /// By weight.
    Weighted,
    /// The highest priority first, in turn among equals.
    Priority,
}

/// The part of a host in an event type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HostPart)]
pub enum Part {
    /// Takes part in each booking.
    #[default]
    Fixed,
    /// Gets some of the bookings.
    Rotating,
}

/// A host of an event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventTypeHost)]
pub struct Member {
    /// Who.
    pub host_id: HostId,
    /// Whether in each booking.
    #[serde(default)]
    pub part: Part,
    /// 0 to 4; higher goes first where priorities decide.
    #[serde(default = "usual_priority")]
    #[schema(default = 2)]
    pub priority: u8,
    /// 0 to 1000: the share of bookings where weights decide.
    #[serde(default = "usual_weight")]
    #[schema(default = 100)]
    pub weight: u32,
}

fn usual_priority() -> u8 {
    2
}

fn usual_weight() -> u32 {
    100
}

/// Where a meeting is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Location {
    /// At an address.
    InPerson {
        /// Which one.
        address: String,
    },
    /// The host calls the invitee, who must give a number.
    CallInvitee,
    /// The invitee calls.
    CallHost {
        /// The number.
        phone: String,
    },
    /// A video conference, or any other address in the web.
    Link {
        /// Where.
        url: String,
    },
    /// Anything else, in words.
    Other {
        /// The words.
        text: String,
    },
}

/// How buffers of two meetings in a row go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BufferGap)]
pub enum Gap {
    /// The larger of the two lies between them.
    #[default]
    Larger,
    /// Both, one after the other.
    Sum,
}

/// What begins a new grid of starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GridAnchor)]
pub enum Anchor {
    /// Working hours alone.
    #[default]
    Hours,
    /// Also the end of what is busy: denser.
    AfterBusy,
    /// Also the end of the minimum notice: as soon as can be.
    AfterNotice,
}

/// How the first start is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GridRounding)]
pub enum Rounding {
    /// To a round time of the clock.
    #[default]
    Clock,
    /// Only so far that no start is lost by it.
    Fitting,
}

/// On which dates a meeting may start; days are counted in the zone of the event type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = BookingWindow)]
pub enum Window {
    /// Any.
    #[default]
    Always,
    /// Until so many days after today.
    Days {
        /// 0: today.
        days: u32,
    },
    /// Until so many days after today, without counting Saturdays and Sundays.
    BusinessDays {
        /// 0: today.
        days: u32,
    },
    /// As far as it takes to have so many days with a slot left, at most 61.
    BookableDays {
        /// How many.
        days: u32,
    },
    /// From one date to another.
    Dates {
        /// The first.
        #[schema(value_type = String, format = Date)]
        first: Date,
        /// The last.
        #[schema(value_type = String, format = Date)]
        last: Date,
    },
}

/// Over what a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// The bookings of this event type.
    EventType,
    /// All bookings of a host: who has no room is not free.
    Host,
    /// The bookings of this event type by the same invitee.
    Invitee,
}

/// The period of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LimitPeriod)]
pub enum Period {
    /// A date.
    Day,
    /// Seven dates from the first day of the week on.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// All that is still to come.
    Future,
}

impl Period {
    /// With the first day of its weeks.
    pub(crate) fn to_slots(self, first: Weekday) -> slots::Period {
        match self {
            Self::Day => slots::Period::Day,
            Self::Week => slots::Period::Week {
                first: first.into(),
            },
            Self::Month => slots::Period::Month,
            Self::Year => slots::Period::Year,
            Self::Future => slots::Period::Ever,
        }
    }
}

/// What must not be exceeded: one of the two.
pub(crate) fn cap(bookings: Option<u32>, minutes: Option<u32>) -> slots::Cap {
    match minutes {
        Some(minutes) => slots::Cap::Minutes(minutes),
        None => slots::Cap::Bookings(bookings.unwrap_or(u32::MAX)),
    }
}

/// No more than so much in a period: `bookings` or `minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BookingLimit)]
pub struct LimitRule {
    /// Over what is counted.
    pub scope: LimitScope,
    /// The period.
    pub period: Period,
    /// Most bookings.
    #[serde(default)]
    pub bookings: Option<u32>,
    /// Most minutes.
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// By which rules it is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = EventTypeSettings)]
pub struct Settings {
    /// What visitors read.
    pub description: Option<String>,
    /// Such as `#2563eb`.
    pub color: Option<String>,
    /// Lengths to choose from, in minutes; the first is proposed.
    pub durations: Vec<u32>,
    /// Where it can be; the first is proposed.
    pub locations: Vec<Location>,
    /// Who takes part.
    pub mode: Mode,
    /// In which order rotating hosts get bookings.
    pub fairness: Fairness,
    /// Whether people get the host who owns their record among the subscribers, if that host rotates. Somebody who comes by
    /// a link of ours sees their times alone, if they have time within two weeks. Of everybody else the address decides when
    /// they book: the host gets it if they are free then.
    pub prefer_owner: bool,
    /// The zone of its days: of the booking window and the limits. A single host's or the account's unless given.
    pub time_zone: Option<TimeZone>,
    /// Hours of its own, instead of those of its hosts.
    pub schedule_id: Option<ScheduleId>,
    /// Minutes to prepare, before the start.
    pub buffer_before_minutes: u32,
    /// Minutes to wind up, after the end.
    pub buffer_after_minutes: u32,
    /// How buffers of two meetings in a row go together.
    pub gap: Gap,
    /// How long before the start it must be booked.
    pub notice_minutes: u32,
    /// How far ahead it can be booked.
    pub window: Window,
    /// Minutes from one start to the next; the length unless given.
    pub step_minutes: Option<u32>,
    /// What begins a new grid of starts.
    pub anchor: Anchor,
    /// How the first start is rounded.
    pub rounding: Rounding,
    /// How many can take part; absent: one invitee has it alone.
    pub capacity: Option<u32>,
    /// How many seats a visitor can have in one booking; absent: as many as are left.
    pub seats_per_booking: Option<u32>,
    /// Whether visitors see how many seats are left.
    pub show_seats_left: bool,
    /// How many there may be.
    pub limits: Vec<LimitRule>,
    /// The first day of the week, for limits.
    pub week_starts_on: Weekday,
    /// What invitees are asked besides their name and address.
    pub questions: Vec<Question>,
    /// Whether somebody must confirm each booking.
    pub needs_approval: bool,
    /// Whether a booking that waits for approval already takes the time of its hosts.
    pub pending_blocks: bool,
    /// After how long a booking that nobody decided about expires; at its start at the latest.
    pub pending_hours: u32,
    /// How long before the start invitees may still cancel.
    pub cancel_notice_minutes: u32,
    /// How long before the start invitees may still move it.
    pub reschedule_notice_minutes: u32,
    /// Whether people can wait for a place when there is none.
    pub waiting_list: bool,
    /// Where invitees go afterwards.
    pub redirect_url: Option<String>,
    /// The sites that may show the page inside of theirs, such as `https://example.com`; none: any.
    pub embed_origins: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            description: None,
            color: None,
            durations: vec![30],
            locations: Vec::new(),
            mode: Mode::default(),
            fairness: Fairness::default(),
            prefer_owner: false,
            time_zone: None,
            schedule_id: None,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            gap: Gap::default(),
            notice_minutes: 120,
            window: Window::Days { days: 60 },
            step_minutes: None,
            anchor: Anchor::default(),
            rounding: Rounding::default(),
            capacity: None,
            seats_per_booking: None,
            show_seats_left: true,
            limits: Vec::new(),
            week_starts_on: Weekday::Monday,
            questions: Vec::new(),
            needs_approval: false,
            pending_blocks: true,
            pending_hours: 48,
            cancel_notice_minutes: 0,
            reschedule_notice_minutes: 0,
            waiting_list: false,
            redirect_url: None,
            embed_origins: Vec::new(),
        }
    }
}

/// What can be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "361240977588224004",
    "slug": "intro-call",
    "title": "Intro call",
    "enabled": true,
    "private": false,
    "hosts": [{"host_id": "361240977588224000", "part": "fixed", "priority": 2, "weight": 100}],
    "settings": {"durations": [30, 60], "mode": "single", "notice_minutes": 120},
    "version": 1,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct EventType {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: EventTypeId,
    /// The name in addresses.
    pub slug: String,
    /// What visitors read.
    pub title: String,
    /// Whether it can be booked.
    pub enabled: bool,
    /// Whether only those find it who know the address.
    pub private: bool,
    /// With whom.
    pub hosts: Vec<Member>,
    /// By which rules.
    pub settings: Settings,
    /// Rises with each change; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// All of an event type, as it is made or replaced.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTypeInput {
    /// What visitors read.
    pub title: String,
    /// The name in addresses; made of the title unless given.
    #[serde(default)]
    pub slug: Option<String>,
    /// Whether it can be booked.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// Whether only those find it who know the address.
    #[serde(default)]
    pub private: bool,
    /// With whom.
    pub hosts: Vec<Member>,
    /// By which rules; what is absent is as usual.
    #[serde(default)]
    pub settings: Settings,
}

fn yes() -> bool {
    true
}

/// A small change of an event type: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTypePatch {
    /// What visitors read.
    #[serde(default)]
    pub title: Option<String>,
    /// The name in addresses.
    #[serde(default)]
    pub slug: Option<String>,
    /// Whether it can be booked.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Whether only those find it who know the address.
    #[serde(default)]
    pub private: Option<bool>,
}

impl EventType {
    /// The hosts, in their order.
    pub fn host_ids(&self) -> Vec<HostId> {
        self.hosts.iter().map(|one| one.host_id).collect()
    }

    /// Whether it has several hosts, so that limits of teams are its own.
    pub(crate) fn is_team(&self) -> bool {
        self.hosts.len() > 1
    }

    /// Who takes part, by the place in `hosts`; those who are not `there` get no new bookings where others can.
    pub(crate) fn team(&self, is_there: impl Fn(HostId) -> bool) -> slots::Team {
        let all = 0..self.hosts.len();
        match self.settings.mode {
            Mode::Single => slots::Team::single(0),
            Mode::Collective => slots::Team::collective(all),
            Mode::RoundRobin | Mode::Pool => {
                let of = |part| {
                    let hosts = self.hosts.iter().enumerate();
                    hosts.filter(move |(_, one)| one.part == part)
                };
                slots::Team {
                    fixed: of(Part::Fixed).map(|(index, _)| index).collect(),
                    groups: vec![
                        of(Part::Rotating)
                            .filter(|(_, one)| is_there(one.host_id))
                            .map(|(index, _)| index)
                            .collect(),
                    ],
                }
            }
        }
    }

    /// What decides who of the free hosts gets a booking.
    pub(crate) fn criteria(&self) -> &'static [slots::choose::Criterion] {
        use slots::choose::{EQUAL, FAIR, POOL, PRIORITY, WEIGHTED};
        match (self.settings.mode, self.settings.fairness) {
            (Mode::Pool, _) => POOL,
            (_, Fairness::Turn) => FAIR,
            (_, Fairness::Equal) => EQUAL,
            (_, Fairness::Weighted) => WEIGHTED,
            (_, Fairness::Priority) => PRIORITY,
        }
    }
}

impl Settings {
    /// The rules for one of the lengths, without what is counted by limits.
    pub(crate) fn meeting(&self, minutes: u32, zone: TimeZone) -> slots::Meeting {
        slots::Meeting {
            minutes,
            grid: slots::Grid {
                step_minutes: self.step_minutes,
                anchor: match self.anchor {
                    Anchor::Hours => slots::Anchor::Hours,
                    Anchor::AfterBusy => slots::Anchor::AfterBusy,
                    Anchor::AfterNotice => slots::Anchor::AfterNotice,
                },
                rounding: match self.rounding {
                    Rounding::Clock => slots::Rounding::Clock,
                    Rounding::Fitting => slots::Rounding::Fitting,
                },
            },
            buffers: slots::Buffers {
                before_minutes: self.buffer_before_minutes,
                after_minutes: self.buffer_after_minutes,
            },
            gap: match self.gap {
                Gap::Larger => slots::Gap::Larger,
                Gap::Sum => slots::Gap::Sum,
            },
            notice_minutes: self.notice_minutes,
            window: match self.window {
                Window::Always => slots::Window::Always,
                Window::Days { days } => slots::Window::Days(days),
                Window::BusinessDays { days } => slots::Window::BusinessDays(days),
                Window::BookableDays { days } => slots::Window::BookableDays(days),
                Window::Dates { first, last } => slots::Window::Dates { first, last },
            },
            zone,
            capacity: self.capacity,
            limits: Vec::new(),
        }
    }

    /// A limit with what it counts.
    pub(crate) fn limit(&self, rule: &LimitRule, counted: Vec<slots::Counted>) -> slots::Limit {
        slots::Limit {
            scope: match rule.scope {
                LimitScope::EventType => slots::Scope::EventType,
                LimitScope::Host => slots::Scope::Host,
                LimitScope::Invitee => slots::Scope::Invitee,
            },
            period: rule.period.to_slots(self.week_starts_on),
            zone: None,
            cap: cap(rule.bookings, rule.minutes),
            counted,
        }
    }

    /// The length that is asked for, or the first.
    pub fn length(&self, wanted: Option<u32>) -> Option<u32> {
        match wanted {
            None => self.durations.first().copied(),
            Some(minutes) => self.durations.iter().copied().find(|one| *one == minutes),
        }
    }
}
