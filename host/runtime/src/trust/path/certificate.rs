// SPDX-License-Identifier: Apache-2.0
//! A certificate as it was shown: what it says, believed by nobody yet.

use super::{
    error::{IdentifyError, rule},
    extensions::{ExtensionFault, Extensions, MOST_EXTENSIONS, MOST_POLICIES, key_usage},
    name::NameField,
    signed::Signed,
};
use crate::{
    names::identifier,
    trust::der::{
        self, BIT_STRING, Fields, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, constructed, primitive,
    },
};

/// A certificate in parts (RFC 5280 §4.1).
#[derive(Debug)]
pub(crate) struct Certificate<'a> {
    /// All of it.
    pub(crate) der: &'a [u8],
    /// Content of the serial number's INTEGER.
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: NameField<'a>,
    pub(crate) subject: NameField<'a>,
    /// First and last second of validity, since 1970.
    pub(crate) validity: (i64, i64),
    /// SubjectPublicKeyInfo as DER.
    pub(crate) key_info: &'a [u8],
    /// From 1.
    version: u8,
    pub(super) signed: Signed<'a>,
    /// The signature algorithm as in what is signed; the one beside the signature has to be the same.
    algorithm: &'a [u8],
    extensions: Result<Extensions<'a>, ExtensionFault<'a>>,
}

impl<'a> Certificate<'a> {
    /// Reads the certificate that is the whole of `der`. Whether its extensions can be read is asked when they count.
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let signed = Signed::read(der)?;
        let mut fields = Fields::within(signed.content, SEQUENCE)?;
        let version = match fields.next_if(constructed(0)) {
            Some(version) => version_of(version.content)?,
            None => 1,
        };
        let serial = fields.expect(INTEGER)?;
        let algorithm = fields.expect(SEQUENCE)?;
        let issuer = fields.next_if(SEQUENCE)?.whole;
        let mut validity = Fields::of(fields.expect(SEQUENCE)?);
        let first = der::time(validity.next()?)?;
        let last = der::time(validity.next()?)?;
        validity.end()?;
        let subject = fields.next_if(SEQUENCE)?.whole;
        let key_info = fields.next_if(SEQUENCE)?.whole;
        is_key_info(key_info)?;
        // Unique identifiers: old, and of no meaning to anybody (§4.1.2.8).
        fields.next_if(primitive(1));
        fields.next_if(primitive(2));
        let extensions = fields.next_if(constructed(3));
        fields.end()?;
        let extensions = match extensions {
            Some(_) if version != 3 => Err(ExtensionFault::Unreadable),
            Some(extensions) => Extensions::read(extensions.content),
            None => Ok(Extensions::default()),
        };
        Some(Self {
            der,
            serial: (!serial.is_empty()).then_some(serial)?,
            issuer: NameField::of(issuer),
            subject: NameField::of(subject),
            validity: (first, last),
            key_info,
            version,
            signed,
            algorithm,
            extensions,
        })
    }

    /// What its extensions say, or why that cannot be judged.
    pub(crate) fn extensions(&self) -> Result<&Extensions<'a>, IdentifyError> {
        self.extensions.as_ref().map_err(|fault| match *fault {
            ExtensionFault::Unreadable => {
                rule("extensions that cannot be read, or that its version does not have")
            }
            ExtensionFault::Crowded => IdentifyError::Unsupported(format!(
                "more than {MOST_EXTENSIONS} extensions in one certificate"
            )),
            ExtensionFault::Malformed(oid) => IdentifyError::NotAcceptable(format!(
                "the extension {} in a form that RFC 5280 does not know",
                identifier(oid)
            )),
            ExtensionFault::Twice(oid) => IdentifyError::NotAcceptable(format!(
                "an extension that occurs twice: {}",
                identifier(oid)
            )),
            ExtensionFault::TooMany(oid) => IdentifyError::Unsupported(format!(
                "the extension {} with more than {} entries",
                identifier(oid),
                MOST_POLICIES
            )),
        })
    }

    /// Whether it says that it is an authority's.
    pub(crate) fn is_authority(&self) -> bool {
        let extensions = self.extensions.as_ref();
        extensions.is_ok_and(|extensions| extensions.is_authority)
    }

    /// Whether it is a root of version 1, which has no extensions to say that it is an authority's: who configures it says so.
    pub(super) fn is_old_root(&self) -> bool {
        self.version == 1 && self.issuer.der == self.subject.der
    }

    /// Whether its key usage, if it has one, has any of these bits (§4.2.1.3: without it a key may be used for anything).
    pub(super) fn has_usage(&self, bits: u16) -> bool {
        let extensions = self.extensions.as_ref();
        extensions
            .is_ok_and(|extensions| extensions.key_usage.is_none_or(|usage| usage & bits != 0))
    }

    /// Whether it may issue certificates.
    pub(super) fn may_issue(&self) -> bool {
        self.has_usage(key_usage::KEY_CERT_SIGN)
    }

    /// Whether it may issue revocation lists.
    pub(super) fn may_sign_lists(&self) -> bool {
        self.has_usage(key_usage::CRL_SIGN)
    }

    /// Whether one name issued it: issuer and subject are the same (§6.1: *self-issued*).
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer.is(&self.subject)
    }

    /// Whether that issuer may have signed it by what both say (§4.2.1.1: identifiers help to find the key).
    pub(super) fn names_issuer(&self, name: &NameField<'_>, key_identifier: Option<&[u8]>) -> bool {
        let named = self.extensions.as_ref().ok();
        let named = named.and_then(|extensions| extensions.authority_key_identifier);
        let may_be = match (named, key_identifier) {
            (Some(named), Some(of_issuer)) => named == of_issuer,
            _ => true,
        };
        may_be && self.issuer.is(name)
    }

    /// The identifier by which others name its key.
    pub(super) fn key_identifier(&self) -> Option<&'a [u8]> {
        self.extensions.as_ref().ok()?.key_identifier
    }

    /// What holds for every certificate of a path, whatever its place in it.
    pub(super) fn check_form(&self) -> Result<&Extensions<'a>, IdentifyError> {
        if self.version != 3 {
            let version = self.version;
            let what = format!("a certificate of version {version}");
            return Err(IdentifyError::Unsupported(what));
        }
        if self.algorithm != self.signed.algorithm {
            return Err(rule(
                "two different signature algorithms in one certificate",
            ));
        }
        if self.validity.0 > self.validity.1 {
            return Err(rule("a validity that ends before it begins"));
        }
        let extensions = self.extensions()?;
        if let Some(unknown) = extensions.unknown {
            return Err(IdentifyError::Unsupported(format!(
                "the extension {}, marked critical",
                identifier(unknown)
            )));
        }
        Ok(extensions)
    }
}

fn version_of(content: &[u8]) -> Option<u8> {
    let mut fields = Fields::of(content);
    let number = fields.expect(INTEGER)?;
    fields.end()?;
    match number {
        [number @ 0..=2] => Some(number + 1),
        _ => None,
    }
}

/// SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING }.
fn is_key_info(der: &[u8]) -> Option<()> {
    let mut fields = Fields::within(der, SEQUENCE)?;
    let mut algorithm = Fields::of(fields.expect(SEQUENCE)?);
    algorithm.expect(OBJECT_IDENTIFIER)?;
    fields.expect(BIT_STRING)?;
    fields.end()
}
