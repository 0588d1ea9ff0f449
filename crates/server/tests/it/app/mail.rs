//! A mail as its recipient's program reads it.

use mail_parser::MessageParser;

/// A delivered mail, parsed by somebody else's code.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) html: String,
    pub(crate) text: String,
    headers: Vec<(String, String)>,
}

impl Mail {
    #[track_caller]
    pub(crate) fn parse(source: &[u8]) -> Self {
        let message = MessageParser::default()
            .parse(source)
            .unwrap_or_else(|| panic!("no mail: {}", String::from_utf8_lossy(source)));
        let to = message
            .to()
            .and_then(|to| to.first())
            .and_then(|to| to.address())
            .unwrap_or_default();
        let headers = message
            .headers_raw()
            .map(|(name, value)| (name.to_ascii_lowercase(), unfold(value)))
            .collect();
        Self {
            to: to.to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            headers,
        }
    }

    /// The values of a header, unfolded.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The only value of a header.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let values = self.headers(name);
        assert_eq!(values.len(), 1, "one {name} in the mail to {}", self.to);
        values[0]
    }

    /// Addresses in `href` of the HTML that hold a click token, in order.
    pub(crate) fn clicks(&self) -> Vec<String> {
        self.addresses("href=\"", "/t/c/")
    }

    /// The address of the picture that tells of opens.
    #[track_caller]
    pub(crate) fn pixel(&self) -> String {
        let found = self.addresses("src=\"", "/t/o/");
        assert_eq!(found.len(), 1, "one pixel in the mail to {}", self.to);
        found[0].clone()
    }

    /// The address of one-click unsubscribing.
    #[track_caller]
    pub(crate) fn unsubscribe(&self) -> String {
        let header = self.header("list-unsubscribe");
        header
            .split(',')
            .map(|part| part.trim().trim_start_matches('<').trim_end_matches('>'))
            .find(|address| address.starts_with("https://"))
            .unwrap_or_else(|| panic!("no address of HTTPS in {header}"))
            .to_owned()
    }

    fn addresses(&self, attribute: &str, part: &str) -> Vec<String> {
        self.html
            .split(attribute)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|address| address.contains(part))
            .map(|address| address.replace("&amp;", "&"))
            .collect()
    }
}

fn unfold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
