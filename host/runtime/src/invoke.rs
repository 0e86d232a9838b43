//! The contract's exported functions, called.

use std::sync::Arc;

use wasmtime::{Store, component::Resource};

use crate::{
    bindings::exports::silta::agency::{envelope, message, notification},
    blob::Blob,
    call::{self, CallState, Mode},
    convert,
    describe::Description,
    error::Error,
    exchange::{BuildInput, Call, Outcome, Request, Response, Sending, Target, Verdict},
    generation::Generation,
    observe::CallId,
};

/// Longest memo of a request (`wit/exchange.wit`, record `request`).
const LONGEST_MEMO: usize = 4 << 10;

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

pub(crate) fn check_settings(generation: &Arc<Generation>) -> Result<(), Error> {
    call::run(
        generation,
        Mode::Serve,
        "check-settings",
        |instance, store| {
            let descriptor = generation.exports.descriptor(store, instance)?;
            let checked = descriptor.call_check_settings(store)?;
            Ok(checked.map_err(|problem| Error::Problem(convert::problem(problem))))
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
                Ok(check_request(&store.data().id, &request).map(|()| request))
            }
            Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
        }
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
            Ok(outcome) => Ok(Ok(convert::outcome(outcome, &mut |blob| {
                take(store, blob)
            })?)),
            Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
        }
    })
}

pub(crate) fn validate(generation: &Arc<Generation>, call: &Call) -> Result<Verdict, Error> {
    call::run(generation, Mode::Serve, "validate", |instance, store| {
        let call = match call {
            Call::Http(call) => notification::Call::Http(notification::HttpCall {
                method: call.method.clone(),
                target: call.target.clone(),
                headers: convert::wire_headers(&call.headers),
                body: lend(store, &call.body)?,
                peer_certificates: call.peer_certificates.clone(),
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
        Ok(Ok(convert::verdict(verdict, &mut |blob| {
            take(store, blob)
        })?))
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

/// Holds a request against what the contract promises to those who send it.
fn check_request(id: &CallId, request: &Request) -> Result<(), Error> {
    let broken = |what| {
        Err(Error::Contract {
            agency: id.agency.clone(),
            operation: id.operation.clone(),
            what,
        })
    };
    let is_line = |text: &str| !text.contains(char::is_control);
    if !request
        .headers
        .iter()
        .all(|(name, value)| is_line(name) && is_line(value))
    {
        return broken("a header field of the request contains a control character");
    }
    if request.memo.len() > LONGEST_MEMO {
        return broken("the memo of the request is longer than 4 KiB");
    }
    match &request.target {
        Target::Http(target) if !target.url.starts_with("https://") => {
            broken("the request goes to a URL that is not https")
        }
        Target::Http(target) if !is_line(&target.url) || !is_line(&target.method) => {
            broken("the request line contains a control character")
        }
        Target::Smtp(target) if target.recipients.is_empty() => broken("the mail has no recipient"),
        Target::Smtp(target)
            if !target
                .recipients
                .iter()
                .chain([&target.sender])
                .all(|path| is_line(path)) =>
        {
            broken("the envelope of the mail contains a control character")
        }
        _ => Ok(()),
    }
}
