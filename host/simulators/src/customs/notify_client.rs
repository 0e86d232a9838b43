// SPDX-License-Identifier: Apache-2.0
//! The client of a customer's notification service.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Request, Response, StatusCode};
use roxmltree::Node;
use tokio_rustls::TlsConnector;

use super::answer::now;
use super::dialect::{self, Dialect, Message as Form, Written};
use super::mailbox::Message;
use super::notify::{Notification, NotifySetup, NotifyShape, SoapVersion};
use super::soap;
use super::wire::WireNames;
use crate::client::{Call, CallProblem, Endpoint};
use crate::error::SimulatorError;
use crate::tls::{self, Identity};
use crate::xml::{self, Children, ShapeError, escape, plain_text};

/// A notification service, ready to be called.
pub(super) struct Notifier {
    endpoint: Endpoint,
    connector: TlsConnector,
    wire: Arc<WireNames>,
    dialect: Option<Arc<dyn Dialect>>,
    soap_version: SoapVersion,
    business_id: String,
    namespace: String,
    timeout: Duration,
}

impl Notifier {
    pub(super) fn new(
        setup: &NotifySetup,
        wire: Arc<WireNames>,
        dialect: Option<Arc<dyn Dialect>>,
    ) -> Result<Self, SimulatorError> {
        let lacks = |dialect: &Arc<dyn Dialect>| dialect.form(Form::NotifyRequest).is_none();
        if dialect.as_ref().is_some_and(lacks) {
            return Err(SimulatorError::Dialect("has no notification service"));
        }
        let identity = Identity::read(
            (
                &setup.client_certificates_pem,
                "notify.client_certificates_pem",
            ),
            (&setup.client_key_pem, "notify.client_key_pem"),
        )?;
        let servers = (
            setup.receiver_anchors_pem.as_str(),
            "notify.receiver_anchors_pem",
        );
        Ok(Self {
            endpoint: Endpoint::parse(&setup.url).ok_or(SimulatorError::Url("notify.url"))?,
            connector: tls::connector(Some(identity), servers)?,
            wire,
            dialect,
            soap_version: setup.soap_version,
            business_id: setup.business_id.clone(),
            namespace: setup.namespace.clone(),
            timeout: setup.timeout,
        })
    }

    /// Calls once.
    pub(super) async fn notify(&self, message: &Message) -> Notification {
        let started = Instant::now();
        let mut notification = Notification {
            at: SystemTime::now(),
            took: Duration::ZERO,
            storage_id: message.storage_id.clone(),
            soap_version: self.soap_version,
            http_status: None,
            code: None,
            shape: None,
            problem: None,
            is_own_fault: false,
        };
        let outcome = match self.request(message) {
            Ok(request) => self.call(request).await,
            Err(problem) => Err(problem),
        };
        let outcome = outcome.and_then(|answer| {
            notification.http_status = Some(answer.status.as_u16());
            self.read(&answer)
        });
        match outcome {
            Ok((shape, code)) => {
                notification.shape = shape;
                notification.code = Some(code);
            }
            Err(problem) => {
                notification.is_own_fault = matches!(problem, NotifyProblem::OwnFault(_));
                notification.problem = Some(problem.to_string());
            }
        }
        notification.took = started.elapsed();
        notification
    }
}

