//! Settings: defaults < `sendero.toml` < `SENDERO_*` environment < flags.
//!
//! `config.default.toml` is compiled in. It is the reference text, the list of known settings, and their defaults.
//! Each section has a file that turns texts into types. Everything is checked before anything starts, and all faults
//! are told together, each with the name of the setting, where its value came from and what to do.

mod calendars;
mod database;
mod files;
mod layers;
mod log;
mod mail;
mod metrics;
mod network;
mod reader;
mod sandbox;
mod secret;
mod server;
mod size;
#[cfg(test)]
mod tests;
mod tracking;
mod worker;

use std::fmt;
use std::path::{Path, PathBuf};

pub use calendars::Calendars;
pub use database::Database;
pub use files::Files;
pub use layers::{Flags, Layers, Source};
pub use log::{Format, Log};
pub use mail::Mail;
pub use metrics::Metrics;
pub use network::Network;
pub use reader::{Fault, Faults};
pub use sandbox::Sandbox;
pub use secret::Secret;
pub(crate) use secret::parse_key;
pub use server::{PublicUrl, Server};
pub use tracking::Tracking;
pub use worker::Worker;

use reader::Reader;

/// The reference text.
pub const DEFAULT_TEXT: &str = include_str!("config.default.toml");

/// Everything that can be set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// HTTP.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// The key.
    pub secret: Secret,
    /// Logging.
    pub log: Log,
    /// Background work.
    pub worker: Worker,
    /// Mail.
    pub mail: Mail,
    /// Pictures for mails.
    pub files: Files,
    /// What may be asked.
    pub network: Network,
    /// Calendars of hosts elsewhere.
    pub calendars: Calendars,
    /// Mail that was kept instead of sent.
    pub sandbox: Sandbox,
    /// What helps to tell who opens and clicks.
    pub tracking: Tracking,
    /// Metrics.
    pub metrics: Metrics,
    layers: Layers,
}

/// A text that `Debug` does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Config {
    /// Reads the file and the environment of this process.
    pub fn load(flags: &Flags) -> Result<Self, Faults> {
        Self::from_layers(Layers::gather(flags)?)
    }

    /// Checks what was gathered.
    pub fn from_layers(layers: Layers) -> Result<Self, Faults> {
        let mut reader = Reader::new(&layers);
        let data_dir = reader.required_path("data_dir");
        let server = Server::read(&mut reader);
        let config = Self {
            database: Database::read(&mut reader, &data_dir),
            secret: Secret::read(&mut reader),
            log: Log::read(&mut reader),
            worker: Worker::read(&mut reader),
            mail: Mail::read(&mut reader, &server),
            files: Files::read(&mut reader),
            network: Network::read(&mut reader),
            calendars: Calendars::read(&mut reader),
            sandbox: Sandbox::read(&mut reader),
            tracking: Tracking::read(&mut reader),
            metrics: Metrics::read(&mut reader),
            data_dir,
            server,
            layers: layers.clone(),
        };
        reader.finish()?;
        Ok(config)
    }

    /// Whether nobody has set this.
    pub fn is_default(&self, name: &str) -> bool {
        self.layers
            .get(name)
            .is_none_or(|(_, source)| *source == Source::Default)
    }

    /// What is in force, as TOML with the source of each value behind it and without secrets.
    pub fn dump(&self) -> String {
        self.layers.dump()
    }

    /// The file that was read, if there was one.
    pub fn file(&self) -> Option<&Path> {
        self.layers.file()
    }
}
