//! Silta's embedding library: a host of sandboxed agency components.
//!
//! A component speaks one agency's protocol and can do nothing else: no files, no network, no clock, no keys. The host owns the bytes, the
//! keys and the time, gives each call a fresh instance within [`Limits`], and swaps components while calls run.
//!
//! ```
//! use silta::{BuildInput, Deployment, Keyring, Runtime};
//!
//! # fn component() -> Vec<u8> { Vec::new() }
//! let runtime = Runtime::builder().build()?;
//! let deployment = Deployment::from_bytes(component()).with_settings(r#"{"environment": "TEST"}"#).with_keyring(Keyring::new());
//! match runtime.deploy("tulli", deployment) {
//!     Ok(agency) => {
//!         let input = BuildInput { operation: "upload".into(), parameters: "{}".into(), ..BuildInput::default() };
//!         let request = agency.build(input)?;
//!         println!("{} bytes for {:?}", request.body.size(), request.target);
//!     }
//!     // An empty file is no component; whatever served before would go on serving.
//!     Err(error) => assert_eq!(error.code(), "component.rejected.compiled"),
//! }
//! # Ok::<(), silta::Error>(())
//! ```
//!
//! Data goes in by [`Agency::build`], [`Agency::parse`] and [`Agency::validate`], and comes out as the types of [`exchange`]. What happened
//! meanwhile goes to an [`Observer`](observe::Observer) and an [`AuditLog`](observe::AuditLog).

mod agency;
mod bindings;
mod blob;
mod cache;
mod call;
mod capabilities;
mod coding;
mod compile;
mod convert;
pub mod describe;
mod error;
pub mod exchange;
pub mod ids;
mod inspect;
pub mod keys;
mod memory;
mod names;
mod objects;
pub mod observe;
pub mod pem;
mod runtime;
mod secrets;
pub mod time;
pub mod trust;

pub use agency::{Agency, GenerationInfo, Ready, Validation, deployment::Deployment};
pub use blob::Blob;
pub use call::{
    engine::EngineError,
    limits::{Limit, LimitExceeded, Limits},
};
pub use error::{DeployStep, Error, Rejection};
pub use exchange::BuildInput;
pub use inspect::{Measure, SizeExceeded, measure};
pub use keys::{Keyring, RoleKey, SignatureAlgorithm};
pub use memory::release_unused_memory;
pub use runtime::{Runtime, RuntimeBuilder};
pub use secrets::{MalformedSecret, SecretFlaw, Secrets};
pub use trust::{AnchorSet, TrustStore};
