// SPDX-License-Identifier: Apache-2.0
//! The requests of one push or pull: one deadline, one authorization, redirections followed without it.

use silta_packages::Digest;
use ureq::http::Method;

use crate::{
    access::Access,
    authorization::authorization,
    error::RegistryError,
    location::Location,
    registry::Registry,
    transport::{Answer, Asking},
};

/// Most places that one request is led to.
const REDIRECTIONS: u32 = 5;

/// Most bytes of a manifest, or an index of them (distribution specification 1.1, "Pushing manifests": at least 4 MiB).
pub(crate) const MANIFEST_BYTES: u64 = 4 << 20;

/// One push or pull in one repository.
pub(crate) struct Session<'a> {
    access: Access<'a>,
    name: &'a str,
    authorization: Option<String>,
}

impl<'a> Session<'a> {
    /// `actions` are those of the token flow: `pull` or `pull,push`.
    pub(crate) fn new(registry: &'a Registry, name: &'a str, actions: &str) -> Self {
        Self {
            access: Access::new(registry, name, actions),
            name,
            authorization: None,
        }
    }

    pub(crate) fn component_bytes(&self) -> u64 {
        self.access.registry.settings.limits.component_bytes
    }

    /// A place of the repository.
    pub(crate) fn place(&self, rest: &str) -> Location {
        let path = format!("/v2/{}/{rest}", self.name);
        self.access.registry.base.with_path(&path)
    }

    /// Asks, as whoever may, and wherever the answer leads.
    ///
    /// # Errors
    /// No answer, or 401 and 403; every other status is an answer.
    pub(crate) fn ask(&mut self, mut asking: Asking<'_>) -> Result<Answer, RegistryError> {
        let (mut was_authorized, mut led) = (false, 0);
        loop {
            self.access.check_leaves(&asking.at)?;
            let is_own = asking.at.is_beside(&self.access.registry.base);
            let shown = self.authorization.as_deref().filter(|_| is_own);
            let answer = self.access.send(&asking, shown)?;
            match answer.status {
                401 if is_own && !was_authorized => {
                    was_authorized = true;
                    let shown = authorization(&self.access, &answer, &asking.what)?;
                    self.authorization = Some(shown);
                }
                401 if is_own && self.access.credentials().is_some() => {
                    let reason = "it does not take the name and the password of the credentials";
                    return Err(self.access.denied(&asking.what, 401, reason));
                }
                status @ (401 | 403) => {
                    let reason =
                        "whoever these credentials are, or whoever shows none, may not do it";
                    return Err(self.access.denied(&asking.what, status, reason));
                }
                301 | 302 | 303 | 307 | 308 if asking.method == Method::GET => {
                    led += 1;
                    if led > REDIRECTIONS {
                        return Err(RegistryError::Redirections {
                            host: self.access.host().to_owned(),
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
            _ => return Err(self.unexpected(answer, what)),
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

    /// An answer that is none of those expected.
    pub(crate) fn unexpected(&self, answer: Answer, what: &str) -> RegistryError {
        self.access.unexpected(answer, self.access.host(), what)
    }

    pub(crate) fn leads_nowhere(&self, what: &str) -> RegistryError {
        RegistryError::Malformed {
            what: format!(
                "{}: `Location` of the answer for {what}",
                self.access.host()
            ),
            reason: "is missing, or no path and no URL of http or https".to_owned(),
        }
    }
}
