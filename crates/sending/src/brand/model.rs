//! What a brand is.

use content::blocks::{BlockDocument, BlockSettings};
use kernel::{FieldError, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::files::FileId;

/// A profile elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BrandProfile, example = json!({"network": "instagram", "href": "https://instagram.com/analytical.engines"}))]
pub struct Profile {
    /// As in the block `social`: `instagram`, `linkedin`, `website` and so on.
    pub network: String,
    pub href: String,
}

/// How mails begin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brand {
    pub logo_file_id: Option<FileId>,
    /// Where the logo leads.
    pub logo_href: Option<String>,
    pub logo_width_px: Option<u16>,
    /// Colors, fonts and sizes.
    pub settings: BlockSettings,
    pub footer_text: Option<String>,
    pub social: Vec<Profile>,
}

/// A whole brand, to take the place of what was there. What is left out goes back to its default.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrandInput {
    /// A picture of this account.
    pub logo_file_id: Option<FileId>,
    /// Where the logo leads.
    #[schema(example = "https://example.com")]
    pub logo_href: Option<String>,
    /// 20 to 600.
    pub logo_width_px: Option<u16>,
    /// Colors, fonts and sizes of new mails.
    #[schema(required = false)]
    pub settings: BlockSettings,
    /// What the footer says besides the address and the link to unsubscribe. Some inline HTML is allowed, as in footers.
    pub footer_text: Option<String>,
    /// Up to 20.
    #[schema(required = false)]
    pub social: Vec<Profile>,
    /// The account's postal address, in several lines. Left out, it stays; empty, it goes.
    pub postal_address: Option<String>,
}

const MAX_FOOTER: usize = 2_000;
const MAX_PROFILES: usize = 20;

