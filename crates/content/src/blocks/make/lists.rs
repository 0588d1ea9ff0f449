//! Blocks made of several alike: profiles, links in a row, cells, and the lines of a footer.

use std::fmt::Write as _;

use super::super::props::{FooterProps, MenuProps, SocialProps, TableProps};
use super::super::scalar::{Align, Color, Int, Network, SocialStyle};
use super::frame::px;
use super::rich::Kind;
use super::{Maker, at, lines, plain};

/// The diameter of a badge, in pixels.
const BADGE: u16 = 36;

/// Name, what stands on the badge, and the network's color.
const fn face(network: Network) -> (&'static str, &'static str, &'static str) {
    match network {
        Network::Facebook => ("Facebook", "f", "#1877f2"),
        Network::Instagram => ("Instagram", "ig", "#d62976"),
        Network::X => ("X", "X", "#000000"),
        Network::Linkedin => ("LinkedIn", "in", "#0a66c2"),
        Network::Youtube => ("YouTube", "&#9654;&#xFE0E;", "#d90f0f"),
        Network::Tiktok => ("TikTok", "tt", "#111111"),
        Network::Threads => ("Threads", "@", "#111111"),
        Network::Bluesky => ("Bluesky", "bs", "#0a6fd8"),
        Network::Mastodon => ("Mastodon", "m", "#563acc"),
        Network::Pinterest => ("Pinterest", "p", "#bd081c"),
        Network::Whatsapp => ("WhatsApp", "wa", "#128c4b"),
        Network::Telegram => ("Telegram", "tg", "#1c7fb6"),
        Network::Discord => ("Discord", "d", "#4752c4"),
        Network::Github => ("GitHub", "gh", "#24292f"),
        Network::Spotify => ("Spotify", "s", "#15803d"),
        Network::Website => ("Website", "www", "#475569"),
        Network::Email => ("Email", "@", "#475569"),
        Network::Phone => ("Phone", "tel", "#475569"),
    }
}

