//! Block documents as Rust types: what the JSON means, and the schema of the API.
//!
//! Everything but `id`, `type` and what a block cannot be without has a default, so that a document stays short and old
//! documents stay valid when a property is added.

use rules::Rule;
use serde::{Deserialize, Serialize};

use super::props::{
    BookingProps, ButtonProps, ColumnsProps, DividerProps, FooterProps, HeadingProps, HtmlProps,
    ImageProps, LogoProps, MenuProps, ProductProps, QuoteProps, SectionProps, SocialProps,
    SpacerProps, TableProps, TextProps, VideoProps,
};
use super::scalar::{Color, DarkMode, Font, Int};

/// A mail made of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "version": 1,
    "settings": {"background": "#f4f4f5", "button_background": "#1d4ed8"},
    "blocks": [
        {"id": "title", "type": "heading", "props": {"text": "Twelve new teas", "level": 1}},
        {"id": "hello", "type": "text", "props": {"html": "Hi {{ first_name | default(\"there\") }},"}},
        {"id": "go", "type": "button", "props": {"label": "See the list", "href": "https://shop.example.com/teas"}},
        {"id": "foot", "type": "footer", "props": {}}
    ],
}))]
pub struct BlockDocument {
    /// Of the format: 1.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u16,
    /// Colors, fonts and sizes of the whole mail.
    #[schema(required = false)]
    pub settings: BlockSettings,
    /// From top to bottom. What stands outside a section gets one of its own. At most 500 in all.
    pub blocks: Vec<Block>,
}

/// Colors, fonts and sizes of a whole mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BlockSettings {
    /// Of the content on a wide screen; 320 to 900.
    #[schema(value_type = u16, minimum = 320, maximum = 900, default = 600)]
    pub width_px: Int<320, 900>,
    /// Around the content.
    #[schema(value_type = String, default = "#f4f4f5")]
    pub background: Color,
    /// Behind the content.
    #[schema(value_type = String, default = "#ffffff")]
    pub content_background: Color,
    #[schema(value_type = String, default = "#27272a")]
    pub text_color: Color,
    #[schema(value_type = String, default = "#18181b")]
    pub heading_color: Color,
    #[schema(value_type = String, default = "#4338ca")]
    pub link_color: Color,
    #[schema(value_type = String, default = "#4338ca")]
    pub button_background: Color,
    #[schema(value_type = String, default = "#ffffff")]
    pub button_color: Color,
    pub font: Font,
    /// That of the text when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_font: Option<Font>,
    /// Of text; headings follow it.
    #[schema(value_type = u16, minimum = 10, maximum = 28, default = 16)]
    pub font_size_px: Int<10, 28>,
    #[schema(value_type = u16, minimum = 100, maximum = 250, default = 150)]
    pub line_height_percent: Int<100, 250>,
    /// Of buttons and images.
    #[schema(value_type = u16, minimum = 0, maximum = 60, default = 6)]
    pub radius_px: Int<0, 60>,
    /// Left and right of the content.
    #[schema(value_type = u16, minimum = 0, maximum = 80, default = 24)]
    pub padding_px: Int<0, 80>,
    pub dark_mode: DarkMode,
    /// Of the text, as a BCP 47 tag: screen readers pronounce by it.
    #[schema(default = "en")]
    pub language: String,
}

impl Default for BlockSettings {
    fn default() -> Self {
        Self {
            width_px: Int::new(600),
            background: Color::of("#f4f4f5"),
            content_background: Color::of("#ffffff"),
            text_color: Color::of("#27272a"),
            heading_color: Color::of("#18181b"),
            link_color: Color::of("#4338ca"),
            button_background: Color::of("#4338ca"),
            button_color: Color::of("#ffffff"),
            font: Font::default(),
            heading_font: None,
            font_size_px: Int::new(16),
            line_height_percent: Int::new(150),
            radius_px: Int::new(6),
            padding_px: Int::new(24),
            dark_mode: DarkMode::default(),
            language: "en".to_owned(),
        }
    }
}

/// One block.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Block {
    /// Unique in the document: 1 to 40 letters, digits, `-` and `_`.
    #[schema(example = "hero")]
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// Who sees it; everybody when it is left out. Others do not get it at all, in neither part of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Rule>,
}

/// What a block is. A section holds columns and content, a column holds content: nothing nests deeper.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "props", rename_all = "snake_case")]
pub enum BlockKind {
    /// A stripe with its own background.
    Section(SectionProps),
    /// One to four columns beside each other.
    Columns(ColumnsProps),
    /// A paragraph or several.
    Text(TextProps),
    /// A title.
    Heading(HeadingProps),
    /// A picture.
    Image(ImageProps),
    /// A link to press.
    Button(ButtonProps),
    /// A button to what can be booked.
    Booking(BookingProps),
    /// A line.
    Divider(DividerProps),
    /// Empty space.
    Spacer(SpacerProps),
    /// Links to profiles.
    Social(SocialProps),
    /// Links in a row.
    Menu(MenuProps),
    /// Who writes: a logo or a name.
    Logo(LogoProps),
    /// Who writes, where they are, and how to leave.
    Footer(FooterProps),
    /// A still picture that leads to a video.
    Video(VideoProps),
    /// Rows of cells.
    Table(TableProps),
    /// Something to buy.
    Product(ProductProps),
    /// What somebody said.
    Quote(QuoteProps),
    /// Markup of your own, made safe.
    Html(HtmlProps),
}

impl BlockKind {
    /// The names in JSON.
    pub const NAMES: [&'static str; 18] = [
        "section", "columns", "text", "heading", "image", "button", "booking", "divider", "spacer",
        "social", "menu", "logo", "footer", "video", "table", "product", "quote", "html",
    ];
}
