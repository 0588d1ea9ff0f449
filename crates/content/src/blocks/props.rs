//! The properties of each kind of block.

use rules::Rule;
use serde::{Deserialize, Deserializer, Serialize};

use super::model::Block;
use super::scalar::{Align, Color, Id, Int, LineStyle, Network, SocialStyle, VerticalAlign};

/// What holds blocks is read by `read.rs`, which takes it out before the rest is deserialized.
fn read_elsewhere<'de, D: Deserializer<'de>, T: Default>(deserializer: D) -> Result<T, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer)?;
    Ok(T::default())
}

/// Empty space around a block. A side that is left out is as wide as is usual for the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockPadding)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit is part of each name in the document"
)]
pub struct Padding {
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_px: Option<Int<0, 120>>,
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_px: Option<Int<0, 120>>,
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bottom_px: Option<Int<0, 120>>,
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_px: Option<Int<0, 120>>,
}

/// A stripe with its own background.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockSectionProps)]
pub struct SectionProps {
    /// That of the content when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub background: Option<Color>,
    /// Address of a picture behind the content. Give a `background` too: Outlook and readers without pictures see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_image: Option<String>,
    /// Of all that is in it and has no color of its own: for sections with a dark background.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text_color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
    /// Whether the background reaches the edges of the window.
    pub full_width: bool,
    /// Of its corners.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 60)]
    pub radius_px: Option<Int<0, 60>>,
    /// Columns and content.
    #[serde(deserialize_with = "read_elsewhere")]
    #[schema(no_recursion)]
    pub blocks: Vec<Block>,
}

/// One to four columns beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockColumnsProps)]
pub struct ColumnsProps {
    /// How wide the columns are, against each other: `[1, 2]` is a third and two thirds. All the same when left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<u16>, max_items = 4)]
    pub ratios: Vec<Int<1, 12>>,
    /// Between the columns.
    #[schema(value_type = u16, minimum = 0, maximum = 80, default = 24)]
    pub gap_px: Int<0, 80>,
    /// Whether the columns stand below each other on a phone.
    #[schema(default = true)]
    pub stack_on_mobile: bool,
    pub vertical_align: VerticalAlign,
    /// 1 to 4.
    #[serde(deserialize_with = "read_elsewhere")]
    #[schema(min_items = 1, max_items = 4)]
    pub columns: Vec<Column>,
}

impl Default for ColumnsProps {
    fn default() -> Self {
        Self {
            ratios: Vec::new(),
            gap_px: Int::new(24),
            stack_on_mobile: true,
            vertical_align: VerticalAlign::Top,
            columns: Vec::new(),
        }
    }
}

/// One of several columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockColumn)]
pub struct Column {
    /// Unique in the document, among blocks too.
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub background: Option<Color>,
    /// Inside the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
    /// Of its corners.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 60)]
    pub radius_px: Option<Int<0, 60>>,
    /// Content only.
    #[serde(deserialize_with = "read_elsewhere")]
    #[schema(no_recursion)]
    pub blocks: Vec<Block>,
    /// Who sees it; everybody when it is left out.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "read_elsewhere"
    )]
    pub visibility: Option<Rule>,
}

/// A paragraph or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockTextProps)]
pub struct TextProps {
    /// Inline HTML: `p`, `br`, `b`, `strong`, `i`, `em`, `u`, `s`, `a`, `span`, `ul`, `ol`, `li`, `sup`, `sub`, `code`,
    /// with colors and sizes. Everything else is taken out. Merge fields as template text.
    pub html: String,
    #[serde(default)]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 48)]
    pub font_size_px: Option<Int<10, 48>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// A title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockHeadingProps)]
pub struct HeadingProps {
    /// Plain text with merge fields; a line break is one.
    pub text: String,
    /// 1 is the title of the mail.
    #[serde(default = "second_level")]
    #[schema(value_type = u16, minimum = 1, maximum = 3, default = 2)]
    pub level: Int<1, 3>,
    #[serde(default)]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 12, maximum = 80)]
    pub font_size_px: Option<Int<12, 80>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

fn second_level() -> Int<1, 3> {
    Int::new(2)
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockImageProps)]
pub struct ImageProps {
    /// An http or https address, which may have merge fields.
    pub src: String,
    /// What it shows, for those who do not see it. Empty for a decoration.
    #[serde(default)]
    pub alt: String,
    /// As wide as its place when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 8, maximum = 900)]
    pub width_px: Option<Int<8, 900>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    #[serde(default = "centered")]
    #[schema(default = "center")]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 500)]
    pub radius_px: Option<Int<0, 500>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

fn centered() -> Align {
    Align::Center
}

/// A link to press.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockButtonProps)]
pub struct ButtonProps {
    /// Plain text with merge fields.
    pub label: String,
    /// `https://`, `mailto:`, `tel:`, or a merge field.
    pub href: String,
    #[serde(default)]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub background: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    /// As wide as its place.
    #[serde(default)]
    pub full_width: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 60)]
    pub radius_px: Option<Int<0, 60>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 32)]
    pub font_size_px: Option<Int<10, 32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// A button to the page on which an event type is booked. The page knows who came by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockBookingProps)]
pub struct BookingProps {
    /// What can be booked: its id. Empty while nothing is chosen.
    #[serde(default)]
    #[schema(value_type = String)]
    pub event_type: Id,
    /// Plain text with merge fields.
    pub label: String,
    #[serde(default)]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub background: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    /// As wide as its place.
    #[serde(default)]
    pub full_width: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 60)]
    pub radius_px: Option<Int<0, 60>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 32)]
    pub font_size_px: Option<Int<10, 32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockDividerProps)]
