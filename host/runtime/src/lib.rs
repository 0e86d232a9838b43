// SPDX-License-Identifier: Apache-2.0
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
//!
//! Calls take the thread they are made on for as long as they run, milliseconds as a rule and [`Limits::deadline`] at most. In an asynchronous program
//! they belong on a thread that may block, such as that of `tokio::task::spawn_blocking`.
//!
//! # One request and its answer
//!
//! ```no_run
//! use silta::{Agency, Blob, BuildInput, Error, exchange::{Answer, Response, RetryClass, Sending}};
//!
//! # fn send(_: &silta::exchange::Request) -> Option<Answer> { None }
//! fn upload(agency: &Agency, declaration: Vec<u8>) -> Result<RetryClass, Error> {
//!     let request = agency.build(BuildInput {
//!         operation: "upload".into(),
//!         parameters: r#"{"declarant": "1234567-1", "application": "INTRASTAT"}"#.into(),
//!         payload: Some(Blob::from(declaration)),
//!         ..BuildInput::default()
//!     })?;
//!     // To `request.target`, with `request.headers` and the key of `request.tls_role`.
//!     let response = send(&request).map_or(Response::Unanswered, Response::Answered);
//!     let sending = Sending { memo: request.memo, ..Sending::default() };
//!     Ok(agency.parse("upload", response, sending)?.class)
//! }
//! ```
//!
//! # Swap and roll back
//!
//! An [`Agency`] is a handle: each call takes the generation that serves when it begins.
//!
//! ```no_run
//! # fn swap(runtime: &silta::Runtime, update: silta::Deployment) -> Result<(), silta::Error> {
//! let agency = runtime.agency("tulli")?;
//! // All that can fail, while the old one serves.
//! let ready = runtime.prepare("tulli", update)?;
//! println!("version {} is ready", ready.description().version);
//! ready.serve();
//! // The one before has stayed warm.
//! agency.roll_back()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | what |
//! |---|---|---|
//! | `compile` | yes | the compiler, Cranelift: components are deployed as WebAssembly ([`Deployment::from_bytes`], [`Deployment::from_file`]) or precompiled (`Runtime::precompile`) |
//! | `cache` | yes | a folder of compiled components (`RuntimeBuilder::keep_compiled_in`). With `compile`: what lies in the folder is known by the settings of the compiler |
//!
//! Without `compile`, no compiler is built or linked. Components then come as machine code that your own build has made with `compile`
//! ([`Deployment::from_precompiled`]); WebAssembly is rejected as [`Rejection::NoCompiler`].

mod agency;
mod bindings;
mod blob;
#[cfg(feature = "cache")]
mod cache;
mod call;
mod capabilities;
mod coding;
mod compile;
mod convert;
pub mod describe;
mod digest;
mod entropy;
mod error;
pub mod exchange;
mod form;
pub mod ids;
#[cfg(feature = "compile")]
mod inspect;
pub mod keys;
mod memory;
mod names;
mod objects;
pub mod observe;
pub mod pem;
mod precompiled;
mod runtime;
mod secrets;
pub mod time;
pub mod trust;

pub use agency::{
    Agency, Validation,
    canary::{CallEnd, CanaryTap, ServedCall, Terms},
    component_bytes::ComponentBytes,
    credentials::{MissingCredential, SecretValue},
    deployment::Deployment,
    generation::{Draining, GenerationInfo},
    ready::Ready,
    rotation::PendingRotation,
    trial::Repeated,
};
pub use blob::Blob;
pub use call::{
    engine::EngineError,
    limits::{Limit, LimitExceeded, Limits},
};
#[cfg(feature = "compile")]
pub use compile::apart::{CompileError, ComponentCompiler};
pub use entropy::{GatheringEntropy, gather_entropy};
pub use error::{DeployStep, Error, Rejection};
pub use exchange::BuildInput;
#[cfg(feature = "compile")]
pub use inspect::{Measure, SizeExceeded, measure};
pub use keys::{Keyring, RoleKey, SignatureAlgorithm};
pub use memory::{release_unused_memory, share_allocator_arenas};
pub use runtime::{Runtime, RuntimeBuilder};
pub use secrets::{ChangingSecret, MalformedSecret, SecretFile, SecretFlaw, SecretValues, Secrets};
pub use trust::{AnchorSet, TrustStore};
