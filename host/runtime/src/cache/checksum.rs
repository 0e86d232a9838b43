// SPDX-License-Identifier: Apache-2.0
//! Tells a file that is damaged from one that is whole, at the speed at which it is read.
//!
//! GMAC (NIST SP 800-38D) of each piece, and SHA-256 of these. For damage that nobody has chosen, the probability of missing it is about 2⁻¹²⁸, as with SHA-256 of all of it, in a tenth of the time.
//! The key is known to everybody, so that it proves nothing about who wrote a file: rights of folder and file do.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
};

/// Bytes of each piece but the last. They are read into a buffer that stays in the processor's cache.
pub(super) const PIECE: usize = 64 << 10;

/// Bytes of a checksum.
pub(super) const LENGTH: usize = 32;

/// A checksum of pieces, in their order.
pub(super) struct Checksum {
    key: LessSafeKey,
    tags: digest::Context,
    pieces: u32,
}

impl Checksum {
    /// That of nothing; `None` where the library cannot do it.
    pub(super) fn new() -> Option<Self> {
        let key = UnboundKey::new(&AES_128_GCM, &[0; 16]).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            tags: digest::Context::new(&digest::SHA256),
            pieces: 0,
        })
    }

    /// Adds what follows: [`PIECE`] bytes, or fewer that are the last.
    pub(super) fn add(&mut self, piece: &[u8]) -> Option<()> {
        let mut nonce = [0; NONCE_LEN];
        nonce
            .first_chunk_mut::<4>()?
            .copy_from_slice(&self.pieces.to_be_bytes());
        self.pieces = self.pieces.checked_add(1)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let (aad, nothing) = (Aad::from(piece), &mut []);
        let tag = self.key.seal_in_place_separate_tag(nonce, aad, nothing);
        self.tags.update(tag.ok()?.as_ref());
        Some(())
    }

    /// The checksum of all that was added.
    pub(super) fn finish(self) -> [u8; LENGTH] {
        let mut sum = [0; LENGTH];
        sum.copy_from_slice(self.tags.finish().as_ref());
        sum
    }
}

/// The checksum of bytes in memory.
pub(super) fn of(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    let mut checksum = Checksum::new()?;
    for piece in bytes.chunks(PIECE) {
        checksum.add(piece)?;
    }
    Some(checksum.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits of the first, of an inner and of the last piece, on both sides of where pieces meet.
    #[test]
    fn every_byte_and_the_order_of_pieces_count() {
        let bytes: Vec<u8> = (0..2 * PIECE + 100).map(|at| (at / 251) as u8).collect();
        let whole = of(&bytes).unwrap();
        assert_eq!(of(&bytes), Some(whole));
        for at in [
            0,
            1,
            PIECE - 1,
            PIECE,
            2 * PIECE - 1,
            2 * PIECE,
            2 * PIECE + 99,
        ] {
            for bit in [1, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= bit;
                assert_ne!(of(&other), Some(whole), "{at} {bit}");
            }
        }
        let mut other = bytes.clone();
        other.rotate_left(PIECE);
        assert_ne!(of(&other), Some(whole));
        assert_ne!(of(&bytes[..bytes.len() - 1]), Some(whole));
        assert_ne!(of(&[bytes.as_slice(), &[0]].concat()), Some(whole));
        assert_ne!(of(&[]), of(&[0]));
    }
}
