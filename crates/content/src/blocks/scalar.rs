//! The small values of a block document, each of which knows its bounds.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Int<const MIN: u16, const MAX: u16>(u16);

impl<const MIN: u16, const MAX: u16> Int<MIN, MAX> {
    /// `value`, or the nearest that is allowed.
    pub(crate) const fn new(value: u16) -> Self {
        if value < MIN {
            Self(MIN)
        } else if value > MAX {
            Self(MAX)
        } else {
            Self(value)
        }
    }

    pub(crate) const fn get(self) -> u16 {
        self.0
    }
}

impl<'de, const MIN: u16, const MAX: u16> Deserialize<'de> for Int<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if number.fract() != 0.0 || !(f64::from(MIN)..=f64::from(MAX)).contains(&number) {
            return Err(D::Error::custom(format!(
                "out_of_range: choose a whole number from {MIN} to {MAX}"
            )));
        }
        Ok(Self(number as u16))
    }
}

/// The id of something, or none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Id(String);

impl Id {
    pub(crate) fn get(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Whatever it is goes into an address.
        let is_id = text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok();
        if is_id || text.is_empty() {
            return Ok(Self(text));
        }
        Err(D::Error::custom(
            "invalid_id: write an id as text of digits, or nothing while nothing is chosen",
        ))
    }
}

/// `#rgb` or `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Color(String);

impl Color {
    /// For colors in the code of this crate.
    pub(crate) fn of(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Red, green and blue.
    pub(crate) fn rgb(&self) -> [u8; 3] {
        let digits: Vec<u8> = self
            .0
            .chars()
            .filter_map(|c| c.to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        match &*digits {
            short @ [_, _, _] => std::array::from_fn(|part| short[part] * 17),
            long @ [_, _, _, _, _, _] => {
                std::array::from_fn(|part| long[part * 2] * 16 + long[part * 2 + 1])
            }
            _ => [0, 0, 0],
        }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_color = text.strip_prefix('#').is_some_and(|digits| {
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if !is_color {
            return Err(D::Error::custom(
                "invalid_color: write a color as #rrggbb, such as #1d4ed8",
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Where something stands in its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockAlign)]
pub enum Align {
    #[default]
    Left,
    Center,
    Right,
}

impl Align {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
        }
    }
}

/// Where the shorter of several columns stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockVerticalAlign)]
pub enum VerticalAlign {
    #[default]
    Top,
    Middle,
    Bottom,
}

impl VerticalAlign {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Middle => "middle",
            Self::Bottom => "bottom",
        }
    }
}

/// Font stacks that mail programs have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockFont)]
pub enum Font {
    /// The reader's own interface font.
    #[default]
    System,
    Arial,
    Helvetica,
    Verdana,
    Tahoma,
    TrebuchetMs,
    Georgia,
    TimesNewRoman,
    Palatino,
    CourierNew,
}

impl Font {
    pub(crate) const fn stack(self) -> &'static str {
        match self {
            Self::System => {
                "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
            }
            Self::Arial => "Arial, Helvetica, sans-serif",
            Self::Helvetica => "Helvetica, Arial, sans-serif",
            Self::Verdana => "Verdana, Geneva, sans-serif",
            Self::Tahoma => "Tahoma, Verdana, sans-serif",
            Self::TrebuchetMs => "'Trebuchet MS', Tahoma, sans-serif",
            Self::Georgia => "Georgia, 'Times New Roman', serif",
            Self::TimesNewRoman => "'Times New Roman', Times, serif",
            Self::Palatino => "'Palatino Linotype', Palatino, Georgia, serif",
            Self::CourierNew => "'Courier New', Courier, monospace",
        }
    }
}

/// Whether the mail follows the reader's dark mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockDarkMode)]
pub enum DarkMode {
    /// Dark colors of our own choice where the program asks for them.
    #[default]
    Auto,
    /// Light everywhere, as far as mail programs obey.
    Off,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockLineStyle)]
pub enum LineStyle {
    #[default]
    Solid,
    Dashed,
    Dotted,
}

impl LineStyle {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::Dashed => "dashed",
            Self::Dotted => "dotted",
        }
    }
}

/// Where a social link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockSocialNetwork)]
pub enum Network {
    Facebook,
    Instagram,
    X,
    Linkedin,
    Youtube,
    Tiktok,
    Threads,
    Bluesky,
    Mastodon,
    Pinterest,
    Whatsapp,
    Telegram,
    Discord,
    Github,
    Spotify,
    Website,
    Email,
    Phone,
}

/// How social links look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockSocialStyle)]
pub enum SocialStyle {
    /// Round badges in the colors of the networks, drawn without images.
    #[default]
    Badges,
    /// The same in one color: that of `color`, or of links.
    Plain,
    /// The names of the networks.
    Names,
}
