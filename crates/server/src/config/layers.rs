//! Where values come from, and which one wins.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::DEFAULT_TEXT;
use super::database::redacted_url;
use super::reader::{Fault, Faults};

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The file to read instead of `sendero.toml`.
    pub file: Option<PathBuf>,
    /// The name of a setting, its value, and the flag.
    pub values: Vec<(&'static str, String, &'static str)>,
}

/// Who set a value. Later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody.
    Default,
    /// The file.
    File,
    /// This environment variable.
    Environment(String),
    /// This flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str("file"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// All values with their sources. `Debug` prints names only, since values may be secrets.
#[derive(Clone)]
pub struct Layers {
    /// By full name, such as `server.listen`; the order is that of the reference text.
    values: Vec<(String, Value, Source)>,
    file: Option<PathBuf>,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.values.iter().map(|(name, _, source)| (name, source)))
            .finish()
    }
}

/// The names of secrets, which are never shown.
const SECRETS: &[&str] = &[
    "secret.key",
    "metrics.token",
    "calendars.google_client_secret",
    "calendars.microsoft_client_secret",
];
/// Variables that are not settings: which file to read, and what the commands that talk to a server need.
const OTHER_VARIABLES: &[&str] = &["SENDERO_CONFIG", "SENDERO_SERVER", "SENDERO_TOKEN"];
const TEST_PREFIX: &str = "SENDERO_TEST_";
const FILE_NAME: &str = "sendero.toml";

impl Layers {
    /// Nothing but defaults.
    pub fn defaults() -> Self {
        let table: Table = DEFAULT_TEXT
            .parse()
            .expect("the reference text is TOML, which a test checks");
        let mut values = Vec::new();
        flatten("", &table, &mut |name, value| {
            values.push((name, value.clone(), Source::Default));
        });
        // The order of a text is kept by nothing but the text itself.
        values.sort_by_key(|(name, ..)| position(name));
        Self { values, file: None }
    }

