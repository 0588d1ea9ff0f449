//! Addresses that can be taken but look wrong: those of a role rather than a person, and those of a domain that is
//! probably a slip of the finger. Their rows are taken; the report says so.

use std::collections::HashMap;

use kernel::{EmailAddress, fold};

pub(super) const ROLE_ADDRESS: &str = "role_address";
pub(super) const LIKELY_TYPO: &str = "likely_typo";

/// What is read by a department, or by a program. People who get mail there did rarely ask for it themselves.
const ROLES: [&str; 37] = [
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "bounce",
    "careers",
    "contact",
    "do-not-reply",
    "donotreply",
    "enquiries",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "jobs",
    "kontakt",
    "mailer-daemon",
    "marketing",
    "no-reply",
    "noc",
    "noreply",
    "office",
    "orders",
    "postmaster",
    "press",
    "privacy",
    "root",
    "sales",
    "security",
    "service",
    "spam",
    "support",
    "webmaster",
];

/// Where most people have their mail.
const PROVIDERS: [&str; 19] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "yahoo.co.uk",
    "hotmail.com",
    "hotmail.co.uk",
    "outlook.com",
    "icloud.com",
    "live.com",
    "aol.com",
    "comcast.net",
    "verizon.net",
    "t-online.de",
    "freenet.de",
    "web.de",
    "orange.fr",
    "wanadoo.fr",
    "libero.it",
    "protonmail.com",
];

/// Domains that are one letter away from a provider and in use themselves.
const REAL: [&str; 5] = [
    "email.com",
    "fmail.com",
    "mail.com",
    "rocketmail.com",
    "ymail.com",
];

/// Ends that no domain has.
const WRONG_ENDS: [(&str, &str); 6] = [
    (".con", ".com"),
    (".cmo", ".com"),
    (".ocm", ".com"),
    (".comm", ".com"),
    (".vom", ".com"),
    (".nte", ".net"),
];

/// Why an address looks wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

/// Looks at addresses. Remembers domains, since a file has few of them.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// What each domain probably should be.
    domains: HashMap<String, Option<String>>,
}

const MAX_REMEMBERED: usize = 4096;

impl Doubts {
    pub(super) fn of(&mut self, address: &EmailAddress) -> Option<Doubt> {
        if let Some(meant) = self.meant(address.domain()) {
            return Some(Doubt {
                code: LIKELY_TYPO,
                reason: format!(
                    "the row was taken, but {} looks like a slip for {meant}; mail to it would probably bounce",
                    address.domain()
                ),
            });
        }
        let local = fold(address.local_part());
        let name = local.split('+').next().unwrap_or_default();
        ROLES.binary_search(&name).is_ok().then(|| Doubt {
            code: ROLE_ADDRESS,
            reason: format!(
                "the row was taken, but {name}@ is rarely one person, and whoever reads it may not have asked for mail"
            ),
        })
    }

    fn meant(&mut self, domain: &str) -> Option<String> {
        if let Some(known) = self.domains.get(domain) {
            return known.clone();
        }
        let meant = meant(domain);
        if self.domains.len() == MAX_REMEMBERED {
            self.domains.clear();
        }
        self.domains.insert(domain.to_owned(), meant.clone());
        meant
    }
}

fn meant(domain: &str) -> Option<String> {
    if PROVIDERS.contains(&domain) || REAL.contains(&domain) {
        return None;
    }
    if let Some((wrong, right)) = WRONG_ENDS.iter().find(|(wrong, _)| domain.ends_with(wrong)) {
        let corrected = format!("{}{right}", domain.strip_suffix(wrong)?);
        return Some(meant(&corrected).unwrap_or(corrected));
    }
    let name_length = |domain: &str| domain.find('.').unwrap_or(0);
    PROVIDERS
        .iter()
        // Of short names there are too many that are one letter away.
        .filter(|provider| name_length(provider) >= 5)
        .find(|provider| one_slip_apart(domain.as_bytes(), provider.as_bytes()))
        .map(|provider| (*provider).to_owned())
}

/// Whether one letter was left out, added, replaced or swapped with the next.
fn one_slip_apart(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], [_]) | ([_], []) => true,
        ([x, a @ ..], [y, b @ ..]) => {
            let swapped = a.first() == Some(y)
                && b.first() == Some(x)
                && a.get(1..).unwrap_or_default() == b.get(1..).unwrap_or_default();
            let whole =
                |rest: &[u8], first: &u8, other: &[u8]| other.split_first() == Some((first, rest));
            // Replaced; one more in `a`; one more in `b`.
            a == b || swapped || whole(b, y, a) || whole(a, x, b)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(address: &str) -> Option<&'static str> {
        let address = EmailAddress::parse(address).unwrap();
        Doubts::default().of(&address).map(|doubt| doubt.code)
    }

    #[test]
    fn the_list_of_roles_is_sorted() {
        assert!(ROLES.is_sorted());
    }

    #[test]
    fn roles_and_slips_are_noticed() {
        for (address, wanted) in [
            ("Info@shop.example", Some(ROLE_ADDRESS)),
            ("sales+may@shop.example", Some(ROLE_ADDRESS)),
            ("information@shop.example", None),
            ("ada@gmial.com", Some(LIKELY_TYPO)),
            ("ada@gmal.com", Some(LIKELY_TYPO)),
            ("ada@gmaill.com", Some(LIKELY_TYPO)),
            ("ada@gmsil.com", Some(LIKELY_TYPO)),
            ("ada@gmail.co", Some(LIKELY_TYPO)),
            ("ada@gmail.con", Some(LIKELY_TYPO)),
            ("ada@hotmial.com", Some(LIKELY_TYPO)),
            ("ada@yaho.com", Some(LIKELY_TYPO)),
            ("ada@shop.comm", Some(LIKELY_TYPO)),
            ("info@gmial.com", Some(LIKELY_TYPO)),
            ("ada@gmail.com", None),
            ("ada@mail.com", None),
            ("ada@ymail.com", None),
            ("ada@gmx.de", None),
            ("ada@web.de", None),
            ("ada@example.com", None),
            ("ada@hotmail.de", None),
        ] {
            assert_eq!(code_of(address), wanted, "{address}");
        }
    }

    #[test]
    fn a_slip_names_what_was_meant() {
        assert_eq!(meant("gmial.con").as_deref(), Some("gmail.com"));
        assert_eq!(meant("shop.con").as_deref(), Some("shop.com"));
    }
}
