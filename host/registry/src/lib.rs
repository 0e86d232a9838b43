// SPDX-License-Identifier: Apache-2.0
//! Packages of components in OCI registries.
//!
//! A component is an image of one layer, `application/wasm`, in the layout that WebAssembly has in OCI registries, so that other tools pull it. Manifest and signatures of its
//! [package](silta_packages::Package) are a second image that refers to the first (`subject`): whoever signs later adds one, and no byte of the component changes.
//!
//! A [`Registry`] is one server, and what may be done there. Every byte that comes is compared with the digest that it was asked for, within limits of size and time; nothing that comes is
//! run or trusted here. Who has signed it, [`Package::verify`](silta_packages::Package::verify) says.
//!
//! ```no_run
//! use silta_registry::{Reference, Registry, RegistryError, RegistrySettings};
//!
//! let reference: Reference = "registry.example.fi/agencies/tulli:1.4.0".parse()?;
//! let registry = Registry::new(reference.host(), RegistrySettings::default())?;
//! let pulled = registry.pull(&reference)?;
//! println!("{}: {} bytes", reference.at(pulled.digest), pulled.component.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod authorization;
mod challenge;
mod credentials;
mod error;
mod layout;
mod location;
mod pull;
mod push;
mod reference;
mod referrers;
mod registry;
mod session;
mod settings;
mod transport;

pub use credentials::{Credentials, CredentialsError};
pub use error::{RegistryError, RegistryFault};
pub use layout::ComponentFacts;
pub use pull::{Pulled, PulledPackage};
pub use push::{Pushed, PushedFiles};
pub use reference::{MalformedReference, Reference};
pub use registry::Registry;
pub use rustls_pki_types::CertificateDer;
pub use settings::{RegistryLimits, RegistrySettings};
