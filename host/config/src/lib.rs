// SPDX-License-Identifier: Apache-2.0
//! The configuration file `silta.toml`: which component serves each agency, with which settings, keys, anchors, secrets and
//! limits; and where agencies call.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = silta_config::Config::read("customs/silta.toml")?;
//! let deployment = config.deployment("tulli", std::fs::read("tulli.wasm")?)?;
//! let agency = silta::Runtime::builder().build()?.deploy("tulli", deployment)?;
//! # Ok(())
//! # }
//! ```
//!
//! Paths in the file are relative to the file. Unknown names are errors: a misspelt limit would be no limit.

mod deployments;
mod error;
mod form;
mod json_form;
mod listener;
mod load;
mod mail;
mod operator;
mod outbound;
mod parts;
mod place;
mod platform;
mod publishers;
mod read;
mod record;
mod registries;
mod sending;
mod snapshot;
mod store;
mod survey;
mod tables;
mod telemetry;
mod trial;
mod unfilled;
mod upkeep;
mod webhooks;
mod wrong;

pub use deployments::CompileLimits;
pub use error::ConfigError;
pub use load::{ComponentSource, Config};
pub use parts::{AgencyParts, ListenerPart, Part, TlsFiles};
pub use publishers::PackagedComponent;
pub use sending::SendingConfig;
pub use snapshot::Snapshot;
pub use store::StoreConfig;
pub use survey::Survey;
pub use telemetry::TelemetryConfig;
pub use upkeep::{Expiry, Exposed, OwnCertificate, Remaining};
pub use webhooks::WebhookConfig;
