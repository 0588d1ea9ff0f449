//! How often somebody may try to sign in.

use std::net::IpAddr;
use std::time::Duration;

use kernel::fold;
use sha2::{Digest as _, Sha256};

/// The time in which attempts are counted.
pub(super) const WINDOW: Duration = Duration::from_mins(15);

/// What is counted: by a hash, so that the table tells nobody's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) hash: [u8; 32],
    /// Attempts within [`WINDOW`].
    pub(super) limit: i64,
}

impl Key {
    /// Attempts at one user, from wherever: what guessing one password costs.
    pub(super) fn email(email: &str) -> Self {
        Self {
            hash: hash("email", fold(email.trim()).as_bytes()),
            limit: 10,
        }
    }

    /// Attempts from one network: what trying many users costs. An IPv6 client has a whole /64.
    pub(super) fn network(ip: IpAddr) -> Self {
        let network = match ip.to_canonical() {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
        };
        Self {
            hash: hash("network", &network),
            limit: 50,
        }
    }
}

fn hash(kind: &str, what: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update([0]);
    hash.update(what);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fold_what_is_the_same() {
        assert_eq!(
            Key::email(" Ada@Example.com"),
            Key::email("ada@example.COM ")
        );
        let key = |ip: &str| Key::network(ip.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
