//! Texts in DNS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RData;

/// How long one try takes at most, and all of them with all servers.
const TRY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(6);

/// An answer on its way.
pub type TextLookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<String>>> + Send + 'a>>;

/// Who is asked for the texts (TXT records, RFC 1035 section 3.3.14) of a name.
pub trait Texts: Send + Sync + 'static {
    /// All texts of `name`, the parts of each put together (RFC 7208 section 3.3); none when the name does not exist. An
    /// error says that nobody knows: no server answered, or it could not tell.
    fn texts<'a>(&'a self, name: &'a str) -> TextLookup<'a>;
}

/// The name servers of the operating system, or others. Nothing is remembered: who asks has just changed a record.
#[derive(Clone, Debug, Default)]
pub struct DnsTexts {
    server: Option<SocketAddr>,
}

impl DnsTexts {
    /// Asks the name server at this address, by UDP and, where an answer is too long for that, by TCP.
    #[must_use]
    pub fn at(server: SocketAddr) -> Self {
        Self {
            server: Some(server),
        }
    }

    fn resolver(&self) -> io::Result<TokioResolver> {
        let mut builder = match self.server {
            None => TokioResolver::builder_tokio().map_err(io::Error::other)?,
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                let connections = connections.map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options = builder.options_mut();
        options.cache_size = 0;
        options.timeout = TRY;
        options.attempts = 2;
        builder.build().map_err(io::Error::other)
    }
}

/// Whether a server said that there is nothing, which is not the same as that it could not say.
fn is_nothing(error: &NetError) -> bool {
    let NetError::Dns(DnsError::NoRecordsFound(nothing)) = error else {
        return false;
    };
    matches!(
        nothing.response_code,
        ResponseCode::NXDomain | ResponseCode::NoError
    )
}

impl Texts for DnsTexts {
    fn texts<'a>(&'a self, name: &'a str) -> TextLookup<'a> {
        Box::pin(async move {
            // With the dot at the end, the search list of this machine is left out.
            let name = format!("{}.", name.trim_end_matches('.'));
            let resolver = self.resolver()?;
            let found = tokio::time::timeout(PATIENCE, resolver.txt_lookup(name)).await?;
            let found = match found {
                Ok(found) => found,
                Err(error) if is_nothing(&error) => return Ok(Vec::new()),
                Err(error) => return Err(io::Error::other(error)),
            };
            let texts = found.answers().iter().filter_map(|record| {
                let RData::TXT(text) = &record.data else {
                    return None;
                };
                Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
            });
            Ok(texts.collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::Message;
    use hickory_resolver::proto::rr::rdata::TXT;
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    /// A name server that knows two names, and has trouble with one.
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the runtime of the test"
    )]
    async fn name_server() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((size, from)) = socket.recv_from(&mut buffer).await {
                let mut answer = Message::from_vec(&buffer[..size]).unwrap().into_response();
                let name: Name = answer.queries[0].name().clone();
                let text = |parts: &[&str]| {
                    let parts = parts.iter().map(|&part| part.to_owned()).collect();
                    Record::from_rdata(name.clone(), 60, RData::TXT(TXT::new(parts)))
                };
                let (code, records) = match name.to_ascii().to_lowercase().as_str() {
                    "key._domainkey.example.com." => {
                        (ResponseCode::NoError, vec![text(&["v=DKIM1; ", "p=abc"])])
                    }
                    "example.com." => (
                        ResponseCode::NoError,
                        vec![text(&["v=spf1 -all"]), text(&["other"])],
                    ),
                    "trouble.example.com." => (ResponseCode::ServFail, Vec::new()),
                    _ => (ResponseCode::NXDomain, Vec::new()),
                };
                answer.metadata.response_code = code;
                answer.insert_answers(records);
                socket
                    .send_to(&answer.to_vec().unwrap(), from)
                    .await
                    .unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn texts_are_put_together_and_trouble_is_not_absence() {
        let dns = DnsTexts::at(name_server().await);
        assert_eq!(
            dns.texts("key._domainkey.example.com").await.unwrap(),
            ["v=DKIM1; p=abc"]
        );
        let mut found = dns.texts("example.com").await.unwrap();
        found.sort();
        assert_eq!(found, ["other", "v=spf1 -all"]);
        assert!(dns.texts("no.example.com").await.unwrap().is_empty());
        dns.texts("trouble.example.com").await.unwrap_err();
        dns.texts("a name..with nonsense").await.unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_given_up() {
        // Bound, and never read.
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = DnsTexts::at(silent.local_addr().unwrap());
        let began = tokio::time::Instant::now();
        dns.texts("example.com").await.unwrap_err();
        assert!(began.elapsed() <= PATIENCE + TRY);
    }
}
