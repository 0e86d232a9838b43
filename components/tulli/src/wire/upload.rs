// SPDX-License-Identifier: Apache-2.0
//! Upload: hands one application message over to Customs (guide 2015 pp. 14, 17–18).

use std::borrow::Cow;

use canonical_xml::{Base64Text, Element};
use finnish_ids::BusinessId;
use schemars::JsonSchema;
use serde::Deserialize;
use xml_signature::{
    DigestAlgorithm, Reference, SignatureAlgorithm, Signing, insert_enveloped, prepare,
};

use super::{
    Moment, Profile, Settings, SignatureForm, Value, layout::Maker, settings::not_a_business_id,
    text::check_text,
};

/// Longest reference; shorter ones suit more of Customs' applications (a guess: EDIFACT and Intrastat have 14).
const LONGEST_REFERENCE: usize = 35;

/// Parameters of the operation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UploadParameters {
    /// Business id of the declarant (sanomailmoittaja).
    pub declarant: String,
    /// Customs' application that the message is for, as Customs names it.
    pub application: String,
    /// Control reference of the transmission (lähetyskerran tunnus), 1 to 35 letters, digits, `_` and `-`. Never used before by the
    /// builder. Made when left out.
    #[serde(default)]
    pub reference: Option<String>,
    /// Media type of the application message.
    #[serde(default = "xml")]
    pub content_format: String,
}

/// What building needs from outside.
pub trait Signer {
    /// A handle to bytes that stay in the host.
    type Blob;
    /// Why the host refused.
    type Error;

    /// Digest of an element in canonical form.
    ///
    /// # Errors
    /// When the host does not digest.
    fn digest(
        &mut self,
        algorithm: DigestAlgorithm,
        element: &Element<Self::Blob>,
    ) -> Result<Vec<u8>, Self::Error>;

    /// Signature of the builder over bytes.
    ///
    /// # Errors
    /// When the host does not sign.
    fn sign(&mut self, algorithm: SignatureAlgorithm, bytes: &[u8])
    -> Result<Vec<u8>, Self::Error>;

