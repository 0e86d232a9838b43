use std::{io, sync::Arc, time::Duration};

use silta::{
    Blob,
    config::Config,
    exchange::{Answer, Request, Target},
};
use ureq::{
    Agent,
    config::AutoHeaderValue,
    http,
    tls::{
        Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem,
    },
};

use crate::failure::Failure;

/// A TLS connection to an agency, with the client certificate that a request asks for.
pub(super) struct Connection {
    agent: Agent,
}

impl Connection {
    /// Sets up what the request needs; connects when something is sent.
    pub(super) fn open(config: &Config, agency: &str, request: &Request) -> Result<Self, Failure> {
        let anchors = config.server_anchors(agency)?.unwrap_or_default();
        let anchors = RootCerts::from(certificates(&anchors)?);
        let client = match &request.tls_role {
            Some(role) => {
                let (private_key, chain) = config.tls_identity(agency, role)?;
                let key = PrivateKey::from_pem(&private_key).map_err(|error| failed(&error))?;
                Some(ClientCert::new_with_certs(&certificates(&chain)?, key))
            }
            None => None,
        };
        let crypto = rustls::crypto::aws_lc_rs::default_provider();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(crypto))
            .root_certs(anchors)
            .client_cert(client)
            .build();
        Ok(Self {
            agent: agent(tls, request.timeout),
        })
    }

    /// Sends a request and waits for its answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let Target::Http(target) = &request.target else {
            return Err(unusable("the request is a mail, not HTTP"));
        };
        let mut message = http::Request::builder()
            .method(target.method.as_str())
            .uri(&target.url);
        for (name, value) in &request.headers {
            message = message.header(name, value);
        }
        let message = message
            .body(request.body.to_vec())
            .map_err(|error| unusable(&format!("the request is not HTTP: {error}")))?;
        let response = self.agent.run(message).map_err(|error| failed(&error))?;
        answer(response).map_err(|error| failed(&error))
    }
}

/// Far more than a simulator answers.
const LARGEST_ANSWER: u64 = 16 << 20;

/// The request is complete as it is: nothing is added to it, nothing in between is followed or asked.
fn agent(tls: TlsConfig, timeout: Duration) -> Agent {
    Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .timeout_global(Some(timeout))
        .build()
        .into()
}

fn answer(response: http::Response<ureq::Body>) -> io::Result<Answer> {
    let (head, body) = response.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    });
    Ok(Answer {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: Blob::read_from(&mut body.into_reader(), LARGEST_ANSWER)?,
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, Failure> {
    let items = parse_pem(pem).map(|item| item.map_err(|error| failed(&error)));
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    items.filter_map(certificate).collect()
}

fn failed(error: &dyn std::error::Error) -> Failure {
    unusable(&error.to_string())
}

fn unusable(reason: &str) -> Failure {
    let message =
        format!("the request could not be exchanged with the simulated Customs: {reason}");
    Failure::internal("demo.not-exchanged", &message)
}
