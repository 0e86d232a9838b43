// SPDX-License-Identifier: Apache-2.0
//! Calls by Customs, and what they are answered.

use agency_http::Head;
use canonical_xml::{Document, Element, ElementRef, Limits, NoBlob, to_bytes};
use roxmltree::Node;
use soap::{Content, Envelope, StandardCode, Version};
use tulli::wire::{
    CallContext, Moment, Notification, NotifyResponseForm, RefusalReply, ReplyFormat, Settings,
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
                && let Ok(envelope) = Envelope::of(&document)
            {
                // What is understood is WS-Addressing.
                let mut blocks = envelope.blocks().iter().filter(|block| {
                    envelope.must_understand(**block) && envelope.is_for_us(**block, &[])
                });
                assert!(
                    blocks
                        .all(|block| { soap::ADDRESSING_NAMESPACES.contains(&block.namespace()) })
                );
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
        let answer = written(&response(&settings, format, MOMENT, ("000", "OK")));
        let document = parsed(&answer);
        let (version, entries) = entries(&document);
        assert_eq!(version, format.version);
        let [entry] = entries.as_slice() else {
            panic!("the answer to a call has {} entries", entries.len());
        };
        assert!(entry.is(&format.namespace, "NotifyResponse"));
        let codes = entry
            .descendants()
            .filter(|inner| inner.is(&format.namespace, "ResponseCode"));
        let codes: Vec<_> = codes.filter_map(|code| code.text().to_str()).collect();
        assert_eq!(codes, ["000"]);
    }
}

/// A refusal is a fault of the version, with its code and its words.
fn check_refusal(version: Version, code: StandardCode) {
    let (status, message) = refusal(version, code, "no", &[]);
    assert!([400, 500].contains(&status));
    let message = written(&message);
    let document = parsed(&message);
    let (found, Content::Fault(fault)) = content(&document) else {
        panic!("a refusal is no fault");
    };
    assert_eq!(found, version);
    assert!(fault.code.as_ref().is_some_and(|found| {
        found.local == code.local(version)
            && found.namespace.as_deref() == Some(version.namespace())
    }));
    assert_eq!(fault.reason(&["en"]), Some("no"));
}

/// What is sent.
pub(super) fn written(message: &Element<NoBlob>) -> Vec<u8> {
    match to_bytes(message) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a message cannot be written: {error}"),
    }
}

pub(super) fn parsed(bytes: &[u8]) -> Document<'_> {
    match Document::parse(bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => panic!("what is sent is no document: {error}"),
    }
}

/// What is sent, as whoever gets it reads it.
fn content<'d>(document: &'d Document<'d>) -> (Version, Content<'d>) {
    let read =
        Envelope::of(document).and_then(|envelope| Ok((envelope.version(), envelope.content()?)));
    match read {
        Ok(read) => read,
        Err(error) => panic!("a message that is sent cannot be read: {error}"),
    }
}

/// The same of a message that is no fault.
pub(super) fn entries<'d>(document: &'d Document<'d>) -> (Version, Vec<ElementRef<'d>>) {
    match content(document) {
        (version, Content::Entries(entries)) => (version, entries),
        _ => panic!("a message is a fault"),
    }
}

/// Panics unless what is accepted is for the path, by POST, of a media type of SOAP, and from an address that is listed. The input has a
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
