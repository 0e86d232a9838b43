//! The contract's exported functions, called.

use std::sync::Arc;

use wasmtime::{Store, component::Resource};

use crate::{
    agency::generation::Generation,
    bindings::exports::silta::agency::{envelope, message, notification},
    blob::Blob,
    call::contract,
    call::{self, CallState, Mode},
    convert,
    describe::{Description, OperationLimits},
    error::Error,
    exchange::{BuildInput, Call, Outcome, Request, Response, Sending, Verdict},
    observe::RequestRecord,
};

pub(crate) fn describe(generation: &Arc<Generation>) -> Result<Description, Error> {
    call::run(
        generation,
        Mode::SelfTest("{}"),
        "describe",
        |instance, store| {
            Ok(Ok(convert::description(
                generation
                    .exports
                    .descriptor(store, instance)?
                    .call_describe(store)?,
            )))
        },
    )
}

/// Gives the limits that the settings change.
pub(crate) fn check_settings(
    generation: &Arc<Generation>,
) -> Result<Vec<(String, OperationLimits)>, Error> {
    call::run(
        generation,
        Mode::Serve,
        "check-settings",
        |instance, store| {
            let descriptor = generation.exports.descriptor(store, instance)?;
            let checked = descriptor.call_check_settings(store)?;
            Ok(checked
                .map(convert::adjusted_limits)
                .map_err(|problem| Error::Problem(convert::problem(problem))))
        },
    )
}

pub(crate) fn build(
    generation: &Arc<Generation>,
    mode: Mode<'_>,
    input: &BuildInput,
) -> Result<Request, Error> {
    call::run(generation, mode, &input.operation, |instance, store| {
        let payload = input
            .payload
            .as_ref()
            .map(|payload| lend(store, payload))
            .transpose()?;
        let mut attachments = Vec::with_capacity(input.attachments.len());
        for attachment in &input.attachments {
            attachments.push(envelope::Attachment {
                name: attachment.name.clone(),
                media_type: attachment.media_type.clone(),
                content: store.data_mut().table.push(attachment.content.clone())?,
            });
        }
        let envelope = generation.exports.envelope(store, instance)?;
        let built = envelope.call_build(
            &mut *store,
            &input.operation,
            &input.parameters,
            payload,
            &attachments,
            input.cursor.as_deref(),
        )?;
        match built {
            Ok(request) => {
                let request = convert::request(request, &mut |blob| take(store, blob))?;
                let kept = contract::request(&store.data().id, &request)
                    .and_then(|()| audit(store.data_mut(), &request));
                Ok(kept.map(|()| request))
            }
            Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
        }
    })
}

/// Tells the audit trail of a request with signatures in it, before anybody has it.
fn audit(call: &mut CallState, request: &Request) -> Result<(), Error> {
    if call.signatures.is_empty() {
        return Ok(());
    }
    let record = RequestRecord {
        call: call.id.clone(),
        call_id: call.audit_id(),
        reference: request.reference.clone(),
        body: request.body.clone(),
        time: call.now,
    };
    let kept = call.generation.services.audit.request(&record);
    kept.map_err(|source| Error::Audit {
        agency: call.id.agency.clone(),
        operation: call.id.operation.clone(),
        source,
    })
}

pub(crate) fn parse(
    generation: &Arc<Generation>,
    mode: Mode<'_>,
    operation: &str,
    response: &Response,
    sending: &Sending,
) -> Result<Outcome, Error> {
    call::run(generation, mode, operation, |instance, store| {
        let response = match response {
            Response::Answered(answer) => message::Response::Answered(message::Answer {
                status: answer.status,
                headers: convert::wire_headers(&answer.headers),
                body: lend(store, &answer.body)?,
            }),
            Response::Unanswered => message::Response::Unanswered,
        };
        let sending = message::Sending {
            memo: sending.memo.clone(),
            earlier_sendings: sending.earlier_sendings,
        };
        let exported = generation.exports.message(store, instance)?;
        match exported.call_parse(&mut *store, operation, &response, &sending)? {
            Ok(outcome) => {
                let outcome = convert::outcome(outcome, &mut |blob| take(store, blob))?;
                Ok(contract::outcome(&store.data().id, &outcome).map(|()| outcome))
            }
            Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
        }
    })
}

pub(crate) fn validate(
    generation: &Arc<Generation>,
    mode: Mode<'_>,
    call: &Call,
) -> Result<Verdict, Error> {
    call::run(generation, mode, "validate", |instance, store| {
        let call = match call {
            Call::Http(call) => notification::Call::Http(notification::HttpCall {
                method: call.method.clone(),
                target: call.target.clone(),
                headers: convert::wire_headers(&call.headers),
                body: lend(store, &call.body)?,
                peer_certificates: call.peer_certificates.to_vec(),
                peer_address: call.peer_address.clone(),
            }),
            Call::Mail(mail) => notification::Call::Mail(notification::MailCall {
                sender: mail.sender.clone(),
                recipients: mail.recipients.clone(),
                content: lend(store, &mail.content)?,
            }),
        };
        let exported = generation.exports.notification(store, instance)?;
        let verdict = exported.call_validate(&mut *store, &call)?;
        let verdict = convert::verdict(verdict, &mut |blob| take(store, blob))?;
        Ok(contract::verdict(&store.data().id, &verdict).map(|()| verdict))
    })
}

/// Lets the component look at a blob for the length of the call.
fn lend(store: &mut Store<CallState>, blob: &Blob) -> wasmtime::Result<Resource<Blob>> {
    let owned = store.data_mut().table.push(blob.clone())?;
    Ok(Resource::new_borrow(owned.rep()))
}

/// Takes over a blob that the component handed out.
fn take(store: &mut Store<CallState>, blob: Resource<Blob>) -> wasmtime::Result<Blob> {
    Ok(store.data_mut().table.delete(blob)?)
}
