//! The client of a receiver.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::certificates::Connectors;
use super::error::VeroError;
use super::message::{self, shown};
use super::misbehaviour::Misbehaviour;
use super::notification::Notification;
use super::push::{Attempt, Delivery, PushSetup};
use super::target::Target;
use crate::throttled_writer::ThrottledWriter;

/// Calls receivers, as often as it may.
pub(super) struct Caller {
    connectors: Connectors,
    attempts: u32,
    pause: Duration,
    time_limit: Duration,
}

/// Why a call is no acknowledgement. The answer's content is left out.
#[derive(Debug, thiserror::Error)]
enum CallProblem {
    #[error("nobody listens at the callback's address: {0}")]
    Connect(std::io::Error),
    #[error("the TLS handshake with the receiver failed: {0}")]
    Tls(std::io::Error),
    #[error("the receiver did not answer in HTTP; perhaps it closed over the certificate")]
    Http,
    #[error("the receiver did not answer in time")]
    Timeout,
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
    pub(super) fn new(setup: &PushSetup) -> Result<Arc<Self>, VeroError> {
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
        let limit = match misbehaviour {
            Some(Misbehaviour::SlowLoris(time)) => self.time_limit.saturating_add(time),
            _ => self.time_limit,
        };
        let call = self.call(target, notification, misbehaviour, &mut attempt);
        let outcome = timeout(limit, call).await;
        let outcome = outcome.unwrap_or(Err(CallProblem::Timeout));
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
    ) -> Result<(), CallProblem> {
        let connector = self.connectors.showing(shown(misbehaviour));
        let connector = connector.ok_or(CallProblem::NoIssuer)?;
        let request =
            message::request(target, notification, misbehaviour).map_err(|_| CallProblem::Http)?;
        let length = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
        let host = target.host.to_str();
        let stream = TcpStream::connect((host.as_ref(), target.port))
            .await
            .map_err(CallProblem::Connect)?;
        // Nothing may wait for more to go along with it.
        stream.set_nodelay(true).map_err(CallProblem::Connect)?;
        let stream = connector
            .connect(target.host.clone(), stream)
            .await
            .map_err(CallProblem::Tls)?;
        let stream = ThrottledWriter::new(stream, message::rest(length, misbehaviour));
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| CallProblem::Http)?;
        // The connection does the work, and ends with the exchange.
        let mut exchange = std::pin::pin!(exchange(sender, request, attempt));
        tokio::select! {
            outcome = &mut exchange => outcome,
            _ = connection => exchange.await,
        }
    }
}

async fn exchange(
    mut sender: http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    attempt: &mut Attempt,
) -> Result<(), CallProblem> {
    let answer = sender.send_request(request).await;
    let (head, body) = answer.map_err(|_| CallProblem::Http)?.into_parts();
    attempt.http_status = Some(head.status.as_u16());
    let is_empty = is_empty(body).await?;
    attempt.is_empty = Some(is_empty);
    match (head.status, is_empty) {
        (StatusCode::OK, true) => Ok(()),
        (StatusCode::OK, false) => Err(CallProblem::NotEmpty),
        _ => Err(CallProblem::Status),
    }
}

/// Reads no further than to the first byte.
async fn is_empty(mut body: Incoming) -> Result<bool, CallProblem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| CallProblem::BrokenOff)?;
        if frame.data_ref().is_some_and(|data| !data.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}