    /// Certificates of the builder in DER.
    ///
    /// # Errors
    /// When the host has none.
    fn certificates(&mut self) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// Why a message was not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadError<E> {
    /// The profile makes no valid signature or document: its JSON pointer in the settings, and what is wrong.
    Profile(&'static str, String),
    /// The host refused.
    Signer(E),
}

impl UploadParameters {
    /// Judges what types cannot.
    ///
    /// # Errors
    /// The JSON pointer of the first parameter that is wrong, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if BusinessId::parse(&self.declarant).is_err() {
            return Err(("/declarant", not_a_business_id()));
        }
        check_text("/application", &self.application)?;
        check_text("/contentFormat", &self.content_format)?;
        match &self.reference {
            Some(reference) if !is_reference(reference) => Err((
                "/reference",
                format!(
                    "a reference is 1 to {LONGEST_REFERENCE} letters A to Z, a to z, digits, `_` and `-`"
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// Whether a text can be a control reference.
pub fn is_reference(text: &str) -> bool {
    (1..=LONGEST_REFERENCE).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The signed application request (guide 2015 p. 14, steps 2 to 4).
///
/// `content` is the base64 text of the application message.
///
/// # Errors
/// [`UploadError::Profile`] when the profile's names cannot be signed, [`UploadError::Signer`] when the host refuses.
pub fn application_request<S: Signer>(
    settings: &Settings,
    parameters: &UploadParameters,
    (reference, moment): (&str, Moment<'_>),
    content: Base64Text<S::Blob>,
    signer: &mut S,
) -> Result<Element<S::Blob>, UploadError<S::Error>> {
    let profile = &settings.wire;
    let names = &profile.names;
    let namespace = profile.application_request_namespace();
    let maker = Maker::new(&profile.prefixes, namespace, &profile.application_prefix);
    let layout = &profile.layouts.application_request;
    if !layout.is_empty() {
        let facts = (parameters, reference, moment);
        let (request, place) = arranged(settings, &maker, facts, content);
        let content = find_content(profile, &request);
        let digest = content_digest(profile, content, signer)?;
        return signed(profile, (request, place), digest, signer);
    }
    let element = |name: &Cow<'static, str>| maker.element(name.clone());
    let leaf = element(&names.content);
    let content = identified(profile, leaf, content);
    let content_digest = content_digest(profile, Some(&content), signer)?;
    let mut request = element(&names.application_request).with_children([
        element(&names.declarant_business_id).with_text(&parameters.declarant),
        element(&names.message_builder_business_id).with_text(settings.builder()),
        element(&names.message_builder_software_info).with_text(&*settings.software),
        element(&names.application).with_text(&parameters.application),
        element(&names.environment).with_text(&settings.environment),
        element(&names.timestamp).with_text(moment.0),
        maker.leaf(names.reference.clone()).with_text(reference),
    ]);
    let content_format = element(&names.content_format).with_text(&parameters.content_format);
    match &profile.content_wrapper {
        Some(wrapper) => {
            request.push_child(element(wrapper).with_children([content_format, content]))
        }
        None => {
            request.push_child(content_format);
            request.push_child(content);
        }
    }
    signed(profile, (request, None), content_digest, signer)
}

/// The application request as its layout has it, and where the signature stands.
fn arranged<B>(
    settings: &Settings,
    maker: &Maker<'_>,
    (parameters, reference, moment): (&UploadParameters, &str, Moment<'_>),
    content: Base64Text<B>,
) -> (Element<B>, Option<usize>) {
    let profile = &settings.wire;
    let mut content = Some(content);
    let root = maker.element(profile.names.application_request.clone());
    maker.arrange(
        root,
        &profile.layouts.application_request,
        |value, _, leaf| {
            let text: &str = match value {
                Value::Declarant => &parameters.declarant,
                Value::Builder => settings.builder(),
                Value::Intermediary => &settings.intermediary,
                Value::Software => &settings.software,
                Value::Application => &parameters.application,
                Value::Environment => &settings.environment,
                Value::Language => settings.language.code(),
                Value::Timestamp => moment.0,
                Value::Date => moment.0.get(..10)?,
                Value::Reference => reference,
                Value::ContentFormat => &parameters.content_format,
                Value::Content => {
                    return Some(identified(profile, leaf, content.take()?));
                }
                _ => return None,
            };
            Some(leaf.with_text(text))
        },
    )
}

/// The element with the content, by its Id.
fn find_content<'e, B>(profile: &Profile, request: &'e Element<B>) -> Option<&'e Element<B>> {
    request.descendants().find(|element| {
        let mut attributes = element.attributes().iter();
        attributes.any(|attribute| {
            attribute.name().is("", &profile.id_attribute)
                && attribute.value() == profile.content_id
        })
    })
}

/// The element with the content, with an Id where that is what is signed.
fn identified<B>(profile: &Profile, leaf: Element<B>, content: Base64Text<B>) -> Element<B> {
    let mut content = leaf.with_base64(content);
    if profile.signature_form == SignatureForm::ContentById {
        content.push_attribute(profile.id_attribute.clone(), profile.content_id.clone());
    }
    content
}

/// The digest of the content, where that is what is signed.
fn content_digest<S: Signer>(
    profile: &Profile,
    content: Option<&Element<S::Blob>>,
    signer: &mut S,
) -> Result<Option<Vec<u8>>, UploadError<S::Error>> {
    match (profile.signature_form, content) {
        (SignatureForm::ContentById, Some(content)) => signer
            .digest(profile.digest_algorithm.into(), content)
            .map(Some)
            .map_err(UploadError::Signer),
        _ => Ok(None),
    }
}

/// The application request with its signature: before the child of that number, or at the end.
fn signed<S: Signer>(
    profile: &Profile,
    (mut request, place): (Element<S::Blob>, Option<usize>),
    content_digest: Option<Vec<u8>>,
    signer: &mut S,
) -> Result<Element<S::Blob>, UploadError<S::Error>> {
    if profile.signature_form == SignatureForm::EnvelopedById {
        request.push_attribute(
            profile.id_attribute.clone(),
            profile.application_request_id.clone(),
        );
    }
    let digest = match content_digest {
        Some(digest) => digest,
        None => signer
            .digest(profile.digest_algorithm.into(), &request)
            .map_err(UploadError::Signer)?,
    };
    let signature = signature(profile, digest, signer)?;
    match place {
        Some(place) => request.insert_child(place, signature),
        None => insert_enveloped(&mut request, signature),
    }
    Ok(request)
}

/// The builder's signature over the digest of what the profile has signed (guide 2015 pp. 7, 14).
fn signature<S: Signer>(
    profile: &Profile,
    digest: Vec<u8>,
    signer: &mut S,
) -> Result<Element<S::Blob>, UploadError<S::Error>> {
    let algorithm = profile.digest_algorithm.into();
    let reference = match profile.signature_form {
        SignatureForm::ContentById => Reference::by_id(&*profile.content_id, algorithm, digest),
        SignatureForm::EnvelopedRoot => Reference::enveloped_root(algorithm, digest),
        SignatureForm::EnvelopedById => {
            Reference::enveloped_by_id(&*profile.application_request_id, algorithm, digest)
        }
    };
    let method = profile.signature_algorithm.into();
    let mut signing = Signing::new(method, vec![reference]);
    signing.certificates = signer.certificates().map_err(UploadError::Signer)?;
    signing.prefix = Some(profile.signature_prefix.to_string()).filter(|prefix| !prefix.is_empty());
    let not_signable = |error: xml_signature::SignError| {
        UploadError::Profile(
            "/wire",
            format!("the signature cannot be made as the settings have it: {error}"),
        )
    };
    let prepared = prepare(signing).map_err(not_signable)?;
    let value = signer
        .sign(method, prepared.signed_info())
        .map_err(UploadError::Signer)?;
    prepared.complete(&value).map_err(not_signable)
}

fn xml() -> String {
    "application/xml".into()
}
