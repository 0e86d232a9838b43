// SPDX-License-Identifier: Apache-2.0
//! A message as mail: header fields, and a body of pieces, so that attachments stay where they are. Encoded words (RFC 2047), parameters (RFC 2231) and the encoding of the text are
//! mail-builder's; the parts are put together here.

use std::borrow::Cow;

use mail_builder::{
    headers::{
        Header, address::Address, content_type::ContentType, date::Date, message_id::MessageId,
        text::Text,
    },
    mime::MimePart,
};

use super::{attachment::File, letter::Letter};

/// What is made up for a message.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// Message-ID without its brackets.
    pub message_id: &'a str,
    /// When it is sent, in seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Boundary between parts, made longer where the text has it in it: letters and digits. Base64 has no line that begins with `--`.
    pub boundary: &'a str,
}

/// A header field; its value has no line break.
pub type Field = (&'static str, String);

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The base64 text of an attachment, by its number from 0, in lines of 76 characters.
    Base64(usize),
}

/// A message as mail. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Header fields, in order.
    pub fields: Vec<Field>,
    /// The body.
    pub body: Vec<Piece>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

/// Makes the mail of a message.
pub fn compose(from: &str, letter: &Letter, files: &[File<'_>], made: &Made<'_>) -> Mail {
    let mut fields = vec![
        ("From", value("From", &address(from))),
        ("To", value("To", &address(&letter.recipient))),
    ];
    if let Some(reply_to) = &letter.reply_to {
        fields.push(("Reply-To", value("Reply-To", &address(reply_to))));
    }
    fields.push(("Subject", subject(&letter.subject)));
    fields.push(("Date", value("Date", &Date::new(made.seconds))));
    fields.push((
        "Message-ID",
        value("Message-ID", &MessageId::new(made.message_id)),
    ));
    if let Some(answered) = &letter.in_reply_to {
        fields.push((
            "In-Reply-To",
            value("In-Reply-To", &MessageId::new(answered.as_str())),
        ));
        let references = MessageId::new_list(letter.references.iter().map(String::as_str));
        fields.push(("References", value("References", &references)));
    }
    fields.push(("MIME-Version", "1.0".into()));
    let text = text_part(&letter.text);
    if files.is_empty() {
        let (head, body) = split(&text);
        fields.extend(fields_of(head));
        return Mail {
            fields,
            body: vec![Piece::Bytes(body.to_vec())],
        };
    }
    let boundary = boundary(made.boundary, &letter.text);
    let mixed = ContentType::new("multipart/mixed").attribute("boundary", boundary.as_str());
    fields.push(("Content-Type", value("Content-Type", &mixed)));
    Mail {
        fields,
        body: parts(&text, files, &boundary),
    }
}

/// Longest content of an encoded word that is made here, in characters (RFC 2047 §2: 75 with what is around it).
const LONGEST_WORD: usize = 60;

/// A subject. mail-builder encodes what is not ASCII or long, and not what merely looks like an encoded word, which a reader would decode.
fn subject(text: &str) -> String {
    if !text.contains("=?") {
        return value("Subject", &Text::new(text));
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut utf8 = [0; 4];
        let escaped: String = match c.is_ascii_alphanumeric() {
            true => c.into(),
            false => c
                .encode_utf8(&mut utf8)
                .bytes()
                .map(|byte| format!("={byte:02X}"))
                .collect(),
        };
        match words
            .last_mut()
            .filter(|word| word.len() + escaped.len() <= LONGEST_WORD)
        {
            Some(word) => word.push_str(&escaped),
            None => words.push(escaped),
        }
    }
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("=?utf-8?Q?{word}?="))
        .collect();
    words.join(" ")
}

/// A boundary that the text has nowhere.
fn boundary(made: &str, text: &str) -> String {
    let mut boundary = made.to_owned();
    while text.contains(&boundary) {
        boundary.push('0');
    }
    boundary
}

