//! From JSON to blocks. Every fault is found in one pass, with its path: `body.document.blocks[2].props.label`.

use std::collections::HashSet;

use rules::Rule;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::model::{Block, BlockDocument, BlockKind, BlockSettings};
use super::props::{Column, ColumnsProps, SectionProps};
use crate::document::{Fault, Finding};
use crate::names::nearest;

/// Of the format.
const VERSION: u16 = 1;
/// Most blocks and columns in a document.
const MAX_BLOCKS: usize = 500;
/// Most columns beside each other.
const MAX_COLUMNS: usize = 4;
/// After so many faults the rest is not worth reading.
const MAX_FAULTS: usize = 50;
/// What an id may have.
const MAX_ID: usize = 40;

/// Where blocks stand, which decides what they may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Section,
    Column,
}

impl BlockDocument {
    /// Reads the JSON form. `at` is what the input calls the document, and begins every path.
    pub fn read(json: &Value, at: &str) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::default();
        let document = reader.document(json, at);
        match document {
            Some(document) if reader.findings.is_empty() => Ok(document),
            _ => Err(reader.findings),
        }
    }
}

#[derive(Default)]
struct Reader {
    findings: Vec<Finding>,
    ids: HashSet<String>,
    blocks: usize,
}

impl Reader {
    fn fail<T>(&mut self, path: &str, code: &'static str, message: impl Into<String>) -> Option<T> {
        if self.findings.len() < MAX_FAULTS {
            self.findings
                .push(Fault::error(0, code, message).locate(path, ""));
        }
        None
    }

    fn document(&mut self, json: &Value, at: &str) -> Option<BlockDocument> {
        let object = self.object(json, at, &["version", "settings", "blocks"])?;
        match object.get("version") {
            Some(version) if version.as_u64() == Some(u64::from(VERSION)) => {}
            Some(_) => {
                let message = format!("this program knows version {VERSION} of block documents");
                return self.fail(&format!("{at}.version"), "unsupported_version", message);
            }
            None => {
                let message = format!("give the version of the format: {VERSION}");
                self.fail::<()>(&format!("{at}.version"), "required", message);
            }
        }
        let settings = match object.get("settings") {
            Some(settings) => {
                let path = format!("{at}.settings");
                let settings: Option<BlockSettings> = self.typed(settings, &path);
                if let Some(settings) = &settings {
                    self.language(&settings.language, &format!("{path}.language"));
                }
                settings
            }
            None => Some(BlockSettings::default()),
        };
        let path = format!("{at}.blocks");
        let Some(blocks) = object.get("blocks") else {
            return self.fail(&path, "required", "give the blocks, from top to bottom");
        };
        let blocks = self.blocks(blocks, &path, Place::Top)?;
        Some(BlockDocument {
            version: VERSION,
            settings: settings?,
            blocks,
        })
    }

