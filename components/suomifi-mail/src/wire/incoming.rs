// SPDX-License-Identifier: Apache-2.0
//! A mail, read: who, when, text, and where its files are. Of the content only texts are read.

use std::ops::Range;

use canonical_xml::Source;

use super::{
    Settings,
    decode::{self, TransferEncoding},
    fields::{MailFields, PartFields},
    report::{Report, read_report},
    structure::{self, Part, Unreadable},
};

/// Largest part of a delivery report that is read, in bytes.
const LARGEST_REPORT: u64 = 64 << 10;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// What its header says.
    pub fields: MailFields,
    /// Its text, line breaks as line feeds; of HTML the text where there is no plain one.
    pub body: String,
    /// Files, in their order.
    pub files: Vec<Attached>,
    /// The delivery report that it is.
    pub report: Option<Report>,
    /// Other forms of the text that were left out.
    pub left_out: usize,
    /// Whether a multipart does not end: the mail may have been cut off.
    pub is_cut: bool,
}

/// A file that came along, where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Attached {
    /// Name, as it came.
    pub name: Option<String>,
    /// Media type with the encoding of its characters, as it came.
    pub media_type: String,
    /// How it is encoded.
    pub encoding: TransferEncoding,
    /// Where it is in the mail.
    pub content: Range<u64>,
}

/// Shows no name.
impl std::fmt::Debug for Attached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attached")
            .field("encoding", &self.encoding)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// Reads a mail.
///
/// # Errors
/// The inner one says why it cannot be taken apart; the outer one is the source's.
pub fn read<S: Source>(
    settings: &Settings,
    source: &S,
) -> Result<Result<Incoming, Unreadable>, S::Error> {
    let structure = match structure::read(source)? {
        Ok(structure) => structure,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    let mut incoming = Incoming {
        fields: MailFields::read(&structure.header),
        body: String::new(),
        files: Vec::new(),
        report: None,
        left_out: 0,
        is_cut: structure.is_cut,
    };
    if structure.media_type == "multipart/report" {
        incoming.report = report(source, &structure.parts)?;
    }
    let is_plain = |part: &Part| is_text(part, "text/plain");
    let has_plain = structure.parts.iter().any(is_plain);
    let mut room: u64 = settings.incoming.largest_text_bytes.into();
    for part in &structure.parts {
        let size = part.content.end - part.content.start;
        let is_html = is_text(part, "text/html");
        if is_html && has_plain && part.is_alternative {
            incoming.left_out += 1;
            continue;
        }
        let is_body = (is_plain(part) || (is_html && !has_plain)) && size <= room;
        if is_body {
            room -= size;
            let text = text(settings, &part.fields, &content(source, part)?);
            append(&mut incoming.body, &text);
        }
        // HTML is handed out as it is, too: its text is a makeshift.
        if !is_body || is_html {
            incoming.files.push(Attached::of(part));
        }
    }
    Ok(Ok(incoming))
}

/// Whether a part is a text of the mail itself and no file.
fn is_text(part: &Part, media_type: &str) -> bool {
    let fields = &part.fields;
    fields.media_type == media_type
        && !fields.is_attachment
        && fields.name.is_none()
        && fields.encoding != TransferEncoding::Unknown
}

fn text(settings: &Settings, fields: &PartFields, content: &[u8]) -> String {
    let bytes = decode::bytes(fields.encoding, content);
    let fallback = &settings.incoming.fallback_charset;
    let text = decode::text(&bytes, fields.charset.as_deref(), fallback);
    match fields.media_type == "text/html" {
        true => decode::text_of_html(&text),
        false => text,
    }
}

/// Several texts are one, with a blank line between them.
fn append(body: &mut String, text: &str) {
    let text = text.trim_end();
    if !body.is_empty() && !text.is_empty() {
        body.push_str("\n\n");
    }
    body.push_str(text);
}

/// The bytes of a part, encoded as they are.
fn content<S: Source>(source: &S, part: &Part) -> Result<Vec<u8>, S::Error> {
    let mut bytes = Vec::new();
    let Range { start, end } = part.content;
    // Whoever asks has looked at the size.
    let length = usize::try_from(end - start).unwrap_or_default();
    source.read(start, length, &mut bytes)?;
    Ok(bytes)
}

/// The report among the parts of a multipart/report (RFC 3462), with the header of the mail that it is about.
fn report<S: Source>(source: &S, parts: &[Part]) -> Result<Option<Report>, S::Error> {
    let of = |wanted: &[&str]| {
        let is_it = |part: &&Part| wanted.contains(&part.fields.media_type.as_str());
        parts.iter().find(is_it)
    };
    let read = |part: Option<&Part>| -> Result<Vec<u8>, S::Error> {
        let Some(part) = part else {
            return Ok(Vec::new());
        };
        let Range { start, end } = part.content;
        let beginning = Part {
            content: start..end.min(start + LARGEST_REPORT),
            ..part.clone()
        };
        let bytes = content(source, &beginning)?;
        Ok(decode::bytes(part.fields.encoding, &bytes))
    };
    let status = read(of(&[
        "message/delivery-status",
        "message/global-delivery-status",
    ]))?;
    let original = read(of(&[
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
    ]))?;
    Ok(read_report(&status, header_of(&original)))
}

/// The header block of a mail within a mail.
fn header_of(mail: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for line in mail.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        block.extend_from_slice(line);
        block.extend_from_slice(b"\r\n");
    }
    block
}

impl Attached {
    fn of(part: &Part) -> Self {
        let fields = &part.fields;
        let is_token = |text: &&String| {
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b'"')
        };
        let charset = fields.charset.as_ref().filter(is_token);
        let media_type = match super::attachment::is_media_type(&fields.media_type) {
            true => fields.media_type.as_str(),
            false => "application/octet-stream",
        };
        Self {
            name: fields.name.clone(),
            media_type: match charset {
                Some(charset) if media_type.starts_with("text/") => {
                    format!("{media_type}; charset={charset}")
                }
                _ => media_type.to_owned(),
            },
            encoding: fields.encoding,
            content: part.content.clone(),
        }
    }

    /// A name for the document: without folders and control characters, made up where nothing is left. `number` counts from 1.
    pub fn document_name(&self, number: usize) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        let name = name.trim();
        if !name.is_empty() && name != "." && name != ".." {
            return name.to_owned();
        }
        let extension = match self.media_type.split(';').next().unwrap_or_default() {
            "message/rfc822" => ".eml",
            "text/html" => ".html",
            "text/plain" => ".txt",
            _ => "",
        };
        format!("attachment-{number}{extension}")
    }
}
