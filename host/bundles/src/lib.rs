// SPDX-License-Identifier: Apache-2.0
//! Recorded calls of components: each is a **bundle**, a file of which everything that may be about people is sealed to the operator's public key. Who records has no way to
//! read what it has recorded.
//!
//! ```
//! use silta_bundles::{Bundle, Content, Header, OpeningKey};
//!
//! let (key, _pem) = OpeningKey::generate()?;
//! let header = Header { agency: "tulli".into(), function: "envelope.build".into(), ..Header::default() };
//! let content = Content { settings: "{}".into(), ..Content::default() };
//! // On the gateway, which has the public key.
//! let file = Bundle::seal(header, &content, &key.public())?.to_bytes();
//! // Where the private one is.
//! let bundle = Bundle::read(&file)?;
//! assert_eq!(bundle.header().agency, "tulli");
//! assert_eq!(bundle.open(&key)?.settings, "{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod comparison;
mod content;
mod error;
mod folder;
mod header;
mod key;
mod xml_place;

pub use bundle::Bundle;
pub use comparison::{Difference, differences};
pub use content::{Answer, Content};
pub use error::{BundleError, KeyError, SealError};
pub use folder::{Folder, Room, Tidied};
pub use header::{Header, VERSION};
pub use key::{OpeningKey, SealingKey};
