// SPDX-License-Identifier: Apache-2.0
//! Signing a document that is there already, without touching a byte of it.

mod insertion;
mod target;

use canonical_xml::{CanonicalizeError, Document, Element, ElementRef, Encoding, NoBlob, to_bytes};

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use crate::error::{SignError, SignFailure};
use crate::sign::{Prepared, Signing, prepare};
use crate::verify::CanonicalForm;

pub use insertion::{Insertion, Place};
pub use target::Target;

/// What a signature in an existing document shall be.
#[derive(Clone, Debug)]
pub struct DocumentSigning<'d> {
    /// The document.
    pub document: &'d Document<'d>,
    /// What of it is signed, at least one part.
    pub targets: Vec<Target<'d>>,
    /// Where the `Signature` goes. A target around that place gets the enveloped-signature transform.
    pub place: Place<'d>,
    /// How `SignedInfo` is signed. It must fit the key, which this crate never sees.
    pub algorithm: SignatureAlgorithm,
    /// Certificates in DER, as in [`Signing::certificates`].
    pub certificates: Vec<Vec<u8>>,
    /// `KeyInfo` instead of one of the certificates, such as a reference to a token.
    pub key_info: Option<Element<NoBlob>>,
    /// The `Id` of the `Signature` element.
    pub id: Option<String>,
    /// The prefix of its elements, as in [`Signing::prefix`].
    pub prefix: Option<String>,
}

impl<'d> DocumentSigning<'d> {
    /// A signature of the whole document as the last element in its root, with the prefix `ds`, without `KeyInfo` and
    /// `Id`.
    pub fn new(document: &'d Document<'d>, algorithm: SignatureAlgorithm) -> Self {
        Self {
            document,
            targets: vec![Target::document(DigestAlgorithm::Sha256)],
            place: Place::LastIn(document.root()),
            algorithm,
            certificates: Vec::new(),
            key_info: None,
            id: None,
            prefix: Some("ds".to_owned()),
        }
    }
}

/// A signature of an existing document that lacks only its value.
#[derive(Clone, Debug)]
pub struct PreparedDocument {
    prepared: Prepared<NoBlob>,
    key_info: Option<Element<NoBlob>>,
    offset: u64,
}

/// Digests the targets, and builds and canonicalises `SignedInfo` (XML Signature 1.1 §3.1).
///
/// `digest` makes the digest of a canonical form, as [`Backend::digest`](crate::Backend::digest) does: the inner error is
/// that of [`CanonicalForm::write`], the outer one that of the backend.
///
/// # Errors
///
/// [`SignFailure::Refused`] for what cannot be signed, [`SignFailure::Digest`] for what `digest` says.
pub fn prepare_document<E>(
    signing: DocumentSigning<'_>,
    mut digest: impl FnMut(
        DigestAlgorithm,
        CanonicalForm<'_>,
    ) -> Result<Result<Vec<u8>, CanonicalizeError>, E>,
) -> Result<PreparedDocument, SignFailure<E>> {
    let DocumentSigning {
        document, place, ..
    } = signing;
    check_elements(&signing)?;
    let (offset, parent) = place.resolve()?;
    let ids = target::ids(document, &signing.targets)?;
    let mut references = Vec::with_capacity(ids.len());
    for (index, (target, id)) in signing.targets.iter().zip(ids).enumerate() {
        let form = CanonicalForm {
            subset: target.subset(document).without_comments(),
            how: &target.canonicalization,
        };
        let value = digest(target.digest, form).map_err(SignFailure::Digest)?;
        let value = value.map_err(|error| SignError::Canonicalization { index, error })?;
        references.push(target.reference(id, parent, value));
    }
    let key_info = signing.key_info;
    let signing = Signing {
        algorithm: signing.algorithm,
        references,
        certificates: match key_info {
            Some(_) => Vec::new(),
            None => signing.certificates,
        },
        id: signing.id,
        prefix: signing.prefix,
    };
    let prepared = prepare(signing)?;
    Ok(PreparedDocument {
        prepared,
        key_info,
        offset,
    })
}

impl PreparedDocument {
    /// The bytes to sign; see [`Prepared::signed_info`].
    pub fn signed_info(&self) -> &[u8] {
        self.prepared.signed_info()
    }

    /// What to put into the document, and where. The value is as [`Prepared::complete`] takes it.
    ///
    /// # Errors
    ///
    /// [`SignError::EmptySignature`] and [`SignError::EcdsaLength`].
    pub fn complete(self, signature_value: &[u8]) -> Result<Insertion, SignError> {
        let signature = self.prepared.complete(signature_value)?;
        let signature = signature.with_children(self.key_info);
        Ok(Insertion {
            offset: self.offset,
            signature: to_bytes(&signature)?,
        })
    }
}

/// Refuses elements of other documents: their offsets would mean nothing in this one.
fn check_elements(signing: &DocumentSigning<'_>) -> Result<(), SignError> {
    let encoding = signing.document.encoding();
    if encoding != Encoding::Utf8 {
        return Err(SignError::Encoding { encoding });
    }
    let root = signing.document.root();
    let is_ours = |element: ElementRef<'_>| root == element || root.contains(element);
    let targets = signing.targets.iter().filter_map(Target::as_element);
    let mut elements = targets.chain([signing.place.element()]);
    match elements.all(is_ours) {
        true => Ok(()),
        false => Err(SignError::ForeignElement),
    }
}
