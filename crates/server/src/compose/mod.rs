//! Where everything comes together: routes, jobs, what runs in the background.
//!
//! The one place that names every slice. [`routes`] is the whole of HTTP, [`jobs`] the table of jobs and schedules,
//! [`background`] what a process runs beside its requests.

pub mod background;
pub mod jobs;
pub mod routes;

use sending::sandbox::Retention;

use crate::config::Config;
use crate::ui::Ui;

/// What the slices are told about this installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the server is reached, and where uploads wait.
    pub web: web::Config,
    /// How mail leaves.
    pub sending: sending::Config,
    /// How much of what did not leave is kept.
    pub sandbox: Retention,
    /// What is known of automations in memory.
    pub automation: automation::engine::Engine,
    /// Where the web app comes from.
    pub ui: Ui,
}

/// In the data directory.
const SPOOL: &str = "uploads";

impl Settings {
    /// From the configuration.
    pub fn of(config: &Config) -> Self {
        let web = web::Config {
            trust_proxy: config.server.trust_proxy,
            max_body_bytes: config.server.max_body_bytes,
            spool_dir: config.data_dir.join(SPOOL),
            max_upload_bytes: config.server.max_upload_bytes,
            ..web::Config::new(config.server.public_url.as_str())
        };
        Self {
            sending: sending::Config {
                public_url: web.public_url.as_str().into(),
                helo_name: config.mail.helo_name.as_str().into(),
                tracking: sending::Tracking {
                    geoip: config.tracking.geoip.clone(),
                    machine_networks: config.tracking.machine_networks.as_slice().into(),
                },
                files: config.files.limits,
            },
            sandbox: config.sandbox.retention,
            automation: automation::engine::Engine::default(),
            ui: Ui::of_build(),
            web,
        }
    }
}
