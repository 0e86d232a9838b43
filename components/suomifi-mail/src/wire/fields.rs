// SPDX-License-Identifier: Apache-2.0
//! Header fields, read by mail-parser: only those that are asked for, from a block that is bounded.

use std::borrow::Cow;

use mail_parser::{
    ContentType, Header, HeaderName, HeaderValue, MessageParser,
    decoders::charsets::map::charset_decoder,
};

use super::{address, continued, decode::TransferEncoding, encoded_words};

/// Most addresses, and most Message-IDs, that are looked at.
const MOST_LISTED: usize = 100;

/// What the header of a part says of its content.
#[derive(Clone, PartialEq, Eq)]
pub struct PartFields {
    /// Media type in lower case, without parameters; `text/plain` where none is given.
    pub media_type: String,
    /// Whether one is given.
    pub has_media_type: bool,
    /// Parameter charset.
    pub charset: Option<String>,
    /// Parameter boundary.
    pub boundary: Option<String>,
    /// Parameter report-type, in lower case.
    pub report_type: Option<String>,
    /// Name of the file, as it came.
    pub name: Option<String>,
    /// Whether it says that it is an attachment.
    pub is_attachment: bool,
    /// How the content is encoded.
    pub encoding: TransferEncoding,
}

/// Shows no name.
impl std::fmt::Debug for PartFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartFields")
            .field("encoding", &self.encoding)
            .field("is_attachment", &self.is_attachment)
            .finish_non_exhaustive()
    }
}

impl PartFields {
    /// Whether the content is base64.
    pub fn is_base64(&self) -> bool {
        self.encoding == TransferEncoding::Base64
    }

    pub(super) fn read(block: &[u8]) -> Self {
        let block = in_utf8(block);
        let block = encoded_words::joined(&block);
        let headers = parsed(&block);
        let content_type =
            first(&headers, HeaderName::ContentType).and_then(HeaderValue::as_content_type);
        let disposition =
            first(&headers, HeaderName::ContentDisposition).and_then(HeaderValue::as_content_type);
        let encoding =
            first(&headers, HeaderName::ContentTransferEncoding).and_then(HeaderValue::as_text);
        let of_type = |name| content_type.and_then(|field| parameter(field, name));
        let name = disposition.and_then(|field| parameter(field, "filename"));
        let raw = plain_fields(&block);
        let in_pieces = |field: &str, name| {
            let (_, value) = raw.iter().find(|(known, _)| known == field)?;
            continued::parameter(value, name)
        };
        let name = in_pieces("content-disposition", "filename").or(name);
        let name_of_type = || in_pieces("content-type", "name").or_else(|| of_type("name"));
        Self {
            media_type: content_type.map_or_else(plain_text, media_type),
            has_media_type: content_type.is_some(),
            charset: of_type("charset"),
            boundary: of_type("boundary"),
            report_type: of_type("report-type").map(|kind| kind.to_ascii_lowercase()),
            name: name.or_else(name_of_type),
            is_attachment: disposition
                .is_some_and(|field| field.ctype().eq_ignore_ascii_case("attachment")),
            encoding: transfer_encoding(encoding),
        }
    }
}

/// Who a mail is from.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Name beside the address.
    pub name: Option<String>,
    /// Address.
    pub address: String,
}

/// What the header of a mail says.
#[derive(Clone, PartialEq, Eq)]
pub struct MailFields {
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// In-Reply-To and References without brackets, each once: References first, in their order.
    pub in_reply_to: Vec<String>,
    /// Subject, decoded.
    pub subject: Option<String>,
    /// When it was sent, in seconds since 1970-01-01T00:00:00Z.
    pub sent: Option<i64>,
    /// Who it is from; those of all From fields, or of Sender where none has an address.
    pub from: Vec<Mailbox>,
}

/// Shows nothing of it.
impl std::fmt::Debug for MailFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailFields").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl MailFields {
    /// Reads the header block of a mail.
    pub fn read(block: &[u8]) -> Self {
        let block = in_utf8(block);
        let block = address::without_quotes(&block);
        let block = encoded_words::joined(&block);
        let headers = parsed(&block);
        let mut from = mailboxes(&headers, &HeaderName::From);
        if from.is_empty() {
            from = mailboxes(&headers, &HeaderName::Sender);
        }
        let text = |name| first(&headers, name).and_then(HeaderValue::as_text);
        let sent = first(&headers, HeaderName::Date).and_then(HeaderValue::as_datetime);
        let sent = sent
            .filter(|date| date.is_valid())
            .map(|date| date.to_timestamp() - finnish_zone(&block));
        let mut in_reply_to = ids(&headers, HeaderName::References);
        for id in ids(&headers, HeaderName::InReplyTo) {
            if !in_reply_to.contains(&id) {
                in_reply_to.push(id);
            }
        }
        Self {
            message_id: ids(&headers, HeaderName::MessageId).into_iter().next(),
            in_reply_to,
            subject: text(HeaderName::Subject).map(tidy),
            sent,
            from,
        }
    }

    /// The one address that it is from; `None` if there is none, or several that differ.
    pub fn only_sender(&self) -> Option<&Mailbox> {
        let (first, rest) = self.from.split_first()?;
        let is_same = |other: &Mailbox| other.address.eq_ignore_ascii_case(&first.address);
        rest.iter().all(is_same).then_some(first)
    }
}

