//! The client of a customer's notification service.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::http::uri::{Scheme, Uri};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use roxmltree::Node;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::answer::now;
use super::mailbox::Message;
use super::notify::{Notification, NotifySetup, NotifyShape, SoapVersion};
use super::server::SimulatorError;
use super::service::Service;
use super::soap;
use super::tls;
use super::wire::WireNames;
use crate::xml::{self, Children, ShapeError, escape, plain_text};

/// A notification service, ready to be called.
pub(super) struct Notifier {
    uri: Uri,
    host: ServerName<'static>,
    connector: TlsConnector,
    soap_version: SoapVersion,
    business_id: String,
    namespace: String,
    timeout: Duration,
}

impl Notifier {
    pub(super) fn new(setup: &NotifySetup) -> Result<Self, SimulatorError> {
        let uri: Uri = setup.url.parse().map_err(|_| SimulatorError::NotifyUrl)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(SimulatorError::NotifyUrl);
        }
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            host: ServerName::try_from(host.to_owned()).map_err(|_| SimulatorError::NotifyUrl)?,
            uri,
            connector: TlsConnector::from(tls::client_config(setup)?),
            soap_version: setup.soap_version,
            business_id: setup.business_id.clone(),
            namespace: setup.namespace.clone(),
            timeout: setup.timeout,
        })
    }
}

/// Calls once, and records what came of it.
pub(super) async fn notify(service: &Service, message: &Message) {
    let Some(notifier) = &service.notifier else {
        return;
    };
    let started = Instant::now();
    let mut notification = Notification {
        at: SystemTime::now(),
        took: Duration::ZERO,
        storage_id: message.storage_id.clone(),
        soap_version: notifier.soap_version,
        http_status: None,
        code: None,
        shape: None,
        problem: None,
    };
    let body = notifier.request(&service.wire, message);
    let outcome = match timeout(notifier.timeout, notifier.call(body)).await {
        Ok(Ok(answer)) => {
            notification.http_status = Some(answer.status.as_u16());
            notifier.read(&answer)
        }
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(CallProblem::Timeout),
    };
    match outcome {
        Ok((shape, code)) => {
            notification.shape = Some(shape);
            notification.code = Some(code);
        }
        Err(problem) => notification.problem = Some(problem.to_string()),
    }
    notification.took = started.elapsed();
    service.record_notification(notification);
}

/// Why a call is not in order. The answer's content is left out.
#[derive(Debug, thiserror::Error)]
enum CallProblem {
    #[error("nobody listens at the notification service's address: {0}")]
    Connect(std::io::Error),
    #[error("the TLS handshake with the notification service failed: {0}")]
    Tls(std::io::Error),
    #[error("the notification service did not answer in HTTP")]
    Http,
    #[error("the notification service did not answer in time")]
    Timeout,
    #[error("the answer's HTTP status is not 200")]
    Status,
    #[error("the answer's Content-Type is not {0}, that of the caller's version of SOAP")]
    ContentType(&'static str),
    #[error("the answer {0}")]
    Xml(#[from] xml::XmlError),
    #[error("the answer is not a NotifyResponse in the caller's version of SOAP: {0}")]
    Shape(#[from] ShapeError),
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
    async fn call(&self, body: String) -> Result<Received, CallProblem> {
        let host = self.host.to_str();
        let port = self.uri.port_u16().unwrap_or(443);
        let stream = TcpStream::connect((host.as_ref(), port))
            .await
            .map_err(CallProblem::Connect)?;
        let stream = self
            .connector
            .connect(self.host.clone(), stream)
            .await
            .map_err(CallProblem::Tls)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| CallProblem::Http)?;
        let request = self.http(body).map_err(|_| CallProblem::Http)?;
        let exchange = async {
            let (head, body) = sender.send_request(request).await.ok()?.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await.ok()?;
            Some(Received {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        // The connection does the work, and ends with the exchange.
        let mut exchange = std::pin::pin!(exchange);
        let answer = tokio::select! {
            answer = &mut exchange => answer,
            _ = connection => exchange.await,
        };
        answer.ok_or(CallProblem::Http)
    }

    fn http(&self, body: String) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.uri.authority().map_or("", |host| host.as_str());
        let content_type = format!("{}; charset=utf-8", media_type(self.soap_version));
        let mut request = Request::post(path)
            .header(HOST, authority)
            .header(CONTENT_TYPE, content_type);
        if self.soap_version == SoapVersion::V1_1 {
            request = request.header("SOAPAction", "\"\"");
        }
        request.body(Full::from(body))
    }

    /// NotifyRequest (table 4 [seed p27]).
    fn request(&self, wire: &WireNames, message: &Message) -> String {
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
            soap::namespace(self.soap_version),
            escape(&self.namespace),
            escape(&self.business_id),
            now(),
        )
    }

    /// Whether the answer keeps to every rule, and what it says.
    fn read(&self, answer: &Received) -> Result<(NotifyShape, String), CallProblem> {
        if answer.status != StatusCode::OK {
            return Err(CallProblem::Status);
        }
        let wanted = media_type(self.soap_version);
        let content_type = answer.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let found = content_type.and_then(|value| value.split(';').next());
        if !found.is_some_and(|found| found.trim().eq_ignore_ascii_case(wanted)) {
            return Err(CallProblem::ContentType(wanted));
        }
        let document = xml::parse(&answer.body)?;
        let response = soap::content(&document, soap::namespace(self.soap_version))?;
        let (shape, code) = response_code(response, &self.namespace)?;
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code
            .then(|| (shape, code.to_owned()))
            .ok_or(CallProblem::Code)
    }
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
