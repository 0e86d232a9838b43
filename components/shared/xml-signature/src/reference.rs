// SPDX-License-Identifier: Apache-2.0
//! References: what is signed.

use canonical_xml::{Canonicalization, Element, Method, is_ncname};

use crate::algorithm::{DigestAlgorithm, ENVELOPED_SIGNATURE, EXCLUSIVE_CANONICALIZATION};
use crate::error::SignError;
use crate::verify::is_prefix_list;

/// One target with its digest (XML Signature 1.1 §4.4.3).
///
/// The digest is over the target in exclusive canonical form, as [`canonical_xml::write`] writes it on its own, unless
/// [`with_canonicalization`](Self::with_canonicalization) says otherwise; and always without the signature that is
/// being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The Id of the target; `None` is the whole document.
    id: Option<String>,
    enveloped: bool,
    canonicalization: Canonicalization,
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl Reference {
    /// The element that carries this Id, which the signature must *not* be part of. Transform: exclusive
    /// canonicalisation.
    pub fn by_id(
        id: impl Into<String>,
        algorithm: DigestAlgorithm,
        digest: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            id: Some(id.into()),
            enveloped: false,
            canonicalization: Canonicalization::new(Method::Exclusive),
            algorithm,
            digest: digest.into(),
        }
    }

    /// The whole document, `URI=""`, which the signature will be part of. Transforms: enveloped signature, then
    /// exclusive canonicalisation.
    pub fn enveloped_root(algorithm: DigestAlgorithm, digest: impl Into<Vec<u8>>) -> Self {
        Self {
            id: None,
            enveloped: true,
            canonicalization: Canonicalization::new(Method::Exclusive),
            algorithm,
            digest: digest.into(),
        }
    }

    /// The element that carries this Id, which the signature will be part of. Transforms: enveloped signature, then
    /// exclusive canonicalisation.
    pub fn enveloped_by_id(
        id: impl Into<String>,
        algorithm: DigestAlgorithm,
        digest: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            enveloped: true,
            ..Self::by_id(id, algorithm, digest)
        }
    }

    /// The same target, digested in another canonical form: the caller has digested that one. Comments never count in
    /// targets named this way (XML Signature 1.1 §4.4.3.3), even if the algorithm is one that keeps them.
    #[must_use]
    pub fn with_canonicalization(self, canonicalization: Canonicalization) -> Self {
        Self {
            canonicalization,
            ..self
        }
    }

    /// Refuses what cannot be a reference; `index` is only for the error.
    pub(crate) fn check(&self, index: usize) -> Result<(), SignError> {
        if self.id.as_ref().is_some_and(|id| !is_ncname(id)) {
            return Err(SignError::MalformedId);
        }
        if !is_prefix_list(&self.canonicalization.prefix_list) {
            return Err(SignError::MalformedPrefixList { index });
        }
        let (expected, actual) = (self.algorithm.length(), self.digest.len());
        if expected != actual {
            return Err(SignError::DigestLength {
                index,
                expected,
                actual,
            });
        }
        Ok(())
    }

    pub(crate) fn has_target_of(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// The `Reference` element, made with a maker of `ds` elements.
    pub(crate) fn element<B>(
        &self,
        ds: impl Fn(&'static str) -> Element<B>,
        base64: impl Fn(&[u8]) -> String,
    ) -> Element<B> {
        let uri = self
            .id
            .as_ref()
            .map_or_else(String::new, |id| format!("#{id}"));
        let transform = |algorithm| ds("Transform").with_attribute("Algorithm", algorithm);
        let enveloped = self.enveloped.then(|| transform(ENVELOPED_SIGNATURE));
        // Enveloped signature comes first: afterwards there are only bytes, with no signature to take out.
        let transforms = ds("Transforms").with_children(enveloped).with_child(
            transform(self.canonicalization.uri()).with_children(self.inclusive_namespaces()),
        );
        ds("Reference")
            .with_attribute("URI", uri)
            .with_child(transforms)
            .with_child(ds("DigestMethod").with_attribute("Algorithm", self.algorithm.uri()))
            .with_child(ds("DigestValue").with_text(base64(&self.digest)))
    }

    /// The prefixes that are treated as the inclusive method does (Exclusive XML Canonicalization 1.0 §4).
    fn inclusive_namespaces<B>(&self) -> Option<Element<B>> {
        let Canonicalization {
            method,
            prefix_list,
            ..
        } = &self.canonicalization;
        if *method != Method::Exclusive || prefix_list.is_empty() {
            return None;
        }
        let name = |prefix: &String| match prefix.as_str() {
            "" => "#default".to_owned(),
            prefix => prefix.to_owned(),
        };
        let list: Vec<String> = prefix_list.iter().map(name).collect();
        let inclusive = Element::new(EXCLUSIVE_CANONICALIZATION, "InclusiveNamespaces");
        Some(
            inclusive
                .with_prefix("ec")
                .with_attribute("PrefixList", list.join(" ")),
        )
    }
}
