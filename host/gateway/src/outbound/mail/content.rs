// SPDX-License-Identifier: Apache-2.0
//! Mails, and their content as it is sent.

use std::{borrow::Cow, fmt, time::Duration};

use bytes::Bytes;
use silta::{Blob, exchange::Header};

use super::address;
use crate::{outbound::reason::Reason, segments::Segments};

/// Time for a mail unless it says otherwise: the relay may look into it before it replies.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Most recipients of one mail: as many as every relay takes (RFC 5321 §4.5.3.1.8).
const MOST_RECIPIENTS: usize = 100;

/// Longest line in bytes, without its end (RFC 5322 §2.1.1).
const LONGEST_LINE: u64 = 998;

/// Length that lines of folded header fields keep to, where their words allow (RFC 5322 §2.1.1).
const FOLDED_LINE: usize = 78;

/// A mail to send. `Debug` shows no address, no header field and no body.
#[derive(Clone)]
pub struct Mail {
    /// Reverse path; empty for none.
    pub sender: String,
    /// Forward paths, 1 to 100.
    pub recipients: Vec<String>,
    /// Header fields in their order. A value may be folded: line breaks are CRLF with a blank or a tab after them. One that is not, and has more than 78 characters with its
    /// name, is folded at its blanks (RFC 5322 §2.2.3).
    pub headers: Vec<Header>,
    /// Body: lines that end with CRLF and have at most 998 bytes. A missing last CRLF is added; nothing else is changed.
    pub body: Blob,
    /// Time from the first command about this mail to the relay's reply to its content.
    pub timeout: Duration,
}

