//! Our signatures, and our judgement of those of others, by the library and without the sandbox.

use std::{convert::Infallible, ops::Range};

use canonical_xml::{Canonicalization, Document, Limits};
use xml_signature::{
    Digestible, DocumentSigning, Judge, KeyRefusal, Place, Policy, SignerRefusal, Target,
    Undigestible, VerificationAlgorithm, VerificationDigest, VerifyFailure, prepare_document,
    verify,
};

use crate::{
    case::{Case, Form},
    identity::{self, Identity},
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
        certificates: vec![case.identity().certificate.clone()],
        ..DocumentSigning::new(&document, case.algorithm)
    };
    let prepared = prepare_document(signing, |algorithm, form| {
        let mut octets = Vec::new();
        let written = form.write(&mut octets);
        Ok::<_, Infallible>(written.map(|()| identity::digest(algorithm, &octets)))
    })
    .unwrap();
    let value = case
        .identity()
        .sign(case.algorithm, prepared.signed_info())
        .unwrap();
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
    match verify(&document, &policy, &mut Pin(signer)) {
        Ok(verified) => {
            let part = case.part(&document);
            assert!(verified.view(part).is_some(), "{case:?}: {}", part.path());
            Ok(())
        }
        Err(VerifyFailure::Refused(refusal)) => Err(refusal.code()),
        Err(VerifyFailure::Judge(never)) => match never {},
    }
}

/// Trusts one certificate.
struct Pin<'a>(&'a Identity);

impl Judge for Pin<'_> {
    type Error = Infallible;
    type Signer = ();

    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        let (VerificationDigest::Current(algorithm), Digestible::Canonical(form)) =
            (algorithm, input)
        else {
            panic!("no case has SHA-1 or base64");
        };
        let mut octets = Vec::new();
        let written = form.write(&mut octets).map_err(Undigestible::from);
        Ok(written.map(|()| identity::digest(algorithm, &octets)))
    }

    fn read(&mut self, _: Range<u64>, _: &mut Vec<u8>) -> Result<(), Infallible> {
        panic!("the documents are in memory");
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(vec![self.0.certificate.clone()])
    }

    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        let VerificationAlgorithm::Current(algorithm) = algorithm else {
            panic!("no case has SHA-1");
        };
        if key != self.0.certificate {
            return Ok(Err(KeyRefusal::Mismatch));
        }
        Ok(match self.0.verifies(algorithm, bytes, signature) {
            Some(true) => Ok(()),
            Some(false) => Err(KeyRefusal::Mismatch),
            None => Err(KeyRefusal::Unsuitable),
        })
    }

    fn identify(&mut self, chain: &[&[u8]]) -> Result<Result<(), SignerRefusal>, Infallible> {
        Ok(match chain {
            [first, ..] if *first == self.0.certificate => Ok(()),
            _ => Err(SignerRefusal::Untrusted),
        })
    }
}
