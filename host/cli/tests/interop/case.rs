// SPDX-License-Identifier: Apache-2.0
//! Signatures to be made: what of which document, by which algorithms.

use std::fmt;

use canonical_xml::{Document, ElementRef, Limits};
use xml_signature::{DigestAlgorithm, SignatureAlgorithm};
use xml_testkit::{Key, Kind};

use crate::{
    identity::{Identity, identity},
    shapes::{SHAPES, Shape},
};

/// What is signed, and where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The document, by the empty URI, with the signature in it.
    Document,
    /// The part, by its Id, with the signature in it.
    Within,
    /// The part, by its Id, with the signature elsewhere in the document.
    Beside,
}

/// One signature.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) shape: Shape,
    pub(crate) form: Form,
    pub(crate) key: Kind,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) digest: DigestAlgorithm,
    /// Canonicalisation of `SignedInfo`.
    pub(crate) method: &'static str,
    pub(crate) method_prefixes: &'static str,
    /// Canonicalisation of what is signed; empty for none, which means Canonical XML 1.0.
    pub(crate) transform: &'static str,
    pub(crate) prefixes: &'static str,
}

pub(crate) const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
pub(crate) const C14N_COMMENTS: &str =
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
pub(crate) const C14N11: &str = "http://www.w3.org/2006/12/xml-c14n11";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const EXCLUSIVE_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

const METHODS: [&str; 5] = [C14N, C14N_COMMENTS, C14N11, EXCLUSIVE, EXCLUSIVE_COMMENTS];
const FORMS: [Form; 3] = [Form::Document, Form::Within, Form::Beside];

/// Prefixes of the shapes, one that nothing declares, and the default namespace.
const LISTS: [&str; 2] = ["a,nowhere,z,wsu", "#default,xsd,a"];

impl Case {
    /// A signature by the usual algorithms.
    pub(crate) fn new(shape: Shape, form: Form) -> Self {
        Self {
            shape,
            form,
            key: Kind::Rsa,
            algorithm: SignatureAlgorithm::RsaSha256,
            digest: DigestAlgorithm::Sha256,
            method: EXCLUSIVE,
            method_prefixes: "",
            transform: EXCLUSIVE,
            prefixes: "",
        }
    }

    /// Whose key it is.
    pub(crate) fn identity(&self) -> &'static Identity {
        identity(self.key)
    }

    /// The part of a document of this shape.
    pub(crate) fn part<'d>(&self, document: &'d Document<'d>) -> ElementRef<'d> {
        by_id(document, self.shape.part)
    }

    /// The element that the signature goes into.
    pub(crate) fn holder<'d>(&self, document: &'d Document<'d>) -> ElementRef<'d> {
        match self.place() {
            "" => document.root(),
            id => by_id(document, id),
        }
    }

    /// Whether ours signs that: it canonicalises `SignedInfo` exclusively and always says how it canonicalises, signs with the hash of the
    /// curve, and puts a signature behind an element that is there.
    pub(crate) fn is_ours(&self) -> bool {
        let document = Document::parse(self.shape.text.as_bytes(), &Limits::default()).unwrap();
        self.holder(&document).children().next().is_some()
            && self.method == EXCLUSIVE
            && self.method_prefixes.is_empty()
            && !self.transform.is_empty()
            && Key::kind_for(self.algorithm) == self.key
    }

    /// The Id of the element that the signature goes into; empty for the root.
    fn place(&self) -> &'static str {
        match self.form {
            Form::Document => "",
            Form::Within => self.shape.part,
            Form::Beside => self.shape.beside,
        }
    }

    /// Options for the scripts.
    pub(crate) fn options(&self) -> Vec<String> {
        let reference = match self.form {
            Form::Document => String::new(),
            Form::Within | Form::Beside => format!("#{}", self.shape.part),
        };
        let enveloped = match self.form {
            Form::Document | Form::Within => "yes",
            Form::Beside => "no",
        };
        [
            ("signature", self.algorithm.uri()),
            ("digest", self.digest.uri()),
            ("method", self.method),
            ("method-prefixes", self.method_prefixes),
            ("transform", self.transform),
            ("prefixes", self.prefixes),
            ("enveloped", enveloped),
            ("reference", &reference),
            ("into", self.place()),
        ]
        .map(|(name, value)| format!("{name}={value}"))
        .into()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            shape,
            form,
            key,
            method,
            method_prefixes,
            transform,
            prefixes,
            ..
        } = self;
        let (algorithm, digest) = (self.algorithm.name(), self.digest.name());
        write!(
            f,
            "{} {form:?} {key:?} {algorithm} {digest} {method} ({method_prefixes}) {transform} ({prefixes})",
            shape.name
        )
    }
}

fn by_id<'d>(document: &'d Document<'d>, id: &str) -> ElementRef<'d> {
    let carries = |element: &ElementRef<'d>| {
        let mut attributes = element.attributes();
        attributes.any(|attribute| {
            attribute.local().eq_ignore_ascii_case("id") && attribute.value() == id
        })
    };
    document.elements().find(carries).unwrap()
}

/// Every shape in every form with every method; every algorithm with every key of its kind and every digest; lists of prefixes.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in SHAPES {
        for form in FORMS {
            let case = Case::new(shape, form);
            cases.extend(METHODS.map(|transform| Case {
                transform,
                ..case.clone()
            }));
            cases.extend([C14N, C14N_COMMENTS, C14N11].map(|method| Case {
                method,
                transform: method,
                ..case.clone()
            }));
            cases.push(Case {
                transform: "",
                ..case.clone()
            });
            cases.extend(LISTS.map(|prefixes| Case {
                prefixes,
                ..case.clone()
            }));
            cases.push(Case {
                method_prefixes: LISTS[0],
                prefixes: LISTS[1],
                ..case
            });
        }
    }
    for algorithm in SignatureAlgorithm::ALL {
        for key in Kind::ALL {
            if (key == Kind::Rsa) == algorithm.name().starts_with("rsa") {
                cases.extend(DigestAlgorithm::ALL.map(|digest| Case {
                    key,
                    algorithm,
                    digest,
                    ..Case::new(SHAPES[0], Form::Document)
                }));
            }
        }
    }
    cases
}
