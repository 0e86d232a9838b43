// SPDX-License-Identifier: Apache-2.0
//! Signing messages, in two halves around the key.

use std::time::Duration;

use base64_simd::STANDARD;
use canonical_xml::{Element, Name};
use jiff::Timestamp;
use rfc3339::Moment;
use soap::Version;
use xml_signature::{DigestAlgorithm, Reference, SignatureAlgorithm, UTILITY_NAMESPACE};

use crate::error::{SignError, SignFailure};
use crate::names::{BASE64_BINARY, SECURITY_NAMESPACE, X509_V3};
use crate::timestamp::signed;

/// The prefixes that nearly everybody uses.
const SECURITY_PREFIX: &str = "wsse";
const UTILITY_PREFIX: &str = "wsu";

/// A message to be signed. `B` is the handle of its big texts.
#[derive(Clone, Debug)]
pub struct Outgoing<B> {
    /// The version of its envelope.
    pub version: Version,
    /// Its header blocks, which are not signed; the security header comes before them.
    pub headers: Vec<Element<B>>,
    /// What its body holds.
    pub body: Vec<Element<B>>,
}

/// How a message is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// How `SignedInfo` is signed. It must fit the key, which this crate never sees.
    pub algorithm: SignatureAlgorithm,
    /// How body and timestamp are digested.
    pub digest: DigestAlgorithm,
    /// The signer's certificate in DER, sent along as a `BinarySecurityToken` (X.509 profile §3.1).
    pub certificate: Vec<u8>,
    /// Now. It is sent to the millisecond, beyond which receivers need not understand (WSS §10).
    pub created: Timestamp,
    /// How long from then the message counts, at least a millisecond.
    pub time_to_live: Duration,
    /// What makes the Ids of this message different from all others, such as a UUID: letters, digits, `.`, `_` and `-`.
    pub unique: String,
    /// Whether the security header must be understood.
    pub must_understand: bool,
    /// Whom the security header is for, as an actor (SOAP 1.1) or role (SOAP 1.2); `None` is the receiver at the end.
    pub role: Option<String>,
}

impl Signing {
    /// SHA-256 digests, 60 seconds to live, to be understood by the receiver at the end.
    pub fn new(
        algorithm: SignatureAlgorithm,
        certificate: Vec<u8>,
        created: Timestamp,
        unique: impl Into<String>,
    ) -> Self {
        Self {
            algorithm,
            digest: DigestAlgorithm::Sha256,
            certificate,
            created,
            time_to_live: Duration::from_secs(60),
            unique: unique.into(),
            must_understand: true,
            role: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), SignError> {
        match self.certificate.is_empty() {
            true => Err(SignError::EmptyCertificate),
            false => Ok(()),
        }
    }

    /// The timestamp (WSS §10).
    fn timestamp<B>(&self, id: &str) -> Result<Element<B>, SignError> {
        let time_to_live = signed(self.time_to_live);
        if time_to_live.as_millis() == 0 {
            return Err(SignError::Lifetime);
        }
        let expires = self.created.checked_add(time_to_live);
        let expires = expires.map_err(|_| SignError::Lifetime)?;
        let moment =
            |local, moment| milliseconds(moment).map(|text| utility(local).with_text(text));
        Ok(with_id(utility("Timestamp"), id)
            .with_child(moment("Created", self.created)?)
            .with_child(moment("Expires", expires)?))
    }

    /// The security header, still without its signature (WSS §5, §6.3). The token comes first, so that a reader has it when it is needed.
    pub(crate) fn security<B>(&self, version: Version, ids: &Ids) -> Result<Element<B>, SignError> {
        let token = with_id(security("BinarySecurityToken"), &ids.token)
            .with_attribute("EncodingType", BASE64_BINARY)
            .with_attribute("ValueType", X509_V3)
            .with_text(STANDARD.encode_to_string(&self.certificate));
        let mut header = security("Security");
        let soap = |local| Name::new(version.namespace(), local).with_prefix("soapenv");
        if self.must_understand {
            header.push_qualified_attribute(soap("mustUnderstand"), "1");
        }
        if let Some(role) = &self.role {
            let local = match version {
                Version::V11 => "actor",
                Version::V12 => "role",
            };
            header.push_qualified_attribute(soap(local), role.clone());
        }
        Ok(header
            .with_child(token)
            .with_child(self.timestamp(&ids.timestamp)?))
    }
}

/// A moment to the millisecond, always with three digits of it.
///
/// Not by the library of the moment: what it formats with would be most of the constants of a component, which each instance lays out anew.
fn milliseconds(moment: Timestamp) -> Result<String, SignError> {
    let second = moment.as_millisecond().div_euclid(1000);
    let second = Moment::new(second, 0).ok_or(SignError::Lifetime)?;
    let millisecond = moment.as_millisecond().rem_euclid(1000);
    let text = second.to_string();
    Ok(format!("{}.{millisecond:03}Z", text.trim_end_matches('Z')))
}

/// A signed message that lacks only the signature's value.
#[derive(Clone, Debug)]
pub struct Prepared<B> {
    envelope: Element<B>,
    signature: xml_signature::Prepared<B>,
    key_info: Element<B>,
}

/// Builds the envelope, digests body and timestamp, and builds and canonicalises `SignedInfo`.
///
/// `digest` makes the digest of an element as [`canonical_xml::write`] writes it on its own; big texts in it are the caller's.
///
/// # Errors
///
/// [`SignFailure::Refused`] for what cannot be signed, [`SignFailure::Digest`] for what `digest` says.
pub fn prepare<B, E>(
    message: Outgoing<B>,
    signing: Signing,
    mut digest: impl FnMut(DigestAlgorithm, &Element<B>) -> Result<Vec<u8>, E>,
) -> Result<Prepared<B>, SignFailure<E>> {
    signing.check()?;
    let ids = Ids::new(&signing.unique);
    check_content(&message, &ids)?;
    let Outgoing {
        version,
        headers,
        body,
    } = message;
    let security = signing.security(version, &ids)?;
    let headers = std::iter::once(security).chain(headers).collect();
    let mut envelope = soap::envelope(version, headers, body);
    for part in envelope.children_mut() {
        if part.is(version.namespace(), "Body") {
            part.push_qualified_attribute(id_name(), ids.body.clone());
        }
    }
    let mut references = Vec::with_capacity(2);
    for (id, element) in signed_parts(&envelope, &ids) {
        let value = digest(signing.digest, element).map_err(SignFailure::Digest)?;
        references.push(Reference::by_id(id, signing.digest, value));
    }
    let signature = xml_signature::Signing {
        id: Some(ids.signature.clone()),
        ..xml_signature::Signing::new(signing.algorithm, references)
    };
    Ok(Prepared {
        envelope,
        signature: xml_signature::prepare(signature).map_err(SignError::from)?,
        key_info: key_info(&ids.token),
    })
}

impl<B> Prepared<B> {
    /// The bytes to sign; see [`xml_signature::Prepared::signed_info`].
    pub fn signed_info(&self) -> &[u8] {
        self.signature.signed_info()
    }

