// SPDX-License-Identifier: Apache-2.0
//! Reading SOAP messages.

use canonical_xml::{Document, ElementRef, Limits};
use soap::{Content, Envelope, SoapError, Version};

use crate::document;

/// Panics unless a message that is taken is, from outside, an envelope with at most one header, then exactly one body, all of one of the
/// two namespaces, with nothing else around them, and what is read of it is what stands there.
pub fn check(input: &[u8]) {
    let bytes = document::of(input);
    let Ok(document) = Document::parse(&bytes, &Limits::default()) else {
        return;
    };
    if let Err(error) = check_message(&document) {
        assert!(error.path.starts_with('/'), "{error}");
        assert!(error.position.is_some(), "{error}");
    }
}

fn check_message(document: &Document<'_>) -> Result<(), SoapError> {
    let envelope = Envelope::of(document)?;
    let content = envelope.content()?;
    check_structure(document.root(), &envelope, &content);
    check_lookups(&envelope, &content);
    Ok(())
}

fn check_structure(root: ElementRef<'_>, envelope: &Envelope<'_>, content: &Content<'_>) {
    let namespace = envelope.version().namespace();
    let version = Version::from_namespace(namespace);
    assert_eq!(version, Some(envelope.version()));
    assert!(root.is(namespace, "Envelope"));
    let parts: Vec<_> = root.children().collect();
    let (header, body) = match parts.as_slice() {
        [body] => (None, *body),
        [header, body] => (Some(*header), *body),
        _ => (None, root),
    };
    assert!(body.is(namespace, "Body"), "{} parts", parts.len());
    assert_eq!(body, envelope.body());
    assert!(header.is_none_or(|header| header.is(namespace, "Header")));
    for part in [Some(root), header, Some(body)].into_iter().flatten() {
        let text = part.text().to_str().unwrap_or_default();
        assert!(text.trim().is_empty(), "text beside the parts");
    }

    let blocks = header.into_iter().flat_map(ElementRef::children);
    assert!(blocks.eq(envelope.blocks().iter().copied()));
    let mut entries = body.children();
    match content {
        Content::Entries(found) => {
            assert!(found.iter().all(|entry| !entry.is(namespace, "Fault")));
            assert!(entries.eq(found.iter().copied()));
        }
        Content::Fault(fault) => {
            assert_eq!(fault.version, envelope.version());
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
    let parts = element.descendants().map(|part| {
        let text = part.text().to_str().unwrap_or_default().trim().to_owned();
        (part.local().to_owned(), text)
    });
    let parts: Vec<_> = parts.collect();
    assert!(fault.detail.iter().all(|told| parts.contains(told)));
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

/// Asking a message anything is possible.
fn check_lookups(envelope: &Envelope<'_>, content: &Content<'_>) {
    let namespace = envelope.version().namespace();
    for block in envelope.blocks() {
        let said = block.attribute(namespace, "mustUnderstand");
        let said = said.is_some_and(|said| matches!(said.trim(), "1" | "true"));
        assert_eq!(envelope.must_understand(*block), said);
    }
    if let Content::Fault(fault) = content {
        for (name, _) in &fault.detail {
            assert!(fault.detail_value(name).is_some());
        }
    }
}
