//! The program `sendero`.

use std::process::ExitCode;

/// Steadier under bursts of mail than the system's: freed memory goes back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
