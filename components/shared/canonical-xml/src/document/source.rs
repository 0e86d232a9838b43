// SPDX-License-Identifier: Apache-2.0
//! Documents whose bytes are elsewhere: markup is fetched, big text stays.

use std::borrow::Cow;
use std::str::Utf8Error;

use crate::error::{Fault, ReadError, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::reading::Reading;

use super::arena::Cut;

/// Bytes that are elsewhere, such as a blob that the sandbox's host keeps.
pub trait Source {
    /// Why the bytes cannot be had.
    type Error;

    /// Number of bytes.
    ///
    /// # Errors
    /// Whatever the source says.
    fn size(&self) -> Result<u64, Self::Error>;

    /// Appends exactly `length` bytes from `offset`; never asked for bytes past the end.
    ///
    /// # Errors
    /// Whatever the source says.
    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Self::Error>;

    /// Offset of the first byte at or after `start` that is one of `set`.
    ///
    /// # Errors
    /// Whatever the source says.
    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Self::Error>;
}

/// A document that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError<E> {
    /// The source failed.
    Source(E),
    /// The document is not accepted.
    Read(ReadError),
}

/// How much is fetched at a time.
const CHUNK: usize = 16 << 10;

/// How much is fetched first. In small documents with a payload, it begins soon.
const FIRST: usize = 2 << 10;

/// A chunk that ends with this much plain text is taken to lie in a long run of it.
const TAIL: usize = 512;

/// Bytes of a run that are fetched all the same at its end, so that what ends it (`]]>`, `-->`) is seen whole.
const KEPT: u64 = 16;

/// A run shorter than this is fetched: leaving it would cost more.
const WORTHWHILE: u64 = 8 << 10;

/// What was fetched, byte order mark and all.
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) cuts: Vec<Cut>,
}

/// Fetches everything but long runs of plain text; those too unless `cutting`.
pub(super) fn fetch<S: Source>(
    source: &S,
    limits: &Limits,
    cutting: bool,
) -> Result<Fetched, LoadError<S::Error>> {
    let size = source.size().map_err(LoadError::Source)?;
    // Where nothing can be worth leaving, one piece costs less than two.
    let is_long = size >= FIRST as u64 + WORTHWHILE;
    let mut chunk = if cutting && is_long { FIRST } else { CHUNK };
    // Room for two pieces and no more: a component that asks for memory it began without pays for it with system calls.
    let most = chunk + CHUNK;
    let room = usize::try_from(size).map_or(most, |size| size.min(most));
    let mut bytes = Vec::with_capacity(room.min(limits.bytes));
    let mut cuts = Vec::new();
    let mut position = 0;
    while position < size {
        let rest = usize::try_from(size - position).unwrap_or(usize::MAX);
        let length = rest.min(chunk);
        if bytes.len() + length > limits.bytes {
            let kind = ReadErrorKind::limit(Limit::Bytes, limits.bytes);
            return Err(LoadError::Read(Fault::new(0, kind).in_document("")));
        }
        if bytes.capacity() - bytes.len() < length {
            let there = bytes.len();
            bytes.reserve_exact(more_room(there, length, rest.min(limits.bytes - there)));
        }
        source
            .read(position, length, &mut bytes)
            .map_err(LoadError::Source)?;
        position += length as u64;
        let in_run = cutting && length == chunk && ends_plainly(&bytes);
        chunk = CHUNK;
        if !in_run {
            continue;
        }
        let end = source.find(&SPECIAL, position).map_err(LoadError::Source)?;
        let end = end.unwrap_or(size).saturating_sub(KEPT);
        if end >= position.saturating_add(WORTHWHILE) {
            // The limit on bytes bounds what is in memory, and it is below what an offset can say.
            let at = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            cuts.push(Cut {
                at,
                source_end: end,
            });
            position = end;
        }
    }
    Ok(Fetched { bytes, cuts })
}

/// For how many bytes more there is to be room, of which `length` come next and `rest` at most. Growing copies what is there: it is done by fours.
fn more_room(there: usize, length: usize, rest: usize) -> usize {
    there.saturating_mul(3).min(rest).max(length)
}

