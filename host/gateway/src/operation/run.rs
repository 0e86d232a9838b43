// SPDX-License-Identifier: Apache-2.0
//! An operation, exchange by exchange.

use std::{
    io,
    time::{Duration, SystemTime},
};

use silta::{
    Error, PendingRotation,
    describe::Operation,
    exchange::{Answer, Fault, Outcome, Problem, Response, RetryClass, Sending},
};

use super::{
    exchange::Exchanged,
    progress::{Attempt, Content, Keep, Progress},
    rotation::{Rotation, in_force},
    sender::{Sender, check_not_ended},
    steps::{say_built, say_parsed, say_sent},
    stopped::{RunError, Stopped},
};
use crate::{outbound::Unknown, telemetry::SpanKind};

/// How often a credential is obtained again for a request that was not sent because it was gone by then. More often means that it lives for less than a moment.
const MOST_LOST: u32 = 3;

/// Longest pause between two steps that a run waits for itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Sender {
    /// Goes on with an operation until it is done or stops for a reason that somebody has to know. Nothing is sent twice but what the progress says was sent
    /// before, and a request whose credential the agency no longer accepted.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn run(
        &self,
        progress: &mut Progress,
        content: &Content,
        keep: &mut dyn Keep,
    ) -> Result<Stopped, RunError> {
        check_not_ended(progress)?;
        progress.check_content(content)?;
        progress.forget_unsent();
        let description = self.agency.description()?;
        let operation = description.outbound(&progress.operation, &progress.agency)?;
        let _alone = match description.rotated_by(&operation.name) {
            Some(_) => Some(self.rotating.lock().await),
            None => None,
        };
        let rotation = match self.begin_rotation(progress).await? {
            Rotation::None => None,
            Rotation::Pending(pending) => Some(pending),
            Rotation::InForce if progress.done.is_some() => None,
            Rotation::InForce => return Ok(in_force(progress)),
        };
        if let Some(pending) = &rotation
            && let Some(in_force) = self.resumed_rotation(pending, progress).await?
        {
            return Ok(in_force);
        }
        if rotation.is_some() && progress.is_to_be_built() {
            self.obtain_fresh(&operation.name).await?;
        }
        if progress.done.is_none()
            && let Some(stopped) = self.exchanges(operation, progress, content, keep).await?
        {
            // Where the change was refused, its credentials are as much in doubt as the rest: the next run begins with fresh ones.
            let has_check = |it: &PendingRotation| it.rotation.check.is_some();
            if rotation.as_ref().is_some_and(has_check) && progress.attempt.is_none() {
                progress.begin_anew();
                keep.keep(progress)?;
            }
            return Ok(stopped);
        }
        if let Some(pending) = &rotation
            && let Some(unproven) = self.finish_rotation(pending).await?
        {
            return Ok(unproven);
        }
        let Some(done) = progress.done.clone() else {
            return Err(not_built(&operation.name));
        };
        // Until somebody says that they were handed over, the results are kept.
        let outcome = progress.results.clone().outcome(done);
        Ok(Stopped::Outcome(Box::new(outcome), None))
    }

    /// One exchange after the other, until the operation is done: `None`, and its outcome is in the progress. Where it stopped otherwise.
    async fn exchanges(
        &self,
        operation: &Operation,
        progress: &mut Progress,
        content: &Content,
        keep: &mut dyn Keep,
    ) -> Result<Option<Stopped>, RunError> {
        loop {
            let stopped = self.exchange(operation, progress, content, keep).await?;
            let Stopped::Outcome(mut outcome, fact) = stopped else {
                return Ok(Some(stopped));
            };
            progress.not_before = outcome.not_before;
            match (outcome.class, outcome.next_step.take()) {
                (class, Some(step)) if class.is_done() => {
                    let pause = outcome.not_before.take();
                    let over = progress.exchanges.saturating_add(1);
                    let (asked, allowed) = (over.saturating_add(1), operation.limits.steps);
                    if asked > allowed {
                        return Err(RunError::TooManySteps { asked, allowed });
                    }
                    progress.exchanges = over;
                    progress.results.take(&mut outcome);
                    progress.step = Some(step);
                    progress.attempt = None;
                    keep.keep(progress)?;
                    self.pause(pause).await?;
                }
                (class, None) if class.is_done() => {
                    progress.finish(*outcome);
                    keep.keep(progress)?;
                    return Ok(None);
                }
                (class, _) => {
                    if !may_be_sent_again(class) {
                        progress.attempt = None;
                    }
                    keep.keep(progress)?;
                    return Ok(Some(Stopped::Outcome(outcome, fact)));
                }
            }
        }
    }

    /// Waits until a moment before which the next step is not to be built; for a moment that is far away, whoever runs the operation waits.
    async fn pause(&self, until: Option<SystemTime>) -> Result<(), RunError> {
        let Some(until) = until else {
            return Ok(());
        };
        match until.duration_since(self.agency.now()?) {
            Ok(left) if left > LONGEST_PAUSE => Err(RunError::TooEarly { until }),
            Ok(left) => {
                tokio::time::sleep(left).await;
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// One exchange of the operation: built unless it was before, sent once, its answer parsed; and once more if its credential was not accepted.
    async fn exchange(
        &self,
        operation: &Operation,
        progress: &mut Progress,
        content: &Content,
        keep: &mut dyn Keep,
    ) -> Result<Stopped, RunError> {
        let (mut is_renewed, mut lost) = (false, 0);
        loop {
            self.obtain_missing(&operation.name).await?;
            match self.build(progress, content, keep).await {
                // What serves has taken the run over from a candidate, and has obtained nothing yet.
                Err(error)
                    if lost < MOST_LOST && self.has_lost_credential(operation, &error)? =>
                {
                    lost += 1;
                    continue;
                }
                built => built?,
            }
            let numbers = self.credential_numbers(operation)?;
            let stopped = match self.send_once(operation, progress, keep).await {
                Err(error)
                    if lost < MOST_LOST && self.has_lost_credential(operation, &error)? =>
                {
                    lost += 1;
                    continue;
                }
                stopped => stopped?,
            };
            let Stopped::Outcome(outcome, _) = &stopped else {
                return Ok(stopped);
            };
            let (Some(role), false) = (&outcome.refused_secret, is_renewed) else {
                return Ok(stopped);
            };
            match progress.attempt.as_ref() {
                // It is written when the request is sent.
                Some(attempt) if attempt.has_in_header(role) => {}
                // It stands in the body, which is built anew; but not where an earlier sending of these bytes may have been taken.
                Some(attempt) if attempt.unresolved == 0 => progress.attempt = None,
                _ => return Ok(stopped),
            }
            is_renewed = true;
            if let Some((_, number)) = numbers.iter().find(|(carried, _)| carried == role) {
                self.agency.forget_refused_credential(role, *number)?;
            }
            // Where another cannot be obtained now, it is kept that this sending took no effect.
            keep.keep(progress)?;
        }
    }

    /// Whether a request was not sent because a credential ran out, or was found not to be accepted by somebody else, after it had been there.
    fn has_lost_credential(
        &self,
        operation: &Operation,
        error: &RunError,
    ) -> Result<bool, RunError> {
        let RunError::Runtime(Error::Problem(_)) = error else {
            return Ok(false);
        };
        let missing = self.agency.missing_credentials(&operation.name)?;
        Ok(!missing.is_empty())
    }

    /// Which values of its credentials a request carries that is sent now.
    fn credential_numbers(&self, operation: &Operation) -> Result<Vec<(String, u64)>, RunError> {
        let mut numbers = Vec::new();
        // By what built it, which may be another than the run began with.
        let description = self.agency.description()?;
        let known = description.operation(&operation.name);
        for role in known.into_iter().flat_map(|known| &known.credentials) {
            if let Some(number) = self.agency.credential_number(role)? {
                numbers.push((role.clone(), number));
            }
        }
        Ok(numbers)
    }

    async fn build(
        &self,
        progress: &mut Progress,
        content: &Content,
        keep: &mut dyn Keep,
    ) -> Result<(), RunError> {
        if progress.attempt.is_some() {
            return Ok(());
        }
        let (agency, input) = (self.agency.clone(), progress.input(content));
        let step = self.within.step("build", SpanKind::Internal);
        let mut step = step.of(&progress.agency, &progress.operation);
        let request = self.blocking(move || agency.build(input)).await;
        say_built(&mut step, &request);
        drop(step);
        let request = request?;
        progress.attempt = Some(Attempt {
            request,
            sendings: 0,
            unresolved: 0,
            first_sent: None,
        });
        // Before it is sent for the first time.
        keep.keep(progress)?;
        Ok(())
    }

    async fn send_once(
        &self,
        operation: &Operation,
        progress: &mut Progress,
        keep: &mut dyn Keep,
    ) -> Result<Stopped, RunError> {
        let Some(attempt) = &mut progress.attempt else {
            return Err(not_built(&operation.name));
        };
        let _passage = self.pass(operation, &attempt.request.reference).await?;
        let before = attempt.clone();
        attempt.begin(SystemTime::now());
        if let Err(error) = keep.keep(progress) {
            // It is not sent.
            progress.attempt = Some(before);
            return Err(error.into());
        }
        let limit = self.agency.response_limit(&operation.name)?;
        let request = &before.request;
        let step = self.within.step("send", SpanKind::Client);
        let mut step = step.of(&progress.agency, &operation.name);
        step.say("silta.attempts", before.sendings.saturating_add(1));
        let sent = self.clients.send(&self.agency, request, limit, None).await;
        say_sent(&mut step, &sent);
        drop(step);
        if let Ok(exchanged) = &sent {
            self.heard(operation, exchanged);
        }
        let (response, fact) = match sent {
            Ok(Exchanged::Response(response, fact)) => (response, fact),
            Ok(Exchanged::NotSent(fact)) => {
                take_back(progress, before, keep)?;
                return Ok(Stopped::NotSent(fact));
            }
            Err(error) => {
                take_back(progress, before, keep)?;
                return Err(error);
            }
        };
        let sending = Sending {
            memo: before.request.memo.clone(),
            earlier_sendings: before.unresolved,
            step: progress.step.clone(),
        };
        let reference = before.request.reference.as_str();
        let told = (response, fact, sending);
        let parsed = self.understand(operation, progress, reference, told);
        let parsed = parsed.await?;
        if let (Stopped::Outcome(outcome, _), Some(attempt)) = (&parsed, &mut progress.attempt)
            && (outcome.refused_secret.is_some()
                || outcome.class == RetryClass::RetryLaterSameReference)
        {
            // It was refused, whatever became of those before it.
            attempt.unresolved = before.unresolved;
        }
        Ok(parsed)
    }

    /// Parses an answer, as a step of the trace; one that means nothing is told of.
    async fn understand(
        &self,
        operation: &Operation,
        progress: &Progress,
        reference: &str,
        (response, fact, sending): (Response, Option<Unknown>, Sending),
    ) -> Result<Stopped, RunError> {
        // Its body is shared.
        let answered = match &response {
            Response::Answered(answer) => Some(answer.clone()),
            _ => None,
        };
        let step = self.within.step("parse", SpanKind::Internal);
        let mut step = step.of(&progress.agency, &operation.name);
        let parsed = self.parse(&operation.name, (response, fact), sending).await;
        say_parsed(&mut step, &parsed);
        drop(step);
        if let Some(answer) = &answered
            && let Some(code) = unreadable_as(answer, &parsed)
        {
            self.unreadable(operation, reference, (answer, &code)).await;
        }
        parsed
    }

    /// What an answer means, or that it means nothing.
    pub(super) async fn parse(
        &self,
        operation: &str,
        (response, fact): (Response, Option<Unknown>),
        sending: Sending,
    ) -> Result<Stopped, RunError> {
        let (agency, operation) = (self.agency.clone(), operation.to_owned());
        let parsed = self
            .blocking(move || agency.parse(&operation, response, sending))
            .await;
        match parsed {
            Ok(outcome) => Ok(Stopped::Outcome(Box::new(outcome), fact)),
            Err(Error::Problem(problem)) if problem.fault == Fault::Counterparty => {
                Ok(Stopped::Misunderstood(problem))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The code of what is wrong with an answer that the component could not read, and would not read if it came again.
fn unreadable_as(answer: &Answer, parsed: &Result<Stopped, RunError>) -> Option<String> {
    match parsed {
        Ok(Stopped::Outcome(outcome, _)) => {
            is_without_code(answer, outcome).then(|| outcome.code.clone())
        }
        Ok(Stopped::Misunderstood(problem)) => Some(problem.code.clone()),
        Err(RunError::Runtime(error @ (Error::Crash { .. } | Error::Contract { .. }))) => {
            Some(error.code())
        }
        _ => None,
    }
}

/// Whether it is an answer of success without a code of the agency's (`wit/exchange.wit`, record `outcome`: its code is `http-NNN`) after which the operation goes again, though nothing came of
/// it: the component made an outcome of what says none. With another status that status is what the answer says, as it is with "accepted, not yet done" (202) and "nothing there" (204); and where
/// there is only a time, that.
fn is_without_code(answer: &Answer, outcome: &Outcome) -> bool {
    let is_nothing = match outcome.class {
        // What it may bring then is that nobody knows.
        RetryClass::UnknownOutcome => true,
        RetryClass::RetryLaterSameReference | RetryClass::RetryLaterNewReference => {
            outcome.events.is_empty() && outcome.documents.is_empty()
        }
        _ => false,
    };
    let status = answer.status;
    let is_status = !(200..300).contains(&status) || matches!(status, 202 | 204);
    let is_time = answer.body.size() == 0 && outcome.not_before.is_some();
    is_nothing && !is_status && !is_time && outcome.code == format!("http-{status}")
}

/// It was not sent after all.
fn take_back(progress: &mut Progress, before: Attempt, keep: &mut dyn Keep) -> io::Result<()> {
    progress.attempt = Some(before);
    keep.keep(progress)
}

/// Whether the very same bytes go again after an outcome.
fn may_be_sent_again(class: RetryClass) -> bool {
    matches!(
        class,
        RetryClass::UnknownOutcome | RetryClass::RetryLaterSameReference
    )
}

/// There is always an attempt where one is sent; without one, that is our defect and no panic.
fn not_built(operation: &str) -> RunError {
    RunError::Runtime(Error::Problem(Problem {
        fault: Fault::Internal,
        code: "request.not-built".into(),
        path: String::new(),
        message: format!("no request of `{operation}` was built; this is a defect of Silta"),
    }))
}
