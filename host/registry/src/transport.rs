// SPDX-License-Identifier: Apache-2.0
//! One request and its answer.

use std::{
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls_pki_types::CertificateDer;
use ureq::{
    Agent, Body, Error,
    http::{HeaderMap, Method, Request, Response},
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use crate::{error::RegistryError, location::Location, settings::RegistrySettings};

/// What no answer needs more of for its head.
const HEAD_BYTES: usize = 64 << 10;

/// The least that is left for a request.
const LEAST: Duration = Duration::from_millis(1);

/// What sends requests. Nothing is followed, and no proxy of the environment is asked.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    agent: Agent,
}

/// Until when all requests together may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    until: Instant,
    limit: Duration,
}

/// A request.
pub(crate) struct Asking<'a> {
    pub(crate) method: Method,
    pub(crate) at: Location,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Option<&'a [u8]>,
    /// What is asked for, as errors say it.
    pub(crate) what: String,
}

/// An answer, its body not read yet.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: HeaderMap,
    /// Who gave it: `HOST` or `HOST:PORT`.
    pub(crate) host: String,
    body: Body,
    what: String,
    deadline: Deadline,
}

impl Deadline {
    pub(crate) fn of(begun: Instant, limit: Duration) -> Self {
        Self {
            until: begun.checked_add(limit).unwrap_or(begun),
            limit,
        }
    }

    fn left(self, what: &str) -> Result<Duration, RegistryError> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left < LEAST {
            true => Err(self.over(what)),
            false => Ok(left),
        }
    }

    fn over(self, what: &str) -> RegistryError {
        RegistryError::TooSlow {
            seconds: self.limit.as_secs(),
            what: what.to_owned(),
        }
    }
}

impl Transport {
    pub(crate) fn new(settings: &RegistrySettings) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .root_certs(RootCerts::from(roots(settings)))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(HEAD_BYTES)
            .proxy(None)
            .user_agent(concat!("silta/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// Sends a request, and reads the head of its answer.
    pub(crate) fn send(
        &self,
        asking: &Asking<'_>,
        authorization: Option<&str>,
        deadline: Deadline,
    ) -> Result<Answer, RegistryError> {
        let host = asking.at.host();
        let left = deadline.left(&asking.what)?;
        let mut request = Request::builder()
            .method(asking.method.clone())
            .uri(asking.at.url());
        for (name, value) in &asking.fields {
            request = request.header(*name, value);
        }
        if let Some(value) = authorization {
            request = request.header("Authorization", value);
        }
        let sent = match asking.body {
            Some(body) => request
                .body(body)
                .map_err(Error::from)
                .and_then(|request| self.run(request, left)),
            None => request
                .body(())
                .map_err(Error::from)
                .and_then(|request| self.run(request, left)),
        };
        let answer = sent.map_err(|error| match error {
            Error::Timeout(_) => deadline.over(&asking.what),
            error => RegistryError::Unreachable {
                host: host.to_owned(),
                reason: told(&error),
            },
        })?;
        let (head, body) = answer.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            fields: head.headers,
            host: host.to_owned(),
            body,
            what: asking.what.clone(),
            deadline,
        })
    }

    fn run(
        &self,
        request: Request<impl ureq::AsSendBody>,
        left: Duration,
    ) -> Result<Response<Body>, Error> {
        let request = self.agent.configure_request(request);
        let request = request.timeout_global(Some(left)).build();
        self.agent.run(request)
    }
}

impl Answer {
    /// The first value of a field that is text.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.to_str().ok()
    }

    /// Reads the body, at most so much. `setting` names the limit.
    pub(crate) fn read(self, most: u64, setting: &'static str) -> Result<Vec<u8>, RegistryError> {
        let Self {
            body,
            what,
            deadline,
            ..
        } = self;
        let mut reader = body.into_reader().take(most.saturating_add(1));
        let (mut bytes, mut block) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            deadline.left(&what)?;
            match reader.read(&mut block) {
                Ok(0) => break,
                Ok(read) => bytes.extend_from_slice(block.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(deadline.over(&what)),
                Err(error) => {
                    let reason = error.to_string();
                    return Err(RegistryError::BrokenOff { what, reason });
                }
            }
        }
        match bytes.len() as u64 > most {
            true => Err(RegistryError::TooLarge {
                what,
                most,
                setting,
            }),
            false => Ok(bytes),
        }
    }
}

/// Those given, or those of the operating system that can be read.
fn roots(settings: &RegistrySettings) -> Vec<Certificate<'static>> {
    let own = |der: &CertificateDer<'static>| Certificate::from_der(der).to_owned();
    match &settings.anchors {
        Some(anchors) => anchors.iter().map(own).collect(),
        None => {
            let found = rustls_native_certs::load_native_certs().certs;
            found.iter().map(own).collect()
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == io::ErrorKind::TimedOut || matches!(inner, Some(Error::Timeout(_)))
}

/// Without the URL, which may be signed.
fn told(error: &Error) -> String {
    match error {
        Error::BadUri(_) => "it leads to no URL".to_owned(),
        Error::HostNotFound => "its name is not known".to_owned(),
        other => other.to_string(),
    }
}
