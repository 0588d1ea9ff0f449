//! A second, naive evaluation: straight from the rule and the contact as stored, by calendar and by words, with no
//! code of the checker or the program. What both agree on is probably meant.

use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use kernel::{Timestamp, fold};

use crate::testing::{Contact, FieldValue, World};
use crate::{
    Attribute, Behavior, Booked, BookingState, Decimal, LinkTest, Literal, Membership, Op, Operand,
    Quantifier, Rule, date_from_days,
};

enum Stored {
    Text(String),
    Code(String),
    Number(Decimal),
    Whole(i64),
    Day(Date),
    Boolean(bool),
    At(Timestamp),
}

pub(super) fn selects(world: &World, rule: &Rule, contact: &Contact) -> bool {
    let member = |membership: &Membership, is_in: &dyn Fn(i64) -> bool| {
        let mut ids = membership.ids.iter().copied();
        match membership.quantifier {
            Quantifier::Any => ids.any(is_in),
            Quantifier::All => ids.all(is_in),
            Quantifier::None => !ids.any(is_in),
        }
    };
    match rule {
        Rule::All(children) => children.iter().all(|it| selects(world, it, contact)),
        Rule::Any(children) => children.iter().any(|it| selects(world, it, contact)),
        Rule::Not(child) => !selects(world, child, contact),
        Rule::Field(test) => {
            let value = stored(world, contact, &test.field);
            match test.op.positive() {
                Some(positive) => !holds(world, positive, &test.operand, value),
                None => holds(world, test.op, &test.operand, value),
            }
        }
        Rule::Group(membership) => member(membership, &|id| contact.groups.contains(&id)),
        Rule::Tag(membership) => member(membership, &|id| contact.tags.contains(&id)),
        Rule::Segment(membership) => member(membership, &|id| {
            selects(world, &world.segments.rules[&id], contact)
        }),
        Rule::Behavior(behavior) => happened(world, behavior, contact),
        Rule::Booked(booked) => has_booked(world, booked, contact),
        Rule::Sample(sample) => {
            let view = contact.view();
            let (factor, offset) = crate::program::sample_line(&sample.salt);
            crate::program::sample_part(view.id, factor, offset) < i64::from(sample.percent) * 100
        }
    }
}

fn zoned(world: &World, at: Timestamp) -> Zoned {
    at.to_jiff().to_zoned(world.moment.zone.to_jiff())
}

fn has_booked(world: &World, booked: &Booked, contact: &Contact) -> bool {
    let now = world.moment.now;
    let days = i64::from(booked.within_days.unwrap_or(0)).days();
    let away = |span: jiff::Span| {
        let at = zoned(world, now).checked_add(span).unwrap();
        Timestamp::from(at.timestamp())
    };
    let stands = |status: &str, by: Option<&str>| match booked.state {
        BookingState::Booked => !["declined", "cancelled", "expired"].contains(&status),
        BookingState::Upcoming => status == "pending" || status == "confirmed",
        BookingState::NoShow => status == "no_show" && by == Some("guest"),
        BookingState::HostNoShow => status == "no_show" && by == Some("host"),
        other => status == other.name(),
    };
    let bookings = contact.bookings.iter();
    let count = bookings
        .filter(|one| stands(&one.status, one.no_show_by.as_deref()))
        .filter(|one| booked.event_type.is_none() || booked.event_type == Some(one.event_type))
        .filter(|one| match (booked.state, booked.within_days) {
            (BookingState::Upcoming, None) => one.start > now,
            (BookingState::Upcoming, Some(_)) => one.start > now && one.start <= away(days),
            (_, None) => true,
            (_, Some(_)) => one.start >= away(-days) && one.start <= now,
        })
        .count();
    count >= booked.at_least as usize
}

