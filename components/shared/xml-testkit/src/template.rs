// SPDX-License-Identifier: Apache-2.0
//! Signing of text that somebody wrote by hand: the signature is there, only digests and value are empty.
//!
//! Deliberately apart from the code under test, and deliberately lenient: it signs what a verifier has to refuse.

use std::ops::Range;

use canonical_xml::{Canonicalization, Document, ElementRef, Limits, Method, Subset, canonicalize};
use xml_signature::{
    DigestAlgorithm, ENVELOPED_SIGNATURE, NAMESPACE, VerificationAlgorithm, VerificationDigest,
};

use super::backend::digest;
use super::key::Key;

/// Exclusive canonicalisation.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Canonical XML 1.0.
pub const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

/// The transform that decodes base64.
pub const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";

/// The text of a `ds:Signature` whose digests and value are empty. Every part can be replaced by what does not belong
/// there.
pub struct Template {
    /// What stands in `CanonicalizationMethod/@Algorithm`.
    pub canonicalization: String,
    /// What stands in `SignatureMethod/@Algorithm`.
    pub algorithm: String,
    /// The text of the references.
    pub references: String,
    /// The text of `KeyInfo`, or nothing.
    pub key_info: String,
    /// What follows: `Object`s.
    pub objects: String,
}

impl Template {
    /// A signature with the usual algorithm and the certificate of `key`, still without references.
    pub fn new(key: &Key) -> Self {
        Self {
            canonicalization: EXCLUSIVE.to_owned(),
            algorithm: key.usual_algorithm().uri().to_owned(),
            references: String::new(),
            key_info: key_info(&[&key.certificate]),
            objects: String::new(),
        }
    }

    /// An enveloped signature of the whole document.
    pub fn enveloped(key: &Key) -> Self {
        Self::new(key).reference("", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
    }

    /// Adds a reference with SHA-256; without transforms there is no `Transforms`.
    pub fn reference(self, uri: &str, transforms: &[&str]) -> Self {
        let transforms: String = transforms
            .iter()
            .map(|uri| format!("<ds:Transform Algorithm=\"{uri}\"/>"))
            .collect();
        self.reference_with(uri, &transforms)
    }

    /// Adds a reference with SHA-256 and this text in `Transforms`.
    pub fn reference_with(mut self, uri: &str, transforms: &str) -> Self {
        let transforms = match transforms {
            "" => String::new(),
            some => format!("<ds:Transforms>{some}</ds:Transforms>"),
        };
        self.references.push_str(&format!(
            "<ds:Reference URI=\"{uri}\">{transforms}\
             <ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue/></ds:Reference>",
            DigestAlgorithm::Sha256.uri()
        ));
        self
    }

    /// The text of the element.
    pub fn text(&self) -> String {
        format!(
            "<ds:Signature xmlns:ds=\"{NAMESPACE}\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{}\"/><ds:SignatureMethod Algorithm=\"{}\"/>{}</ds:SignedInfo>\
             <ds:SignatureValue/>{}{}</ds:Signature>",
            self.canonicalization, self.algorithm, self.references, self.key_info, self.objects
        )
    }
}

/// A `ds:KeyInfo` with these certificates.
pub fn key_info(certificates: &[&[u8]]) -> String {
    let certificates: String = certificates
        .iter()
        .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", encode(der)))
        .collect();
    format!("<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>")
}

/// Fills every empty digest and signature value in a text, inner signatures first.
///
/// What a reference names is the first element with such an Id in any attribute of such a name; what nobody can find or
/// transform is digested as nothing. Algorithms that are not known are taken for the usual ones of the key.
pub fn sign(text: &str, key: &Key) -> String {
    sign_with(text, key).expect("`openssl` signs with SHA-1")
}

/// The same; `None` if the signature is with SHA-1 and there is no program to make it.
pub fn sign_with(text: &str, key: &Key) -> Option<String> {
    let mut text = text.to_owned();
    while let Some((range, filled)) = next_filled(&text, key)? {
        text.replace_range(range, &filled);
    }
    Some(text)
}

/// The next empty element and what to put for it.
fn next_filled(text: &str, key: &Key) -> Option<Option<(Range<usize>, String)>> {
    let limits = Limits {
        bytes: text.len(),
        ..Limits::default()
    };
    let document = Document::parse(text.as_bytes(), &limits).unwrap();
    let signatures = document
        .elements()
        .filter(|element| element.is(NAMESPACE, "Signature"));
    // Those inside others come later in the document and are digested by the outer ones.
    for signature in signatures.collect::<Vec<_>>().into_iter().rev() {
        let empty = |element: &ElementRef<'_>, local| {
            element.is(NAMESPACE, local) && element.text().is_blank()
        };
        let mut elements = signature.descendants();
        if let Some(value) = elements.find(|element| empty(element, "DigestValue")) {
            let digest = reference_digest(&document, signature, value.parent().unwrap());
            return Some(Some(filled(text, value, &digest)));
        }
        let mut children = signature.children();
        if let Some(value) = children.find(|element| empty(element, "SignatureValue")) {
            let octets = signature_value(signature, key)?;
            return Some(Some(filled(text, value, &octets)));
        }
    }
    Some(None)
}

