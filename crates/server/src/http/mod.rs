//! HTTP as seen from outside the routes: connections and their time-outs, health, metrics.

mod health;
mod listen;
mod metrics;
mod pace;

pub(crate) use health::routes as health_routes;
pub use listen::serve;
pub use metrics::Exporter;
pub(crate) use metrics::routes as metrics_routes;
pub(crate) use pace::layer as pace_layer;
