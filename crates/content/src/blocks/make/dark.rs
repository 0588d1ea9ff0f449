//! Colors: what stands on which background, and what dark mode makes of it.
//!
//! Programs that ask the style sheet (Apple Mail, and Outlook with its own attribute) get dark colors of our choice;
//! others turn the colors themselves. What has a strong background of its own keeps it, with the text on it.

use std::fmt::Write;

use super::Scheme;
use crate::blocks::model::BlockSettings;
use crate::blocks::scalar::{Color, DarkMode};

/// Dark mode's surroundings, content and tinted surfaces.
const PAGE: &str = "#131316";
const CONTENT: &str = "#1f1f24";
const TINTED: &str = "#2a2a31";
const TEXT: &str = "#e4e4e7";
const HEADING: &str = "#fafafa";
const MUTED: &str = "#a1a1aa";
const LINE: &str = "#3f3f46";

impl Scheme {
    pub(super) fn of(settings: &BlockSettings) -> Self {
        let light = luminance(&settings.content_background) > 0.4;
        Self {
            text: settings.text_color.clone(),
            heading: settings.heading_color.clone(),
            link: settings.link_color.clone(),
            muted: if light { "#6b6b76" } else { "#b4b4bd" },
            line: if light { "#e4e4e7" } else { "#4b4b55" },
            background: Some(settings.content_background.clone()),
            follows: light,
        }
    }

    /// On a background of its own.
    pub(super) fn on(&self, background: Option<&Color>, text: Option<&Color>) -> Self {
        let mut scheme = self.clone();
        if let Some(background) = background {
            scheme.background = Some(background.clone());
            let light = luminance(background) > 0.4;
            scheme.muted = if light { "#5f5f6b" } else { "#d4d4dc" };
            scheme.line = if light { "#d4d4d8" } else { "#6b6b76" };
            scheme.follows = self.follows && text.is_none() && is_tint(background);
        }
        if let Some(text) = text {
            scheme.text = text.clone();
            scheme.heading = text.clone();
            scheme.link = text.clone();
            scheme.follows = false;
        }
        scheme
    }
}

/// A background so light that it is there to set something apart, not for its color.
pub(super) fn is_tint(color: &Color) -> bool {
    luminance(color) > 0.72
}

/// Relative luminance as WCAG defines it, from 0 to 1.
pub(super) fn luminance(color: &Color) -> f64 {
    let [r, g, b] = color.rgb().map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// From 1, the same, to 21, black and white.
pub(super) fn contrast(one: &Color, other: &Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What the head says about color schemes.
pub(super) fn metas(mode: DarkMode) -> &'static str {
    match mode {
        DarkMode::Auto => {
            "<meta name=\"color-scheme\" content=\"light dark\" /><meta name=\"supported-color-schemes\" content=\"light dark\" />"
        }
        DarkMode::Off => {
            "<meta name=\"color-scheme\" content=\"light only\" /><meta name=\"supported-color-schemes\" content=\"light\" />"
        }
    }
}

/// The style sheet.
pub(super) fn styles(settings: &BlockSettings) -> String {
    let mut css = String::new();
    // Long words and addresses must not widen a phone's screen.
    css.push_str("a{word-break:break-word}");
    if settings.dark_mode == DarkMode::Off {
        css.push_str(":root{color-scheme:light only}");
        return css;
    }
    css.push_str(":root{color-scheme:light dark;supported-color-schemes:light dark}");
    let link = lightened(&settings.link_color);
    let rules = [
        (
            ".d-page",
            format!("background-color:{PAGE} !important;background:{PAGE} !important"),
        ),
        (
            ".d-card",
            format!("background-color:{CONTENT} !important;background:{CONTENT} !important"),
        ),
        (
            ".d-tint",
            format!("background-color:{TINTED} !important;background:{TINTED} !important"),
        ),
        (".d-text div", format!("color:{TEXT} !important")),
        (".d-head div", format!("color:{HEADING} !important")),
        (".d-mute div", format!("color:{MUTED} !important")),
        (".d-text .d-link", format!("color:{link} !important")),
        (".d-head a", format!("color:{HEADING} !important")),
        (".d-mute a", format!("color:{MUTED} !important")),
        (".d-rule p", format!("border-top-color:{LINE} !important")),
        (
            ".d-cell td,.d-cell th",
            format!("border-color:{LINE} !important;background-color:transparent !important"),
        ),
        (".d-cell table", format!("color:{TEXT} !important")),
    ];
    let _ = write!(
        css,
        "@media (prefers-color-scheme:dark){{body{{background-color:{PAGE} !important}}\
         .d-tcol>table>tbody>tr>td>table{{background-color:{TINTED} !important}}"
    );
    for (selector, rule) in &rules {
        // A background stands on the element itself and on the tables inside that carry it on.
        let selector = if selector.starts_with(".d-page")
            || selector.starts_with(".d-card")
            || selector.starts_with(".d-tint")
        {
            format!("{selector},{selector}>table,{selector}>tbody>tr>td")
        } else {
            (*selector).to_owned()
        };
        let _ = write!(css, "{selector}{{{rule}}}");
    }
    css.push('}');
    for (selector, rule) in rules.iter().filter(|(_, rule)| rule.starts_with("color")) {
        for part in selector.split(',') {
            let _ = write!(css, "[data-ogsc] {part}{{{rule}}}");
        }
    }
    for (selector, rule) in rules
        .iter()
        .filter(|(_, rule)| rule.starts_with("background"))
    {
        let _ = write!(css, "[data-ogsb] {selector}{{{rule}}}");
    }
    css
}

/// A color that can be read on a dark background.
fn lightened(color: &Color) -> String {
    let mut rgb = color.rgb().map(f64::from);
    for _ in 0..20 {
        let [r, g, b] = rgb;
        if 0.2126 * r + 0.7152 * g + 0.0722 * b > 150.0 {
            break;
        }
        rgb = rgb.map(|part| part + (255.0 - part) * 0.12);
    }
    let [r, g, b] = rgb.map(|part| part.round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}
