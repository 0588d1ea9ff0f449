//! Colors of styles, and whether text on them can be read (WCAG 2.2, 1.4.3).

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// The colors of HTML 4, and those that people write most.
const NAMES: &[(&str, Rgb)] = &[
    ("black", [0, 0, 0]),
    ("silver", [192, 192, 192]),
    ("gray", [128, 128, 128]),
    ("grey", [128, 128, 128]),
    ("white", [255, 255, 255]),
    ("maroon", [128, 0, 0]),
    ("red", [255, 0, 0]),
    ("purple", [128, 0, 128]),
    ("fuchsia", [255, 0, 255]),
    ("green", [0, 128, 0]),
    ("lime", [0, 255, 0]),
    ("olive", [128, 128, 0]),
    ("yellow", [255, 255, 0]),
    ("navy", [0, 0, 128]),
    ("blue", [0, 0, 255]),
    ("teal", [0, 128, 128]),
    ("aqua", [0, 255, 255]),
    ("orange", [255, 165, 0]),
    ("pink", [255, 192, 203]),
    ("lightgray", [211, 211, 211]),
    ("lightgrey", [211, 211, 211]),
    ("darkgray", [169, 169, 169]),
    ("darkgrey", [169, 169, 169]),
    ("whitesmoke", [245, 245, 245]),
];

/// A color as styles write it; `None` where it is none, is see-through, or is written in a way that mails rarely use.
pub(super) fn parse(text: &str) -> Option<Rgb> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.trim_end_matches("!important").trim();
    if let Some(hex) = text.strip_prefix('#') {
        let digit = |at: usize| {
            let digit = hex.chars().nth(at)?.to_digit(16)?;
            u8::try_from(digit).ok()
        };
        return match hex.len() {
            3 => Some([digit(0)? * 17, digit(1)? * 17, digit(2)? * 17]),
            6 => Some([
                digit(0)? * 16 + digit(1)?,
                digit(2)? * 16 + digit(3)?,
                digit(4)? * 16 + digit(5)?,
            ]),
            _ => None,
        };
    }
    if let Some(inside) = text
        .strip_prefix("rgb(")
        .or_else(|| text.strip_prefix("rgba("))
    {
        let parts: Vec<&str> = inside
            .trim_end_matches(')')
            .split([',', '/', ' '])
            .filter(|part| !part.is_empty())
            .collect();
        let opaque = parts
            .get(3)
            .is_none_or(|alpha| matches!(*alpha, "1" | "1.0" | "100%"));
        let part = |at: usize| parts.get(at)?.parse::<u8>().ok();
        return opaque
            .then_some(())
            .and_then(|()| Some([part(0)?, part(1)?, part(2)?]));
    }
    NAMES
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, color)| *color)
}

fn luminance(color: Rgb) -> f64 {
    let [r, g, b] = color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// From 1 (the same) to 21 (black on white).
pub(super) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// `#rrggbb`.
pub(super) fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
