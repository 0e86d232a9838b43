// SPDX-License-Identifier: Apache-2.0
//! Secrets that operations carry and that other operations obtain.

use silta::{BuildInput, MissingCredential, describe::Operation, exchange::Sending};

use super::{
    exchange::Exchanged,
    sender::Sender,
    steps::{say_built, say_parsed, say_sent},
    stopped::{RunError, Stopped},
};
use crate::telemetry::{SpanKind, Step};

impl Sender {
    /// Obtains what an operation carries and does not have. Whoever waits for the same gets it without asking again.
    pub(super) async fn obtain_missing(&self, operation: &str) -> Result<(), RunError> {
        if self.agency.missing_credentials(operation)?.is_empty() {
            return Ok(());
        }
        let _alone = self.obtaining.lock().await;
        let mut is_settled = false;
        while let Some(missing) = self
            .agency
            .missing_credentials(operation)?
            .into_iter()
            .next()
        {
            let error = match self.obtain(missing, None).await {
                Ok(()) => continue,
                Err(error) => error,
            };
            // A secret may have been replaced by a run that did not come to its end.
            let is_refused =
                matches!(&error, RunError::Credential { stopped, .. } if stopped.is_refused());
            if is_settled || !is_refused || !self.settle_rotations().await? {
                return Err(error);
            }
            is_settled = true;
        }
        Ok(())
    }

    /// Obtains all that an operation carries, whatever there is.
    pub(super) async fn obtain_fresh(&self, operation: &str) -> Result<(), RunError> {
        let _alone = self.obtaining.lock().await;
        self.obtain_anew(operation, None).await
    }

    /// Obtains all that an operation carries, whatever there is. The caller holds the lock of [`Sender::obtaining`].
    pub(super) async fn obtain_anew(
        &self,
        operation: &str,
        next_secret_of: Option<&str>,
    ) -> Result<(), RunError> {
        let description = self.agency.description()?;
        let carried = description.operation(operation).into_iter();
        for role in carried.flat_map(|operation| &operation.credentials) {
            let Some(obtaining) = description.obtaining(role) else {
                continue;
            };
            let (role, operation) = (role.clone(), obtaining.to_owned());
            self.obtain(MissingCredential { role, operation }, next_secret_of)
                .await?;
        }
        Ok(())
    }

    async fn obtain(
        &self,
        missing: MissingCredential,
        next_secret_of: Option<&str>,
    ) -> Result<(), RunError> {
        let stopped = self.run_plainly(&missing.operation, next_secret_of).await?;
        if let Stopped::Outcome(outcome, _) = &stopped
            && outcome.obtained.is_some()
        {
            return Ok(());
        }
        Err(RunError::Credential {
            role: missing.role,
            operation: missing.operation,
            stopped: Box::new(stopped),
        })
    }

    /// Runs an operation that needs no parameters and of which nothing has to be kept: it obtains a secret, or changes nothing. Steps follow each other; nothing is sent twice.
    pub(super) async fn run_plainly(
        &self,
        operation: &str,
        next_secret_of: Option<&str>,
    ) -> Result<Stopped, RunError> {
        let description = self.agency.description()?;
        let known = description.outbound(operation, &description.agency)?;
        let allowed = known.limits.steps;
        let answer_limit = self.agency.response_limit(operation)?;
        let mut step = None;
        for _ in 0..allowed {
            let input = BuildInput {
                operation: operation.to_owned(),
                parameters: "{}".to_owned(),
                step: step.clone(),
                next_secret_of: next_secret_of.map(str::to_owned),
                ..BuildInput::default()
            };
            let agency = self.agency.clone();
            let mut building = self.step_of(known, ("build", SpanKind::Internal));
            let request = self.blocking(move || agency.build(input)).await;
            say_built(&mut building, &request);
            drop(building);
            let request = request?;
            let _passage = self.pass(known, &request.reference).await?;
            let mut sending = self.step_of(known, ("send", SpanKind::Client));
            let sent = self
                .clients
                .send(&self.agency, &request, answer_limit, next_secret_of);
            let sent = sent.await;
            say_sent(&mut sending, &sent);
            drop(sending);
            let sent = sent?;
            self.heard(known, &sent);
            let answered = match sent {
                Exchanged::Response(response, fact) => (response, fact),
                Exchanged::NotSent(fact) => return Ok(Stopped::NotSent(fact)),
            };
            let sending = Sending {
                memo: request.memo,
                earlier_sendings: 0,
                step,
            };
            let mut parsing = self.step_of(known, ("parse", SpanKind::Internal));
            let parsed = self.parse(operation, answered, sending).await;
            say_parsed(&mut parsing, &parsed);
            drop(parsing);
            let mut stopped = parsed?;
            let is_done = stopped.is_done();
            let Stopped::Outcome(outcome, _) = &mut stopped else {
                return Ok(stopped);
            };
            step = outcome.next_step.take().filter(|_| is_done);
            if step.is_none() {
                return Ok(stopped);
            }
        }
        Err(RunError::TooManySteps {
            asked: allowed.saturating_add(1),
            allowed,
        })
    }

    /// Part of the run that it is done for.
    fn step_of(&self, operation: &Operation, (name, kind): (&'static str, SpanKind)) -> Step {
        let agency = self.agency.description();
        let agency = agency.as_ref().map_or("", |it| it.agency.as_str());
        self.within.step(name, kind).of(agency, &operation.name)
    }
}
