//! Taking SOAP messages apart.

use canonical_xml::{Document, Element, ElementRef, Limits, to_bytes};
use soap::{Body, Message, Version, envelope, open};

use crate::document;

/// Panics unless a message that is taken is, from outside, an envelope with at most one header, then exactly one body, all of one of the
/// two namespaces, with nothing else around them; what is taken out of it is what stands there; and put into a new envelope it is
/// taken for the same.
pub fn check(input: &[u8]) {
    let bytes = document::of(input);
    let Ok(document) = Document::parse(&bytes, &Limits::default()) else {
        return;
    };
    match open(&document) {
        Ok(message) => {
            check_structure(document.root(), &message);
            check_lookups(&message);
            check_again(message);
        }
        Err(error) => {
            assert!(error.path.starts_with('/'), "{error}");
            assert!(error.position.is_some(), "{error}");
        }
    }
}

fn check_structure(root: ElementRef<'_>, message: &Message) {
    let namespace = message.version.namespace();
    assert_eq!(Version::from_namespace(namespace), Some(message.version));
    assert!(root.is(namespace, "Envelope"));
    let parts: Vec<_> = root.children().collect();
    let (header, body) = match parts.as_slice() {
        [body] => (None, *body),
        [header, body] => (Some(*header), *body),
        _ => (None, root),
    };
    assert!(body.is(namespace, "Body"), "{} parts", parts.len());
    assert!(header.is_none_or(|header| header.is(namespace, "Header")));
    for part in [Some(root), header, Some(body)].into_iter().flatten() {
        let text = part.text().to_str().unwrap_or_default();
        assert!(text.trim().is_empty(), "text beside the parts");
    }

    let blocks = header.into_iter().flat_map(ElementRef::children);
    assert!(
        blocks
            .filter_map(ElementRef::to_tree)
            .eq(message.headers.iter().cloned())
    );
    let mut entries = body.children();
    match &message.body {
        Body::Content(content) => {
            assert!(content.iter().all(|entry| !entry.is(namespace, "Fault")));
            assert!(
                entries
                    .filter_map(ElementRef::to_tree)
                    .eq(content.iter().cloned())
            );
        }
        Body::Fault(fault) => {
            assert_eq!(fault.version, message.version);
            let first = entries.next();
            assert!(first.is_some_and(|entry| entry.is(namespace, "Fault")));
            assert_eq!(entries.next(), None, "a fault is alone");
            if let Some(first) = first {
                check_fault(first, fault);
            }
        }
    }
}

/// What is told of a fault stands in it.
fn check_fault(element: ElementRef<'_>, fault: &soap::Fault) {
    let texts: Vec<_> = element
        .descendants()
        .filter_map(|part| part.text().to_str())
        .collect();
    let stands_there = |text: &str| texts.iter().any(|there| there.trim() == text);
    assert!(
        fault
            .reasons
            .iter()
            .all(|reason| stands_there(&reason.text))
    );
    assert!(fault.actor.iter().all(|actor| stands_there(actor)));
    for code in fault.code.iter().chain(&fault.subcodes) {
        let is_code = |text: &str| match &code.namespace {
            // White space as XML means it; a prefix may stand before.
            Some(_) => text.trim().rsplit(':').next() == Some(&code.local),
            None => text.trim() == code.local,
        };
        assert!(texts.iter().any(|text| is_code(text)));
    }
    assert_eq!(
        fault.reason(&["fi", "en"]).is_some(),
        !fault.reasons.is_empty()
    );
}

/// Asking a message anything is possible, and what must be understood is among the headers.
fn check_lookups(message: &Message) {
    let namespace = message.version.namespace();
    for block in message.must_understand() {
        let said = block.attribute_ns(namespace, "mustUnderstand");
        assert!(said.is_some_and(|said| matches!(said.trim(), "1" | "true")));
        assert!(message.headers.contains(block));
    }
    if let Body::Fault(fault) = &message.body {
        let names = fault.detail.iter().flat_map(Element::descendants);
        for name in names.map(|element| element.name().local()) {
            assert!(fault.detail_value(name).is_some());
        }
    }
}

/// The same content in an envelope of ours is the same message, where it can be written at all: a namespace that is no absolute URI
/// can be read, not written.
fn check_again(message: Message) {
    let Body::Content(content) = &message.body else {
        return;
    };
    let again = envelope(message.version, message.headers.clone(), content.clone());
    let Ok(bytes) = to_bytes(&again) else {
        return;
    };
    // Written out, an empty-element tag is two tags, and declarations and references take more bytes.
    let limits = Limits {
        bytes: bytes.len(),
        events: 4 * Limits::default().events,
        ..Limits::default()
    };
    let reopened = Document::parse(&bytes, &limits);
    let reopened = reopened.map(|document| open(&document));
    assert!(matches!(reopened, Ok(Ok(reopened)) if reopened == message));
}
