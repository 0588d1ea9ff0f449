//! What a user agent says: which program it is, on what.

use std::collections::HashMap;
use std::sync::Arc;

use woothee::parser::Parser;

/// What is counted of a user agent. Few different texts each, whatever clients call themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    /// The mail program, or the browser that a web mail is read in.
    pub(crate) client: &'static str,
    /// `desktop`, `mobile`, `tablet` or `unknown`.
    pub(crate) device: &'static str,
    /// The system.
    pub(crate) system: &'static str,
}

pub(super) const UNKNOWN: &str = "unknown";

const NOTHING: Agent = Agent {
    client: UNKNOWN,
    device: UNKNOWN,
    system: UNKNOWN,
};

/// Programs that say their name, by a part of the user agent in lower case. The first that fits counts.
const NAMED: [(&str, &str); 16] = [
    // Pictures in Gmail and Yahoo come from their proxies, which do not say on what they are shown.
    ("googleimageproxy", "Gmail"),
    ("yahoomailproxy", "Yahoo Mail"),
    ("thunderbird/", "Thunderbird"),
    ("microsoft outlook", "Outlook"),
    ("msoffice", "Outlook"),
    ("outlook-ios", "Outlook"),
    ("outlook-android", "Outlook"),
    ("postbox/", "Postbox"),
    ("airmail", "Airmail"),
    ("sparkdesktop", "Spark"),
    ("spark/", "Spark"),
    ("evolution/", "Evolution"),
    ("kmail/", "KMail"),
    ("emclient/", "eM Client"),
    ("roundcube", "Roundcube"),
    ("k-9", "K-9 Mail"),
];

/// Whether pictures are fetched by a proxy that says nothing of whoever looks at them.
pub(super) fn is_proxy(agent: &str) -> bool {
    agent.contains("GoogleImageProxy") || agent.contains("YahooMailProxy")
}

/// Browsers by woothee's name for them.
const BROWSERS: [&str; 9] = [
    "Chrome",
    "Safari",
    "Firefox",
    "Edge",
    "Opera",
    "Vivaldi",
    "Internet Explorer",
    "SamsungBrowser",
    "YaBrowser",
];

/// Systems, by the beginning of woothee's name for them.
const SYSTEMS: [(&str, &str); 9] = [
    ("Windows Phone", "Windows Phone"),
    ("Windows", "Windows"),
    ("Mac OSX", "macOS"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("iOS", "iOS"),
    ("Android", "Android"),
    ("Linux", "Linux"),
    ("ChromeOS", "ChromeOS"),
];

/// Reads a user agent.
pub(crate) fn parse(agent: &str) -> Agent {
    let lower = agent.to_ascii_lowercase();
    let named = NAMED.iter().find(|(part, _)| lower.contains(part));
    let parsed = Parser::new().parse(agent);
    let Some(parsed) = parsed else {
        return Agent {
            client: named.map_or(UNKNOWN, |(_, name)| name),
            ..NOTHING
        };
    };
    let system = SYSTEMS
        .iter()
        .find(|(begin, _)| parsed.os.starts_with(begin))
        .map_or(UNKNOWN, |(_, name)| *name);
    let apple = matches!(system, "macOS" | "iOS" | "iPadOS");
    let is_tablet = system == "iPadOS"
        || lower.contains("tablet")
        || (system == "Android" && !lower.contains("mobile"));
    let device = match parsed.category {
        _ if is_tablet => "tablet",
        "smartphone" | "mobilephone" => "mobile",
        "pc" => "desktop",
        _ => UNKNOWN,
    };
    let client = match named {
        Some((_, name)) => name,
        // Apple's mail program shows itself by what it leaves out: it has the engine, but no browser's name.
        None if apple && lower.contains("applewebkit") && !lower.contains("safari/") => {
            "Apple Mail"
        }
        None => BROWSERS
            .iter()
            .find(|name| **name == parsed.name)
            .unwrap_or(&UNKNOWN),
    };
    // The proxies of web mail name a system of their own.
    if matches!(client, "Gmail" | "Yahoo Mail") {
        return Agent { client, ..NOTHING };
    }
    Agent {
        client,
        device,
        system,
    }
}

/// Reads each user agent once.
#[derive(Debug, Default)]
pub(super) struct Agents(HashMap<Arc<str>, Agent>);

/// Most user agents remembered.
const MOST: usize = 4096;

impl Agents {
    pub(super) fn of(&mut self, agent: Option<&str>) -> Agent {
        let Some(agent) = agent else { return NOTHING };
        if let Some(known) = self.0.get(agent) {
            return *known;
        }
        let parsed = parse(agent);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(agent.into(), parsed);
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_devices_and_systems() {
        for (agent, client, device, system) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                "Apple Mail",
                "mobile",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
                "Apple Mail",
                "desktop",
                "macOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari",
                "desktop",
                "macOS",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                "Safari",
                "tablet",
                "iPadOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
                "Chrome",
                "desktop",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
                "Chrome",
                "mobile",
                "Android",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.3.1",
                "Thunderbird",
                "desktop",
                "Linux",
            ),
            (
                "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.5134; ms-office; MSOffice 16)",
                "Outlook",
                "desktop",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                "Gmail",
                UNKNOWN,
                UNKNOWN,
            ),
            ("<script>alert(1)</script>", UNKNOWN, UNKNOWN, UNKNOWN),
            ("", UNKNOWN, UNKNOWN, UNKNOWN),
        ] {
            let wanted = Agent {
                client,
                device,
                system,
            };
            assert_eq!(parse(agent), wanted, "{agent}");
        }
    }

    #[test]
    fn as_many_different_agents_as_there_may_be_take_bounded_memory() {
        let mut agents = Agents::default();
        for n in 0..MOST * 2 {
            agents.of(Some(&format!("agent {n}")));
        }
        assert!(agents.0.len() <= MOST);
        assert_eq!(agents.of(None), NOTHING);
    }
}
