//! `[log]`: what is logged and how.

use std::str::FromStr;

use tracing_subscriber::EnvFilter;

use super::reader::Reader;

/// What is logged and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// For people or for programs.
    pub format: Format,
    /// What is logged, as `EnvFilter` reads it.
    pub level: String,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line each.
    Text,
    /// An object per line.
    Json,
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let format = reader.parsed("log.format").unwrap_or(Format::Text);
        let level = reader
            .text("log.level")
            .unwrap_or_else(|| "info".to_owned());
        if EnvFilter::builder().parse(&level).is_err() || !known_levels(&level) {
            reader.fault(
                "log.level",
                format!(
                    "expected error, warn, info, debug or trace, or parts such as \"info,sending=debug\"; \
                     it is {level:?}"
                ),
            );
        }
        Self { format, level }
    }
}

/// The filter takes any word for the name of a part.
fn known_levels(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    text.split(',').all(|part| {
        let level = part.rsplit('=').next().unwrap_or_default().trim();
        LEVELS.contains(&level.to_ascii_lowercase().as_str())
    })
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected text or json"),
        }
    }
}