/// Fields of a block such as those of a delivery report, whose names mail-parser has no form for: name in lower case, value.
pub(super) fn plain_fields(block: &[u8]) -> Vec<(String, String)> {
    let block = in_utf8(block);
    let text = String::from_utf8_lossy(&block);
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    unfolded.split('\n').filter_map(field).collect()
}

/// A block in UTF-8. Bytes that are not are taken for windows-1252, as text without a label is.
fn in_utf8(block: &[u8]) -> Cow<'_, [u8]> {
    let decoder = charset_decoder(b"windows-1252");
    match (str::from_utf8(block), decoder) {
        (Err(_), Some(decode)) => decode(block).into_bytes().into(),
        _ => block.into(),
    }
}

/// The fields that are looked at, in their order.
fn parsed(block: &[u8]) -> Vec<Header<'_>> {
    let parser = MessageParser::new()
        .with_mime_headers()
        .header_date(HeaderName::Date)
        .header_text(HeaderName::Subject)
        .header_address(HeaderName::From)
        .header_address(HeaderName::Sender)
        .header_id(HeaderName::MessageId)
        .header_id(HeaderName::InReplyTo)
        .header_id(HeaderName::References)
        .default_header_ignore();
    let message = parser.parse_headers(block);
    let root = message.and_then(|message| message.parts.into_iter().next());
    root.map_or_else(Vec::new, |root| root.headers)
}

fn first<'h>(headers: &'h [Header<'_>], name: HeaderName<'_>) -> Option<&'h HeaderValue<'h>> {
    let found = headers
        .iter()
        .find(|header| header.name == name && !header.value.is_empty());
    found.map(|header| &header.value)
}

