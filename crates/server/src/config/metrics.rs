//! `[metrics]`: figures for Prometheus.

use super::Hidden;
use super::reader::Reader;

/// Figures for Prometheus.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Whether there is `/metrics`.
    pub enabled: bool,
    /// What other machines must send to read it.
    pub token: Option<Hidden>,
}

impl Metrics {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let token = reader.secret("metrics.token");
        if token.as_ref().is_some_and(|token| token.0.len() < 16) {
            reader.fault("metrics.token", "expected at least 16 characters");
        }
        Self {
            enabled: reader.flag("metrics.enabled"),
            token,
        }
    }
}
