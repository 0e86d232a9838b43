// SPDX-License-Identifier: Apache-2.0
//! A component as bytes that several deployments share.

use std::{
    borrow::Cow,
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::digest::sha256;

/// A component in binary form. Cloning shares the bytes, and their SHA-256, which is computed once: whoever deploys the same component again keeps these rather than the bytes.
///
/// `Debug` shows the size only.
#[derive(Clone, Default)]
pub struct ComponentBytes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    bytes: Bytes,
    digest: OnceLock<[u8; 32]>,
}

impl ComponentBytes {
    /// Those of a component that is part of the program, not copied.
    pub fn from_static(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> [u8; 32] {
        *self.0.digest.get_or_init(|| sha256(&self.0.bytes))
    }

    /// The bytes, shared.
    pub fn to_shared(&self) -> Bytes {
        self.0.bytes.clone()
    }
}

impl Deref for ComponentBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl From<Bytes> for ComponentBytes {
    fn from(bytes: Bytes) -> Self {
        let digest = OnceLock::new();
        Self(Arc::new(Shared { bytes, digest }))
    }
}

impl From<Vec<u8>> for ComponentBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&[u8]> for ComponentBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// Copies, as from a slice; [`ComponentBytes::from_static`] does not.
impl<const N: usize> From<&[u8; N]> for ComponentBytes {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<const N: usize> From<[u8; N]> for ComponentBytes {
    fn from(bytes: [u8; N]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Box<[u8]>> for ComponentBytes {
    fn from(bytes: Box<[u8]>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<Cow<'_, [u8]>> for ComponentBytes {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        bytes.into_owned().into()
    }
}

impl fmt::Debug for ComponentBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_made_of_whatever_bytes_come_in() {
        let of = |bytes: ComponentBytes| bytes.to_vec();
        let included = include_bytes!("component_bytes.rs");
        assert_eq!(of(included.into()), included);
        assert_eq!(of(b"abc".into()), b"abc");
        assert_eq!(of((*b"abc").into()), b"abc");
        assert_eq!(of(Box::<[u8]>::from(*b"abc").into()), b"abc");
        assert_eq!(of(Cow::Borrowed(b"abc".as_slice()).into()), b"abc");
    }

    #[test]
    fn copies_share_bytes_and_digest() {
        let one = ComponentBytes::from(b"abc".as_slice());
        let other = one.clone();
        assert_eq!(one.as_ptr(), other.as_ptr());
        assert_eq!(one.sha256(), sha256(b"abc"));
        assert_eq!(other.0.digest.get(), Some(&sha256(b"abc")));
        assert_eq!(format!("{one:?}"), "3 bytes");
    }
}
