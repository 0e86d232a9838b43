// SPDX-License-Identifier: Apache-2.0
//! Whoever says when a request may be sent.

use std::{any::Any, fmt, io, pin::Pin};

use silta::{describe::Operation, exchange::Answer};

use super::{exchange::Exchanged, not_now::NotNow};

/// What [`Gate::pass`] answers, later.
pub type Passing<'a> = Pin<Box<dyn Future<Output = Result<Passage, Barred>> + Send + 'a>>;

/// Says of each request whether it may be sent now. A run that is told no sends nothing, and ends with [`RunError::NotNow`](super::RunError::NotNow).
pub trait Gate: Send + Sync {
    /// Asked right before a request of an operation is sent: one of each exchange, also of the operations that obtain a credential or prove a secret. What may be
    /// sent is counted, whether it is sent or not. The reference is the request's own.
    fn pass<'a>(&'a self, operation: &'a Operation, reference: &'a str) -> Passing<'a>;

    /// Hears what came of a request that was let pass.
    fn heard(&self, operation: &Operation, exchanged: &Exchanged);

    /// Hears of an answer that the component could not read, with the code of what is wrong with it; also of one of which it made an outcome all the same, with a
    /// status of success and no code of the agency's. By default nothing follows from that.
    fn unreadable<'a>(
        &'a self,
        operation: &'a Operation,
        reference: &'a str,
        answer: (&'a Answer, &'a str),
    ) -> Hearing<'a> {
        let _ = (operation, reference, answer);
        Box::pin(async {})
    }
}

/// Until it has been heard.
pub type Hearing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A request may be sent. It is held while the request is under way.
pub struct Passage(Option<Box<dyn Any + Send>>);

impl Passage {
    /// One that nothing is counted for while it is under way.
    pub fn free() -> Self {
        Self(None)
    }

    /// One with something that is dropped when the request is no longer under way.
    pub fn holding(held: impl Any + Send) -> Self {
        Self(Some(Box::new(held)))
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Passage").field(&self.0.is_some()).finish()
    }
}

/// A request may not be sent now.
#[derive(Debug)]
pub enum Barred {
    /// A limit of the agency says so.
    NotNow(NotNow),
    /// Nobody could be asked. What is sent has to be counted before.
    Unknown(io::Error),
}
