//! What a counterparty says when it refuses or fails.

use canonical_xml::{Element, XML_NAMESPACE};

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
    /// The children of `detail`.
    pub detail: Vec<Element>,
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
    /// Reads a `Fault` element of this version.
    pub(crate) fn from_element(fault: Element, version: Version) -> Self {
        match version {
            Version::V11 => Self::from_v11(fault),
            Version::V12 => Self::from_v12(fault),
        }
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
        self.detail
            .iter()
            .flat_map(|entry| std::iter::once(entry).chain(entry.descendants()))
            .find(|element| element.name().local() == local)
            .map(|element| element.text().trim().to_owned())
    }

    fn from_v11(fault: Element) -> Self {
        let part = |local| {
            let namespaces = ["", Version::V11.namespace()];
            namespaces
                .into_iter()
                .find_map(|namespace| fault.child(namespace, local))
        };
        Self {
            version: Version::V11,
            code: part("faultcode").map(FaultCode::from_element),
            subcodes: Vec::new(),
            reasons: part("faultstring")
                .map(Reason::from_element)
                .into_iter()
                .collect(),
            actor: part("faultactor").map(trimmed),
            detail: entries(fault, |part| {
                part.is("", "detail") || part.is(Version::V11.namespace(), "detail")
            }),
        }
    }

    fn from_v12(fault: Element) -> Self {
        let namespace = Version::V12.namespace();
        let part = |local| fault.child(namespace, local);
        let value = |code: &Element| code.child(namespace, "Value").map(FaultCode::from_element);
        let codes = std::iter::successors(part("Code"), |code| code.child(namespace, "Subcode"));
        let texts = part("Reason")
            .into_iter()
            .flat_map(|reason| reason.children_named(namespace, "Text"));
        Self {
            version: Version::V12,
            code: part("Code").and_then(value),
            subcodes: codes.skip(1).filter_map(value).collect(),
            reasons: texts.map(Reason::from_element).collect(),
            actor: part("Role").map(trimmed),
            detail: entries(fault, |part| part.is(namespace, "Detail")),
        }
    }
}

impl FaultCode {
    /// Whether this is the code `local` of the version's own namespace.
    pub fn is_standard(&self, version: Version, local: &str) -> bool {
        self.local == local && self.namespace.as_deref() == Some(version.namespace())
    }

    fn from_element(element: &Element) -> Self {
        let text = element.text();
        match element.resolve_qname(&text) {
            Some(name) => Self {
                namespace: Some(name.namespace().to_owned()),
                local: name.local().to_owned(),
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

    fn from_element(element: &Element) -> Self {
        Self {
            language: element
                .attribute_ns(XML_NAMESPACE, "lang")
                .map(str::to_owned),
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

fn trimmed(element: &Element) -> String {
    element.text().trim().to_owned()
}

/// The children of the first part of a fault that is wanted, moved out: detail can be large.
fn entries(fault: Element, is_wanted: impl Fn(&Element) -> bool) -> Vec<Element> {
    let wanted = fault.into_children().find(is_wanted);
    wanted
        .map(|detail| detail.into_children().collect())
        .unwrap_or_default()
}
