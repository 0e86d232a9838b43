// SPDX-License-Identifier: Apache-2.0
//! Making a signature in two halves around the key.

use base64_simd::STANDARD;
use canonical_xml::{Element, Pieces, Shared, Sink, WriteError, is_ncname, write};

use crate::algorithm::{EXCLUSIVE_CANONICALIZATION, NAMESPACE, SignatureAlgorithm};
use crate::error::SignError;
use crate::reference::Reference;

/// What a signature shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// How `SignedInfo` is signed. It must fit the key, which this crate never sees.
    pub algorithm: SignatureAlgorithm,
    /// What is signed, at least one.
    pub references: Vec<Reference>,
    /// Certificates in DER, each in an `X509Certificate` of one `X509Data` (XML Signature 1.1 §4.5.4), usually the
    /// signer's first. Without any there is no `KeyInfo`.
    pub certificates: Vec<Vec<u8>>,
    /// The `Id` of the `Signature` element.
    pub id: Option<String>,
    /// The prefix of all its elements; `None` makes the namespace the default one. Usually `ds`.
    pub prefix: Option<String>,
}

impl Signing {
    /// A signature with the prefix `ds`, without `KeyInfo` and without `Id`.
    pub fn new(algorithm: SignatureAlgorithm, references: Vec<Reference>) -> Self {
        Self {
            algorithm,
            references,
            certificates: Vec::new(),
            id: None,
            prefix: Some("ds".to_owned()),
        }
    }
}

/// A signature that lacks only its value.
#[derive(Clone, Debug)]
pub struct Prepared<B> {
    signing: Signing,
    maker: Maker,
    signed_info: Element<B>,
    signed_info_bytes: Vec<u8>,
}

/// Builds and canonicalises `SignedInfo` (XML Signature 1.1 §3.1.2, §4.4).
///
/// # Errors
///
/// [`SignError`], when there is no reference, a target is named twice, a digest has not the length of its algorithm, or
/// an Id, the prefix or a certificate is malformed.
pub fn prepare<B>(signing: Signing) -> Result<Prepared<B>, SignError> {
    check(&signing)?;
    let maker = Maker::new(signing.prefix.as_deref());
    let signed_info = maker
        .element("SignedInfo")
        .with_child(
            maker
                .element("CanonicalizationMethod")
                .with_attribute("Algorithm", EXCLUSIVE_CANONICALIZATION),
        )
        .with_child(
            maker
                .element("SignatureMethod")
                .with_attribute("Algorithm", signing.algorithm.uri()),
        )
        .with_children(
            signing
                .references
                .iter()
                .map(|reference| reference.element(|local| maker.element(local), base64)),
        );
    Ok(Prepared {
        signed_info_bytes: markup(&signed_info)?,
        signing,
        maker,
        signed_info,
    })
}

impl<B> Prepared<B> {
    /// The bytes to sign: `SignedInfo` in canonical form. The signing algorithm hashes them; they are not a digest.
    pub fn signed_info(&self) -> &[u8] {
        &self.signed_info_bytes
    }

    /// The `Signature` element, to be put into the document without change.
    ///
    /// The value is what XML Signature 1.1 prescribes: for RSA the big-endian octets of the signature (§6.4.2), for
    /// ECDSA r and s in equal, fixed length one after the other (§6.4.3), *not* the DER most libraries return.
    /// Whether it is right is not checked, only whether it can be.
    ///
    /// # Errors
    ///
    /// [`SignError::EmptySignature`] and [`SignError::EcdsaLength`].
    pub fn complete(self, signature_value: &[u8]) -> Result<Element<B>, SignError> {
        check_value(self.signing.algorithm, signature_value)?;
        let key_info = (!self.signing.certificates.is_empty()).then(|| self.key_info());
        let mut signature = self.maker.element("Signature");
        if let Some(id) = self.signing.id {
            signature.push_attribute("Id", id);
        }
        signature.push_child(self.signed_info);
        signature.push_child(
            self.maker
                .element("SignatureValue")
                .with_text(base64(signature_value)),
        );
        Ok(signature.with_children(key_info))
    }

    fn key_info(&self) -> Element<B> {
        let certificate =
            |der: &Vec<u8>| self.maker.element("X509Certificate").with_text(base64(der));
        let data = self
            .maker
            .element("X509Data")
            .with_children(self.signing.certificates.iter().map(certificate));
        self.maker.element("KeyInfo").with_child(data)
    }
}

/// Adds `signature` as the last child of `target`, the element that an enveloped reference names: the root for
/// [`Reference::enveloped_root`](crate::Reference::enveloped_root).
///
/// A schema may want the signature elsewhere; any place inside the target will verify.
pub fn insert_enveloped<B>(target: &mut Element<B>, signature: Element<B>) {
    target.push_child(signature);
}

/// Makes elements of the signature namespace that share their prefix.
#[derive(Clone, Debug)]
struct Maker {
    prefix: Shared,
}

impl Maker {
    fn new(prefix: Option<&str>) -> Self {
        Self {
            prefix: prefix.unwrap_or_default().to_owned().into(),
        }
    }

    fn element<B>(&self, local: &'static str) -> Element<B> {
        Element::new(NAMESPACE, local).with_prefix(self.prefix.clone())
    }
}

fn check(signing: &Signing) -> Result<(), SignError> {
    if signing.references.is_empty() {
        return Err(SignError::NoReference);
    }
    for (index, reference) in signing.references.iter().enumerate() {
        reference.check(index)?;
        let mut earlier = signing.references.iter().take(index);
        if earlier.any(|other| other.has_target_of(reference)) {
            return Err(SignError::DuplicateReference { index });
        }
    }
    if signing.id.as_ref().is_some_and(|id| !is_ncname(id)) {
        return Err(SignError::MalformedId);
    }
    if signing
        .prefix
        .as_ref()
        .is_some_and(|prefix| !is_usable_prefix(prefix))
    {
        return Err(SignError::MalformedPrefix);
    }
    match signing.certificates.iter().position(Vec::is_empty) {
        Some(index) => Err(SignError::EmptyCertificate { index }),
        None => Ok(()),
    }
}

/// An NCName that does not begin with the reserved letters (Namespaces in XML 1.0 §3).
fn is_usable_prefix(prefix: &str) -> bool {
    let reserved = prefix
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("xml"));
    is_ncname(prefix) && !reserved
}

fn check_value(algorithm: SignatureAlgorithm, value: &[u8]) -> Result<(), SignError> {
    match value.len() {
        0 => Err(SignError::EmptySignature),
        // Twice the octets of the order of P-256, P-384 and P-521.
        64 | 96 | 132 => Ok(()),
        actual if algorithm.is_ecdsa() => Err(SignError::EcdsaLength { actual }),
        _ => Ok(()),
    }
}

/// The canonical bytes of a tree that holds no blob, whatever blobs its document has.
fn markup<B>(element: &Element<B>) -> Result<Vec<u8>, WriteError> {
    struct Markup(Pieces);
    impl<B> Sink<B> for Markup {
        fn markup(&mut self) -> &mut Pieces {
            &mut self.0
        }

        fn blob(&mut self, _: &B) {}
    }
    let mut sink = Markup(Pieces::with_room(1024));
    write(element, &mut sink)?;
    Ok(sink.0.into_vec())
}

/// Without line breaks: a CR from a careless encoder would be part of the signed text.
fn base64(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}