    /// It becomes an attribute of the mail.
    fn language(&mut self, tag: &str, path: &str) {
        let fits = tag.len() <= 35
            && tag.split('-').enumerate().all(|(place, part)| {
                (if place == 0 { 2..=8 } else { 1..=8 }).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if !fits {
            let message = "write a language tag, such as en or pt-BR";
            self.fail::<()>(path, "invalid", message);
        }
    }

    fn blocks(&mut self, json: &Value, path: &str, place: Place) -> Option<Vec<Block>> {
        let Some(list) = json.as_array() else {
            return self.fail(path, "wrong_type", "must be a list of blocks");
        };
        self.blocks += list.len();
        if self.blocks > MAX_BLOCKS {
            let message = format!("a document has at most {MAX_BLOCKS} blocks");
            return self.fail(path, "too_many", message);
        }
        let blocks: Vec<Option<Block>> = list
            .iter()
            .enumerate()
            .map(|(index, json)| self.block(json, &format!("{path}[{index}]"), place))
            .collect();
        blocks.into_iter().collect()
    }

    fn block(&mut self, json: &Value, path: &str, place: Place) -> Option<Block> {
        let object = self.object(json, path, &["id", "type", "props", "visibility"])?;
        let id = self.id(object, path);
        let visibility = self.visibility(object, path);
        let kind_path = format!("{path}.type");
        let Some(name) = object.get("type").and_then(Value::as_str) else {
            return self.fail(&kind_path, "required", "say what the block is, as text");
        };
        let refused = match (name, place) {
            ("section", Place::Section | Place::Column) => {
                Some("a section stands in nothing else; move it to the top")
            }
            ("columns", Place::Column) => Some("columns cannot hold columns"),
            _ => None,
        };
        if let Some(message) = refused {
            return self.fail(&kind_path, "too_deep", message);
        }
        let empty = Value::Object(Map::new());
        let props = object.get("props").unwrap_or(&empty);
        let at = format!("{path}.props");
        let kind = match name {
            "section" => BlockKind::Section(self.section(props, &at)?),
            "columns" => BlockKind::Columns(self.columns(props, &at)?),
            "text" => BlockKind::Text(self.typed(props, &at)?),
            "heading" => BlockKind::Heading(self.typed(props, &at)?),
            "image" => BlockKind::Image(self.typed(props, &at)?),
            "button" => BlockKind::Button(self.typed(props, &at)?),
            "booking" => BlockKind::Booking(self.typed(props, &at)?),
            "divider" => BlockKind::Divider(self.typed(props, &at)?),
            "spacer" => BlockKind::Spacer(self.typed(props, &at)?),
            "social" => BlockKind::Social(self.typed(props, &at)?),
            "menu" => BlockKind::Menu(self.typed(props, &at)?),
            "logo" => BlockKind::Logo(self.typed(props, &at)?),
            "footer" => BlockKind::Footer(self.typed(props, &at)?),
            "video" => BlockKind::Video(self.typed(props, &at)?),
            "table" => BlockKind::Table(self.typed(props, &at)?),
            "product" => BlockKind::Product(self.typed(props, &at)?),
            "quote" => BlockKind::Quote(self.typed(props, &at)?),
            "html" => BlockKind::Html(self.typed(props, &at)?),
            other => {
                let names = BlockKind::NAMES.iter().map(|name| (*name).to_owned());
                let hint = nearest(other, names)
                    .map(|name| format!("; did you mean {name}?"))
                    .unwrap_or_default();
                let shown: String = other.chars().take(40).collect();
                let message = format!("there is no block {shown}{hint}");
                return self.fail(&kind_path, "unknown", message);
            }
        };
        self.counts(&kind, &at);
        Some(Block {
            id: id?,
            kind,
            visibility: visibility?,
        })
    }

    fn section(&mut self, json: &Value, path: &str) -> Option<SectionProps> {
        let (rest, blocks) = self.take(json, path, "blocks")?;
        let props: Option<SectionProps> = self.typed(&rest, path);
        let path = format!("{path}.blocks");
        let blocks = match blocks {
            Some(blocks) => self.blocks(&blocks, &path, Place::Section),
            None => Some(Vec::new()),
        };
        Some(SectionProps {
            blocks: blocks?,
            ..props?
        })
    }

    fn columns(&mut self, json: &Value, path: &str) -> Option<ColumnsProps> {
        let (rest, columns) = self.take(json, path, "columns")?;
        let props: Option<ColumnsProps> = self.typed(&rest, path);
        let at = format!("{path}.columns");
        let Some(Value::Array(list)) = columns else {
            return self.fail(&at, "required", "give a list of 1 to 4 columns");
        };
        if !(1..=MAX_COLUMNS).contains(&list.len()) {
            let message = format!("give 1 to {MAX_COLUMNS} columns");
            return self.fail(&at, "out_of_range", message);
        }
        self.blocks += list.len();
        let columns: Vec<Option<Column>> = list
            .iter()
            .enumerate()
            .map(|(index, json)| self.column(json, &format!("{at}[{index}]")))
            .collect();
        let props = props?;
        if !props.ratios.is_empty() && props.ratios.len() != list.len() {
            let message = format!("give {} ratios, one for each column", list.len());
            return self.fail(&format!("{path}.ratios"), "invalid", message);
        }
        Some(ColumnsProps {
            columns: columns.into_iter().collect::<Option<Vec<Column>>>()?,
            ..props
        })
    }

    fn column(&mut self, json: &Value, path: &str) -> Option<Column> {
        let object = self.object(
            json,
            path,
            &[
                "id",
                "background",
                "padding",
                "radius_px",
                "blocks",
                "visibility",
            ],
        )?;
        let id = self.id(object, path);
        let visibility = self.visibility(object, path);
        let blocks = match object.get("blocks") {
            Some(blocks) => self.blocks(blocks, &format!("{path}.blocks"), Place::Column),
            None => Some(Vec::new()),
        };
        let mut rest = object.clone();
        rest.retain(|key, _| matches!(&**key, "background" | "padding" | "radius_px"));
        let column: Column = self.typed(&Value::Object(rest), path)?;
        Some(Column {
            id: id?,
            visibility: visibility?,
            blocks: blocks?,
            ..column
        })
    }

    /// Lists that would be too long, or empty where that means nothing.
    fn counts(&mut self, kind: &BlockKind, path: &str) {
        let mut count = |key: &str, len: usize, least: usize, most: usize| {
            if !(least..=most).contains(&len) {
                let message = format!("give {least} to {most}");
                self.fail::<()>(&format!("{path}.{key}"), "out_of_range", message);
            }
        };
        match kind {
            BlockKind::Social(props) => count("links", props.links.len(), 1, 20),
            BlockKind::Menu(props) => count("items", props.items.len(), 1, 12),
            BlockKind::Table(props) => {
                count("rows", props.rows.len(), 1, 100);
                count("aligns", props.aligns.len(), 0, 8);
                let cells = props.rows.first().map_or(1, Vec::len);
                count("rows[0]", cells, 1, 8);
                for (index, row) in props.rows.iter().enumerate().skip(1) {
                    count(&format!("rows[{index}]"), row.len(), cells, cells);
                }
            }
            _ => {}
        }
    }

    fn id(&mut self, object: &Map<String, Value>, path: &str) -> Option<String> {
        let path = format!("{path}.id");
        let Some(id) = object.get("id").and_then(Value::as_str) else {
            return self.fail(&path, "required", "give the block an id, as text");
        };
        let fits = (1..=MAX_ID).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !fits {
            let message = format!("an id has 1 to {MAX_ID} letters, digits, - and _");
            return self.fail(&path, "invalid", message);
        }
        if !self.ids.insert(id.to_owned()) {
            let message = format!("another block has the id {id}; ids are unique in a document");
            return self.fail(&path, "duplicate", message);
        }
        Some(id.to_owned())
    }

    /// The outer option says whether it could be read.
    fn visibility(&mut self, object: &Map<String, Value>, path: &str) -> Option<Option<Rule>> {
        match object.get("visibility") {
            None | Some(Value::Null) => Some(None),
            Some(json) => match Rule::parse(json) {
                Ok(rule) => Some(Some(rule)),
                Err(faults) => {
                    for fault in faults {
                        let error = fault.into_field_error(&format!("{path}.visibility"));
                        if self.findings.len() < MAX_FAULTS {
                            self.findings.push(Finding::of(error));
                        }
                    }
                    None
                }
            },
        }
    }

    fn object<'v>(
        &mut self,
        json: &'v Value,
        path: &str,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = json.as_object() else {
            return self.fail(path, "wrong_type", "must be an object");
        };
        for key in object.keys().filter(|key| !known.contains(&&***key)) {
            let hint = nearest(key, known.iter().map(|known| (*known).to_owned()))
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            let shown: String = key.chars().take(60).collect();
            let message = format!("there is no such property{hint}");
            self.fail::<()>(&format!("{path}.{shown}"), "unknown", message);
        }
        Some(object)
    }

    /// An object without one of its members, and that member.
    fn take(&mut self, json: &Value, path: &str, key: &str) -> Option<(Value, Option<Value>)> {
        let Some(object) = json.as_object() else {
            return self.fail(path, "wrong_type", "must be an object");
        };
        let mut rest = Map::new();
        let mut taken = None;
        for (name, value) in object {
            if name == key {
                taken = Some(value.clone());
            } else {
                rest.insert(name.clone(), value.clone());
            }
        }
        Some((Value::Object(rest), taken))
    }

    fn typed<T: DeserializeOwned>(&mut self, json: &Value, path: &str) -> Option<T> {
        // serde would take the values from a list too, by position.
        if !json.is_object() {
            return self.fail(path, "wrong_type", "must be an object");
        }
        match serde_path_to_error::deserialize(json) {
            Ok(value) => Some(value),
            Err(error) => {
                let inner = error.path().to_string();
                let message = error.into_inner().to_string();
                let at = match &*inner {
                    "." => path.to_owned(),
                    inner => format!("{path}.{inner}"),
                };
                let (at, code, message) = explain(at, message);
                self.fail(&at, code, message)
            }
        }
    }
}

/// serde's words as ours. A missing field is named in the message only.
fn explain(path: String, message: String) -> (String, &'static str, String) {
    for code in ["out_of_range", "invalid_color", "invalid_id"] {
        if let Some(rest) = message
            .strip_prefix(code)
            .and_then(|rest| rest.strip_prefix(": "))
        {
            return (path, code, rest.to_owned());
        }
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let field = rest.split('`').next().unwrap_or_default();
        return (
            format!("{path}.{field}"),
            "required",
            "is required".to_owned(),
        );
    }
    let code = if message.starts_with("unknown field") {
        "unknown"
    } else if message.starts_with("invalid type") {
        "wrong_type"
    } else {
        "invalid"
    };
    let message = message.chars().take(300).collect();
    (path, code, message)
}
