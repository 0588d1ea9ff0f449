use crate::input::Patch;
use crate::subscribers::model::*;

#[test]
fn the_status_machine() {
    use Change::{Block, Bounce, Complain, Confirm, Resubscribe, Unblock, Unsubscribe};
    use Status::{Active, Bounced, Suppressed, Unconfirmed, Unsubscribed};
    let changes = [
        Confirm,
        Unsubscribe,
        Bounce,
        Complain,
        Block,
        Resubscribe,
        Unblock,
    ];
    let refused = |it| Err(it);
    for (from, wanted) in [
        (
            Active,
            [
                Ok(Active),
                Ok(Unsubscribed),
                Ok(Bounced),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Active),
                Ok(Active),
            ],
        ),
        (
            Unconfirmed,
            [
                Ok(Active),
                Ok(Unsubscribed),
                Ok(Bounced),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Active),
                Ok(Unconfirmed),
            ],
        ),
        (
            Unsubscribed,
            [
                refused(Refused::NotWaiting),
                Ok(Unsubscribed),
                Ok(Unsubscribed),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Active),
                Ok(Unsubscribed),
            ],
        ),
        (
            Bounced,
            [
                refused(Refused::NotWaiting),
                Ok(Unsubscribed),
                Ok(Bounced),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Active),
                Ok(Bounced),
            ],
        ),
        (
            Suppressed,
            [
                refused(Refused::Suppressed),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Suppressed),
                Ok(Suppressed),
                refused(Refused::Suppressed),
                Ok(Unsubscribed),
            ],
        ),
    ] {
        for (change, wanted) in changes.into_iter().zip(wanted) {
            assert_eq!(from.after(change), wanted, "{from:?} {change:?}");
        }
    }
}

#[test]
fn upserts_revive_nobody_unless_told_so() {
    use Status::{Active, Bounced, Suppressed, Unconfirmed, Unsubscribed};
    for from in Status::ALL {
        assert_eq!(from.after_upsert(None, false), from);
        for wanted in Status::ALL {
            let to = from.after_upsert(Some(wanted), false);
            let revived = matches!(from, Unsubscribed | Bounced | Suppressed)
                && matches!(to, Active | Unconfirmed);
            assert!(!revived, "{from:?} -> {wanted:?} gave {to:?}");
            assert!(to == from || to == wanted);
        }
        assert_eq!(from.after_upsert(Some(Suppressed), false), Suppressed);
    }
    assert_eq!(Unconfirmed.after_upsert(Some(Active), false), Unconfirmed);
    assert_eq!(Active.after_upsert(Some(Unconfirmed), false), Active);
    assert_eq!(Active.after_upsert(Some(Unconfirmed), true), Active);
    assert_eq!(Active.after_upsert(Some(Unsubscribed), false), Unsubscribed);
    assert_eq!(
        Unsubscribed.after_upsert(Some(Bounced), false),
        Unsubscribed
    );
    assert_eq!(Unsubscribed.after_upsert(None, true), Active);
    assert_eq!(
        Unsubscribed.after_upsert(Some(Unconfirmed), true),
        Unconfirmed
    );
    assert_eq!(Bounced.after_upsert(Some(Active), true), Active);
    assert_eq!(Suppressed.after_upsert(Some(Active), true), Suppressed);
    assert_eq!(Suppressed.after_upsert(None, true), Suppressed);
}

#[test]
fn attributes_are_normalized() {
    let set = |text: &str| Patch::Set(text.to_owned());
    let attributes = Attributes {
        first_name: set("  Ada "),
        last_name: set(" "),
        phone: set("+44 (0)20 7946-0000"),
        language: set("ZH_hant_tw"),
        time_zone: set("europe/berlin"),
        owner: Patch::Keep,
        score: Some(5),
    };
    let checked = attributes.checked(str::to_owned).unwrap();
    assert_eq!(checked.first_name, set("Ada"));
    assert_eq!(checked.last_name, Patch::Clear);
    assert_eq!(checked.language, set("zh-Hant-TW"));
    assert_eq!(checked.time_zone, set("Europe/Berlin"));
}

#[test]
fn attributes_are_refused_each_with_its_name() {
    let set = |text: &str| Patch::Set(text.to_owned());
    let attributes = Attributes {
        first_name: set("Ada\r\nBcc: eve@example.com"),
        last_name: set(&"x".repeat(10_000)),
        phone: set("call me"),
        language: set("English, please"),
        time_zone: set("Mars/Olympus"),
        owner: Patch::Keep,
        score: Some(i64::MAX),
    };
    let errors = attributes
        .checked(|name| format!("row.{name}"))
        .unwrap_err();
    let list: Vec<_> = errors
        .iter()
        .map(|it| format!("{}: {}", it.field, it.code))
        .collect();
    assert_eq!(
        list,
        [
            "row.first_name: control_character",
            "row.last_name: too_long",
            "row.phone: invalid",
            "row.language: invalid",
            "row.time_zone: invalid",
            "row.score: out_of_range",
        ]
    );
}
