// SPDX-License-Identifier: Apache-2.0
//! Every code, in a document that earns it.

mod cases;

use std::collections::BTreeSet;

use xml_signature::{Policy, SignerRefusal, VerifyFailure, verify};

use xml_testkit::{Key, Kind, Native, Template, document, requiring, sign};

/// What a verification ends with.
struct Case {
    text: String,
    policy: Policy,
    backend: Native,
}

impl Case {
    /// A document signed as the template says, by the key of the certificate that is trusted.
    fn signed(template: &Template) -> Self {
        Self::of(&format!(
            "<r><x Id=\"x\">content</x>{}</r>",
            template.text()
        ))
    }

    fn of(text: &str) -> Self {
        Self {
            text: sign(text, Key::rsa()),
            policy: Policy::default(),
            backend: Native::trusting(Key::rsa()),
        }
    }

    /// The text changed after signing.
    fn then(self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "{from} is not in {}", self.text);
        Self {
            text: self.text.replacen(from, to, 1),
            ..self
        }
    }

    fn requiring(self, path: &str) -> Self {
        Self {
            policy: requiring(&[path]),
            ..self
        }
    }

    fn judged_by(self, backend: Native) -> Self {
        Self { backend, ..self }
    }

    fn refused_as(self, refusal: SignerRefusal) -> Self {
        let refused = vec![(Key::rsa().certificate.clone(), refusal)];
        self.judged_by(Native {
            refused,
            ..Native::default()
        })
    }

    fn code(mut self) -> &'static str {
        let document = document(&self.text);
        match verify(&document, &self.policy, &mut self.backend) {
            Ok(_) => "valid",
            Err(VerifyFailure::Backend(never)) => match never {},
            Err(VerifyFailure::Refused(error)) => {
                let shown = format!("{error} {error:?}");
                // Of the document, the names of elements are told, and nothing else.
                assert!(!shown.contains("content") || error.kind.to_string().contains("content"));
                assert!(
                    !shown.contains("example.com") && !shown.contains("QUJD"),
                    "{shown}"
                );
                assert!(error.path.starts_with("/r") || error.path.starts_with("/Signature"));
                error.code()
            }
        }
    }
}

#[test]
fn every_document_ends_as_it_has_to_and_every_code_is_earned() {
    let cases = [
        cases::signature_algorithms(),
        cases::transforms(),
        cases::references(),
        cases::values(),
        cases::keys(),
        cases::coverage(),
    ];
    let mut earned = BTreeSet::new();
    let mut wrong = Vec::new();
    for (expected, case) in cases.into_iter().flatten() {
        let text = case.text.clone();
        let code = case.code();
        if code != expected {
            wrong.push(format!("{code} instead of {expected}: {text}"));
        }
        earned.insert(code);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let codes = CODES.iter().copied().chain(["valid"]).collect();
    assert_eq!(earned, codes);
}

#[test]
fn a_curve_that_the_algorithm_is_not_for_is_unsuitable() {
    let key = Key::generate(Kind::P521);
    let mut template = Template::enveloped(&key);
    template.algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256".to_owned();
    let text = format!("<r>{}</r>", template.text());
    let case = Case::of(&text).judged_by(Native::trusting(&key));
    assert_eq!(case.code(), "signature.key-unsuitable");
}

/// The stable codes; what is here stays.
const CODES: [&str; 35] = [
    "signature.missing",
    "signature.several",
    "signature.structure",
    "signature.no-references",
    "signature.too-many-references",
    "signature.too-many-transforms",
    "signature.too-many-certificates",
    "signature.algorithm-not-allowed",
    "signature.sha1-not-allowed",
    "signature.transform-not-allowed",
    "signature.canonicalization-not-allowed",
    "signature.canonicalization-failed",
    "signature.reference-external",
    "signature.reference-not-found",
    "signature.id-not-unique",
    "signature.enveloped-outside",
    "signature.base64",
    "signature.value-length",
    "signature.key-missing",
    "signature.key-unsuitable",
    "signature.key-too-short",
    "signature.key-unsupported",
    "signature.untrusted",
    "signature.certificate-expired",
    "signature.certificate-not-yet-valid",
    "signature.certificate-revoked",
    "signature.revocation-unknown",
    "signature.certificate-wrong-usage",
    "signature.certificate-unreadable",
    "signature.certificate-not-acceptable",
    "signature.certificate-unsupported",
    "signature.mismatch",
    "signature.digest-mismatch",
    "signature.uncovered",
    "signature.required-missing",
];
