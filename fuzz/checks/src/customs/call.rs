//! Calls by Customs, and what they are answered.

use agency_http::Head;
use canonical_xml::{Document, Element, Limits, NoBlob, to_bytes};
use roxmltree::Node;
use soap::{Body as Content, Message, StandardCode, Version, open};
use tulli::wire::{
    Moment, Notification, NotifyResponseForm, RefusalReply, Settings, ReplyFormat, CallContext,
    check_head as judge_head, read_call, refusal, response,
};

use super::{
    Body, check_error, check_information, check_waiting, children, load, only, soap_body, strict,
};

const MOMENT: Moment<'_> = Moment("2026-07-01T00:00:00Z");

/// Panics unless calls are read the same each time, what is understood stands there, alone, and demands nothing that is not
/// understood; and whatever goes back is a message of SOAP in the form of the call.
pub(super) fn check(
    settings: &Settings,
    (bytes, body): (&[u8], &Body),
    other: Option<Node<'_, '_>>,
) {
    let context = CallContext {
        version: Version::V12,
        charset: None,
        action: None,
        path: "/tulli/notify".into(),
    };
    let call = read_call(settings, &context, body);
    assert_eq!(call, read_call(settings, &context, &load(bytes)));
    match call {
        Ok((notification, format)) => {
            if let Ok(document) = Document::parse(bytes, &Limits::default())
                && let Ok(message) = open(&document)
            {
                // What is understood is WS-Addressing.
                let mut others = message.must_understand();
                assert!(others.all(|block| {
                    soap::ADDRESSING_NAMESPACES.contains(&block.name().namespace())
                }));
            }
            if let Some(other) = other {
                check_understood(settings, (&notification, &format), other);
            }
            match notification {
                Notification::MessageWaits(information) => {
                    check_waiting(&information);
                    check_response(settings, &format);
                }
                Notification::Unknown(..) => check_refusal(format.version, StandardCode::Sender),
            }
        }
        Err(invalid) => {
            check_error(&invalid.error);
            match invalid.reply {
                RefusalReply::Fault(version, code) => check_refusal(version, code),
                RefusalReply::Response(format) => check_response(settings, &format),
            }
        }
    }
}

fn check_understood(
    settings: &Settings,
    (notification, format): (&Notification, &ReplyFormat),
    envelope: Node<'_, '_>,
) {
    let version = envelope.tag_name().namespace().unwrap_or_default();
    assert_eq!(format.version.namespace(), version);
    let operations: Vec<_> = children(soap_body(envelope)).collect();
    let [called] = operations.as_slice() else {
        panic!("{} operations were taken for one", operations.len());
    };
    let name = called.tag_name();
    let namespace = name.namespace().unwrap_or_default();
    assert_eq!(format.namespace, namespace);
    let configured = settings.wire.notification_namespace.as_deref();
    let is_known = name.name() == "NotifyRequest" && configured.is_none_or(|own| own == namespace);
    match notification {
        Notification::MessageWaits(information) => {
            assert!(is_known);
            check_information(information, only(*called, configured, "MessageInformation"));
        }
        Notification::Unknown(other, local) => {
            assert!(!is_known);
            assert_eq!((other.as_str(), local.as_str()), (namespace, name.name()));
        }
    }
}

/// An answer of the operation is one for whoever called, in both forms.
fn check_response(settings: &Settings, format: &ReplyFormat) {
    for form in [NotifyResponseForm::Siblings, NotifyResponseForm::InHeader] {
        let mut settings = settings.clone();
        settings.wire.notify_response_form = form;
        let message = reopened(&response(&settings, format, MOMENT, ("000", "OK")));
        assert_eq!(message.version, format.version);
        let Content::Content(entries) = &message.body else {
            panic!("the answer to a call is a fault");
        };
        let [entry] = entries.as_slice() else {
            panic!("the answer to a call has {} entries", entries.len());
        };
        assert!(entry.name().is(&format.namespace, "NotifyResponse"));
        let codes = entry
            .descendants()
            .filter(|inner| inner.name().is(&format.namespace, "ResponseCode"));
        assert_eq!(codes.map(Element::text).collect::<Vec<_>>(), ["000"]);
    }
}

/// A refusal is a fault of the version, with its code and its words.
fn check_refusal(version: Version, code: StandardCode) {
    let (status, message) = refusal(version, code, "no", &[]);
    assert!([400, 500].contains(&status));
    let message = reopened(&message);
    assert_eq!(message.version, version);
    let Content::Fault(fault) = &message.body else {
        panic!("a refusal is no fault");
    };
    assert!(
        fault
            .code
            .as_ref()
            .is_some_and(|found| found.is_standard(version, code.local(version)))
    );
    assert_eq!(fault.reason(&["en"]), Some("no"));
}

/// What is sent, as whoever gets it reads it.
pub(super) fn reopened(message: &Element<NoBlob>) -> Message {
    let bytes = match to_bytes(message) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a message cannot be written: {error}"),
    };
    let document = match Document::parse(&bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => panic!("what is sent is no document: {error}"),
    };
    match open(&document) {
        Ok(message) => message,
        Err(error) => panic!("a message that is sent cannot be read: {error}"),
    }
}

/// Panics unless what is let in is for the path, by POST, of a media type of SOAP, and from an address that is listed. The input has a
/// line for each of path, method, media type and address.
pub(super) fn check_head(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (target, method, media_type, address) = (line(), line(), line(), line());
    let fields = Some(("Content-Type", media_type)).filter(|(_, value)| !value.is_empty());
    let head = Head {
        method,
        target,
        address,
        fields: fields.into_iter().collect(),
    };
    for settings in [Settings::usual(), strict()] {
        if judge_head(&settings, &head).is_err() {
            continue;
        }
        assert_eq!(method, "POST");
        let query = target.strip_prefix("/tulli/notify");
        assert!(query.is_some_and(|query| query.is_empty() || query.starts_with('?')));
        let media_type = media_type.trim_start().to_ascii_lowercase();
        let mut known = ["text/xml", "application/soap+xml"].into_iter();
        assert!(known.any(|known| {
            let rest = media_type.strip_prefix(known).map(str::trim_start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
        }));
        if !settings.notification.source_addresses.is_empty() {
            // Itself, or as an address of IPv6 (RFC 4291 §2.5.5.2), written in any of its ways.
            assert!(address == "192.0.2.1" || address.contains(':'), "{address}");
        }
    }
}
