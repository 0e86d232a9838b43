// SPDX-License-Identifier: Apache-2.0
//! Output that comes in small pieces.

use std::{fmt, io};

/// Bytes gathered from many pieces, most of which are short: names, brackets, texts.
///
/// In the sandbox, a copy whose length the compiler does not know is a call into the host, which takes longer than copying a name. So short pieces are copied
/// here, by halves that overlap.
#[derive(Clone, Default)]
pub struct Pieces {
    /// What was gathered, and room.
    bytes: Vec<u8>,
    length: usize,
}

/// Longest piece that is copied here, in bytes: two halves of the longest kind.
const SHORT: usize = 64;

/// Bytes of room that are made at a time, since room has to be cleared; and longest piece that is put into such room. What is reserved doubles.
const ROOM: usize = 1024;

/// How many bytes there are; not which, since they are content.
impl fmt::Debug for Pieces {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pieces({} bytes)", self.length)
    }
}

impl Pieces {
    /// Nothing yet, with room for so many bytes.
    pub fn with_room(room: usize) -> Self {
        Self {
            bytes: vec![0; room],
            length: 0,
        }
    }

    /// Adds a piece; there is room for any.
    pub fn push(&mut self, piece: &[u8]) {
        if piece.len() > ROOM {
            // Room would be cleared for nothing. What follows has some without another copy.
            self.bytes.truncate(self.length);
            self.bytes.reserve(piece.len() + ROOM);
            self.bytes.extend_from_slice(piece);
            self.length += piece.len();
            return;
        }
        put(piece, self.room(piece.len()));
    }

    /// Adds a name between two pieces, with its prefix and a colon if that is not empty.
    #[inline]
    pub(crate) fn push_name<const B: usize, const A: usize>(
        &mut self,
        before: &[u8; B],
        (prefix, local): (&[u8], &[u8]),
        after: &[u8; A],
    ) {
        let colon = usize::from(!prefix.is_empty());
        let place = self.room(B + prefix.len() + colon + local.len() + A);
        let place = put(before, place);
        let place = match prefix {
            b"" => place,
            prefix => put(b":", put(prefix, place)),
        };
        put(after, put(local, place));
    }

    /// Room for so many bytes, which count as gathered.
    #[inline(always)]
    fn room(&mut self, length: usize) -> &mut [u8] {
        let start = self.length;
        self.length += length;
        if self.length > self.bytes.len() {
            self.grow();
        }
        self.bytes.get_mut(start..self.length).unwrap_or_default()
    }

    /// Number of bytes gathered.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes gathered.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Begins anew and keeps the room, with the bytes in it until others come.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// The bytes gathered.
    pub fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }

    #[cold]
    fn grow(&mut self) {
        self.bytes.resize(self.length + ROOM, 0);
    }
}

/// There is room for any, so that writing never fails.
impl io::Write for Pieces {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.push(piece);
        Ok(piece.len())
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.push(piece);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies a piece to the beginning of a place; what is left of that.
#[inline(always)]
fn put<'p>(piece: &[u8], place: &'p mut [u8]) -> &'p mut [u8] {
    let (first, rest) = place.split_at_mut_checked(piece.len()).unwrap_or_default();
    copy(piece, first);
    rest
}

/// Copies a piece to a place of its length. In line: a call in the sandbox takes as long.
#[inline(always)]
fn copy(piece: &[u8], place: &mut [u8]) {
    match piece.len() {
        0 => {}
        1 => halves::<1>(piece, place),
        2..4 => halves::<2>(piece, place),
        4..8 => halves::<4>(piece, place),
        8..16 => halves::<8>(piece, place),
        16..32 => halves::<16>(piece, place),
        32..=SHORT => halves::<32>(piece, place),
        _ => place.copy_from_slice(piece),
    }
}

/// Copies the first and the last so many bytes, which is all of a piece that has at least as many and at most twice as many.
#[inline(always)]
fn halves<const N: usize>(piece: &[u8], place: &mut [u8]) {
    if let (Some(from), Some(to)) = (piece.first_chunk::<N>(), place.first_chunk_mut::<N>()) {
        *to = *from;
    }
    if let (Some(from), Some(to)) = (piece.last_chunk::<N>(), place.last_chunk_mut::<N>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of every length that is copied in another way, and longer ones, into room that has to grow and into some that has not.
    #[test]
    fn what_was_pushed_is_there_in_its_order() {
        for room in [0, 1, 100, 10_000] {
            let mut pieces = Pieces::with_room(room);
            let mut expected = Vec::new();
            for length in (0..=3 * SHORT).chain([1000, 5000, 1]) {
                let piece: Vec<u8> = (0..length).map(|byte| (byte + length) as u8).collect();
                pieces.push(&piece);
                expected.extend_from_slice(&piece);
                assert_eq!(pieces.as_slice(), expected, "{room} {length}");
                assert_eq!(pieces.len(), expected.len());
            }
            assert_eq!(pieces.into_vec(), expected);
        }
    }

    #[test]
    fn names_stand_between_their_pieces() {
        let text: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for room in [0, 100, 10_000] {
            let mut pieces = Pieces::with_room(room);
            let mut expected = Vec::new();
            for length in (0..=3 * SHORT).chain([1000, 5000, 1]) {
                let (prefix, local) = (&text[..length / 2], &text[length / 2..length]);
                pieces.push_name(b"</", (prefix, local), b">");
                let colon: &[u8] = if prefix.is_empty() { b"" } else { b":" };
                expected.extend_from_slice(&[b"</", prefix, colon, local, b">"].concat());
                assert_eq!(pieces.as_slice(), expected, "{room} {length}");
            }
        }
    }

    #[test]
    fn what_was_cleared_is_not_there() {
        let mut pieces = Pieces::default();
        assert!(pieces.is_empty());
        pieces.push(b"of a secret");
        pieces.clear();
        assert!(pieces.is_empty());
        pieces.push(b"other");
        assert_eq!(pieces.into_vec(), b"other");
    }
}
