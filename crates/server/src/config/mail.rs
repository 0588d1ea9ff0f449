//! `[mail]`: how mail leaves.

use super::reader::Reader;
use super::server::Server;

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// What to call ourselves when we connect to a relay.
    pub helo_name: String,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader<'_>, server: &Server) -> Self {
        let helo_name = reader
            .text("mail.helo_name")
            .unwrap_or_else(|| server.public_url.host().to_owned());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if helo_name.len() > 255 || !helo_name.chars().all(plain) {
            reader.fault(
                "mail.helo_name",
                "expected the name of this machine, such as mail.example.com",
            );
        }
        Self { helo_name }
    }
}
