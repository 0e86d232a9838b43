// SPDX-License-Identifier: Apache-2.0
//! What carries operations out, and when it may.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use silta::{
    Agency, Error,
    describe::{Idempotency, Operation},
    exchange::{Answer, Fault, Problem, Request},
};
use tokio::sync::Mutex;

use super::{
    exchange::{Clients, Exchanged},
    gate::{Barred, Gate, Passage},
    progress::Progress,
    stopped::RunError,
};
use crate::{
    agency::ServedAgency,
    call_queue::NotDone,
    outbound::{HttpClient, MailClient},
    telemetry::Place,
};

/// How long a call of the component waits for its turn. Those who call us are answered by their own time, and go before.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Carries out the operations of one agency. Clones share the agency and its credentials; whoever sends for one agency from several places does it with clones of one,
/// since only these wait for each other where a credential is obtained or a secret is replaced.
#[derive(Clone)]
pub struct Sender {
    pub(super) agency: Agency,
    pub(super) clients: Clients,
    /// Held while a credential is obtained, so that all who wait for it get the one.
    pub(super) obtaining: Arc<Mutex<()>>,
    /// Held while a secret is replaced: one after the other.
    pub(super) rotating: Arc<Mutex<()>>,
    gate: Option<Arc<dyn Gate>>,
    /// Whose share of the sandbox it uses; without one, nobody's.
    share: Option<ServedAgency>,
    /// Which step of a trace exchanges are part of.
    pub(super) within: Place,
}

impl Sender {
    /// Carries out the operations of an agency with these clients.
    pub fn new(agency: Agency, http: HttpClient, mail: Option<MailClient>) -> Self {
        Self {
            agency,
            clients: Clients {
                http,
                mail,
                trace: None,
            },
            obtaining: Arc::default(),
            rotating: Arc::default(),
            gate: None,
            share: None,
            within: Place::default(),
        }
    }

    /// The same, which asks before each request whether it may be sent.
    #[must_use]
    pub fn behind(self, gate: Arc<dyn Gate>) -> Self {
        let gate = Some(gate);
        Self { gate, ..self }
    }

    /// The same, whose calls of the component count among those of an agency in service.
    #[must_use]
    pub fn within(self, share: ServedAgency) -> Self {
        let share = Some(share);
        Self { share, ..self }
    }

    /// The same with other clients. It waits for those before where a credential is obtained or a secret is replaced.
    #[must_use]
    pub fn with_clients(self, http: HttpClient, mail: Option<MailClient>) -> Self {
        let clients = Clients {
            http,
            mail,
            trace: None,
        };
        Self { clients, ..self }
    }

    /// The same for one conversation of the agency ([`Agency::in_conversation`]).
    pub(crate) fn with_agency(self, agency: Agency) -> Self {
        Self { agency, ..self }
    }

    /// The same for an operation that belongs to a trace: requests have it in the field `traceparent` where the client is set up so
    /// ([`ConnectSettings::send_trace`](crate::outbound::ConnectSettings::send_trace)).
    #[must_use]
    pub fn in_trace(mut self, trace: Option<String>) -> Self {
        self.clients.trace = trace;
        self
    }

    /// The same for a run that is a step of a trace.
    pub(crate) fn within_step(self, within: Place) -> Self {
        Self { within, ..self }
    }

    /// Asks whether a request may be sent now.
    pub(super) async fn pass(
        &self,
        operation: &Operation,
        reference: &str,
    ) -> Result<Passage, RunError> {
        let Some(gate) = &self.gate else {
            return Ok(Passage::free());
        };
        match gate.pass(operation, reference).await {
            Ok(passage) => Ok(passage),
            Err(Barred::NotNow(not_now)) => Err(not_now.into()),
            Err(Barred::Unknown(error)) => Err(error.into()),
        }
    }

    /// Tells what came of a request that was let pass.
    pub(super) fn heard(&self, operation: &Operation, exchanged: &Exchanged) {
        if let Some(gate) = &self.gate {
            gate.heard(operation, exchanged);
        }
    }

    /// Tells of an answer that could not be read.
    pub(super) async fn unreadable(
        &self,
        operation: &Operation,
        reference: &str,
        answer: (&Answer, &str),
    ) {
        if let Some(gate) = &self.gate {
            gate.unreadable(operation, reference, answer).await;
        }
    }

    /// A call of the component, on a thread that may block.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(share) = &self.share else {
            return blocking(call).await;
        };
        match share.run(true, TIMEOUT, call).await {
            Ok(result) => result,
            Err(not_done) => Err(interrupted(&match not_done {
                NotDone::NoPlaceInTime => "others had its places all the time",
                NotDone::Panicked => "it panicked",
            })),
        }
    }

    /// Sends a request of the agency once, and keeps nothing: for whoever carries operations out in a way of their own. Of the answer so many bytes
    /// are read at most.
    ///
    /// # Errors
    /// See [`RunError`]; nothing was sent.
    pub async fn send(&self, request: &Request, answer_limit: u64) -> Result<Exchanged, RunError> {
        self.clients
            .send(&self.agency, request, answer_limit, None)
            .await
    }

    /// Whether an operation may go on now: it has not ended, its time has come, and the same bytes may be sent again.
    ///
    /// # Errors
    /// Why not. Somebody may decide to run it in spite of all but [`RunError::Ended`].
    pub fn may_run(&self, progress: &Progress, now: SystemTime) -> Result<(), RunError> {
        check_not_ended(progress)?;
        if progress.done.is_some() {
            return Ok(());
        }
        if let Some(until) = progress.not_before.filter(|until| now < *until) {
            return Err(RunError::TooEarly { until });
        }
        let Some(attempt) = progress.attempt.as_ref().filter(|it| it.unresolved > 0) else {
            return Ok(());
        };
        let description = self.agency.description()?;
        let operation = description.outbound(&progress.operation, &progress.agency)?;
        match operation.idempotency {
            Idempotency::ReadOnly => return Ok(()),
            Idempotency::ByReference => {}
            Idempotency::Never => return Err(RunError::MayRepeat),
        }
        let (Some(resending), Some(since)) = (operation.limits.resending, attempt.first_sent)
        else {
            return Ok(());
        };
        let age = now.duration_since(since).unwrap_or_default();
        let limit = if attempt.unresolved >= resending.sendings {
            format!("{} sendings", resending.sendings)
        } else if age.as_secs() > resending.seconds.into() {
            format!("{} s", resending.seconds)
        } else {
            return Ok(());
        };
        Err(RunError::Exhausted {
            sendings: attempt.unresolved,
            since,
            limit,
        })
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sender").field(&self.agency).finish()
    }
}

pub(super) fn check_not_ended(progress: &Progress) -> Result<(), RunError> {
    match &progress.ended {
        Some(ended) => Err(RunError::Ended {
            code: ended.code.clone(),
        }),
        None => Ok(()),
    }
}

/// Calls of components compute: they belong on a thread that may block.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result,
        // It panicked, or the program is ending.
        Err(error) => Err(interrupted(&error)),
    }
}

fn interrupted(why: &dyn fmt::Display) -> Error {
    Error::Problem(Problem {
        fault: Fault::Internal,
        code: "call.interrupted".into(),
        path: String::new(),
        message: format!("a call of the component did not end: {why}"),
    })
}
