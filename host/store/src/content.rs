// SPDX-License-Identifier: Apache-2.0
//! Bytes of documents and payloads.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Immutable bytes in pieces; cloning shares them. `Debug` shows the size only: they are people's mail and declarations.
#[derive(Clone, Default)]
pub struct Content(Arc<Rope>);

#[derive(Default)]
struct Rope {
    segments: Vec<Bytes>,
    size: u64,
    /// Computed once, however many keys it is part of.
    digest: OnceLock<Digest>,
}

impl Content {
    /// The pieces, one after the other.
    pub fn from_segments(segments: impl IntoIterator<Item = Bytes>) -> Self {
        let segments: Vec<Bytes> = segments.into_iter().collect();
        let size = segments.iter().map(|segment| segment.len() as u64).sum();
        let digest = OnceLock::new();
        Self(Arc::new(Rope {
            segments,
            size,
            digest,
        }))
    }

    /// Bytes whose SHA-256 has been computed already. It is not computed again: what is stored would be known by another's name if it were wrong.
    pub fn with_digest(bytes: Bytes, digest: Digest) -> Self {
        let content = Self::from_segments([bytes]);
        debug_assert_eq!(content.digest(), digest, "the digest is of other bytes");
        let _ = content.0.digest.set(digest);
        content
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// The pieces.
    pub fn segments(&self) -> &[Bytes] {
        &self.0.segments
    }

    /// A copy in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        self.segments().concat()
    }

    /// SHA-256.
    pub fn digest(&self) -> Digest {
        *self.0.digest.get_or_init(|| {
            let mut hasher = Hasher::default();
            for segment in self.segments() {
                hasher.bytes(segment);
            }
            hasher.finish()
        })
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_segments([bytes.into()])
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl PartialEq for Content {
    /// The same bytes, in whatever pieces.
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.digest() == other.digest()
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.size())
    }
}

/// A SHA-256 value; shown, read and stored in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(pub [u8; 32]);

/// A text that is no SHA-256 value in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a SHA-256 value: 64 hexadecimal digits")]
pub struct NoDigest;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|c| c.to_digit(16).map(|d| d as u8))
            .collect();
        let digits = digits.ok_or(NoDigest)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        let digest = bytes.try_into().map_err(|_| NoDigest)?;
        if rest.is_empty() {
            Ok(Self(digest))
        } else {
            Err(NoDigest)
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        text.parse()
    }
}

/// SHA-256 of several values, each with its length, so that no two lists of values run together.
pub(crate) struct Hasher(aws_lc_rs::digest::Context);

impl Default for Hasher {
    fn default() -> Self {
        Self(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256))
    }
}

impl Hasher {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn value(&mut self, bytes: &[u8]) {
        self.bytes(&(bytes.len() as u64).to_be_bytes());
        self.bytes(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(self.0.finish().as_ref()) {
            *to = *from;
        }
        Digest(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_they_are_shown() {
        let digest = Content::from(b"abc".as_slice()).digest();
        let text = digest.to_string();
        assert_eq!(
            text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(text.parse(), Ok(digest));
        for wrong in [
            "",
            "ba78",
            &text[1..],
            &format!("{text}0"),
            &text.replace('b', "g"),
        ] {
            assert_eq!(wrong.parse::<Digest>(), Err(NoDigest), "{wrong}");
        }
    }

    #[test]
    fn a_digest_that_is_known_is_kept() {
        let known = Content::from(b"abc".as_slice()).digest();
        let content = Content::with_digest(Bytes::from_static(b"abc"), known);
        assert_eq!(content.0.digest.get(), Some(&known));
        assert_eq!(content.to_vec(), b"abc");
    }

    #[test]
    fn pieces_do_not_matter_and_are_not_shown() {
        let whole = Content::from(b"secret".as_slice());
        let pieces =
            Content::from_segments([Bytes::from_static(b"sec"), Bytes::from_static(b"ret")]);
        assert_eq!(whole, pieces);
        assert_eq!(whole.digest(), pieces.digest());
        assert_ne!(whole, Content::from(b"sacret".as_slice()));
        assert_eq!(format!("{pieces:?}"), "Content(6 bytes)");
    }
}
