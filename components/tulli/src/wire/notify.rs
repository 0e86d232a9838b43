// SPDX-License-Identifier: Apache-2.0
//! Notify: Customs calls when a message waits (guide 2015 pp. 8, 27; notice of 16.1.2013).

use agency_http::{AnswerError, Endpoint, Head, Path, RequestMismatch};
use canonical_xml::{Document, Element, ElementRef, NoBlob, ReadError, to_bytes};
use soap::{
    Content, Delivery, Envelope, HeaderFault, MULTIPART_RELATED, MediaType, Reason, SoapError,
    StandardCode, Version, envelope, fault, not_understood, upgrade,
};

use super::{
    MessageInformation, Moment, NotifyResponseForm, Settings, Value,
    layout::Maker,
    reader::{Reader, misunderstood, not_soap, not_xml},
    text::can_be_written,
};

/// What HTTP tells of the message in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// The SOAP version that goes with the media type: faults are in it as long as the message has not shown its own.
    pub version: Version,
    /// Label of the encoding.
    pub charset: Option<String>,
    /// The action, if one is named.
    pub action: Option<String>,
    /// Path of the call.
    pub path: String,
}

/// A call that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// A message waits.
    MessageWaits(MessageInformation),
    /// An operation that is not known here: namespace and name of its element.
    Unknown(String, String),
}

/// In what form a call is answered: as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyFormat {
    /// SOAP version of the call.
    pub version: Version,
    /// Namespace of the call's element.
    pub namespace: String,
}

/// A call that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCall {
    /// What is wrong with it.
    pub error: AnswerError,
    /// How to tell the caller.
    pub reply: RefusalReply,
    /// Namespaces and names of the header blocks that must be understood and are not.
    pub not_understood: Vec<(String, String)>,
}

/// How a caller is told that its call cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalReply {
    /// By a fault: there is no telling what was called.
    Fault(Version, StandardCode),
    /// By an answer of the operation with a code.
    Response(ReplyFormat),
}

/// Judges what can be judged without the body, and tells what HTTP says of it. Headers name a media type; whether the body is what it says
/// shows when it is read.
///
/// # Errors
/// What of the call does not match.
pub fn check_head(settings: &Settings, head: &Head<'_>) -> Result<CallContext, RequestMismatch> {
    let endpoint = Endpoint {
        path: Path::Set(&settings.notification.path),
        method: "POST",
        addresses: &settings.notification.source_addresses,
    };
    let (media_type, version) = endpoint.check(head, check_media_type)?;
    let action = match version {
        // SOAP 1.1 §6.1.1: in quotes.
        Version::V11 => {
            let action = head.fields.first("SOAPAction");
            action.map(|action| action.trim().trim_matches('"'))
        }
        Version::V12 => media_type.action(),
    };
    Ok(CallContext {
        version,
        charset: media_type.charset().map(str::to_owned),
        action: action
            .filter(|action| !action.is_empty())
            .map(str::to_owned),
        path: head.path().to_owned(),
    })
}

fn check_media_type(value: &str) -> Result<(MediaType, Version), RequestMismatch> {
    let media_type = MediaType::parse(value);
    let version = media_type.as_ref().ok().and_then(MediaType::version);
    match (media_type, version) {
        (Ok(media_type), Some(version)) => Ok((media_type, version)),
        (Err(error), _) if !value.is_empty() => Err(RequestMismatch::media_type(
            "call.not-soap",
            error.to_string(),
        )),
        (Ok(media_type), None) if media_type.essence() == MULTIPART_RELATED => {
            Err(RequestMismatch::media_type(
                "call.multipart",
                "the call is a package that may hold attachments (multipart/related, as of MTOM), which is not read here; send the envelope alone",
            ))
        }
        _ => Err(RequestMismatch::media_type(
            "call.not-soap",
            "the call is not SOAP by its Content-Type: neither text/xml nor application/soap+xml",
        )),
    }
}

