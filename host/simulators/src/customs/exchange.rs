// SPDX-License-Identifier: Apache-2.0
//! One request: the choice of the operation, and the answer.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hyper::body::Incoming;
use hyper::{Request, Response};
use roxmltree::{Document, Node};
use tokio_rustls::TlsAcceptor;

use super::answer::{Answer, Spelling, Writer};
use super::call::Call;
use super::codes::{FAULT_CODE, FAULT_TEXT, Finding, ResponseCode, ResponseCodes};
use super::delivery::{Body, NoAnswer, deliver};
use super::delivery_queue::DeliveryQueue;
use super::dialect::{self, Dialect, Misread, Written};
use super::download::Downloads;
use super::download_list::Lists;
use super::faulty_answer;
use super::inspection::{Inspection, Refusal};
use super::misbehaviour::{Misbehaviour, Occasion, Script};
use super::notify_client::Notifier;
use super::operation::Operation;
use super::received::{Received, Verdict};
use super::setup::CustomsSetup;
use super::soap;
use super::transport;
use super::untrusted_identity;
use super::upload::Uploads;
use super::wire::WireNames;
use crate::business_id::BusinessId;
use crate::certificate::Certificate;
use crate::error::SimulatorError;
use crate::ledger::{Ledger, lock};
use crate::server::{self, Connection};
use crate::tls::{self, Identity};
use crate::xml::{self, plain_text};

/// The operations, and what all requests share.
pub(super) struct Service {
    /// As it is spoken now.
    wire: RwLock<Arc<WireNames>>,
    dialect: Option<Arc<dyn Dialect>>,
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) queue: Arc<DeliveryQueue>,
    pub(super) received: Ledger<Received>,
    codes: ResponseCodes,
    body_limit: usize,
    acceptor: TlsAcceptor,
    /// For whoever is to meet somebody else.
    untrusted: TlsAcceptor,
    uploads: Uploads,
    lists: Lists,
    downloads: Downloads,
}

impl Service {
    pub(super) fn new(setup: CustomsSetup) -> Result<Self, SimulatorError> {
        let identity = Identity::read(
            (&setup.server_certificates_pem, "server_certificates_pem"),
            (&setup.server_key_pem, "server_key_pem"),
        )?;
        let untrusted = untrusted_identity::server();
        let untrusted = untrusted.map_err(|_| SimulatorError::UntrustedIdentity)?;
        let wire = match &setup.dialect {
            None => setup.wire.clone(),
            // The form that requests are put into; SOAPAction is then that of the operation.
            Some(_) => WireNames {
                path: setup.wire.path.clone(),
                signature_form: setup.wire.signature_form,
                soap_action: None,
                ..WireNames::default()
            },
        };
        let wire = Arc::new(wire);
        let script = Arc::new(Mutex::new(setup.script.clone()));
        let notifier = setup.notify.as_ref();
        let notifier =
            notifier.map(|notify| Notifier::new(notify, wire.clone(), setup.dialect.clone()));
        let queue = Arc::new(DeliveryQueue::new(notifier.transpose()?, script.clone()));
        Ok(Self {
            acceptor: tls::acceptor(identity, &setup.client_anchors_pem)?,
            untrusted: tls::acceptor(untrusted, &setup.client_anchors_pem)?,
            uploads: Uploads::new(&setup, queue.clone())?,
            lists: Lists::new(&setup, queue.clone()),
            downloads: Downloads::new(&setup, queue.clone())?,
            received: Ledger::default(),
            codes: setup.codes,
            dialect: setup.dialect,
            body_limit: setup.body_limit,
            wire: RwLock::new(wire),
            script,
            queue,
        })
    }
}

impl server::Service for Service {
    type Body = Body;
    type NoAnswer = NoAnswer;

    fn acceptor(&self) -> &TlsAcceptor {
        match lock(&self.script).take(Occasion::Connection) {
            Some(_) => &self.untrusted,
            None => &self.acceptor,
        }
    }

    async fn answer(
        self: Arc<Self>,
        connection: Connection,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, NoAnswer> {
        let mut inspection = Inspection::start();
        // The handshake has seen to it, or there would be no request.
        inspection.passed("tls-client-certificate");
        let client = connection.client.as_deref();
        let client = client.and_then(|client| Certificate::read(client).ok());
        let caller = client.and_then(|client| client.business_id);
        // Of one request all is in the same wire.
        let wire = self.wire();
        let writer = ordinary(&wire);
        let body = transport::read_body(&wire, self.body_limit, request, &mut inspection);
        let answer = match body.await {
            Ok(body) => self.answer_message((caller.as_ref(), writer), &body, &mut inspection),
            Err(refusal) => self.refuse(writer, refusal, &mut inspection),
        };
        let misbehaviour = inspection.record.misbehaviour.clone();
        inspection.record.http_status = match misbehaviour {
            Some(Misbehaviour::Silence { .. }) => 0,
            _ => answer.status.as_u16(),
        };
        self.received.record(inspection.record);
        deliver(connection, answer, misbehaviour).await
    }
}

impl Service {
    /// What is spoken now.
    pub(super) fn wire(&self) -> Arc<WireNames> {
        let wire = self.wire.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&wire)
    }

