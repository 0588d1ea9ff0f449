//! What uses a field, a group or a tag: asked before it is deleted, and shown to whoever thinks about it.

mod store;

use db::Tx;
use kernel::{AccountId, Error, Result};
use rules::References;
use serde::Serialize;
use utoipa::ToSchema;

use crate::segments;

/// What may be in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// By its key.
    Field(String),
    Group(i64),
    Tag(i64),
}

impl Thing {
    fn is_in(&self, references: &References) -> bool {
        match self {
            Self::Field(key) => references.fields.contains(key),
            Self::Group(id) => references.groups.contains(id),
            Self::Tag(id) => references.tags.contains(id),
        }
    }

    /// Whether a campaign that is not over speaks of it: its content of a field, its audience of a group or tag.
    fn is_in_campaign(&self, audience: &serde_json::Value, document: &str) -> bool {
        let lists = |names: [&str; 2], id: &i64| {
            let id = id.to_string();
            names.iter().any(|name| {
                let list = audience[*name].as_array();
                list.is_some_and(|list| list.iter().any(|it| it.as_str() == Some(id.as_str())))
            })
        };
        match self {
            Self::Field(key) => mentions(document, key),
            Self::Group(id) => lists(["groups", "exclude_groups"], id),
            Self::Tag(id) => lists(["tags", "exclude_tags"], id),
        }
    }
}

/// Whether a merge field or a condition in a text names this key.
fn mentions(text: &str, key: &str) -> bool {
    let word = |byte: Option<u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_');
    [("{{", "}}"), ("{%", "%}")].iter().any(|(open, close)| {
        text.split(open).skip(1).any(|rest| {
            let inside = rest.split(close).next().unwrap_or_default();
            inside.match_indices(key).any(|(at, _)| {
                let before = at.checked_sub(1).map(|at| inside.as_bytes()[at]);
                !word(before) && !word(inside.as_bytes().get(at + key.len()).copied())
            })
        })
    })
}

/// Something that uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"kind": "segment", "id": "361240977588224000", "name": "Berlin"}))]
pub(crate) struct Use {
    /// `segment` or `campaign`.
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

/// All of what uses it: segments, and campaigns that are not over. There are few of either.
pub(crate) async fn find(tx: &mut Tx, account: AccountId, thing: &Thing) -> Result<Vec<Use>> {
    let segments = segments::using(tx, account, |references| thing.is_in(references)).await?;
    let mut uses: Vec<Use> = segments
        .into_iter()
        .map(|(id, name)| Use {
            kind: "segment",
            id: id.to_string(),
            name,
        })
        .collect();
    for campaign in store::campaigns(tx, account).await? {
        if thing.is_in_campaign(&campaign.audience, &campaign.document) {
            uses.push(Use {
                kind: "campaign",
                id: campaign.id.to_string(),
                name: campaign.name,
            });
        }
    }
    Ok(uses)
}

/// An error that lists what uses it, if anything does.
pub(crate) async fn refuse_if_used(tx: &mut Tx, account: AccountId, thing: Thing) -> Result<()> {
    let uses = find(tx, account, &thing).await?;
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "in_use",
        format!("used by {}; change those first", named(&uses)),
    ))
}

/// In a sentence.
pub(crate) fn named(uses: &[Use]) -> String {
    const SHOWN: usize = 5;
    let mut parts = Vec::new();
    for (kind, noun) in [("segment", "the segments"), ("campaign", "the campaigns")] {
        let names: Vec<String> = uses
            .iter()
            .filter(|it| it.kind == kind)
            .map(|it| format!("`{}`", it.name))
            .collect();
        if names.is_empty() {
            continue;
        }
        let more = match names.len().saturating_sub(SHOWN) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let names = names[..names.len().min(SHOWN)].join(", ");
        parts.push(format!("{noun} {names}{more}"));
    }
    parts.join(" and by ")
}

/// Gives an option of a dropdown field another name in the rules of segments; how many segments changed.
pub(crate) async fn rename_option(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    old: &str,
    new: &str,
    now: kernel::Timestamp,
) -> Result<usize> {
    let mut changed = 0;
    for (id, mut rule) in store::rules(tx, account).await? {
        if replace_option(&mut rule, key, old, Some(new)) > 0 {
            store::set_rule(tx, account, id, &rule, now).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// The segments whose rules name an option of a dropdown field.
pub(crate) async fn of_option(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    option: &str,
) -> Result<Vec<Use>> {
    let using = segments::using(tx, account, |it| it.fields.contains(key)).await?;
    let mut uses = Vec::new();
    for (id, mut rule) in store::rules(tx, account).await? {
        let Some((_, name)) = using.iter().find(|(other, _)| *other == id) else {
            continue;
        };
        if replace_option(&mut rule, key, option, None) > 0 {
            uses.push(Use {
                kind: "segment",
                id: id.to_string(),
                name: name.clone(),
            });
        }
    }
    Ok(uses)
}

/// Counts, and with a new name changes, where a rule compares the field with the whole option.
fn replace_option(rule: &mut serde_json::Value, key: &str, old: &str, new: Option<&str>) -> usize {
    use serde_json::Value;
    let mut count = 0;
    let mut visit = |value: &mut Value| {
        if value
            .as_str()
            .is_some_and(|text| kernel::fold(text) == kernel::fold(old))
        {
            count += 1;
            if let Some(new) = new {
                *value = new.into();
            }
        }
    };
    match rule {
        Value::Object(node) => {
            if node.get("field").and_then(Value::as_str) == Some(key) {
                match node.get_mut("value") {
                    Some(Value::Array(list)) => list.iter_mut().for_each(&mut visit),
                    Some(value) => visit(value),
                    None => {}
                }
                return count;
            }
            node.values_mut()
                .map(|value| replace_option(value, key, old, new))
                .sum()
        }
        Value::Array(list) => list
            .iter_mut()
            .map(|value| replace_option(value, key, old, new))
            .sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_found_in_merge_fields_only() {
        for (text, found) in [
            ("{{ city }}", true),
            ("{{fields.city|upper}}", true),
            ("{% if city == 'x' %}", true),
            ("city", false),
            ("{{ cityscape }} {{ velo_city }} city", false),
            ("{{ name }} city {{ age }}", false),
            ("{{ broken city", true),
        ] {
            assert_eq!(mentions(text, "city"), found, "{text}");
        }
    }

    #[test]
    fn options_are_renamed_where_they_stand_for_themselves() {
        let mut rule = json!({"version": 1, "all": [
            {"field": "size", "op": "equals", "value": "S"},
            {"not": {"field": "size", "op": "in", "value": ["s", "M"]}},
            {"field": "city", "op": "equals", "value": "S"},
            {"field": "size", "op": "is_set"},
        ]});
        assert_eq!(replace_option(&mut rule, "size", "S", Some("Small")), 2);
        assert_eq!(rule["all"][0]["value"], "Small");
        assert_eq!(rule["all"][1]["not"]["value"], json!(["Small", "M"]));
        assert_eq!(rule["all"][2]["value"], "S");
    }
}
