//! Against spam and hoarding: forms that only we can make, and a pace per address. Nothing of it asks a third party.

use std::net::IpAddr;
use std::time::Duration;

use ctx::{Ctx, Purpose};
use data_encoding::BASE64URL_NOPAD;
use kernel::{AccountId, Result, Timestamp};

/// How long a form may lie open.
const OPEN: Duration = Duration::from_hours(12);
/// Over what a pace is counted.
const WINDOW: Duration = Duration::from_mins(10);

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// Keeps a time while they fill in a form.
    Hold,
    /// Books, moves, cancels, waits.
    Write,
}

impl Deed {
    /// How often within [`WINDOW`], from one address.
    fn most(self) -> u32 {
        match self {
            Self::Hold => 120,
            Self::Write => 30,
        }
    }
}

/// How much came from where lately.
#[derive(Clone, Debug)]
pub(super) struct Pace(web::Pace<(Deed, IpAddr)>);

impl Default for Pace {
    fn default() -> Self {
        Self(web::Pace::new(WINDOW))
    }
}

impl Pace {
    /// Counts a deed, or says that it is too much. Without an address nothing is counted: the request did not come
    /// through a network.
    pub(super) fn count(&self, now: Timestamp, deed: Deed, from: Option<IpAddr>) -> Result<()> {
        match from {
            Some(from) => self.0.count((deed, network(from)), now, deed.most()),
            None => Ok(()),
        }
    }
}

/// An address, or of IPv6 the network that one customer has.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let mut bytes = v6.octets();
            bytes[8..].fill(0);
            IpAddr::from(bytes)
        }
    }
}

/// What a form carries to show that we made it, for this account and this purpose, lately.
pub(super) fn seal(ctx: &Ctx, account: AccountId, purpose: &str) -> String {
    let at = ctx.clock.now().as_micros().to_string();
    let code = code(ctx, account, purpose, &at);
    format!("{at}.{}", BASE64URL_NOPAD.encode(&code))
}

/// Whether it is such a form.
pub(super) fn is_ours(ctx: &Ctx, account: AccountId, purpose: &str, seal: &str) -> bool {
    let Some((at, given)) = seal.split_once('.') else {
        return false;
    };
    let Ok(micros) = at.parse() else { return false };
    let (now, made) = (ctx.clock.now(), Timestamp::from_micros(micros));
    let known = BASE64URL_NOPAD.decode(given.as_bytes()).is_ok_and(|given| {
        let key = ctx.secrets.account_key(Purpose::Csrf, account);
        key.verify(message(purpose, at).as_bytes(), &given)
    });
    known && made <= now && now.since(made) < OPEN
}

fn code(ctx: &Ctx, account: AccountId, purpose: &str, at: &str) -> [u8; 16] {
    let key = ctx.secrets.account_key(Purpose::Csrf, account);
    key.mac(message(purpose, at).as_bytes())
}

fn message(purpose: &str, at: &str) -> String {
    format!("booking page {purpose} {at}")
}

#[cfg(test)]
mod tests {
    use kernel::Error;

    use super::*;

    #[test]
    fn an_address_has_so_much_and_a_network_of_ipv6_too() {
        let pace = Pace::default();
        let start = Timestamp::from_micros(1_000_000_000);
        let one: Option<IpAddr> = "192.0.2.1".parse().ok();
        for _ in 0..Deed::Write.most() {
            pace.count(start, Deed::Write, one).unwrap();
        }
        let refused = pace.count(start + Duration::from_mins(4), Deed::Write, one);
        assert!(matches!(
            refused,
            Err(Error::RateLimited { retry_after }) if retry_after == Duration::from_mins(6)
        ));
        pace.count(start, Deed::Hold, one).unwrap();
        pace.count(start, Deed::Write, "192.0.2.2".parse().ok())
            .unwrap();
        pace.count(start + WINDOW, Deed::Write, one).unwrap();
        for host in 0..Deed::Write.most() {
            let from = format!("2001:db8::{host:x}").parse().ok();
            pace.count(start, Deed::Write, from).unwrap();
        }
        let same = pace.count(start, Deed::Write, "2001:db8::ffff:1".parse().ok());
        assert!(same.is_err());
        pace.count(start, Deed::Write, "2001:db8:0:1::1".parse().ok())
            .unwrap();
        pace.count(start, Deed::Write, None).unwrap();
    }
}
