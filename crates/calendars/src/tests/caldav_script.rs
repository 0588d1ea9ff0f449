//! What servers do that do not run here: redirects, no sync tokens, lists in parts, other ways to write XML.

use std::sync::{Arc, Mutex};

use testkit::calendars::http::{Answer, Call, Server};

use super::{calendar, client, draft, text, window};
use crate::caldav::CalDav;
use crate::{Fault, Stored};

fn xml(body: &str) -> Answer {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8'?>\n<multistatus xmlns='DAV:' \
         xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns:I='http://apple.com/ns/ical/'>{body}</multistatus>"
    );
    Answer::text(207, "application/xml", body)
}

fn found(href: &str, props: &str) -> String {
    format!(
        "<response><href>{href}</href><propstat><prop>{props}</prop>\
         <status>HTTP/1.1 200 OK</status></propstat></response>"
    )
}

fn body(call: &Call) -> String {
    String::from_utf8(call.body.clone()).unwrap()
}

fn path(call: &Call) -> String {
    format!("/{}", call.path.join("/"))
}

fn caldav(server: &Server, at: &str) -> CalDav {
    CalDav::new(client(), &format!("{}{at}", server.url), "ann", "secret").unwrap()
}

#[tokio::test]
async fn an_account_is_found_through_redirects_and_principals() {
    let server = Server::start(|own, call| {
        assert_eq!(call.header("authorization"), "Basic YW5uOnNlY3JldA==");
        match (call.method.as_str(), &*path(&call)) {
            ("PROPFIND", "/.well-known/caldav") => Answer::nothing(301)
                .header("Location", format!("{own}/remote/dav/")),
            ("PROPFIND", "/remote/dav") => {
                assert!(body(&call).contains("current-user-principal"));
                // Nothing but the principal, and the rest is said not to be there.
                xml(&format!(
                    "{}<response><href>/remote/dav/other/</href><status>HTTP/1.1 403 Forbidden</status></response>",
                    found(
                        "/remote/dav/",
                        "<current-user-principal><href>/remote/dav/principals/ann%40example.com/</href>\
                         </current-user-principal>"
                    )
                ))
            }
            ("PROPFIND", "/remote/dav/principals/ann@example.com") => xml(&found(
                "/remote/dav/principals/ann@example.com/",
                "<C:calendar-home-set><href>/remote/dav/calendars/ann/</href></C:calendar-home-set>\
                 <C:calendar-user-address-set><href>/remote/dav/principals/ann/</href>\
                 <href>mailto:Ann@Example.com</href></C:calendar-user-address-set>",
            )),
            ("PROPFIND", "/remote/dav/calendars/ann") => {
                assert_eq!(call.header("depth"), "1");
                let calendar = "<resourcetype><collection/><C:calendar/></resourcetype>";
                xml(&[
                    found("/remote/dav/calendars/ann/", "<resourcetype><collection/></resourcetype>"),
                    found(
                        "/remote/dav/calendars/ann/tasks/",
                        &format!("{calendar}<C:supported-calendar-component-set><C:comp name='VTODO'/>\
                                  </C:supported-calendar-component-set>"),
                    ),
                    found(
                        "/remote/dav/calendars/ann/shared/",
                        &format!("{calendar}<displayname>Shared</displayname><current-user-privilege-set>\
                                  <privilege><read/></privilege></current-user-privilege-set>"),
                    ),
                    found(
                        "calendars/ann/my%20days/",
                        &format!("{calendar}<I:calendar-color>#ff000080</I:calendar-color>\
                                  <C:calendar-timezone>BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
                                  END:VTIMEZONE\r\nEND:VCALENDAR</C:calendar-timezone><current-user-privilege-set>\
                                  <privilege><write-content/></privilege></current-user-privilege-set>"),
                    ),
                    found(
                        "/remote/dav/calendars/ann/inbox/",
                        "<resourcetype><collection/><C:schedule-inbox/></resourcetype>",
                    ),
                ]
                .concat()
                .replace("<href>calendars/", "<href>/remote/dav/calendars/"))
            }
            _ => Answer::nothing(404),
        }
    })
    .await;
    let listed = caldav(&server, "/").list().await.unwrap();
    let [shared, days] = &listed[..] else {
        panic!("{listed:?}");
    };
    assert!(!shared.writable && !shared.primary && shared.name == "Shared");
    assert!(days.writable && days.primary);
    assert_eq!(
        days.id,
        format!("{}/remote/dav/calendars/ann/my%20days/", server.url)
    );
    assert_eq!(days.name, "my days");
    assert_eq!(days.color.as_deref(), Some("#ff0000"));
    assert_eq!(days.zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(days.owner.as_deref(), Some("ann@example.com"));
}

#[tokio::test]
async fn where_there_are_no_calendars_is_said() {
    let page = |_: &str, _: Call| Answer::text(200, "text/html", "<html>Welcome</html>");
    let server = Server::start(page).await;
    let listed = caldav(&server, "/").list().await;
    match listed {
        Err(Fault::Refused(text)) => assert!(text.contains("no calendars"), "{text}"),
        other => panic!("{other:?}"),
    }
    let server =
        Server::start(|own, _| Answer::nothing(302).header("Location", format!("{own}/again")))
            .await;
    let listed = caldav(&server, "/").list().await;
    assert!(matches!(listed, Err(Fault::Unreachable(_))), "{listed:?}");
}

#[tokio::test]
async fn the_password_goes_to_no_other_server() {
    let thief = Server::start(|_, call| panic!("{call:?}")).await;
    let stolen = thief.url.replace("127.0.0.1", "127.0.0.2");
    let server =
        Server::start(move |_, _| Answer::nothing(307).header("Location", format!("{stolen}/")))
            .await;
    let listed = caldav(&server, "/").list().await;
    match listed {
        Err(Fault::Refused(text)) => assert!(text.contains("127.0.0.2"), "{text}"),
        other => panic!("{other:?}"),
    }
    // Nor unencrypted to a public one.
    let open = CalDav::new(client(), "http://1.1.1.1/dav/", "ann", "secret").unwrap();
    let listed = open.list().await;
    match listed {
        Err(Fault::Refused(text)) => assert!(text.contains("https"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(CalDav::new(net::Client::default(), "10.0.0.1", "ann", "secret").is_err());
}

/// A server without sync tokens that holds some objects.
async fn plain(objects: Arc<Mutex<Vec<(String, String)>>>) -> (Server, Arc<Mutex<usize>>) {
    let gets = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&gets);
    let server = Server::start(move |_, call| {
        let objects = objects.lock().unwrap();
        let body = body(&call);
        let answer = |(name, text): &(String, String), with_data: bool| {
            let data = if with_data {
                format!("<C:calendar-data>{text}</C:calendar-data>")
            } else {
                String::new()
            };
            let etag = format!("<getetag>\"{}\"</getetag>", text.len());
            found(&format!("/work/{name}"), &format!("{etag}{data}"))
        };
        match call.method.as_str() {
            "PROPFIND" => xml(
                "<response><href>/work/</href><propstat><prop><sync-token/><supported-report-set/></prop>\
                 <status>HTTP/1.1 404 Not Found</status></propstat></response>",
            ),
            "REPORT" if body.contains("calendar-multiget") => {
                *counter.lock().unwrap() += 1;
                let wanted: Vec<String> = objects
                    .iter()
                    .filter(|it| body.contains(&format!("<d:href>/work/{}</d:href>", it.0)))
                    .map(|it| answer(it, true))
                    .collect();
                xml(&wanted.concat())
            }
            "REPORT" if body.contains("calendar-query") => {
                let all: Vec<String> = objects.iter().map(|it| answer(it, false)).collect();
                xml(&all.concat())
            }
            _ => Answer::nothing(501),
        }
    })
    .await;
    (server, gets)
}

#[tokio::test]
async fn where_there_is_no_sync_token_etags_are_compared() {
    let event = |uid: &str| calendar(&format!("UID:{uid}\nDTSTART:20261207T090000Z"));
    let names = (0..120).map(|n| (format!("{n}.ics"), event(&n.to_string())));
    let objects = Arc::new(Mutex::new(names.collect::<Vec<_>>()));
    let (server, gets) = plain(Arc::clone(&objects)).await;
    let (caldav, calendar) = (caldav(&server, "/"), format!("{}/work/", server.url));
    let (from, until) = window();
    let changes =
        async |token: Option<&str>| caldav.changes(&calendar, token, from, until).await.unwrap();
    let first = changes(None).await;
    assert!(first.whole && first.changed.len() == 120);
    // Some at a time.
    assert_eq!(*gets.lock().unwrap(), 3);
    let quiet = changes(first.token.as_deref()).await;
    assert!(!quiet.whole && quiet.changed.is_empty() && quiet.token == first.token);
    assert_eq!(*gets.lock().unwrap(), 3);

    objects.lock().unwrap().remove(7);
    let second = changes(first.token.as_deref()).await;
    assert!(second.whole && second.changed.len() == 119);
    objects.lock().unwrap()[0].1.push_str("\r\n");
    let third = changes(second.token.as_deref()).await;
    assert!(third.whole && third.token != second.token);
}

#[tokio::test]
async fn changes_that_come_in_parts_are_put_together() {
    let server = Server::start(|_, call| {
        let body = body(&call);
        let gone = |name: &str| {
            format!("<response><href>/work/{name}</href><status>HTTP/1.1 404 Not Found</status></response>")
        };
        let cut = "<response><href>/work/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>";
        if body.contains("calendar-multiget") {
            // Encoded in another way than it was told, and one that is gone meanwhile.
            return xml(&format!(
                "{}{}",
                found(
                    "/work/a%40b.ics",
                    &format!("<getetag>\"2\"</getetag><C:calendar-data>{}</C:calendar-data>", calendar("UID:a@b"))
                ),
                gone("late.ics")
            ));
        }
        assert_eq!(call.header("depth"), "0");
        let etag = "<getetag>\"1\"</getetag>";
        if body.contains("<d:sync-token>one</d:sync-token>") {
            xml(&format!(
                "{}{}{}{cut}<sync-token>two</sync-token>",
                found("/work/", etag),
                found("/work/a@b.ics", etag),
                found("/work/passing.ics", etag)
            ))
        } else if body.contains("<d:sync-token>two</d:sync-token>") {
            xml(&format!(
                "{}{}{}<sync-token>three &amp; more</sync-token>",
                gone("passing.ics"),
                gone("c.ics"),
                found("/work/late.ics", etag)
            ))
        } else if body.contains("<d:sync-token>three &amp; more</d:sync-token>") {
            xml(&format!("{cut}<sync-token>three &amp; more</sync-token>"))
        } else {
            Answer::text(
                403,
                "application/xml",
                "<error xmlns='DAV:'><valid-sync-token /></error>",
            )
        }
    })
    .await;
    let (caldav, calendar) = (caldav(&server, "/"), format!("{}/work/", server.url));
    let (from, until) = window();
    let changes = async |token: &str| caldav.changes(&calendar, Some(token), from, until).await;
    let all = changes("sync one").await.unwrap();
    assert!(!all.whole);
    let [changed] = &all.changed[..] else {
        panic!("{all:?}");
    };
    assert_eq!(
        (&*changed.key, changed.etag.as_deref()),
        ("/work/a@b.ics", Some("\"2\""))
    );
    assert!(text(changed).contains("UID:a@b"));
    assert_eq!(
        all.removed,
        ["/work/c.ics", "/work/passing.ics", "/work/late.ics"]
    );
    assert_eq!(all.token.as_deref(), Some("sync three & more"));
    // The same part again and again is no answer.
    let endless = changes("sync three & more").await;
    assert!(matches!(endless, Err(Fault::Garbage(_))), "{endless:?}");
    assert_eq!(changes("sync zero").await, Err(Fault::TokenGone));
}

#[tokio::test]
async fn a_server_that_keeps_its_etag_to_itself_is_asked_for_it() {
    let server = Server::start(|_, call| match call.method.as_str() {
        "PUT" => {
            assert_eq!(call.header("content-type"), "text/calendar; charset=utf-8");
            if call.header("if-match") == "W/\"stale\"" {
                return Answer::nothing(412);
            }
            assert_eq!(call.header("if-none-match"), "*");
            Answer::nothing(201).header("ETag", "W/\"weak\"".to_owned())
        }
        "PROPFIND" => xml(&found(&path(&call), "<getetag>\"strong\"</getetag>")),
        _ => Answer::nothing(423).header("Retry-After", "5".to_owned()),
    })
    .await;
    let (caldav, calendar) = (caldav(&server, "/"), format!("{}/work/", server.url));
    let draft = draft(
        "a strange/uid?#@x",
        "2026-12-07T09:00:00Z",
        "2026-12-07T10:00:00Z",
    );
    let stored = caldav.put(&calendar, &draft, None).await.unwrap();
    assert_eq!(stored.etag.as_deref(), Some("\"strong\""));
    let name = stored
        .key
        .strip_prefix("/work/")
        .unwrap()
        .strip_suffix(".ics")
        .unwrap();
    assert!(
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
        "{name}"
    );
    let again = caldav.put(&calendar, &draft, None).await.unwrap();
    assert_eq!(again.key, stored.key);
    let stale = Stored {
        key: stored.key.clone(),
        etag: Some("W/\"stale\"".to_owned()),
    };
    assert_eq!(
        caldav.put(&calendar, &draft, Some(&stale)).await,
        Err(Fault::Conflict)
    );
    let locked = caldav.remove(&calendar, &stored).await;
    let retry_after = Some(std::time::Duration::from_secs(5));
    assert_eq!(locked, Err(Fault::Busy { retry_after }));
}

#[tokio::test]
async fn what_a_server_cannot_tell_just_now_is_not_taken_for_gone() {
    let server = Server::start(|_, call| {
        let body = body(&call);
        let etag = "<getetag>\"1\"</getetag>";
        if call.method == "PROPFIND" {
            return xml(&found("/work/", "<sync-token>one</sync-token>"));
        }
        if body.contains("sync-collection") {
            return xml("<sync-token>two</sync-token>");
        }
        if !body.contains("calendar-multiget") {
            return xml(&format!(
                "{}{}<response><href>/work/busy.ics</href><status>HTTP/1.1 503 Busy</status></response>",
                found("/work/good.ics", etag),
                found("/work/bad.ics", etag)
            ));
        }
        // One is told, of one there is a fault, one is left out.
        if !body.contains("good.ics") {
            return xml("");
        }
        xml(&format!(
            "{}<response><href>/work/bad.ics</href><propstat><prop><C:calendar-data/></prop>\
             <status>HTTP/1.1 500 Broken</status></propstat></response>",
            found(
                "/work/good.ics",
                &format!("<C:calendar-data>{}</C:calendar-data>", calendar("UID:good"))
            )
        ))
    })
    .await;
    let (caldav, calendar) = (caldav(&server, "/"), format!("{}/work/", server.url));
    let (from, until) = window();
    let all = caldav.changes(&calendar, None, from, until).await.unwrap();
    assert!(all.whole && all.removed.is_empty());
    // It is asked for again.
    let token = all.token.as_deref();
    assert_eq!(token, Some("sync one\n/work/bad.ics\n/work/busy.ics"));
    let more = caldav.changes(&calendar, token, from, until).await.unwrap();
    let keys: Vec<&str> = more.changed.iter().map(|it| &*it.key).collect();
    assert_eq!(keys, ["/work/bad.ics", "/work/busy.ics"]);
    assert_eq!(
        more.token.as_deref(),
        Some("sync two\n/work/bad.ics\n/work/busy.ics")
    );
    let told: Vec<_> = all
        .changed
        .iter()
        .map(|it| (&*it.key, !text(it).is_empty()))
        .collect();
    assert_eq!(
        told,
        [
            ("/work/bad.ics", false),
            ("/work/busy.ics", false),
            ("/work/good.ics", true)
        ]
    );
}

#[tokio::test]
async fn a_list_that_is_cut_short_is_no_list() {
    let server = Server::start(|_, call| match call.method.as_str() {
        "PROPFIND" => xml(&found("/work/", "<sync-token>one</sync-token>")),
        _ => xml(&format!(
            "{}<response><href>/work/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>",
            found("/work/a.ics", "<getetag>\"1\"</getetag>")
        )),
    })
    .await;
    let (caldav, calendar) = (caldav(&server, "/"), format!("{}/work/", server.url));
    let (from, until) = window();
    let all = caldav.changes(&calendar, None, from, until).await;
    assert!(matches!(all, Err(Fault::Refused(_))), "{all:?}");
    let now = caldav.now(&calendar, from, until).await;
    assert!(matches!(now, Err(Fault::Refused(_))), "{now:?}");
}
