//! What the kernel counts about processes.

use std::fs;
use std::time::Duration;

/// The load average of 1, 5 and 15 minutes, and how many cores share it.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<&str> = text.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{} on {cores} cores", averages.join(" "))
}

/// User and system time of a process, with that of children it has waited for.
pub(crate) fn cpu(pid: u32) -> Duration {
    let ticks: u64 = stat(pid).map_or(0, |fields| {
        let times = fields[11..15].iter();
        times.filter_map(|n| n.parse::<u64>().ok()).sum()
    });
    // USER_HZ is 100 wherever Linux runs.
    Duration::from_millis(ticks * 10)
}

/// Waits until a process does next to nothing: less than 5 % of a core for half a second.
pub(crate) async fn until_quiet(pid: u32) {
    const LOOK: Duration = Duration::from_millis(500);
    loop {
        let before = cpu(pid);
        tokio::time::sleep(LOOK).await;
        if cpu(pid).saturating_sub(before) < LOOK / 20 {
            return;
        }
    }
}

/// The CPU time of the PostgreSQL whose backends serve `database`.
pub(crate) fn postgres_cpu(database: &str) -> Duration {
    let processes: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    let title = |pid: u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let Some(server) = processes
        .iter()
        .find(|pid| {
            let title = title(**pid);
            title.starts_with("postgres: ") && title.contains(&format!(" {database} "))
        })
        .and_then(|pid| parent(*pid))
    else {
        return Duration::ZERO;
    };
    processes
        .iter()
        .filter(|pid| **pid == server || parent(**pid) == Some(server))
        .map(|pid| cpu(*pid))
        .sum()
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// `/proc/PID/stat` behind the name, which may hold anything: the state is field 0.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<String> = rest.split(' ').map(str::to_owned).collect();
    (fields.len() > 15).then_some(fields)
}

/// A line of `/proc/PID/status` in megabytes: `VmHWM` is the most memory it ever held, `VmRSS` what it holds now.
pub(crate) fn memory_mb(pid: u32, name: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|rest| rest.trim().split(' ').next()?.parse::<f64>().ok())
        .map_or(f64::NAN, |kb| kb / 1024.0)
}

/// Forgets the most memory that a process ever held, so that `VmHWM` begins with what it holds now.
pub(crate) fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the process is ours");
}

/// Microseconds for each of `count`.
pub(crate) fn each_us(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

/// The database in a `postgres://` URL.
pub(crate) fn database_name(url: &str) -> &str {
    let path = url.rsplit('/').next().unwrap_or_default();
    path.split('?').next().unwrap_or_default()
}
