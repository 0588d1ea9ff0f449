//! `[server]`: HTTP.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use super::reader::Reader;
use super::size::Size;

/// How the server is reached.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where people reach it, without a slash at the end.
    pub public_url: PublicUrl,
    /// Whether `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
    /// The largest body of a request.
    pub max_body_bytes: usize,
    /// The largest uploaded file.
    pub max_upload_bytes: u64,
}

/// `https://mail.example.com`: a scheme and a host, perhaps a port; no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

const LARGEST_BODY: u64 = 1 << 30;

impl Server {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let listen = reader.parsed::<Listen>("server.listen").map_or_else(
            || SocketAddr::from(([127, 0, 0, 1], 8080)),
            |listen| listen.0,
        );
        let public_url = if reader.text("server.public_url").is_some() {
            reader.parsed("server.public_url")
        } else {
            None
        };
        let max_body = reader
            .parsed::<Size>("server.max_body")
            .map_or(2_000_000, |size| size.0);
        if !(1_000..=LARGEST_BODY).contains(&max_body) {
            reader.fault("server.max_body", "expected 1 kB to 1 GB");
        }
        let max_upload_bytes = reader
            .parsed::<Size>("server.max_upload")
            .map_or(2_000_000_000, |size| size.0);
        if max_upload_bytes < 1_000 {
            reader.fault("server.max_upload", "expected at least 1 kB");
        }
        Self {
            public_url: public_url.unwrap_or_else(|| PublicUrl::of(listen)),
            listen,
            trust_proxy: reader.flag("server.trust_proxy"),
            max_body_bytes: usize::try_from(max_body).unwrap_or(usize::MAX),
            max_upload_bytes,
        }
    }
}

impl PublicUrl {
    /// What to call a server that was told no address: something a browser on this machine can open.
    pub fn of(listen: SocketAddr) -> Self {
        let port = listen.port();
        Self(
            if listen.ip().is_unspecified() || listen.ip().is_loopback() {
                format!("http://localhost:{port}")
            } else {
                format!("http://{listen}")
            },
        )
    }

    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without scheme and port.
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest);
        if rest.starts_with('[') {
            return rest.split_inclusive(']').next().unwrap_or(rest);
        }
        rest.split(':').next().unwrap_or(rest)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str =
            "expected an address such as https://mail.example.com, without a path";
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let scheme = scheme.to_ascii_lowercase();
        let host = rest.trim_end_matches('/');
        let plain = !host.is_empty()
            && !host.starts_with(':')
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        if !matches!(scheme.as_str(), "http" | "https") || !plain {
            return Err(EXPECTED);
        }
        Ok(Self(format!("{scheme}://{}", host.to_ascii_lowercase())))
    }
}

struct Listen(SocketAddr);

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.replace("localhost:", "127.0.0.1:")
            .parse()
            .map(Self)
            .map_err(|_| "expected an address and a port, such as 127.0.0.1:8080 or [::]:8080")
    }
}
