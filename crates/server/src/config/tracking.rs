//! `[geoip]` and `[tracking]`: what helps to tell who opens and clicks.

use std::net::IpAddr;
use std::path::Path;

use sending::tracking::GeoIp;

use super::reader::Reader;

/// What helps to tell who opens and clicks.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// Countries of addresses.
    pub geoip: Option<GeoIp>,
    /// Networks of machines.
    pub machine_networks: Vec<(IpAddr, u8)>,
}

impl Tracking {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let geoip = reader.text("geoip.file").and_then(|file| {
            GeoIp::open(Path::new(&file))
                .map_err(|why| reader.fault("geoip.file", format!("{file} {why}")))
                .ok()
        });
        let networks = reader.text("tracking.machine_networks").unwrap_or_default();
        let mut machine_networks = Vec::new();
        for text in networks
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            match network(text) {
                Some(network) => machine_networks.push(network),
                None => reader.fault(
                    "tracking.machine_networks",
                    format!("{text:?} is no network such as 192.0.2.0/24 or 2001:db8::/32"),
                ),
            }
        }
        Self {
            geoip,
            machine_networks,
        }
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some((address, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_with_bits() {
        let v4 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network("192.0.2.0/24"), Some((v4("192.0.2.0"), 24)));
        assert_eq!(network("192.0.2.7"), Some((v4("192.0.2.7"), 32)));
        assert_eq!(network("2001:db8::/32"), Some((v4("2001:db8::"), 32)));
        for wrong in ["", "192.0.2.0/33", "192.0.2/24", "x/8", "192.0.2.0/-1"] {
            assert_eq!(network(wrong), None, "{wrong}");
        }
    }
}
