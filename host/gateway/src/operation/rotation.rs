// SPDX-License-Identifier: Apache-2.0
//! Operations that replace a secret.
//!
//! The next value is kept before it is sent. Whether the agency has taken it is found out by the check that the component declares, with the next value in the
//! place of the current one; without a check, by the operation itself, which sends the same value again.

use silta::{
    PendingRotation,
    exchange::{Outcome, RetryClass},
};

use super::{
    progress::Progress,
    sender::{RunError, Sender, Stopped, blocking},
};

/// Code of the outcome of an operation whose new value had been taken before.
const IN_FORCE: &str = "secret-in-force";

impl Sender {
    /// What the operation replaces, with a next value that is kept.
    pub(super) async fn begin_rotation(
        &self,
        progress: &Progress,
    ) -> Result<Option<PendingRotation>, RunError> {
        let (agency, operation) = (self.agency.clone(), progress.operation.clone());
        Ok(blocking(move || agency.begin_rotation(&operation)).await?)
    }

    /// Where an earlier run did not come to its end: whether its value is in force by now. If so, that is the end of this operation.
    pub(super) async fn resumed_rotation(
        &self,
        rotation: Option<&PendingRotation>,
        progress: &Progress,
    ) -> Result<Option<Stopped>, RunError> {
        let Some(pending) = rotation.filter(|pending| pending.is_resumed) else {
            return Ok(None);
        };
        // What has come to an end between steps is gone on with.
        if pending.rotation.check.is_none() || progress.exchanges > 0 {
            return Ok(None);
        }
        let checked = self.check(pending).await?;
        if !is_done(&checked) {
            return match refused(&checked) {
                // The agency knows the value that is in force, and it is not this one.
                true => Ok(None),
                false => Ok(Some(checked)),
            };
        }
        self.promote(pending).await?;
        Ok(Some(Stopped::Outcome(Box::new(in_force()), None)))
    }

    /// Puts the value into force that the agency has taken, once the check has shown it. What the check came to otherwise is handed back.
    pub(super) async fn finish_rotation(
        &self,
        rotation: Option<&PendingRotation>,
    ) -> Result<Option<Stopped>, RunError> {
        let Some(pending) = rotation else {
            return Ok(None);
        };
        if pending.rotation.check.is_some() {
            let checked = self.check(pending).await?;
            if !is_done(&checked) {
                return Ok(Some(checked));
            }
        }
        self.promote(pending).await?;
        Ok(None)
    }

    /// Runs the check with the next value in the place of the current one. Credentials that were obtained with the current one prove nothing of it.
    async fn check(&self, pending: &PendingRotation) -> Result<Stopped, RunError> {
        let Some(check) = &pending.rotation.check else {
            return Ok(Stopped::Outcome(Box::new(in_force()), None));
        };
        let description = self.agency.description()?;
        let credentials = description.operation(check).map(|known| &known.credentials);
        for role in credentials.into_iter().flatten() {
            self.agency.forget_credential(role)?;
        }
        let role = Some(pending.role.as_str());
        match self.obtain_missing(check, role).await {
            Ok(()) => self.run_plainly(check, role).await,
            // What comes of a credential is what comes of the check.
            Err(RunError::Credential { stopped, .. }) => Ok(*stopped),
            Err(error) => Err(error),
        }
    }

    async fn promote(&self, pending: &PendingRotation) -> Result<(), RunError> {
        let (agency, pending) = (self.agency.clone(), pending.clone());
        Ok(blocking(move || agency.finish_rotation(&pending)).await?)
    }
}

fn is_done(stopped: &Stopped) -> bool {
    matches!(stopped, Stopped::Outcome(outcome, _) if matches!(outcome.class, RetryClass::Done | RetryClass::AlreadyAccepted))
}

/// Whether the agency has answered, and not with success.
fn refused(stopped: &Stopped) -> bool {
    matches!(stopped, Stopped::Outcome(outcome, _) if matches!(outcome.class, RetryClass::Denied | RetryClass::FixFirst))
}

/// The outcome of an operation that is not needed any more.
fn in_force() -> Outcome {
    Outcome {
        class: RetryClass::AlreadyAccepted,
        code: IN_FORCE.to_owned(),
        text: "the agency had taken the new value before".to_owned(),
        reference: String::new(),
        events: Vec::new(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
        more_waits: false,
        next_step: None,
        not_before: None,
        obtained: None,
        refused_secret: None,
    }
}
