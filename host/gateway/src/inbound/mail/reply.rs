// SPDX-License-Identifier: Apache-2.0
//! Replies (RFC 5321 §4.2) with enhanced status codes (RFC 3463).

use std::borrow::Cow;

use silta::exchange;

/// The longest text of a reply: its line stays below 512 bytes (RFC 5321 §4.5.3.1.5).
const LONGEST_TEXT: usize = 400;

/// A reply of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    enhanced: Cow<'static, str>,
    text: Cow<'static, str>,
}

impl Reply {
    /// One of ours.
    pub(super) const fn new(code: u16, enhanced: &'static str, text: &'static str) -> Self {
        Self {
            code,
            enhanced: Cow::Borrowed(enhanced),
            text: Cow::Borrowed(text),
        }
    }

    /// With another text, of which only what a reply may have is kept.
    pub(super) fn with_text(self, text: &str) -> Self {
        Self {
            text: Cow::Owned(printable(text)),
            ..self
        }
    }

    /// A component's to a mail that it takes. None unless its code is 250, the only one that a content is taken with (RFC 5321 §4.3.2).
    pub(super) fn of_acceptance(reply: &exchange::Reply) -> Option<Self> {
        (reply.status == 250).then(|| Self::of_component(reply))
    }

    /// A component's to a mail that it rejects. None unless its code is 4xx or 5xx; 421 would mean that the connection closes.
    pub(super) fn of_rejection(reply: &exchange::Reply) -> Option<Self> {
        let is_rejection = (400..=599).contains(&reply.status) && reply.status != 421;
        is_rejection.then(|| Self::of_component(reply))
    }

    /// The status is the code, the body the text, which may begin with an enhanced status code.
    fn of_component(reply: &exchange::Reply) -> Self {
        let (status, body) = (reply.status, &reply.body);
        let class = status / 100;
        let start: Vec<u8> = body
            .segments()
            .flatten()
            .copied()
            .take(LONGEST_TEXT)
            .collect();
        let text = printable(&String::from_utf8_lossy(&start));
        let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let (enhanced, text) = match is_enhanced(first, class) {
            true => (first.to_owned(), rest.to_owned()),
            false => (format!("{class}.0.0"), text),
        };
        Self {
            code: status,
            enhanced: enhanced.into(),
            text: match text.as_str() {
                "" => Cow::Borrowed(if class == 2 { "taken" } else { "not taken" }),
                _ => text.into(),
            },
        }
    }

    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// As it is sent.
    pub(super) fn line(&self) -> String {
        format!("{} {} {}\r\n", self.code, self.enhanced, self.text)
    }
}

/// ASCII in one line, and no more of it than a reply has room for.
fn printable(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
    words.chars().take(LONGEST_TEXT).map(shown).collect()
}

/// Whether a word is an enhanced status code of a class (RFC 3463 §2).
fn is_enhanced(word: &str, class: u16) -> bool {
    let is_number = |part: &str, digits: usize| {
        (1..=digits).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    match word.split('.').collect::<Vec<_>>()[..] {
        [first, subject, detail] => {
            first == class.to_string() && is_number(subject, 3) && is_number(detail, 3)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use silta::Blob;

    use super::*;

    #[test]
    fn components_reply_with_code_and_text() {
        let reply = |status, body: &str| exchange::Reply {
            status,
            headers: Vec::new(),
            body: Blob::from(body.as_bytes()),
        };
        let line = |status, body: &str| Some(Reply::of_rejection(&reply(status, body))?.line());
        for (status, body, expected) in [
            (
                550,
                "5.1.1 no such recipient",
                "550 5.1.1 no such recipient\r\n",
            ),
            (451, "later", "451 4.0.0 later\r\n"),
            // A class that is not the code's says nothing.
            (550, "4.1.1 what", "550 5.0.0 4.1.1 what\r\n"),
            (550, "5.1.1", "550 5.1.1 not taken\r\n"),
            (550, "", "550 5.0.0 not taken\r\n"),
            (
                554,
                "5.7.1 a\r\n250 2.0.0 \u{e4}\0",
                "554 5.7.1 a 250 2.0.0 ??\r\n",
            ),
        ] {
            assert_eq!(line(status, body).as_deref(), Some(expected));
        }
        for status in [0, 200, 250, 354, 421, 600, 999] {
            assert_eq!(line(status, ""), None, "{status}");
        }
        assert!(line(550, &"word ".repeat(1000)).unwrap().len() <= 512);
        let taken = |status| Reply::of_acceptance(&reply(status, "2.1.5 with pleasure"));
        assert_eq!(taken(250).unwrap().line(), "250 2.1.5 with pleasure\r\n");
        for status in [200, 202, 251, 550] {
            assert_eq!(taken(status), None, "{status}");
        }
    }
}
