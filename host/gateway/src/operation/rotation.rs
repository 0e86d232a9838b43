// SPDX-License-Identifier: Apache-2.0
//! Operations that replace a secret.
//!
//! The next value is kept before it is sent. Whether the agency has taken it is found out by the check that the component declares, with the next value in the
//! place of the current one; without a check, by the operation itself, which sends the same value again.

use silta::PendingRotation;

use super::{
    progress::{Done, Progress},
    sender::Sender,
    stopped::{RunError, Stopped},
};

/// Code of the outcome of an operation whose new value had been taken before.
const IN_FORCE: &str = "secret-in-force";

/// What an operation replaces.
pub(super) enum Rotation {
    /// Nothing.
    None,
    /// A secret, whose next value is kept.
    Pending(PendingRotation),
    /// A secret, and the value that the operation began with is in force already.
    InForce,
}

impl Sender {
    /// What the operation replaces, with a next value that is kept: the one that it began with, if it did.
    pub(super) async fn begin_rotation(
        &self,
        progress: &mut Progress,
    ) -> Result<Rotation, RunError> {
        let (agency, operation) = (self.agency.clone(), progress.operation.clone());
        if let Some(digest) = progress.next_digest {
            let pending = self
                .blocking(move || agency.continue_rotation(&operation, &digest))
                .await?;
            return Ok(pending.map_or(Rotation::InForce, Rotation::Pending));
        }
        let begun = self
            .blocking(move || agency.begin_rotation(&operation))
            .await?;
        progress.next_digest = begun.as_ref().map(|pending| pending.next_digest);
        Ok(begun.map_or(Rotation::None, Rotation::Pending))
    }

    /// Where an earlier run did not come to its end: whether its value is in force by now. If so, that is the end of this operation.
    pub(super) async fn resumed_rotation(
        &self,
        pending: &PendingRotation,
        progress: &mut Progress,
    ) -> Result<Option<Stopped>, RunError> {
        // What has come to an end between steps is gone on with, unless a request is under way of which nobody knows: it may have been the one with the value.
        let is_between =
            progress.done.is_some() || progress.exchanges > 0 && !progress.is_unresolved();
        let Some(check) = pending.rotation.check.as_ref().filter(|_| !is_between) else {
            return Ok(None);
        };
        if !pending.is_resumed {
            return Ok(None);
        }
        let checked = self.check(pending, check).await?;
        if !checked.is_done() {
            if !checked.is_refused() {
                return Ok(Some(checked));
            }
            // The agency knows the value that is in force, and it is not this one: nothing of what was sent has taken effect. What it carried may have run out meanwhile.
            progress.begin_anew();
            return Ok(None);
        }
        self.promote(pending).await?;
        Ok(Some(in_force(progress)))
    }

    /// Puts the value into force that the agency has taken, once the check has shown it. What the check came to otherwise is handed back.
    pub(super) async fn finish_rotation(
        &self,
        pending: &PendingRotation,
    ) -> Result<Option<Stopped>, RunError> {
        if let Some(check) = &pending.rotation.check {
            let checked = self.check(pending, check).await?;
            if !checked.is_done() {
                return Ok(Some(checked));
            }
        }
        self.promote(pending).await?;
        Ok(None)
    }

    /// Runs the check with the next value in the place of the current one. Credentials that were obtained with the current one prove nothing of it, so
    /// that each is obtained anew, and nobody else obtains one until the check is through. Where the next value is not in force, those before stay.
    async fn check(&self, pending: &PendingRotation, check: &str) -> Result<Stopped, RunError> {
        let _alone = self.obtaining.lock().await;
        self.check_alone(pending, check).await
    }

    /// The same for whoever holds the lock of [`Sender::obtaining`].
    async fn check_alone(
        &self,
        pending: &PendingRotation,
        check: &str,
    ) -> Result<Stopped, RunError> {
        let role = Some(pending.role.as_str());
        match self.obtain_anew(check, role).await {
            Ok(()) => self.run_plainly(check, role).await,
            // What comes of a credential is what comes of the check.
            Err(RunError::Credential { stopped, .. }) => Ok(*stopped),
            Err(error) => Err(error),
        }
    }

    /// Finds out whether next values that are pending are in force by now, and takes them for the current ones; whether there was one. The caller holds the lock of
    /// [`Sender::obtaining`].
    pub(super) async fn settle_rotations(&self) -> Result<bool, RunError> {
        let mut is_one = false;
        for pending in self.agency.pending_rotations()? {
            let Some(check) = &pending.rotation.check else {
                continue;
            };
            if self.check_alone(&pending, check).await?.is_done() {
                self.promote(&pending).await?;
                is_one = true;
            }
        }
        Ok(is_one)
    }

    async fn promote(&self, pending: &PendingRotation) -> Result<(), RunError> {
        let (agency, pending) = (self.agency.clone(), pending.clone());
        Ok(self
            .blocking(move || agency.finish_rotation(&pending))
            .await?)
    }
}

/// The outcome of an operation that is not needed any more, with what its steps handed out.
pub(super) fn in_force(progress: &Progress) -> Stopped {
    let done = Done {
        is_repeated: true,
        code: IN_FORCE.to_owned(),
        text: "the agency had taken the new value before".to_owned(),
        reference: String::new(),
        cursor: None,
        more_waits: false,
    };
    Stopped::Outcome(Box::new(progress.results.clone().outcome(done)), None)
}
