// SPDX-License-Identifier: Apache-2.0
//! `sign`: a signature in a document, without touching another byte of it, verified before it is handed out.

use std::{ops::Range, time::Duration};

use agency_guest::{
    Blob, Fault, HostBackend, Problem, RangeWriter, digest_algorithm,
    exports::message::{Outcome, RetryClass},
    imports::{
        blobs, clock,
        facts::{Event, ReceivedDocument},
        ids, keys,
    },
    internal, json, key_problem, later, moment, outcome, problem,
};
use canonical_xml::{CanonicalizeError, Document, ElementRef, Octets, Path};
use ws_security::{WsSecurityFailure, key_source, prepare_envelope, secure};
use xml_signature::{
    CanonicalForm, DigestAlgorithm, DocumentSigning, Insertion, Located, NAMESPACE, Place, Policy,
    PreparedDocument, SignatureAlgorithm, Target, VerifyFailure, elements_with_id, signatures,
    verify_signature,
};

use crate::{
    describe::{SIGNER, SIGNERS},
    document,
    report::{Report, Signed},
    settings::{Form, Settings, Sign},
};

/// Signs, verifies, and hands the signed document out as the one document of the outcome, whose one event carries the report.
pub(crate) fn sign(blob: &blobs::Blob, settings: &Settings) -> Result<Outcome, Problem> {
    let Some(asked) = &settings.sign else {
        let message = "the settings do not say how to sign; add `sign`";
        let fault = Fault::Configuration;
        return Err(problem(fault, "setting.missing", "/sign", message));
    };
    let document = document::read(blob)?;
    let method = Method::of_role()?;
    let earlier_signatures = signatures(&document).count();
    let (signed, insertion, lifetime) = match asked.form {
        Form::Enveloped | Form::ById => {
            let insertion = method.complete(part(blob, &document, asked, &method)?)?;
            (inserted(blob, &insertion)?, insertion, None)
        }
        Form::WsSecurity => {
            let (secured, prepared, lifetime) = message(blob, &document, asked, &method)?;
            let insertion = method.complete(prepared)?;
            let signed = inserted(secured.handle(), &insertion)?;
            (signed, insertion, Some(lifetime))
        }
    };
    let notes = Signed {
        earlier_signatures,
        lifetime,
    };
    let report = verified(&signed, &insertion)?.with_notes(notes);
    let code = report.code().to_owned();
    Ok(Outcome {
        events: vec![Event {
            kind: "document-signed".into(),
            data: json::write(&report)?,
            deduplication_key: "document-signed".into(),
            about: None,
        }],
        documents: vec![ReceivedDocument {
            name: "signed.xml".into(),
            media_type: "application/xml".into(),
            content: signed.into_handle()?,
        }],
        ..outcome(RetryClass::Done, code, String::new())
    })
}

/// How the key role signs.
struct Method {
    wire: keys::SignatureAlgorithm,
    algorithm: SignatureAlgorithm,
    digest: DigestAlgorithm,
}

impl Method {
    /// By the best algorithm of the role, and digests of its length.
    fn of_role() -> Result<Self, Problem> {
        use SignatureAlgorithm as Made;
        use keys::SignatureAlgorithm as Wire;
        let algorithms = keys::algorithms(SIGNER).map_err(|error| key_problem(SIGNER, &error))?;
        let wire = algorithms.first().copied();
        let wire = wire.ok_or_else(|| internal("the key role has no algorithm"))?;
        let (algorithm, digest) = match wire {
            Wire::RsaSha256 => (Made::RsaSha256, DigestAlgorithm::Sha256),
            Wire::RsaSha384 => (Made::RsaSha384, DigestAlgorithm::Sha384),
            Wire::RsaSha512 => (Made::RsaSha512, DigestAlgorithm::Sha512),
            Wire::RsaPssSha256 => (Made::RsaPssSha256, DigestAlgorithm::Sha256),
            Wire::RsaPssSha384 => (Made::RsaPssSha384, DigestAlgorithm::Sha384),
            Wire::RsaPssSha512 => (Made::RsaPssSha512, DigestAlgorithm::Sha512),
            Wire::EcdsaP256Sha256 => (Made::EcdsaSha256, DigestAlgorithm::Sha256),
            Wire::EcdsaP384Sha384 => (Made::EcdsaSha384, DigestAlgorithm::Sha384),
        };
        Ok(Self {
            wire,
            algorithm,
            digest,
        })
    }

