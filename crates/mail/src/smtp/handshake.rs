//! From nothing to a connection that takes mail: connect, greeting, EHLO, STARTTLS, AUTH.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::config::{Credentials, Security, SmtpConfig};
use super::error::{Cause, OpenError, Step};
use super::tls;
use super::wire::{Answer, Stream, Wire};

/// What a relay can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// What it greeted with.
    pub greeting: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Several commands in one go (RFC 2920).
    pub pipelining: bool,
    /// The largest message, if it says so (RFC 1870).
    pub size_limit: Option<u64>,
    /// Whether it knows SIZE at all.
    pub size: bool,
    /// Bodies that are not ASCII (RFC 6152).
    pub eight_bit_mime: bool,
    /// Addresses that are not ASCII (RFC 6531).
    pub smtp_utf8: bool,
    /// Status codes as in RFC 3463.
    pub enhanced_status_codes: bool,
    /// Encryption on request; usually offered only before it has begun.
    pub starttls: bool,
    /// How one can sign in, in capitals.
    pub auth: Vec<String>,
}

impl Capabilities {
    /// Reads the lines of a reply to EHLO.
    fn read(reply: &[u8]) -> Self {
        let mut this = Self::default();
        for line in reply.split(|b| *b == b'\n').skip(1) {
            let line = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
            // Some old servers write "AUTH=LOGIN".
            let line = line.trim().to_ascii_uppercase().replace("AUTH=", "AUTH ");
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default() {
                "PIPELINING" => this.pipelining = true,
                "SIZE" => {
                    this.size = true;
                    this.size_limit = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                "8BITMIME" => this.eight_bit_mime = true,
                "SMTPUTF8" => this.smtp_utf8 = true,
                "ENHANCEDSTATUSCODES" => this.enhanced_status_codes = true,
                "STARTTLS" => this.starttls = true,
                "AUTH" => {
                    let mechanisms = words.filter(|word| word.len() <= 20).take(20);
                    for mechanism in mechanisms.map(str::to_owned) {
                        if !this.auth.contains(&mechanism) {
                            this.auth.push(mechanism);
                        }
                    }
                }
                _ => {}
            }
        }
        this
    }
}

/// Opens a connection.
pub(super) async fn open(config: &SmtpConfig) -> Result<(Wire, Capabilities), OpenError> {
    steps(config).await.map_err(|(step, cause)| OpenError {
        step,
        cause,
        relay: format!("{}:{}", config.host, config.port),
    })
}

type At<T> = Result<T, (Step, Cause)>;

async fn steps(config: &SmtpConfig) -> At<(Wire, Capabilities)> {
    let times = &config.timeouts;
    let tcp = connect(config).await?;
    let mut wire = match config.security {
        Security::Tls => encrypt(config, tcp).await?,
        Security::None | Security::StartTls => Wire::new(Stream::Plain(tcp)),
    };

    let greeting = wire
        .reply(times.greeting)
        .await
        .map_err(|broken| (Step::Greeting, broken.into()))?;
    expect(&wire, &greeting, 220, Step::Greeting)?;
    let greeting = wire.decode(&greeting).text;

    let mut capabilities = hello(&mut wire, config).await?;
    if config.security == Security::StartTls {
        if !capabilities.starttls {
            let cause = Cause::Missing("the relay does not offer STARTTLS");
            return Err((Step::StartTls, cause));
        }
        wire = start_tls(wire, config).await?;
        // What was said before is forgotten: anybody could have said it.
        capabilities = hello(&mut wire, config).await?;
    }
    capabilities.greeting = greeting;
    capabilities.encrypted = config.security != Security::None;

    if let Some(credentials) = &config.credentials {
        sign_in(&mut wire, credentials, &capabilities.auth, times.command).await?;
    }
    Ok((wire, capabilities))
}

async fn connect(config: &SmtpConfig) -> At<TcpStream> {
    let host = config.host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let cause = Cause::Config("the host name is empty or has spaces in it".to_owned());
        return Err((Step::Resolve, cause));
    }
    let limit = config.timeouts.connect;
    let addresses: Vec<SocketAddr> =
        match timeout(limit, tokio::net::lookup_host((host, config.port))).await {
            Err(_) => return Err((Step::Resolve, Cause::Timeout)),
            Ok(Err(error)) => return Err((Step::Resolve, Cause::Io(error))),
            Ok(Ok(found)) => found.collect(),
        };
    // Every address gets its share, so that one that never answers does not hide the next.
    let share = limit / addresses.len().clamp(1, 16) as u32;
    let mut failure = Cause::Config("the host name has no address".to_owned());
    for address in addresses.into_iter().take(16) {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Whole groups of commands are written at once; waiting for more to come would only cost time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failure = Cause::Io(error),
            Err(_) => failure = Cause::Timeout,
        }
    }
    Err((Step::Connect, failure))
}