    /// Reads the file, the environment and the flags of this process.
    pub(super) fn gather(flags: &Flags) -> Result<Self, Faults> {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                let ours = name.starts_with("SENDERO_") && !name.starts_with(TEST_PREFIX);
                ours.then(|| (name, value.to_string_lossy().into_owned()))
            })
            .collect();
        let named = flags.file.clone().or_else(|| {
            variables
                .get("SENDERO_CONFIG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        });
        let (path, must_exist) = match named {
            Some(path) => (path, true),
            None => (PathBuf::from(FILE_NAME), false),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => None,
            Err(error) => {
                return Err(Faults(vec![Fault::new(
                    path.display(),
                    format!("cannot be read: {error}"),
                )]));
            }
        };
        Self::combine(
            text.as_deref().map(|text| (&*path, text)),
            &variables,
            flags,
        )
    }

    /// Puts the layers over each other.
    pub(super) fn combine(
        file: Option<(&Path, &str)>,
        variables: &BTreeMap<String, String>,
        flags: &Flags,
    ) -> Result<Self, Faults> {
        let mut layers = Self::defaults();
        let mut faults = Vec::new();
        if let Some((path, text)) = file {
            layers.file = Some(path.to_owned());
            match text.parse::<Table>() {
                Ok(table) => layers.take_file(path, &table, &mut faults),
                Err(error) => faults.push(Fault::new(
                    path.display(),
                    format!("is not valid TOML: {}", error.to_string().trim_end()),
                )),
            }
        }
        for (variable, text) in variables {
            layers.take_variable(variable, text, &mut faults);
        }
        for (name, text, flag) in &flags.values {
            layers.set_text(name, text, Source::Flag(flag), &mut faults);
        }
        if faults.is_empty() {
            Ok(layers)
        } else {
            Err(Faults(faults))
        }
    }

    fn take_file(&mut self, path: &Path, table: &Table, faults: &mut Vec<Fault>) {
        flatten("", table, &mut |name, value| {
            let Some(known) = self.values.iter_mut().find(|(known, ..)| *known == name) else {
                faults.push(Fault::new(
                    &name,
                    format!(
                        "{} has it, but there is no such setting{}",
                        path.display(),
                        self.suggest(&name)
                    ),
                ));
                return;
            };
            // A number is as good as a text where the default is a text: `max_body = 1000000`.
            let fits = known.1.same_type(value) || (known.1.is_str() && value.is_integer());
            if fits {
                known.1 = value.clone();
                known.2 = Source::File;
            } else {
                faults.push(Fault::new(
                    &name,
                    format!(
                        "expected {}, {} has {}",
                        kind(&known.1),
                        path.display(),
                        kind(value)
                    ),
                ));
            }
        });
    }

    fn take_variable(&mut self, variable: &str, text: &str, faults: &mut Vec<Fault>) {
        if OTHER_VARIABLES.contains(&variable) {
            return;
        }
        let name = self
            .values
            .iter()
            .map(|(name, ..)| name)
            .find(|name| variable_of(name) == variable)
            .cloned();
        match name {
            Some(name) => {
                let source = Source::Environment(variable.to_owned());
                self.set_text(&name, text, source, faults);
            }
            None => faults.push(Fault::new(
                variable,
                format!(
                    "there is no such setting{}",
                    self.suggest_variable(variable)
                ),
            )),
        }
    }

    fn set_text(&mut self, name: &str, text: &str, source: Source, faults: &mut Vec<Fault>) {
        let Some(known) = self.values.iter_mut().find(|(known, ..)| known == name) else {
            debug_assert!(false, "a flag sets {name}, which is not a setting");
            return;
        };
        let value = match &known.1 {
            Value::Boolean(_) => match text.trim() {
                "true" | "1" | "yes" | "on" => Some(Value::Boolean(true)),
                "false" | "0" | "no" | "off" => Some(Value::Boolean(false)),
                _ => None,
            },
            Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
            _ => Some(Value::String(text.to_owned())),
        };
        match value {
            Some(value) => {
                known.1 = value;
                known.2 = source;
            }
            None => faults.push(Fault::new(
                name,
                format!("expected {}, {source} is {text:?}", kind(&known.1)),
            )),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<(&Value, &Source)> {
        self.values
            .iter()
            .find(|(known, ..)| known == name)
            .map(|(_, value, source)| (value, source))
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(name, ..)| name.as_str())
    }

    /// The file that was read.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// As TOML, without secrets.
    pub(super) fn dump(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for (name, value, source) in &self.values {
            let (table, key) = name.rsplit_once('.').unwrap_or(("", name));
            if table != section {
                let _ = writeln!(out, "\n[{table}]");
                section = table;
            }
            let shown = match value {
                Value::String(text) if text.is_empty() => value.clone(),
                Value::String(_) if SECRETS.contains(&name.as_str()) => {
                    Value::String("(hidden)".to_owned())
                }
                Value::String(text) if name == "database.url" => Value::String(redacted_url(text)),
                other => other.clone(),
            };
            let line = format!("{key} = {shown}");
            match source {
                Source::Default => {
                    let _ = writeln!(out, "{line}");
                }
                Source::File => {
                    let file = self.file.as_deref().unwrap_or(Path::new(FILE_NAME));
                    let _ = writeln!(out, "{line:<40} # {}", file.display());
                }
                Source::Environment(_) | Source::Flag(_) => {
                    let _ = writeln!(out, "{line:<40} # {source}");
                }
            }
        }
        out
    }

    fn suggest(&self, name: &str) -> String {
        let key = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        self.closest(|known| {
            let difference = difference(known, name);
            // The right name in the wrong section.
            if key(known) == key(name) {
                difference.min(1)
            } else {
                difference
            }
        })
        .map_or_else(String::new, |known| format!("; did you mean {known}?"))
    }

    fn suggest_variable(&self, variable: &str) -> String {
        self.closest(|known| difference(&variable_of(known), variable))
            .map_or_else(
                || "; `sendero config dump` lists them all".to_owned(),
                |known| format!("; did you mean {}?", variable_of(known)),
            )
    }

    fn closest(&self, far: impl Fn(&str) -> usize) -> Option<&str> {
        self.values
            .iter()
            .map(|(known, ..)| (far(known), known.as_str()))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, known)| known)
    }
}

/// `server.listen` is `SENDERO_SERVER_LISTEN`.
fn variable_of(name: &str) -> String {
    format!("SENDERO_{}", name.replace('.', "_").to_uppercase())
}

fn flatten(prefix: &str, table: &Table, each: &mut impl FnMut(String, &Value)) {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Table(inner) => flatten(&name, inner, each),
            other => each(name, other),
        }
    }
}

/// Where the reference text names a setting.
fn position(name: &str) -> usize {
    let (table, key) = name.rsplit_once('.').unwrap_or(("", name));
    let start = if table.is_empty() {
        0
    } else {
        DEFAULT_TEXT.find(&format!("\n[{table}]\n")).unwrap_or(0)
    };
    start
        + DEFAULT_TEXT[start..]
            .find(&format!("\n{key} = "))
            .unwrap_or(0)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a point",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

/// How far what somebody wrote is from a name. A name that was not written to its end, or beyond it, is as near as one
/// with two wrong letters; what was written of it may have a wrong letter if it is not short.
fn difference(known: &str, written: &str) -> usize {
    const CUT: usize = 2;
    const SHORT: usize = 5;
    let to_starts = distances(written, known);
    let whole = to_starts.last().copied().unwrap_or_default();
    if written.starts_with(known) {
        return whole.min(CUT);
    }
    let wrong = to_starts.into_iter().min().unwrap_or_default();
    let key = written.rsplit_once('.').map_or("", |(_, key)| key);
    if wrong <= usize::from(key.len() > SHORT) {
        whole.min(wrong + CUT)
    } else {
        whole
    }
}

/// How many letters must be changed, added or left out to get from `a` to each start of `b`, from nothing to all of it.
fn distances(a: &str, b: &str) -> Vec<usize> {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row
}
