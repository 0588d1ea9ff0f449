//! How soon the allocator gives memory back to the system.
//!
//! mimalloc keeps what is freed for a while that grows under load, and then until the same thread asks for memory again:
//! after an import or a campaign the threads that did it hold 40 MB that nobody uses. It reads its settings from the
//! environment before `main`, and they cannot be built in, so the program begins once more with them set.

/// Milliseconds until freed memory goes back, and no more when there is more of it. Against mimalloc's own settings, a
/// campaign of 100,000 takes 110 MB instead of 150 and a tenth more CPU.
const SETTINGS: [(&str, &str); 2] = [
    ("MIMALLOC_PURGE_DELAY", "1"),
    ("MIMALLOC_PURGE_EXTEND_DELAY", "0"),
];

/// Replaces this process by itself with the settings that are missing: same arguments, same process id. What the
/// operator has set stays. Where that is not possible, the program goes on with the memory it takes.
#[cfg(unix)]
pub(super) fn give_back_soon() {
    use std::env;
    use std::os::unix::process::CommandExt as _;

    let missing: Vec<(&str, &str)> = SETTINGS
        .into_iter()
        .filter(|(name, _)| env::var_os(name).is_none())
        .collect();
    if missing.is_empty() {
        return;
    }
    let mut arguments = env::args_os();
    let (Some(name), Ok(program)) = (arguments.next(), env::current_exe()) else {
        return;
    };
    let error = std::process::Command::new(program)
        .arg0(name)
        .args(arguments)
        .envs(missing)
        .exec();
    tracing::debug!(%error, "the allocator keeps its own settings");
}

#[cfg(not(unix))]
pub(super) fn give_back_soon() {}