pub struct DividerProps {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[schema(value_type = u16, minimum = 1, maximum = 20, default = 1)]
    pub thickness_px: Int<1, 20>,
    pub style: LineStyle,
    #[schema(value_type = u16, minimum = 5, maximum = 100, default = 100)]
    pub width_percent: Int<5, 100>,
    #[schema(default = "center")]
    pub align: Align,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

impl Default for DividerProps {
    fn default() -> Self {
        Self {
            color: None,
            thickness_px: Int::new(1),
            style: LineStyle::Solid,
            width_percent: Int::new(100),
            align: Align::Center,
            padding: None,
        }
    }
}

/// Empty space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockSpacerProps)]
pub struct SpacerProps {
    #[schema(value_type = u16, minimum = 1, maximum = 300, default = 24)]
    pub height_px: Int<1, 300>,
}

impl Default for SpacerProps {
    fn default() -> Self {
        Self {
            height_px: Int::new(24),
        }
    }
}

/// Links to profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockSocialProps)]
pub struct SocialProps {
    /// 1 to 20.
    pub links: Vec<SocialLink>,
    #[serde(default = "centered")]
    #[schema(default = "center")]
    pub align: Align,
    #[serde(default)]
    pub style: SocialStyle,
    /// Of the badges in the style `plain`, of the text in the style `names`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// A link to a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockSocialLink)]
pub struct SocialLink {
    pub network: Network,
    pub href: String,
}

/// Links in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockMenuProps)]
pub struct MenuProps {
    /// 1 to 12.
    pub items: Vec<MenuItem>,
    #[serde(default = "centered")]
    #[schema(default = "center")]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 28)]
    pub font_size_px: Option<Int<10, 28>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// A link of a menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockMenuItem)]
pub struct MenuItem {
    pub label: String,
    pub href: String,
}

/// Who writes: a logo or a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockLogoProps)]
pub struct LogoProps {
    /// Address of the picture; without one, the name is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src: Option<String>,
    /// Stands in for the picture. `{{ account.name }}` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    #[serde(default)]
    pub align: Align,
    #[serde(default = "logo_width")]
    #[schema(value_type = u16, minimum = 16, maximum = 600, default = 140)]
    pub width_px: Int<16, 600>,
    /// Of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    /// Of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 60)]
    pub font_size_px: Option<Int<10, 60>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

fn logo_width() -> Int<16, 600> {
    Int::new(140)
}

/// Who writes, where they are, and how to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BlockFooterProps)]
pub struct FooterProps {
    /// Inline HTML, such as why people get this mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Your name and postal address, from the settings of the account.
    #[schema(default = true)]
    pub address: bool,
    /// A link to leave.
    #[schema(default = true)]
    pub unsubscribe: bool,
    /// A link to choose topics.
    pub preferences: bool,
    /// A link to read the mail in a browser.
    pub web_version: bool,
    /// What the links say, if not "Unsubscribe", "Preferences" and "View in browser".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_version_label: Option<String>,
    #[schema(default = "center")]
    pub align: Align,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[schema(value_type = u16, minimum = 10, maximum = 20, default = 13)]
    pub font_size_px: Int<10, 20>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

impl Default for FooterProps {
    fn default() -> Self {
        Self {
            text: None,
            address: true,
            unsubscribe: true,
            preferences: false,
            web_version: false,
            unsubscribe_label: None,
            preferences_label: None,
            web_version_label: None,
            align: Align::Center,
            color: None,
            font_size_px: Int::new(13),
            padding: None,
        }
    }
}

/// A still picture that leads to a video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockVideoProps)]
pub struct VideoProps {
    /// Where the video is.
    pub href: String,
    /// Address of the still picture.
    pub thumbnail: String,
    /// What the video is about.
    #[serde(default)]
    pub alt: String,
    /// Below the picture, after a triangle; "Watch the video" when it is left out, nothing when it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// Rows of cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockTableProps)]
pub struct TableProps {
    /// Up to 100 rows of up to 8 cells: plain text with merge fields. Each row has as many as the first.
    pub rows: Vec<Vec<String>>,
    /// Whether the first row names the columns.
    #[serde(default)]
    pub header: bool,
    /// Whether the last row is a sum, in bold.
    #[serde(default)]
    pub footer: bool,
    /// By column; left when it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aligns: Vec<Align>,
    /// Whether every second row has a background.
    #[serde(default)]
    pub striped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub border_color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 10, maximum = 28)]
    pub font_size_px: Option<Int<10, 28>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// Something to buy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockProductProps)]
pub struct ProductProps {
    pub title: String,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What the picture shows; the title when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Inline HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Struck through, before the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// Without one there is no button; needs an `href`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button_label: Option<String>,
    #[serde(default)]
    pub align: Align,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// What somebody said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockQuoteProps)]
pub struct QuoteProps {
    /// Inline HTML.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What the author is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default)]
    pub align: Align,
    /// Of the bar beside it; that of links when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}

/// Markup of your own, made safe.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockHtmlProps)]
pub struct HtmlProps {
    /// HTML that stands in a table cell: headings, tables, pictures, links, inline styles. Scripts, forms, style sheets,
    /// frames and event handlers are taken out. Merge fields and conditions as template text.
    pub html: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
}
