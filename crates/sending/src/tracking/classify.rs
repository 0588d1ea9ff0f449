//! Telling people from machines, by what a single request shows. What several requests together show is in
//! [`super::bursts`].

use super::model::{Class, HitKind, Machine};

/// Parts of the user agents of programs that look for harm in mail.
const SCANNERS: [&str; 14] = [
    "proofpoint",
    "barracuda",
    "mimecast",
    "messagelabs",
    "symantec",
    "trendmicro",
    "cloudmark",
    "safelinks",
    "microsoft office existence discovery",
    "forcepoint",
    "fireeye",
    "sophos",
    "zscaler",
    "scanner",
];

/// Parts of the user agents of programs that fetch what nobody looked at: crawlers, link checkers, libraries.
const BOTS: [&str; 16] = [
    "bot",
    "crawler",
    "spider",
    "facebookexternalhit",
    "slackbot",
    "headlesschrome",
    "phantomjs",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "go-http-client",
    "java/",
    "libwww-perl",
    "okhttp",
    "curl/",
    "wget/",
];

/// What Gmail fetches pictures with before anybody looks at them: a browser of 2015 that nobody has any more. When
/// somebody does look, its proxy calls itself `GoogleImageProxy`; that is a person's open.
const GMAIL_PREFETCH: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";

/// Whether a request was made by a person.
///
/// - `HEAD` is never sent by a browser that shows something.
/// - Apple's mail privacy proxy calls itself just `Mozilla/5.0` and fetches every pixel on delivery.
/// - A request without a user agent is no mail program.
pub(super) fn classify(kind: HitKind, method_is_head: bool, user_agent: Option<&str>) -> Class {
    let Some(agent) = user_agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return Class::Machine(Machine::Unnamed);
    };
    if method_is_head {
        return Class::Machine(Machine::Head);
    }
    if kind == HitKind::Open && agent == "Mozilla/5.0" {
        return Class::Machine(Machine::ApplePrivacy);
    }
    if agent == GMAIL_PREFETCH {
        return Class::Machine(Machine::GmailPrefetch);
    }
    let agent = agent.to_ascii_lowercase();
    if SCANNERS.iter().any(|part| agent.contains(part)) {
        Class::Machine(Machine::Scanner)
    } else if BOTS.iter().any(|part| agent.contains(part)) {
        Class::Machine(Machine::Bot)
    } else {
        Class::Human
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_machines() {
        use Class::{Human, Machine as By};
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15";
        for (kind, head, agent, wanted) in [
            (HitKind::Open, false, Some(phone), Human),
            (HitKind::Click, false, Some(phone), Human),
            (HitKind::Open, true, Some(phone), By(Machine::Head)),
            (
                HitKind::Open,
                false,
                Some("Mozilla/5.0"),
                By(Machine::ApplePrivacy),
            ),
            (HitKind::Click, false, Some("Mozilla/5.0"), Human),
            (HitKind::Open, false, None, By(Machine::Unnamed)),
            (HitKind::Open, false, Some(" "), By(Machine::Unnamed)),
            (
                HitKind::Click,
                false,
                Some("Mozilla/5.0 (compatible; Barracuda Sentinel)"),
                By(Machine::Scanner),
            ),
            (
                HitKind::Click,
                false,
                Some("LinkScanner Bot/1.0"),
                By(Machine::Scanner),
            ),
            (HitKind::Click, false, Some("curl/8.5.0"), By(Machine::Bot)),
            (
                HitKind::Open,
                false,
                Some(
                    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                ),
                Human,
            ),
            (
                HitKind::Open,
                false,
                Some(GMAIL_PREFETCH),
                By(Machine::GmailPrefetch),
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
