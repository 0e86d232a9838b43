//! `verify`: whether the one signature of a document counts.

use agency_guest::{
    Blob, Explained, Fault, HostJudge, Problem,
    exports::message::{Outcome, RetryClass},
    imports::{
        blobs::{self, BlobError},
        clock,
        facts::{Event, ReceivedDocument},
        trust::Identity,
    },
    json, load, problem, text_blob,
};
use canonical_xml::{Document, ElementRef, Path};
use ws_security::{key_source, token_refusal};
use xml_signature::{
    Located, NAMESPACE, Policy, Verified, VerifyFailure, verify as verify_only, verify_signature,
};

use crate::{
    describe::{LIMITS, SIGNERS},
    report::{ExplainedPart, Refusal, Report},
    settings::Settings,
};

/// The code of a signature that counts.
const VALID: &str = "signature.valid";

/// Judges the document. What is wrong with it is in the outcome, whose one event carries the whole report; a problem is about the
/// settings or the host.
pub(crate) fn verify(blob: &blobs::Blob, settings: &Settings) -> Result<Outcome, Problem> {
    let policy = policy(settings)?;
    let payload = settings.payload()?;
    let document = match load(blob, &LIMITS)? {
        Ok(document) => document,
        Err(error) => return refused(Refusal::of_document(&error), Vec::new()),
    };
    let mut judge = HostJudge::new(blob, SIGNERS, clock::now());
    let verified = match only_signature(&document) {
        Some(signature) => {
            let keys = match key_source(&document, signature) {
                Ok(keys) => keys,
                Err(error) => return refused(Refusal::of_token(&error), Vec::new()),
            };
            let located = Located {
                document: &document,
                signature,
                keys,
            };
            verify_signature(located, &policy, &mut judge)
        }
        // None, or several: it knows what to say.
        None => verify_only(&document, &policy, &mut judge),
    };
    let explained = judge.into_explained();
    match verified {
        Ok(verified) => match take_payload(blob, &verified, payload.as_ref())? {
            Ok(payload) => accepted(&verified, explained, payload),
            Err(refusal) => refused(refusal, explained),
        },
        Err(VerifyFailure::Refused(error)) => {
            let signature = only_signature(&document);
            let of_token =
                signature.and_then(|signature| token_refusal(&document, signature, &error.kind));
            let refusal = match of_token {
                Some(error) => Refusal::of_token(&error),
                None => Refusal::of_signature(&error),
            };
            refused(refusal, explained)
        }
        Err(VerifyFailure::Judge(problem)) => Err(problem),
    }
}

/// The one signature of a document. In a message with WS-Security its certificate is a token beside it.
fn only_signature<'d>(document: &'d Document<'d>) -> Option<ElementRef<'d>> {
    let elements = document.elements();
    let mut signatures = elements.filter(|element| element.is(NAMESPACE, "Signature"));
    signatures.next().filter(|_| signatures.next().is_none())
}

fn policy(settings: &Settings) -> Result<Policy, Problem> {
    Ok(Policy {
        required: settings.required()?,
        allow_sha1: settings.allow_sha1,
        explain: settings.explain,
        ..Policy::default()
    })
}

/// The payload, decoded; read from what the signature covers and from nowhere else.
fn take_payload(
    blob: &blobs::Blob,
    verified: &Verified<'_, Identity>,
    path: Option<&Path>,
) -> Result<Result<Option<Blob>, Refusal>, Problem> {
    let Some(path) = path else {
        return Ok(Ok(None));
    };
    let Some(element) = verified.element(path) else {
        return Ok(Err(Refusal::of_payload(
            path,
            "payload.not-covered",
            "there is not exactly one element at this path that the signature covers",
        )));
    };
    match text_blob(blob, element.text().pieces())?
        .handle()
        .decode_base64()
    {
        Ok(payload) => Ok(Ok(Some(payload.into()))),
        Err(BlobError::InvalidBase64(_)) => Ok(Err(Refusal::of_payload(
            path,
            "payload.not-base64",
            "the text of the element is not base64",
        ))),
        Err(_) => Err(problem(
            Fault::Internal,
            "component.defect",
            "",
            "the payload could not be decoded; this is a defect of the component",
        )),
    }
}

fn accepted(
    verified: &Verified<'_, Identity>,
    explained: Vec<Explained>,
    payload: Option<Blob>,
) -> Result<Outcome, Problem> {
    let (parts, mut documents) = explain(explained)?;
    if let Some(payload) = payload {
        documents.push(ReceivedDocument {
            name: "payload".into(),
            media_type: "application/octet-stream".into(),
            content: payload.into_handle()?,
        });
    }
    outcome(
        RetryClass::Done,
        &Report::valid(VALID, verified, parts),
        documents,
    )
}

fn refused(refusal: Refusal, explained: Vec<Explained>) -> Result<Outcome, Problem> {
    let (parts, documents) = explain(explained)?;
    outcome(
        RetryClass::Denied,
        &Report::refused(refusal, parts),
        documents,
    )
}

fn outcome(
    class: RetryClass,
    report: &Report,
    documents: Vec<ReceivedDocument>,
) -> Result<Outcome, Problem> {
    Ok(Outcome {
        class,
        code: report.code().to_owned(),
        text: report.message().to_owned(),
        reference: String::new(),
        events: vec![Event {
            kind: "signature-verified".into(),
            data: json::write(report)?,
            deduplication_key: "signature-verified".into(),
        }],
        documents,
        follow_ups: Vec::new(),
        cursor: None,
    })
}

/// The octets go out as documents, since they may be large; the report names them.
fn explain(
    explained: Vec<Explained>,
) -> Result<(Vec<ExplainedPart>, Vec<ReceivedDocument>), Problem> {
    let mut parts = Vec::new();
    let mut documents = Vec::new();
    for part in explained {
        let name = match part.reference {
            Some(number) => format!("reference-{number}.xml"),
            None => "signed-info.xml".to_owned(),
        };
        parts.push(ExplainedPart::of(&part, name.clone()));
        documents.push(ReceivedDocument {
            name,
            media_type: "application/xml".into(),
            content: part.octets.into_handle()?,
        });
    }
    Ok((parts, documents))
}
