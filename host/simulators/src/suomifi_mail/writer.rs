// SPDX-License-Identifier: Apache-2.0
//! Mails written from what they say (RFC 5322, 2045–2047, 2183, 2231).

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Zoned;
use jiff::fmt::rfc2822;

use crate::finland;
use crate::sha256::sha256_hex;

/// Character set and transfer encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// UTF-8 as quoted-printable.
    Utf8QuotedPrintable,
    /// UTF-8 as base64.
    Utf8Base64,
    /// UTF-8 as it is (8BITMIME).
    Utf8EightBit,
    /// ISO-8859-1 as quoted-printable; characters beyond it are question marks.
    Latin1QuotedPrintable,
    /// ISO-8859-1 as base64; likewise.
    Latin1Base64,
}

impl Form {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Utf8QuotedPrintable,
        Self::Latin1QuotedPrintable,
        Self::Utf8Base64,
        Self::Latin1Base64,
        Self::Utf8EightBit,
    ];

    /// Its name here.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8QuotedPrintable => "utf-8-qp",
            Self::Utf8Base64 => "utf-8-base64",
            Self::Utf8EightBit => "utf-8-8bit",
            Self::Latin1QuotedPrintable => "latin1-qp",
            Self::Latin1Base64 => "latin1-base64",
        }
    }

    fn charset(self) -> &'static str {
        match self {
            Self::Utf8QuotedPrintable | Self::Utf8Base64 | Self::Utf8EightBit => "utf-8",
            Self::Latin1QuotedPrintable | Self::Latin1Base64 => "iso-8859-1",
        }
    }

    fn encoding(self) -> &'static str {
        match self {
            Self::Utf8QuotedPrintable | Self::Latin1QuotedPrintable => "quoted-printable",
            Self::Utf8Base64 | Self::Latin1Base64 => "base64",
            Self::Utf8EightBit => "8bit",
        }
    }

    fn octets(self, text: &str) -> Vec<u8> {
        match self.charset() {
            "utf-8" => text.as_bytes().to_vec(),
            _ => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect(),
        }
    }
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name; letters beyond ASCII are fine.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// What is in it.
    pub octets: Vec<u8>,
}

/// What kind of text a mail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    Plain,
    Html,
}

/// Whether a mail keeps the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Soundness {
    Sound,
    /// A multipart without its end, in an encoding that is broken.
    Broken,
}

/// A mail to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Name and address.
    pub(super) from: (String, String),
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) message_id: String,
    /// Message-ID of the mail it answers.
    pub(super) in_reply_to: Option<String>,
    pub(super) is_automatic: bool,
    /// Lines end with CRLF.
    pub(super) text: String,
    pub(super) text_kind: TextKind,
    pub(super) form: Form,
    pub(super) attachments: Vec<Attachment>,
    pub(super) soundness: Soundness,
}

/// A Message-ID that nobody else has.
pub(super) fn new_message_id(domain: &str) -> String {
    let mut random = [0; 16];
    // Without randomness ids differ by the time.
    let _ = rand::fill(&mut random);
    let now = Zoned::now().timestamp().as_nanosecond();
    let id = sha256_hex(&[&random[..], &now.to_be_bytes()[..]].concat());
    format!("<{}@{domain}>", id.get(..32).unwrap_or_default())
}

