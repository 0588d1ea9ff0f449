//! What a template is.

use content::Document;
use kernel::{AccountId, Error, FieldError, Result, Timestamp, text};
use serde::Deserialize;

use crate::campaigns::{CampaignId, RevisionId};
use crate::revisions::Owner;

kernel::define_id!(
    /// A template of an account.
    TemplateId
);

/// Content to begin with.
#[derive(Clone, Debug)]
pub struct Template {
    pub account: AccountId,
    pub id: TemplateId,
    pub name: String,
    pub category: Option<String>,
    /// The subject of its content.
    pub subject: String,
    /// Names that whoever sends it gives values to.
    pub variables: Vec<String>,
    pub revision: RevisionId,
    /// Rises with every change: the ETag.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub created_by: String,
}

/// What a new template is made from: content, or that of a campaign.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    #[schema(example = "Newsletter")]
    pub name: String,
    /// To find it by.
    #[serde(default)]
    #[schema(example = "Newsletters")]
    pub category: Option<String>,
    #[serde(default)]
    pub content: Option<Document>,
    /// The campaign whose present content it takes.
    #[serde(default)]
    pub campaign_id: Option<CampaignId>,
    /// Names that its content uses and that programs give values to when they send it (`variables` of a message). Up to
    /// 100; a template that has any is for messages, and no campaign begins with it.
    #[serde(default)]
    #[schema(example = json!(["order", "items"]))]
    pub variables: Vec<String>,
}

/// A change of a template: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplatePatch {
    pub name: Option<String>,
    /// An empty text removes it.
    pub category: Option<String>,
    pub content: Option<Document>,
    /// All of them, in the place of those there were.
    pub variables: Option<Vec<String>>,
}

pub(super) const MAX_NAME: usize = 200;
const MAX_CATEGORY: usize = 60;
const MAX_VARIABLES: usize = 100;

impl Template {
    /// As whom the history of its content knows it.
    pub(crate) fn as_owner(&self) -> Owner {
        Owner {
            account: self.account,
            id: self.id.get(),
            current: Some(self.revision),
            unsent: true,
        }
    }

    /// Takes the words of a change over, or says what is wrong with them.
    pub(super) fn apply(&mut self, patch: &TemplatePatch) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &patch.name {
            match text::name(name, MAX_NAME) {
                Ok(name) => name.clone_into(&mut self.name),
                Err(error) => errors.push(error),
            }
        }
        if let Some(category) = &patch.category {
            match text::one_line(category, MAX_CATEGORY) {
                Ok(text) => self.category = Some(text.to_owned()).filter(|text| !text.is_empty()),
                Err(fault) => errors.push(fault.at("category")),
            }
        }
        if let Some(names) = &patch.variables {
            if names.len() > MAX_VARIABLES {
                let message = format!("give at most {MAX_VARIABLES} names");
                errors.push(FieldError::new("variables", "too_many", message));
                return errors;
            }
            self.variables.clear();
            for (i, name) in names.iter().enumerate() {
                if let Some(why) = content::refused_variable_name(name) {
                    errors.push(FieldError::new(format!("variables[{i}]"), "invalid", why));
                } else if !self.variables.contains(name) {
                    self.variables.push(name.clone());
                }
            }
        }
        errors
    }
}

/// Refuses a change that was made from an older version.
pub(super) fn check_version(template: &Template, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(version) if version != template.version => Err(Error::conflict(
            "version_conflict",
            "somebody else changed this template meanwhile; read it again and repeat your change",
        )),
        _ => Ok(()),
    }
}