/// The parts between their boundaries (RFC 2046 §5.1.1). The base64 text of an attachment ends with a line break, which then belongs to the boundary.
fn parts(text: &[u8], files: &[File<'_>], boundary: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(files.len() * 2 + 1);
    let mut markup = format!("--{boundary}\r\n").into_bytes();
    markup.extend_from_slice(text);
    for (index, file) in files.iter().enumerate() {
        let line_break = if index == 0 { "\r\n" } else { "" };
        markup.extend_from_slice(format!("{line_break}--{boundary}\r\n").as_bytes());
        markup.extend_from_slice(&head_of(file));
        pieces.push(Piece::Bytes(std::mem::take(&mut markup)));
        pieces.push(Piece::Base64(index));
    }
    markup.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    pieces.push(Piece::Bytes(markup));
    pieces
}

/// The header of an attachment, and the line between it and the content.
fn head_of(file: &File<'_>) -> Vec<u8> {
    let media_type = file.media_type.split(';').next().unwrap_or_default().trim();
    let mut content_type = ContentType::new(media_type);
    if !file.name.is_ascii() {
        // Who does not read RFC 2231 gets a name all the same.
        content_type = content_type.attribute("name", plain_name(file.name));
    }
    let disposition = ContentType::new("attachment").attribute("filename", file.name);
    let mut head = Vec::new();
    write_field(&mut head, "Content-Type", &content_type);
    write_field(&mut head, "Content-Disposition", &disposition);
    head.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    head
}

/// A name in ASCII that resembles one in Finnish or Swedish.
fn plain_name(name: &str) -> Cow<'static, str> {
    let plain = |c: char| match c {
        'ä' | 'å' | 'á' | 'à' => 'a',
        'Ä' | 'Å' => 'A',
        'ö' | 'ø' => 'o',
        'Ö' | 'Ø' => 'O',
        'é' | 'è' => 'e',
        'ü' => 'u',
        'š' => 's',
        'ž' => 'z',
        c if c.is_ascii() => c,
        _ => '_',
    };
    name.chars().map(plain).collect::<String>().into()
}

/// The part with the text: plain, UTF-8, in the shortest encoding that keeps lines short.
fn text_part(text: &str) -> Vec<u8> {
    let content_type = ContentType::new("text/plain").attribute("charset", "utf-8");
    let mut part = Vec::new();
    MimePart::new(content_type, text).write_part(&mut part);
    part
}

/// Head and body of a part.
fn split(part: &[u8]) -> (&[u8], &[u8]) {
    let end = part.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or(part.len());
    let head = part.get(..end).unwrap_or_default();
    (head, part.get(end + 4..).unwrap_or_default())
}

/// The fields of a part's head. Their names are known, since they were written here.
fn fields_of(head: &[u8]) -> Vec<Field> {
    let head = String::from_utf8_lossy(head);
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let of = |name: &'static str| {
        let mut lines = unfolded
            .split("\r\n")
            .filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some((name, value.trim().to_owned()))
    };
    ["Content-Type", "Content-Transfer-Encoding"]
        .into_iter()
        .filter_map(of)
        .collect()
}

fn address(address: &str) -> Address<'_> {
    Address::new_address(None::<&str>, address)
}

fn write_field(head: &mut Vec<u8>, name: &str, field: &impl Header) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    field.write_header(head, name.len() + 2);
}