impl Fetched {
    /// Leaves the byte order mark out.
    pub(super) fn without_mark(&mut self, mark: u32) {
        self.bytes.drain(..mark as usize);
        for cut in &mut self.cuts {
            // No run is left so early.
            cut.at -= mark;
        }
    }
}

/// Line and column of a place in a document that was not fetched wholly, by going over the source once more.
pub(super) fn describe<S: Source>(
    source: &S,
    mark: u64,
    offset: u64,
    kind: ReadErrorKind,
) -> Result<ReadError, S::Error> {
    let size = source.size()?;
    let (mut line, mut column) = (1_u32, 1_u32);
    let mut position = mark;
    let mut chunk = Vec::new();
    let mut after_return = false;
    while position < offset.min(size) {
        let rest = usize::try_from(offset.min(size) - position).unwrap_or(CHUNK);
        chunk.clear();
        source.read(position, rest.min(CHUNK), &mut chunk)?;
        for &byte in &chunk {
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    line = line.saturating_add(1);
                    column = 1;
                }
                // The bytes that continue a character do not count.
                0x80..=0xBF => {}
                _ => column = column.saturating_add(1),
            }
            after_return = byte == b'\r';
        }
        position += chunk.len() as u64;
    }
    Ok(ReadError { kind, line, column })
}

/// 0 for a byte that is none which markup, escaping or normalisation looks at, and is a character by itself; otherwise 1. No branches, so that many are looked at together.
const fn other_than_plain(byte: u8) -> u8 {
    let is_control = (byte < b'\t') | (byte > b'\n') & (byte < b' ') | (byte > b'~');
    (is_control | (byte == b'<') | (byte == b'>') | (byte == b'&')) as u8
}

/// How many bytes are not plain.
const SPECIALS: usize = {
    let (mut count, mut byte) = (0, 0);
    while byte < 256 {
        count += other_than_plain(byte as u8) as usize;
        byte += 1;
    }
    count
};

/// The bytes that are not plain.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time: there are as many places as were counted"
)]
static SPECIAL: [u8; SPECIALS] = {
    let (mut bytes, mut count, mut byte) = ([0; SPECIALS], 0, 0);
    while byte < 256 {
        if other_than_plain(byte as u8) == 1 {
            bytes[count] = byte as u8;
            count += 1;
        }
        byte += 1;
    }
    bytes
};

fn ends_plainly(bytes: &[u8]) -> bool {
    let found = |tail: &[u8; TAIL]| {
        let all = tail.iter();
        all.fold(0, |found, byte| found | other_than_plain(*byte))
    };
    bytes.last_chunk().map(found) == Some(0)
}

/// The bytes, which have no byte order mark and are to be UTF-8, as text.
pub(super) fn decode<'b>(bytes: Cow<'b, [u8]>, reading: &Reading) -> Result<Cow<'b, str>, Fault> {
    let beyond_ascii = || bytes.iter().position(|byte| !byte.is_ascii());
    if let Some(offset) = reading.ascii_only.then(beyond_ascii).flatten() {
        return Err(Fault::new(offset, ReadErrorKind::NotAscii));
    }
    let fault = |error: Utf8Error| Fault::new(error.valid_up_to(), ReadErrorKind::NotUtf8);
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(fault),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| fault(error.utf8_error())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No more than there can be, by the document's size or by the limit.
    #[test]
    fn room_grows_by_fours() {
        for (there, length, rest, more) in [
            (0, 2 << 10, 20 << 10, 2 << 10),
            (18 << 10, CHUNK, 1 << 20, 54 << 10),
            (18 << 10, CHUNK, 20 << 10, 20 << 10),
            (4 << 20, CHUNK, 4 << 20, 4 << 20),
            (1 << 20, CHUNK, CHUNK, CHUNK),
            (usize::MAX / 2, CHUNK, usize::MAX, usize::MAX),
        ] {
            assert_eq!(more_room(there, length, rest), more, "{there} and {length}");
        }
    }
}