    /// Speaks otherwise from the next request on.
    pub(super) fn speak(&self, wire: WireNames) {
        let mut spoken = self.wire.write().unwrap_or_else(PoisonError::into_inner);
        *spoken = Arc::new(wire);
    }

    /// Finds out what is asked for, and answers it as a script may want it.
    fn answer_message(
        &self,
        (caller, writer): (Option<&BusinessId>, Writer<'_>),
        body: &[u8],
        inspection: &mut Inspection,
    ) -> Answer {
        let body = match self.in_own_form(caller, body, inspection) {
            Ok(body) => body,
            Err(refusal) => return self.refuse(writer, refusal, inspection),
        };
        let document = match xml::parse(&body) {
            Ok(document) => document,
            Err(error) => {
                let refusal = Refusal::fault(format!("the SOAP message {error}"));
                return self.refuse(writer, refusal, inspection);
            }
        };
        match read_operation(writer.wire, &document, inspection) {
            Ok((operation, request)) => {
                let call = Call {
                    request,
                    caller,
                    writer,
                };
                self.act(operation, call, inspection)
            }
            Err(refusal) => self.refuse(writer, refusal, inspection),
        }
    }

    /// The request in the form that is read here: of a dialect once it is judged.
    fn in_own_form<'b>(
        &self,
        caller: Option<&BusinessId>,
        body: &'b [u8],
        inspection: &mut Inspection,
    ) -> Result<Cow<'b, [u8]>, Refusal> {
        let Some(dialect) = self.dialect.as_deref() else {
            return Ok(Cow::Borrowed(body));
        };
        let soap_action = inspection.soap_action.as_deref();
        let read = dialect::read_request(dialect, &self.wire(), body, (caller, soap_action));
        match read {
            Ok(read) => {
                inspection.passed("schema");
                Ok(Cow::Owned(read.into_bytes()))
            }
            Err(Misread::Unknown) => Ok(Cow::Borrowed(body)),
            Err(Misread::SoapAction) => Err(transport::wrong_soap_action()),
            Err(Misread::Invalid(reason)) => Err(Refusal::Invalid { reason }),
        }
    }

    /// The answer as it is said here: in a dialect, valid or the simulator's own fault. An answer that a script spoils is not judged, and is written with texts that its types do not take.
    fn in_dialect(
        &self,
        operation: Operation,
        (writer, answer): (Writer<'_>, Answer),
        inspection: &mut Inspection,
    ) -> Answer {
        let misbehaviour = inspection.record.misbehaviour.as_ref();
        let dialect = self.dialect.as_deref();
        let Some(dialect) = dialect.filter(|_| misbehaviour != Some(&Misbehaviour::WrongNamespace))
        else {
            return answer;
        };
        let (envelope, prefix) = (writer.spelling.envelope, writer.spelling.operation);
        let spelling = (
            envelope,
            prefix.trim_end_matches(':'),
            misbehaviour.is_some(),
        );
        match dialect::reply(dialect, operation, &answer.body, spelling) {
            None => answer,
            Some(Written::Right(body)) => Answer {
                body: body.into(),
                ..answer
            },
            Some(Written::Wrong(why)) => {
                let detail = ResponseCode::new(FAULT_CODE, FAULT_TEXT);
                let record = &mut inspection.record;
                // What was asked for is done by now, such as an upload, whose reference is used up.
                let done = match record.verdict {
                    Verdict::Accepted => "; what was asked for is done all the same",
                    _ => "",
                };
                record.verdict = Verdict::OwnFault;
                record.code = Some(detail.code.clone());
                record.reason = Some(format!("the answer of the simulator: {why}{done}"));
                writer.fault(Some(&detail))
            }
        }
    }

    /// Handles the request, unless a script says otherwise; and spoils the answer, if a script says so.
    fn act(
        &self,
        operation: Operation,
        mut call: Call<'_, '_>,
        inspection: &mut Inspection,
    ) -> Answer {
        let misbehaviour = lock(&self.script).take(Occasion::Request(operation));
        inspection.record.misbehaviour.clone_from(&misbehaviour);
        let misbehaviour = misbehaviour.as_ref();
        call.writer.spelling = faulty_answer::spelling(misbehaviour);
        let writer = call.writer;
        let replacement = faulty_answer::replacement(misbehaviour, &writer, operation);
        let answer = if faulty_answer::ignores_the_request(misbehaviour) {
            inspection.record.verdict = Verdict::Unjudged;
            None
        } else {
            let outcome = self.handle(operation, &call, inspection);
            Some(outcome.unwrap_or_else(|refusal| self.refuse(writer, refusal, inspection)))
        };
        match (replacement, answer) {
            (Some((answer, code)), _) => {
                inspection.record.code = code;
                self.in_dialect(operation, (writer, answer), inspection)
            }
            (None, Some(answer)) => {
                let answer = self.in_dialect(operation, (writer, answer), inspection);
                faulty_answer::spoil(misbehaviour, answer)
            }
            // Whoever ignores a request has a replacement for its answer.
            (None, None) => writer.fault(None),
        }
    }

    fn handle(
        &self,
        operation: Operation,
        call: &Call<'_, '_>,
        inspection: &mut Inspection,
    ) -> Result<Answer, Refusal> {
        let rest = match operation {
            Operation::Upload => self.uploads.answer(call, inspection),
            Operation::DownloadList => self.lists.answer(call, inspection),
            Operation::Download => self.downloads.answer(call, inspection),
            Operation::CheckConnectivity => echo(call, inspection),
        }?;
        let accepted = &self.codes.accepted;
        inspection.record.verdict = Verdict::Accepted;
        inspection.record.code = Some(accepted.code.clone());
        Ok(call.writer.operation(operation, accepted, &rest))
    }

    /// Notes the refusal and turns it into an answer.
    fn refuse(&self, writer: Writer<'_>, refusal: Refusal, inspection: &mut Inspection) -> Answer {
        let (verdict, code, reason, answer) = match (refusal, inspection.operation) {
            (Refusal::Http { status, reason }, _) => {
                (Verdict::Http, None, reason, Answer::empty(status))
            }
            (Refusal::Message { finding, reason }, Some(operation)) => {
                let code = self.codes.of(finding);
                (
                    Verdict::Refused(finding),
                    Some(code.code.clone()),
                    reason,
                    writer.operation(operation, code, ""),
                )
            }
            (Refusal::Own { reason }, _) => {
                let detail = ResponseCode::new(FAULT_CODE, FAULT_TEXT);
                let answer = writer.fault(Some(&detail));
                (Verdict::OwnFault, Some(detail.code), reason, answer)
            }
            (Refusal::Invalid { reason }, _) => {
                let told = format!("The message is not valid by the schema: {reason}");
                let detail = ResponseCode::new(FAULT_CODE, &told);
                let answer = writer.fault(Some(&detail));
                (Verdict::Fault, Some(detail.code), told, answer)
            }
            (Refusal::Fault { reason } | Refusal::Message { reason, .. }, _) => {
                let detail = ResponseCode::new(FAULT_CODE, FAULT_TEXT);
                let answer = writer.fault(Some(&detail));
                (Verdict::Fault, Some(detail.code), reason, answer)
            }
        };
        inspection.record.verdict = verdict;
        inspection.record.code = code;
        inspection.record.reason = Some(reason);
        answer
    }
}

