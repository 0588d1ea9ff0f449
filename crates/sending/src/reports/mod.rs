//! Reports: what became of a campaign.
//!
//! Everything but the list of recipients reads roll-ups, which are kept in the transactions that change what they
//! count: a report on a million people opens as fast as one on ten. Rates count people, not machines.

mod ab;
mod comparison;
mod export;
mod model;
pub(crate) mod routes;
mod store;

pub use ab::{AbReport, VariantReport, ab};
pub use comparison::{CampaignComparison, CampaignRates, MedianRates, comparison};
pub use model::{
    Activity, Countries, Devices, Facet, Leaver, LinkReport, Recipient, Report, SeriesPoint, Who,
};
pub use routes::routes;
