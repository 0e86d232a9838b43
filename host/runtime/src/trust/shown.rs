// SPDX-License-Identifier: Apache-2.0
//! A certificate as it was shown: what it says, believed by nobody yet.

use x509_parser::{
    certificate::X509Certificate,
    extensions::{DistributionPointName, ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension},
    oid_registry::{
        OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_CRL_DISTRIBUTION_POINTS,
        OID_X509_EXT_SUBJECT_KEY_IDENTIFIER, Oid,
    },
    prelude::FromDer,
    x509::X509Version,
};

use super::purpose;
use crate::names;

/// Extensions that a path is judged by, below 2.5.29: key usage, subject alternative name, basic and name constraints,
/// distribution points of lists, extended key usage. Others do not matter unless they are marked critical.
const JUDGED: [&[u8]; 6] = [
    &[0x55, 0x1D, 15],
    &[0x55, 0x1D, 17],
    &[0x55, 0x1D, 19],
    &[0x55, 0x1D, 30],
    &[0x55, 0x1D, 31],
    &[0x55, 0x1D, 37],
];

/// A certificate in parts.
pub(super) struct Shown<'a> {
    pub(super) der: &'a [u8],
    pub(super) content: X509Certificate<'a>,
}

impl<'a> Shown<'a> {
    /// Reads the certificate that is the whole of `der`.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let (rest, content) = X509Certificate::from_der(der).ok()?;
        rest.is_empty().then_some(Self { der, content })
    }

    /// Issuer as DER.
    pub(super) fn issuer(&self) -> &'a [u8] {
        self.content.tbs_certificate.issuer.as_raw()
    }

    /// Subject as DER.
    pub(super) fn subject(&self) -> &'a [u8] {
        self.content.tbs_certificate.subject.as_raw()
    }

    /// SubjectPublicKeyInfo as DER.
    pub(super) fn key_info(&self) -> &'a [u8] {
        self.content.tbs_certificate.subject_pki.raw
    }

    /// First and last second of validity, since 1970.
    pub(super) fn validity(&self) -> (i64, i64) {
        let validity = self.content.validity();
        (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        )
    }

    /// Whether it says that it is an authority's (RFC 5280 §4.2.1.9), and how many others its path may have then.
    pub(super) fn authority(&self) -> Option<Option<u32>> {
        let constraints = self.content.basic_constraints().ok()??.value;
        constraints.ca.then_some(constraints.path_len_constraint)
    }

    /// Whether its key usage, if it has one, has what is asked for (§4.2.1.3: without it a key may be used for anything). An
    /// unreadable one has nothing.
    pub(super) fn has_usage(&self, asked: impl FnOnce(&KeyUsage) -> bool) -> bool {
        let usage = self.content.key_usage();
        usage.is_ok_and(|usage| usage.is_none_or(|usage| asked(usage.value)))
    }

    /// Whether its extended key usage, if it has one, has what is asked for. An unreadable one has nothing.
    pub(super) fn has_purpose(&self, asked: impl FnOnce(&ExtendedKeyUsage<'_>) -> bool) -> bool {
        let usage = self.content.extended_key_usage();
        usage.is_ok_and(|usage| usage.is_none_or(|usage| asked(usage.value)))
    }

    /// Whether its key is for signatures.
    pub(super) fn may_sign(&self) -> bool {
        self.has_usage(|usage| usage.digital_signature() || usage.non_repudiation())
    }

    /// The key identifier by which it names its issuer (§4.2.1.1).
    pub(super) fn authority_key_id(&self) -> Option<&[u8]> {
        match self.extension(&OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)? {
            ParsedExtension::AuthorityKeyIdentifier(id) => Some(id.key_identifier.as_ref()?.0),
            _ => None,
        }
    }

    /// The key identifier by which others name it (§4.2.1.2).
    pub(super) fn subject_key_id(&self) -> Option<&[u8]> {
        match self.extension(&OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)? {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
            _ => None,
        }
    }

    /// Names under which its issuer publishes lists for it (§4.2.1.13): `None` without the extension. Lists of another issuer or
    /// for some reasons only are left out.
    pub(super) fn distribution_points(&self) -> Option<Vec<&GeneralName<'a>>> {
        let extension = self.extension(&OID_X509_EXT_CRL_DISTRIBUTION_POINTS)?;
        let ParsedExtension::CRLDistributionPoints(points) = extension else {
            return Some(Vec::new());
        };
        let whole = points
            .iter()
            .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none());
        let names = whole.filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
        Some(names.flatten().collect())
    }

    /// Something in it that is not supported, named for people.
    pub(super) fn unsupported(&self) -> Option<String> {
        let version = self.content.version();
        if version != X509Version::V3 {
            let number = version.0.saturating_add(1);
            return Some(format!("a certificate of version {number}"));
        }
        let tbs = &self.content.tbs_certificate;
        if tbs.issuer_uid.is_some() || tbs.subject_uid.is_some() {
            return Some("unique identifiers of issuer or subject".to_owned());
        }
        if self.validity().0 < 0 {
            return Some("a validity that begins before 1970".to_owned());
        }
        let unknown =
            self.content.extensions().iter().find(|extension| {
                extension.critical && !JUDGED.contains(&extension.oid.as_bytes())
            });
        unknown.map(|extension| {
            let name = names::identifier(&extension.oid);
            format!("the extension {name}, marked critical")
        })
    }

    fn extension(&self, oid: &Oid<'_>) -> Option<&ParsedExtension<'a>> {
        // One that occurs twice is refused by the library that judges the path.
        let extension = self.content.get_extension_unique(oid).ok()??;
        Some(extension.parsed_extension())
    }
}

/// Whether a certificate at the end of a path may be used for a purpose.
pub(super) fn serves(end: &Shown<'_>, purpose: purpose::Purpose) -> bool {
    end.may_sign() && end.has_purpose(|usage| purpose.accepts(usage))
}