impl Maker<'_> {
    pub(super) fn social(&mut self, props: &SocialProps, path: &str) {
        let mut said = Vec::new();
        let mut links = Vec::new();
        for (index, link) in props.links.iter().enumerate() {
            let href = self.address(&at(path, &format!("links[{index}].href")), &link.href);
            said.push(plain::link(face(link.network).0, &href));
            links.push((link.network, href));
        }
        let class = if props.style == SocialStyle::Names {
            "d-text"
        } else {
            ""
        };
        self.put("<mj-text");
        self.attribute("align", props.align.as_str());
        if !class.is_empty() {
            self.follow(class, props.color.is_some());
        }
        self.pad(props.padding.as_ref());
        self.put(">");
        let plain_color = props.color.as_ref().map_or_else(
            || self.scheme.link.as_str().to_owned(),
            |color| color.as_str().to_owned(),
        );
        let radius = BADGE / 2;
        for (index, (network, href)) in links.iter().enumerate() {
            let (name, letters, color) = face(*network);
            if props.style == SocialStyle::Names {
                if index > 0 {
                    self.put(" &nbsp; ");
                }
                let style = format!("color:{plain_color};text-decoration:none;font-weight:600;");
                self.anchored(href, name, &style);
                continue;
            }
            let (background, text) = if props.style == SocialStyle::Plain {
                (&*plain_color, contrasting(&plain_color))
            } else {
                (color, "#ffffff")
            };
            let size = match letters.chars().count() {
                1 => 17,
                3 => 11,
                _ => 14,
            };
            self.put("<a");
            self.attribute("href", href);
            self.attribute("target", "_blank");
            self.attribute("title", name);
            self.attribute("aria-label", name);
            self.attribute(
                "style",
                &format!(
                    "display:inline-block;width:{BADGE}px;height:{BADGE}px;line-height:{BADGE}px;border-radius:{radius}px;margin:2px 4px;vertical-align:middle;\
                     background:{background};color:{text};font-family:Arial,Helvetica,sans-serif;font-size:{size}px;font-weight:700;\
                     text-align:center;text-decoration:none;"
                ),
            );
            self.put(&format!(">{letters}</a>"));
        }
        self.put("</mj-text>");
        self.plain.paragraph(&said.join("\n"));
    }

    pub(super) fn menu(&mut self, props: &MenuProps, path: &str) {
        let mut said = Vec::new();
        let mut items = Vec::new();
        for (index, item) in props.items.iter().enumerate() {
            let label = self.text(&at(path, &format!("items[{index}].label")), &item.label);
            let href = self.address(&at(path, &format!("items[{index}].href")), &item.href);
            said.push(plain::link(&label, &href));
            items.push((label, href));
        }
        self.begin_text(props.align, props.color.as_ref(), "d-text");
        if let Some(size) = props.font_size_px {
            self.attribute("font-size", &px(size.get()));
        }
        self.pad(props.padding.as_ref());
        self.put(">");
        let color = props
            .color
            .clone()
            .unwrap_or_else(|| self.scheme.link.clone());
        let style = format!(
            "color:{};text-decoration:none;font-weight:600;white-space:nowrap;display:inline-block;padding:4px 10px;",
            color.as_str()
        );
        for (index, (label, href)) in items.iter().enumerate() {
            if index > 0 {
                self.put(" ");
            }
            self.anchored(href, &lines(label), &style);
        }
        self.put("</mj-text>");
        self.plain.paragraph(&said.join("\n"));
    }

    pub(super) fn table(&mut self, props: &TableProps, path: &str) {
        let border = props
            .border_color
            .as_ref()
            .map_or(self.scheme.line, Color::as_str)
            .to_owned();
        let size = props
            .font_size_px
            .map_or(self.settings.font_size_px.get(), Int::get);
        let text_color = self.scheme.text.as_str().to_owned();
        let mut said = Vec::new();
        self.put("<mj-table");
        self.attribute("color", &text_color);
        self.attribute("font-size", &px(size));
        let line_height = format!("{}%", self.settings.line_height_percent.get());
        self.attribute("line-height", &line_height);
        self.follow("d-cell", false);
        self.pad(props.padding.as_ref());
        self.put(">");
        let last = props.rows.len().saturating_sub(1);
        for (row_index, row) in props.rows.iter().enumerate() {
            let is_head = props.header && row_index == 0;
            let is_sum = props.footer && row_index == last && !is_head;
            let striped = props.striped && !is_head && row_index % 2 == usize::from(!props.header);
            let mut cells = Vec::new();
            self.put("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let cell_path = at(path, &format!("rows[{row_index}][{index}]"));
                let cell = self.text(&cell_path, cell);
                let align = props.aligns.get(index).copied().unwrap_or(Align::Left);
                let element = if is_head { "th" } else { "td" };
                let mut style = format!(
                    "padding:10px 8px;text-align:{};word-break:normal;",
                    align.as_str()
                );
                if is_head {
                    let _ = write!(style, "border-bottom:2px solid {border};font-weight:700;");
                } else if is_sum {
                    let _ = write!(style, "border-top:2px solid {border};font-weight:700;");
                } else if row_index < last && !(props.footer && row_index + 1 == last) {
                    let _ = write!(style, "border-bottom:1px solid {border};");
                }
                if striped {
                    style.push_str("background-color:#f6f6f8;");
                }
                let scope = if is_head { " scope=\"col\"" } else { "" };
                self.put(&format!(
                    "<{element}{scope} style=\"{style}\">{}</{element}>",
                    lines(&cell)
                ));
                cells.push(cell.trim().replace('\n', " "));
            }
            self.put("</tr>");
            said.push(cells.join(" | "));
        }
        self.put("</mj-table>");
        self.plain.paragraph(&said.join("\n"));
    }

    pub(super) fn footer(&mut self, props: &FooterProps, path: &str) {
        let color = props
            .color
            .as_ref()
            .map_or(self.scheme.muted, Color::as_str)
            .to_owned();
        let link = std::mem::replace(
            &mut self.scheme.link,
            props
                .color
                .clone()
                .unwrap_or_else(|| Color::of(self.scheme.muted)),
        );
        let mut parts = Vec::new();
        if let Some(text) = props.text.as_deref().filter(|text| !text.trim().is_empty()) {
            let (html, said) = self.rich(&at(path, "text"), text, Kind::Inline);
            let html = if html.contains("<p") || html.contains("<ul") || html.contains("<ol") {
                html
            } else {
                format!("<p style=\"margin:0;\">{html}</p>")
            };
            parts.push(html);
            self.plain.paragraph(&said);
        }
        if props.address {
            let name = self.text(&at(path, "address"), "{{ account.name }}");
            let address = self.text(
                &at(path, "address"),
                "{% if account.address is defined %}\n{{ account.address }}{% endif %}",
            );
            // The line break belongs to the address, and is not there without one.
            let markup = format!("{}{}", lines(&name), address.replace('\n', "<br />"));
            parts.push(format!("<p style=\"margin:0;\">{markup}</p>"));
            self.plain.paragraph(&format!("{name}{address}"));
        }
        let mut links = Vec::new();
        let mut said = Vec::new();
        for (wanted, label, usual, property, url) in [
            (
                props.unsubscribe,
                &props.unsubscribe_label,
                "Unsubscribe",
                "unsubscribe",
                "{{ unsubscribe_url }}",
            ),
            (
                props.preferences,
                &props.preferences_label,
                "Preferences",
                "preferences",
                "{{ preferences_url }}",
            ),
            (
                props.web_version,
                &props.web_version_label,
                "View in browser",
                "web_version",
                "{{ web_version_url }}",
            ),
        ] {
            if !wanted {
                continue;
            }
            let label = label.as_deref().filter(|label| !label.trim().is_empty());
            let label = self.text(
                &at(path, &format!("{property}_label")),
                label.unwrap_or(usual),
            );
            let url = self.text(&at(path, property), url);
            said.push(plain::link(&label, &url));
            links.push(format!(
                "<a href=\"{url}\" style=\"color:{color};text-decoration:underline;\">{}</a>",
                lines(&label)
            ));
        }
        if !links.is_empty() {
            parts.push(format!(
                "<p style=\"margin:0;\">{}</p>",
                links.join(" &nbsp;&middot;&nbsp; ")
            ));
            self.plain.paragraph(&said.join("\n"));
        }
        self.begin_text(props.align, props.color.as_ref(), "d-mute");
        self.attribute("font-size", &px(props.font_size_px.get()));
        self.pad(props.padding.as_ref());
        self.put(">");
        self.put(&parts.join("<p style=\"margin:0;font-size:8px;line-height:8px;\">&nbsp;</p>"));
        self.put("</mj-text>");
        self.scheme.link = link;
    }
}

/// Black or white.
fn contrasting(hex: &str) -> &'static str {
    let color: Color = serde_json::from_value(hex.into()).unwrap_or_else(|_| Color::of("#000000"));
    if super::dark::luminance(&color) > 0.4 {
        "#111111"
    } else {
        "#ffffff"
    }
}
