//! The answer to Upload (guide 2015 pp. 12, 18).

use canonical_xml::{Element, Limits, to_bytes};
use soap::{Body, Fault};

use super::{Class, Settings, codes};

/// Longest text of Customs that is handed on, in characters.
const LONGEST_TEXT: usize = 1000;

/// Languages in which a fault's words are preferred.
const LANGUAGES: [&str; 3] = ["en", "fi", "sv"];

/// What Customs answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// What to do next.
    pub class: Class,
    /// Customs' code; `http-NNN` when there was none.
    pub code: String,
    /// Customs' words.
    pub text: String,
    /// Control reference, if Customs named it.
    pub reference: Option<String>,
    /// What Customs noted of the message: local name and content of each child, whatever it is called.
    pub message_information: Vec<(String, String)>,
}

/// An answer that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerError {
    /// Stable code.
    pub code: &'static str,
    /// Place in the answer.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// Reads an answer.
///
/// # Errors
/// [`AnswerError`] for an answer with status 200 that is no SOAP message with a response code.
pub fn read_answer(
    settings: &Settings,
    status: u16,
    body: &[u8],
    earlier_sendings: u32,
) -> Result<Acknowledgement, AnswerError> {
    match read_message(settings, body, earlier_sendings) {
        // Whatever stands before the service (a proxy, a load balancer) answers in its own words.
        Err(_) if status != 200 => Ok(by_status(status)),
        result => result,
    }
}

fn read_message(
    settings: &Settings,
    body: &[u8],
    earlier_sendings: u32,
) -> Result<Acknowledgement, AnswerError> {
    let root = canonical_xml::read(body, &Limits::default()).map_err(|error| AnswerError {
        code: "answer.not-xml",
        path: format!("{}:{}", error.line, error.column),
        message: format!("Customs' answer is not XML as it should be: {error}"),
    })?;
    let message = soap::open(root).map_err(|error| AnswerError {
        code: "answer.not-soap",
        path: error.path.clone(),
        message: format!("Customs' answer is not a SOAP message as it should be: {error}"),
    })?;
    match message.body {
        Body::Content(content) => read_response(settings, &content, earlier_sendings),
        Body::Fault(fault) => Ok(read_fault(settings, &fault, earlier_sendings)),
    }
}

fn read_response(
    settings: &Settings,
    content: &[Element],
    earlier_sendings: u32,
) -> Result<Acknowledgement, AnswerError> {
    let names = &settings.wire.names;
    let path = format!("/Envelope/Body/{}", names.upload_response);
    let response = only(settings, content.iter(), &names.upload_response, &path)?;
    let path = format!("{path}/{}", names.response_header);
    let header = only(settings, response.children(), &names.response_header, &path)?;
    let path = format!("{path}/{}", names.response_code);
    let code = trimmed(only(
        settings,
        header.children(),
        &names.response_code,
        &path,
    )?);
    if code.is_empty() {
        return Err(incomplete(path));
    }
    let text = child(settings, header, &names.response_text)
        .map(trimmed)
        .unwrap_or_default();
    let information = child(settings, response, &names.message_information);
    let reference = information
        .and_then(|information| child(settings, information, &names.reference))
        .map(trimmed);
    Ok(Acknowledgement {
        class: codes::class(&code, settings, earlier_sendings),
        code: shortened(&code),
        text: shortened(&text),
        reference: reference.filter(|reference| !reference.is_empty()),
        message_information: information
            .map(|information| information.children().map(noted).collect())
            .unwrap_or_default(),
    })
}

/// The one element of that name. Of two that contradict each other the first is no better than the second, so neither is taken.
fn only<'a>(
    settings: &Settings,
    elements: impl Iterator<Item = &'a Element>,
    local: &str,
    path: &str,
) -> Result<&'a Element, AnswerError> {
    let mut named = elements.filter(|element| is_named(settings, element, local));
    match (named.next(), named.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(incomplete(path.to_owned())),
        (Some(_), Some(_)) => Err(AnswerError {
            code: "answer.ambiguous",
            path: path.to_owned(),
            message: "Customs' answer has this element more than once, so that it says nothing"
                .into(),
        }),
    }
}

fn incomplete(path: String) -> AnswerError {
    AnswerError {
        code: "answer.incomplete",
        message: format!(
            "Customs' answer has no {path} where one belongs; if the names have changed, set them in wire.names"
        ),
        path,
    }
}

/// A fault: with `code` and `text` in its detail, or bare (guide 2015 p. 12). Where the detail stands is not known, so it is
/// looked for by local name.
fn read_fault(settings: &Settings, fault: &Fault, earlier_sendings: u32) -> Acknowledgement {
    let reason = || fault.reason(&LANGUAGES).unwrap_or_default().to_owned();
    let detail = fault.detail_value("code").filter(|code| !code.is_empty());
    let (class, code) = match detail {
        Some(code) => (codes::class(&code, settings, earlier_sendings), code),
        // Guide 2015 p. 13: without an acknowledgement the state is unknown.
        None => (
            Class::UnknownOutcome,
            fault
                .code
                .as_ref()
                .map_or_else(|| "fault".into(), |code| code.local.clone()),
        ),
    };
    Acknowledgement {
        class,
        code: shortened(&code),
        text: shortened(
            &fault
                .detail_value("text")
                .filter(|text| !text.is_empty())
                .unwrap_or_else(reason),
        ),
        reference: None,
        message_information: Vec::new(),
    }
}

/// An answer of HTTP alone (RFC 9110 §15).
fn by_status(status: u16) -> Acknowledgement {
    let class = match status {
        401 | 403 | 407 => Class::Denied,
        // The request may have reached Customs before whoever answered gave up.
        408 | 429 => Class::UnknownOutcome,
        400..=499 => Class::FixFirst,
        _ => Class::UnknownOutcome,
    };
    Acknowledgement {
        class,
        code: format!("http-{status}"),
        text: "the answer is not a message of Customs".into(),
        reference: None,
        message_information: Vec::new(),
    }
}

/// Prefixes may change at any time (Customs' notice of 8.9.2017): names count, by namespace where it is configured.
fn is_named(settings: &Settings, element: &Element, local: &str) -> bool {
    match &settings.wire.service_namespace {
        Some(namespace) => element.is(namespace, local),
        None => element.name().local() == local,
    }
}

fn child<'a>(settings: &Settings, parent: &'a Element, local: &str) -> Option<&'a Element> {
    parent
        .children()
        .find(|child| is_named(settings, child, local))
}

fn trimmed(element: &Element) -> String {
    element.text().trim().to_owned()
}

/// A child as it stands: its text, or its markup when it has children of its own.
fn noted(element: &Element) -> (String, String) {
    let content = if element.children().next().is_none() {
        trimmed(element)
    } else {
        // What was read can be written.
        to_bytes(&element.clone().into_blobbed::<Vec<u8>>())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    };
    (element.name().local().to_owned(), shortened(&content))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}
