// SPDX-License-Identifier: Apache-2.0
//! Customs' reply to a message: the application response (guide 2015 p. 16, table 16, figure 16).

use agency_http::AnswerError;
use canonical_xml::{Document, ElementRef, ReadError};
use xml_signature::{Backend, NAMESPACE, Policy, Verified, VerifyFailure, verify};

use super::{
    ReplySignature, Settings,
    reader::{Reader, field, incomplete, not_xml, short_text},
};

/// Media type of PDF.
pub const PDF: &str = "application/pdf";

/// Media type of ZIP.
pub const ZIP: &str = "application/zip";

/// Media types of the words that Customs may name formats by.
const FORMATS: [(&str, &str); 8] = [
    ("XML", "application/xml"),
    ("PDF", PDF),
    ("ZIP", ZIP),
    // Names that were never registered, of browsers and of Windows.
    ("application/x-pdf", PDF),
    ("application/acrobat", PDF),
    ("application/x-zip-compressed", ZIP),
    ("application/x-zip", ZIP),
    ("multipart/x-zip", ZIP),
];

/// Media type of what has no known format.
const UNKNOWN_FORMAT: &str = "application/octet-stream";

/// More content than any reply has.
const MOST_PARTS: usize = 100;

/// An application response, taken apart. Whether it is genuine is another question: see [`judge`].
#[derive(Debug)]
pub struct Reply<'d> {
    /// What identifies the message: name and content of each element before the content.
    pub identification: Vec<(String, String)>,
    /// The content: an XML document, then a PDF or a ZIP where there is one.
    pub parts: Vec<Part<'d>>,
    /// Whether there is a signature anywhere in it.
    pub is_signed: bool,
}

/// One piece of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'d> {
    /// Format as Customs names it; empty when it does not.
    pub format: String,
    /// Media type of that format.
    pub media_type: String,
    /// The element whose text is the content in base64.
    pub content: ElementRef<'d>,
}

/// What can be said of the signature of a reply.
#[derive(Debug)]
pub enum Judgement<'d, S> {
    /// Somebody who is trusted has signed all content.
    Verified(Verified<'d, S>),
    /// There is no signature.
    Absent,
    /// The settings do not ask.
    NotJudged,
}

/// Why the signature of a reply does not count.
#[derive(Debug)]
pub enum NotCounted<E> {
    /// It is demanded and not there.
    Missing(AnswerError),
    /// It is refused, or could not be judged.
    Failed(VerifyFailure<E>),
}

/// Takes an application response apart.
///
/// # Errors
/// [`AnswerError`] when it is none, or has no content.
pub fn read_reply<'d>(
    settings: &Settings,
    body: &'d Result<Document<'static>, ReadError>,
) -> Result<Reply<'d>, AnswerError> {
    let document = body.as_ref().map_err(not_xml)?;
    let (names, root) = (&settings.wire.names, document.root());
    let reader = Reader::of_application(settings);
    if !reader.is_named(root, &names.application_response) {
        return Err(incomplete(format!("/{}", names.application_response)));
    }
    let mut reply = Reply {
        identification: Vec::new(),
        parts: Vec::new(),
        is_signed: document.elements().any(is_signature),
    };
    let mut format = String::new();
    for element in root.children() {
        if is_signature(element) {
            continue;
        }
        if reader.is_named(element, &names.content_format) {
            format = short_text(element)?;
        } else if reader.is_named(element, &names.content) && !has_content(&reader, element, names)
        {
            reply
                .parts
                .push(part(settings, std::mem::take(&mut format), element));
        } else if has_content(&reader, element, names) {
            let found = reader.optional(element, &names.content_format)?;
            let format = found.map(short_text).transpose()?.unwrap_or_default();
            let content = reader.child(element, &names.content)?;
            reply.parts.push(part(settings, format, content));
        } else {
            reply.identification.push(field(element)?);
        }
    }
    match reply.parts.len() {
        0 => Err(incomplete(format!(
            "/{}/{}",
            names.application_response, names.content
        ))),
        1..=MOST_PARTS => Ok(reply),
        _ => Err(AnswerError {
            code: "answer.too-many-parts",
            path: root.path(),
            message: format!(
                "the reply has more than {MOST_PARTS} pieces of content, far more than any has"
            ),
        }),
    }
}

/// Whether an element is a block around a content, whatever it is called: chapter 7.10 of the guide names one, and its text none.
fn has_content(reader: &Reader<'_>, element: ElementRef<'_>, names: &super::Names) -> bool {
    reader.named(element, &names.content).next().is_some()
}

