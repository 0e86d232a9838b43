// SPDX-License-Identifier: Apache-2.0
//! Signed documents that somebody has changed.
//!
//! An input chooses one of a few signed documents, and edits of it: bytes replaced, inserted, removed and copied, pieces of markup put in,
//! elements copied, moved, exchanged, wrapped and removed.

mod backend;
mod edits;
mod samples;

use canonical_xml::{Document, ElementRef, Limits, LoadError};
use xml_signature::{
    CoveredElement, KeySource, Located, NAMESPACE, Verified, VerifyError, VerifyFailure, verify,
    verify_signature,
};

use crate::choices::Choices;
use crate::memory::Memory;

use backend::{Fake, Key};
use samples::Sample;

/// So many signatures of one document are each looked at as if they had been chosen.
const SIGNATURES: usize = 3;

/// Panics unless, whatever was changed,
///
/// * a signature counts only if what was digested is what was signed, octet by octet;
/// * and then all that the result leads to, and all that is required, reads as it did when it was signed;
/// * and a document from a source does not count for more than the same one in memory.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let Some(sample) = samples::pick(&mut choices) else {
        return;
    };
    let bytes = edits::apply(&sample.bytes, &mut choices);
    let memory = Document::parse(&bytes, &LIMITS);
    let source = Document::load(&Memory(&bytes), &LIMITS);
    match (&memory, &source) {
        (Ok(memory), Ok(source)) => {
            check_document(sample, &bytes, memory, source);
        }
        (Err(_), Err(LoadError::Read(_))) => {}
        _ => panic!(
            "in memory {:?}, from a source {:?}",
            memory.err(),
            source.err()
        ),
    }
}

/// As components read, with room for what edits add.
const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    depth: 256,
    attributes: 256,
    name_length: 1024,
    value_length: 1 << 20,
    text_length: 1 << 20,
    events: 65_536,
    namespaces: 128,
};

fn check_document(sample: &Sample, bytes: &[u8], memory: &Document<'_>, source: &Document<'_>) {
    let one = judged(sample, bytes, memory, None);
    let other = judged(sample, bytes, source, None);
    compare(&one, &other);
    let pairs = signatures(memory).zip(signatures(source));
    for (one, other) in pairs.take(SIGNATURES) {
        let one = judged(sample, bytes, memory, Some(one));
        let other = judged(sample, bytes, source, Some(other));
        compare(&one, &other);
    }
}

fn signatures<'d>(document: &'d Document<'_>) -> impl Iterator<Item = ElementRef<'d>> {
    let elements = document.elements();
    elements.filter(|element| element.is(NAMESPACE, "Signature"))
}

/// The verdict, with everything in it checked; of the one signature, or of a chosen one.
fn judged<'d>(
    sample: &Sample,
    bytes: &[u8],
    document: &'d Document<'d>,
    signature: Option<ElementRef<'d>>,
) -> Result<Key, VerifyError> {
    let mut backend = Fake::of(bytes);
    let verdict = match signature {
        None => verify(document, &sample.policy, &mut backend),
        Some(signature) => {
            let located = Located {
                document,
                signature,
                keys: KeySource::KeyInfo,
            };
            verify_signature(located, &sample.policy, &mut backend)
        }
    };
    match verdict {
        Ok(verified) => {
            for octets in &backend.digested {
                assert!(
                    sample.octets.contains(octets),
                    "what was digested was never signed: {}",
                    String::from_utf8_lossy(octets)
                );
            }
            check_verified(sample, document, &verified);
            Ok(*verified.signer())
        }
        Err(VerifyFailure::Refused(error)) => {
            assert!(error.path.starts_with('/'), "{error}");
            assert!(error.code().starts_with("signature."), "{error}");
            Err(error)
        }
        Err(VerifyFailure::Backend(never)) => match never {},
    }
}

fn check_verified(sample: &Sample, document: &Document<'_>, verified: &Verified<'_, Key>) {
    assert_eq!(*verified.signer(), sample.signer);
    assert_eq!(verified.signature_value(), sample.value);
    assert!(!verified.covered().is_empty());
    for covered in verified.covered() {
        match covered.element() {
            Some(element) => check_view(element, &sample.covered),
            None => assert!(covered.encoded().is_some()),
        }
    }
    for (path, signed) in &sample.required {
        let found = match path {
            Some(path) => document.find(path),
            None => vec![document.root()],
        };
        assert!(!found.is_empty(), "what is required is there");
        for element in found {
            let view = verified.view(element);
            assert!(view.is_some(), "what is required is covered");
            if let Some(view) = view {
                check_view(view, signed);
            }
        }
    }
}

/// A view reads like one of these.
fn check_view(view: CoveredElement<'_>, signed: &[String]) {
    // Where some of it is in the source, its octets have been compared.
    if let Some(told) = told(view) {
        assert!(
            signed.contains(&told),
            "{} was not signed so: {told}",
            view.path()
        );
    }
}

/// All that can be read of an element, step by step: names, attributes by their names, texts, elements. `None` when some was left in
/// the source.
fn told(view: CoveredElement<'_>) -> Option<String> {
    let attributes = view.attributes();
    let mut attributes: Vec<_> = attributes
        .map(|attribute| format!("{attribute:?}={:?}", attribute.value()))
        .collect();
    attributes.sort();
    let text = view.text().to_str()?;
    let children: Option<Vec<_>> = view.children().map(told).collect();
    Some(format!("{view:?}{attributes:?}{text:?}{:?}", children?))
}

/// A document from a source counts if it does in memory, unless what should be short is so long that it was left there.
fn compare(memory: &Result<Key, VerifyError>, source: &Result<Key, VerifyError>) {
    match (memory, source) {
        (Err(one), Err(other)) if one.kind == other.kind => {}
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (_, Err(error)) => assert!(
            matches!(error.code(), "signature.structure" | "signature.base64"),
            "in memory {memory:?}, from a source {error}"
        ),
        (Err(error), Ok(_)) => panic!("counts from a source only: {error}"),
    }
}
