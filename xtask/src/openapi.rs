//! `cargo xtask openapi`: the description of the HTTP API, as the program prints it.
//!
//! The document is kept in the repository, so that a change of the API is seen in a review.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};

use crate::workspace::{cargo, output, root};

const PATH: &str = "docs/api/openapi.json";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the file is not what the program prints
    #[arg(long)]
    pub(crate) check: bool,
}

/// `cargo xtask openapi`
pub(crate) fn command(args: &Args) -> Result<ExitCode> {
    let printed =
        output(cargo().args(["run", "--quiet", "--package", "sendero", "--", "openapi"]))?;
    let path = root().join(PATH);
    if !args.check {
        let directory = path.parent().expect("the path has a directory");
        fs::create_dir_all(directory)?;
        fs::write(&path, printed).with_context(|| format!("could not write {PATH}"))?;
        println!("wrote {PATH}");
        return Ok(ExitCode::SUCCESS);
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, kept, printed)) = first_difference(&kept, &printed) {
        println!("{PATH}:{line}: is not what the program prints; run `cargo xtask openapi`");
        println!("  kept:    {kept}\n  printed: {printed}");
        return Ok(ExitCode::FAILURE);
    }
    println!("{PATH} is what the program prints");
    Ok(ExitCode::SUCCESS)
}

/// The number of the first line that differs, and both versions of it.
fn first_difference<'a>(kept: &'a str, printed: &'a str) -> Option<(usize, &'a str, &'a str)> {
    let (mut kept, mut printed) = (kept.lines(), printed.lines());
    (1..).find_map(|number| match (kept.next(), printed.next()) {
        (None, None) => Some(None),
        (kept, printed) if kept == printed => None,
        (kept, printed) => {
            let end = "(end of the document)";
            Some(Some((
                number,
                kept.unwrap_or(end).trim(),
                printed.unwrap_or(end).trim(),
            )))
        }
    })?
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some((2, "b", "c")));
        assert_eq!(
            first_difference("", "a"),
            Some((1, "(end of the document)", "a"))
        );
        assert_eq!(
            first_difference("a\nb", "a"),
            Some((2, "b", "(end of the document)"))
        );
    }
}
