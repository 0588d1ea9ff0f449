//! A `multistatus`: what a server says about several resources at once (RFC 4918, section 13).

use net::Url;

use super::xml::{Node, Space};
use crate::{Fault, paths};

/// What is said about one resource.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is.
    pub(super) url: Url,
    /// Its path, written the one way that keys are.
    pub(super) key: String,
    /// The status of the whole of it, where there is one: 404 for what is gone.
    pub(super) status: Option<u16>,
    /// The properties that it has; those it was asked for and does not have are left out.
    props: Vec<Node>,
}

impl Entry {
    pub(super) fn prop(&self, space: Space, name: &str) -> Option<&Node> {
        self.props.iter().find(|it| it.is(space, name))
    }

    /// The text of a property; `None` if it is empty.
    pub(super) fn text(&self, space: Space, name: &str) -> Option<&str> {
        self.prop(space, name)
            .map(Node::text)
            .filter(|text| !text.is_empty())
    }

    pub(super) fn etag(&self) -> Option<String> {
        self.text(Space::Dav, "getetag").map(str::to_owned)
    }

    /// The calendar in it, taken out of it.
    pub(super) fn take_calendar(&mut self) -> Option<String> {
        let at = self
            .props
            .iter()
            .position(|it| it.is(Space::CalDav, "calendar-data"))?;
        let text = self.props.swap_remove(at).into_text();
        (!text.trim().is_empty()).then_some(text)
    }

    /// Whether it is a collection of this kind.
    pub(super) fn is_of(&self, space: Space, kind: &str) -> bool {
        self.prop(Space::Dav, "resourcetype")
            .is_some_and(|it| it.has(space, kind))
    }

    /// The addresses in a property that holds some.
    pub(super) fn addresses(&self, space: Space, name: &str) -> Vec<Url> {
        self.prop(space, name)
            .into_iter()
            .flat_map(|it| it.all(Space::Dav, "href"))
            .filter_map(|href| self.url.join(href.text()).ok())
            .collect()
    }
}

/// What is said about all of them.
#[derive(Debug)]
pub(super) struct MultiStatus {
    pub(super) entries: Vec<Entry>,
    /// To be given the next time, in the answer to a `sync-collection`.
    pub(super) sync_token: Option<String>,
}

impl MultiStatus {
    /// `base` is where the answer came from.
    pub(super) fn parse(body: &[u8], base: &Url) -> Result<Self, Fault> {
        let root = Node::parse(body)?;
        if !root.is(Space::Dav, "multistatus") {
            return Err(Fault::Garbage(
                "the server does not answer as a calendar server does".to_owned(),
            ));
        }
        let sync_token = root
            .first(Space::Dav, "sync-token")
            .map(|it| it.text().to_owned())
            .filter(|token| !token.is_empty());
        let mut entries = Vec::new();
        for response in root.children {
            if response.is(Space::Dav, "response") {
                read(response, base, &mut entries)?;
            }
        }
        Ok(Self {
            entries,
            sync_token,
        })
    }
}

fn read(response: Node, base: &Url, entries: &mut Vec<Entry>) -> Result<(), Fault> {
    let hrefs: Vec<String> = response
        .all(Space::Dav, "href")
        .map(|it| it.text().to_owned())
        .collect();
    let status = response
        .first(Space::Dav, "status")
        .and_then(|it| code(it.text()));
    let mut props = Vec::new();
    for propstat in response.children {
        if !propstat.is(Space::Dav, "propstat") {
            continue;
        }
        let found = propstat
            .first(Space::Dav, "status")
            .and_then(|it| code(it.text()))
            .is_none_or(|code| (200..300).contains(&code));
        if found {
            for prop in propstat.children {
                if prop.is(Space::Dav, "prop") {
                    props.extend(prop.children);
                }
            }
        }
    }
    for href in hrefs {
        let url = base
            .join(&href)
            .map_err(|_| Fault::Garbage(format!("an address that is none: {href}")))?;
        entries.push(Entry {
            key: paths::normal(url.path()),
            url,
            status,
            // Several addresses share a status, and have no properties then.
            props: std::mem::take(&mut props),
        });
    }
    Ok(())
}

/// `404` of `HTTP/1.1 404 Not Found`.
fn code(status: &str) -> Option<u16> {
    status.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use net::Url;

    use super::super::xml::Space;
    use super::MultiStatus;

    #[test]
    fn properties_that_are_not_there_are_none() {
        let base = Url::parse("https://calendar.example:8443/dav/ann/").unwrap();
        let body = b"<d:multistatus xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'>\
            <d:response><d:href>/dav/ann%40example.com/work/</d:href>\
            <d:propstat><d:prop><d:displayname>Work</d:displayname></d:prop>\
            <d:status>HTTP/1.1 200 OK</d:status></d:propstat>\
            <d:propstat><d:prop><d:sync-token/><c:calendar-home-set><d:href>/no/</d:href></c:calendar-home-set></d:prop>\
            <d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>\
            <d:response><d:href>https://calendar.example:8443/dav/gone.ics</d:href>\
            <d:href>other.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>\
            <d:sync-token>next</d:sync-token></d:multistatus>";
        let answer = MultiStatus::parse(body, &base).unwrap();
        assert_eq!(answer.sync_token.as_deref(), Some("next"));
        let [work, gone, other] = &answer.entries[..] else {
            panic!("{answer:?}");
        };
        assert_eq!(work.key, "/dav/ann@example.com/work/");
        assert_eq!(work.url.port(), Some(8443));
        assert_eq!(work.text(Space::Dav, "displayname"), Some("Work"));
        assert!(work.prop(Space::Dav, "sync-token").is_none());
        assert!(
            work.addresses(Space::CalDav, "calendar-home-set")
                .is_empty()
        );
        assert_eq!((&*gone.key, gone.status), ("/dav/gone.ics", Some(404)));
        assert_eq!(
            (&*other.key, other.status),
            ("/dav/ann/other.ics", Some(404))
        );
        assert!(MultiStatus::parse(b"<html></html>", &base).is_err());
    }
}
