// SPDX-License-Identifier: Apache-2.0
//! What every request of one push or pull has in common: the registry, as whom, for what, until when.

use std::time::Instant;

use serde::Deserialize;

use crate::{
    credentials::Credentials,
    error::RegistryError,
    location::{Location, is_loopback},
    registry::Registry,
    transport::{Answer, Asking, Deadline},
};

/// Most bytes of an answer with errors.
const ERROR_BYTES: u64 = 64 << 10;

/// The registry for one push or pull.
pub(crate) struct Access<'a> {
    pub(crate) registry: &'a Registry,
    /// What a token is for.
    pub(crate) scope: String,
    deadline: Deadline,
}

/// The body of an answer with errors, as far as it is told: what they say is the registry's, and may be anything.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorCode>,
}

#[derive(Deserialize)]
struct ErrorCode {
    code: String,
}

impl<'a> Access<'a> {
    /// `actions` are those of the token flow: `pull` or `pull,push`. The time counts from `begun`.
    pub(crate) fn new(registry: &'a Registry, name: &str, actions: &str, begun: Instant) -> Self {
        Self {
            registry,
            scope: format!("repository:{name}:{actions}"),
            deadline: Deadline::of(begun, registry.settings.limits.time),
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.registry.base.host()
    }

    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.registry.settings.credentials.as_ref()
    }

    /// Asks once, of anybody.
    pub(crate) fn send(
        &self,
        asking: &Asking<'_>,
        authorization: Option<&str>,
    ) -> Result<Answer, RegistryError> {
        self.registry
            .transport
            .send(asking, authorization, self.deadline)
    }

    /// Whether a place may be asked: without TLS only from where nothing has TLS, so that nobody leads out of it.
    pub(crate) fn check_leaves(&self, to: &Location) -> Result<(), RegistryError> {
        let may_be_plain = !self.registry.base.is_tls()
            && (is_loopback(to.host()) || self.registry.settings.allow_http);
        match to.is_tls() || may_be_plain {
            true => Ok(()),
            false => Err(RegistryError::PlainHttp {
                host: to.host().to_owned(),
            }),
        }
    }

    pub(crate) fn denied(&self, what: &str, status: u16, reason: &'static str) -> RegistryError {
        RegistryError::Denied {
            host: self.host().to_owned(),
            what: what.to_owned(),
            status,
            reason,
        }
    }
}

/// An unexpected answer, told of whoever gave it.
pub(crate) fn unexpected(answer: Answer, what: &str) -> RegistryError {
    let (host, what, status) = (answer.host.clone(), what.to_owned(), answer.status);
    match status {
        429 | 500..=599 => RegistryError::Later { host, status, what },
        _ => RegistryError::Answer {
            host,
            status,
            what,
            told: codes(answer),
        },
    }
}

/// The codes of errors that came with an answer, as far as they are codes.
fn codes(answer: Answer) -> String {
    let Ok(body) = answer.read(ERROR_BYTES, "") else {
        return String::new();
    };
    let Ok(errors) = serde_json::from_slice::<Errors>(&body) else {
        return String::new();
    };
    let is_code = |code: &&str| {
        (1..=40).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    let codes = errors.errors.iter().map(|error| error.code.as_str());
    let codes: Vec<&str> = codes.filter(is_code).take(5).collect();
    match codes.is_empty() {
        true => String::new(),
        false => format!(": {}", codes.join(", ")),
    }
}