fn happened(world: &World, behavior: &Behavior, contact: &Contact) -> bool {
    let lately = behavior.within_days.map(|days| {
        let now = zoned(world, world.moment.now);
        Timestamp::from(now.checked_sub(i64::from(days).days()).unwrap().timestamp())
    });
    // A day ends when the next one begins.
    let before = |at: Timestamp, end: &str| match end.parse::<Timestamp>() {
        Ok(end) => at < end,
        Err(_) => zoned(world, at).date() < end.parse().unwrap(),
    };
    let behind = |at: Timestamp, end: &str| match end.parse::<Timestamp>() {
        Ok(end) => at > end,
        Err(_) => zoned(world, at).date() > end.parse().unwrap(),
    };
    let leads = |event: &crate::Event| match (&behavior.link, &event.link) {
        (None, _) => true,
        (Some(link), Some(crate::Value::Text(url))) => match link.test {
            LinkTest::Equals => *url == fold(&link.url),
            LinkTest::StartsWith => url.starts_with(&fold(&link.url)),
            LinkTest::Contains => url.contains(&fold(&link.url)),
        },
        _ => false,
    };
    let count = contact
        .events
        .iter()
        .filter(|event| event.kind == behavior.event)
        .filter(|event| behavior.campaign.is_none() || event.campaign == behavior.campaign)
        .filter(|event| lately.is_none_or(|since| since <= event.at))
        .filter(|event| {
            !behavior
                .since
                .as_ref()
                .is_some_and(|end| before(event.at, end))
        })
        .filter(|event| {
            !behavior
                .until
                .as_ref()
                .is_some_and(|end| behind(event.at, end))
        })
        .filter(|event| leads(event))
        .count();
    count >= behavior.at_least as usize
        && behavior.at_most.is_none_or(|most| count <= most as usize)
}

fn stored(world: &World, contact: &Contact, name: &str) -> Option<Stored> {
    let text = |text: &Option<String>| text.clone().map(Stored::Text);
    let code = |text: &Option<String>| text.clone().map(Stored::Code);
    match Attribute::from_name(name) {
        Some(Attribute::Email) => Some(Stored::Text(contact.email.clone())),
        Some(Attribute::FirstName) => text(&contact.first_name),
        Some(Attribute::LastName) => text(&contact.last_name),
        Some(Attribute::Phone) => code(&contact.phone),
        Some(Attribute::Language) => code(&contact.language),
        Some(Attribute::TimeZone) => code(&contact.time_zone),
        Some(Attribute::Status) => Some(Stored::Code(contact.status.clone())),
        Some(Attribute::Source) => Some(Stored::Code(contact.source.clone())),
        Some(Attribute::Score) => Some(Stored::Whole(contact.score)),
        Some(Attribute::Owner) => contact.owner.map(|id| Stored::Code(id.to_string())),
        Some(Attribute::CreatedAt) => Some(Stored::At(contact.created_at)),
        Some(Attribute::UpdatedAt) => Some(Stored::At(contact.updated_at)),
        Some(Attribute::LastActivityAt) => contact.last_activity_at.map(Stored::At),
        Some(Attribute::StatusChangedAt) => Some(Stored::At(contact.status_changed_at)),
        Some(Attribute::ConsentAt) => contact.consent_at.map(Stored::At),
        Some(Attribute::ConfirmedAt) => contact.confirmed_at.map(Stored::At),
        None => {
            let field = &world.schema.fields[name];
            Some(match contact.fields.get(&field.id)? {
                FieldValue::Text(text) => Stored::Text(text.clone()),
                FieldValue::Number(number) => Stored::Number(*number),
                FieldValue::Date(days) => Stored::Day(date_from_days(*days).unwrap()),
                FieldValue::Boolean(value) => Stored::Boolean(*value),
            })
        }
    }
}

fn holds(world: &World, op: Op, operand: &Operand, value: Option<Stored>) -> bool {
    let Some(value) = value else {
        return false;
    };
    if op == Op::IsSet {
        return true;
    }
    if let (Op::DayOfWeek, Operand::List(days)) = (op, operand) {
        let day = match value {
            Stored::Day(day) => day,
            // Beyond the years of which the zone's rules are regarded, by the offset at their end.
            Stored::At(at) => {
                let [first, last] = ["1970-01-01T00:00:00Z", "2069-12-31T23:59:59Z"];
                let [first, last]: [Timestamp; 2] = [first.parse().unwrap(), last.parse().unwrap()];
                let offset = zoned(world, at.clamp(first, last)).offset().seconds();
                let local = i128::from(at.as_micros()) + i128::from(offset) * 1_000_000;
                let days = local.div_euclid(86_400_000_000);
                let monday: Date = jiff::civil::date(1970, 1, 5);
                monday
                    + (days - 4)
                        .rem_euclid(7)
                        .try_into()
                        .map(|n: i64| n.days())
                        .unwrap()
            }
            _ => unreachable!(),
        };
        let day = day.weekday().to_monday_zero_offset() as usize;
        return days.contains(&Literal::Text(crate::WEEKDAYS[day].to_owned()));
    }
    match operand {
        Operand::One(literal) => compares(world, op, &value, literal),
        Operand::List(literals) => literals
            .iter()
            .any(|literal| compares(world, Op::Equals, &value, literal)),
        Operand::Pair(from, to) => {
            let before = matches!(value, Stored::Day(_) | Stored::At(_));
            let (below, above) = if before {
                (Op::Before, Op::After)
            } else {
                (Op::Less, Op::Greater)
            };
            !compares(world, below, &value, from) && !compares(world, above, &value, to)
        }
        Operand::Days(days) => relative(world, op, i64::from(*days), &value),
        Operand::None => relative(world, Op::AnniversaryWithinNextDays, 0, &value),
    }
}

