// SPDX-License-Identifier: Apache-2.0
//! The contract's exported functions, called.

use wasmtime::{Store, component::Resource};

use crate::{
    bindings::exports::silta::agency::{envelope, message, notification},
    blob::Blob,
    call::{
        contract,
        recording::Recording,
        sandbox::Sandbox,
        state::{CallState, NextSecrets, Purpose},
        tape::Tape,
    },
    convert::{self, Parsed},
    describe::{Description, OperationLimits},
    error::Error,
    exchange::{
        Attachment, BuildInput, Call, CertificateChain, Request, Response, Sending, Verdict,
    },
    form::{self, sizes},
    observe::RequestRecord,
};

impl Sandbox {
    pub(crate) fn describe(&self) -> Result<Description, Error> {
        let id = self.environment.call_id("describe");
        let recording = self.recording(&id, "descriptor.describe", || 0, Vec::new);
        let described = self.run(id, tape(&recording), |instance, store| {
            let descriptor = self.exports.descriptor.load(&mut *store, instance)?;
            let description = descriptor.call_describe(store)?;
            Ok(Ok(convert::description(description)))
        });
        self.tell(recording, &described, unmeasured, form::description);
        described
    }

    /// Gives the limits that the settings change.
    pub(crate) fn check_settings(&self) -> Result<Vec<(String, OperationLimits)>, Error> {
        let id = self.environment.call_id("check-settings");
        let recording = self.recording(&id, "descriptor.check-settings", || 0, Vec::new);
        let checked = self.run(id, tape(&recording), |instance, store| {
            let descriptor = self.exports.descriptor.load(&mut *store, instance)?;
            let checked = descriptor.call_check_settings(store)?;
            Ok(checked
                .map(convert::adjusted_limits)
                .map_err(|problem| Error::Problem(convert::problem(problem))))
        });
        self.tell(recording, &checked, unmeasured, |it| {
            form::case("ok", Some(form::adjusted(it)))
        });
        checked
    }

    /// Builds a request; `sent` is the role whose next value the operation sends.
    pub(crate) fn build(&self, input: BuildInput, sent: Option<String>) -> Result<Request, Error> {
        self.build_for(Purpose::Sending, input, sent)
    }

    /// Builds a request that nobody gets, without a signature.
    pub(crate) fn check(&self, input: BuildInput, sent: Option<String>) -> Result<(), Error> {
        self.build_for(Purpose::Check, input, sent).map(drop)
    }

    fn build_for(
        &self,
        purpose: Purpose,
        input: BuildInput,
        sent: Option<String>,
    ) -> Result<Request, Error> {
        let id = self.environment.call_id(&input.operation);
        // What is only checked has no signature, and is sent nowhere: whoever records calls is not told of it as one that was.
        let recording = match purpose {
            Purpose::Check => None,
            Purpose::Sending => {
                let bytes = || sizes::arguments_of_build(&input);
                self.recording(&id, "envelope.build", bytes, || {
                    form::arguments_of_build(&input)
                })
            }
        };
        let operation = input.operation;
        let built = self.run(id, tape(&recording), |instance, store| {
            store.data_mut().trace.purpose = purpose;
            store.data_mut().trace.next_secrets = NextSecrets {
                sent,
                in_force: input.next_secret_of,
            };
            let payload = input.payload.map(|payload| lend(store, payload));
            let payload = payload.transpose()?;
            let mut hand_over = |attachment: Attachment| {
                Ok(envelope::Attachment {
                    name: attachment.name,
                    media_type: attachment.media_type,
                    content: store.data_mut().table.push(attachment.content)?,
                })
            };
            let attachments = input.attachments.into_iter().map(&mut hand_over);
            let attachments = attachments.collect::<wasmtime::Result<Vec<_>>>()?;
            let given = (
                operation.as_str(),
                input.parameters.as_str(),
                payload,
                attachments.as_slice(),
                input.cursor.as_deref(),
                input.step.as_deref(),
            );
            let (built,) = self.exports.build.call(store, instance, given)?;
            match built {
                Ok(request) => {
                    let request = convert::request(request, &mut |blob| take(store, blob))?;
                    let kept = contract::request(&request)
                        .map_err(|violation| violation.in_call(&store.data().trace.id));
                    let audited = kept.and_then(|()| audit(store.data_mut(), &request));
                    Ok(audited.map(|()| request))
                }
                Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
            }
        });
        self.tell(recording, &built, sizes::request, |it| {
            form::case("ok", Some(form::request(it)))
        });
        built
    }

