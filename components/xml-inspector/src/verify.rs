// SPDX-License-Identifier: Apache-2.0
//! `verify`: whether the signatures of a document count.

use agency_guest::{
    Blob, Explained, Fault, HostBackend, Problem,
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
use ws_security::{WsSecurityFailure, key_source, token_refusal};
use xml_signature::{
    Located, NAMESPACE, Policy, Verified, VerifyFailure, check_coverage, signatures,
    verify as verify_only, verify_one_of_several, verify_signature,
};

use crate::{
    describe::{LIMITS, SIGNERS},
    report::{Entry, ExplainedPart, Refusal, Report},
    settings::{Choice, Settings},
};

/// The code of a signature that counts.
const VALID: &str = "signature.valid";

/// How many signatures of one document are verified. Documents that several sign have two or three; each may cost passes over the whole.
const MAXIMUM_SIGNATURES: usize = 16;

/// What the operator asks of a document, and what was handed over.
struct Request<'a> {
    blob: &'a blobs::Blob,
    policy: Policy,
    payload: Option<Path>,
}

/// One signature, judged.
struct Judged<'d> {
    verified: Result<Verified<'d, Identity>, Refusal>,
    explained: Vec<Explained>,
}

/// Judges the document. What is wrong with it is in the outcome, whose one event carries the whole report; a problem is about the
/// settings or the host.
pub(crate) fn verify(blob: &blobs::Blob, settings: &Settings) -> Result<Outcome, Problem> {
    let payload = settings.payload()?;
    let request = Request {
        blob,
        policy: Policy {
            octets: payload.iter().cloned().collect(),
            ..policy(settings)?
        },
        payload,
    };
    let document = match load(blob, &LIMITS)? {
        Ok(document) => document,
        Err(error) => return refused(Refusal::of_document(&error), Vec::new()),
    };
    let found: Vec<_> = signatures(&document).take(MAXIMUM_SIGNATURES + 1).collect();
    match (settings.choice()?, found.as_slice()) {
        (_, []) => one(&request, &document, None),
        (Choice::All, [only]) => one(&request, &document, Some(*only)),
        (Choice::All, several) if several.len() > MAXIMUM_SIGNATURES => refused(
            Refusal::of_choice(
                "signature.too-many",
                format!(
                    "the document holds more than {MAXIMUM_SIGNATURES} signatures, which are not verified all at once; choose one by its number or path"
                ),
            ),
            Vec::new(),
        ),
        (Choice::All, several) => all(&request, &document, several),
        (choice, _) => match chosen(&document, &choice) {
            Ok(signature) => one(&request, &document, Some(signature)),
            Err(refusal) => refused(refusal, Vec::new()),
        },
    }
}

/// The signature that is meant.
fn chosen<'d>(document: &'d Document<'d>, choice: &Choice) -> Result<ElementRef<'d>, Refusal> {
    let not_found = |message: String| Refusal::of_choice("signature.not-found", message);
    match choice {
        Choice::All => signatures(document).next(),
        Choice::Number(number) => signatures(document).nth(number - 1),
        Choice::Path(path) => {
            let found = document.find(path);
            let mut found = found
                .into_iter()
                .filter(|element| element.is(NAMESPACE, "Signature"));
            let first = found.next();
            if found.next().is_some() {
                let message = "the path leads to several signatures; name one by its number";
                return Err(Refusal::of_choice("signature.several", message.to_owned()));
            }
            first
        }
    }
    .ok_or_else(|| {
        let count = signatures(document).count();
        not_found(format!(
            "there is no such signature; the document holds {count}, numbered from 1 in its order"
        ))
    })
}

/// The outcome by one signature, or by the lack of one.
fn one<'d>(
    request: &Request<'_>,
    document: &'d Document<'d>,
    signature: Option<ElementRef<'d>>,
) -> Result<Outcome, Problem> {
    let judged = match signature {
        Some(signature) => judge(request, document, signature, verify_signature)?,
        // It knows what to say.
        None => {
            let mut backend = HostBackend::new(request.blob, SIGNERS, clock::now());
            let verified = verify_only(document, &request.policy, &mut backend);
            Judged {
                verified: outer(verified)?,
                explained: backend.into_explained(),
            }
        }
    };
    match judged.verified {
        Ok(verified) => match take_payload(request, std::slice::from_ref(&verified))? {
            Ok(payload) => accepted(&verified, judged.explained, payload),
            Err(refusal) => refused(refusal, judged.explained),
        },
        Err(refusal) => refused(refusal, judged.explained),
    }
}

