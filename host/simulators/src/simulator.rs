// SPDX-License-Identifier: Apache-2.0
//! What every simulated agency has.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::error::SimulatorError;
use crate::ledger::RefusedHandshake;

/// A simulated agency that runs. Dropping it stops it: requests under way are answered, connections closed, its thread
/// joined, all within about two seconds.
pub trait Simulator: Sized {
    /// What it is started with.
    type Setup;

    /// Binds the address and starts answering on a thread of its own.
    ///
    /// # Errors
    ///
    /// See [`SimulatorError`]; nothing keeps running after an error.
    fn start(setup: Self::Setup) -> Result<Self, SimulatorError>;

    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// The URL that clients are given, by the name `localhost`.
    fn url(&self) -> String;

    /// Takes out of the records what has been received and done, waiting up to `timeout` while nothing was received.
    fn take_events(&self, timeout: Duration) -> Vec<Event>;
}

/// The verdict of events that are the simulator's own fault: what it would have said is not valid, and was not sent.
pub const OWN_FAULT: &str = "own-fault";

/// Something that a simulator has received or done, to be shown.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// When it began.
    pub at: SystemTime,
    /// What was asked for, in the protocol's words; none when that is not known.
    pub operation: Option<String>,
    /// How it ended, in a word such as `accepted`.
    pub verdict: &'static str,
    /// The code in the answer.
    pub code: Option<String>,
    /// Why it ended badly.
    pub reason: Option<String>,
    /// What only this kind of event has: an object, with names in camelCase.
    pub details: Value,
}

/// A connection that never came to a request.
impl From<RefusedHandshake> for Event {
    fn from(refused: RefusedHandshake) -> Self {
        Self {
            at: refused.at,
            operation: None,
            verdict: "no-tls",
            code: None,
            reason: Some(refused.reason),
            details: Value::Object(Default::default()),
        }
    }
}