    /// The envelope to send. The value is as [`xml_signature::Prepared::complete`] takes it.
    ///
    /// # Errors
    ///
    /// [`SignError::Signature`] with [`EmptySignature`](xml_signature::SignError::EmptySignature) or
    /// [`EcdsaLength`](xml_signature::SignError::EcdsaLength).
    pub fn complete(mut self, signature_value: &[u8]) -> Result<Element<B>, SignError> {
        let mut signature = self.signature.complete(signature_value)?;
        signature.push_child(self.key_info);
        // The first block of the header is the one that was made here.
        let header = self.envelope.children_mut().next();
        if let Some(security) = header.and_then(|header| header.children_mut().next()) {
            security.push_child(signature);
        }
        Ok(self.envelope)
    }
}

/// The Ids of one message: all different, and each a name whatever it is made from begins with.
pub(crate) struct Ids {
    pub(crate) token: String,
    pub(crate) timestamp: String,
    pub(crate) body: String,
    pub(crate) signature: String,
}

impl Ids {
    pub(crate) fn new(unique: &str) -> Self {
        Self {
            token: format!("X509-{unique}"),
            timestamp: format!("TS-{unique}"),
            body: format!("id-{unique}"),
            signature: format!("SIG-{unique}"),
        }
    }

    pub(crate) fn all(&self) -> [&str; 4] {
        [&self.token, &self.timestamp, &self.body, &self.signature]
    }
}

/// What is signed, with its Id: the timestamp, which is the only such element directly in the first header block, and the body.
fn signed_parts<'a, B>(
    envelope: &'a Element<B>,
    ids: &'a Ids,
) -> impl Iterator<Item = (&'a str, &'a Element<B>)> {
    let header = envelope.children().next();
    let security = header.and_then(|header| header.children().next());
    let timestamp = security.and_then(|security| security.child(UTILITY_NAMESPACE, "Timestamp"));
    let timestamp = timestamp.map(|element| (ids.timestamp.as_str(), element));
    let body = envelope.children().next_back();
    let body = body.map(|element| (ids.body.as_str(), element));
    timestamp.into_iter().chain(body)
}

/// Refuses what would make the message ambiguous: a second security header, an Id that is one of ours.
fn check_content<B>(message: &Outgoing<B>, ids: &Ids) -> Result<(), SignError> {
    let is_security = |block: &Element<B>| block.is(SECURITY_NAMESPACE, "Security");
    if message.headers.iter().any(is_security) {
        return Err(SignError::SecurityPresent);
    }
    let ids = ids.all();
    let carries = |element: &Element<B>| {
        let mut attributes = element.attributes().iter();
        attributes.any(|attribute| ids.contains(&attribute.value()))
    };
    let content = message.headers.iter().chain(&message.body);
    let mut elements = content.flat_map(|root| std::iter::once(root).chain(root.descendants()));
    match elements.any(carries) {
        true => Err(SignError::IdNotUnique),
        false => Ok(()),
    }
}

/// Names the token by its Id (WSS §7.2; X.509 profile §3.2.1).
pub(crate) fn key_info<B>(token: &str) -> Element<B> {
    let reference = security("Reference")
        .with_attribute("URI", format!("#{token}"))
        .with_attribute("ValueType", X509_V3);
    Element::new(xml_signature::NAMESPACE, "KeyInfo")
        .with_prefix("ds")
        .with_child(security("SecurityTokenReference").with_child(reference))
}

fn security<B>(local: &'static str) -> Element<B> {
    Element::new(SECURITY_NAMESPACE, local).with_prefix(SECURITY_PREFIX)
}

fn utility<B>(local: &'static str) -> Element<B> {
    Element::new(UTILITY_NAMESPACE, local).with_prefix(UTILITY_PREFIX)
}

fn id_name() -> Name {
    Name::new(UTILITY_NAMESPACE, "Id").with_prefix(UTILITY_PREFIX)
}

fn with_id<B>(element: Element<B>, id: &str) -> Element<B> {
    element.with_qualified_attribute(id_name(), id.to_owned())
}
