// SPDX-License-Identifier: Apache-2.0
//! The requests of one push or pull: one deadline, one authorization, redirections followed without it.

use std::time::Instant;

use silta_packages::Digest;
use ureq::http::Method;

use crate::{
    access::{Access, unexpected},
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
    /// `actions` are those of the token flow: `pull` or `pull,push`. The time counts from `begun`.
    pub(crate) fn new(
        registry: &'a Registry,
        name: &'a str,
        actions: &str,
        begun: Instant,
    ) -> Self {
        Self {
            access: Access::new(registry, name, actions, begun),
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
                status @ (401 | 403) if is_own => {
                    let reason = self.reason(status);
                    return Err(self.access.denied(&asking.what, status, reason));
                }
                // Nobody showed it anything: it is the place that the registry leads to that has to be right.
                status @ (401 | 403) => {
                    return Err(RegistryError::RefusedElsewhere {
                        host: self.access.host().to_owned(),
                        to: asking.at.host().to_owned(),
                        what: asking.what,
                        status,
                    });
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

    /// Why the registry itself refuses, by what it was shown.
    fn reason(&self, status: u16) -> &'static str {
        let shown = self.authorization.as_deref();
        let is_token = shown.is_some_and(|shown| shown.starts_with("Bearer "));
        match (is_token, status, self.access.credentials().is_some()) {
            (true, _, true) => {
                "the token that its token service gave for these credentials does not allow it; whoever has them needs to be allowed to do that in this repository"
            }
            (true, _, false) => {
                "the token that its token service gives anybody does not allow it; credentials may (`credentials`)"
            }
            (false, 401, true) => "it does not take the name and the password of the credentials",
            _ => "whoever these credentials are, or whoever shows none, may not do it",
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
            _ => return Err(unexpected(answer, what)),
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

    pub(crate) fn keeps_no_packages(&self) -> RegistryError {
        RegistryError::NoReferrers {
            host: self.access.host().to_owned(),
        }
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
