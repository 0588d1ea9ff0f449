//! From texts to types, keeping every fault.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Value;

use super::Hidden;
use super::layers::{Layers, Source};

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting, the variable or the file.
    pub name: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    pub(super) fn new(name: impl Display, message: impl Into<String>) -> Self {
        Self {
            name: name.to_string(),
            message: message.into(),
        }
    }
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings are not right:")?;
        for fault in &self.0 {
            write!(f, "\n  {}: {}", fault.name, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

pub(super) struct Reader<'a> {
    layers: &'a Layers,
    faults: Vec<Fault>,
    #[cfg(test)]
    pub(super) read: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            faults: Vec::new(),
            #[cfg(test)]
            read: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Faults(self.faults))
        }
    }

    /// Records that `name` is wrong, and where its value came from.
    pub(super) fn fault(&mut self, name: &str, message: impl Display) {
        let source = self.source(name);
        let message = match source {
            Source::Default | Source::File => message.to_string(),
            source => format!("{message} (it came from {source})"),
        };
        self.faults.push(Fault::new(name, message));
    }

    fn source(&self, name: &str) -> Source {
        self.layers
            .get(name)
            .map_or(Source::Default, |(_, source)| source.clone())
    }

    fn value(&mut self, name: &str) -> Option<&'a Value> {
        #[cfg(test)]
        self.read.push(name.to_owned());
        let value = self.layers.get(name).map(|(value, _)| value);
        debug_assert!(value.is_some(), "{name} is not in the reference text");
        value
    }

    /// A text, or `None` where it is empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text that must be there and be understood.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let Some(text) = self.text(name) else {
            self.fault(name, "must not be empty");
            return None;
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, format!("{error}; it is {text:?}"));
                None
            }
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, name: &str, least: i64, most: i64) -> u32 {
        let number = self.value(name).and_then(Value::as_integer).unwrap_or(0);
        if !(least..=most).contains(&number) {
            self.fault(name, format!("expected {least} to {most}, it is {number}"));
        }
        u32::try_from(number.clamp(least, most)).unwrap_or(0)
    }

    pub(super) fn required_path(&mut self, name: &str) -> PathBuf {
        self.text(name).map(PathBuf::from).unwrap_or_else(|| {
            self.fault(name, "must not be empty");
            PathBuf::from(".")
        })
    }

    /// A secret: `name`, or the first line of the file that `name` + `_file` names.
    pub(super) fn secret(&mut self, name: &str) -> Option<Hidden> {
        let file_name = format!("{name}_file");
        let (text, path) = (self.text(name), self.text(&file_name));
        let file_wins = self.rank(&file_name) > self.rank(name);
        match (text, path) {
            (Some(_), Some(_)) if self.rank(&file_name) == self.rank(name) => {
                self.fault(&file_name, format!("set either this or {name}, not both"));
                None
            }
            (Some(text), Some(_)) if !file_wins => Some(Hidden(text)),
            (Some(text), None) => Some(Hidden(text)),
            (_, Some(path)) => self.secret_file(&file_name, Path::new(&path)),
            (None, None) => None,
        }
    }

    fn rank(&self, name: &str) -> u8 {
        match self.source(name) {
            Source::Default => 0,
            Source::File => 1,
            Source::Environment(_) => 2,
            Source::Flag(_) => 3,
        }
    }

    fn secret_file(&mut self, name: &str, path: &Path) -> Option<Hidden> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let first = text.lines().next().unwrap_or_default().trim();
                if first.is_empty() {
                    self.fault(name, format!("{} is empty", path.display()));
                    return None;
                }
                Some(Hidden(first.to_owned()))
            }
            Err(error) => {
                self.fault(name, format!("{} cannot be read: {error}", path.display()));
                None
            }
        }
    }
}