/// Reads a call: the envelope, then the header blocks that must be understood, then the body (SOAP 1.2 Part 1 §2.6).
///
/// # Errors
/// [`InvalidCall`] for what is no SOAP message of one operation, demands what is not understood, or is a notification without a storage id or
/// in a namespace that cannot be answered in.
pub fn read_call(
    settings: &Settings,
    context: &CallContext,
    body: &Result<Document<'static>, ReadError>,
) -> Result<(Notification, ReplyFormat), InvalidCall> {
    let document = body.as_ref().map_err(not_xml);
    let document =
        document.map_err(|error| with_fault(context.version, StandardCode::Sender, error))?;
    let invalid = |error: SoapError| {
        let version = Version::from_namespace(document.root().namespace());
        with_fault(
            version.unwrap_or(context.version),
            error.kind.fault_code(),
            not_soap(&error),
        )
    };
    let envelope = Envelope::of(document).map_err(invalid)?;
    let delivery = Delivery {
        action: context.action.as_deref(),
        path: Some(&context.path),
    };
    let judged = envelope.judge_headers(&settings.understood(), delivery);
    judged.map_err(|fault| obliged(envelope.version(), fault))?;
    let called = match envelope.content().map_err(invalid)? {
        Content::Entries(entries) if entries.len() == 1 => entries.into_iter().next(),
        _ => None,
    };
    let Some(called) = called else {
        let error = AnswerError {
            code: "call.not-one-operation",
            path: envelope.body().path(),
            message: "the body of a call holds one operation, and nothing else".into(),
        };
        return Err(with_fault(envelope.version(), StandardCode::Sender, error));
    };
    let format = ReplyFormat {
        version: envelope.version(),
        namespace: called.namespace().to_owned(),
    };
    read_operation(settings, called, format)
}

fn with_fault(version: Version, code: StandardCode, error: AnswerError) -> InvalidCall {
    InvalidCall {
        error,
        reply: RefusalReply::Fault(version, code),
        not_understood: Vec::new(),
    }
}

/// A call that demands of its header what is not done here.
fn obliged(version: Version, fault: HeaderFault<'_>) -> InvalidCall {
    let code = match fault {
        HeaderFault::NotUnderstood(_) => StandardCode::MustUnderstand,
        HeaderFault::Addressing(..) => StandardCode::Sender,
    };
    let mut not_understood = Vec::new();
    if let HeaderFault::NotUnderstood(blocks) = &fault {
        let name =
            |block: &ElementRef<'_>| (block.namespace().to_owned(), block.local().to_owned());
        not_understood = blocks.iter().map(name).collect();
    }
    InvalidCall {
        not_understood,
        ..with_fault(version, code, misunderstood("call", &fault))
    }
}

fn read_operation(
    settings: &Settings,
    called: ElementRef<'_>,
    format: ReplyFormat,
) -> Result<(Notification, ReplyFormat), InvalidCall> {
    let names = &settings.wire.names;
    let reader = Reader::of_notification(settings);
    if !reader.is_named(called, &names.notify_request) {
        let (namespace, name) = (called.namespace().to_owned(), called.local().to_owned());
        return Ok((Notification::Unknown(namespace, name), format));
    }
    if !can_be_written(&format.namespace) {
        return Err(InvalidCall {
            error: AnswerError {
                code: "call.namespace-invalid",
                path: called.path(),
                message: "the namespace of the call is no absolute URI, so that there is no answering in it".into(),
            },
            reply: RefusalReply::Fault(format.version, StandardCode::Sender),
            not_understood: Vec::new(),
        });
    }
    let information = reader
        .child(called, &names.message_information)
        .and_then(|element| reader.waiting(element));
    match information {
        Ok(information) => Ok((Notification::MessageWaits(information), format)),
        Err(error) => Err(InvalidCall {
            error,
            reply: RefusalReply::Response(format),
            not_understood: Vec::new(),
        }),
    }
}