/// The outcome by several signatures: each of them counts, and together they cover what is required.
fn all<'d>(
    request: &Request<'_>,
    document: &'d Document<'d>,
    signatures: &[ElementRef<'d>],
) -> Result<Outcome, Problem> {
    let (mut entries, mut counted, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for (index, signature) in signatures.iter().enumerate() {
        let number = index + 1;
        let judged = judge(request, document, *signature, verify_one_of_several)?;
        let (parts, octets) = explain(judged.explained, &format!("signature-{number}-"))?;
        documents.extend(octets);
        let report = match judged.verified {
            Ok(verified) => {
                let report = Report::valid(VALID, &verified, parts);
                counted.push(verified);
                report
            }
            Err(refusal) => Report::refused(refusal, parts),
        };
        entries.push(Entry::new(number, signature.path(), report));
    }
    let together = match entries.iter().find(|entry| !entry.is_valid()) {
        Some(entry) => Err(Refusal::of_entry(entry, entries.len())),
        None => match check_coverage(document, &counted, &request.policy) {
            Ok(()) => take_payload(request, &counted)?,
            Err(error) => Err(Refusal::of_signature(&error)),
        },
    };
    match together {
        Ok(payload) => {
            documents.extend(payload.map(payload_document).transpose()?);
            outcome(
                RetryClass::Done,
                &Report::all_valid(VALID, entries),
                documents,
            )
        }
        Err(refusal) => {
            let report = Report::refused(refusal, Vec::new()).with_signatures(entries);
            outcome(RetryClass::Denied, &report, documents)
        }
    }
}

/// Judges one signature. In a message with WS-Security its certificate is a token beside it.
fn judge<'d, 'r>(
    request: &Request<'r>,
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    verify: Verify<'d, 'r>,
) -> Result<Judged<'d>, Problem> {
    let mut backend = HostBackend::new(request.blob, SIGNERS, clock::now());
    let keys = match key_source(document, signature, &mut backend) {
        Ok(keys) => keys,
        Err(WsSecurityFailure::Backend(problem)) => return Err(problem),
        Err(WsSecurityFailure::Refused(error)) => {
            return Ok(Judged {
                verified: Err(Refusal::of_token(&error)),
                explained: Vec::new(),
            });
        }
    };
    let located = Located {
        document,
        signature,
        keys,
    };
    let verified = match verify(located, &request.policy, &mut backend) {
        Ok(verified) => Ok(verified),
        Err(VerifyFailure::Backend(problem)) => return Err(problem),
        Err(VerifyFailure::Refused(error)) => {
            let of_token = token_refusal(document, signature, &error.kind, &mut backend)?;
            Err(match of_token {
                Some(error) => Refusal::of_token(&error),
                None => Refusal::of_signature(&error),
            })
        }
    };
    Ok(Judged {
        verified,
        explained: backend.into_explained(),
    })
}

/// Alone, or as one of several.
type Verify<'d, 'j> = fn(
    Located<'d>,
    &Policy,
    &mut HostBackend<'j>,
) -> Result<Verified<'d, Identity>, VerifyFailure<Problem>>;

/// What a document is refused for is an outcome; what the host fails in is none.
fn outer<T>(result: Result<T, VerifyFailure<Problem>>) -> Result<Result<T, Refusal>, Problem> {
    match result {
        Ok(verified) => Ok(Ok(verified)),
        Err(VerifyFailure::Refused(error)) => Ok(Err(Refusal::of_signature(&error))),
        Err(VerifyFailure::Backend(problem)) => Err(problem),
    }
}

fn policy(settings: &Settings) -> Result<Policy, Problem> {
    Ok(Policy {
        required: settings.required()?,
        allow_sha1: settings.allow_sha1,
        explain: settings.explain,
        ..Policy::default()
    })
}

/// The payload, decoded; read from what one of the signatures covers and from nowhere else.
fn take_payload(
    request: &Request<'_>,
    verified: &[Verified<'_, Identity>],
) -> Result<Result<Option<Blob>, Refusal>, Problem> {
    let (blob, Some(path)) = (request.blob, request.payload.as_ref()) else {
        return Ok(Ok(None));
    };
    let covered = verified.iter().find_map(|one| {
        let pieces = |text: canonical_xml::Text<'_>| text_blob(blob, text.shared_pieces());
        let octets = || {
            one.octets(path)
                .map(|text| text_blob(blob, text.shared_pieces()))
        };
        one.element(path)
            .map(|element| pieces(element.text()))
            .or_else(octets)
    });
    let Some(text) = covered else {
        return Ok(Err(Refusal::of_payload(
            path,
            "payload.not-covered",
            "there is not exactly one element at this path that the signature covers",
        )));
    };
    match text?.handle().decode_base64() {
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
    let (parts, mut documents) = explain(explained, "")?;
    documents.extend(payload.map(payload_document).transpose()?);
    outcome(
        RetryClass::Done,
        &Report::valid(VALID, verified, parts),
        documents,
    )
}

fn payload_document(payload: Blob) -> Result<ReceivedDocument, Problem> {
    Ok(ReceivedDocument {
        name: "payload".into(),
        media_type: "application/octet-stream".into(),
        content: payload.into_handle()?,
    })
}

fn refused(refusal: Refusal, explained: Vec<Explained>) -> Result<Outcome, Problem> {
    let (parts, documents) = explain(explained, "")?;
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
    let (code, text) = (report.code().to_owned(), report.message().to_owned());
    Ok(Outcome {
        events: vec![Event {
            kind: "signature-verified".into(),
            data: json::write(report)?,
            deduplication_key: "signature-verified".into(),
            about: None,
        }],
        documents,
        ..agency_guest::outcome(class, code, text)
    })
}

/// The octets go out as documents, since they may be large; the report names them.
fn explain(
    explained: Vec<Explained>,
    prefix: &str,
) -> Result<(Vec<ExplainedPart>, Vec<ReceivedDocument>), Problem> {
    let mut parts = Vec::new();
    let mut documents = Vec::new();
    for part in explained {
        let name = match part.reference {
            Some(number) if part.encoded => format!("{prefix}reference-{number}"),
            Some(number) => format!("{prefix}reference-{number}.xml"),
            None => format!("{prefix}signed-info.xml"),
        };
        parts.push(ExplainedPart::of(&part, name.clone()));
        let media_type = if part.encoded {
            "application/octet-stream"
        } else {
            "application/xml"
        };
        documents.push(ReceivedDocument {
            name,
            media_type: media_type.into(),
            content: part.octets.into_handle()?,
        });
    }
    Ok((parts, documents))
}
