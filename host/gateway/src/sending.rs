// SPDX-License-Identifier: Apache-2.0
//! What is queued, sent: operations are claimed from the store, carried out by [`operation::Sender`](crate::operation::Sender), and settled there.
//!
//! Retry lives in two places and no third: the component says *what* follows from an answer ([`RetryClass`](silta::exchange::RetryClass)), the host says
//! *when*. What has to be known for that is in the store: a process that ends anywhere is gone on with by the next one.

mod agency;
mod belonging;
pub(crate) mod breaker;
pub(crate) mod delay;
mod gate;
mod held;
mod keeping;
mod polls;
mod records;
mod retry;
mod run;
mod settings;
mod settling;
mod setup;
mod start;
mod streak;
mod traffic;
mod unreadable;
mod worker;

pub use held::OPERATION_HELD;
pub use settings::{PollSettings, SendingSettings};
pub use setup::{Sending, SendingAgency, SendingSetup};
pub(crate) use start::start;
