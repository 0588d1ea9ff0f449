//! What routes do beyond their services; and transports, which have both.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::Request;
use kernel::{Error, UserId};
use testkit::TestDb;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::World;
use crate::transports::{self, Encryption, NewTransport, SmtpSettings, TransportKind};

fn relay(port: u16) -> NewTransport {
    NewTransport {
        name: "Our relay".to_owned(),
        kind: TransportKind::Smtp,
        smtp: Some(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port,
            encryption: Encryption::None,
            username: None,
            accept_invalid_certificates: false,
        }),
        password: None,
        max_per_second: None,
        max_connections: None,
        is_default: false,
        failover_order: None,
    }
}

#[testkit::db_test]
async fn a_test_says_the_name_that_delivery_says(db: TestDb) {
    let world = World::new(&db).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let transport = transports::create(&world.ctx, world.account, &world.actor, relay(port))
        .await
        .unwrap();
    let hello = async {
        let (socket, _) = server.accept().await.unwrap();
        let mut socket = BufReader::new(socket);
        socket.write_all(b"220 relay\r\n").await.unwrap();
        let mut line = String::new();
        socket.read_line(&mut line).await.unwrap();
        socket.write_all(b"421 enough\r\n").await.unwrap();
        line
    };
    let app = web::App {
        ctx: world.ctx.clone(),
        config: Arc::new(web::Config::new("https://public.example.net")),
    };
    let (router, _) = transports::routes().split_for_parts();
    let router = router.layer(Extension(world.config.clone()));
    let router = identity::auth::as_command_line(router, world.account, UserId::from(1));
    let request = Request::post(format!("/api/transports/{}/test", transport.id))
        .body(Body::empty())
        .unwrap();
    let (line, reply) = tokio::join!(hello, router.with_state(app).oneshot(request));
    assert_eq!(line, "EHLO mail.example.com\r\n");
    assert_eq!(reply.unwrap().status(), 200);
}

#[testkit::db_test]
async fn texts_are_refused_with_the_codes_of_all_texts(db: TestDb) {
    let world = World::new(&db).await;
    for (name, username, password, faults) in [
        ("  ", None, None, "name required"),
        (&*"x".repeat(201), None, None, "name too_long"),
        ("a\u{2028}b", None, None, "name control_character"),
        (
            "a",
            Some("b\r\nQUIT"),
            None,
            "smtp.username control_character",
        ),
        ("a", Some("b\n"), None, "smtp.username control_character"),
        ("a", Some(&*"b".repeat(256)), None, "smtp.username too_long"),
        ("a", None, Some("c\0d"), "password nul_character"),
        ("a", None, Some(&*"c".repeat(1001)), "password too_long"),
    ] {
        let mut new = relay(25);
        name.clone_into(&mut new.name);
        if let Some(smtp) = &mut new.smtp {
            smtp.username = username.map(ToOwned::to_owned);
        }
        new.password = password.map(ToOwned::to_owned);
        let error = transports::create(&world.ctx, world.account, &world.actor, new)
            .await
            .unwrap_err();
        let Error::Invalid(errors) = error else {
            panic!("{error:?}");
        };
        let told: Vec<_> = errors
            .iter()
            .map(|error| format!("{} {}", error.field, error.code))
            .collect();
        assert_eq!(told, [faults]);
    }
}
