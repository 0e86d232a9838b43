//! What the API remembers of each request.

use std::time::SystemTime;

pub use crate::customs::RefusedHandshake;

/// A call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Registers a callback, or ends the push.
    RegisterPush,
    /// The same without registering anything.
    VerifyRegisterPush,
    /// Lists the notifications there are.
    ListNotifications,
    /// Lists the subscriptions, with the status of the registration.
    ListSubscriptions,
}

impl Operation {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RegisterPush => "RegisterPush",
            Self::VerifyRegisterPush => "Verification/RegisterPush",
            Self::ListNotifications => "ListNotifications",
            Self::ListSubscriptions => "ListSubscriptions",
        }
    }
}

/// One HTTP request and what became of it. Neither secrets nor bodies are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When its head arrived.
    pub at: SystemTime,
    /// What was asked for, if the path leads to something.
    pub operation: Option<Operation>,
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// Why it was refused; none if it was not.
    pub reason: Option<String>,
    /// How many entries a list had.
    pub listed: Option<usize>,
}
