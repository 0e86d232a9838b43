// SPDX-License-Identifier: Apache-2.0
//! What is sent, and what an attacker makes of it.

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canonical_xml::{Canonicalization, Document, ElementRef, Limits, Method, Subset, canonicalize};
use xml_signature::{Backend, CoveredElement, NAMESPACE, Policy, VerifyFailure, verify};

use xml_testkit::{Key, Native, Template, requiring, sign, told};

/// What every forged part holds, and nothing that was signed does.
pub(crate) const FORGED: &str = "FORGED";

/// A document as its sender made it, and what its reader requires.
pub(crate) struct Sent {
    pub(crate) text: String,
    pub(crate) policy: Policy,
    key: &'static Key,
}

impl Sent {
    /// Signs a text that holds a template of a signature. Without required paths the root is.
    pub(crate) fn new(text: &str, required: &[&str]) -> Self {
        Self::by(Key::rsa(), text, required)
    }

    /// The same by this key.
    pub(crate) fn by(key: &'static Key, text: &str, required: &[&str]) -> Self {
        let sent = Self {
            text: sign(text, key),
            policy: requiring(required),
            key,
        };
        assert!(!sent.text.contains(FORGED));
        assert_eq!(sent.code(&sent.text), "valid");
        sent
    }

    /// `<Order>` with a note and an enveloped signature of all of it.
    pub(crate) fn order() -> Self {
        let template = Template::enveloped(Key::rsa()).text();
        let text = format!("<Order xmlns=\"urn:o\"><Note>two pieces</Note>{template}</Order>");
        Self::new(&text, &[])
    }

    /// `<Order>` whose `<Note Id="note">` is signed by these transforms.
    pub(crate) fn note(transforms: &str) -> Self {
        let template = Template::new(Key::rsa()).reference_with("#note", transforms);
        Self::new(&Self::note_with(&template), &["/Order/Note"])
    }

    /// The text of that, not signed yet.
    pub(crate) fn note_with(template: &Template) -> String {
        let template = template.text();
        format!("<Order xmlns=\"urn:o\"><Note Id=\"note\">two pieces</Note>{template}</Order>")
    }

    /// The signature as it stands in the text.
    pub(crate) fn signature(&self) -> &str {
        let start = self.text.find("<ds:Signature ").unwrap();
        let end = self.text.rfind("</ds:Signature>").unwrap();
        &self.text[start..end + "</ds:Signature>".len()]
    }

    /// What the reader of the sent document makes of another text: a code, or `valid`.
    pub(crate) fn code(&self, text: &str) -> &'static str {
        self.code_of(text.as_bytes())
    }

    /// The same of bytes.
    pub(crate) fn code_of(&self, bytes: &[u8]) -> &'static str {
        code(bytes, &self.policy, &mut self.backend())
    }

    /// What it makes of this text if something else is required.
    pub(crate) fn code_if(&self, required: &[&str], text: &str) -> &'static str {
        code(text.as_bytes(), &requiring(required), &mut self.backend())
    }

    /// What it makes of the text with one part of it replaced.
    pub(crate) fn code_with(&self, from: &str, to: &str) -> &'static str {
        self.code(&self.with(from, to))
    }

    /// The text with one part replaced, which occurs in it exactly once.
    pub(crate) fn with(&self, from: &str, to: &str) -> String {
        replaced(&self.text, from, to)
    }

    /// Sees that nothing forged can be had, whatever of the text is required, and how often anything could be.
    ///
    /// Every element is asked for by its path and as a view, once for each element that is required.
    pub(crate) fn yields_nothing_forged(&self, text: &str) -> usize {
        assert!(text.contains(FORGED));
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        let mut had = 0;
        for required in document.elements() {
            let policy = requiring(&[&exact_path(required)]);
            let Ok(verified) = verify(&document, &policy, &mut self.backend()) else {
                continue;
            };
            for element in document.elements() {
                let by_path = verified.element(&exact_path(element).parse().unwrap());
                for covered in by_path.into_iter().chain(verified.view(element)) {
                    let mut seen = told(covered);
                    walk(covered, &mut seen);
                    for below in covered.descendants() {
                        walk(below, &mut seen);
                    }
                    assert!(!seen.contains(FORGED), "{}: {seen}", covered.path());
                    had += 1;
                }
            }
        }
        had
    }

    /// Trusts the sender and nobody else.
    pub(crate) fn backend(&self) -> Native {
        Native::trusting(self.key)
    }
}

/// Takes down all that a view shows, child by child.
fn walk(covered: CoveredElement<'_>, seen: &mut String) {
    seen.push_str(&covered.text().to_str().unwrap());
    for attribute in covered.attributes() {
        seen.push_str(&attribute.value());
    }
    for child in covered.children() {
        walk(child, seen);
    }
}

/// The path that leads to this element and no other one.
fn exact_path(element: ElementRef<'_>) -> String {
    let is_like = |other: &ElementRef<'_>| other.is(element.namespace(), element.local());
    let Some(parent) = element.parent() else {
        return format!("/{{{}}}{}", element.namespace(), element.local());
    };
    let before = parent
        .children()
        .filter(is_like)
        .take_while(|other| *other != element);
    let step = format!(
        "/{{{}}}{}[{}]",
        element.namespace(),
        element.local(),
        before.count() + 1
    );
    exact_path(parent) + &step
}

/// Reads and verifies: a code of the reader or of the verifier, or `valid`.
pub(crate) fn code(
    bytes: &[u8],
    policy: &Policy,
    backend: &mut impl Backend<Error = Infallible>,
) -> &'static str {
    let document = match Document::parse(bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => return error.kind.code(),
    };
    match verify(&document, policy, backend) {
        Ok(_) => "valid",
        Err(VerifyFailure::Refused(error)) => error.code(),
        Err(VerifyFailure::Backend(never)) => match never {},
    }
}

/// A text with one part replaced, which occurs in it exactly once.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    let replaced = text.replacen(from, to, 1);
    assert_ne!(replaced, text);
    replaced
}

/// The content of the first element of this name, such as `ds:DigestValue`.
pub(crate) fn content<'t>(text: &'t str, name: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

/// A text with the content of the first element of this name replaced.
pub(crate) fn with_content(text: &str, name: &str, content: &str) -> String {
    let opening = format!("<{name}>");
    let (before, rest) = text.split_once(&opening).unwrap();
    let (_, after) = rest.split_once(&format!("</{name}>")).unwrap();
    format!("{before}{opening}{content}</{name}>{after}")
}

/// A text whose signature value is what somebody makes of the canonical `SignedInfo`.
pub(crate) fn with_value(text: &str, value: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    with_content(
        text,
        "ds:SignatureValue",
        &encode(&value(&signed_info(text))),
    )
}

/// The exclusive canonical form of `SignedInfo`.
pub(crate) fn signed_info(text: &str) -> Vec<u8> {
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let mut elements = document.elements();
    let signed_info = elements.find(|element| element.is(NAMESPACE, "SignedInfo"));
    canonical(signed_info.unwrap())
}

/// The exclusive canonical form of an element.
pub(crate) fn canonical(element: ElementRef<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    let how = Canonicalization::new(Method::Exclusive);
    canonicalize(&Subset::element(element), &how, &mut octets).unwrap();
    octets
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}