/// The value of a field in one line: whoever sends it folds it.
fn value(name: &str, field: &impl Header) -> String {
    let mut written = Vec::new();
    field.write_header(&mut written, name.len() + 2);
    let text = String::from_utf8_lossy(&written);
    // RFC 5322 §2.2.3: what folded it is the line break alone.
    text.replace("\r\n", "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Made<'static> = Made {
        message_id: "R.id@virasto.fi",
        seconds: 1_782_864_000,
        boundary: "01ARZ3NDEKTSV4",
    };

    fn letter() -> Letter {
        Letter {
            recipient: "010190-900P@asiointitili.fi".into(),
            subject: "Päätös [silta:R]".into(),
            text: "Hei, päätös on liitteenä. Terveisin Virasto\r\nKirjoitamme tavallista suomea ja joskus englantia\r\n.\r\nÄäni €\r\n".into(),
            reply_to: Some("kirjaamo@virasto.fi".into()),
            in_reply_to: Some("b@x".into()),
            references: vec!["a@x".into(), "b@x".into()],
        }
    }

    fn field<'m>(mail: &'m Mail, name: &str) -> &'m str {
        let found = mail.fields.iter().find(|(known, _)| *known == name);
        &found.unwrap().1
    }

    #[test]
    fn a_message_without_attachments_is_one_text() {
        let mail = compose("viestit@virasto.fi", &letter(), &[], &MADE);
        assert_eq!(field(&mail, "From"), "<viestit@virasto.fi>");
        assert_eq!(field(&mail, "To"), "<010190-900P@asiointitili.fi>");
        assert_eq!(field(&mail, "Reply-To"), "<kirjaamo@virasto.fi>");
        assert_eq!(field(&mail, "Date"), "Wed, 1 Jul 2026 00:00:00 +0000");
        assert_eq!(field(&mail, "Message-ID"), "<R.id@virasto.fi>");
        assert_eq!(field(&mail, "In-Reply-To"), "<b@x>");
        assert_eq!(field(&mail, "References"), "<a@x> <b@x>");
        assert!(field(&mail, "Content-Type").starts_with("text/plain; charset=\"utf-8\""));
        assert_eq!(
            field(&mail, "Content-Transfer-Encoding"),
            "quoted-printable"
        );
        assert_eq!(
            mail.body,
            [Piece::Bytes(
                b"Hei, p=C3=A4=C3=A4t=C3=B6s on liitteen=C3=A4. Terveisin Virasto\r\nKirjoitamme tavallista suomea ja joskus englantia\r\n.\r\n=C3=84=C3=A4ni =E2=82=AC\r\n".to_vec()
            )]
        );
        assert!(
            mail.fields
                .iter()
                .all(|(name, _)| !["Cc", "Bcc"].contains(name))
        );
    }

    #[test]
    fn attachments_stay_where_they_are() {
        let files = ["päätös.pdf", "b.txt"].map(|name| File {
            name,
            media_type: "application/pdf; name=x",
            size: 3,
        });
        let mail = compose("viestit@virasto.fi", &letter(), &files, &MADE);
        let boundary = "multipart/mixed; boundary=\"01ARZ3NDEKTSV4\"";
        assert_eq!(field(&mail, "Content-Type"), boundary);
        let mut whole = String::new();
        for piece in &mail.body {
            match piece {
                Piece::Bytes(bytes) => whole += str::from_utf8(bytes).unwrap(),
                Piece::Base64(index) => whole += &format!("({index})\r\n"),
            }
        }
        assert!(
            whole.starts_with("--01ARZ3NDEKTSV4\r\nContent-Type: text/plain"),
            "{whole}"
        );
        let second = whole.split("--01ARZ3NDEKTSV4\r\n").nth(2).unwrap();
        assert_eq!(
            second,
            "Content-Type: application/pdf; name=\"paatos.pdf\"\r\nContent-Disposition: attachment; filename*=UTF-8''p%C3%A4%C3%A4t%C3%B6s.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n(0)\r\n"
        );
        assert!(whole.ends_with("(1)\r\n--01ARZ3NDEKTSV4--\r\n"), "{whole}");
    }

    #[test]
    fn what_looks_like_an_encoded_word_is_encoded() {
        let mut odd = letter();
        odd.subject = "=?utf-8?Q?ei?= ä".repeat(9);
        let mail = compose("viestit@virasto.fi", &odd, &[], &MADE);
        let subject = field(&mail, "Subject");
        assert!(subject.split(' ').all(|word| word.len() <= 75), "{subject}");
        let block = format!("Subject: {subject}\r\n");
        let read = super::super::fields::MailFields::read(block.as_bytes());
        assert_eq!(read.subject, Some(odd.subject));
    }

    #[test]
    fn no_value_has_a_line_break() {
        let mut long = letter();
        long.subject = "Ää\u{20ac} ".repeat(80);
        long.references = (0..20)
            .map(|number| format!("{number}{}@x", "m".repeat(200)))
            .collect();
        let mail = compose("viestit@virasto.fi", &long, &[], &MADE);
        for (name, value) in &mail.fields {
            assert!(!value.contains(['\r', '\n']), "{name}");
            let words = value.split(' ');
            assert!(words.clone().all(|word| word.len() < 300), "{name}");
        }
    }
}
