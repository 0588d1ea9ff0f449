//! The plain text of blocks, in their order.

/// Paragraphs with a blank line between them. Works on marked text.
#[derive(Debug, Default)]
pub(super) struct Plain {
    out: String,
}

impl Plain {
    /// A paragraph, unless it is empty.
    pub(super) fn paragraph(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            self.out.push_str("\n\n");
        }
        self.out.push_str(text);
    }

    /// A template statement. The blank lines around what it hides are taken out when the message is rendered.
    pub(super) fn statement(&mut self, mark: &str) {
        self.out
            .push_str(if self.out.is_empty() { "" } else { "\n\n" });
        self.out.push_str(mark);
    }

    pub(super) fn finish(self) -> String {
        let mut text = self.out.trim().to_owned();
        text.push('\n');
        text
    }
}

/// `Label: address`.
pub(super) fn link(label: &str, address: &str) -> String {
    match (label.trim(), address.trim()) {
        ("", address) => address.to_owned(),
        (label, "") => label.to_owned(),
        (label, address) => format!("{label}: {address}"),
    }
}
