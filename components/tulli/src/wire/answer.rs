// SPDX-License-Identifier: Apache-2.0
//! The answers of Customs: what all have, and what each operation adds (guide 2015 pp. 12, 17–26).

use agency_http::{AnswerError, RetryClass};
use canonical_xml::{Document, ElementRef};
use soap::{Content, Delivery, Envelope, Fault};

use super::{
    MessageInformation, Operation, RequestKind, Response, Settings, class,
    reader::{Reader, incomplete, misunderstood, not_soap, short_text},
};

/// Longest text of Customs that is handed on, in characters.
const LONGEST_TEXT: usize = 1000;

/// What may be a message of Customs, and cannot be read for what HTTP or SOAP puts around it.
const UNREADABLE: [&str; 7] = [
    "answer.addressing",
    "answer.attachments",
    "answer.content-encoding",
    "answer.content-encoding-broken",
    "answer.media-type",
    "answer.multipart",
    "answer.must-understand",
];

/// Languages in which a fault's words are preferred.
const LANGUAGES: [&str; 3] = ["en", "fi", "sv"];

/// What Customs answered.
#[derive(Debug)]
pub struct Answer<'d> {
    /// What to do next.
    pub class: RetryClass,
    /// Customs' code; `http-NNN` when there was none.
    pub code: String,
    /// Customs' words; where none came, what came and what to do.
    pub text: String,
    /// What the operation adds, when there is an answer with a code.
    pub response: Option<ElementRef<'d>>,
}

impl Operation {
    /// Name of the answer's element.
    fn response_name(self, settings: &Settings) -> &str {
        let names = &settings.wire.names;
        match self {
            Self::Upload => &names.upload_response,
            Self::DownloadList => &names.download_list_response,
            Self::Download => &names.download_response,
            Self::CheckConnectivity => &names.check_connectivity_response,
        }
    }

    fn request_kind(self, earlier_sendings: u32) -> RequestKind {
        match self {
            Self::Upload => RequestKind::Effect { earlier_sendings },
            Self::DownloadList | Self::Download | Self::CheckConnectivity => RequestKind::Query,
        }
    }
}

/// No answer came (guide 2015 p. 13).
pub fn no_answer(
    settings: &Settings,
    operation: Operation,
    earlier_sendings: u32,
) -> Answer<'static> {
    let kind = operation.request_kind(earlier_sendings);
    let class = class(Response::Nothing, kind, settings);
    Answer {
        class,
        code: "none".into(),
        text: without_words("no answer came", class, kind, settings),
        response: None,
    }
}

/// An answer as HTTP brought it.
#[derive(Debug, Clone)]
pub struct Received<'d> {
    /// Status.
    pub status: u16,
    /// The action that the media type names, if it does.
    pub action: Option<&'d str>,
    /// The message, or why none can be read.
    pub message: Result<&'d Document<'static>, AnswerError>,
}

/// Reads what all answers have: the envelope, then the header blocks that must be understood, then the body. `earlier_sendings` tells how often the very same bytes had been sent before with unknown outcome.
///
/// What cannot be read as a message of Customs is an answer as well: its status and what was sent decide what to do after it. Nothing of a message that demands
/// to be understood in what is not understood here is taken for true.
///
/// # Errors
/// [`AnswerError`] for a message in answer to a request for information that has no response code where one belongs: asking again helps nobody. After an upload
/// it says nothing of what happened to that.
pub fn read_answer<'d>(
    settings: &Settings,
    operation: Operation,
    received: Received<'d>,
    earlier_sendings: u32,
) -> Result<Answer<'d>, AnswerError> {
    let kind = operation.request_kind(earlier_sendings);
    let status = received.status;
    let error = match read_envelope(settings, received) {
        Ok((envelope, content)) => {
            match read_content(settings, operation, (&envelope, content), kind) {
                Err(error) if kind == RequestKind::Query && status == 200 => return Err(error),
                Err(error) => error,
                read => return read,
            }
        }
        Err(error) => error,
    };
    // Whatever stands before the service (a proxy, a load balancer, a page that asks for a password) answers in its own words, or in none.
    let class = class(Response::Status(status), kind, settings);
    let what = match UNREADABLE.contains(&error.code) {
        true => "cannot be read",
        false => "is not a message of Customs",
    };
    let path = match error.path.as_str() {
        "" => String::new(),
        path => format!(" at {path}"),
    };
    let what = format!(
        "the answer, with HTTP status {status}, {what} ({}{path}: {})",
        error.code, error.message
    );
    Ok(Answer {
        class,
        code: format!("http-{status}"),
        text: without_words(&what, class, kind, settings),
        response: None,
    })
}

/// What came in place of words of Customs, and what to do after it. The advice is whole, however long the other is.
fn without_words(what: &str, class: RetryClass, kind: RequestKind, settings: &Settings) -> String {
    let advice = match (class, kind) {
        (RetryClass::UnknownOutcome, RequestKind::Effect { earlier_sendings }) => {
            let sendings = u64::from(earlier_sendings) + 1;
            let most = settings.resending.most_sendings;
            match settings.resending.is_last_sending(earlier_sendings) {
                false => format!(
                    "; whether Customs has taken the upload is not known: send the very same bytes again, later, under the same reference. This was sending {sendings} of at most {most}"
                ),
                true => format!(
                    "; whether Customs has taken the upload is not known after {sendings} sendings, of at most {most} (setting resending.most-sendings): ask Customs by the reference before anything is sent again"
                ),
            }
        }
        (RetryClass::RetryLaterNewReference, RequestKind::Query) => "; ask again later".into(),
        (RetryClass::FixFirst, _) => {
            "; it was not passed on to Customs: check the setting url and what stands between here and there".into()
        }
        (RetryClass::Denied, _) => {
            "; it was not passed on to Customs: check the certificate and what stands between here and there".into()
        }
        _ => String::new(),
    };
    let room = LONGEST_TEXT.saturating_sub(advice.chars().count());
    let what: String = what.chars().take(room).collect();
    what + &advice
}

