//! Telling people from machines, by what a single request shows.

use super::model::{Class, HitKind};

/// Parts of the user agents of programs that fetch what nobody looked at: security scanners, link checkers, crawlers.
const MACHINES: [&str; 22] = [
    "bot",
    "crawler",
    "spider",
    "scanner",
    "proofpoint",
    "barracuda",
    "mimecast",
    "messagelabs",
    "symantec",
    "trendmicro",
    "cloudmark",
    "safelinks",
    "microsoft office existence discovery",
    "facebookexternalhit",
    "slackbot",
    "headlesschrome",
    "phantomjs",
    "python-requests",
    "go-http-client",
    "java/",
    "libwww-perl",
    "okhttp",
];

/// Whether a request was made by a person.
///
/// - `HEAD` is never sent by a browser that shows something.
/// - Apple's mail privacy proxy calls itself just `Mozilla/5.0` and fetches every pixel on delivery.
/// - A request without a user agent is no mail program.
pub(super) fn classify(kind: HitKind, method_is_head: bool, user_agent: Option<&str>) -> Class {
    let Some(agent) = user_agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return Class::Machine;
    };
    if method_is_head {
        return Class::Machine;
    }
    if kind == HitKind::Open && agent == "Mozilla/5.0" {
        return Class::Machine;
    }
    let agent = agent.to_ascii_lowercase();
    if MACHINES.iter().any(|part| agent.contains(part)) {
        Class::Machine
    } else {
        Class::Human
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_machines() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";
        for (kind, head, agent, wanted) in [
            (HitKind::Open, false, Some(phone), Class::Human),
            (HitKind::Click, false, Some(phone), Class::Human),
            (HitKind::Open, true, Some(phone), Class::Machine),
            (HitKind::Open, false, Some("Mozilla/5.0"), Class::Machine),
            (HitKind::Click, false, Some("Mozilla/5.0"), Class::Human),
            (HitKind::Open, false, None, Class::Machine),
            (HitKind::Open, false, Some(" "), Class::Machine),
            (
                HitKind::Click,
                false,
                Some("Mozilla/5.0 (compatible; Barracuda Sentinel)"),
                Class::Machine,
            ),
            (
                HitKind::Open,
                false,
                Some(
                    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                ),
                Class::Human,
            ),
        ] {
            assert_eq!(
                classify(kind, head, agent),
                wanted,
                "{kind:?} {head} {agent:?}"
            );
        }
    }
}
