// SPDX-License-Identifier: Apache-2.0
//! What a counterparty says when it refuses or fails.

use std::borrow::Cow;

use canonical_xml::{ElementRef, XML_NAMESPACE};

use crate::version::Version;

/// A fault (SOAP 1.1 §4.4; SOAP 1.2 Part 1 §5.4), as far as the sender filled it in.
///
/// Whatever is missing is `None` or empty: a fault is read to find out what went wrong, and half an answer is better
/// than an error about the error. Children of a SOAP 1.1 fault belong in no namespace; many senders put them into that
/// of the envelope, which is read as well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The version of the envelope it came in.
    pub version: Version,
    /// `faultcode`, or the value of `Code`.
    pub code: Option<FaultCode>,
    /// The values of the nested `Subcode` elements, outermost first; none in SOAP 1.1.
    pub subcodes: Vec<FaultCode>,
    /// `faultstring`, or the texts of `Reason`, one for each language.
    pub reasons: Vec<Reason>,
    /// Who on the way failed: `faultactor`, or `Role`.
    pub actor: Option<String>,
    /// Local name and own text of each element below `detail`, in document order, without white space around the text.
    pub detail: Vec<(String, String)>,
}

/// A fault code. Codes are open: senders may refine the standard ones (SOAP 1.1 §4.4.1) and do invent others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultCode {
    /// The namespace, if the code is a QName whose prefix is declared; empty for a QName in no namespace.
    pub namespace: Option<String>,
    /// The local part, or all of the text if it is no such QName (`999`).
    pub local: String,
}

/// What a fault says to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The language, as an `xml:lang` tag.
    pub language: Option<String>,
    /// The text.
    pub text: String,
}

impl Fault {
    /// Reads a `Fault` element of this version; `None` when a text in it was left in the source.
    pub(crate) fn of(fault: ElementRef<'_>, version: Version) -> Option<Self> {
        let mut elements = std::iter::once(fault).chain(fault.descendants());
        let is_whole = elements.all(|element| element.text().to_str().is_some());
        is_whole.then(|| match version {
            Version::V11 => Self::of_v11(fault),
            Version::V12 => Self::of_v12(fault),
        })
    }

    /// The reason in the first of these languages that there is one in, else the first reason. `en` finds `en-GB` too
    /// (basic filtering, RFC 4647 §3.3.1).
    pub fn reason(&self, languages: &[&str]) -> Option<&str> {
        let preferred = languages
            .iter()
            .find_map(|language| self.reasons.iter().find(|reason| reason.is_in(language)));
        preferred
            .or_else(|| self.reasons.first())
            .map(|reason| reason.text.as_str())
    }

    /// The text of the first element of this local name under the detail, in any namespace and at any depth, without
    /// white space around it; `None` if there is no such element.
    pub fn detail_value(&self, local: &str) -> Option<String> {
        let mut detail = self.detail.iter();
        let (_, text) = detail.find(|(name, _)| name == local)?;
        Some(text.clone())
    }

    fn of_v11(fault: ElementRef<'_>) -> Self {
        let part = |local| {
            let mut namespaces = ["", Version::V11.namespace()].into_iter();
            namespaces.find_map(|namespace| child(fault, namespace, local))
        };
        let is_detail = |part: &ElementRef<'_>| {
            part.is("", "detail") || part.is(Version::V11.namespace(), "detail")
        };
        Self {
            version: Version::V11,
            code: part("faultcode").map(FaultCode::of),
            subcodes: Vec::new(),
            reasons: part("faultstring").map(Reason::of).into_iter().collect(),
            actor: part("faultactor").map(trimmed),
            detail: values(fault.children().find(is_detail)),
        }
    }

    fn of_v12(fault: ElementRef<'_>) -> Self {
        let namespace = Version::V12.namespace();
        let part = |local| child(fault, namespace, local);
        let value = |code| child(code, namespace, "Value").map(FaultCode::of);
        let codes = std::iter::successors(part("Code"), |code| child(*code, namespace, "Subcode"));
        let texts = part("Reason").into_iter().flat_map(ElementRef::children);
        let texts = texts.filter(|text| text.is(namespace, "Text"));
        Self {
            version: Version::V12,
            code: part("Code").and_then(value),
            subcodes: codes.skip(1).filter_map(value).collect(),
            reasons: texts.map(Reason::of).collect(),
            actor: part("Role").map(trimmed),
            detail: values(part("Detail")),
        }
    }
}

impl FaultCode {
    fn of(element: ElementRef<'_>) -> Self {
        let text = element.text().to_str().unwrap_or_default();
        match element.resolve_qname(&text) {
            Some((namespace, local)) => Self {
                namespace: Some(namespace.to_owned()),
                local: local.to_owned(),
            },
            None => Self {
                namespace: None,
                local: text.trim().to_owned(),
            },
        }
    }
}

impl Reason {
    /// A reason in one language.
    pub fn new(language: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            language: Some(language.into()),
            text: text.into(),
        }
    }

    fn of(element: ElementRef<'_>) -> Self {
        let language = element.attribute(XML_NAMESPACE, "lang");
        Self {
            language: language.map(Cow::into_owned),
            text: trimmed(element),
        }
    }

    fn is_in(&self, range: &str) -> bool {
        let Some(language) = &self.language else {
            return false;
        };
        let prefix = language.get(..range.len());
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(range))
            && matches!(language.as_bytes().get(range.len()), None | Some(b'-'))
    }
}

/// The first child of that name.
fn child<'d>(parent: ElementRef<'d>, namespace: &str, local: &str) -> Option<ElementRef<'d>> {
    parent.children().find(|child| child.is(namespace, local))
}

/// Its own text without white space around it; all of it is in memory.
fn trimmed(element: ElementRef<'_>) -> String {
    let text = element.text().to_str().unwrap_or_default();
    text.trim().to_owned()
}

/// Local names and texts of all that is below the detail.
fn values(detail: Option<ElementRef<'_>>) -> Vec<(String, String)> {
    let elements = detail.into_iter().flat_map(ElementRef::descendants);
    let value = |element: ElementRef<'_>| (element.local().to_owned(), trimmed(element));
    elements.map(value).collect()
}