impl Draft {
    /// The mail; its lines end with CRLF.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut mail = self.header();
        let text = self.text_part();
        if self.attachments.is_empty() && self.soundness == Soundness::Sound {
            mail.extend(text);
            return mail;
        }
        let boundary = format!(
            "=_{}",
            sha256_hex(self.message_id.as_bytes())
                .get(..32)
                .unwrap_or_default()
        );
        let mut add = |text: &str| mail.extend(text.bytes());
        add(&format!(
            "Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        ));
        mail.extend(text);
        for attachment in &self.attachments {
            mail.extend(format!("\r\n--{boundary}\r\n").bytes());
            mail.extend(part(attachment).bytes());
        }
        mail.extend(match self.soundness {
            Soundness::Sound => format!("\r\n--{boundary}--\r\n").into_bytes(),
            Soundness::Broken => {
                let rest = "Content-Type: application/pdf; name=\"liite\r\nContent-Transfer-Encoding: base64\r\n\r\n%PDF*=\r\n";
                format!("\r\n--{boundary}\r\n{rest}").into_bytes()
            }
        });
        mail
    }

    fn header(&self) -> Vec<u8> {
        let now = Zoned::now().with_time_zone(finland::time_zone());
        let date = rfc2822::to_string(&now)
            .unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 +0000".to_owned());
        let mut header = String::new();
        let mut field = |name: &str, value: &str| header.push_str(&format!("{name}: {value}\r\n"));
        field("Date", &date);
        let (name, address) = &self.from;
        match name.is_empty() {
            true => field("From", address),
            false => field("From", &format!("{}\r\n <{address}>", phrase(name))),
        }
        field("To", &self.to);
        field("Subject", &encoded(&self.subject, "Subject: ".len()));
        field("Message-ID", &self.message_id);
        if let Some(original) = &self.in_reply_to {
            field("In-Reply-To", original);
            field("References", original);
        }
        if self.is_automatic {
            field("Auto-Submitted", "auto-replied");
        }
        field("MIME-Version", "1.0");
        header.into_bytes()
    }

    fn text_part(&self) -> Vec<u8> {
        let (kind, octets) = match self.text_kind {
            TextKind::Plain => ("plain", self.form.octets(&self.text)),
            TextKind::Html => ("html", self.form.octets(&html(&self.text))),
        };
        let (charset, encoding) = (self.form.charset(), self.form.encoding());
        let head = format!(
            "Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        );
        let mut part = head.into_bytes();
        match encoding {
            "base64" => part.extend(base64_lines(&octets).bytes()),
            "quoted-printable" => part.extend(quoted_printable(&octets).bytes()),
            _ => part.extend(octets),
        }
        part
    }
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<html><body><p>{}</p></body></html>\r\n",
        text.trim_end().replace("\r\n", "<br>\r\n")
    )
}

fn part(attachment: &Attachment) -> String {
    let name = &attachment.name;
    let file_name =
        match name.is_ascii() && !name.contains(['"', '\\']) && !name.contains(char::is_control) {
            true => format!("filename=\"{name}\""),
            false => format!("filename*=utf-8''{}", percent_encoded(name)),
        };
    format!(
        "Content-Type: {}\r\nContent-Disposition: attachment;\r\n {file_name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        attachment.media_type,
        base64_lines(&attachment.octets),
    )
}

fn percent_encoded(text: &str) -> String {
    let encode = |octet: u8| match octet {
        octet if octet.is_ascii_alphanumeric() || b"-._".contains(&octet) => {
            char::from(octet).to_string()
        }
        octet => format!("%{octet:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// In lines of 76 characters, each with its end.
fn base64_lines(octets: &[u8]) -> String {
    let lines = octets
        .chunks(57)
        .map(|chunk| format!("{}\r\n", STANDARD.encode(chunk)));
    lines.collect()
}

/// Longest line of quoted-printable, without the `=` of a soft end.
const LONGEST_QUOTED: usize = 75;

fn quoted_printable(octets: &[u8]) -> String {
    let mut text = String::new();
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let (line, has_end) = match line.strip_suffix(b"\r\n") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let mut column = 0;
        for (place, octet) in line.iter().enumerate() {
            let is_last = place + 1 == line.len();
            let is_plain = match octet {
                b' ' | b'\t' => !is_last,
                b'=' => false,
                octet => octet.is_ascii_graphic(),
            };
            let piece = match is_plain {
                true => char::from(*octet).to_string(),
                false => format!("={octet:02X}"),
            };
            if column + piece.len() > LONGEST_QUOTED {
                text.push_str("=\r\n");
                column = 0;
            }
            column += piece.len();
            text.push_str(&piece);
        }
        if has_end {
            text.push_str("\r\n");
        }
    }
    text
}

fn phrase(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -._".contains(c);
    match name.chars().all(is_plain) {
        true => format!("\"{name}\""),
        false => encoded(name, "From: ".len()),
    }
}

/// Room for a line of a header field.
const LINE: usize = 76;

/// A text of a header field, in encoded words where it has letters beyond ASCII, or is too long for a line.
fn encoded(text: &str, column: usize) -> String {
    let is_plain = text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) && !text.contains("=?");
    if is_plain && column + text.len() <= LINE {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    let mut room = LINE - column;
    for c in text.chars() {
        let mut octets = [0; 4];
        let octets = c.encode_utf8(&mut octets).bytes();
        let piece: String = octets
            .map(|octet| match octet {
                b' ' => "_".to_owned(),
                octet if octet.is_ascii_alphanumeric() || b"-.,:/[]!".contains(&octet) => {
                    char::from(octet).to_string()
                }
                octet => format!("={octet:02X}"),
            })
            .collect();
        let length = words.last().map_or(0, String::len);
        if length + piece.len() + "=?utf-8?Q??=".len() > room {
            words.push(String::new());
            room = LINE - 1;
        }
        if let Some(word) = words.last_mut() {
            word.push_str(&piece);
        }
    }
    let words: Vec<_> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| format!("=?utf-8?Q?{word}?="))
        .collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::super::reader;
    use super::*;

    #[test]
    fn header_texts_are_read_back_and_keep_the_lines_short() {
        for text in [
            "Päätös 2026/1 [silta:abc]".to_owned(),
            "ä".repeat(300),
            "a ".repeat(80) + "b",
            "=?x?=".to_owned(),
            "plain".to_owned(),
        ] {
            let written = encoded(&text, 9);
            assert!(
                written.split("\r\n").all(|line| line.len() <= 76),
                "{written}"
            );
            assert_eq!(reader::decoded(&written.replace("\r\n", "")).unwrap(), text);
        }
    }

    #[test]
    fn texts_are_encoded_within_lines() {
        let text = format!("{} \r\n.=ä\r\n", "ö".repeat(60));
        let quoted = quoted_printable(text.as_bytes());
        assert!(
            quoted.contains("=20\r\n.=3D=C3=A4\r\n")
                && quoted.split("\r\n").all(|line| line.len() <= 76),
            "{quoted}"
        );
        assert_eq!(Form::Latin1Base64.octets("ä€"), [0xe4, b'?']);
    }
}