async fn encrypt(config: &SmtpConfig, tcp: TcpStream) -> At<Wire> {
    let faulty = |text: String| (Step::Tls, Cause::Config(text));
    let settings = tls::client_config(&config.trust).map_err(faulty)?;
    let host = config.host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| faulty("the host name cannot be the name of a certificate".to_owned()))?;
    let handshake = TlsConnector::from(settings).connect(name, tcp);
    match timeout(config.timeouts.connect, handshake).await {
        Err(_) => Err((Step::Tls, Cause::Timeout)),
        Ok(Err(error)) => Err((Step::Tls, Cause::Io(error))),
        Ok(Ok(stream)) => Ok(Wire::new(Stream::Tls(Box::new(stream)))),
    }
}

async fn start_tls(mut wire: Wire, config: &SmtpConfig) -> At<Wire> {
    let answer = wire
        .ask("STARTTLS", config.timeouts.command)
        .await
        .map_err(|broken| (Step::StartTls, broken.into()))?;
    expect(&wire, &answer, 220, Step::StartTls)?;
    // Whoever puts replies behind the 220 hopes that they are taken for words of the encrypted relay.
    if wire.has_unread() {
        return Err((Step::StartTls, Cause::Injected));
    }
    match wire.stream {
        Stream::Plain(tcp) => encrypt(config, tcp).await,
        encrypted @ Stream::Tls(_) => Ok(Wire::new(encrypted)),
    }
}

async fn hello(wire: &mut Wire, config: &SmtpConfig) -> At<Capabilities> {
    let broken = |broken: super::error::Broken| (Step::Hello, broken.into());
    let limit = config.timeouts.command;
    let name: String = config
        .helo_name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(*c))
        .take(255)
        .collect();
    let name = if name.is_empty() { "localhost" } else { &name };
    let answer = wire
        .ask(&format!("EHLO {name}"), limit)
        .await
        .map_err(broken)?;
    match answer.class() {
        2 => Ok(Capabilities::read(wire.bytes(&answer))),
        // A server from before 1995.
        5 => {
            let answer = wire
                .ask(&format!("HELO {name}"), limit)
                .await
                .map_err(broken)?;
            expect(wire, &answer, 250, Step::Hello)?;
            Ok(Capabilities::default())
        }
        _ => Err((Step::Hello, Cause::Refused(wire.decode(&answer)))),
    }
}

async fn sign_in(
    wire: &mut Wire,
    credentials: &Credentials,
    mechanisms: &[String],
    limit: Duration,
) -> At<()> {
    let broken = |broken: super::error::Broken| (Step::SignIn, broken.into());
    let Credentials { username, password } = credentials;
    if username.contains('\0') || password.contains('\0') {
        let cause = Cause::Config("the user name or the password has a NUL in it".to_owned());
        return Err((Step::SignIn, cause));
    }
    let offers = |name: &str| mechanisms.iter().any(|mechanism| mechanism == name);
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let answer = if offers("PLAIN") {
        let response = encode(&format!("\0{username}\0{password}"));
        // A command line has at most 512 octets (RFC 4954, section 4).
        if response.len() <= 480 {
            wire.ask(&format!("AUTH PLAIN {response}"), limit).await
        } else {
            let answer = wire.ask("AUTH PLAIN", limit).await.map_err(broken)?;
            expect(wire, &answer, 334, Step::SignIn)?;
            wire.ask(&response, limit).await
        }
    } else if offers("LOGIN") {
        let answer = wire.ask("AUTH LOGIN", limit).await.map_err(broken)?;
        expect(wire, &answer, 334, Step::SignIn)?;
        let answer = wire.ask(&encode(username), limit).await.map_err(broken)?;
        expect(wire, &answer, 334, Step::SignIn)?;
        wire.ask(&encode(password), limit).await
    } else {
        let cause = Cause::Missing("the relay offers neither AUTH PLAIN nor AUTH LOGIN");
        return Err((Step::SignIn, cause));
    };
    expect(wire, &answer.map_err(broken)?, 235, Step::SignIn)
}

/// Any code of the class of `wanted` will do.
fn expect(wire: &Wire, answer: &Answer, wanted: u16, step: Step) -> At<()> {
    if answer.class() == wanted / 100 {
        Ok(())
    } else {
        Err((step, Cause::Refused(wire.decode(answer))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_relay_offers() {
        let reply =
            b"250-mx.test Hello PIPELINING\r\n250-size 1000\r\n250-Auth PLAIN login PLAIN\r\n\
            250-AUTH=CRAM-MD5\r\n250-8BITMIME\r\n250 StartTLS\r\n";
        let read = Capabilities::read(reply);
        assert!(!read.pipelining, "the first line is a greeting");
        assert_eq!(read.size_limit, Some(1000));
        assert_eq!(read.auth, ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert!(read.eight_bit_mime && read.starttls && !read.smtp_utf8);
        let unlimited = Capabilities::read(b"250-x\r\n250 SIZE 0\r\n");
        assert!(unlimited.size);
        assert_eq!(unlimited.size_limit, None);
        assert_eq!(Capabilities::read(b""), Capabilities::default());
    }
}