/// Why a call is not in order. The answer's content is left out.
#[derive(Debug, thiserror::Error)]
enum NotifyProblem {
    #[error(transparent)]
    Call(#[from] CallProblem),
    #[error("the answer's HTTP status is not 200")]
    Status,
    #[error("the answer's Content-Type is not {0}, that of the caller's version of SOAP")]
    ContentType(&'static str),
    #[error("the answer {0}")]
    Xml(#[from] xml::XmlError),
    #[error("the answer is not a NotifyResponse in the caller's version of SOAP: {0}")]
    Shape(#[from] ShapeError),
    #[error("the call of the simulator: {0}")]
    OwnFault(String),
    #[error("the answer is not valid by the schema: {0}")]
    Invalid(String),
    #[error("the answer's ResponseCode does not have three digits")]
    Code,
}

struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Far more than a NotifyResponse needs.
const LARGEST_ANSWER: usize = 1 << 20;

impl Notifier {
    async fn call(&self, body: String) -> Result<Received, NotifyProblem> {
        let call = Call {
            endpoint: &self.endpoint,
            connector: &self.connector,
            time_limit: self.timeout,
            rest: Duration::ZERO,
        };
        let request = self.http(body).map_err(|_| CallProblem::Http)?;
        Ok(call.send(request, receive).await??)
    }

    /// The call, in the dialect if there is one.
    fn request(&self, message: &Message) -> Result<String, NotifyProblem> {
        let request = request(self.party(), message);
        let Some(dialect) = self.dialect.as_deref() else {
            return Ok(request);
        };
        match dialect::notification(dialect, &request, self.soap_version) {
            Written::Right(request) => Ok(request),
            Written::Wrong(why) => Err(NotifyProblem::OwnFault(why)),
        }
    }

    fn party(&self) -> Party<'_> {
        Party {
            wire: &self.wire,
            soap_version: self.soap_version,
            business_id: &self.business_id,
            namespace: &self.namespace,
        }
    }

    fn http(&self, body: String) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let content_type = format!("{}; charset=utf-8", media_type(self.soap_version));
        let mut request = Request::post(&self.endpoint.path)
            .header(HOST, self.endpoint.authority.as_str())
            .header(CONTENT_TYPE, content_type);
        if self.soap_version == SoapVersion::V1_1 {
            request = request.header("SOAPAction", "\"\"");
        }
        request.body(Full::from(body))
    }

    /// Whether the answer keeps to every rule, and what it says.
    fn read(&self, answer: &Received) -> Result<(Option<NotifyShape>, String), NotifyProblem> {
        if answer.status != StatusCode::OK {
            return Err(NotifyProblem::Status);
        }
        let wanted = media_type(self.soap_version);
        let content_type = answer.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let found = content_type.and_then(|value| value.split(';').next());
        if !found.is_some_and(|found| found.trim().eq_ignore_ascii_case(wanted)) {
            return Err(NotifyProblem::ContentType(wanted));
        }
        let document = xml::parse(&answer.body)?;
        let response = soap::content(&document, soap::namespace(self.soap_version))?;
        let (shape, code) = match self.dialect.as_deref() {
            Some(dialect) => {
                let code = dialect::notified(dialect, &answer.body, response);
                (None, code.map_err(NotifyProblem::Invalid)?)
            }
            None => {
                let (shape, code) = response_code(response, &self.namespace)?;
                (Some(shape), code.to_owned())
            }
        };
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some((shape, code)).ok_or(NotifyProblem::Code)
    }
}

/// Who calls, and in which words.
pub(super) struct Party<'a> {
    pub(super) wire: &'a WireNames,
    pub(super) soap_version: SoapVersion,
    pub(super) business_id: &'a str,
    pub(super) namespace: &'a str,
}

/// NotifyRequest (table 4 [seed p27]).
pub(super) fn request(party: Party<'_>, message: &Message) -> String {
    let wire = party.wire;
    let information: String = message
        .information(wire)
        .iter()
        .map(|(name, value)| format!("<n:{name}>{}</n:{name}>", escape(value)))
        .collect();
    let (caller, timestamp) = (&wire.intermediary_business_id, &wire.timestamp);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<e:Envelope xmlns:e=\"{}\"><e:Body>\
         <n:NotifyRequest xmlns:n=\"{}\"><n:RequestHeader><n:{caller}>{}</n:{caller}>\
         <n:{timestamp}>{}</n:{timestamp}></n:RequestHeader>\
         <n:MessageInformation>{information}</n:MessageInformation></n:NotifyRequest></e:Body></e:Envelope>",
        soap::namespace(party.soap_version),
        escape(party.namespace),
        escape(party.business_id),
        now(),
    )
}

async fn receive(answer: Response<Incoming>) -> Result<Received, CallProblem> {
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, LARGEST_ANSWER).collect().await;
    Ok(Received {
        status: head.status,
        headers: head.headers,
        body: body.map_err(|_| CallProblem::Http)?.to_bytes(),
    })
}

fn media_type(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "text/xml",
        SoapVersion::V1_2 => "application/soap+xml",
    }
}

/// The code, in either of the published shapes.
fn response_code<'a>(
    response: Node<'a, '_>,
    namespace: &str,
) -> Result<(NotifyShape, &'a str), ShapeError> {
    let name = response.tag_name();
    if name.name() != "NotifyResponse" || name.namespace() != Some(namespace) {
        return Err(ShapeError::Unexpected(name.name().to_owned()));
    }
    let mut parts = Children::of(response)?;
    let header = parts.required(namespace, "ResponseHeader")?;
    let (shape, code) = match parts.optional(namespace, "ResponseCode") {
        Some(code) => {
            parts.optional(namespace, "ResponseText");
            (NotifyShape::Siblings, code)
        }
        None => {
            let mut fields = Children::of(header)?;
            (
                NotifyShape::InHeader,
                fields.required(namespace, "ResponseCode")?,
            )
        }
    };
    parts.end()?;
    Ok((shape, plain_text(code)?))
}