impl Mail {
    /// An empty mail that may take two minutes.
    pub fn new(sender: impl Into<String>, recipients: Vec<String>) -> Self {
        Self {
            sender: sender.into(),
            recipients,
            headers: Vec::new(),
            body: Blob::empty(),
            timeout: TIMEOUT,
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("recipients", &self.recipients.len())
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A mail that SMTP has.
pub(super) struct Prepared {
    pub(super) sender: String,
    pub(super) recipients: Vec<String>,
    /// With dots doubled where a line begins with one, and the dot that ends it (RFC 5321 §4.5.2).
    pub(super) content: Segments,
    /// Without both (RFC 1870 §5).
    pub(super) size: u64,
    /// Whether an address or a header field has letters beyond ASCII.
    pub(super) needs_utf8: bool,
    /// Whether the body has bytes beyond ASCII.
    pub(super) needs_8bit: bool,
}

impl Prepared {
    pub(super) fn of(mail: Mail) -> Result<Self, Reason> {
        check_envelope(&mail)?;
        let head = head(&mail.headers)?;
        let needs_utf8 = !head.is_ascii()
            || !mail.sender.is_ascii()
            || !mail.recipients.iter().all(|address| address.is_ascii());
        let mut lines = Lines::default();
        mail.body
            .segments()
            .try_for_each(|segment| lines.push(segment))?;
        let needs_end = lines.finish()?;
        let mut pieces = vec![Bytes::from(head)];
        pieces.extend(mail.body.to_segments());
        if needs_end {
            pieces.push(Bytes::from_static(b"\r\n"));
        }
        let size = pieces.iter().map(|piece| piece.len() as u64).sum();
        let mut content = with_doubled_dots(pieces);
        content.push(Bytes::from_static(b".\r\n"));
        Ok(Self {
            sender: mail.sender,
            recipients: mail.recipients,
            content: content.into_iter().collect(),
            size,
            needs_utf8,
            needs_8bit: lines.has_8bit,
        })
    }
}

fn check_envelope(mail: &Mail) -> Result<(), Reason> {
    let refused = |what: String, flaw| Err(Reason::Address { what, flaw });
    if !mail.sender.is_empty()
        && let Some(flaw) = address::flaw(&mail.sender)
    {
        return refused("the sender".to_owned(), flaw);
    }
    match mail.recipients.len() {
        0 => {
            return refused(
                "an empty list of recipients".to_owned(),
                "give at least one",
            );
        }
        1..=MOST_RECIPIENTS => {}
        _ => {
            return refused(
                "a list of more than 100 recipients".to_owned(),
                "send several mails",
            );
        }
    }
    for (recipient, number) in mail.recipients.iter().zip(1..) {
        if let Some(flaw) = address::flaw(recipient) {
            return refused(format!("recipient {number}"), flaw);
        }
    }
    Ok(())
}

/// A value that has no line break, folded where a word would go beyond 78 characters.
fn folded<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if value.contains(['\r', '\n']) || name.len() + 2 + value.len() <= FOLDED_LINE {
        return value.into();
    }
    let mut folded = String::with_capacity(value.len() + 16);
    let mut line = name.len() + 2;
    let mut rest = value;
    // Blanks stay with the word behind them, so that no line is blank.
    while !rest.is_empty() {
        let word = rest.trim_start_matches([' ', '\t']);
        let blanks = rest.len() - word.len();
        let end = word
            .find([' ', '\t'])
            .map_or(rest.len(), |end| blanks + end);
        let (word, after) = rest.split_at(end);
        if blanks > 0 && blanks < end && !folded.is_empty() && line + word.len() > FOLDED_LINE {
            folded.push_str("\r\n");
            line = 0;
        }
        folded.push_str(word);
        line += word.len();
        rest = after;
    }
    folded.into()
}

/// The header fields and the empty line after them.
fn head(headers: &[Header]) -> Result<String, Reason> {
    let mut head = String::new();
    for ((name, value), number) in headers.iter().zip(1..) {
        let refused = |flaw| Err(Reason::Header { number, flaw });
        let is_letter = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        if name.is_empty() || !name.bytes().all(is_letter) {
            return refused("its name has a character that mail has not, or is empty");
        }
        let value = folded(name, value);
        let is_text = |c: char| c == '\t' || !c.is_control();
        for (index, line) in value.split("\r\n").enumerate() {
            let is_folded =
                line.starts_with([' ', '\t']) && !line.trim_matches([' ', '\t']).is_empty();
            if index > 0 && !is_folded {
                return refused("a line of its value does not begin with a blank, or is blank");
            }
            if !line.chars().all(is_text) {
                return refused("its value has a lone CR or LF, or another control character");
            }
            let name = if index == 0 { name.len() + 2 } else { 0 };
            if (name + line.len()) as u64 > LONGEST_LINE {
                return refused("it has a line of more than 998 bytes; fold it");
            }
        }
        head.push_str(name);
        head.push_str(": ");
        head.push_str(&value);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    Ok(head)
}

/// Judges the lines of a body as they go by.
#[derive(Default)]
struct Lines {
    offset: u64,
    line: u64,
    after_cr: bool,
    has_8bit: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        for byte in bytes {
            match (byte, self.after_cr) {
                (b'\n', true) => self.line = 0,
                (b'\n', false) | (_, true) => {
                    return self.refuse("a line break is CR and LF together");
                }
                (b'\r', false) => {}
                (0, false) => return self.refuse("there is a NUL"),
                (_, false) => self.line += 1,
            }
            if self.line > LONGEST_LINE {
                return self.refuse("a line has more than 998 bytes");
            }
            self.after_cr = *byte == b'\r';
            self.has_8bit |= !byte.is_ascii();
            self.offset += 1;
        }
        Ok(())
    }

    /// Whether the last line lacks its end.
    fn finish(&self) -> Result<bool, Reason> {
        match self.after_cr {
            true => self.refuse("a line break is CR and LF together"),
            false => Ok(self.line > 0),
        }
    }

    fn refuse<T>(&self, flaw: &'static str) -> Result<T, Reason> {
        Err(Reason::Content {
            part: "the body",
            offset: self.offset,
            flaw,
        })
    }
}

/// The pieces, cut where a line begins with a dot and another one goes before it.
fn with_doubled_dots(pieces: Vec<Bytes>) -> Vec<Bytes> {
    let mut doubled = Vec::with_capacity(pieces.len() + 1);
    // Lines end with CRLF only, so that the last byte tells.
    let mut last = b'\n';
    for piece in pieces {
        let mut start = 0;
        for (place, byte) in piece.iter().enumerate() {
            if *byte == b'.' && last == b'\n' {
                doubled.push(piece.slice(start..place));
                doubled.push(Bytes::from_static(b"."));
                start = place;
            }
            last = *byte;
        }
        doubled.push(piece.slice(start..));
    }
    doubled
}

#[cfg(test)]
mod tests {
    use bytes::Buf;
    use proptest::prelude::*;

    use super::*;

    fn mail(headers: &[(&str, &str)], body: &[&[u8]]) -> Mail {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let pieces: Vec<_> = body
            .iter()
            .map(|piece| Bytes::copy_from_slice(piece))
            .collect();
        Mail {
            headers: headers.iter().map(owned).collect(),
            body: pieces.into(),
            ..Mail::new("", vec!["a@example.fi".to_owned()])
        }
    }

    fn sent(mail: Mail) -> String {
        let mut content = Prepared::of(mail).ok().unwrap().content;
        let bytes = content.copy_to_bytes(content.remaining());
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn dots_are_doubled_wherever_a_line_begins() {
        let body: [&[u8]; 4] = [b".a.\r", b"\n", b".", b".b\r\n.\r\nc"];
        let content = sent(mail(&[("Subject", "x\r\n .y"), (".z", "1")], &body));
        assert_eq!(
            content,
            "Subject: x\r\n .y\r\n..z: 1\r\n\r\n..a.\r\n...b\r\n..\r\nc\r\n.\r\n"
        );
        assert_eq!(sent(mail(&[], &[])), "\r\n.\r\n");
        assert_eq!(sent(mail(&[], &[b"a\r\n"])), "\r\na\r\n.\r\n");
    }

    #[test]
    fn what_mail_does_not_have_is_refused_by_its_place() {
        let flaw = |body: &[&[u8]]| match Prepared::of(mail(&[], body)).err() {
            Some(Reason::Content { offset, .. }) => Some(offset),
            None => None,
            Some(other) => panic!("{other}"),
        };
        assert_eq!(flaw(&[b"a\nb"]), Some(1));
        assert_eq!(flaw(&[b"a\r", b"b"]), Some(2));
        assert_eq!(flaw(&[b"a\r"]), Some(2));
        assert_eq!(flaw(&[b"a\0"]), Some(1));
        assert_eq!(flaw(&[&[b'a'; 998]]), None);
        assert_eq!(flaw(&[&[b'a'; 998], b"b"]), Some(998));
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("A", "x\r\ny"),
            ("A", "x\r\n"),
            ("A", "x\r\n \r\n y"),
            ("A", "x\n y"),
            ("A", "\u{7}"),
            ("A", "x".repeat(996).as_str()),
        ] {
            let refused = Prepared::of(mail(&[(name, value)], &[])).err();
            assert!(
                matches!(refused, Some(Reason::Header { number: 1, .. })),
                "{name}"
            );
        }
        assert!(Prepared::of(mail(&[("A", &"x".repeat(995))], &[])).is_ok());
        let recipients = |count| Mail::new("a@b", vec!["a@b".to_owned(); count]);
        assert!(Prepared::of(recipients(100)).is_ok());
        for count in [0, 101] {
            let refused = Prepared::of(recipients(count)).err();
            assert!(matches!(refused, Some(Reason::Address { .. })));
        }
    }

    #[test]
    fn long_values_are_folded_at_their_blanks() {
        let word = "=?utf-8?Q?".to_owned() + &"x".repeat(50) + "?=";
        let value = [word.as_str(); 20].join(" ");
        let content = sent(mail(&[("Subject", &value)], &[]));
        let lines: Vec<_> = content.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= 78), "{content}");
        assert_eq!(
            content.replace("\r\n =", " ="),
            format!("Subject: {value}\r\n\r\n.\r\n")
        );
        // What is folded already, short, or has no blank, stays as it is.
        for value in ["a\r\n b", "a b", &"x".repeat(200)] {
            assert_eq!(folded("A", value), value);
        }
    }

