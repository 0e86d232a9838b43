// SPDX-License-Identifier: Apache-2.0
//! Signing an envelope that is there already: first what it lacks is put in, then its parts are signed.

use std::ops::Range;

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Encoding, NoBlob, to_bytes,
};
use soap::Envelope;
use xml_signature::{
    CanonicalForm, DigestAlgorithm, DocumentSigning, Place, PreparedDocument, Target,
    UTILITY_NAMESPACE, elements_with_id,
};

use crate::error::{SignError, SignFailure};
use crate::security::is_security;
use crate::sign::{Ids, Signing, key_info};

/// A change of a document: this text instead of these bytes of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes it replaces, none where something is only put in.
    pub range: Range<u64>,
    /// What goes there.
    pub text: String,
}

/// What an envelope lacks before it can be signed, in rising order: the security header with token and timestamp, as the first block, and an
/// Id of the body that has none. All other bytes stay what they are.
///
/// # Errors
///
/// [`SignError`], when it is no envelope, not in UTF-8, has a security header for that receiver, or an Id made here occurs in it.
pub fn secure(document: &Document<'_>, signing: &Signing) -> Result<Vec<Edit>, SignError> {
    signing.check()?;
    let encoding = document.encoding();
    if encoding != Encoding::Utf8 {
        return Err(xml_signature::SignError::Encoding { encoding }.into());
    }
    let envelope = Envelope::of(document).map_err(SignError::Envelope)?;
    // The ultimate receiver has several names, and none.
    let is_for_them = |block: ElementRef<'_>| match &signing.role {
        None => envelope.is_for_us(block, &[]),
        Some(role) => envelope.role(block) == *role,
    };
    let mut blocks = envelope.blocks().iter();
    if blocks.any(|block| is_security(block) && is_for_them(*block)) {
        return Err(SignError::SecurityPresent);
    }
    let ids = Ids::new(&signing.unique);
    let occurs = |id: &str| elements_with_id(document, id).next().is_some();
    if ids.all().into_iter().any(occurs) {
        return Err(SignError::IdNotUnique);
    }
    let security = signing.security::<NoBlob>(envelope.version(), &ids)?;
    let security = to_bytes(&security).map_err(xml_signature::SignError::from)?;
    let security = String::from_utf8_lossy(&security);
    let body = envelope.body();
    let edits = [
        Some(header(document.root(), body, &security)),
        body_id(body, &ids.body),
    ];
    Ok(edits.into_iter().flatten().collect())
}

/// The header with the security header in it, or only that where there is a header.
fn header(root: ElementRef<'_>, body: ElementRef<'_>, security: &str) -> Edit {
    let colon = |prefix: &str| match prefix {
        "" => String::new(),
        prefix => format!("{prefix}:"),
    };
    let Some(header) = root.children().find(|part| *part != body) else {
        let name = format!("{}Header", colon(root.prefix()));
        let start = body.span().start;
        return Edit {
            range: start..start,
            text: format!("<{name}>{security}</{name}>"),
        };
    };
    match header.content_span() {
        Some(content) => Edit {
            range: content.start..content.start,
            text: security.to_owned(),
        },
        None => {
            let end = header.span().end;
            Edit {
                range: end - "/>".len() as u64..end,
                text: format!(">{security}</{}Header>", colon(header.prefix())),
            }
        }
    }
}

/// An Id for a body that has none, after its name. The prefix is declared along with it, unless it is already.
fn body_id(body: ElementRef<'_>, id: &str) -> Option<Edit> {
    let mut attributes = body.attributes();
    if attributes.any(xml_signature::is_id) {
        return None;
    }
    let numbered = (1..).map(|number| format!("wsu{number}"));
    let prefix = std::iter::once("wsu".to_owned())
        .chain(numbered)
        .find(|prefix| {
            let bound = body.resolve_prefix(prefix);
            bound.is_none_or(|namespace| namespace == UTILITY_NAMESPACE)
        })?;
    let declaration = match body.resolve_prefix(&prefix) {
        Some(_) => String::new(),
        None => format!(" xmlns:{prefix}=\"{UTILITY_NAMESPACE}\""),
    };
    let colon = usize::from(!body.prefix().is_empty());
    let name = body.prefix().len() + colon + body.local().len();
    let after = body.span().start + "<".len() as u64 + name as u64;
    Some(Edit {
        range: after..after,
        text: format!("{declaration} {prefix}:Id=\"{id}\""),
    })
}

/// Digests timestamp, token and body of an envelope with what [`secure`] puts in, and builds and canonicalises `SignedInfo`. The signature goes
/// behind the timestamp.
///
/// `digest` is as [`xml_signature::prepare_document`] has it.
///
/// # Errors
///
/// [`SignFailure::Refused`] for what cannot be signed, [`SignError::NotSecured`] among it; [`SignFailure::Digest`] for what `digest` says.
pub fn prepare_envelope<E>(
    document: &Document<'_>,
    signing: &Signing,
    canonicalization: &Canonicalization,
    digest: impl FnMut(
        DigestAlgorithm,
        CanonicalForm<'_>,
    ) -> Result<Result<Vec<u8>, CanonicalizeError>, E>,
) -> Result<PreparedDocument, SignFailure<E>> {
    let envelope = Envelope::of(document).map_err(SignError::Envelope)?;
    let ids = Ids::new(&signing.unique);
    let find = |id: &str| {
        let found = elements_with_id(document, id).next();
        found.ok_or(SignError::NotSecured)
    };
    let (token, timestamp) = (find(&ids.token)?, find(&ids.timestamp)?);
    let security = timestamp.parent().ok_or(SignError::NotSecured)?;
    let target = |element| {
        Target::element(element, signing.digest).with_canonicalization(canonicalization.clone())
    };
    let signing = DocumentSigning {
        targets: [timestamp, token, envelope.body()].map(target).to_vec(),
        place: Place::LastIn(security),
        key_info: Some(key_info(&ids.token)),
        id: Some(ids.signature.clone()),
        ..DocumentSigning::new(document, signing.algorithm)
    };
    xml_signature::prepare_document(signing, digest).map_err(|failure| match failure {
        xml_signature::SignFailure::Refused(error) => SignError::from(error).into(),
        xml_signature::SignFailure::Digest(error) => SignFailure::Digest(error),
    })
}