/// The range of an empty element, and its text with a value in it; attributes stay.
fn filled(text: &str, element: ElementRef<'_>, value: &[u8]) -> (Range<usize>, String) {
    let name = match element.prefix() {
        "" => element.local().to_owned(),
        prefix => format!("{prefix}:{}", element.local()),
    };
    let span = element.span();
    let range = usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap();
    let (start, _) = text[range.clone()].split_once('>').unwrap();
    let start = start.trim_end_matches('/');
    (range, format!("{start}>{}</{name}>", encode(value)))
}

fn reference_digest(
    document: &Document<'_>,
    signature: ElementRef<'_>,
    reference: ElementRef<'_>,
) -> Vec<u8> {
    let method = child(reference, "DigestMethod").map(algorithm_of);
    let method = method.as_deref().and_then(VerificationDigest::from_uri);
    let method = method.unwrap_or(VerificationDigest::Current(DigestAlgorithm::Sha256));
    let octets = octets(document, signature, reference).unwrap_or_default();
    digest(method, &octets)
}

fn octets(
    document: &Document<'_>,
    signature: ElementRef<'_>,
    reference: ElementRef<'_>,
) -> Option<Vec<u8>> {
    let uri = reference.attribute("", "URI")?;
    let pointer = uri
        .strip_prefix("#xpointer(")
        .map(|rest| rest.trim_end_matches(')'));
    let id = match pointer {
        Some("/") => None,
        Some(id) => Some(
            id.strip_prefix("id(")?
                .trim_matches(|quote| matches!(quote, '\'' | '"')),
        ),
        None => uri.strip_prefix('#'),
    };
    let mut subset = match id {
        Some(id) => Subset::element(document.elements().find(|element| carries(*element, id))?),
        None if uri.is_empty() || pointer.is_some() => Subset::document(document),
        None => return None,
    };
    if pointer.is_none() {
        subset = subset.without_comments();
    }
    let mut how = Canonicalization::new(Method::Inclusive);
    let transforms = child(reference, "Transforms");
    for transform in transforms.into_iter().flat_map(ElementRef::children) {
        let uri = algorithm_of(transform);
        if uri == ENVELOPED_SIGNATURE {
            subset = subset.without(signature);
        } else if uri == BASE64 {
            return decode(&subset.top().text().to_str()?);
        } else {
            how = canonicalization(transform)?;
        }
    }
    let mut octets = Vec::new();
    canonicalize(&subset, &how, &mut octets).ok()?;
    Some(octets)
}

fn signature_value(signature: ElementRef<'_>, key: &Key) -> Option<Vec<u8>> {
    let signed_info = child(signature, "SignedInfo");
    let how = signed_info.and_then(|info| child(info, "CanonicalizationMethod"));
    let how = how.and_then(canonicalization);
    let how = how.unwrap_or_else(|| Canonicalization::new(Method::Exclusive));
    let mut octets = Vec::new();
    if let Some(signed_info) = signed_info {
        // No canonical form, no signature: a verifier gets no further than that.
        let _ = canonicalize(&Subset::element(signed_info), &how, &mut octets);
    }
    let method = signed_info.and_then(|info| child(info, "SignatureMethod"));
    let method = method.map(algorithm_of);
    let method = method.as_deref().and_then(VerificationAlgorithm::from_uri);
    let usual = VerificationAlgorithm::Current(key.usual_algorithm());
    key.sign_as(method.unwrap_or(usual), &octets)
}

fn canonicalization(method: ElementRef<'_>) -> Option<Canonicalization> {
    let how = Canonicalization::from_uri(&algorithm_of(method))?;
    let list = method.children().next();
    let list = list.and_then(|inclusive| inclusive.attribute("", "PrefixList"));
    Some(how.with_prefix_list(&list.unwrap_or_default()))
}

fn carries(element: ElementRef<'_>, id: &str) -> bool {
    let is_id = |local| matches!(local, "Id" | "ID" | "id" | "AssertionID");
    element
        .attributes()
        .any(|attribute| is_id(attribute.local()) && attribute.value() == id)
}

fn child<'d>(parent: ElementRef<'d>, local: &str) -> Option<ElementRef<'d>> {
    parent.children().find(|child| child.is(NAMESPACE, local))
}

fn algorithm_of(method: ElementRef<'_>) -> String {
    method
        .attribute("", "Algorithm")
        .unwrap_or_default()
        .into_owned()
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let dense: String = text.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(dense).ok()
}
