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

/// What is computed of one piece and its number: whichever thread does it, and in whatever order.
#[derive(Clone, Copy)]
pub(super) struct PieceTag([u8; 16]);

/// Computes the tags of pieces.
pub(super) struct Tagger(LessSafeKey);

impl Tagger {
    /// `None` where the library cannot do it.
    pub(super) fn new() -> Option<Self> {
        let key = UnboundKey::new(&AES_128_GCM, &[0; 16]).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// That of [`PIECE`] bytes, or fewer that are the last, at this place of all pieces.
    pub(super) fn tag(&self, number: u32, piece: &[u8]) -> Option<PieceTag> {
        let mut nonce = [0; NONCE_LEN];
        nonce
            .first_chunk_mut::<4>()?
            .copy_from_slice(&number.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let (aad, nothing) = (Aad::from(piece), &mut []);
        let tag = self.0.seal_in_place_separate_tag(nonce, aad, nothing);
        Some(PieceTag(tag.ok()?.as_ref().try_into().ok()?))
    }
}

/// The checksum of all pieces, by their tags in order.
pub(super) fn of_tags(tags: impl IntoIterator<Item = PieceTag>) -> [u8; LENGTH] {
    let mut context = digest::Context::new(&digest::SHA256);
    for PieceTag(tag) in tags {
        context.update(&tag);
    }
    let mut sum = [0; LENGTH];
    sum.copy_from_slice(context.finish().as_ref());
    sum
}

/// The checksum of bytes in memory.
pub(super) fn of(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    let tagger = Tagger::new()?;
    let pieces = (0..).zip(bytes.chunks(PIECE));
    let tags = pieces.map(|(number, piece)| tagger.tag(number, piece));
    let tags: Vec<PieceTag> = tags.collect::<Option<_>>()?;
    Some(of_tags(tags))
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
