//! What stands in sections and columns: the plain blocks. Those with lists are in `lists.rs`.

use std::fmt::Write as _;

use super::super::model::BlockKind;
use super::super::props::{
    BookingProps, ButtonProps, DividerProps, HeadingProps, HtmlProps, ImageProps, LogoProps,
    ProductProps, QuoteProps, SpacerProps, TextProps, VideoProps,
};
use super::super::scalar::{Align, Color, Int};
use super::frame::px;
use super::rich::Kind;
use super::{Maker, at, lines, plain};
use crate::document::Fault;
use crate::names::{BOOKING_INVITEE, BOOKING_PAGE};

impl Maker<'_> {
    pub(super) fn content(&mut self, kind: &BlockKind, path: &str) {
        match kind {
            BlockKind::Section(_) | BlockKind::Columns(_) => {}
            BlockKind::Text(props) => self.text_block(props, path),
            BlockKind::Heading(props) => self.heading(props, path),
            BlockKind::Image(props) => self.image(props, path),
            BlockKind::Button(props) => self.button(props, path),
            BlockKind::Booking(props) => self.booking(props, path),
            BlockKind::Divider(props) => self.divider(props),
            BlockKind::Spacer(props) => self.spacer(props),
            BlockKind::Social(props) => self.social(props, path),
            BlockKind::Menu(props) => self.menu(props, path),
            BlockKind::Logo(props) => self.logo(props, path),
            BlockKind::Footer(props) => self.footer(props, path),
            BlockKind::Video(props) => self.video(props, path),
            BlockKind::Table(props) => self.table(props, path),
            BlockKind::Product(props) => self.product(props, path),
            BlockKind::Quote(props) => self.quote(props, path),
            BlockKind::Html(props) => self.html(props, path),
        }
    }

    /// Begins a `mj-text`: its color and where it stands.
    pub(super) fn begin_text(&mut self, align: Align, color: Option<&Color>, class: &str) {
        self.put("<mj-text");
        self.attribute("align", align.as_str());
        let color = match (color, class) {
            (Some(color), _) => color.as_str().to_owned(),
            (None, "d-mute") => self.scheme.muted.to_owned(),
            (None, "d-head") => self.scheme.heading.as_str().to_owned(),
            (None, _) => self.scheme.text.as_str().to_owned(),
        };
        self.attribute("color", &color);
        self.follow(class, false);
    }

    fn own_color(&mut self, color: Option<&Color>, path: &str) {
        if let Some(color) = color {
            let background = self.scheme.background.clone();
            self.check_contrast(&at(path, "color"), color, background.as_ref());
        }
    }

    fn text_block(&mut self, props: &TextProps, path: &str) {
        let (html, said) = self.rich(&at(path, "html"), &props.html, Kind::Inline);
        self.own_color(props.color.as_ref(), path);
        self.begin_text(props.align, props.color.as_ref(), "d-text");
        if let Some(size) = props.font_size_px {
            self.attribute("font-size", &px(size.get()));
        }
        self.pad(props.padding.as_ref());
        self.put(">");
        self.put(&html);
        self.put("</mj-text>");
        self.plain.paragraph(&said);
    }

    fn heading(&mut self, props: &HeadingProps, path: &str) {
        let text = self.text(&at(path, "text"), &props.text);
        self.own_color(props.color.as_ref(), path);
        let level = props.level.get();
        let base = self.settings.font_size_px.get();
        let size = props.font_size_px.map_or_else(
            || match level {
                1 => base * 7 / 4,
                2 => base * 11 / 8,
                _ => base * 9 / 8,
            },
            Int::get,
        );
        self.begin_text(props.align, props.color.as_ref(), "d-head");
        if let Some(font) = self.settings.heading_font {
            self.attribute("font-family", font.stack());
        }
        self.attribute("font-size", &px(size));
        self.attribute("font-weight", "700");
        self.attribute("line-height", "125%");
        self.pad(props.padding.as_ref());
        let size = px(size);
        let text_html = lines(&text);
        self.put(&format!(
            "><h{level} style=\"margin:0;font-size:{size};line-height:125%;font-weight:700;\">{text_html}</h{level}></mj-text>"
        ));
        self.plain.paragraph(&text);
    }

    fn image(&mut self, props: &ImageProps, path: &str) {
        let src = self.picture(&at(path, "src"), &props.src);
        let alt = self.text(&at(path, "alt"), &props.alt);
        let href = self.goes_to(props.href.as_deref(), &at(path, "href"));
        if alt.trim().is_empty() && !href.is_empty() {
            let message = "say what the picture shows: it is a link, and without it there is nothing to press";
            let fault = Fault::warning(0, "missing_alt", message);
            self.reader.report(&at(path, "alt"), "", vec![fault]);
        }
        if src.is_empty() {
            // Nothing to show yet; a broken picture would be worse.
            self.plain.paragraph(&plain::link(&alt, &href));
            return;
        }
        self.put("<mj-image");
        self.attribute("src", &src);
        self.attribute("alt", alt.trim());
        self.attribute("align", props.align.as_str());
        if let Some(width) = props.width_px {
            self.attribute("width", &px(width.get()));
        }
        let radius = props
            .radius_px
            .map_or(self.settings.radius_px.get(), Int::get);
        if radius > 0 {
            self.attribute("border-radius", &px(radius));
        }
        if !href.is_empty() {
            self.attribute("href", &href);
        }
        self.pad(props.padding.as_ref());
        self.put(" />");
        let shown = match alt.trim() {
            "" => String::new(),
            alt => format!("[{alt}] "),
        };
        self.plain.paragraph(&format!("{shown}{href}"));
    }

    /// The address of something that may have one.
    pub(super) fn goes_to(&mut self, href: Option<&str>, path: &str) -> String {
        match href.filter(|href| !href.trim().is_empty()) {
            Some(href) => self.address(path, href),
            None => String::new(),
        }
    }

    fn button(&mut self, props: &ButtonProps, path: &str) {
        let href = self.address(&at(path, "href"), &props.href);
        self.button_to(&href, props, path);
    }

    /// A button whose address nobody wrote: it is made of an id and of what is known when the mail is sent.
    fn booking(&mut self, props: &BookingProps, path: &str) {
        let event_type = at(path, "event_type");
        let href = if let Some(id) = props.event_type.get() {
            let source = format!("{{{{ {BOOKING_PAGE} }}}}/{id}?for={{{{ {BOOKING_INVITEE} }}}}");
            self.address(&event_type, &source)
        } else {
            let message = "choose what can be booked; without it the button leads nowhere";
            let fault = Fault::warning(0, "booking_missing", message);
            self.reader.report(&event_type, "", vec![fault]);
            String::new()
        };
        let button = ButtonProps {
            label: props.label.clone(),
            href: String::new(),
            align: props.align,
            background: props.background.clone(),
            color: props.color.clone(),
            full_width: props.full_width,
            radius_px: props.radius_px,
            font_size_px: props.font_size_px,
            padding: props.padding,
        };
        self.button_to(&href, &button, path);
    }

    fn button_to(&mut self, href: &str, props: &ButtonProps, path: &str) {
        let label = self.text(&at(path, "label"), &props.label);
        let settings = self.settings;
        let background = props.background.as_ref();
        let background = background.unwrap_or(&settings.button_background);
        let color = props.color.as_ref().unwrap_or(&settings.button_color);
        self.check_contrast(&at(path, "color"), color, Some(background));
        self.write_button(&label, href, props);
        self.plain.paragraph(&plain::link(&label, href));
    }

    fn write_button(&mut self, label: &str, href: &str, props: &ButtonProps) {
        let settings = self.settings;
        self.put("<mj-button");
        if !href.is_empty() {
            self.attribute("href", href);
        }
        self.attribute("align", props.align.as_str());
        let background = props
            .background
            .as_ref()
            .unwrap_or(&settings.button_background);
        self.attribute("background-color", background.as_str());
        let color = props.color.as_ref().unwrap_or(&settings.button_color);
        self.attribute("color", color.as_str());
        let size = props
            .font_size_px
            .map_or(settings.font_size_px.get(), Int::get);
        self.attribute("font-size", &px(size));
        let radius = props.radius_px.map_or(settings.radius_px.get(), Int::get);
        self.attribute("border-radius", &px(radius));
        self.attribute("inner-padding", "13px 26px");
        if props.full_width {
            self.attribute("width", "100%");
        }
        self.pad(props.padding.as_ref());
        let label = lines(label);
        self.put(&format!(">{label}</mj-button>"));
    }

    fn divider(&mut self, props: &DividerProps) {
        self.put("<mj-divider");
        let color = props
            .color
            .as_ref()
            .map_or(self.scheme.line, Color::as_str)
            .to_owned();
        self.attribute("border-color", &color);
        self.attribute("border-width", &px(props.thickness_px.get()));
        self.attribute("border-style", props.style.as_str());
        let width = format!("{}%", props.width_percent.get());
        self.attribute("width", &width);
        self.attribute("align", props.align.as_str());
        if props.padding.is_some() {
            self.pad(props.padding.as_ref());
        }
        self.follow("d-rule", props.color.is_some());
        self.put(" />");
        self.plain.paragraph("----------");
    }

    fn spacer(&mut self, props: &SpacerProps) {
        self.put("<mj-spacer");
        self.attribute("height", &px(props.height_px.get()));
        self.put(" />");
    }

    fn logo(&mut self, props: &LogoProps, path: &str) {
        let name = props.name.as_deref().filter(|name| !name.trim().is_empty());
        let name = self.text(&at(path, "name"), name.unwrap_or("{{ account.name }}"));
        let href = self.goes_to(props.href.as_deref(), &at(path, "href"));
        let src = props.src.as_deref().filter(|src| !src.trim().is_empty());
        if let Some(src) = src {
            let src = self.picture(&at(path, "src"), src);
            self.put("<mj-image");
            self.attribute("src", &src);
            self.attribute("alt", name.trim());
            self.attribute("align", props.align.as_str());
            self.attribute("width", &px(props.width_px.get()));
            if !href.is_empty() {
                self.attribute("href", &href);
            }
            self.pad(props.padding.as_ref());
            self.put(" />");
        } else {
            self.begin_text(props.align, props.color.as_ref(), "d-head");
            let size = props
                .font_size_px
                .map_or(self.settings.font_size_px.get() + 4, Int::get);
            self.attribute("font-size", &px(size));
            self.attribute("font-weight", "700");
            self.attribute("line-height", "125%");
            if let Some(font) = self.settings.heading_font {
                self.attribute("font-family", font.stack());
            }
            self.pad(props.padding.as_ref());
            self.put(">");
            let color = props
                .color
                .clone()
                .unwrap_or_else(|| self.scheme.heading.clone());
            let name = lines(&name);
            self.anchored(
                &href,
                &name,
                &format!("color:{};text-decoration:none;", color.as_str()),
            );
            self.put("</mj-text>");
        }
        self.plain.paragraph(&name);
    }

    /// Markup as a link, if it leads somewhere.
    pub(super) fn anchored(&mut self, href: &str, markup: &str, style: &str) {
        if href.is_empty() {
            self.put(markup);
            return;
        }
        self.put("<a");
        self.attribute("href", href);
        self.attribute("target", "_blank");
        if style.contains(self.scheme.link.as_str()) {
            self.attribute("class", "d-link");
        }
        self.attribute("style", style);
        self.put(">");
        self.put(markup);
        self.put("</a>");
    }

    fn video(&mut self, props: &VideoProps, path: &str) {
        let href = self.address(&at(path, "href"), &props.href);
        let src = self.picture(&at(path, "thumbnail"), &props.thumbnail);
        let alt = self.text(&at(path, "alt"), &props.alt);
        let label = props.label.as_deref().unwrap_or("Watch the video");
        let label = self.text(&at(path, "label"), label);
        let radius = self.settings.radius_px.get();
        if !src.is_empty() {
            self.put("<mj-image");
            self.attribute("src", &src);
            self.attribute("alt", alt.trim());
            if !href.is_empty() {
                self.attribute("href", &href);
            }
            if radius > 0 {
                self.attribute("border-radius", &px(radius));
            }
            self.pad(props.padding.as_ref());
            self.put(" />");
        }
        if !label.trim().is_empty() {
            self.begin_text(Align::Center, None, "d-text");
            self.attribute("font-weight", "600");
            self.pad(props.padding.as_ref());
            self.put(">");
            let style = format!("color:{};text-decoration:none;", self.scheme.link.as_str());
            let label = format!("&#9654;&#xFE0E;&nbsp; {}", lines(&label));
            self.anchored(&href, &label, &style);
            self.put("</mj-text>");
        }
        let said = if label.trim().is_empty() {
            &alt
        } else {
            &label
        };
        self.plain.paragraph(&plain::link(said, &href));
    }

    fn product(&mut self, props: &ProductProps, path: &str) {
        let title = self.text(&at(path, "title"), &props.title);
        let href = self.goes_to(props.href.as_deref(), &at(path, "href"));
        let image = props.image.as_deref().filter(|src| !src.trim().is_empty());
        if let Some(image) = image {
            let src = self.picture(&at(path, "image"), image);
            let alt = match &props.alt {
                Some(alt) => self.text(&at(path, "alt"), alt),
                None => title.clone(),
            };
            self.put("<mj-image");
            self.attribute("src", &src);
            self.attribute("alt", alt.trim());
            self.attribute("align", props.align.as_str());
            if !href.is_empty() {
                self.attribute("href", &href);
            }
            if self.settings.radius_px.get() > 0 {
                self.attribute("border-radius", &px(self.settings.radius_px.get()));
            }
            self.pad(props.padding.as_ref());
            self.put(" />");
        }
        let base = self.settings.font_size_px.get();
        self.begin_text(props.align, None, "d-head");
        self.attribute("font-size", &px(base * 9 / 8));
        self.attribute("font-weight", "700");
        self.attribute("line-height", "130%");
        self.pad(props.padding.as_ref());
        self.put(">");
        let style = format!(
            "color:{};text-decoration:none;",
            self.scheme.heading.as_str()
        );
        self.anchored(&href, &lines(&title), &style);
        self.put("</mj-text>");
        let mut said = title.trim().to_owned();
        if let Some(text) = &props.text {
            let (html, text) = self.rich(&at(path, "text"), text, Kind::Inline);
            self.begin_text(props.align, None, "d-text");
            self.pad(props.padding.as_ref());
            self.put(&format!(">{html}</mj-text>"));
            said = format!("{said}\n{text}");
        }
        if props.price.is_some() || props.old_price.is_some() {
            let price = self.text(
                &at(path, "price"),
                props.price.as_deref().unwrap_or_default(),
            );
            let old = props.old_price.as_deref().unwrap_or_default();
            let old = self.text(&at(path, "old_price"), old);
            self.begin_text(props.align, None, "d-head");
            self.attribute("font-weight", "700");
            self.pad(props.padding.as_ref());
            self.put(">");
            if !old.trim().is_empty() {
                let muted = self.scheme.muted;
                self.put(&format!(
                    "<s style=\"color:{muted};font-weight:400;\">{}</s> ",
                    lines(&old)
                ));
            }
            self.put(&lines(&price));
            self.put("</mj-text>");
            said = format!("{said}\n{}", price.trim());
        }
        let label = props
            .button_label
            .as_deref()
            .filter(|label| !label.trim().is_empty());
        if let Some(label) = label {
            let label = self.text(&at(path, "button_label"), label);
            let button = ButtonProps {
                label: String::new(),
                href: String::new(),
                align: props.align,
                background: None,
                color: None,
                full_width: false,
                radius_px: None,
                font_size_px: None,
                padding: props.padding,
            };
            self.write_button(&label, &href, &button);
            said = format!("{said}\n{}", plain::link(&label, &href));
        } else if !href.is_empty() {
            said = format!("{said}\n{href}");
        }
        self.plain.paragraph(&said);
    }

    fn quote(&mut self, props: &QuoteProps, path: &str) {
        let (html, said) = self.rich(&at(path, "text"), &props.text, Kind::Inline);
        let author = self.text(
            &at(path, "author"),
            props.author.as_deref().unwrap_or_default(),
        );
        let role = self.text(&at(path, "role"), props.role.as_deref().unwrap_or_default());
        let bar = props.color.as_ref().unwrap_or(&self.settings.link_color);
        let bar = bar.as_str().to_owned();
        let side = match props.align {
            Align::Left => format!("border-left:4px solid {bar};padding:2px 0 2px 18px;"),
            Align::Right => format!("border-right:4px solid {bar};padding:2px 18px 2px 0;"),
            Align::Center => format!("border-top:4px solid {bar};padding:16px 12px 2px;"),
        };
        let size = self.settings.font_size_px.get() * 9 / 8;
        self.begin_text(props.align, None, "d-text");
        self.attribute("font-size", &px(size));
        self.pad(props.padding.as_ref());
        self.put(&format!("><div style=\"{side}\">{html}"));
        let by = match (author.trim(), role.trim()) {
            ("", "") => None,
            (author, "") => Some(format!("<strong>{}</strong>", lines(author))),
            ("", role) => Some(lines(role)),
            (author, role) => Some(format!(
                "<strong>{}</strong>, {}",
                lines(author),
                lines(role)
            )),
        };
        if let Some(by) = by {
            let size = px(self.settings.font_size_px.get().saturating_sub(2));
            self.put(&format!(
                "<p style=\"margin:12px 0 0;font-size:{size};\">{by}</p>"
            ));
        }
        self.put("</div></mj-text>");
        let mut quoted: String = said.lines().map(|line| format!("> {line}\n")).collect();
        let by: Vec<&str> = [author.trim(), role.trim()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if !by.is_empty() {
            let _ = write!(quoted, "-- {}", by.join(", "));
        }
        self.plain.paragraph(&quoted);
    }

    fn html(&mut self, props: &HtmlProps, path: &str) {
        let (html, said) = self.rich(&at(path, "html"), &props.html, Kind::Block);
        self.begin_text(Align::Left, None, "d-text");
        self.pad(props.padding.as_ref());
        self.put(&format!(">{html}</mj-text>"));
        self.plain.paragraph(&said);
    }
}
