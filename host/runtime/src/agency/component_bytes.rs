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
/// `Debug` shows the size only, where the bytes are there.
#[derive(Clone, Default)]
pub struct ComponentBytes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    bytes: OnceLock<Bytes>,
    digest: OnceLock<[u8; 32]>,
    packed: Option<Box<Unpack>>,
}

/// Makes the bytes of a component.
type Unpack = dyn Fn() -> Vec<u8> + Send + Sync;

impl ComponentBytes {
    /// Those of a component that is part of the program, not copied.
    pub fn from_static(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }

    /// Those of a component that is part of the program in another form, with their SHA-256. A deployment by machine code that was kept does not make them; each compilation makes them anew.
    ///
    /// Where bytes are made that have another digest, there are none: an empty component is refused.
    pub fn packed(sha256: [u8; 32], unpack: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            bytes: OnceLock::new(),
            digest: sha256.into(),
            packed: Some(Box::new(unpack)),
        }))
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> [u8; 32] {
        *self.0.digest.get_or_init(|| sha256(&self.0.bytes()))
    }

    /// The bytes, shared. Packed ones are made for whoever asks, and not kept.
    pub fn to_shared(&self) -> Bytes {
        self.0.bytes()
    }
}

impl Shared {
    fn bytes(&self) -> Bytes {
        let there = self.bytes.get().cloned();
        there.unwrap_or_else(|| self.unpacked())
    }

    fn unpacked(&self) -> Bytes {
        let made = self.packed.as_ref().map(|unpack| unpack());
        let own = |bytes: &Vec<u8>| self.digest.get() == Some(&sha256(bytes));
        made.filter(own).map(Bytes::from).unwrap_or_default()
    }
}

/// Packed ones are made, and kept from then on.
impl Deref for ComponentBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes.get_or_init(|| self.0.unpacked())
    }
}

impl From<Bytes> for ComponentBytes {
    fn from(bytes: Bytes) -> Self {
        Self(Arc::new(Shared {
            bytes: bytes.into(),
            ..Shared::default()
        }))
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
        match (self.0.bytes.get(), &self.0.packed) {
            (None, Some(_)) => f.write_str("packed"),
            (bytes, _) => write!(f, "{} bytes", bytes.map_or(0, Bytes::len)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    #[test]
    fn packed_ones_are_made_when_somebody_asks() {
        let times = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&times);
        let packed = ComponentBytes::packed(sha256(b"abc"), move || {
            counted.fetch_add(1, Ordering::Relaxed);
            b"abc".to_vec()
        });
        let times = || times.load(Ordering::Relaxed);
        assert_eq!((packed.sha256(), times()), (sha256(b"abc"), 0));
        assert_eq!(format!("{packed:?}"), "packed");
        assert_eq!((&packed.to_shared()[..], times()), (&b"abc"[..], 1));
        assert_eq!((&packed.to_shared()[..], times()), (&b"abc"[..], 2));
        assert_eq!((&packed.clone()[..], times()), (&b"abc"[..], 3));
        assert_eq!((&packed.to_shared()[..], times()), (&b"abc"[..], 3));
        assert_eq!(format!("{packed:?}"), "3 bytes");
    }

    #[test]
    fn packed_ones_are_none_that_have_another_digest() {
        let other = ComponentBytes::packed(sha256(b"abc"), || b"abd".to_vec());
        assert!(other.to_shared().is_empty());
        assert!(other.is_empty());
        assert_eq!(other.sha256(), sha256(b"abc"));
    }
}
