//! To whom is pushed.

use std::sync::Arc;

use super::target::Target;

/// The status of a registration, as ListSubscriptions tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistrationStatus {
    /// `active`: notifications are pushed.
    Active,
    /// `fail`: too many were not acknowledged, none is pushed any more.
    Fail,
    /// `pending`: a health check is under way, none is pushed meanwhile.
    Pending,
}

impl RegistrationStatus {
    /// Its name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Fail => "fail",
            Self::Pending => "pending",
        }
    }
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// The URL that is called.
    pub callback_url: String,
    /// Whether it is called.
    pub status: RegistrationStatus,
}

/// A registration as it is kept.
pub(super) struct Registered {
    pub(super) callback_url: String,
    pub(super) target: Arc<Target>,
    /// Notifications given up since the last one that was acknowledged.
    pub(super) failures: u32,
}
