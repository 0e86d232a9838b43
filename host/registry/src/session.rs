// SPDX-License-Identifier: Apache-2.0
//! The requests of one push or pull: one deadline, one authorization, redirections followed without it.

use serde::Deserialize;
use silta_packages::Digest;
use ureq::http::Method;

use crate::{
    authorization::authorization,
    credentials::Credentials,
    error::RegistryError,
    location::{Location, is_loopback},
    registry::Registry,
    transport::{Answer, Asking, Deadline},
};

/// Most places that one request is led to.
const REDIRECTIONS: u32 = 5;

/// Most bytes of an answer with errors.
const ERROR_BYTES: u64 = 64 << 10;

/// Most bytes of a manifest, or an index of them (distribution specification 1.1, "Pushing manifests": at least 4 MiB).
pub(crate) const MANIFEST_BYTES: u64 = 4 << 20;

/// One push or pull in one repository.
pub(crate) struct Session<'a> {
    registry: &'a Registry,
    name: &'a str,
    scope: String,
    deadline: Deadline,
    authorization: Option<String>,
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

impl<'a> Session<'a> {
    /// `actions` are those of the token flow: `pull` or `pull,push`.
    pub(crate) fn new(registry: &'a Registry, name: &'a str, actions: &str) -> Self {
        Self {
            registry,
            name,
            scope: format!("repository:{name}:{actions}"),
            deadline: Deadline::after(registry.settings.limits.time),
            authorization: None,
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.registry.base.host()
    }

    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.registry.settings.credentials.as_ref()
    }

    pub(crate) fn component_bytes(&self) -> u64 {
        self.registry.settings.limits.component_bytes
    }

    /// A place of the repository.
    pub(crate) fn place(&self, rest: &str) -> Location {
        let path = format!("/v2/{}/{rest}", self.name);
        self.registry.base.with_path(&path)
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

    /// Asks, as whoever may, and wherever the answer leads.
    ///
    /// # Errors
    /// No answer, or 401 and 403; every other status is an answer.
    pub(crate) fn ask(&mut self, mut asking: Asking<'_>) -> Result<Answer, RegistryError> {
        let (mut was_authorized, mut led) = (false, 0);
        loop {
            self.check_leaves(&asking.at)?;
            let is_own = asking.at.is_beside(&self.registry.base);
            let shown = self.authorization.as_deref().filter(|_| is_own);
            let answer = self.send(&asking, shown)?;
            match answer.status {
                401 if is_own && !was_authorized => {
                    was_authorized = true;
                    let shown = authorization(self, &answer, &asking.what)?;
                    self.authorization = Some(shown);
                }
                401 if is_own && self.credentials().is_some() => {
                    let reason = "it does not take the name and the password of the credentials";
                    return Err(self.denied(&asking.what, 401, reason));
                }
                status @ (401 | 403) => {
                    let reason =
                        "whoever these credentials are, or whoever shows none, may not do it";
                    return Err(self.denied(&asking.what, status, reason));
                }
                301 | 302 | 303 | 307 | 308 if asking.method == Method::GET => {
                    led += 1;
                    if led > REDIRECTIONS {
                        return Err(RegistryError::Redirections {
                            host: self.host().to_owned(),
                            what: asking.what,
                            most: REDIRECTIONS,
                        });
                    }
                    let to = answer.field("location");
                    let to = to.and_then(|to| asking.at.leads_to(to));
                    asking.at = to.ok_or_else(|| self.leads_nowhere(&asking.what))?;
                }
                _ => return Ok(answer),
            }
        }
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

    /// Reads the body of an answer of 200, which has to be what a digest says.
    pub(crate) fn read(
        &self,
        answer: Answer,
        what: &str,
        (most, setting): (u64, &'static str),
        expected: Option<Digest>,
    ) -> Result<Vec<u8>, RegistryError> {
        match answer.status {
            200 => {}
            404 => {
                return Err(RegistryError::NotFound {
                    what: what.to_owned(),
                });
            }
            _ => return Err(self.unexpected(answer, self.host(), what)),
        }
        let bytes = answer.read(most, setting)?;
        let found = Digest::of(&bytes);
        match expected.filter(|expected| *expected != found) {
            Some(expected) => Err(RegistryError::WrongDigest {
                what: what.to_owned(),
                expected,
                found,
            }),
            None => Ok(bytes),
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

    /// An answer that is none of those expected.
    pub(crate) fn unexpected(&self, answer: Answer, host: &str, what: &str) -> RegistryError {
        let (host, what, status) = (host.to_owned(), what.to_owned(), answer.status);
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

    pub(crate) fn leads_nowhere(&self, what: &str) -> RegistryError {
        RegistryError::Malformed {
            what: format!("{}: `Location` of the answer for {what}", self.host()),
            reason: "is missing, or no path and no URL of http or https".to_owned(),
        }
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
