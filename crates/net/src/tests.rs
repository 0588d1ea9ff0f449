use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::{Client, Error, Guard, Lookup, Names, Network, Request};

/// Addresses of reliability design R5, and their neighbors.
const REFUSED: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

const PUBLIC: &[&str] = &[
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "168.63.129.17",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.1.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn loopback() -> Guard {
    Guard::allowing(["127.0.0.0/8".parse().unwrap()])
}

#[test]
fn only_public_addresses_are_allowed() {
    let guard = Guard::public_only();
    for text in REFUSED {
        assert!(!guard.allows(ip(text)), "{text}");
    }
    for text in PUBLIC {
        assert!(guard.allows(ip(text)), "{text}");
    }
}

#[test]
fn an_operator_may_allow_networks() {
    let networks = ["10.1.0.0/16", " 192.168.7.5 ", "fd12:3456::/32"];
    let guard = Guard::allowing(networks.map(|text| text.parse::<Network>().unwrap()));
    for text in [
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "192.168.7.5",
        "fd12:3456:7::1",
        "8.8.8.8",
    ] {
        assert!(guard.allows(ip(text)), "{text}");
    }
    for text in ["10.2.0.1", "192.168.7.6", "fd12:3457::1", "127.0.0.1"] {
        assert!(!guard.allows(ip(text)), "{text}");
    }
    assert_eq!(
        "10.1.0.0/16".parse::<Network>().unwrap().to_string(),
        "10.1.0.0/16"
    );
    for text in [
        "",
        "10.1.0.0/33",
        "::/129",
        "10.1/16",
        "host",
        "10.1.0.0/-1",
        "10.1.0.0/x",
    ] {
        assert!(text.parse::<Network>().is_err(), "{text}");
    }
    let everything: Network = "0.0.0.0/0".parse().unwrap();
    assert!(everything.contains(ip("127.0.0.1")) && !everything.contains(ip("::1")));
}

/// A web server of this machine that counts who comes by.
struct Inside {
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Inside {
    /// Answers every request with `answer`.
    async fn start(answer: impl Fn(u16) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&visits);
        let answer = answer(port);
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(answer.as_bytes()).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { port, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn ok(_: u16) -> String {
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello".to_owned()
}

/// A name server that answers in turn.
struct Script {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.iter().map(|one| one.to_vec()).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Names for Script {
    fn lookup<'a>(&'a self, _: &'a str) -> Lookup<'a> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[turn.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer.into_iter().map(ip).collect()) })
    }
}

#[tokio::test]
async fn no_spelling_of_an_inner_address_connects() {
    let inside = Inside::start(ok).await;
    let port = inside.port;
    let client = Client::new(Guard::public_only());
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "%6c%6f%63%61%6c%68%6f%73%74",
    ] {
        let url = format!("http://{host}:{port}/");
        let error = client.fetch(Request::get(&*url)).await.unwrap_err();
        assert!(
            matches!(error, Error::Refused | Error::Unresolved),
            "{url}: {error:?}"
        );
    }
    for (url, why) in [
        (format!("http://user@127.0.0.1:{port}/"), "a user"),
        (format!("http://8.8.8.8@127.0.0.1:{port}/"), "a user"),
        ("http://example.com:25/".to_owned(), "a port of mail"),
        ("http://example.com:22/".to_owned(), "a port of shells"),
        ("file:///etc/passwd".to_owned(), "a file"),
        ("gopher://example.com/".to_owned(), "a scheme"),
        ("javascript:alert(1)".to_owned(), "a script"),
        ("//example.com/".to_owned(), "no scheme"),
        ("http://".to_owned(), "no host"),
        (format!("http://example.com/{}", "a".repeat(5000)), "long"),
    ] {
        let error = client.fetch(Request::get(&*url)).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{why}: {error:?}");
        assert!(client.check(&url).is_err(), "{why}");
    }
    assert_eq!(inside.visits(), 0);
}

#[tokio::test]
async fn names_that_lead_inside_do_not_connect() {
    let inside = Inside::start(ok).await;
    let url = format!("http://rebinding.example:{}/", inside.port);
    for answers in [
        &[&["127.0.0.1"][..]][..],
        &[&["::1"][..]],
        // One good answer does not make up for a bad one.
        &[&["1.1.1.1", "127.0.0.1"][..]],
        &[&["2606:4700::1", "::ffff:127.0.0.1"][..]],
        &[&["169.254.169.254"][..]],
    ] {
        let client = Client::with_names(Guard::public_only(), Script::new(answers));
        let result = client.fetch(Request::get(&*url)).await;
        assert_eq!(result.unwrap_err(), Error::Refused, "{answers:?}");
    }
    let none = Client::with_names(Guard::public_only(), Script::new(&[&[]]));
    let result = none.fetch(Request::get(&*url)).await;
    assert_eq!(result.unwrap_err(), Error::Unresolved);
    assert_eq!(inside.visits(), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_dialed() {
    let inside = Inside::start(ok).await;
    let url = format!("http://rebinding.example:{}/", inside.port);
    // Checked: allowed. Were it asked again, the answer would lead to where nothing listens.
    let names = Script::new(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let client = Client::with_names(loopback(), Arc::clone(&names) as Arc<dyn Names>);
    let response = client.fetch(Request::get(&*url)).await.unwrap();
    assert_eq!((response.status, &*response.body), (200, &b"hello"[..]));
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    // No connection is kept, so the next request looks again.
    let second = client.fetch(Request::get(&*url)).await;
    assert_eq!(second.unwrap_err(), Error::Refused);
    assert_eq!(inside.visits(), 1);
}

#[tokio::test]
async fn redirects_pass_the_same_guard() {
    let inside = Inside::start(ok).await;
    let target = inside.port;
    for location in [
        format!("http://[::1]:{target}/"),
        format!("http://0x7f000002:{target}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("//user@127.0.0.1:{target}/"),
    ] {
        let outside = Inside::start(move |_| {
            format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
        })
        .await;
        let client = Client::new(Guard::allowing(["127.0.0.1".parse().unwrap()]));
        let url = format!("http://127.0.0.1:{}/", outside.port);
        let result = client.fetch(Request::get(&*url).redirects(5)).await;
        assert!(
            matches!(result, Err(Error::Refused | Error::Invalid(_))),
            "{result:?}"
        );
        // Unless it is told to follow, the redirect is the answer.
        let answer = client.fetch(Request::get(&*url)).await.unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(outside.visits(), 2);
    }
    assert_eq!(inside.visits(), 0);
    let circle = Inside::start(|port| {
        format!(
            "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
        )
    })
    .await;
    let client = Client::new(loopback());
    let url = format!("http://127.0.0.1:{}/", circle.port);
    let result = client.fetch(Request::head(&*url).redirects(3)).await;
    assert_eq!(result.unwrap_err(), Error::TooManyRedirects);
    assert_eq!(circle.visits(), 4);
    let posted = client
        .fetch(Request::post(&*url, b"x".to_vec()).redirects(3))
        .await;
    assert_eq!(posted.unwrap().status, 301);
}

#[tokio::test]
async fn bodies_and_patience_are_bounded() {
    let endless = Inside::start(|_| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{}",
            "x".repeat(100_000)
        )
    })
    .await;
    let client = Client::new(loopback());
    let url = format!("http://127.0.0.1:{}/", endless.port);
    let response = client
        .fetch(Request::get(&*url).max_bytes(1000))
        .await
        .unwrap();
    assert_eq!((response.body.len(), response.truncated), (1000, true));

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let request = Request::get(&*url).timeout(Duration::from_millis(50));
    assert_eq!(client.fetch(request).await.unwrap_err(), Error::TimedOut);
}

#[tokio::test]
async fn what_is_confidential_goes_unencrypted_only_where_the_operator_allows() {
    let inside = Inside::start(ok).await;
    let port = inside.port;
    let url = format!("http://calendar.example:{port}/");
    let ask = |client: Client, url: String| async move {
        client.fetch(Request::get(url).confidential()).await
    };
    // Public addresses, by name and as they are; and a name that leads to both.
    for answers in [&["1.1.1.1"][..], &["127.0.0.1", "1.1.1.1"][..]] {
        let client = Client::with_names(loopback(), Script::new(&[answers]));
        let result = ask(client, url.clone()).await;
        assert_eq!(result.unwrap_err(), Error::Unencrypted, "{answers:?}");
    }
    let result = ask(Client::new(loopback()), "http://1.1.1.1/".to_owned()).await;
    assert_eq!(result.unwrap_err(), Error::Unencrypted);
    // What may not be asked at all is still said to be that.
    let inner = format!("http://127.0.0.1:{port}/");
    let result = ask(Client::default(), inner.clone()).await;
    assert_eq!(result.unwrap_err(), Error::Refused);
    assert_eq!(inside.visits(), 0);

    let named = Client::with_names(loopback(), Script::new(&[&["127.0.0.1"]]));
    assert_eq!(ask(named, url).await.unwrap().status, 200);
    let written = Client::new(loopback());
    assert_eq!(ask(written.clone(), inner).await.unwrap().status, 200);
    // A redirect does not lead it into the open.
    let outside = Inside::start(|_| {
        "HTTP/1.1 302 Found\r\nLocation: http://1.1.1.1/\r\nContent-Length: 0\r\n\r\n".to_owned()
    })
    .await;
    let url = format!("http://127.0.0.1:{}/", outside.port);
    let request = Request::get(url).confidential().redirects(3);
    let result = written.fetch(request).await;
    assert_eq!(result.unwrap_err(), Error::Unencrypted);
}
