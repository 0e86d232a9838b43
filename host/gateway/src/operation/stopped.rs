// SPDX-License-Identifier: Apache-2.0
//! How a run ends.

use std::{fmt, io, time::SystemTime};

use silta::{
    Error,
    exchange::{Outcome, Problem, RetryClass},
};

use super::{not_now::NotNow, progress::ContentMismatch};
use crate::outbound::{NotSent, Unknown};

/// Where a run stopped.
#[derive(Debug)]
pub enum Stopped {
    /// The component said what the last exchange came to; with everything that the exchanges of the operation handed out, if it is done. The fact is
    /// there when no answer came.
    Outcome(Box<Outcome>, Option<Unknown>),
    /// Nothing of the last request left this machine.
    NotSent(NotSent),
    /// The answer could not be understood. Whether the agency took the request is not known.
    Misunderstood(Problem),
}

/// An operation sends a mail, and there is no relay to send it by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the operation sends a mail, and no relay is configured; add the table `relay` of the agency"
)]
pub struct NoRelay;

/// Why a run could not go on, for a reason of our own or of the caller. Nothing was sent after it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The runtime or the component.
    #[error(transparent)]
    Runtime(#[from] Error),
    /// No relay for mail.
    #[error(transparent)]
    NoRelay(#[from] NoRelay),
    /// Other files than at first.
    #[error(transparent)]
    Content(#[from] ContentMismatch),
    /// Progress could not be kept, so that nothing was sent.
    #[error(
        "the state of the operation could not be kept, and nothing was sent after that: {0}; check the file, its permissions and the room left"
    )]
    NotKept(#[from] io::Error),
    /// Whoever says when requests may be sent has said not now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// It is over.
    #[error("the operation has ended already ({code}); remove its state to begin a new one")]
    Ended {
        /// The agency's code.
        code: String,
    },
    /// The agency is not to be asked yet.
    #[error("the agency is not to be asked again before {}; wait, or send in spite of it", silta::time::display(*until))]
    TooEarly {
        /// The moment.
        until: SystemTime,
    },
    /// The request may have taken effect, and a repetition may take effect twice.
    #[error(
        "whether the agency took the request is not known, and a repetition may take effect twice; ask the agency first, or send in spite of it"
    )]
    MayRepeat,
    /// The end that the component declares for sending the same bytes.
    #[error("the same bytes have been sent {sendings} times since {}, which is where sending again ends ({limit}); a human decides, or send in spite of it", silta::time::display(*since))]
    Exhausted {
        /// How often.
        sendings: u32,
        /// When first.
        since: SystemTime,
        /// Which limit, in words.
        limit: String,
    },
    /// A credential could not be obtained.
    #[error("the secret `{role}` could not be obtained by `{operation}`: {stopped}")]
    Credential {
        /// Its role.
        role: String,
        /// The operation that obtains it.
        operation: String,
        /// What came of that.
        stopped: Box<Stopped>,
    },
    /// A component goes on for longer than it declares.
    #[error(
        "the operation asks for exchange number {asked}, and it is declared to take {allowed} at most. This is a defect of the component; report it to its maker"
    )]
    TooManySteps {
        /// Which exchange.
        asked: u32,
        /// The limit.
        allowed: u32,
    },
}

impl Stopped {
    /// Whether the operation, or the exchange, is done.
    pub(super) fn is_done(&self) -> bool {
        self.class().is_some_and(RetryClass::is_done)
    }

    /// Whether the agency has answered, and not with success.
    pub(super) fn is_refused(&self) -> bool {
        let refused = [RetryClass::Denied, RetryClass::FixFirst];
        self.class().is_some_and(|class| refused.contains(&class))
    }

    fn class(&self) -> Option<RetryClass> {
        match self {
            Self::Outcome(outcome, _) => Some(outcome.class),
            Self::NotSent(_) | Self::Misunderstood(_) => None,
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(outcome, fact) => {
                write!(f, "{}, {}", outcome.class.name(), outcome.code)?;
                if !outcome.text.is_empty() {
                    write!(f, ": {}", outcome.text)?;
                }
                match fact {
                    Some(fact) => write!(f, " ({fact})"),
                    None => Ok(()),
                }
            }
            Self::NotSent(fact) => fact.fmt(f),
            Self::Misunderstood(problem) => problem.fmt(f),
        }
    }
}
