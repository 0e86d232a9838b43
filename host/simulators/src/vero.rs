// SPDX-License-Identifier: Apache-2.0
//! The Tax Administration's Vero API, the part used by push notifications: the calls that a customer makes
//! (RegisterPush, ListNotifications, ListSubscriptions), and the pushes that it receives.
//!
//! What the published requirements say is fixed here. The API's own description is only in its portal, so the names
//! of most properties and all paths are guesses that can be replaced: [`WireNames`], [`Statuses`].
//!
//! To test a receiver nobody has to register: a [`VeroPusher`] calls it with a secret and a certificate.
//!
//! ```no_run
//! use silta_simulators::vero::{
//!     CallbackSecret, Environment, Misbehaviour, Notification, PushSetup, VeroPusher,
//! };
//!
//! # fn run(receiver_ca: String, chain: String, key: String, secret: &str)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let setup = PushSetup::new(receiver_ca, chain, key);
//! let secret = CallbackSecret::new(secret)?;
//! let vero = VeroPusher::start("https://localhost:8444/vero/Notify/v1", secret, setup)?;
//! let notification = Notification::new(Environment::Test, 17, "TAX_CARD", 4);
//! assert!(vero.push(&notification).is_acknowledged());
//! assert!(!vero.push_badly(&notification, Misbehaviour::WrongSecret).is_acknowledged());
//! # Ok(())
//! # }
//! ```

mod answer;
mod api;
mod caller;
mod certificates;
mod message;
mod misbehaviour;
mod notification;
mod push;
mod pusher;
mod received;
mod register;
mod secret;
mod service;
mod setup;
mod simulator;
mod target;
mod wire;

pub use misbehaviour::Misbehaviour;
pub use notification::{Environment, Notification, UnknownEnvironment};
pub use push::{Attempt, Credential, Delivery, PushSetup};
pub use pusher::VeroPusher;
pub use received::{Operation, Received};
pub use secret::{CallbackSecret, SecretError};
pub use service::{Registration, RegistrationStatus};
pub use setup::VeroSetup;
pub use simulator::VeroSimulator;
pub use wire::{Statuses, WireNames};

#[cfg(test)]
mod tests;
