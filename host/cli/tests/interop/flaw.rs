// SPDX-License-Identifier: Apache-2.0
//! Where a peer departs from the recommendations. Each is a fact about the version that is installed, found by the peer differing from
//! all others; the tests hold it to its flaw, so that a mended peer is noticed.

use canonical_xml::{Document, ElementRef, Limits};

use crate::{
    case::{Case, Form},
    peers::Peer,
};

/// Who does what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    TheySign,
    TheyVerify,
}

/// Why a signature of this case fails between the peer and everybody else.
pub(crate) fn flaw(peer: Peer, case: &Case, direction: Direction) -> Option<&'static str> {
    let document = Document::parse(case.shape.text.as_bytes(), &Limits::default()).unwrap();
    let facts = Facts::new(case, &document);
    match peer {
        Peer::Xmlsec1 | Peer::PythonXmlsec => None,
        Peer::Signxml => signxml(case, &facts, direction),
        Peer::XmlCrypto => xml_crypto(case, &facts, direction),
        Peer::Jdk => jdk(&facts),
    }
}

/// What inclusive methods bring into the canonical forms of a case.
struct Facts {
    /// Attributes `xml:*` that an element around what is signed, or around `SignedInfo`, passes on.
    inherited: Vec<Inherited>,
    /// `SignedInfo` has to carry namespaces that are declared where the signature goes.
    carries_namespaces: bool,
}

struct Inherited {
    local: String,
    nearest: String,
    outermost: String,
    /// By the recommendation of the method.
    is_passed_on: bool,
}

impl Facts {
    fn new(case: &Case, document: &Document<'_>) -> Self {
        let holder = case.holder(document);
        let mut inherited = Vec::new();
        if is_inclusive(case.method) {
            inherited.extend(inherit(Some(holder), case.method));
        }
        if is_inclusive(case.transform) && case.form != Form::Document {
            let part = case.part(document);
            let from_above = inherit(part.parent(), case.transform).into_iter();
            inherited
                .extend(from_above.filter(|above| part.attribute(XML, &above.local).is_none()));
        }
        let is_declared = |prefix: &str| {
            let namespace = holder.resolve_prefix(prefix);
            namespace.is_some_and(|namespace| !namespace.is_empty())
        };
        let carries_namespaces = if is_inclusive(case.method) {
            ["", "a", "s", "z", "xsd", "ö"].into_iter().any(is_declared)
        } else {
            case.method_prefixes
                .split(',')
                .filter(|prefix| !prefix.is_empty())
                .any(is_declared)
        };
        Self {
            inherited,
            carries_namespaces,
        }
    }

    /// Whether there are attributes that have to be passed on.
    fn passes_on(&self) -> bool {
        self.inherited
            .iter()
            .any(|attribute| attribute.is_passed_on)
    }
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Without a canonicalisation, it is Canonical XML 1.0.
fn is_inclusive(method: &str) -> bool {
    !method.contains("xml-exc-c14n")
}

/// Attributes `xml:*` of an element and those around it. Canonical XML 1.1 §2.4 passes on two of them.
fn inherit(element: Option<ElementRef<'_>>, method: &str) -> Vec<Inherited> {
    let mut found: Vec<Inherited> = Vec::new();
    for element in std::iter::successors(element, |element| element.parent()) {
        for attribute in element
            .attributes()
            .filter(|attribute| attribute.namespace() == XML)
        {
            let (local, value) = (attribute.local(), attribute.value().into_owned());
            match found.iter_mut().find(|known| known.local == local) {
                Some(known) => known.outermost = value,
                None => found.push(Inherited {
                    local: local.to_owned(),
                    nearest: value.clone(),
                    outermost: value,
                    is_passed_on: true,
                }),
            }
        }
    }
    for attribute in &mut found {
        let is_simple = matches!(attribute.local.as_str(), "lang" | "space");
        attribute.is_passed_on = is_simple || !method.contains("c14n11");
    }
    found
}

/// The JDK 17.
fn jdk(facts: &Facts) -> Option<&'static str> {
    // Canonical XML 1.0 §2.4
    let is_outer = |attribute: &Inherited| attribute.nearest != attribute.outermost;
    if facts.inherited.iter().any(is_outer) {
        return Some("passes on the value of the outermost xml:* attribute, not the nearest");
    }
    // Canonical XML 1.1 §2.4
    let is_stray = |attribute: &Inherited| !attribute.is_passed_on && attribute.local != "id";
    let mut inherited = facts.inherited.iter();
    inherited
        .any(is_stray)
        .then_some("passes on more than xml:lang and xml:space in Canonical XML 1.1")
}

/// signxml 5.2, which canonicalises copies of the parts.
fn signxml(case: &Case, facts: &Facts, direction: Direction) -> Option<&'static str> {
    if !case.shape.ascii_names {
        return Some("writes names outside ASCII as character references");
    }
    if facts.passes_on() {
        return Some("passes on no xml:* attributes");
    }
    // XML Signature 1.1 §4.4.3.3
    if case.shape.comments && case.transform.ends_with("WithComments") {
        return Some("keeps comments that a same-document reference leaves out");
    }
    if direction == Direction::TheySign {
        // The signature is made before it is put into the document.
        return (case.form == Form::Beside && facts.carries_namespaces)
            .then_some("passes on no namespaces to a signature outside of what it signs");
    }
    (case.form == Form::Document && case.shape.instructions)
        .then_some("takes the root for the document, without what stands around it")
}

/// xml-crypto 6.3 with the parser xmldom 0.8.
fn xml_crypto(case: &Case, facts: &Facts, direction: Direction) -> Option<&'static str> {
    if case.shape.instructions {
        return Some("has no canonical form of processing instructions");
    }
    if facts.passes_on() {
        return Some("passes on no xml:* attributes");
    }
    if case.shape.declares_xml && (is_inclusive(case.transform) || is_inclusive(case.method)) {
        return Some("writes the declaration of the prefix xml");
    }
    // Line ends of XML 1.1 only. What it signs, it has changed before.
    (case.shape.line_ends_of_1_1 && direction == Direction::TheyVerify)
        .then_some("takes U+0085 and U+2028 for line ends")
}
