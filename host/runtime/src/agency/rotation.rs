// SPDX-License-Identifier: Apache-2.0
//! Secrets that are replaced by others: the next value is kept before anybody is sent it.

use std::{io, time::Duration};

use super::{Agency, credentials::unusable};
use crate::{describe::Rotation, error::Error, secrets::ChangingSecret};

/// A secret that an operation replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRotation {
    /// Its role.
    pub role: String,
    /// How it is replaced.
    pub rotation: Rotation,
    /// There was a next value already: an earlier run of the operation did not come to an end, and the agency may have that value.
    pub is_resumed: bool,
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
        let secret = rotated(secrets.changing(name), name)?;
        let values = secret.values();
        let is_resumed = values.is_some_and(|values| values.next.is_some());
        if !is_resumed {
            let next = role.form.and_then(|form| form.generate());
            let next = next.ok_or_else(|| {
                let message = format!("no new value could be made for the secret `{name}`: the system has no randomness");
                unusable("secret.not-made", message)
            })?;
            let kept = secret.keep_next(&next);
            kept.map_err(|error| not_kept(name, &error))?;
        }
        Ok(Some(PendingRotation {
            role: name.clone(),
            rotation: rotation.clone(),
            is_resumed,
        }))
    }

    /// Puts the next value of a secret into force; the one before is accepted for as long as the component declares.
    ///
    /// # Errors
    /// As [`begin_rotation`](Self::begin_rotation).
    pub fn finish_rotation(&self, pending: &PendingRotation) -> Result<(), Error> {
        let generation = self.generation()?;
        let environment = &generation.sandbox.environment;
        let secret = rotated(environment.secrets.changing(&pending.role), &pending.role)?;
        let overlap = Duration::from_secs(pending.rotation.overlap_seconds.into());
        let until = environment.clock.now() + overlap;
        let promoted = secret.promote(until);
        promoted.map_err(|error| not_kept(&pending.role, &error))
    }
}

fn rotated<'a>(
    secret: Option<&'a dyn ChangingSecret>,
    role: &str,
) -> Result<&'a dyn ChangingSecret, Error> {
    secret.ok_or_else(|| {
        let message = format!(
            "the secret `{role}` cannot be replaced, since there is no place to keep the next value in; configure `secrets-folder` and a first value"
        );
        unusable("secret.not-rotatable", message)
    })
}

fn not_kept(role: &str, error: &io::Error) -> Error {
    let message = format!(
        "the next value of the secret `{role}` could not be kept, and was sent to nobody: {error}; check the folder of `secrets-folder`"
    );
    unusable("secret.not-kept", message)
}
