//! Sections and columns.
//!
//! A section with one row is one `mj-section`; with several it is an `mj-wrapper` around a `mj-section` for each. Columns
//! have half their gap on both sides, and their row that much less padding, so that the outer edges stay where those of
//! other rows are, beside each other and below each other.

use super::super::model::{Block, BlockKind};
use super::super::props::{Column, ColumnsProps, Padding, SectionProps};
use super::super::scalar::Int;
use super::dark::is_tint;
use super::frame::{is_content, px};
use super::{Maker, at};

/// Top, right, bottom, left, in pixels.
type Sides = [u16; 4];

/// What a row has above and below, and inside a column with a background.
const SECTION_VERTICAL: u16 = 10;
const COLUMN_PADDING: Sides = [6, 16, 6, 16];

fn sides(padding: Option<&Padding>, usual: Sides) -> Sides {
    let Some(padding) = padding else {
        return usual;
    };
    let given = [
        padding.top_px,
        padding.right_px,
        padding.bottom_px,
        padding.left_px,
    ];
    let mut sides = usual;
    for (side, given) in sides.iter_mut().zip(given) {
        *side = given.map_or(*side, Int::get);
    }
    sides
}

pub(super) fn css_sides([top, right, bottom, left]: Sides) -> String {
    if right == left && top == bottom {
        format!("{top}px {right}px")
    } else {
        format!("{top}px {right}px {bottom}px {left}px")
    }
}

/// A row of a section.
enum Row<'b> {
    /// Content below each other, and the place of the first.
    Content(&'b [Block], usize),
    Columns(&'b Block, &'b ColumnsProps, usize),
}

fn rows(blocks: &[Block]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut index = 0;
    while let Some(block) = blocks.get(index) {
        if let BlockKind::Columns(columns) = &block.kind {
            rows.push(Row::Columns(block, columns, index));
            index += 1;
        } else {
            let run = blocks[index..]
                .iter()
                .take_while(|block| is_content(&block.kind))
                .count()
                .max(1);
            rows.push(Row::Content(&blocks[index..index + run], index));
            index += run;
        }
    }
    rows
}