/// The envelope and what its body holds, if all that must be understood is.
fn read_envelope<'d>(
    settings: &Settings,
    received: Received<'d>,
) -> Result<(Envelope<'d>, Content<'d>), AnswerError> {
    let envelope = Envelope::of(received.message?).map_err(|error| not_soap(&error))?;
    let delivery = Delivery {
        action: received.action,
        path: None,
    };
    let judged = envelope.judge_headers(&settings.understood(), delivery);
    judged.map_err(|fault| misunderstood("answer", &fault))?;
    let content = envelope.content().map_err(|error| not_soap(&error))?;
    Ok((envelope, content))
}

fn read_content<'d>(
    settings: &Settings,
    operation: Operation,
    (envelope, content): (&Envelope<'d>, Content<'d>),
    kind: RequestKind,
) -> Result<Answer<'d>, AnswerError> {
    match content {
        Content::Entries(entries) => {
            read_response(settings, operation, (envelope.body(), &entries), kind)
        }
        Content::Fault(fault) => Ok(read_fault(settings, &fault, kind)),
    }
}

fn read_response<'d>(
    settings: &Settings,
    operation: Operation,
    (body, entries): (ElementRef<'d>, &[ElementRef<'d>]),
    kind: RequestKind,
) -> Result<Answer<'d>, AnswerError> {
    let names = &settings.wire.names;
    let reader = Reader::of_service(settings);
    let name = operation.response_name(settings);
    let response = reader.only(body, entries.iter().copied(), name)?;
    let header = match names.have_no_header() {
        true => response,
        false => reader.child(response, &names.response_header)?,
    };
    let code = reader.text(header, &names.response_code)?;
    let code = code
        .filter(|code| !code.is_empty())
        .ok_or_else(|| incomplete(format!("{}/{}", header.path(), names.response_code)))?;
    let text = reader
        .text(header, &names.response_text)?
        .unwrap_or_default();
    Ok(Answer {
        class: class(Response::Code(&code), kind, settings),
        code: shortened(&code),
        text: shortened(&text),
        response: Some(response),
    })
}

/// A fault: with `code` and `text` in its detail, or bare (guide 2015 p. 12). Where the detail stands is not known, so it is
/// looked for by local name.
fn read_fault(settings: &Settings, fault: &Fault, kind: RequestKind) -> Answer<'static> {
    let reason = || fault.reason(&LANGUAGES).unwrap_or_default().to_owned();
    let bare = || {
        let code = fault.code.as_ref().map(|code| code.local.as_str());
        let code = code.filter(|code| !code.is_empty());
        code.unwrap_or("fault").to_owned()
    };
    let code = fault.detail_value("code").filter(|code| !code.is_empty());
    let text = fault.detail_value("text").filter(|text| !text.is_empty());
    Answer {
        class: class(
            code.as_deref().map_or(Response::Nothing, Response::Code),
            kind,
            settings,
        ),
        code: shortened(&code.unwrap_or_else(bare)),
        text: shortened(&text.unwrap_or_else(reason)),
        response: None,
    }
}

/// What Customs noted of the message that was handed over (guide 2015 p. 18); nothing when it says nothing.
///
/// # Errors
/// [`AnswerError`] for what is there and cannot be read.
pub fn read_acknowledgement(
    settings: &Settings,
    response: ElementRef<'_>,
) -> Result<MessageInformation, AnswerError> {
    let reader = Reader::of_service(settings);
    match reader.optional(response, &settings.wire.names.message_information)? {
        Some(information) => reader.information(information),
        None => Ok(MessageInformation::default()),
    }
}

/// The message that was asked for (guide 2015 p. 26): what Customs noted of it, and the element with the application response in base64.
///
/// # Errors
/// [`AnswerError`] when there is none, or it is another one than `storage_id`, where that is known.
pub fn read_download<'d>(
    settings: &Settings,
    response: ElementRef<'d>,
    storage_id: &str,
) -> Result<(MessageInformation, ElementRef<'d>), AnswerError> {
    let names = &settings.wire.names;
    let reader = Reader::of_service(settings);
    let name = &names.download_information;
    let information = match reader.optional(response, name)? {
        Some(element) => {
            let information = reader.information(element)?;
            let found = information.storage_id.as_deref().unwrap_or(storage_id);
            if found != storage_id && !storage_id.is_empty() {
                return Err(AnswerError {
                    code: "answer.another-message",
                    path: format!("{}/{}", element.path(), names.message_storage_id),
                    message: "Customs' answer is about another message than was asked for".into(),
                });
            }
            information
        }
        None => MessageInformation::default(),
    };
    let message = reader.child(response, &names.application_response_message)?;
    Ok((information, message))
}

/// Whether Customs sent the text back.
///
/// # Errors
/// [`AnswerError`] when it sent something else, or nothing.
pub fn check_echo(
    settings: &Settings,
    response: ElementRef<'_>,
    sent: &str,
) -> Result<(), AnswerError> {
    let echo = Reader::of_service(settings).child(response, &settings.wire.names.echo_content)?;
    // A structure instead of a plain text is as good: what is unknown is only how it is wrapped.
    let texts = std::iter::once(echo).chain(echo.descendants());
    let texts = texts.map(short_text).collect::<Result<String, _>>()?;
    if texts.trim() == sent {
        return Ok(());
    }
    Err(AnswerError {
        code: "answer.echo-differs",
        path: echo.path(),
        message: "Customs has sent back another text than it was given; something on the way changes messages".into(),
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}
