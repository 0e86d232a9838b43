// SPDX-License-Identifier: Apache-2.0
//! From text to bytes.

use std::mem;

use base64_simd::STANDARD;
use bytes::Bytes;

use super::super::{
    Blob,
    pool::{BufferPool, CHUNK},
};

/// Characters of shorter runs that are decoded together: they stay in the first-level cache.
const GATHERED: usize = 8 * 1024;

/// Runs of so many characters are decoded where they lie.
const LONG_RUN: usize = 1024;

/// Characters that are decoded at once before it is known that no white space is among them. What was decoded in vain, where there is, fits the first-level cache.
const TRIED: usize = 16 * 1024;

/// The bytes that base64 text stands for.
///
/// Strict: padding required, unused bits zero, space, tab, CR and LF allowed anywhere (XML Schema 1.0 Part 2 §3.2.16), nothing after the padding.
///
/// # Errors
/// The offset of the first byte that cannot stand where it stands; the size of the text when it ends too early.
pub(crate) fn decode(text: &Blob, pool: &BufferPool) -> Result<Blob, u64> {
    let mut decoder = Decoder {
        pool,
        gathered: Vec::new(),
        runs: Vec::new(),
        ended: false,
        out: pool.take(),
        segments: Vec::new(),
    };
    let mut offset = 0;
    for segment in text.segments() {
        decoder.push(segment, offset)?;
        offset += segment.len() as u64;
    }
    decoder.finish(offset)
}

/// Decodes long runs of characters where they lie, and gathers short ones first: a call for every line of a text costs
/// several times what copying the lines together does.
struct Decoder<'a> {
    pool: &'a BufferPool,
    /// Characters of short runs, and of groups that a white space or a segment border cuts.
    gathered: Vec<u8>,
    /// Where in `gathered` each run begins, and where in the text.
    runs: Vec<(usize, u64)>,
    /// Padding has been seen.
    ended: bool,
    out: Vec<u8>,
    segments: Vec<Bytes>,
}

