// SPDX-License-Identifier: Apache-2.0
//! Secrets that operations obtain, and secrets in header fields: kept with the generation, and handed to whoever sends.

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;

use super::{Agency, generation::Generation, outbound};
use crate::{
    blob::Blob,
    error::Error,
    exchange::{Fault, ObtainedSecret, Outcome, Problem, RetryClass, SecretHeader},
    keys::RoleKey,
};

/// A secret that an operation carries and that has to be obtained first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingCredential {
    /// Its role.
    pub role: String,
    /// The operation that obtains it; it needs no parameters.
    pub operation: String,
}

/// A header field's value with a secret in it. Debug does not show it.
#[derive(Clone)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// The bytes of the value, prefix and secret.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

impl Agency {
    /// The time by the clock that the component sees: what moments of its outcomes are measured by.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`].
    pub fn now(&self) -> Result<SystemTime, Error> {
        Ok(self.generation()?.sandbox.environment.clock.now())
    }

    /// The secrets that an operation carries and that are to be obtained before it is built: those that never were, and those whose time is over.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`], [`Error::UnknownOperation`].
    pub fn missing_credentials(&self, operation: &str) -> Result<Vec<MissingCredential>, Error> {
        let generation = self.generation()?;
        let known = outbound(&generation, operation)?;
        let environment = &generation.sandbox.environment;
        let now = environment.clock.now();
        let roles = known.credentials.iter();
        let missing = roles.filter(|role| environment.obtained.value(role, now).is_none());
        let missing = missing.filter_map(|role| {
            let operation = generation.description.obtaining(role)?.to_owned();
            let role = role.clone();
            Some(MissingCredential { role, operation })
        });
        Ok(missing.collect())
    }

    /// Forgets a secret that was obtained, because the agency does not accept it ([`Outcome::refused_secret`]).
    ///
    /// # Errors
    /// [`Error::UnknownAgency`].
    pub fn forget_credential(&self, role: &str) -> Result<(), Error> {
        self.generation()?.sandbox.environment.obtained.forget(role);
        Ok(())
    }

    /// The number of the value that a role has at the moment: whoever sends a request notes it, to say later which one was refused. `None` for a role without one.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`].
    pub fn credential_number(&self, role: &str) -> Result<Option<u64>, Error> {
        Ok(self.generation()?.sandbox.environment.obtained.number(role))
    }

    /// Forgets a secret that was obtained, unless another one has been obtained since the one of this number: of many whose requests were refused
    /// together, the first obtains a new one, and the others use that.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`].
    pub fn forget_refused_credential(&self, role: &str, number: u64) -> Result<(), Error> {
        let generation = self.generation()?;
        let obtained = &generation.sandbox.environment.obtained;
        obtained.forget_number(role, number);
        Ok(())
    }

    /// The key of a role, such as the one that authenticates a request's TLS connection ([`Request::tls_role`](crate::exchange::Request::tls_role)).
    ///
    /// # Errors
    /// A problem of fault `configuration` where no key is configured for the role.
    pub fn key(&self, role: &str) -> Result<Arc<RoleKey>, Error> {
        let generation = self.generation()?;
        let key = generation.sandbox.environment.keyring.shared(role);
        key.ok_or_else(|| {
            let message =
                format!("no key is configured for the role `{role}`; add it to the agency's keys");
            unusable("key.missing", message)
        })
    }

    /// The value of a header field with a secret, for the moment at which it is sent. `next_secret_of` as in [`BuildInput`](crate::BuildInput::next_secret_of).
    ///
    /// # Errors
    /// A problem of fault `configuration` where there is no such secret, where it was not obtained or its time is over, or where it has characters that no
    /// header field may have.
    pub fn header_value(
        &self,
        header: &SecretHeader,
        next_secret_of: Option<&str>,
    ) -> Result<SecretValue, Error> {
        let generation = self.generation()?;
        let environment = &generation.sandbox.environment;
        let now = environment.clock.now();
        let value = environment.secret(&header.role, next_secret_of, now);
        let role = &header.role;
        let value = value.ok_or_else(|| {
            let message = match generation.description.obtaining(role) {
                Some(operation) => format!("the secret `{role}` has not been obtained, or its time is over; run `{operation}` first"),
                None => format!("the secret `{role}` of the header field `{}` is not configured", header.name),
            };
            unusable("secret.missing", message)
        })?;
        // RFC 9110 §5.5: visible characters, spaces and bytes above ASCII.
        if value.iter().any(|byte| byte.is_ascii_control()) {
            let message = format!(
                "the secret `{role}` has control characters, such as a line break at its end, and cannot stand in the header field `{}`",
                header.name
            );
            return Err(unusable("secret.control-character", message));
        }
        Ok(SecretValue([header.prefix.as_bytes(), &value].concat()))
    }
}

pub(super) fn unusable(code: &str, message: String) -> Error {
    Error::Problem(Problem {
        fault: Fault::Configuration,
        code: code.to_owned(),
        path: String::new(),
        message,
    })
}

/// Keeps what an operation was to obtain.
pub(super) fn keep(
    generation: &Generation,
    operation: &str,
    outcome: &Outcome,
    value: Option<(Blob, u32)>,
) -> Result<Option<ObtainedSecret>, Error> {
    let violated = |what| Error::Contract {
        agency: generation.agency().to_owned(),
        operation: operation.to_owned(),
        what,
    };
    let role = generation.description.obtained_by(operation);
    match (role, value) {
        (None, Some(_)) => Err(violated(
            "it hands out a secret that it is not declared to obtain",
        )),
        (Some(_), None) if outcome.class == RetryClass::Done && outcome.next_step.is_none() => {
            Err(violated("it is done and has not obtained its secret"))
        }
        (_, None) => Ok(None),
        (Some(role), Some((value, lifetime_seconds))) => {
            let environment = &generation.sandbox.environment;
            let now = environment.clock.now();
            let value = Bytes::from(value.to_vec());
            environment
                .obtained
                .keep(role, value, now, lifetime_seconds);
            let role = role.to_owned();
            Ok(Some(ObtainedSecret {
                role,
                lifetime_seconds,
            }))
        }
    }
}