/// The answer to a call that was understood, in the caller's version and namespace (guide 2015 p. 27, table 4).
pub fn response(
    settings: &Settings,
    format: &ReplyFormat,
    moment: Moment<'_>,
    (code, text): (&str, &str),
) -> Element<NoBlob> {
    let names = &settings.wire.names;
    let maker = Maker::new(&settings.wire.prefixes, &format.namespace, "");
    let element = |name: &std::borrow::Cow<'static, str>| maker.element(name.clone());
    let layout = &settings.wire.layouts.notify_response;
    if !layout.is_empty() {
        let root = element(&names.notify_response);
        let (response, _) = maker.arrange(root, layout, |value, _, leaf| {
            let text: &str = match value {
                Value::Code => code,
                Value::Text => text,
                Value::Timestamp => moment.0,
                Value::Date => moment.0.get(..10)?,
                Value::Intermediary => &settings.intermediary,
                Value::Software => &settings.software,
                _ => return None,
            };
            Some(leaf.with_text(text))
        });
        return envelope(format.version, Vec::new(), vec![response]);
    }
    let result = [
        maker.leaf(names.response_code.clone()).with_text(code),
        maker.leaf(names.response_text.clone()).with_text(text),
    ];
    let response = element(&names.notify_response);
    if names.have_no_header() {
        let response = response.with_children(result);
        return envelope(format.version, Vec::new(), vec![response]);
    }
    let header = element(&names.response_header);
    let response = match settings.wire.notify_response_form {
        NotifyResponseForm::Siblings => {
            let timestamp = element(&names.timestamp).with_text(moment.0);
            response
                .with_child(header.with_child(timestamp))
                .with_children(result)
        }
        NotifyResponseForm::InHeader => response.with_child(header.with_children(result)),
    };
    envelope(format.version, Vec::new(), vec![response])
}

/// A fault, and the HTTP status that it goes with (SOAP 1.1 §6.2; SOAP 1.2 Part 2 §7.5.2.2). With it go the header blocks that SOAP 1.2 has
/// for the reason: what versions are accepted (Part 1 §5.4.7), or, by namespace and name, what was not understood (§5.4.8).
pub fn refusal(
    version: Version,
    code: StandardCode,
    text: &str,
    not_understood: &[(String, String)],
) -> (u16, Element<NoBlob>) {
    let status = match (version, code) {
        (Version::V12, StandardCode::Sender) => 400,
        _ => 500,
    };
    let header = match (code, version) {
        (StandardCode::VersionMismatch, _) => vec![upgrade()],
        (StandardCode::MustUnderstand, Version::V12) => misunderstandings(not_understood),
        _ => Vec::new(),
    };
    let fault = fault(version, code, &Reason::new("en", text), Vec::new());
    (status, envelope(version, header, vec![fault]))
}

/// Those that can be written.
fn misunderstandings(names: &[(String, String)]) -> Vec<Element<NoBlob>> {
    let blocks = names
        .iter()
        .map(|(namespace, local)| not_understood(namespace, local));
    blocks.filter(|block| to_bytes(block).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_that_cannot_be_read_is_told_as_that() {
        for (value, told) in [
            (
                "application/soap+xml; action=\"a\"; action=\"b\"",
                "one parameter twice",
            ),
            ("text/xml, text/xml", "is no media type"),
            (
                "application/json",
                "neither text/xml nor application/soap+xml",
            ),
            ("", "neither text/xml nor application/soap+xml"),
        ] {
            let mismatch = check_media_type(value).unwrap_err();
            assert_eq!((mismatch.status, mismatch.code), (415, "call.not-soap"));
            assert!(mismatch.message.contains(told), "{}", mismatch.message);
        }
        assert!(check_media_type("text/xml; charset=utf-8; charset=UTF-8").is_ok());
    }
}
