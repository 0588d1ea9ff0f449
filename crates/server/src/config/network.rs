//! `[network]`: what may be asked.

use net::{Guard, Network as Range};

use super::reader::Reader;

/// What may be asked.
#[derive(Clone, Debug)]
pub struct Network {
    /// Which addresses may be dialed.
    pub guard: Guard,
}

impl Network {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        const NAME: &str = "network.allow_private";
        let text = reader.text(NAME).unwrap_or_default();
        let mut networks = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.parse::<Range>() {
                Ok(network) => networks.push(network),
                Err(expected) => reader.fault(NAME, format!("{expected}; it is {part:?}")),
            }
        }
        Self {
            guard: Guard::allowing(networks),
        }
    }
}
