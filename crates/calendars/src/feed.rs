//! A calendar that is published as a file of iCalendar under an address. It is only read.

use std::fmt;
use std::time::Duration;

use data_encoding::HEXLOWER;
use net::{Client, Request, Response, Url};
use sha2::{Digest as _, Sha256};

use crate::asking::{ask, basic, plain, refusal};
use crate::{Changes, Content, Fault, Listed, Object};

/// Larger ones are not read.
const MAX_BYTES: usize = 10 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
const REDIRECTS: u32 = 5;
/// The one object that a feed is.
const KEY: &str = "feed";

/// A feed.
#[derive(Clone)]
pub struct Feed {
    client: Client,
    url: String,
    /// Where the address had a name and a password in it.
    authorization: Option<String>,
}

impl fmt::Debug for Feed {
    // The address is often the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl Feed {
    /// At this address; `webcal://` is `https://`.
    pub fn new(client: Client, address: &str) -> Result<Self, Fault> {
        let address = address.trim();
        let address = match address.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcal") => {
                format!("https://{rest}")
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcals") => {
                format!("https://{rest}")
            }
            _ => address.to_owned(),
        };
        let mut url = Url::parse(&address)
            .map_err(|_| Fault::Refused("the address is not complete".to_owned()))?;
        let mut authorization = None;
        if !url.username().is_empty() || url.password().is_some() {
            let user = decoded(url.username());
            let password = decoded(url.password().unwrap_or_default());
            authorization = Some(basic(&user, &password));
            // Only addresses without a host have no room for a name, and those are refused anyway.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let url = url.to_string();
        client.check(&url).map_err(crate::asking::unanswered)?;
        Ok(Self {
            client,
            url,
            authorization,
        })
    }

    /// Itself.
    pub async fn list(&self) -> Result<Vec<Listed>, Fault> {
        let (text, _) = self.text(None).await?.ok_or_else(unasked)?;
        let head = Head::of(&text);
        Ok(vec![Listed {
            id: self.url.clone(),
            name: head.name,
            color: head.color,
            writable: false,
            zone: head.zone,
            primary: false,
            owner: None,
        }])
    }

    /// The whole calendar, or nothing if it is what it was.
    pub async fn changes(&self, token: Option<&str>) -> Result<Changes, Fault> {
        let known = token.and_then(Token::read);
        let unchanged = |token: Option<&str>| Changes {
            whole: false,
            changed: Vec::new(),
            removed: Vec::new(),
            token: token.map(str::to_owned),
        };
        let Some((text, new)) = self.text(known.as_ref()).await? else {
            return Ok(unchanged(token));
        };
        // Many servers know no condition, or mark every answer as new.
        if known.is_some_and(|known| known.digest == new.digest) {
            return Ok(unchanged(Some(&new.write())));
        }
        Ok(Changes {
            whole: true,
            changed: vec![object(text, &new)],
            removed: Vec::new(),
            token: Some(new.write()),
        })
    }

    /// The whole calendar.
    pub async fn now(&self) -> Result<Vec<Object>, Fault> {
        let (text, token) = self.text(None).await?.ok_or_else(unasked)?;
        Ok(vec![object(text, &token)])
    }

    /// The text, or nothing if it is what it was.
    async fn text(&self, known: Option<&Token>) -> Result<Option<(String, Token)>, Fault> {
        let mut request = Request::get(&*self.url)
            .header("accept", "text/calendar, text/plain;q=0.5, */*;q=0.1")
            .timeout(TIMEOUT)
            .max_bytes(MAX_BYTES)
            .redirects(REDIRECTS);
        if let Some(authorization) = &self.authorization {
            request = request
                .header("authorization", authorization)
                .confidential();
        }
        if let Some(known) = known {
            if !known.etag.is_empty() {
                request = request.header("if-none-match", &known.etag);
            }
            if !known.modified.is_empty() {
                request = request.header("if-modified-since", &known.modified);
            }
        }
        let response = ask(&self.client, request).await?;
        match response.status {
            304 if known.is_some() => return Ok(None),
            304 => return Err(unasked()),
            // No body is not an empty calendar.
            200 => {}
            _ => return Err(refusal(&response)),
        }
        let token = Token::of(&response);
        let text = String::from_utf8_lossy(&response.body);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let begins = "BEGIN:VCALENDAR";
        if !text
            .get(..begins.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(begins))
        {
            return Err(Fault::Garbage(format!(
                "there is no calendar at this address, but: {}",
                plain(text.get(..2000).unwrap_or(text))
            )));
        }
        Ok(Some((text.to_owned(), token)))
    }
}

fn unasked() -> Fault {
    Fault::Garbage("the server says that nothing has changed, and was not asked that".to_owned())
}

fn object(text: String, token: &Token) -> Object {
    Object {
        key: KEY.to_owned(),
        etag: Some(token.digest.clone()),
        uid: None,
        content: Content::ICalendar(text),
    }
}

fn decoded(text: &str) -> String {
    crate::paths::decoded(text).unwrap_or_else(|| text.to_owned())
}

/// What is remembered of an answer.
struct Token {
    digest: String,
    etag: String,
    modified: String,
}

impl Token {
    fn of(response: &Response) -> Self {
        let header = |name| response.header(name).unwrap_or_default().to_owned();
        Self {
            digest: HEXLOWER.encode(&Sha256::digest(&response.body)),
            etag: header("etag"),
            modified: header("last-modified"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n').map(str::to_owned);
        let token = Self {
            digest: lines.next()?,
            etag: lines.next()?,
            modified: lines.next()?,
        };
        (token.digest.len() == 64).then_some(token)
    }

    fn write(&self) -> String {
        format!("{}\n{}\n{}", self.digest, self.etag, self.modified)
    }
}

/// What stands in a calendar before its first event.
#[derive(Default)]
struct Head {
    name: String,
    color: Option<String>,
    zone: Option<String>,
}

impl Head {
    fn of(text: &str) -> Self {
        let mut head = Self::default();
        for line in text.lines().skip(1).take(100) {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let name = name.split(';').next().unwrap_or_default();
            let value = value.trim();
            match name.to_ascii_uppercase().as_str() {
                "BEGIN" => break,
                "X-WR-CALNAME" | "NAME" if head.name.is_empty() => {
                    head.name = unescaped(value);
                }
                "X-APPLE-CALENDAR-COLOR" | "COLOR" => {
                    head.color = head.color.or_else(|| crate::caldav::color(value));
                }
                "X-WR-TIMEZONE" => head.zone = crate::caldav::zone(value),
                _ => {}
            }
        }
        head
    }
}

/// A text of iCalendar as it was meant.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
