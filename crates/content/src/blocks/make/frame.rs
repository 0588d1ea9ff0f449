//! The mail around its blocks: the head, and sections for what stands in none.

use super::super::model::{Block, BlockKind};
use super::{Maker, dark};

impl Maker<'_> {
    /// The whole document. `at` is what it is called in findings.
    pub(super) fn write(&mut self, blocks: &[Block], at: &str) {
        let settings = self.settings;
        self.put("<mjml");
        self.attribute("lang", &settings.language);
        self.put("><mj-head><mj-raw>");
        self.put(dark::metas(settings.dark_mode));
        self.put("</mj-raw><mj-attributes><mj-all");
        self.attribute("font-family", settings.font.stack());
        self.put(" /><mj-text");
        self.attribute("padding", "10px 0");
        self.attribute("font-size", &px(settings.font_size_px.get()));
        self.attribute("line-height", &percent(settings.line_height_percent.get()));
        self.put(" /><mj-image");
        self.attribute("padding", "10px 0");
        self.put(" /><mj-divider");
        self.attribute("padding", "14px 0");
        self.put(" /><mj-button");
        self.attribute("padding", "10px 0");
        self.attribute("font-weight", "600");
        self.put(" /><mj-table");
        self.attribute("padding", "10px 0");
        self.put(" /></mj-attributes><mj-style>");
        self.put(&dark::styles(settings));
        self.put("</mj-style></mj-head><mj-body");
        self.attribute("width", &px(settings.width_px.get()));
        self.attribute("background-color", settings.background.as_str());
        self.attribute("css-class", "d-page");
        self.put(">");
        self.stripes(blocks, &format!("{at}.blocks"));
        self.put("</mj-body></mjml>");
    }

    fn stripes(&mut self, blocks: &[Block], path: &str) {
        let place = |index: usize| format!("{path}[{index}]");
        let mut index = 0;
        while let Some(block) = blocks.get(index) {
            match &block.kind {
                BlockKind::Section(section) => {
                    let path = place(index);
                    self.shown_to(block.visibility.as_ref(), &path, |maker| {
                        maker.section(section, &path);
                    });
                    index += 1;
                }
                BlockKind::Columns(columns) => {
                    let path = place(index);
                    self.shown_to(block.visibility.as_ref(), &path, |maker| {
                        maker.loose_columns(columns, &path);
                    });
                    index += 1;
                }
                _ => {
                    // What follows each other outside sections shares one.
                    let run = blocks[index..]
                        .iter()
                        .take_while(|block| is_content(&block.kind))
                        .count();
                    self.loose_content(&blocks[index..index + run], path, index);
                    index += run;
                }
            }
        }
    }
}

pub(super) fn is_content(kind: &BlockKind) -> bool {
    !matches!(kind, BlockKind::Section(_) | BlockKind::Columns(_))
}

pub(super) fn px(pixels: u16) -> String {
    format!("{pixels}px")
}

fn percent(value: u16) -> String {
    format!("{value}%")
}
