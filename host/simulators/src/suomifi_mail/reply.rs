// SPDX-License-Identifier: Apache-2.0
//! Replies of the relay (RFC 5321 §4.2, RFC 2034).

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Status code of RFC 3463; none with the greeting and EHLO, which have none.
    pub(super) status: Option<String>,
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn new(code: u16, status: &str, text: &str) -> Self {
        Self {
            code,
            status: Some(status.to_owned()),
            lines: vec![text.to_owned()],
        }
    }

    /// Without a status code, in these lines.
    pub(super) fn bare(code: u16, lines: Vec<String>) -> Self {
        Self {
            code,
            status: None,
            lines,
        }
    }

    /// A refusal with this code, in a text that fits it.
    pub(super) fn refusal(code: u16) -> Self {
        match code / 100 {
            4 => Self::new(code, "4.3.0", "Try again later"),
            _ => Self::new(code, "5.3.0", "Refused"),
        }
    }

    /// The end of the connection (RFC 5321 §3.8).
    pub(super) fn closing() -> Self {
        Self::new(421, "4.3.2", "The service closes")
    }

    /// Two more lines than needed.
    pub(super) fn lengthened(mut self) -> Self {
        if self.status.is_some() {
            self.lines
                .insert(0, "This is a reply of several lines".to_owned());
            self.lines.push(String::new());
        }
        self
    }

    pub(super) fn octets(&self) -> Vec<u8> {
        let mut text = String::new();
        for (place, line) in self.lines.iter().enumerate() {
            let separator = if place + 1 == self.lines.len() {
                ' '
            } else {
                '-'
            };
            let status = self
                .status
                .as_ref()
                .map(|status| format!("{status} "))
                .unwrap_or_default();
            text.push_str(&format!("{}{separator}{status}{line}\r\n", self.code));
        }
        text.into_bytes()
    }
}