    pub(crate) fn parse(
        &self,
        operation: &str,
        response: Response,
        sending: Sending,
    ) -> Result<Parsed, Error> {
        let id = self.environment.call_id(operation);
        let bytes = || sizes::arguments_of_parse(operation, &response, &sending);
        let recording = self.recording(&id, "message.parse", bytes, || {
            form::arguments_of_parse(operation, &response, &sending)
        });
        let parsed = self.run(id, tape(&recording), |instance, store| {
            let response = match response {
                Response::Answered(answer) => message::Response::Answered(message::Answer {
                    status: answer.status,
                    headers: convert::wire_headers(answer.headers),
                    body: lend(store, answer.body)?,
                }),
                Response::MailAnswered(answer) => {
                    message::Response::MailAnswered(convert::wire_mail_answer(answer))
                }
                Response::Unanswered => message::Response::Unanswered,
            };
            let sending = message::Sending {
                memo: sending.memo,
                earlier_sendings: sending.earlier_sendings,
                step: sending.step,
            };
            let given = (operation, &response, &sending);
            let (parsed,) = self.exports.parse.call(store, instance, given)?;
            match parsed {
                Ok(outcome) => {
                    let parsed = convert::outcome(outcome, &mut |blob| take(store, blob))?;
                    let kept = contract::outcome(&parsed)
                        .map_err(|violation| violation.in_call(&store.data().trace.id));
                    Ok(kept.map(|()| parsed))
                }
                Err(problem) => Ok(Err(Error::Problem(convert::problem(problem)))),
            }
        });
        self.tell(recording, &parsed, sizes::outcome, |it| {
            form::case("ok", Some(form::outcome(it)))
        });
        parsed
    }

    pub(crate) fn validate(&self, call: Call) -> Result<Verdict, Error> {
        let id = self.environment.call_id("validate");
        let bytes = || sizes::arguments_of_validate(&call);
        let recording = self.recording(&id, "notification.validate", bytes, || {
            form::arguments_of_validate(&call)
        });
        let judged = self.run(id, tape(&recording), |instance, store| {
            let call = match call {
                Call::Http(call) => notification::Call::Http(notification::HttpCall {
                    method: call.method,
                    target: call.target,
                    headers: convert::wire_headers(call.headers),
                    body: lend(store, call.body)?,
                    peer: lend_peer(store, call.peer_certificates)?,
                    peer_address: call.peer_address,
                }),
                Call::Mail(mail) => notification::Call::Mail(notification::MailCall {
                    sender: mail.sender,
                    recipients: mail.recipients,
                    content: lend(store, mail.content)?,
                    connection: notification::MailConnection {
                        peer_address: mail.connection.peer_address,
                        tls: mail.connection.tls,
                        peer: lend_peer(store, mail.connection.peer_certificates)?,
                        allowed: mail.connection.allowed,
                    },
                }),
            };
            let (verdict,) = self.exports.validate.call(store, instance, (&call,))?;
            let verdict = convert::verdict(verdict, &mut |blob| take(store, blob))?;
            let kept = contract::verdict(&verdict)
                .map_err(|violation| violation.in_call(&store.data().trace.id));
            Ok(kept.map(|()| verdict))
        });
        self.tell(recording, &judged, sizes::verdict, form::verdict);
        judged
    }
}

/// What a component says of itself and of its settings is bounded by what it may return, and is nobody's content.
fn unmeasured<T>(_: &T) -> u64 {
    0
}

fn tape(recording: &Option<Recording>) -> Option<&Tape> {
    recording.as_ref().map(|recording| &recording.tape)
}

/// Tells the audit trail of a request with signatures in it, before anybody has it.
fn audit(state: &mut CallState, request: &Request) -> Result<(), Error> {
    let (environment, trace) = (&state.environment, &mut state.trace);
    if trace.signatures.is_empty() || trace.purpose == Purpose::Check {
        return Ok(());
    }
    let record = RequestRecord {
        call: trace.id.clone(),
        call_id: trace.audit_id(&*environment.ids),
        reference: request.reference.clone(),
        body: request.body.clone(),
        time: trace.now,
    };
    let kept = environment.audit.request(&record);
    kept.map_err(|source| Error::Audit {
        agency: trace.id.agency.clone(),
        operation: trace.id.operation.clone(),
        source,
    })
}

/// Lets the component have a peer judged for the length of the call.
fn lend_peer(
    store: &mut Store<CallState>,
    chain: Option<CertificateChain>,
) -> wasmtime::Result<Option<Resource<CertificateChain>>> {
    let Some(chain) = chain else {
        return Ok(None);
    };
    let owned = store.data_mut().table.push(chain)?;
    Ok(Some(Resource::new_borrow(owned.rep())))
}

/// Lets the component look at a blob for the length of the call.
fn lend(store: &mut Store<CallState>, blob: Blob) -> wasmtime::Result<Resource<Blob>> {
    let owned = store.data_mut().table.push(blob)?;
    Ok(Resource::new_borrow(owned.rep()))
}

/// Takes over a blob that the component handed out.
fn take(store: &mut Store<CallState>, blob: Resource<Blob>) -> wasmtime::Result<Blob> {
    Ok(store.data_mut().table.delete(blob)?)
}
