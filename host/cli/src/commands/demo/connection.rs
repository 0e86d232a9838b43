// SPDX-License-Identifier: Apache-2.0
use std::{io, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use silta::{
    Blob,
    exchange::{Answer, Request, Target},
    pem,
};
use silta_config::Config;
use ureq::{
    Agent,
    config::AutoHeaderValue,
    http,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

use crate::failure::Failure;

/// A TLS connection to an agency, with the client certificate that a request asks for.
pub(super) struct Connection {
    agent: Agent,
}

impl Connection {
    /// Sets up what the request needs; connects when something is sent.
    pub(super) fn open(config: &Config, agency: &str, request: &Request) -> Result<Self, Failure> {
        let anchors = match config.server_anchors(agency)? {
            Some(file) => RootCerts::from(certificates(&file)?),
            None => RootCerts::from([]),
        };
        let client = match &request.tls_role {
            Some(role) => {
                let (private_key, chain) = config.tls_identity(agency, role)?;
                let key = self::private_key(&private_key)?;
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

fn certificates(file: &[u8]) -> Result<Vec<Certificate<'static>>, Failure> {
    let certificates = pem::certificates(file).map_err(|error| failed(&error))?;
    let owned = |der: &CertificateDer<'_>| Certificate::from_der(der).to_owned();
    Ok(certificates.iter().map(owned).collect())
}

fn private_key(file: &[u8]) -> Result<PrivateKey<'static>, Failure> {
    let key = pem::private_key(file).map_err(|error| failed(&error))?;
    let label = match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    // The client takes keys as PEM only, and reads it less strictly than we do.
    let text = STANDARD.encode(key.secret_der());
    let pem = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
    PrivateKey::from_pem(pem.as_bytes()).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> Failure {
    unusable(&error.to_string())
}

fn unusable(reason: &str) -> Failure {
    let message =
        format!("the request could not be exchanged with the simulated Customs: {reason}");
    Failure::internal("demo.not-exchanged", &message)
}
