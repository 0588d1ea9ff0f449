//! The jobs and the recurring work of a process, in one table.

use std::time::Duration;

use ctx::Ctx;
use jobs::Registry;
use sending::sandbox::Retention;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// How long finished jobs are kept, and those that failed for good.
const KEEP_DONE: Duration = DAY;
const KEEP_DEAD: Duration = Duration::from_hours(90 * 24);
/// Most rows that one run of a cleaning forgets, so that its transaction stays short.
const AT_ONCE: i64 = 5_000;

/// What this version of Sendero knows. `sandbox` is how much of the sandbox inbox is kept.
pub fn registry(sandbox: Retention, engine: automation::engine::Engine) -> Registry {
    let waiting_engine = engine.clone();
    Registry::new()
        // What happens once, when somebody asked for it.
        .job::<audience::imports::ImportJob>()
        .job::<audience::imports::UndoJob>()
        .job::<audience::exports::ExportJob>()
        .job::<audience::bulk::BulkJob>()
        .job::<audience::Purge>()
        .job::<audience::segments::members::Upkeep>()
        .job::<audience::fields::OptionsJob>()
        .job::<audience::suppressions::Sweep>()
        .job::<audience::suppressions::Release>()
        .job::<sending::campaigns::SnapshotJob>()
        .job::<sending::campaigns::CancelJob>()
        .job::<sending::campaigns::DecideJob>()
        .job::<sending::campaigns::ReleaseJob>()
        .job::<booking::calendars::Read>()
        .job::<booking::calendars::Copy>()
        .job::<booking::calendars::Leave>()
        // What happens again and again.
        .every("start due campaigns", 5 * SECOND, |ctx: Ctx| async move {
            Ok(sending::campaigns::start_due(ctx).await?)
        })
        .every(
            "send series that are due",
            5 * SECOND,
            |ctx: Ctx| async move {
                sending::series::run_due(&ctx).await?;
                Ok(())
            },
        )
        .every("look at feeds", MINUTE, |ctx: Ctx| async move {
            sending::feeds::run_due(&ctx).await?;
            Ok(())
        })
        .every("look at dates of people", 10 * MINUTE, {
            let engine = engine.clone();
            move |ctx: Ctx| {
                let engine = engine.clone();
                async move {
                    automation::engine::reach_dates(&ctx, &engine).await?;
                    Ok(())
                }
            }
        })
        .every(
            "look at schedules of automations",
            5 * SECOND,
            move |ctx: Ctx| {
                let engine = engine.clone();
                async move {
                    automation::engine::keep_schedules(&ctx, &engine).await?;
                    Ok(())
                }
            },
        )
        .every("forget keys of events", HOUR, |ctx: Ctx| async move {
            until_few(|| automation::custom::sweep(&ctx, AT_ONCE)).await
        })
        .every("forget runs that are over", HOUR, |ctx: Ctx| async move {
            automation::engine::forget_finished(&ctx).await?;
            Ok(())
        })
        .every("keep segments up", 20 * SECOND, |ctx: Ctx| async move {
            Ok(audience::segments::members::upkeep_due(&ctx).await?)
        })
        .every("fold sizes of groups", 10 * SECOND, |ctx: Ctx| async move {
            audience::fold_label_counts(&ctx).await?;
            Ok(())
        })
        .every("keep no longer than wanted", HOUR, |ctx: Ctx| async move {
            audience::privacy::sweep(&ctx).await?;
            Ok(())
        })
        .every("forget sessions", HOUR, |ctx: Ctx| async move {
            until_few(|| identity::sessions::prune(&ctx, AT_ONCE)).await
        })
        .every(
            "forget idempotency keys",
            10 * MINUTE,
            |ctx: Ctx| async move { until_few(|| web::idempotency::prune(&ctx, AT_ONCE)).await },
        )
        .every(
            "forget what limits do not look back to",
            10 * MINUTE,
            |ctx: Ctx| async move {
                sending::limits::sweep(&ctx).await?;
                Ok(())
            },
        )
        .every("empty the sandbox", MINUTE, move |ctx: Ctx| async move {
            sending::sandbox::sweep(&ctx, sandbox).await?;
            Ok(())
        })
        .every("forget old messages", HOUR, |ctx: Ctx| async move {
            sending::transactional::sweep(&ctx).await?;
            Ok(())
        })
        .every("forget old imports", HOUR, |ctx: Ctx| async move {
            until_few(|| audience::imports::forget_old(&ctx, AT_ONCE)).await
        })
        .every("remove old exports", HOUR, |ctx: Ctx| async move {
            until_few(|| audience::exports::sweep(&ctx, AT_ONCE)).await
        })
        .every("announce bookings", 20 * SECOND, {
            let engine = waiting_engine.clone();
            move |ctx: Ctx| {
                let engine = engine.clone();
                async move {
                    announce_bookings(&ctx, &engine).await?;
                    Ok(())
                }
            }
        })
        .every("read calendars", 20 * SECOND, |ctx: Ctx| async move {
            booking::calendars::read_due(&ctx).await?;
            Ok(())
        })
        .every("complete bookings", MINUTE, |ctx: Ctx| async move {
            booking::bookings::sweep(&ctx).await?;
            Ok(())
        })
        .every("forget holds", HOUR, |ctx: Ctx| async move {
            until_few(|| booking::holds::sweep(&ctx, AT_ONCE)).await
        })
        .every("forget jobs", 10 * MINUTE, |ctx: Ctx| async move {
            jobs::prune(&ctx, KEEP_DONE, KEEP_DEAD).await?;
            Ok(())
        })
}

/// Records that bookings start soon, so long before as automations wait for it; how many.
pub async fn announce_bookings(
    ctx: &Ctx,
    engine: &automation::engine::Engine,
) -> kernel::Result<u64> {
    let event = events::kind::BOOKING_STARTS_IN;
    let wanted = automation::engine::numbers_named(ctx, engine, event, "minutes").await?;
    booking::bookings::announce_upcoming(ctx, &wanted).await
}

/// Repeats a cleaning until there is little left.
async fn until_few<F>(mut clean: impl FnMut() -> F) -> anyhow::Result<()>
where
    F: Future<Output = kernel::Result<u64>>,
{
    while clean().await? >= AT_ONCE.unsigned_abs() {}
    Ok(())
}
