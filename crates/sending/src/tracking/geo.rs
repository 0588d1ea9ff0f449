//! Countries of addresses, from a file that the operator supplies.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use maxminddb::{Reader, path};

/// A file in the MaxMind DB format, such as GeoLite2 Country or a free one of the same form.
#[derive(Clone)]
pub struct GeoIp(Arc<Reader<Vec<u8>>>);

impl fmt::Debug for GeoIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GeoIp").field(&self.about()).finish()
    }
}

impl GeoIp {
    /// Reads the file into memory.
    pub fn open(file: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
        Self::from_bytes(bytes)
    }

    /// The same with what is in it.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        let reader = Reader::from_source(bytes)
            .map_err(|error| format!("is no database in the MaxMind DB format: {error}"))?;
        Ok(Self(Arc::new(reader)))
    }

    /// Which one it is.
    pub fn about(&self) -> String {
        self.0.metadata().database_type.clone()
    }

    /// The country of an address as two letters (ISO 3166-1), if the file knows it.
    pub fn country(&self, ip: &str) -> Option<String> {
        let ip: IpAddr = ip.parse().ok()?;
        let found = self.0.lookup(ip).ok()?;
        let code: Option<&str> = found.decode_path(&path!["country", "iso_code"]).ok()?;
        let code = code?;
        // Whatever the file says, only what looks like a country is kept.
        (code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()))
            .then(|| code.to_ascii_uppercase())
    }
}

/// A database in which the lower half of all IPv4 addresses is one country's and the upper half another's.
#[cfg(test)]
pub(crate) fn two_countries(lower: &str, upper: &str) -> Vec<u8> {
    let text = |text: &str| {
        let mut bytes = vec![0x40 | text.len() as u8];
        bytes.extend_from_slice(text.as_bytes());
        bytes
    };
    let record = |code: &str| {
        let parts = [
            vec![0xe1],
            text("country"),
            vec![0xe1],
            text("iso_code"),
            text(code),
        ];
        parts.concat()
    };
    let (first, second) = (record(lower), record(upper));
    // One node: both its records point into the data, which begins 16 bytes behind the tree.
    let at = |offset: usize| [0, 0, (1 + 16 + offset) as u8];
    let mut file = [at(0), at(first.len())].concat();
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&first);
    file.extend_from_slice(&second);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let small = |kind: u8, n: u8| vec![kind << 5 | 1, n];
    let fields: [(&str, Vec<u8>); 9] = [
        ("binary_format_major_version", small(5, 2)),
        ("binary_format_minor_version", small(5, 0)),
        ("build_epoch", vec![1, 2, 1]),
        ("database_type", text("Test-Country")),
        ("description", vec![0xe0]),
        ("ip_version", small(5, 4)),
        ("languages", vec![0, 4]),
        ("node_count", small(6, 1)),
        ("record_size", small(5, 24)),
    ];
    file.push(0xe0 | fields.len() as u8);
    for (name, value) in fields {
        file.extend_from_slice(&text(name));
        file.extend_from_slice(&value);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_countries_and_garbage_has_none() {
        let geo = GeoIp::from_bytes(two_countries("de", "US")).unwrap();
        assert_eq!(geo.about(), "Test-Country");
        assert_eq!(geo.country("10.0.0.1").as_deref(), Some("DE"));
        assert_eq!(geo.country("192.0.2.1").as_deref(), Some("US"));
        for garbage in ["", "localhost", "2001:db8::1", "1.2.3"] {
            assert_eq!(geo.country(garbage), None, "{garbage}");
        }
        let odd = GeoIp::from_bytes(two_countries("<script>", "=1")).unwrap();
        assert_eq!(
            (odd.country("10.0.0.1"), odd.country("192.0.2.1")),
            (None, None)
        );
        assert!(GeoIp::from_bytes(b"no database".to_vec()).is_err());
    }
}