fn compares(world: &World, op: Op, value: &Stored, literal: &Literal) -> bool {
    let as_number = |literal: &Literal| match literal {
        Literal::Number(number) => *number,
        Literal::Text(text) => Decimal::parse(text).unwrap(),
        Literal::Boolean(_) => unreachable!(),
    };
    let ordered = |ordering: std::cmp::Ordering| match op {
        Op::Equals => ordering.is_eq(),
        Op::Less => ordering.is_lt(),
        Op::LessOrEqual => ordering.is_le(),
        Op::Greater => ordering.is_gt(),
        Op::GreaterOrEqual => ordering.is_ge(),
        _ => unreachable!(),
    };
    match (value, literal) {
        (Stored::Text(_) | Stored::Code(_), Literal::Text(wanted)) => {
            let (text, wanted) = match value {
                Stored::Text(text) => (fold(text), fold(wanted)),
                Stored::Code(text) => (text.clone(), wanted.clone()),
                _ => unreachable!(),
            };
            match op {
                Op::Equals => text == wanted,
                Op::Contains => text.contains(&wanted),
                Op::StartsWith => text.starts_with(&wanted),
                Op::EndsWith => text.ends_with(&wanted),
                _ => unreachable!(),
            }
        }
        (Stored::Number(number), literal) => ordered(number.cmp(&as_number(literal))),
        (Stored::Whole(whole), literal) => ordered(
            i128::from(*whole)
                .cmp(&(i128::from(as_number(literal).micros()) / i128::from(Decimal::SCALE))),
        ),
        (Stored::Boolean(value), Literal::Boolean(wanted)) => value == wanted,
        (Stored::Day(day), Literal::Text(wanted)) => {
            let wanted: Date = wanted.parse().unwrap();
            match op {
                Op::On => *day == wanted,
                Op::Before => *day < wanted,
                Op::After => *day > wanted,
                _ => unreachable!(),
            }
        }
        (Stored::At(at), Literal::Text(wanted)) => {
            if wanted.contains('T') {
                let wanted: Timestamp = wanted.parse().unwrap();
                return match op {
                    Op::Before => *at < wanted,
                    Op::After => *at > wanted,
                    _ => unreachable!(),
                };
            }
            // The day on which it happened, where it happened.
            let (day, wanted) = (zoned(world, *at).date(), wanted.parse::<Date>().unwrap());
            match op {
                Op::On => day == wanted,
                Op::Before => day < wanted,
                Op::After => day > wanted,
                _ => unreachable!(),
            }
        }
        _ => unreachable!(),
    }
}

fn relative(world: &World, op: Op, days: i64, value: &Stored) -> bool {
    let now = zoned(world, world.moment.now);
    match value {
        Stored::Day(day) => {
            let away = (*day - now.date()).get_days();
            let away = i64::from(away);
            match op {
                Op::WithinLastDays => (-days..=0).contains(&away),
                Op::WithinNextDays => (0..=days).contains(&away),
                Op::MoreThanDaysAgo => away < -days,
                Op::AnniversaryWithinNextDays => (0..=days).any(|n| {
                    let candidate = now.date().checked_add(n.days()).unwrap();
                    let born = (day.month(), day.day());
                    let celebrated = match born {
                        (2, 29) if !candidate.in_leap_year() => (2, 28),
                        other => other,
                    };
                    celebrated == (candidate.month(), candidate.day())
                }),
                _ => unreachable!(),
            }
        }
        Stored::At(at) => {
            let back = Timestamp::from(now.checked_sub(days.days()).unwrap().timestamp());
            let ahead = Timestamp::from(now.checked_add(days.days()).unwrap().timestamp());
            match op {
                Op::WithinLastDays => back <= *at && *at <= world.moment.now,
                Op::WithinNextDays => world.moment.now <= *at && *at <= ahead,
                Op::MoreThanDaysAgo => *at < back,
                _ => unreachable!(),
            }
        }
        _ => unreachable!(),
    }
}
