//! Greeting, EHLO, STARTTLS and AUTH, and what can be wrong with them.

use mail::smtp::{
    Cause, Connection, Credentials, Security, SmtpConfig, Step, Timeouts, Trust, probe,
};
use testkit::smtp_sink::{self, Action, Sink, SinkConfig, SinkTls, When};

use crate::{FOUR, IMPATIENT, faulty, relay, send, sink};

#[tokio::test]
async fn opening_says_which_step_failed() {
    use smtp_sink::Step::{Connect, Hello};
    let busy = Action::ReplyThenClose("421 4.3.2 too many connections".to_owned());
    for (fault, action, step, temporary, wanted) in [
        (
            Connect,
            busy,
            Step::Greeting,
            true,
            "421 4.3.2 too many connections",
        ),
        (
            Connect,
            Action::ReplyThenClose("554 5.7.1 you are listed".to_owned()),
            Step::Greeting,
            false,
            "554 5.7.1 you are listed",
        ),
        (
            Connect,
            Action::Close,
            Step::Greeting,
            true,
            "closed the connection",
        ),
        (
            Connect,
            Action::Stall,
            Step::Greeting,
            true,
            "choose that; it usually is 465",
        ),
        (
            Connect,
            Action::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
            Step::Greeting,
            true,
            "Check that there is a mail server",
        ),
        (
            Connect,
            Action::long_line(100_000),
            Step::Greeting,
            true,
            "too long",
        ),
        (
            Hello,
            Action::reply("450 4.7.1 greylisted"),
            Step::Hello,
            true,
            "greylisted",
        ),
        (
            Hello,
            Action::reply("550 5.7.1 bad name"),
            Step::Hello,
            false,
            "bad name",
        ),
        (
            Hello,
            Action::Close,
            Step::Hello,
            true,
            "closed the connection",
        ),
    ] {
        let impatient = matches!(action, Action::Stall);
        let sink = faulty(fault, When::Always, action).await;
        let mut config = relay(&sink);
        if impatient {
            config.timeouts = Timeouts::all(IMPATIENT);
        }
        let error = probe(&config).await.unwrap_err();
        assert_eq!(error.step, step, "{error}");
        assert_eq!(error.is_temporary(), temporary, "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    }

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = probe(&SmtpConfig::new("127.0.0.1", port))
        .await
        .unwrap_err();
    assert_eq!(error.step, Step::Connect, "{error}");
    assert!(error.to_string().contains("Check the port"), "{error}");

    let error = probe(&SmtpConfig::new("no such host", 25))
        .await
        .unwrap_err();
    assert_eq!(error.step, Step::Resolve, "{error}");
}

#[tokio::test]
async fn signing_in() {
    let login = |password: &str| {
        Some(Credentials {
            username: "ada".to_owned(),
            password: password.to_owned(),
        })
    };
    let long = "x".repeat(600);
    for mechanisms in ["PLAIN LOGIN", "LOGIN", "PLAIN"] {
        for password in ["s3cret \u{fc}", &long] {
            let sink = sink(SinkConfig {
                login: Some(("ada".to_owned(), password.to_owned())),
                mechanisms,
                ..SinkConfig::default()
            })
            .await;
            let mut config = relay(&sink);
            config.credentials = login(password);
            let mut connection = Connection::open(&config).await.unwrap();
            assert_eq!(send(&mut connection, &["a@x.test"]).await, ["sent"]);

            config.credentials = login("hunter2");
            let error = probe(&config).await.unwrap_err();
            assert_eq!(error.step, Step::SignIn);
            assert_eq!(error.reply().unwrap().code, 535);
            assert!(!error.is_temporary());
            assert!(!format!("{error} {error:?} {config:?}").contains("hunter2"));

            config.credentials = None;
            let mut connection = Connection::open(&config).await.unwrap();
            assert_eq!(
                send(&mut connection, &["a@x.test"]).await,
                ["failed 530 Mail"]
            );
        }
    }
    let sink = sink(SinkConfig::default()).await;
    let mut config = relay(&sink);
    config.credentials = login("x");
    let error = probe(&config).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Missing(_)), "{error}");
}

#[tokio::test]
async fn encryption() {
    for (tls, security) in [
        (SinkTls::StartTls, Security::StartTls),
        (SinkTls::Implicit, Security::Tls),
    ] {
        let sink = sink(SinkConfig {
            tls,
            ..SinkConfig::default()
        })
        .await;
        let mut config = relay(&sink);
        config.security = security;

        let error = probe(&config).await.unwrap_err();
        assert_eq!(
            error.step,
            Step::Tls,
            "nobody trusts the authority: {error}"
        );
        assert!(error.to_string().contains("certificate"), "{error}");

        config.trust = Trust::PublicRootsAnd(Sink::authority_pem().to_owned());
        let capabilities = probe(&config).await.unwrap();
        assert!(capabilities.encrypted && capabilities.pipelining);
        assert_eq!(capabilities.greeting, "sink.test ESMTP");
        let mut connection = Connection::open(&config).await.unwrap();
        assert_eq!(send(&mut connection, &FOUR).await, ["sent"; 4]);
        connection.quit().await;

        config.trust = Trust::AnyCertificateInsecurely;
        assert!(probe(&config).await.unwrap().encrypted);

        config.trust = Trust::PublicRootsAnd("not PEM".to_owned());
        let error = probe(&config).await.unwrap_err();
        assert!(matches!(error.cause, Cause::Config(_)), "{error}");
        assert_eq!(sink.stats().violations, Vec::<String>::new());
    }
}

#[tokio::test]
async fn encryption_is_never_done_without() {
    use smtp_sink::Step::{Hello, StartTls};
    let offered = || SinkConfig {
        tls: SinkTls::StartTls,
        ..SinkConfig::default()
    };
    let cases = [
        // Somebody on the way has taken the offer out.
        (SinkConfig::default(), "does not offer STARTTLS"),
        (
            offered().fault(
                Hello,
                When::Always,
                Action::Raw(b"250-x\r\n250 XXXXXXXX\r\n".to_vec()),
            ),
            "does not offer STARTTLS",
        ),
        (
            SinkConfig {
                ehlo: false,
                ..offered()
            },
            "does not offer STARTTLS",
        ),
        (
            offered().fault(StartTls, When::Always, Action::reply("454 4.7.0 not now")),
            "454 4.7.0 not now",
        ),
        (
            offered().fault(StartTls, When::Always, Action::Close),
            "closed the connection",
        ),
        // Somebody on the way puts words into the mouth of the encrypted relay.
        (
            offered().fault(
                StartTls,
                When::Always,
                Action::Raw(b"220 go\r\n250-x\r\n250 AUTH PLAIN\r\n".to_vec()),
            ),
            "before the encryption began",
        ),
    ];
    for (config, wanted) in cases {
        let sink = sink(config).await;
        let mut config = relay(&sink);
        config.security = Security::StartTls;
        config.trust = Trust::AnyCertificateInsecurely;
        config.credentials = Some(Credentials {
            username: "ada".to_owned(),
            password: "secret".to_owned(),
        });
        let error = Connection::open(&config).await.unwrap_err();
        assert_eq!(error.step, Step::StartTls, "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
        assert_eq!(sink.count(), 0);
    }
}