impl Decoder<'_> {
    fn push(&mut self, segment: &[u8], offset: u64) -> Result<(), u64> {
        let passed = self.unbroken(segment);
        let segment = segment.get(passed..).unwrap_or_default();
        let offset = offset + passed as u64;
        // Tabs first: there are rarely any, and each of the two searches then passes over every byte once.
        pieces(
            segment,
            |rest| memchr::memchr(b'\t', rest),
            |piece, start| {
                pieces(
                    piece,
                    |rest| memchr::memchr3(b' ', b'\r', b'\n', rest),
                    |run, within| self.run(run, offset + (start + within) as u64),
                )
            },
        )
    }

    /// Decodes whole groups up to where something else stands than in most large texts, which have no white space: looking for that first would be two passes more. Tells how many
    /// characters.
    fn unbroken(&mut self, segment: &[u8]) -> usize {
        let (groups, _) = segment.as_chunks::<4>();
        let mut rest = groups.as_flattened();
        let mut passed = 0;
        while !rest.is_empty() && self.gathered.is_empty() && !self.ended {
            let (now, later) = rest.split_at(rest.len().min(TRIED).min(self.room()));
            if STANDARD.decode_append(now, &mut self.out).is_err() {
                break;
            }
            self.ended = now.ends_with(b"=");
            (rest, passed) = (later, passed + now.len());
        }
        passed
    }

    /// Takes a run of characters without white space.
    fn run(&mut self, run: &[u8], offset: u64) -> Result<(), u64> {
        if run.len() < LONG_RUN {
            self.gather(run, offset);
            return if self.gathered.len() < GATHERED {
                Ok(())
            } else {
                self.decode_gathered()
            };
        }
        // What is missing to the group that an earlier run left incomplete.
        let missing = self.gathered.len().next_multiple_of(4) - self.gathered.len();
        let (head, rest) = run.split_at(missing);
        self.gather(head, offset);
        self.decode_gathered()?;
        let (whole, tail) = rest.split_at(rest.len() / 4 * 4);
        let offset = offset + head.len() as u64;
        self.groups(whole).map_err(|wrong| offset + wrong)?;
        self.gather(tail, offset + whole.len() as u64);
        Ok(())
    }

    fn gather(&mut self, run: &[u8], offset: u64) {
        if !run.is_empty() {
            self.runs.push((self.gathered.len(), offset));
            self.gathered.extend_from_slice(run);
        }
    }

    /// Decodes the whole groups of what was gathered, and keeps the rest.
    fn decode_gathered(&mut self) -> Result<(), u64> {
        let gathered = mem::take(&mut self.gathered);
        let size = gathered.len() / 4 * 4;
        let (whole, rest) = gathered.split_at(size);
        self.groups(whole)
            .map_err(|wrong| self.offset_of(usize::try_from(wrong).unwrap_or(usize::MAX)))?;
        let rest: Vec<_> = (size..)
            .map(|place| self.offset_of(place))
            .zip(rest.to_vec())
            .collect();
        self.runs.clear();
        // The same memory again.
        self.gathered = gathered;
        self.gathered.clear();
        for (offset, character) in rest {
            self.gather(&[character], offset);
        }
        Ok(())
    }

    /// Where in the text a gathered character stands.
    fn offset_of(&self, place: usize) -> u64 {
        let after = self.runs.partition_point(|(start, _)| *start <= place);
        let run = after.checked_sub(1).and_then(|index| self.runs.get(index));
        run.map_or(0, |(start, offset)| offset + (place - start) as u64)
    }

    /// Decodes whole groups of four.
    ///
    /// # Errors
    /// The place among them of what is wrong.
    fn groups(&mut self, mut text: &[u8]) -> Result<(), u64> {
        let mut passed = 0;
        while !text.is_empty() {
            if self.ended {
                return Err(passed);
            }
            let (now, later) = text.split_at(text.len().min(self.room()));
            STANDARD
                .decode_append(now, &mut self.out)
                .map_err(|_| passed + first_wrong(now))?;
            self.ended = now.last() == Some(&b'=');
            (text, passed) = (later, passed + now.len() as u64);
        }
        Ok(())
    }

    /// How many characters there is room for, at least one group.
    fn room(&mut self) -> usize {
        let room = (CHUNK - self.out.len()) / 3 * 4;
        if room > 0 {
            return room;
        }
        let full = mem::replace(&mut self.out, self.pool.take());
        self.segments.push(self.pool.freeze(full));
        CHUNK / 3 * 4
    }

    fn finish(mut self, end: u64) -> Result<Blob, u64> {
        self.decode_gathered()?;
        // What is left is less than a group, and wrong for what is in it rather than for its end.
        let stray = |byte: &u8| self.ended || !is_character(*byte);
        if let Some(place) = self.gathered.iter().position(stray) {
            return Err(self.offset_of(place));
        }
        if !self.gathered.is_empty() {
            return Err(end);
        }
        if !self.out.is_empty() {
            self.segments.push(self.pool.freeze(self.out));
        }
        Ok(Blob::from_segments(self.segments))
    }
}

/// Hands on what stands between the places that `next` finds, each piece with its own place.
fn pieces(
    bytes: &[u8],
    next: impl Fn(&[u8]) -> Option<usize>,
    mut take: impl FnMut(&[u8], usize) -> Result<(), u64>,
) -> Result<(), u64> {
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let piece = next(rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
        take(piece, start)?;
        start += piece.len() + 1;
    }
    Ok(())
}

fn is_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Where whole groups of four that did not decode go wrong: in a group, or right after a padded one.
fn first_wrong(groups: &[u8]) -> u64 {
    let is_wrong = |group: &[u8]| STANDARD.check(group).is_err();
    let sound = groups
        .chunks(4)
        .take_while(|group| !is_wrong(group) && !group.ends_with(b"="))
        .count();
    let Some(group) = groups.chunks(4).nth(sound).filter(|group| is_wrong(group)) else {
        return (sound as u64 + 1) * 4;
    };
    let within = group
        .iter()
        .position(|byte| !is_character(*byte))
        .unwrap_or(0);
    (sound * 4 + within) as u64
}
