// SPDX-License-Identifier: Apache-2.0
//! Packages: a component with a manifest that says what it is, signed by whoever publishes it.
//!
//! A package is three files beside each other, named by one stem: `tulli-1.4.0.wasm`, the component as it is deployed; `tulli-1.4.0.manifest.json`, the [`Manifest`];
//! and `tulli-1.4.0.signatures.json`, the [`Signatures`]. What is signed is not the text of the manifest but the [statement](Manifest::statement) that follows from
//! it, so that a manifest may be formatted anew, and nothing that it says may be changed.
//!
//! Who may publish for which agency is configured by whoever runs the host: [`Publishers`]. A package is taken in steps, each with an error of its own that says what
//! to do: its files are read ([`Package::read`]), the component is the one of the manifest, a pinned key of a publisher for that agency has signed, and the time is
//! within its validity ([`Package::verify`]). Nothing of the component has run by then.
//!
//! ```
//! use silta_packages::{Manifest, Package, Publishers, SigningKey, SigningKeyError, VerifyError};
//!
//! let component = b"\0asm".to_vec();
//! let manifest = Manifest::of("tulli", "1.4.0".parse()?, "0.1.0".parse()?, "Apache-2.0", &component);
//! let mut package = Package::new(component, manifest);
//!
//! let (key, _pem) = SigningKey::generate()?;
//! package.sign(&key);
//! let mut publishers = Publishers::default();
//! publishers.pin("examples", &key.public(), ["tulli"])?;
//! assert_eq!(package.verify("tulli", &publishers, 1_796_000_000)?.publisher, "examples");
//!
//! // For another agency the same key does not count.
//! let other = package.verify("vero", &publishers, 1_796_000_000);
//! assert!(matches!(other, Err(VerifyError::OtherAgency { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod digest;
mod error;
mod files;
mod key;
mod manifest;
mod package;
mod publishers;
mod signatures;

pub use digest::{Digest, MalformedDigest};
pub use error::{FileError, ManifestError, SignaturesError, VerifyError};
pub use files::PackageFiles;
pub use key::{PublicKey, PublicKeyError, SigningKey, SigningKeyError};
pub use manifest::{Manifest, Measured, SelfTests, Validity};
pub use package::{Package, Verified, check_succession};
pub use publishers::{PinError, Publishers};
pub use signatures::{Signature, Signatures};
