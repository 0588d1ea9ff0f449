//! Looking names up, and looking at what comes back.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Guard;
use crate::client::Error;

/// An answer on its way.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Who is asked for the addresses of a name.
pub trait Names: Send + Sync + 'static {
    /// All addresses of `host`.
    fn lookup<'a>(&'a self, host: &'a str) -> Lookup<'a>;
}

/// What the operating system knows.
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn lookup<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What the connector asks: it dials only what this returns.
pub(crate) struct GuardedNames {
    pub(crate) guard: Guard,
    pub(crate) names: Arc<dyn Names>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, names) = (self.guard.clone(), Arc::clone(&self.names));
        Box::pin(async move {
            let found = names
                .lookup(name.as_str())
                .await
                .map_err(|_| Error::Unresolved)?;
            if found.is_empty() {
                return Err(Error::Unresolved.into());
            }
            // One bad answer is enough: nobody's public server has a private address as well.
            if !found.iter().all(|address| guard.allows(*address)) {
                return Err(Error::Refused.into());
            }
            let addresses: Addrs =
                Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