    proptest! {
        /// What unfolds is what was given (RFC 5322 §2.2.3), and no line of it is blank.
        #[test]
        fn folding_loses_nothing(value in "[a ]{0,300}") {
            let folded = folded("Subject", &value);
            prop_assert_eq!(folded.replace("\r\n", ""), value.as_str());
            if !value.trim().is_empty() && !value.ends_with(' ') {
                prop_assert!(folded.split("\r\n").skip(1).all(|line| !line.trim().is_empty()));
            }
        }

        /// Whatever the body and its segments, the relay gets it back whole, and nothing in it ends the mail.
        #[test]
        fn a_relay_reads_the_same_body(
            lines in proptest::collection::vec("[.a\u{e4}]{0,4}", 0..20),
            piece in 1_usize..7,
        ) {
            let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let pieces: Vec<_> = body.as_bytes().chunks(piece).collect();
            let content = sent(mail(&[], &pieces));
            let (content, rest) = content.split_once("\r\n.\r\n").unwrap();
            prop_assert_eq!(rest, "");
            let read: Vec<_> = content.split("\r\n").skip(1).collect();
            let undoubled = read.iter().map(|line| line.strip_prefix('.').unwrap_or(line));
            prop_assert_eq!(undoubled.collect::<Vec<_>>(), lines);
        }
    }
}