fn ids(headers: &[Header<'_>], name: HeaderName<'_>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let all = headers.iter().filter(|header| header.name == name);
    for id in all.flat_map(|header| header.value.as_text_list().unwrap_or_default()) {
        let id = id.trim();
        if !id.is_empty() && ids.len() < MOST_LISTED && !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

fn mailboxes(headers: &[Header<'_>], name: &HeaderName<'_>) -> Vec<Mailbox> {
    let all = headers.iter().filter(|header| header.name == *name);
    let addresses = all.filter_map(|header| header.value.as_address());
    let mailbox = |found: &mail_parser::Addr<'_>| {
        let address = found.address()?.trim();
        (!address.is_empty()).then(|| Mailbox {
            name: found.name().map(tidy).filter(|name| !name.is_empty()),
            address: address.to_owned(),
        })
    };
    addresses
        .flat_map(mail_parser::Address::iter)
        .filter_map(mailbox)
        .take(MOST_LISTED)
        .collect()
}

/// Seconds by which a date with the name of Finland's time is ahead. mail-parser takes names that RFC 5322 §4.3 does not have for UTC, as the clause says, unless
/// it is known what they mean.
fn finnish_zone(block: &[u8]) -> i64 {
    let fields = plain_fields(block);
    let date = fields.iter().find(|(name, _)| name == "date");
    let zone = date.and_then(|(_, date)| date.split_ascii_whitespace().last());
    match zone {
        Some("EET") => 2 * 3600,
        Some("EEST") => 3 * 3600,
        _ => 0,
    }
}

fn media_type(field: &ContentType<'_>) -> String {
    let top = field.ctype().trim();
    match field.subtype().map(str::trim).filter(|sub| !sub.is_empty()) {
        Some(sub) if !top.is_empty() => format!("{top}/{sub}").to_ascii_lowercase(),
        // RFC 2045 §5.2: what has no sound type is plain text.
        _ => plain_text(),
    }
}

fn plain_text() -> String {
    "text/plain".into()
}

fn parameter(field: &ContentType<'_>, name: &str) -> Option<String> {
    let parameters = field.attributes().unwrap_or_default();
    let found = parameters
        .iter()
        .find(|parameter| parameter.name.eq_ignore_ascii_case(name));
    let value = found.map(|parameter| parameter.value.trim());
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}

fn transfer_encoding(name: Option<&str>) -> TransferEncoding {
    // RFC 2045 §6.1 has no parameters and no quotes; some programs write them. Comments may stand anywhere (RFC 5322 §3.2.2).
    let name = name
        .and_then(|name| name.split([';', '(']).next())
        .unwrap_or_default();
    let name = name.trim().trim_matches('"');
    match name.trim().to_ascii_lowercase().as_str() {
        "" | "7bit" | "8bit" | "binary" => TransferEncoding::AsItIs,
        "base64" => TransferEncoding::Base64,
        "quoted-printable" => TransferEncoding::QuotedPrintable,
        _ => TransferEncoding::Unknown,
    }
}

/// A text of a header in one line, without control characters.
fn tidy(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let fields = MailFields::read(
            "Received: from a by b\r\nFROM: =?utf-8?Q?Maija_Meik=C3=A4l=C3=A4inen?= <010190-900P@asiointitili.fi>\r\n\
             Subject: =?iso-8859-15?B?SHlv?=\r\n =?utf-8?Q?ty=C3=A4?= [silta:A]\r\nDate: Wed, 1 Jul 2026 12:00:00 +0300\r\n\
             Message-Id: <m@x>\r\nIn-Reply-To: <b@y>\r\nReferences: <a@y>\r\n <b@y>\r\n"
                .as_bytes(),
        );
        assert_eq!(fields.message_id.as_deref(), Some("m@x"));
        assert_eq!(fields.in_reply_to, ["a@y", "b@y"]);
        assert_eq!(fields.subject.as_deref(), Some("Hyotyä [silta:A]"));
        assert_eq!(fields.sent, Some(1_782_896_400));
        let sender = fields.only_sender().unwrap();
        assert_eq!(sender.address, "010190-900P@asiointitili.fi");
        assert_eq!(sender.name.as_deref(), Some("Maija Meikäläinen"));
    }

    #[test]
    fn several_senders_are_none() {
        let read = |block: &str| MailFields::read(block.as_bytes());
        assert!(read("From: a@b, c@d\r\n").only_sender().is_none());
        assert!(read("From: a@b\r\nFrom: c@d\r\n").only_sender().is_none());
        assert!(read("From: a@b\r\nFrom: A@B\r\n").only_sender().is_some());
        assert_eq!(
            read("From:\r\nSender: c@d\r\n")
                .only_sender()
                .unwrap()
                .address,
            "c@d"
        );
        assert!(read("X: y\r\n").only_sender().is_none());
    }

    #[test]
    fn quotes_that_mean_nothing_are_no_part_of_an_address() {
        for (written, read) in [
            ("\"010190-900P\"@a.fi", "010190-900P@a.fi"),
            ("Meri <\"a.b\"@a.fi>", "a.b@a.fi"),
        ] {
            let fields = MailFields::read(format!("From: {written}\r\n").as_bytes());
            assert_eq!(fields.only_sender().unwrap().address, read, "{written}");
        }
    }

    #[test]
    fn dates_may_name_the_time_of_finland() {
        let sent = |date: &str| MailFields::read(format!("Date: {date}\r\n").as_bytes()).sent;
        let utc = sent("Tue, 1 Dec 2026 01:00:00 +0000");
        assert!(utc.is_some());
        for date in [
            "Tue, 1 Dec 2026 03:00:00 EET",
            "Tue, 1 Dec 2026 04:00:00 EEST",
            "Tue, 1 Dec 2026 03:00:00 +0200 (EET)",
            "Tue, 1 Dec 2026 01:00:00 GMT",
        ] {
            assert_eq!(sent(date), utc, "{date}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_read_all_the_same() {
        let fields = MailFields::read(b"Subject: P\xe4\xe4t\xf6s\r\n");
        assert_eq!(fields.subject.as_deref(), Some("Päätös"));
        let fields = MailFields::read("Subject: Päätös\0\r\n".as_bytes());
        assert_eq!(fields.subject.as_deref(), Some("Päätös"));
    }

    #[test]
    fn a_part_says_what_it_has() {
        let read = |block: &str| PartFields::read(block.as_bytes());
        let none = read("");
        assert_eq!(
            (none.media_type.as_str(), none.encoding),
            ("text/plain", TransferEncoding::AsItIs)
        );
        assert_eq!(read("Content-Type: text\r\n").media_type, "text/plain");
        let named = read(
            "Content-Type: APPLICATION/PDF; name=\"x.pdf\"\r\nContent-Disposition: Attachment;\r\n filename*0*=UTF-8''p%C3%A4; filename*1*=%C3%A4.pdf\r\nContent-Transfer-Encoding: BASE64\r\n",
        );
        assert_eq!(named.media_type, "application/pdf");
        assert_eq!(named.name.as_deref(), Some("pää.pdf"));
        assert!(named.is_attachment && named.is_base64());
        assert_eq!(
            read("Content-Transfer-Encoding: x-uuencode\r\n").encoding,
            TransferEncoding::Unknown
        );
        let word = read("Content-Type: application/pdf; name=\"=?iso-8859-1?Q?=E4.pdf?=\"\r\n");
        assert_eq!(word.name.as_deref(), Some("ä.pdf"));
        let words =
            read("Content-Type: a/b; name=\"=?utf-8?Q?p=C3?=\r\n =?utf-8?Q?=A4.pdf?=\"\r\n");
        assert_eq!(words.name.as_deref(), Some("pä.pdf"));
        for base64 in ["base64 (RFC 2045)", "\"Base64\"", "base64;"] {
            assert!(read(&format!("Content-Transfer-Encoding: {base64}\r\n")).is_base64());
        }
    }

    #[test]
    fn plain_fields_are_unfolded() {
        let fields = plain_fields(b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550\r\n no\r\nx\r\n");
        assert_eq!(fields[1], ("diagnostic-code".into(), "smtp; 550 no".into()));
        assert_eq!(fields.len(), 2);
    }
}
