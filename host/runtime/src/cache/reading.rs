// SPDX-License-Identifier: Apache-2.0
//! The checksum of a file, whose pieces two threads read.
//!
//! Reading takes longer than what is computed of it. The second thread takes pieces for as long as there are any, and nobody waits for it: where the processors have other work, a piece that it has taken
//! and not done is done by the first one too.

use std::{
    fs,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Sender},
    },
    thread,
};

use super::checksum::{self, PIECE, PieceTag, Tagger};

/// Bytes that are read in less time than a thread takes to begin.
const BY_ONE_THREAD: u64 = 8 * PIECE as u64;

/// Stack of the second thread, which has its buffer elsewhere.
const STACK: usize = 128 << 10;

/// Pieces of the beginning of a file, which are given out once each.
struct Pieces {
    file: Arc<fs::File>,
    length: u64,
    next: AtomicU32,
}

/// The number of a piece and its tag; none where it cannot be read.
type Tagged = (u32, Option<PieceTag>);

/// The checksum of so many bytes, which a file begins with; `None` where they are not there, or cannot be read.
pub(super) fn checksum_of(file: &Arc<fs::File>, length: u64) -> Option<[u8; checksum::LENGTH]> {
    let count = usize::try_from(length.div_ceil(PIECE as u64)).ok()?;
    let pieces = Arc::new(Pieces {
        file: Arc::clone(file),
        length,
        next: AtomicU32::new(0),
    });
    let (tell, told) = mpsc::channel();
    if length > BY_ONE_THREAD {
        let (pieces, tell) = (Arc::clone(&pieces), tell.clone());
        let second = thread::Builder::new().name("silta-cache".into());
        // Where the system refuses a thread, there is this one.
        let _ = second
            .stack_size(STACK)
            .spawn(move || pieces.tag_all(&tell));
    }
    pieces.tag_all(&tell);
    let mut tags = vec![None; count];
    for (number, tag) in told.try_iter() {
        *tags.get_mut(usize::try_from(number).ok()?)? = Some(tag?);
    }
    let mut reader = pieces.reader()?;
    let missing = (0..).zip(&mut tags).filter(|(_, tag)| tag.is_none());
    missing.for_each(|(number, tag)| *tag = reader.tag(number));
    let tags: Vec<PieceTag> = tags.into_iter().collect::<Option<_>>()?;
    Some(checksum::of_tags(tags))
}

impl Pieces {
    /// Takes one piece after the other, until all are taken.
    fn tag_all(&self, tell: &Sender<Tagged>) {
        let Some(mut reader) = self.reader() else {
            return;
        };
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            // Nobody is told any more where one could not be read.
            if start_of(number) >= self.length || tell.send((number, reader.tag(number))).is_err() {
                return;
            }
        }
    }

    /// `None` where the library cannot do it.
    fn reader(&self) -> Option<Reader<'_>> {
        Some(Reader {
            pieces: self,
            tagger: Tagger::new()?,
            buffer: vec![0; PIECE],
        })
    }
}

/// What a thread reads with.
struct Reader<'a> {
    pieces: &'a Pieces,
    tagger: Tagger,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// The tag of a piece; `None` where it cannot be read.
    fn tag(&mut self, number: u32) -> Option<PieceTag> {
        let start = start_of(number);
        let left = self.pieces.length.saturating_sub(start);
        let length = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let piece = self.buffer.get_mut(..length)?;
        self.pieces.file.read_exact_at(piece, start).ok()?;
        self.tagger.tag(number, piece)
    }
}

/// Where a piece begins in the file.
fn start_of(number: u32) -> u64 {
    u64::from(number) * PIECE as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_same_bytes_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..12 * PIECE + 3).map(|at| (at / 251) as u8).collect();
        let path = folder.path().join("file");
        fs::write(&path, &bytes).unwrap();
        let file = Arc::new(fs::File::open(&path).unwrap());
        // By one thread and by two; at the edges of pieces.
        for length in [
            0,
            1,
            PIECE,
            PIECE + 1,
            8 * PIECE,
            8 * PIECE + 1,
            bytes.len(),
        ] {
            let found = checksum_of(&file, length as u64);
            assert_eq!(found, checksum::of(&bytes[..length]), "{length}");
        }
        for missing in [1, PIECE, 4 * PIECE] {
            let longer = (bytes.len() + missing) as u64;
            assert_eq!(checksum_of(&file, longer), None, "{missing}");
        }
    }
}
