//! `serve`: what it says, how it ends, and what it does with clients that misbehave.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::program::{Place, Server};

fn request(server: &Server, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a part of a request and says that there is no more.
fn cut_off(server: &Server, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(server: &Server, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    request(server, &head)
}

#[test]
fn nothing_has_to_be_configured_and_a_signal_ends_it_in_order() {
    let place = Place::sqlite();
    let mut server = place.serve(&[]);
    assert!(
        server.said.contains("Sendero is at http://"),
        "{}",
        server.said
    );
    for (path, status, content) in [
        ("/healthz", "200", "ok"),
        ("/readyz", "200", "\"ready\":true"),
        ("/metrics", "200", "http_request"),
        // To the web app if this program has one, else to the form.
        ("/", "303", "location: /"),
        ("/setup", "200", "Welcome to Sendero"),
        ("/api/docs", "200", "op-create_import"),
        ("/api/openapi.json", "200", "\"openapi\": \"3.1.0\""),
        ("/api/nothing", "404", "\"code\":\"not_found\""),
        ("/nothing", "404", "Page not found"),
        ("/api/subscribers", "401", "\"code\":\"unauthenticated\""),
    ] {
        let answer = get(&server, path);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
        assert!(answer.contains(content), "{path}: {answer}");
        assert!(
            answer.contains("x-content-type-options: nosniff"),
            "{path}: {answer}"
        );
    }
    // An idle connection does not hold it up.
    let idle = TcpStream::connect(server.address()).unwrap();
    let asked = Instant::now();
    server.signal("TERM");
    let status = server.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10));
    drop(idle);
    // It was left in order: the next one has the file at once.
    drop(place.serve(&[]));
}

#[test]
fn the_first_visitor_becomes_the_owner_once() {
    let place = Place::sqlite();
    let server = place.serve(&[]);
    let post = |body: &str| {
        request(
            &server,
            &format!(
                "POST /setup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
                body.len()
            ),
        )
    };
    let weak = post(
        "name=%3Cb%3EAda&email=ada%40example.com&password=short&account_name=AE&time_zone=UTC",
    );
    assert!(weak.starts_with("HTTP/1.1 422"), "{weak}");
    assert!(weak.contains("needs at least 10 characters"), "{weak}");
    assert!(weak.contains("value=\"&lt;b&gt;Ada\""), "{weak}");
    let good = "name=Ada&email=ada%40example.com&password=correct+horse+battery&account_name=AE&time_zone=UTC";
    let made = post(good);
    assert!(made.starts_with("HTTP/1.1 303"), "{made}");
    assert!(made.contains("set-cookie: sendero_session="), "{made}");
    let again = post(good);
    assert!(
        again.starts_with("HTTP/1.1 303") && !again.contains("set-cookie"),
        "{again}"
    );
    assert!(get(&server, "/setup").starts_with("HTTP/1.1 303"));
    assert!(get(&server, "/api/docs").contains("op-create_import"));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::sqlite();
    let mut server = place.serve(&[]);
    // A request that takes its time.
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.write_all(
        b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
          Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    )
    .unwrap();
    // It was read when the server asks for the body.
    let mut continued = [0_u8; 12];
    slow.read_exact(&mut continued).unwrap();
    assert_eq!(&continued, b"HTTP/1.1 100");
    server.signal("TERM");
    // It takes no more connections when it has understood.
    while TcpStream::connect(server.address()).is_ok() {
        std::thread::yield_now();
    }
    server.signal("TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(130));
}

#[test]
fn roles_need_postgres() {
    let place = Place::sqlite();
    let told = place.run(&["serve", "--role", "worker"]).failed(1);
    assert!(told.contains("--role worker needs PostgreSQL"), "{told}");
    let Some(place) = Place::postgres() else {
        return;
    };
    let web = place.serve(&["--role", "web"]);
    let worker = place.serve(&["--role", "worker"]);
    assert!(get(&web, "/api/docs").starts_with("HTTP/1.1 200"));
    assert!(get(&worker, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(get(&worker, "/api/docs").starts_with("HTTP/1.1 404"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::sqlite();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let told = place.run(&["serve", "--listen", &address]).failed(1);
    assert!(
        told.contains(&format!("cannot listen on {address}")),
        "{told}"
    );
}

#[test]
fn oversized_and_broken_requests_are_answered_and_hurt_nobody() {
    let place = Place::sqlite();
    let server = place.serve(&[]);
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}"
        )
    };
    let large = format!("{{\"email\": \"{}\"}}", "x".repeat(12 << 20));
    let length = format!("Content-Length: {}", large.len());
    let chunked = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let many: String = (0..200).map(|n| format!("X-{n}: x\r\n")).collect();
    let long = "x".repeat(1 << 20);
    for (what, text, status) in [
        ("no HTTP", "hello\r\n\r\n".to_owned(), "400"),
        (
            "no TLS",
            "\u{16}\u{3}\u{1}\u{2}\0\r\n\r\n".to_owned(),
            "400",
        ),
        ("no version", "GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        (
            "two lengths",
            post("Content-Length: 2\r\nContent-Length: 3", "{}"),
            "400",
        ),
        ("no length", post("Content-Length: many", "{}"), "400"),
        (
            "a broken chunk",
            post("Transfer-Encoding: chunked", "zz\r\n{}\r\n"),
            "400",
        ),
        (
            "too many headers",
            format!("GET / HTTP/1.1\r\n{many}\r\n"),
            "431",
        ),
        (
            "a header too large",
            format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"),
            "431",
        ),
        (
            "an address too long",
            format!("GET /{long} HTTP/1.1\r\n\r\n"),
            "431",
        ),
        ("a body too large", post(&length, &large), "413"),
        (
            "chunks too large",
            post("Transfer-Encoding: chunked", &chunked),
            "413",
        ),
    ] {
        let answer = request(&server, &text);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{what}: {answer}"
        );
        if status == "413" {
            assert!(answer.contains("\"code\":\"body_too_large\""), "{answer}");
        }
    }
    let broken_off = cut_off(&server, &post("Content-Length: 100", "{\"email\""));
    assert!(
        broken_off.is_empty() || broken_off.contains("\"code\":\"body_unreadable\""),
        "{broken_off}"
    );
    assert!(get(&server, "/healthz").starts_with("HTTP/1.1 200"));
}

/// The allocator reads its settings before `main`: the server has begun again with them, as the same process.
#[cfg(target_os = "linux")]
#[test]
fn freed_memory_is_given_back_soon() {
    let place = Place::sqlite();
    let settings = |server: &Server| {
        let path = format!("/proc/{}/environ", server.child.id());
        String::from_utf8_lossy(&std::fs::read(path).unwrap())
            .split('\0')
            .filter(|setting| setting.starts_with("MIMALLOC_"))
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    let server = place.serve(&[]);
    assert_eq!(
        settings(&server),
        ["MIMALLOC_PURGE_DELAY=1", "MIMALLOC_PURGE_EXTEND_DELAY=0"]
    );
    drop(server);
    // What the operator has set stays.
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("MIMALLOC_PURGE_DELAY", "50")
        .stdout(std::process::Stdio::piped());
    let server = Server::wait(command);
    assert!(settings(&server).contains(&"MIMALLOC_PURGE_DELAY=50".to_owned()));
}
