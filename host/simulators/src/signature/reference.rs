// SPDX-License-Identifier: Apache-2.0
//! The reference: where it leads, and whether the digest agrees.

use std::collections::HashSet;

use aws_lc_rs::digest;
use roxmltree::Node;

use super::SignatureError;
use crate::xml::{Form, canonical};

/// The three forms of an Upload's signature that a receiver has to expect as long as the
/// technical guide's chapter 11 is not at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureForm {
    /// `URI="#id"` of the Content element; canonicalisation.
    ContentById,
    /// `URI=""`; enveloped-signature, then canonicalisation.
    EnvelopedRoot,
    /// `URI="#id"` of the root element; enveloped-signature, then canonicalisation.
    EnvelopedById,
}

pub(super) struct Reference<'a> {
    pub(super) uri: &'a str,
    pub(super) enveloped: bool,
    pub(super) form: Form<'a>,
    pub(super) digest_algorithm: &'static digest::Algorithm,
    pub(super) digest: Vec<u8>,
}

impl Reference<'_> {
    pub(super) fn check(
        &self,
        signature: Node<'_, '_>,
        content: Node<'_, '_>,
    ) -> Result<SignatureForm, SignatureError> {
        let root = content.document().root_element();
        check_ids_are_unique(root)?;
        let (form, target) = match (self.uri.strip_prefix('#'), self.enveloped) {
            (Some(id), false) if has_id(content, id) => (SignatureForm::ContentById, content),
            (Some(id), true) if has_id(root, id) => (SignatureForm::EnvelopedById, root),
            (None, true) if self.uri.is_empty() => {
                (SignatureForm::EnvelopedRoot, content.document().root())
            }
            _ => return Err(SignatureError::Target),
        };
        let without = self.enveloped.then(|| signature.id());
        let covered = canonical(target, &self.form, without);
        let actual = digest::digest(self.digest_algorithm, covered.as_bytes());
        if actual.as_ref() != self.digest {
            return Err(SignatureError::Digest);
        }
        Ok(form)
    }
}

/// Without a schema any of these may be an identifier to some reader, so a value must be unique
/// over all of them.
const ID_NAMES: [&str; 3] = ["Id", "ID", "id"];

fn ids<'a>(element: Node<'a, 'a>) -> impl Iterator<Item = &'a str> {
    element
        .attributes()
        .filter(|attribute| ID_NAMES.contains(&attribute.name()))
        .map(|attribute| attribute.value())
}

fn has_id(element: Node<'_, '_>, id: &str) -> bool {
    ids(element).any(|value| value == id)
}

fn check_ids_are_unique(root: Node<'_, '_>) -> Result<(), SignatureError> {
    let mut seen = HashSet::new();
    let all_new = root.descendants().flat_map(ids).all(|id| seen.insert(id));
    all_new.then_some(()).ok_or(SignatureError::DuplicateId)
}
