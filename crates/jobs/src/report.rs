//! The queue in numbers.

use std::collections::BTreeSet;

use ctx::Ctx;

use crate::registry::Registry;
use crate::store;

/// Sets the gauges `jobs_queued` (by kind and state) and `jobs_late_seconds` (of the job that waits longest), and
/// reports kinds that this process does not know, each once.
pub(crate) async fn report(
    ctx: &Ctx,
    registry: &Registry,
    strangers: &mut BTreeSet<String>,
    seen: &mut BTreeSet<(String, String)>,
) -> db::Result<()> {
    let depths = store::depths(&mut *ctx.read().await?).await?;
    let now = ctx.clock.now();
    let mut late = 0.0_f64;
    // A kind that has left the queue has no row, and its gauge must fall to zero all the same.
    let mut gone = std::mem::take(seen);
    for depth in depths {
        let labels = (depth.kind.clone(), depth.state.clone());
        metrics::gauge!("jobs_queued", "kind" => labels.0.clone(), "state" => labels.1.clone())
            .set(depth.jobs as f64);
        gone.remove(&labels);
        seen.insert(labels);
        if depth.state == "ready" {
            late = late.max(now.since(depth.oldest_due).as_secs_f64());
            if !registry.kinds.contains_key(depth.kind.as_str())
                && strangers.insert(depth.kind.clone())
            {
                tracing::warn!(
                    kind = depth.kind,
                    jobs = depth.jobs,
                    "jobs of a kind that this version does not know wait for one that does"
                );
            }
        }
    }
    for (kind, state) in gone {
        metrics::gauge!("jobs_queued", "kind" => kind, "state" => state).set(0.0);
    }
    metrics::gauge!("jobs_late_seconds").set(late);
    Ok(())
}
