// SPDX-License-Identifier: Apache-2.0
//! Secrets that are replaced by others: the next value is kept before anybody is sent it.

use std::{fmt, io, time::Duration};

use super::{Agency, credentials::unusable};
use crate::{
    describe::{Rotation, SecretRole, SecretSource},
    digest::sha256,
    error::Error,
    secrets::{ChangingSecret, SecretValues, Secrets},
};

/// A secret that an operation replaces. `Debug` shows nothing of its values.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingRotation {
    /// Its role.
    pub role: String,
    /// How it is replaced.
    pub rotation: Rotation,
    /// There was a next value already: an earlier run of the operation did not come to an end, and the agency may have that value.
    pub is_resumed: bool,
    /// SHA-256 of the next value: what an operation that has begun with it is [continued](Agency::continue_rotation) with.
    pub next_digest: [u8; 32],
}

impl fmt::Debug for PendingRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingRotation")
            .field("role", &self.role)
            .field("rotation", &self.rotation)
            .field("is_resumed", &self.is_resumed)
            .finish_non_exhaustive()
    }
}

impl Agency {
    /// What an operation replaces, with a next value that has been kept durably; `None` for an operation that replaces nothing.
    ///
    /// # Errors
    /// A problem of fault `configuration` where the secret has no place in which the next value could be kept, or where that fails.
    pub fn begin_rotation(&self, operation: &str) -> Result<Option<PendingRotation>, Error> {
        let generation = self.generation()?;
        let Some((role, rotation)) = generation.description.rotated_by(operation) else {
            return Ok(None);
        };
        let name = &role.requirement.name;
        let secrets = &generation.sandbox.environment.secrets;
        let secret = rotated(secrets, name)?;
        let values = secret.values().ok_or_else(|| no_place(name))?;
        if let Some(next) = &values.next {
            return Ok(Some(pending(role, rotation, next, true)));
        }
        let next = role.form.and_then(|form| form.generate());
        let next = next.ok_or_else(|| {
            let message = format!(
                "no new value could be made for the secret `{name}`: the system has no randomness"
            );
            unusable("secret.not-made", message)
        })?;
        match secret.keep_next(&next) {
            Ok(()) => Ok(Some(pending(role, rotation, &next, false))),
            // Somebody else has begun at the same moment: there is one next value, and it is that one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let next = next_of(secret).ok_or_else(|| not_kept(name, &error))?;
                Ok(Some(pending(role, rotation, &next, true)))
            }
            Err(error) => Err(not_kept(name, &error)),
        }
    }

    /// Secrets that have a next value: an operation that replaces them is under way, or did not come to its end.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`].
    pub fn pending_rotations(&self) -> Result<Vec<PendingRotation>, Error> {
        let generation = self.generation()?;
        let secrets = &generation.sandbox.environment.secrets;
        let roles = generation.description.secret_roles.iter();
        let all = roles.filter_map(|role| {
            let SecretSource::Rotated(rotation) = &role.source else {
                return None;
            };
            let next = next_of(secrets.changing(&role.requirement.name)?)?;
            Some(pending(role, rotation, &next, true))
        });
        Ok(all.collect())
    }

    /// The rotation that an operation has begun with a next value of this digest; `None` where that value has been put into force meanwhile. Never makes another.
    ///
    /// # Errors
    /// As [`begin_rotation`](Self::begin_rotation); a problem of fault `configuration` where the secret has neither in force nor pending what the operation may have sent.
    pub fn continue_rotation(
        &self,
        operation: &str,
        next_digest: &[u8; 32],
    ) -> Result<Option<PendingRotation>, Error> {
        let generation = self.generation()?;
        let Some((role, rotation)) = generation.description.rotated_by(operation) else {
            return Ok(None);
        };
        let name = &role.requirement.name;
        let secrets = &generation.sandbox.environment.secrets;
        let values = rotated(secrets, name)?.values();
        if let Some(values) = values {
            if let Some(next) = values.next.as_ref().filter(|it| is(it, next_digest)) {
                return Ok(Some(pending(role, rotation, next, true)));
            }
            if is_or_was_in_force(&values, next_digest) {
                return Ok(None);
            }
        }
        let message = format!(
            "the value of the secret `{name}` that this operation began with is neither pending nor in force any more; ask the agency which one it has, and begin a new operation"
        );
        Err(unusable("secret.superseded", message))
    }

    /// Puts the next value of a secret into force; the one before is accepted for as long as the component declares.
    ///
    /// # Errors
    /// As [`begin_rotation`](Self::begin_rotation).
    pub fn finish_rotation(&self, pending: &PendingRotation) -> Result<(), Error> {
        let generation = self.generation()?;
        let environment = &generation.sandbox.environment;
        let secret = rotated(&environment.secrets, &pending.role)?;
        match secret.values() {
            Some(values)
                if values
                    .next
                    .as_ref()
                    .is_some_and(|it| is(it, &pending.next_digest)) => {}
            Some(values) if is_or_was_in_force(&values, &pending.next_digest) => return Ok(()),
            _ => {
                let changed = io::Error::other("it is another one by now");
                return Err(not_kept(&pending.role, &changed));
            }
        }
        let overlap = Duration::from_secs(pending.rotation.overlap_seconds.into());
        let until = environment.clock.now() + overlap;
        let promoted = secret.promote(until);
        promoted.map_err(|error| not_kept(&pending.role, &error))
    }
}

fn pending(
    role: &SecretRole,
    rotation: &Rotation,
    next: &[u8],
    is_resumed: bool,
) -> PendingRotation {
    PendingRotation {
        role: role.requirement.name.clone(),
        rotation: rotation.clone(),
        is_resumed,
        next_digest: sha256(next),
    }
}

fn next_of(secret: &dyn ChangingSecret) -> Option<Vec<u8>> {
    secret.values()?.next.clone()
}

fn is_or_was_in_force(values: &SecretValues, next_digest: &[u8; 32]) -> bool {
    is(&values.current, next_digest) || values.earlier.iter().any(|it| is(it, next_digest))
}

fn is(value: &[u8], value_digest: &[u8; 32]) -> bool {
    sha256(value) == *value_digest
}

fn rotated<'a>(secrets: &'a Secrets, role: &str) -> Result<&'a dyn ChangingSecret, Error> {
    secrets.changing(role).ok_or_else(|| no_place(role))
}

fn no_place(role: &str) -> Error {
    let message = format!(
        "the secret `{role}` cannot be replaced, since there is no place to keep the next value in, or no value to begin with; configure `secrets-folder` and a first value"
    );
    unusable("secret.not-rotatable", message)
}

fn not_kept(role: &str, error: &io::Error) -> Error {
    let message = format!(
        "the next value of the secret `{role}` could not be kept or put into force: {error}; check the folder of `secrets-folder`"
    );
    unusable("secret.not-kept", message)
}
