//! Puts the web app into the program.
//!
//! A release build always embeds the app that its sources say: from `UI_DIST` if that is set, else `ui/dist` if it was
//! built from exactly these sources, else from a build of its own with npm. Where that is impossible the program is
//! built without the app, says so, and serves a page that tells what to install. A debug build embeds nothing and never
//! starts npm: it serves `ui/dist` from the disk, which `cargo xtask ui` fills. `UI_BUILD=never` leaves the app out.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// What the app is built from; `ui/vite.config.ts` has the same list.
const SOURCES: &[&str] = &[
    "i18n",
    "ui/index.html",
    "ui/package-lock.json",
    "ui/package.json",
    "ui/public",
    "ui/src",
    "ui/tsconfig.json",
    "ui/vite.config.ts",
];
/// In a build of the app: the fingerprint of its sources.
const FINGERPRINT: &str = "sources.sha256";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=UI_DIST");
    println!("cargo::rerun-if-env-changed=UI_BUILD");
    let out = PathBuf::from(variable("OUT_DIR").expect("cargo says where to write"));
    let directory = match app(&out) {
        Ok(directory) => directory,
        Err(reason) => {
            println!("cargo::warning=the web app is not in this build: {reason}");
            None
        }
    };
    let table = directory.map_or_else(|| "&[]".to_owned(), |directory| table(&directory));
    fs::write(out.join("ui.rs"), table).expect("the directory of the build can be written");
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo talks to a build script through the environment"
)]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the built app is, if this build is to have it.
fn app(out: &Path) -> Result<Option<PathBuf>, String> {
    if variable("UI_BUILD").as_deref() == Some("never") {
        return Ok(None);
    }
    if let Some(directory) = variable("UI_DIST") {
        println!("cargo::rerun-if-changed={directory}");
        return if Path::new(&directory).join("index.html").is_file() {
            Ok(Some(directory.into()))
        } else {
            Err(format!("UI_DIST is {directory}, which has no index.html"))
        };
    }
    if variable("PROFILE").as_deref() != Some("release") {
        return Ok(None);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for source in SOURCES {
        let path = root.join(source);
        // A path that is missing would start this program anew each time.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let ui = root.join("ui");
    let sources = fingerprint(&root);
    let built = ui.join("dist");
    let own = out.join("ui");
    if fs::read_to_string(built.join(FINGERPRINT)).is_ok_and(|kept| kept.trim() == sources) {
        // A copy: whoever builds the app again meanwhile takes no file from under the compiler.
        copy(&built, &own).map_err(|error| format!("ui/dist cannot be copied: {error}"))?;
        return Ok(Some(own));
    }
    build(&ui, &own)?;
    Ok(Some(own))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let mut files = Vec::new();
    collect(from, &mut files);
    for file in files {
        let target = to.join(file.strip_prefix(from).unwrap_or(&file));
        if let Some(directory) = target.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::copy(&file, &target)?;
    }
    Ok(())
}

fn fingerprint(root: &Path) -> String {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files);
    }
    let mut files: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|file| (name(root, &file), file))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for (name, file) in files {
        let content = fs::read(file).unwrap_or_default();
        hash.update(format!("{name}\0{}\0", content.len()));
        hash.update(content);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else {
        if path.is_file() {
            files.push(path.to_owned());
        }
        return;
    };
    for entry in entries.flatten() {
        collect(&entry.path(), files);
    }
}

fn name(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap_or(file);
    relative.to_string_lossy().replace('\\', "/")
}

fn build(ui: &Path, out: &Path) -> Result<(), String> {
    let lock = fs::read(ui.join("package-lock.json")).map_err(|error| error.to_string())?;
    // What is installed is kept while the lock file is the same.
    let stamp = ui.join("node_modules/.sendero-lock");
    let installed = fs::read(&stamp).is_ok_and(|kept| kept == lock);
    if !installed {
        npm(ui, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(&stamp, &lock).map_err(|error| error.to_string())?;
    }
    let out = out
        .to_str()
        .ok_or("the directory of the build is not text")?;
    npm(
        ui,
        &["run", "build", "--", "--outDir", out, "--emptyOutDir"],
    )
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(ui)
        .output()
        .map_err(|error| {
            format!("npm could not be started ({error}); install Node.js 20.19 or newer")
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().rev().find(|line| !line.trim().is_empty());
    Err(format!(
        "npm {} failed: {}",
        arguments.join(" "),
        said.unwrap_or("no message")
    ))
}

/// The files of `directory` as a table in Rust: name, content, and the content as brotli has it.
fn table(directory: &Path) -> String {
    let mut files = Vec::new();
    collect(directory, &mut files);
    let mut files: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|file| (name(directory, &file), file))
        .collect();
    files.sort();
    let mut table = String::from("&[\n");
    for (name, file) in &files {
        let compressed_form = file.extension().is_some_and(|extension| extension == "br");
        if name == FINGERPRINT || compressed_form || name.ends_with(".gitkeep") {
            continue;
        }
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        let content = |path: &Path| {
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            format!("include_bytes!({:?})", path.to_string_lossy())
        };
        let brotli = if compressed.is_file() {
            format!("Some({})", content(&compressed))
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            table,
            "    Embedded {{ name: {name:?}, raw: {}, brotli: {brotli} }},",
            content(file)
        );
    }
    table.push(']');
    table
}
