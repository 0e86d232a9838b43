//! Notify: Customs calls when a message waits (guide 2015 pp. 8, 27; notice of 16.1.2013).

use std::{net::IpAddr, sync::Arc};

use canonical_xml::{Document, Element, ElementRef, NoBlob, ReadError, to_bytes};
use soap::{Content, Envelope, Reason, StandardCode, Version, envelope, fault};

use super::{
    AnswerError, MessageInformation, Moment, NotifyResponseForm, Settings,
    reader::{Reader, not_soap, not_xml},
};

/// What HTTP says of a call.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, and query if there is one.
    pub target: &'a str,
    /// Value of the field Content-Type.
    pub content_type: Option<&'a str>,
    /// Address of the peer.
    pub address: &'a str,
}

/// A call that is turned away before its body is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdirected {
    /// It is for another path.
    Path,
    /// It is not POST.
    Method,
    /// It is not SOAP by its media type.
    MediaType,
    /// It comes from an address that Customs does not call from.
    Address,
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
pub struct Shape {
    /// SOAP version of the call.
    pub version: Version,
    /// Namespace of the call's element.
    pub namespace: String,
}

/// A call that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// What is wrong with it.
    pub error: AnswerError,
    /// How to tell the caller.
    pub reply: RefusalReply,
}

/// How a caller is told that its call cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalReply {
    /// By a fault: there is no telling what was called.
    Fault(Version, StandardCode),
    /// By an answer of the operation with a code.
    Response(Shape),
}

/// Judges what can be judged without the body. Headers name a media type; whether the body is what it says shows when it is read.
///
/// # Errors
/// Why the call is turned away.
pub fn check_head(settings: &Settings, head: Head<'_>) -> Result<(), Misdirected> {
    let expected = &settings.notification;
    let path = head.target.split('?').next().unwrap_or_default();
    if path != expected.path {
        return Err(Misdirected::Path);
    }
    if head.method != "POST" {
        return Err(Misdirected::Method);
    }
    let media_type = head.content_type.unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_soap = [Version::V11, Version::V12]
        .iter()
        .any(|version| media_type.eq_ignore_ascii_case(version.media_type()));
    if !is_soap {
        return Err(Misdirected::MediaType);
    }
    let address: Option<IpAddr> = head.address.parse().ok();
    let address = address.map(|address| address.to_canonical());
    let addresses = &expected.source_addresses;
    let is_known = |address| {
        addresses
            .iter()
            .any(|known| known.to_canonical() == address)
    };
    if !addresses.is_empty() && !address.is_some_and(is_known) {
        return Err(Misdirected::Address);
    }
    Ok(())
}

/// Reads a call.
///
/// # Errors
/// [`Unusable`] for what is no SOAP message of one operation, or a notification without a storage id or in a namespace that cannot be
/// answered in.
pub fn read_call(
    settings: &Settings,
    body: &Result<Document<'static>, ReadError>,
) -> Result<(Notification, Shape), Unusable> {
    let by_fault = |version, code| {
        move |error| Unusable {
            error,
            reply: RefusalReply::Fault(version, code),
        }
    };
    let document = body.as_ref().map_err(not_xml);
    let document = document.map_err(by_fault(Version::V11, StandardCode::Sender))?;
    let envelope = Envelope::of(document).map_err(|error| {
        let code = match error.kind {
            soap::SoapErrorKind::VersionMismatch => StandardCode::VersionMismatch,
            _ => StandardCode::Sender,
        };
        let version = Version::from_namespace(document.root().namespace()).unwrap_or(Version::V11);
        by_fault(version, code)(not_soap(&error))
    })?;
    let version = envelope.version();
    let sender = by_fault(version, StandardCode::Sender);
    let content = envelope.content().map_err(|error| not_soap(&error));
    let called = match content.map_err(&sender)? {
        Content::Entries(entries) if entries.len() == 1 => entries.into_iter().next(),
        _ => None,
    };
    let Some(called) = called else {
        return Err(sender(AnswerError {
            code: "call.not-one-operation",
            path: envelope.body().path(),
            message: "the body of a call holds one operation, and nothing else".into(),
        }));
    };
    let obligation = envelope
        .blocks()
        .iter()
        .find(|block| envelope.must_understand(**block) && envelope.is_for_us(**block, &[]));
    if let Some(block) = obligation {
        return Err(by_fault(version, StandardCode::MustUnderstand)(
            AnswerError {
                code: "call.must-understand",
                path: block.path(),
                message: "the call demands that this header block is understood, which it is not"
                    .into(),
            },
        ));
    }
    let shape = Shape {
        version,
        namespace: called.namespace().to_owned(),
    };
    read_operation(settings, called, shape)
}

fn read_operation(
    settings: &Settings,
    called: ElementRef<'_>,
    shape: Shape,
) -> Result<(Notification, Shape), Unusable> {
    let names = &settings.wire.names;
    let reader = Reader::of_notification(settings);
    if !reader.is_named(called, &names.notify_request) {
        let (namespace, name) = (called.namespace().to_owned(), called.local().to_owned());
        return Ok((Notification::Unknown(namespace, name), shape));
    }
    if !can_be_written(&shape.namespace) {
        return Err(Unusable {
            error: AnswerError {
                code: "call.namespace-invalid",
                path: called.path(),
                message: "the namespace of the call is no absolute URI, so that there is no answering in it".into(),
            },
            reply: RefusalReply::Fault(shape.version, StandardCode::Sender),
        });
    }
    let information = reader
        .child(called, &names.message_information)
        .and_then(|element| reader.waiting(element));
    match information {
        Ok(information) => Ok((Notification::MessageWaits(information), shape)),
        Err(error) => Err(Unusable {
            error,
            reply: RefusalReply::Response(shape),
        }),
    }
}

/// Whether an element can be written in a namespace. What is read may have one that is no URI, which no document of ours has.
pub(super) fn can_be_written(namespace: &str) -> bool {
    to_bytes(&Element::<NoBlob>::new(namespace, "NotifyResponse")).is_ok()
}

/// The answer to a call that was understood, in the caller's version and namespace (guide 2015 p. 27, table 4).
pub fn response(
    settings: &Settings,
    shape: &Shape,
    moment: Moment<'_>,
    (code, text): (&str, &str),
) -> Element<NoBlob> {
    let names = &settings.wire.names;
    let namespace: Arc<str> = shape.namespace.as_str().into();
    let element =
        |name: &std::borrow::Cow<'static, str>| Element::new(Arc::clone(&namespace), name.clone());
    let result = [
        element(&names.response_code).with_text(code),
        element(&names.response_text).with_text(text),
    ];
    let header = element(&names.response_header);
    let response = element(&names.notify_response);
    let response = match settings.wire.notify_response_form {
        NotifyResponseForm::Siblings => {
            let timestamp = element(&names.timestamp).with_text(moment.0);
            response
                .with_child(header.with_child(timestamp))
                .with_children(result)
        }
        NotifyResponseForm::InHeader => response.with_child(header.with_children(result)),
    };
    envelope(shape.version, Vec::new(), vec![response])
}

/// A fault, and the HTTP status that it goes with (SOAP 1.1 §6.2; SOAP 1.2 Part 2 §7.5.2.2).
pub fn refusal(version: Version, code: StandardCode, text: &str) -> (u16, Element<NoBlob>) {
    let status = match (version, code) {
        (Version::V12, StandardCode::Sender) => 400,
        _ => 500,
    };
    let fault = fault(version, code, &Reason::new("en", text), Vec::new());
    (status, envelope(version, Vec::new(), vec![fault]))
}
