//! What all connections of a simulator share.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::caller::Caller;
use super::error::VeroError;
use super::misbehaviour::Misbehaviour;
use super::notification::{Environment, Notification};
use super::push::Delivery;
use super::received::{Received, RefusedHandshake};
use super::registration::{Registered, Registration, RegistrationStatus};
use super::setup::VeroSetup;
use super::target::Target;
use super::wire::{Statuses, WireNames};

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
    recorded: Condvar,
}

#[derive(Default)]
struct State {
    registered: Option<Registered>,
    notifications: Vec<Notification>,
    script: VecDeque<Misbehaviour>,
    received: Vec<Received>,
    refused_handshakes: Vec<RefusedHandshake>,
    deliveries: Vec<Delivery>,
}

impl Service {
    pub(super) fn new(setup: VeroSetup) -> Result<Self, VeroError> {
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
            recorded: Condvar::new(),
        })
    }

    /// The right to register, until it is dropped; `None` while somebody else has it.
    pub(super) fn start_registering(&self) -> Option<SemaphorePermit<'_>> {
        self.registering.try_acquire().ok()
    }

    pub(super) fn register(&self, registered: Option<Registered>) {
        self.state().registered = registered;
    }

    pub(super) fn registration(&self) -> Option<Registration> {
        self.state()
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
        let mut state = self.state();
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
        let mut state = self.state();
        let registered = state.registered.as_mut();
        if let Some(registered) = registered.filter(|own| Arc::ptr_eq(&own.target, target)) {
            registered.failures = match delivery.is_acknowledged() {
                true => 0,
                false => registered.failures.saturating_add(1),
            };
        }
    }

    pub(super) fn notifications(&self) -> Vec<Notification> {
        self.state().notifications.clone()
    }

    pub(super) fn misbehave(&self, misbehaviours: impl IntoIterator<Item = Misbehaviour>) {
        self.state().script.extend(misbehaviours);
    }

    pub(super) fn record(&self, received: Received) {
        self.state().received.push(received);
        self.recorded.notify_all();
    }

    pub(super) fn record_delivery(&self, delivery: Delivery) {
        self.state().deliveries.push(delivery);
    }

    pub(super) fn record_refused_handshake(&self, reason: String) {
        let at = SystemTime::now();
        let refused = RefusedHandshake { at, reason };
        self.state().refused_handshakes.push(refused);
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// Waits for something to be there, at most so long.
    pub(super) fn take_received(&self, timeout: Duration) -> Vec<Received> {
        let (mut state, _) = self
            .recorded
            .wait_timeout_while(self.state(), timeout, |state| state.received.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.received)
    }

    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.clone()
    }

    pub(super) fn take_deliveries(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.state().deliveries)
    }

    pub(super) fn take_refused_handshakes(&self) -> Vec<RefusedHandshake> {
        std::mem::take(&mut self.state().refused_handshakes)
    }

    /// A panicking test thread must not hide what was received.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