    fn certificates(&self) -> Result<Vec<Vec<u8>>, Problem> {
        keys::certificates(SIGNER).map_err(|error| key_problem(SIGNER, &error))
    }

    fn complete(&self, prepared: PreparedDocument) -> Result<Insertion, Problem> {
        let value = keys::sign(SIGNER, self.wire, prepared.signed_info());
        let value = value.map_err(|error| key_problem(SIGNER, &error))?;
        prepared.complete(&value).map_err(|error| refusal(&error))
    }
}

/// The document or an element of it.
fn part(
    blob: &blobs::Blob,
    document: &Document<'_>,
    asked: &Sign,
    method: &Method,
) -> Result<PreparedDocument, Problem> {
    let element = document::element(document, asked.id.as_deref(), asked.path()?)?;
    let target = match element {
        None => Target::document(method.digest),
        Some(element) => Target::element(element, method.digest),
    };
    let holder = element.filter(|_| asked.form == Form::Enveloped);
    let signing = DocumentSigning {
        targets: vec![target.with_canonicalization(asked.canonicalization()?)],
        place: Place::LastIn(holder.unwrap_or_else(|| document.root())),
        certificates: method.certificates()?,
        ..DocumentSigning::new(document, method.algorithm)
    };
    let prepared = xml_signature::prepare_document(signing, digested(blob));
    prepared.map_err(|failure| match failure {
        xml_signature::SignFailure::Refused(error) => refusal(&error),
        xml_signature::SignFailure::Digest(problem) => problem,
    })
}

/// A SOAP message: with the security header put in, and what there is to sign of it.
fn message(
    blob: &blobs::Blob,
    document: &Document<'_>,
    asked: &Sign,
    method: &Method,
) -> Result<(Blob, PreparedDocument, [String; 2]), Problem> {
    let now = clock::now();
    let created = jiff::Timestamp::from_second(now.seconds);
    let created = created.map_err(|_| {
        let message = "the time to sign at is beyond the calendar; choose an earlier one";
        problem(Fault::Caller, "signature.not-made", "", message)
    })?;
    let certificate = method.certificates()?.into_iter().next();
    let signing = ws_security::Signing {
        digest: method.digest,
        time_to_live: Duration::from_secs(asked.lifetime.into()),
        ..ws_security::Signing::new(
            method.algorithm,
            certificate.unwrap_or_default(),
            created,
            ids::uuid(),
        )
    };
    let edits = secure(document, &signing).map_err(|error| message_refusal(&error))?;
    let edits = edits.iter();
    let edits = edits.map(|edit| (edit.range.clone(), edit.text.as_bytes()));
    let secured = edited(blob, edits)?;
    let document = document::read(secured.handle())?;
    let how = asked.canonicalization()?;
    let prepared = prepare_envelope(&document, &signing, &how, digested(secured.handle()));
    let prepared = prepared.map_err(|failure| match failure {
        ws_security::SignFailure::Refused(error) => message_refusal(&error),
        ws_security::SignFailure::Digest(problem) => problem,
    })?;
    let expires = later(now, asked.lifetime);
    let lifetime = [moment(now)?, moment(expires)?];
    Ok((secured, prepared, lifetime))
}

