// SPDX-License-Identifier: Apache-2.0
//! The client of a receiver.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::{Response, StatusCode};
use tokio::time::sleep;

use super::certificates::Connectors;
use super::message::{self, shown};
use super::misbehaviour::Misbehaviour;
use super::notification::Notification;
use super::push::{Attempt, Delivery, PushSetup};
use super::target::Target;
use crate::client::{Call, CallProblem};
use crate::error::SimulatorError;

/// Calls receivers, as often as it may.
pub(super) struct Caller {
    connectors: Connectors,
    attempts: u32,
    pause: Duration,
    time_limit: Duration,
}

/// Why a call is no acknowledgement. The answer's content is left out.
#[derive(Debug, thiserror::Error)]
enum PushProblem {
    #[error(transparent)]
    Call(#[from] CallProblem),
    #[error("the answer's HTTP status is not 200")]
    Status,
    #[error("the answer has a body")]
    NotEmpty,
    #[error("the answer broke off")]
    BrokenOff,
    #[error("no expired certificate can be shown, since push.issuer is not set")]
    NoIssuer,
}

impl Caller {
    pub(super) fn new(setup: &PushSetup) -> Result<Arc<Self>, SimulatorError> {
        Ok(Arc::new(Self {
            connectors: Connectors::new(setup)?,
            attempts: setup.attempts.max(1),
            pause: setup.pause,
            time_limit: setup.time_limit,
        }))
    }

    /// Tries until a try is acknowledged, or they are used up. A duplicate is pushed once more, and no more than that.
    pub(super) async fn push(
        &self,
        target: &Target,
        notification: Notification,
        misbehaviour: Option<Misbehaviour>,
    ) -> Delivery {
        let mut attempts: Vec<Attempt> = Vec::new();
        for number in 0..self.attempts {
            if number > 0 {
                sleep(self.pause).await;
            }
            let attempt = self.attempt(target, &notification, misbehaviour).await;
            let is_over = attempt.is_acknowledged();
            attempts.push(attempt);
            if is_over {
                break;
            }
        }
        let is_acknowledged = attempts.last().is_some_and(Attempt::is_acknowledged);
        if is_acknowledged && misbehaviour == Some(Misbehaviour::Duplicate) {
            attempts.push(self.attempt(target, &notification, misbehaviour).await);
        }
        Delivery {
            notification,
            misbehaviour,
            attempts,
        }
    }

    /// How long a call may take: what trickles has the time of that in addition.
    fn time_limit(&self, misbehaviour: Option<Misbehaviour>) -> Duration {
        match misbehaviour {
            Some(Misbehaviour::SlowLoris(time)) => self.time_limit.saturating_add(time),
            _ => self.time_limit,
        }
    }

    /// Calls once, and tells what came of it.
    pub(super) async fn attempt(
        &self,
        target: &Target,
        notification: &Notification,
        misbehaviour: Option<Misbehaviour>,
    ) -> Attempt {
        let started = Instant::now();
        let mut attempt = Attempt {
            at: SystemTime::now(),
            took: Duration::ZERO,
            http_status: None,
            is_empty: None,
            problem: None,
        };
        let call = self.call(target, notification, misbehaviour, &mut attempt);
        let outcome = call.await;
        attempt.problem = outcome.err().map(|problem| problem.to_string());
        attempt.took = started.elapsed();
        attempt
    }

    async fn call(
        &self,
        target: &Target,
        notification: &Notification,
        misbehaviour: Option<Misbehaviour>,
        attempt: &mut Attempt,
    ) -> Result<(), PushProblem> {
        let connector = self.connectors.showing(shown(misbehaviour));
        let request = message::request(target, notification, misbehaviour);
        let request = request.map_err(|_| CallProblem::Http)?;
        let length = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
        let call = Call {
            endpoint: &target.endpoint,
            connector: connector.ok_or(PushProblem::NoIssuer)?,
            time_limit: self.time_limit(misbehaviour),
            rest: message::rest(length, misbehaviour),
        };
        call.send(request, move |answer| read(answer, attempt))
            .await?
    }
}

async fn read(answer: Response<Incoming>, attempt: &mut Attempt) -> Result<(), PushProblem> {
    let (head, body) = answer.into_parts();
    attempt.http_status = Some(head.status.as_u16());
    let is_empty = is_empty(body).await?;
    attempt.is_empty = Some(is_empty);
    match (head.status, is_empty) {
        (StatusCode::OK, true) => Ok(()),
        (StatusCode::OK, false) => Err(PushProblem::NotEmpty),
        _ => Err(PushProblem::Status),
    }
}

/// Reads no further than to the first byte.
async fn is_empty(mut body: Incoming) -> Result<bool, PushProblem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| PushProblem::BrokenOff)?;
        if frame.data_ref().is_some_and(|data| !data.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trickle_has_its_time_beside_that_of_a_call() {
        let caller = Caller::new(&super::super::tests::push_setup()).unwrap();
        let (usual, trickle) = (caller.time_limit(None), Duration::from_secs(4));
        let limit = |misbehaviour| caller.time_limit(Some(misbehaviour));
        assert_eq!(limit(Misbehaviour::SlowLoris(trickle)), usual + trickle);
        assert_eq!(limit(Misbehaviour::NoSecret), usual);
    }
}
