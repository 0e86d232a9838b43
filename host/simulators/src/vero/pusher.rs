// SPDX-License-Identifier: Apache-2.0
//! Pushing without a registration.

use std::sync::Arc;

use super::caller::Caller;
use super::misbehaviour::Misbehaviour;
use super::notification::Notification;
use super::push::{Delivery, PushSetup};
use super::secret::CallbackSecret;
use super::target::Target;
use crate::error::SimulatorError;
use crate::worker::Worker;

/// The pushing side of Vero API by itself, to test a receiver with.
pub struct VeroPusher {
    caller: Arc<Caller>,
    target: Arc<Target>,
    worker: Worker,
}

impl VeroPusher {
    /// Gets ready to push to a URL; nothing is sent yet. Unlike RegisterPush, it does not ask how the URL ends.
    ///
    /// # Errors
    ///
    /// See [`SimulatorError`].
    pub fn start(
        url: &str,
        secret: CallbackSecret,
        setup: PushSetup,
    ) -> Result<Self, SimulatorError> {
        let target = Target::new(url, secret).ok_or(SimulatorError::Url("url"))?;
        let caller = Caller::new(&setup)?;
        let worker = Worker::start("vero-pusher", |mut stopped| async move {
            // Whether it is told to stop or left alone comes to the same.
            let _ = stopped.changed().await;
        })?;
        Ok(Self {
            caller,
            target: Arc::new(target),
            worker,
        })
    }

    /// Pushes a notification until it is acknowledged, or not tried any more; waits for that.
    pub fn push(&self, notification: &Notification) -> Delivery {
        self.deliver(notification, None)
    }

    /// The same, wrong in one way at each attempt.
    pub fn push_badly(&self, notification: &Notification, misbehaviour: Misbehaviour) -> Delivery {
        self.deliver(notification, Some(misbehaviour))
    }

    fn deliver(&self, notification: &Notification, misbehaviour: Option<Misbehaviour>) -> Delivery {
        let (caller, target) = (self.caller.clone(), self.target.clone());
        let pushed = notification.clone();
        self.worker
            .run(async move { caller.push(&target, pushed, misbehaviour).await })
            .unwrap_or_else(|| Delivery::none(notification.clone(), misbehaviour))
    }
}