/// Has canonical forms digested by the host.
fn digested(
    blob: &blobs::Blob,
) -> impl FnMut(DigestAlgorithm, CanonicalForm<'_>) -> Result<Result<Vec<u8>, CanonicalizeError>, Problem>
{
    move |algorithm, form| {
        let mut writer = RangeWriter::new(blob);
        if let Err(error) = form.write(&mut writer) {
            return Ok(Err(error));
        }
        writer.finish()?.digest(digest_algorithm(algorithm)).map(Ok)
    }
}

/// The document with the signature in it.
fn inserted(blob: &blobs::Blob, insertion: &Insertion) -> Result<Blob, Problem> {
    let there = insertion.offset..insertion.offset;
    edited(blob, [(there, insertion.signature.as_slice())])
}

/// The document with these bytes in place of those ranges, which rise.
fn edited<'t>(
    blob: &blobs::Blob,
    edits: impl IntoIterator<Item = (Range<u64>, &'t [u8])>,
) -> Result<Blob, Problem> {
    let mut writer = RangeWriter::new(blob);
    let mut from = 0;
    for (range, bytes) in edits {
        copy(&mut writer, from..range.start);
        writer.bytes(bytes);
        from = range.end;
    }
    copy(&mut writer, from..blob.size());
    writer.finish()
}

fn copy(writer: &mut RangeWriter<'_>, range: Range<u64>) {
    if !range.is_empty() {
        writer.source(range);
    }
}

/// What `verify` says of the new signature. What it would refuse is not handed out.
fn verified(signed: &Blob, insertion: &Insertion) -> Result<Report, Problem> {
    let document = document::read(signed.handle())?;
    let signature = insertion.find(&document);
    let signature = signature.ok_or_else(|| internal("the signature is not where it was put"))?;
    let refused = |code: &str, path: String, message: String| {
        let message = format!(
            "the signature was made, and is refused by this program's own verifier, so that it is not handed out: {message}"
        );
        problem(Fault::Caller, code, path, message)
    };
    let mut backend = HostBackend::new(signed.handle(), SIGNERS, clock::now());
    let keys = key_source(&document, signature, &mut backend).map_err(|failure| match failure {
        WsSecurityFailure::Refused(error) => {
            refused(error.code(), error.path.clone(), error.kind.to_string())
        }
        WsSecurityFailure::Backend(problem) => problem,
    })?;
    let located = Located {
        document: &document,
        signature,
        keys,
    };
    let policy = Policy {
        required: required(&document, signature),
        ..Policy::default()
    };
    match verify_signature(located, &policy, &mut backend) {
        Ok(verified) => Ok(Report::valid("signature.valid", &verified, Vec::new())),
        Err(VerifyFailure::Backend(problem)) => Err(problem),
        Err(VerifyFailure::Refused(error)) => {
            Err(refused(error.code(), error.path.clone(), error.message()))
        }
    }
}

/// The paths of what the references name by Ids; without any it is the root that has to be covered.
fn required(document: &Document<'_>, signature: ElementRef<'_>) -> Vec<Path> {
    let targets = signature.descendants().filter_map(|reference| {
        let is_reference = reference.is(NAMESPACE, "Reference");
        let uri = reference.attribute("", "URI").filter(|_| is_reference)?;
        elements_with_id(document, uri.strip_prefix('#')?).next()
    });
    targets
        .filter_map(|element| element.path().parse().ok())
        .collect()
}

/// Why a signature cannot be made, for whoever asked for it.
fn refusal(error: &xml_signature::SignError) -> Problem {
    use xml_signature::SignError as Error;
    let code = match error {
        Error::TargetWithoutId { .. } => "id.missing",
        Error::TargetNotUnique => "id.not-unique",
        Error::MalformedId => "id.malformed",
        Error::PlaceInEmptyTag => "signature.no-place",
        Error::Encoding { .. } => "xml.encoding",
        Error::Canonicalization { .. } => "xml.no-canonical-form",
        _ => "signature.not-made",
    };
    problem(Fault::Caller, code, "", error.to_string())
}

fn message_refusal(error: &ws_security::SignError) -> Problem {
    use ws_security::SignError as Error;
    match error {
        Error::Signature(error) => refusal(error),
        Error::Envelope(error) => {
            let message = error.kind.to_string();
            problem(Fault::Caller, "soap.envelope", error.path.clone(), message)
        }
        Error::SecurityPresent => {
            problem(Fault::Caller, "ws-security.present", "", error.to_string())
        }
        _ => problem(Fault::Caller, "signature.not-made", "", error.to_string()),
    }
}