impl BrandInput {
    /// The brand, or what is wrong with it. Blocks with its values must be blocks that a mail would take.
    pub(super) fn check(self) -> Result<Brand, Vec<FieldError>> {
        let mut errors = Vec::new();
        let given = |text: Option<String>| {
            text.map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let brand = Brand {
            logo_file_id: self.logo_file_id,
            logo_href: given(self.logo_href),
            logo_width_px: self.logo_width_px,
            settings: self.settings,
            footer_text: given(self.footer_text),
            social: self.social,
        };
        if brand
            .logo_width_px
            .is_some_and(|px| !(20..=600).contains(&px))
        {
            errors.push(FieldError::new(
                "logo_width_px",
                "out_of_range",
                "choose 20 to 600",
            ));
        }
        if let Some(footer) = &brand.footer_text
            && let Err(fault) = text::several_lines(footer, MAX_FOOTER)
        {
            errors.push(fault.at("footer_text"));
        }
        if brand.social.len() > MAX_PROFILES {
            let message = format!("give at most {MAX_PROFILES}");
            errors.push(FieldError::new("social", "too_many", message));
        }
        let expected = "give an address that begins with https://, http://, mailto: or tel:";
        if brand
            .logo_href
            .as_deref()
            .is_some_and(|href| !is_address(href))
        {
            errors.push(FieldError::new("logo_href", "invalid", expected));
        }
        for (i, profile) in brand.social.iter().enumerate() {
            if !is_address(&profile.href) {
                let field = format!("social[{i}].href");
                errors.push(FieldError::new(field, "invalid", expected));
            }
        }
        if errors.is_empty() {
            errors = brand.faults_of_blocks();
        }
        if errors.is_empty() {
            Ok(brand)
        } else {
            Err(errors)
        }
    }

    /// The address to be set, if one is given.
    pub(super) fn address(&self) -> Option<Option<String>> {
        let address = self.postal_address.as_ref()?;
        Some(Some(address.trim().to_owned()).filter(|text| !text.is_empty()))
    }
}

/// Whether a click on it does nothing but lead somewhere.
fn is_address(text: &str) -> bool {
    const MAX: usize = 2_000;
    let lower = text.get(..8.min(text.len())).map(str::to_ascii_lowercase);
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    text.len() <= MAX
        && text.chars().all(plain)
        && lower.is_some_and(|start| {
            ["https://", "http://", "mailto:", "tel:"]
                .iter()
                .any(|scheme| start.starts_with(scheme))
        })
}

impl Brand {
    /// What is wrong with the blocks that a new mail would have.
    fn faults_of_blocks(&self) -> Vec<FieldError> {
        let mut blocks = Vec::new();
        // Where each of them says what it says, and the field here that it is.
        let mut places: Vec<(String, &str)> = vec![("brand.settings".to_owned(), "settings")];
        let mut add = |block: serde_json::Value, part: &str, field: &'static str| {
            places.push((
                format!("brand.blocks[{}].props.{part}", blocks.len()),
                field,
            ));
            blocks.push(block);
        };
        if let Some(href) = &self.logo_href {
            let props = json!({"name": "Logo", "href": href});
            add(
                json!({"id": "logo", "type": "logo", "props": props}),
                "href",
                "logo_href",
            );
        }
        if let Some(text) = &self.footer_text {
            let props = json!({"text": text});
            add(
                json!({"id": "footer", "type": "footer", "props": props}),
                "text",
                "footer_text",
            );
        }
        if !self.social.is_empty() {
            let props = json!({"links": self.social});
            add(
                json!({"id": "social", "type": "social", "props": props}),
                "links",
                "social",
            );
        }
        let document = json!({"version": 1, "settings": self.settings, "blocks": blocks});
        let Err(findings) = BlockDocument::read(&document, "brand") else {
            return Vec::new();
        };
        let renamed = |field: &str| {
            places
                .iter()
                .find_map(|(place, name)| {
                    let rest = field.strip_prefix(place.as_str())?;
                    Some(format!("{name}{rest}"))
                })
                .unwrap_or_else(|| "body".to_owned())
        };
        findings
            .into_iter()
            .map(|finding| {
                let field = renamed(&finding.field);
                FieldError::new(field, finding.code, finding.message)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: serde_json::Value) -> Result<Brand, Vec<FieldError>> {
        serde_json::from_value::<BrandInput>(json).unwrap().check()
    }

    #[test]
    fn a_brand_is_what_blocks_would_take() {
        let brand = check(json!({
            "logo_href": " https://example.com ",
            "settings": {"button_background": "#ff0000", "font": "georgia"},
            "footer_text": "You asked for it.",
            "social": [{"network": "instagram", "href": "https://instagram.com/x"}],
        }))
        .unwrap();
        assert_eq!(brand.logo_href.as_deref(), Some("https://example.com"));
        let stored = serde_json::to_value(&brand).unwrap();
        assert_eq!(stored["settings"]["button_background"], "#ff0000");
        assert_eq!(serde_json::from_value::<Brand>(stored).unwrap(), brand);
        for (json, field) in [
            (json!({"logo_width_px": 5000}), "logo_width_px"),
            (json!({"footer_text": "x".repeat(3000)}), "footer_text"),
            (json!({"footer_text": "a\u{0}b"}), "footer_text"),
            (
                json!({"social": vec![json!({"network": "x", "href": "https://x.com"}); 21]}),
                "social",
            ),
            (
                json!({"social": [{"network": "no such", "href": "https://x.com"}]}),
                "social[0].network",
            ),
        ] {
            let faults = check(json.clone()).unwrap_err();
            assert!(
                faults.iter().any(|fault| fault.field == field),
                "{json}: {faults:?}"
            );
        }
    }

    #[test]
    fn addresses_that_run_are_no_addresses() {
        for href in [
            "javascript:alert(1)",
            "JaVa\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
        ] {
            assert!(check(json!({"logo_href": href})).is_err(), "{href}");
            assert!(
                check(json!({"social": [{"network": "x", "href": href}]})).is_err(),
                "{href}"
            );
        }
    }
}
