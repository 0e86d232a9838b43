// SPDX-License-Identifier: Apache-2.0
//! The report on a signature, as the event's data carries it.

use agency_guest::{Explained, hexadecimal, imports::trust::Identity};
use base64_simd::STANDARD;
use canonical_xml::{Path, ReadError};
use serde::Serialize;
use ws_security::WsSecurityError;
use xml_signature::{Covered, Verified, VerifyError, VerifyErrorKind};

/// Everything that is known of the signatures of a document.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    valid: bool,
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Signature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<Signer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    covered: Vec<CoveredPart>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    explained: Vec<ExplainedPart>,
    /// Of a document with several, each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<Entry>,
    /// Of a signature that was just made.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    signed: Option<Signed>,
}

/// What there is to know of a new signature besides.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signed {
    /// How many signatures the document had before.
    pub(crate) earlier_signatures: usize,
    /// From when until when a message counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lifetime: Option<[String; 2]>,
}

/// One of several signatures.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// From 1.
    number: usize,
    /// Where it stands.
    element: String,
    #[serde(flatten)]
    report: Report,
}

/// Where something is wrong.
#[derive(Debug, Serialize)]
struct Place {
    #[serde(skip_serializing_if = "String::is_empty")]
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

/// The signature itself.
#[derive(Debug, Serialize)]
struct Signature {
    path: String,
    algorithm: &'static str,
    /// The value in base64.
    value: String,
}

/// Who signed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Signer {
    subject: String,
    serial_number: String,
    common_name: String,
    issuer: String,
    /// Seconds since 1970.
    not_before: i64,
    /// As well; none where validity has no end.
    not_after: Option<i64>,
    /// SHA-256 in hexadecimal.
    fingerprint: String,
    pinned: bool,
}

/// What one reference covers.
#[derive(Debug, Serialize)]
struct CoveredPart {
    reference: usize,
    uri: String,
    path: String,
    /// The whole document, with what stands around its root.
    document: bool,
    /// Element, or the octets that a text encodes.
    what: &'static str,
    canonicalization: Option<&'static str>,
    digest: &'static str,
    /// Bytes in the source, the signature included if it stands within.
    start: u64,
    end: u64,
}

/// What was digested or signed; the octets are in the document of that name.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedPart {
    reference: Option<usize>,
    uri: String,
    document: String,
    /// Whether the octets are what a text encodes in base64.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decoded: bool,
    /// In base64.
    declared: String,
    computed: String,
}

/// Why a document does not count.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: String,
    message: String,
    place: Place,
}

impl Refusal {
    pub(crate) fn of_document(error: &ReadError) -> Self {
        Self {
            code: error.kind.code().to_owned(),
            message: error.kind.to_string(),
            place: Place {
                path: String::new(),
                line: Some(error.line),
                column: Some(error.column),
            },
        }
    }

    pub(crate) fn of_signature(error: &VerifyError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message(),
            place: Place {
                path: error.path.clone(),
                line: Some(error.position.line),
                column: Some(error.position.column),
            },
        }
    }

    pub(crate) fn of_token(error: &WsSecurityError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.kind.to_string(),
            place: Place {
                path: error.path.clone(),
                line: Some(error.position.line),
                column: Some(error.position.column),
            },
        }
    }

    /// Of several signatures, the first that does not count; its own code is in its entry.
    pub(crate) fn of_entry(entry: &Entry, count: usize) -> Self {
        let place = entry.report.place.as_ref();
        Self {
            code: VerifyErrorKind::Several.code().to_owned(),
            message: format!(
                "signature {} of {count} does not count ({}): {}; if another is meant, choose it by its number or path",
                entry.number, entry.report.code, entry.report.message
            ),
            place: Place {
                path: place.map(|place| place.path.clone()).unwrap_or_default(),
                line: place.and_then(|place| place.line),
                column: place.and_then(|place| place.column),
            },
        }
    }

    /// The choice of a signature leads to none.
    pub(crate) fn of_choice(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
            place: Place {
                path: String::new(),
                line: None,
                column: None,
            },
        }
    }

    pub(crate) fn of_payload(path: &Path, code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            place: Place {
                path: path.to_string(),
                line: None,
                column: None,
            },
        }
    }
}

impl Report {
    pub(crate) fn valid(
        code: &str,
        verified: &Verified<'_, Identity>,
        explained: Vec<ExplainedPart>,
    ) -> Self {
        let covered = verified.covered().iter().enumerate();
        Self {
            valid: true,
            code: code.to_owned(),
            message: String::new(),
            place: None,
            signature: Some(Signature {
                path: verified.signature().path(),
                algorithm: verified.algorithm().name(),
                value: STANDARD.encode_to_string(verified.signature_value()),
            }),
            signer: Some(Signer::of(verified.signer())),
            covered: covered
                .map(|(index, part)| CoveredPart::of(index + 1, part))
                .collect(),
            explained,
            signatures: Vec::new(),
            signed: None,
        }
    }

    /// The same report of a signature that was just made.
    pub(crate) fn with_notes(self, signed: Signed) -> Self {
        Self {
            signed: Some(signed),
            ..self
        }
    }

    /// Several signatures that count, and together cover what is required.
    pub(crate) fn all_valid(code: &str, signatures: Vec<Entry>) -> Self {
        Self {
            valid: true,
            code: code.to_owned(),
            signatures,
            ..Self::default()
        }
    }

    /// The same report, with what is known of each signature.
    pub(crate) fn with_signatures(self, signatures: Vec<Entry>) -> Self {
        Self { signatures, ..self }
    }

    pub(crate) fn refused(refusal: Refusal, explained: Vec<ExplainedPart>) -> Self {
        Self {
            valid: false,
            code: refusal.code,
            message: refusal.message,
            place: Some(refusal.place),
            explained,
            ..Self::default()
        }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl Entry {
    pub(crate) fn new(number: usize, element: String, report: Report) -> Self {
        Self {
            number,
            element,
            report,
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.report.valid
    }
}

impl Signer {
    fn of(identity: &Identity) -> Self {
        Self {
            subject: identity.subject.clone(),
            serial_number: identity.serial_number.clone(),
            common_name: identity.common_name.clone(),
            issuer: identity.issuer.clone(),
            not_before: identity.not_before.seconds,
            not_after: identity.not_after.map(|end| end.seconds),
            fingerprint: hexadecimal(&identity.fingerprint),
            pinned: identity.pinned,
        }
    }
}

impl CoveredPart {
    fn of(reference: usize, part: &Covered<'_>) -> Self {
        let span = part.span();
        Self {
            reference,
            uri: part.uri().to_owned(),
            path: part.path(),
            document: part.is_document(),
            what: if part.element().is_some() {
                "element"
            } else {
                "encoded octets"
            },
            canonicalization: part
                .canonicalization()
                .map(canonical_xml::Canonicalization::uri),
            digest: part.digest_algorithm().name(),
            start: span.start,
            end: span.end,
        }
    }
}

impl ExplainedPart {
    pub(crate) fn of(part: &Explained, document: String) -> Self {
        Self {
            reference: part.reference,
            uri: part.uri.clone(),
            document,
            decoded: part.encoded,
            declared: STANDARD.encode_to_string(&part.declared),
            computed: STANDARD.encode_to_string(&part.computed),
        }
    }
}