/// As it is said where no script wants it otherwise.
fn ordinary(wire: &WireNames) -> Writer<'_> {
    Writer {
        wire,
        spelling: Spelling::ORDINARY,
    }
}

/// Chooses the operation by the element in the Body.
fn read_operation<'a, 'i>(
    wire: &WireNames,
    document: &'a Document<'i>,
    inspection: &mut Inspection,
) -> Result<(Operation, Node<'a, 'i>), Refusal> {
    let request = soap::content(document, soap::ENVELOPE_NAMESPACE)
        .map_err(|error| Refusal::fault(format!("the SOAP message: {error}")))?;
    inspection.passed("soap-envelope");
    let operation = Operation::of(request, &wire.service_namespace)
        .ok_or_else(|| Refusal::fault("the SOAP Body holds no operation of this service"))?;
    inspection.record.operation = Some(operation.request().to_owned());
    inspection.operation = Some(operation);
    inspection.passed("operation");
    Ok((operation, request))
}

/// CheckConnectivity gives the text back unchanged (technical guide 2015, [seed p17]; that EchoContent is plain text is
/// a guess).
fn echo(call: &Call<'_, '_>, inspection: &mut Inspection) -> Result<String, Refusal> {
    let name = &call.writer.wire.echo_content;
    let parts = call.parts(name);
    let (header, echo) = parts.map_err(Refusal::because(Finding::RequestHeader))?;
    call.check_header(header, inspection)?;
    let text = plain_text(echo).map_err(Refusal::because(Finding::Criteria))?;
    inspection.passed("echo-content");
    Ok(call.writer.element(name, text))
}
