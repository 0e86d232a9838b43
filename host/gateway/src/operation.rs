// SPDX-License-Identifier: Apache-2.0
//! Operations of an agency, carried out: built, sent, answers parsed, exchange by exchange.
//!
//! Nothing is retried here. [`Sender::run`] goes on until the operation is done, or until something came of an exchange that somebody has to decide
//! about or wait for; what is needed to go on is in the [`Progress`], which is [kept](Keep) before anything is sent. Running it again goes on where it stopped: a
//! request that may have arrived is sent again in the very same bytes.

mod credentials;
mod exchange;
mod gate;
mod not_now;
mod progress;
mod replay;
mod rotation;
mod run;
mod sender;
mod steps;
mod stopped;
mod stored;

pub use exchange::Exchanged;
pub use gate::{Barred, Gate, Hearing, Passage, Passing};
pub use not_now::NotNow;
pub use progress::{
    Attempt, Content, ContentMismatch, Ended, Keep, KeepNothing, Progress, Results,
};
pub(crate) use replay::{NotReplayed, Replayed, obstacle, replay, replay_of};
pub use sender::Sender;
pub use stopped::{NoRelay, RunError, Stopped};
pub use stored::StoredError;
