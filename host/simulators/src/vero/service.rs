// SPDX-License-Identifier: Apache-2.0
//! What all connections of a simulator share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::caller::Caller;
use super::misbehaviour::Misbehaviour;
use super::notification::{Environment, Notification};
use super::push::Delivery;
use super::received::Received;
use super::setup::VeroSetup;
use super::target::Target;
use super::wire::{Statuses, WireNames};
use crate::error::SimulatorError;
use crate::ledger::{Ledger, lock};

pub(super) struct Service {
    pub(super) wire: WireNames,
    pub(super) statuses: Statuses,
    pub(super) environment: Environment,
    pub(super) subscriptions: Vec<i64>,
    pub(super) keeps_registrations: bool,
    pub(super) caller: Arc<Caller>,
    failures_to_suspend: u32,
    /// Of one permit, for the one RegisterPush that may be under way.
    registering: Semaphore,
    state: Mutex<State>,
    pub(super) received: Ledger<Received>,
    pub(super) deliveries: Ledger<Delivery>,
}

#[derive(Default)]
struct State {
    registered: Option<Registered>,
    notifications: Vec<Notification>,
    script: VecDeque<Misbehaviour>,
}

impl Service {
    pub(super) fn new(setup: VeroSetup) -> Result<Self, SimulatorError> {
        Ok(Self {
            caller: Caller::new(&setup.push)?,
            wire: setup.wire,
            statuses: setup.statuses,
            environment: setup.environment,
            subscriptions: setup.subscriptions,
            keeps_registrations: setup.keeps_registrations,
            failures_to_suspend: setup.failures_to_suspend,
            registering: Semaphore::new(1),
            state: Mutex::default(),
            received: Ledger::default(),
            deliveries: Ledger::default(),
        })
    }

    /// The right to register, until it is dropped; `None` while somebody else has it.
    pub(super) fn start_registering(&self) -> Option<SemaphorePermit<'_>> {
        self.registering.try_acquire().ok()
    }

    pub(super) fn register(&self, registered: Option<Registered>) {
        lock(&self.state).registered = registered;
    }

    pub(super) fn registration(&self) -> Option<Registration> {
        lock(&self.state)
            .registered
            .as_ref()
            .map(|registered| Registration {
                callback_url: registered.callback_url.clone(),
                status: self.status(registered),
            })
    }

    /// The status of the registration; while the first one is being made there is none, but it is pending.
    pub(super) fn registration_status(&self) -> Option<RegistrationStatus> {
        let registered = self.registration().map(|registration| registration.status);
        let pending = || self.is_registering().then_some(RegistrationStatus::Pending);
        registered.or_else(pending)
    }

    fn status(&self, registered: &Registered) -> RegistrationStatus {
        if self.is_registering() {
            RegistrationStatus::Pending
        } else if registered.failures >= self.failures_to_suspend {
            RegistrationStatus::Fail
        } else {
            RegistrationStatus::Active
        }
    }

    fn is_registering(&self) -> bool {
        self.registering.available_permits() == 0
    }

    /// Keeps a notification for ListNotifications; whom to push it to, and how badly.
    pub(super) fn announce(
        &self,
        notification: Notification,
    ) -> (Option<Arc<Target>>, Option<Misbehaviour>) {
        let mut state = lock(&self.state);
        state.notifications.push(notification);
        let target = state
            .registered
            .as_ref()
            .filter(|registered| self.status(registered) == RegistrationStatus::Active)
            .map(|registered| registered.target.clone());
        // What is not pushed is no occasion to misbehave.
        let misbehaviour = target.is_some().then(|| state.script.pop_front());
        (target, misbehaviour.flatten())
    }

    /// Counts for or against the registration, if it is still the one that was called.
    pub(super) fn judge(&self, target: &Arc<Target>, delivery: &Delivery) {
        if delivery.misbehaviour.is_some() {
            return;
        }
        let mut state = lock(&self.state);
        let registered = state.registered.as_mut();
        if let Some(registered) = registered.filter(|own| Arc::ptr_eq(&own.target, target)) {
            registered.failures = match delivery.is_acknowledged() {
                true => 0,
                false => registered.failures.saturating_add(1),
            };
        }
    }

    pub(super) fn notifications(&self) -> Vec<Notification> {
        lock(&self.state).notifications.clone()
    }

    pub(super) fn misbehave(&self, misbehaviours: impl IntoIterator<Item = Misbehaviour>) {
        lock(&self.state).script.extend(misbehaviours);
    }
}

/// A registration as it is kept.
pub(super) struct Registered {
    pub(super) callback_url: String,
    pub(super) target: Arc<Target>,
    /// Notifications given up since the last one that was acknowledged.
    pub(super) failures: u32,
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