fn part<'d>(settings: &Settings, format: String, content: ElementRef<'d>) -> Part<'d> {
    Part {
        media_type: media_type(settings, &format),
        format,
        content,
    }
}

fn media_type(settings: &Settings, format: &str) -> String {
    if let Some(media_type) = settings.wire.content_formats.get(format) {
        return media_type.clone();
    }
    // Without parameters: they say how a text is encoded, which the text does itself.
    let bare = format.split(';').next().unwrap_or_default().trim();
    // Some write an extension with its dot.
    let word = bare.strip_prefix('.').unwrap_or(bare);
    let known = FORMATS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    match known {
        Some((_, media_type)) => (*media_type).to_owned(),
        None if is_media_type(bare) => bare.to_ascii_lowercase(),
        None => UNKNOWN_FORMAT.to_owned(),
    }
}

/// Type and subtype of RFC 6838 §4.2.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}

/// Guide 2015 p. 16: a larger PDF or ZIP does not come this way.
///
/// # Errors
/// When a document has more bytes than the settings have it.
pub fn check_size(settings: &Settings, part: &Part<'_>, size: u64) -> Result<(), AnswerError> {
    let largest = settings.reply.largest_attachment_bytes;
    if size <= largest || ![PDF, ZIP].contains(&part.media_type.as_str()) {
        return Ok(());
    }
    Err(AnswerError {
        code: "answer.document-too-large",
        path: part.content.path(),
        message: format!(
            "this document has {size} bytes, and Customs delivers at most {largest}; if that has changed, set reply.largest-attachment-bytes"
        ),
    })
}

fn is_signature(element: ElementRef<'_>) -> bool {
    element.is(NAMESPACE, "Signature")
}

/// Judges the signature of a reply, as far as the settings ask for it. A signature counts when somebody whom `backend` trusts has signed every content.
///
/// # Errors
/// [`NotCounted`]: nothing of the reply is to be handed out.
pub fn judge<'d, J: Backend>(
    settings: &Settings,
    document: &'d Document<'d>,
    reply: &Reply<'d>,
    backend: &mut J,
) -> Result<Judgement<'d, J::Signer>, NotCounted<J::Error>> {
    match (settings.reply.signature, reply.is_signed) {
        (ReplySignature::NotJudged, _) => return Ok(Judgement::NotJudged),
        (ReplySignature::VerifiedIfPresent, false) => return Ok(Judgement::Absent),
        (ReplySignature::Required, false) => {
            return Err(NotCounted::Missing(AnswerError {
                code: "signature.missing",
                path: document.root().path(),
                message:
                    "Customs' reply has no signature, and the setting reply.signature demands one"
                        .into(),
            }));
        }
        (ReplySignature::Required | ReplySignature::VerifiedIfPresent, true) => {}
    }
    let required = reply.parts.iter().map(|part| part.content.path().parse());
    let policy = Policy {
        // The paths are those of elements that are there.
        required: required.collect::<Result<_, _>>().unwrap_or_default(),
        ..Policy::default()
    };
    match verify(document, &policy, backend) {
        Ok(verified) => Ok(Judgement::Verified(verified)),
        Err(failure) => Err(NotCounted::Failed(failure)),
    }
}

/// Whether the subject of a certificate is Customs: its serialNumber is one of those that the settings name.
pub fn is_customs(settings: &Settings, serial_number: &str) -> bool {
    let known = &settings.customs_serial_numbers;
    known.is_empty() || known.iter().any(|known| known == serial_number.trim())
}

/// What kind of message the XML document of a reply is, as far as it matters to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Namespace of its root.
    pub namespace: String,
    /// Local name of its root.
    pub name: String,
    /// What it says of errors in the schema, when that is what it is about: name and text of each element that has one, shortened.
    pub schema_errors: Option<Vec<(String, String)>>,
}

/// Most details of a schema error that are handed on.
const MOST_DETAILS: usize = 200;

/// Looks at the XML document of a reply. What it says in particular is the business of whoever uses the gateway.
pub fn read_message(settings: &Settings, document: &Document<'_>) -> Message {
    let root = document.root();
    let is_error = settings
        .wire
        .error_messages
        .iter()
        .any(|name| name == root.local());
    Message {
        namespace: root.namespace().to_owned(),
        name: root.local().to_owned(),
        schema_errors: is_error.then(|| {
            let leaves = root
                .descendants()
                .filter(|element| element.children().next().is_none());
            let details = leaves.filter_map(|leaf| field(leaf).ok());
            let shortened = details.map(|(name, text)| (name, text.chars().take(1000).collect()));
            shortened.take(MOST_DETAILS).collect()
        }),
    }
}