impl Maker<'_> {
    fn edge(&self) -> Sides {
        let side = self.settings.padding_px.get();
        [0, side, 0, side]
    }

    pub(super) fn section(&mut self, section: &SectionProps, path: &str) {
        let before = self.scheme.clone();
        self.scheme = before.on(section.background.as_ref(), section.text_color.as_ref());
        let usual = [
            SECTION_VERTICAL,
            self.edge()[1],
            SECTION_VERTICAL,
            self.edge()[1],
        ];
        let padding = sides(section.padding.as_ref(), usual);
        let image = section
            .background_image
            .as_deref()
            .filter(|address| !address.trim().is_empty())
            .map(|address| self.picture(&at(path, "background_image"), address));
        if image.is_some() {
            self.scheme.background = None;
        } else if let Some(color) = &section.text_color {
            let background = self.scheme.background.clone();
            self.check_contrast(&at(path, "text_color"), color, background.as_ref());
        }
        let blocks_path = at(path, "blocks");
        let rows = rows(&section.blocks);
        // Columns that some do not see are a row of their own, since the row would stay.
        let hides =
            |row: &Row<'_>| matches!(row, Row::Columns(block, ..) if block.visibility.is_some());
        if let [row] = &*rows
            && !hides(row)
        {
            self.put("<mj-section");
            self.surface(section, image.as_deref());
            self.row(row, &blocks_path, padding);
            self.put("</mj-section>");
        } else {
            self.put("<mj-wrapper");
            self.surface(section, image.as_deref());
            let [top, right, bottom, left] = padding;
            self.attribute("padding", &css_sides([top, 0, bottom, 0]));
            self.put(">");
            if rows.is_empty() {
                self.put("<mj-section padding=\"0\"><mj-column></mj-column></mj-section>");
            }
            for row in &rows {
                let visibility = match row {
                    Row::Columns(block, ..) => block.visibility.as_ref(),
                    Row::Content(..) => None,
                };
                let place = match row {
                    Row::Columns(_, _, index) | Row::Content(_, index) => {
                        format!("{blocks_path}[{index}]")
                    }
                };
                self.shown_to(visibility, &place, |maker| {
                    maker.put("<mj-section");
                    maker.row(row, &blocks_path, [0, right, 0, left]);
                    maker.put("</mj-section>");
                });
            }
            self.put("</mj-wrapper>");
        }
        self.scheme = before;
    }

    /// The background of a section.
    fn surface(&mut self, section: &SectionProps, image: Option<&str>) {
        let settings = self.settings;
        let background = section
            .background
            .as_ref()
            .unwrap_or(&settings.content_background);
        self.attribute("background-color", background.as_str());
        if let Some(image) = image {
            // It stands between quotes in `url('...')`.
            let image = image
                .replace('\'', "%27")
                .replace('(', "%28")
                .replace(')', "%29")
                .replace(' ', "%20");
            self.attribute("background-url", &image);
            self.attribute("background-size", "cover");
            self.attribute("background-position", "center center");
            self.attribute("background-repeat", "no-repeat");
        }
        if let Some(radius) = section.radius_px.map(Int::get).filter(|radius| *radius > 0) {
            self.attribute("border-radius", &px(radius));
        }
        if section.full_width {
            self.attribute("full-width", "full-width");
        }
        if self.scheme.follows {
            let class = match &section.background {
                Some(color) if *color == settings.background => "d-page",
                Some(_) => "d-tint",
                None => "d-card",
            };
            self.attribute("css-class", class);
        }
    }

    /// What stands on the content's background without a section.
    fn loose(&mut self, row: &Row<'_>, path: &str) {
        let settings = self.settings;
        self.put("<mj-section");
        self.attribute("background-color", settings.content_background.as_str());
        if self.scheme.follows {
            self.attribute("css-class", "d-card");
        }
        let edge = self.edge();
        self.row(row, path, edge);
        self.put("</mj-section>");
    }

    pub(super) fn loose_content(&mut self, blocks: &[Block], path: &str, first: usize) {
        self.loose(&Row::Content(blocks, first), path);
    }

    /// `path` is that of the block.
    pub(super) fn loose_columns(&mut self, columns: &ColumnsProps, path: &str) {
        let settings = self.settings;
        self.put("<mj-section");
        self.attribute("background-color", settings.content_background.as_str());
        if self.scheme.follows {
            self.attribute("css-class", "d-card");
        }
        let edge = self.edge();
        self.columns(columns, path, edge);
        self.put("</mj-section>");
    }

    /// The rest of a `<mj-section` that was begun: its padding and what is in it.
    fn row(&mut self, row: &Row<'_>, path: &str, padding: Sides) {
        match row {
            Row::Content(blocks, first) => {
                self.attribute("padding", &css_sides(padding));
                self.put("><mj-column>");
                for (index, block) in blocks.iter().enumerate() {
                    self.block(block, &format!("{path}[{}]", first + index));
                }
                self.put("</mj-column>");
            }
            Row::Columns(_, columns, index) => {
                self.columns(columns, &format!("{path}[{index}]"), padding);
            }
        }
    }

    fn columns(&mut self, columns: &ColumnsProps, path: &str, padding: Sides) {
        let half = if columns.columns.len() > 1 {
            columns.gap_px.get() / 2
        } else {
            0
        };
        let [top, right, bottom, left] = padding;
        let outer = [
            top,
            right.saturating_sub(half),
            bottom,
            left.saturating_sub(half),
        ];
        self.attribute("padding", &css_sides(outer));
        self.put(">");
        if !columns.stack_on_mobile {
            self.put("<mj-group>");
        }
        let widths = widths(columns);
        let path = at(path, "columns");
        for (index, column) in columns.columns.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let width = &widths[index];
            self.shown_to(column.visibility.as_ref(), &path, |maker| {
                maker.column(columns, column, &path, width, half);
            });
        }
        if !columns.stack_on_mobile {
            self.put("</mj-group>");
        }
    }

    fn column(
        &mut self,
        columns: &ColumnsProps,
        column: &Column,
        path: &str,
        width: &str,
        half: u16,
    ) {
        let before = self.scheme.clone();
        self.scheme = before.on(column.background.as_ref(), None);
        let usual = if column.background.is_some() {
            COLUMN_PADDING
        } else {
            [0; 4]
        };
        let inner = sides(column.padding.as_ref(), usual);
        self.put("<mj-column");
        self.attribute("width", width);
        self.attribute("vertical-align", columns.vertical_align.as_str());
        if half > 0 {
            // Below each other, colored columns would touch.
            let gap = if column.background.is_some() && columns.stack_on_mobile {
                half / 2
            } else {
                0
            };
            self.attribute("padding", &css_sides([gap, half, gap, half]));
        }
        if let Some(background) = &column.background {
            let prefix = if half > 0 { "inner-" } else { "" };
            self.attribute(&format!("{prefix}background-color"), background.as_str());
            if let Some(radius) = column.radius_px.map(Int::get).filter(|radius| *radius > 0) {
                self.attribute(&format!("{prefix}border-radius"), &px(radius));
            }
            if self.scheme.follows && is_tint(background) && half > 0 {
                self.attribute("css-class", "d-tcol");
            } else {
                self.scheme.follows = false;
            }
        }
        self.put(">");
        let [top, right, bottom, left] = inner;
        self.inset = (right, left);
        self.gap(top);
        for (index, block) in column.blocks.iter().enumerate() {
            self.block(block, &format!("{path}.blocks[{index}]"));
        }
        self.gap(bottom);
        self.inset = (0, 0);
        self.put("</mj-column>");
        self.scheme = before;
    }

    fn gap(&mut self, height: u16) {
        if height > 0 {
            self.put("<mj-spacer");
            self.attribute("height", &px(height));
            self.put(" />");
        }
    }

    /// The padding of a content block, which a column's adds to.
    pub(super) fn pad(&mut self, padding: Option<&Padding>) {
        if padding.is_none() && self.inset == (0, 0) {
            return;
        }
        let [top, right, bottom, left] = sides(padding, [10, 0, 10, 0]);
        let (more_right, more_left) = self.inset;
        let all = [top, right + more_right, bottom, left + more_left];
        self.attribute("padding", &css_sides(all));
    }

    /// What a scheme's own colors are for dark mode: a class, unless they stay.
    pub(super) fn follow(&mut self, class: &str, own: bool) {
        if self.scheme.follows && !own {
            self.attribute("css-class", class);
        }
    }
}

/// In percent, so that they add up to 100.
fn widths(columns: &ColumnsProps) -> Vec<String> {
    let count = columns.columns.len();
    let ratios: Vec<u32> = if columns.ratios.len() == count {
        columns
            .ratios
            .iter()
            .map(|ratio| u32::from(ratio.get()))
            .collect()
    } else {
        vec![1; count]
    };
    let sum: u32 = ratios.iter().sum();
    let mut left = 10_000;
    ratios
        .iter()
        .enumerate()
        .map(|(index, ratio)| {
            let hundredths = if index + 1 == count {
                left
            } else {
                ratio * 10_000 / sum
            };
            left -= hundredths;
            let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
        })
        .collect()
}
