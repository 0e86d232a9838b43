// SPDX-License-Identifier: Apache-2.0
//! Our signatures, and our judgement of those of others, by the library and without the sandbox.

use canonical_xml::{Canonicalization, Document, Limits};
use xml_signature::{
    DocumentSigning, Place, Policy, Target, VerifyFailure, prepare_document, verify,
};
use xml_testkit::{Native, form_digest};

use crate::{
    case::{Case, Form},
    identity::Identity,
};

/// Signs the document of a case.
pub(crate) fn sign(case: &Case) -> Vec<u8> {
    let source = case.shape.text.as_bytes();
    let document = Document::parse(source, &Limits::default()).unwrap();
    let target = match case.form {
        Form::Document => Target::document(case.digest),
        Form::Within | Form::Beside => Target::element(case.part(&document), case.digest),
    };
    let how = Canonicalization::from_uri(case.transform).unwrap();
    let how = how.with_prefix_list(&case.prefixes.replace(',', " "));
    let signing = DocumentSigning {
        targets: vec![target.with_canonicalization(how)],
        place: Place::LastIn(case.holder(&document)),
        certificates: vec![case.identity().key.certificate.clone()],
        ..DocumentSigning::new(&document, case.algorithm)
    };
    let prepared = prepare_document(signing, form_digest).unwrap();
    let key = &case.identity().key;
    let value = key.sign(case.algorithm, prepared.signed_info());
    prepared.complete(&value).unwrap().apply(source).unwrap()
}

/// Verifies a document that has to be signed as the case says, by that key. Refusals are given by their codes.
pub(crate) fn judge(case: &Case, signer: &Identity, signed: &[u8]) -> Result<(), &'static str> {
    let document = Document::parse(signed, &Limits::default()).unwrap();
    let required = match case.form {
        Form::Document => Vec::new(),
        Form::Within | Form::Beside => vec![case.part(&document).path().parse().unwrap()],
    };
    let policy = Policy {
        required,
        ..Policy::default()
    };
    let certificate = &signer.key.certificate;
    let mut backend = Native {
        trusted: vec![certificate.clone()],
        ..Native::pinning(&[certificate])
    };
    match verify(&document, &policy, &mut backend) {
        Ok(verified) => {
            let part = case.part(&document);
            assert!(verified.view(part).is_some(), "{case:?}: {}", part.path());
            Ok(())
        }
        Err(VerifyFailure::Refused(refusal)) => Err(refusal.code()),
        Err(VerifyFailure::Backend(never)) => match never {},
    }
}
