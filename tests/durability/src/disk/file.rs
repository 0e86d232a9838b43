// SPDX-License-Identifier: Apache-2.0
//! The bytes of a file: as programs see them, and as they are on the disk.

use std::collections::BTreeMap;

use super::keep::Keep;
use crate::random::Random;

/// What the system writes at a time, in bytes.
const PAGE: usize = 4_096;

/// A file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What a program reads.
    current: Vec<u8>,
    /// What the disk has for certain.
    durable: Vec<u8>,
    /// What has been changed since, in order, with its moment.
    pending: Vec<(u64, Change)>,
}

#[derive(Debug, Clone)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Bytes { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                if let Some(place) = to.get_mut(*at..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Length(length) => to.resize(*length, 0),
        }
    }
}

impl File {
    pub(super) fn length(&self) -> usize {
        self.current.len()
    }

    /// At most so many bytes from a place on.
    pub(super) fn read(&self, at: usize, size: usize) -> &[u8] {
        let end = at.saturating_add(size).min(self.current.len());
        self.current.get(at..end).unwrap_or_default()
    }

    pub(super) fn write(&mut self, moment: u64, at: usize, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.change(moment, Change::Bytes { at, bytes });
    }

    pub(super) fn set_length(&mut self, moment: u64, length: usize) {
        self.change(moment, Change::Length(length));
    }

    fn change(&mut self, moment: u64, change: Change) {
        change.apply(&mut self.current);
        self.pending.push((moment, change));
    }

    /// Everything is on the disk; of what a sync before this one failed for, only what shares a page with what was written since.
    pub(super) fn sync(&mut self) {
        for (_, change) in std::mem::take(&mut self.pending) {
            match change {
                Change::Length(length) => self.durable.resize(length, 0),
                Change::Bytes { at, bytes } => {
                    let (start, end) =
                        (at / PAGE * PAGE, (at + bytes.len()).next_multiple_of(PAGE));
                    // A file that was cut short since has less.
                    let end = end.min(self.current.len());
                    if self.durable.len() < end {
                        self.durable.resize(end, 0);
                    }
                    if let (Some(to), Some(from)) = (
                        self.durable.get_mut(start..end),
                        self.current.get(start..end),
                    ) {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
        self.durable.resize(self.current.len(), 0);
    }

    /// A sync that failed: Linux takes what was written as clean after that, so that no later sync writes it, though programs still read it. A part of it,
    /// by chance, has come to the disk.
    pub(super) fn sync_failed(&mut self, random: &mut Random) {
        self.durable = self.survivor(Keep::Pieces(PAGE), random);
        self.pending.clear();
    }

    /// What is on the disk after a power cut is all that there is.
    pub(super) fn cut(&mut self, keep: Keep, random: &mut Random) {
        self.durable = self.survivor(keep, random);
        self.current = self.durable.clone();
        self.pending.clear();
    }

    fn survivor(&self, keep: Keep, random: &mut Random) -> Vec<u8> {
        if self.pending.is_empty() {
            return self.durable.clone();
        }
        let before = |end: u64| {
            let mut bytes = self.durable.clone();
            let kept = self.pending.iter().take_while(|(moment, _)| *moment < end);
            kept.for_each(|(_, change)| change.apply(&mut bytes));
            bytes
        };
        match keep {
            Keep::Nothing => self.durable.clone(),
            Keep::Everything => before(u64::MAX),
            Keep::Before(moment) => before(moment),
            // Of many files each is written whole or not at all; of the others, pieces.
            Keep::Pieces(size) => match random.below(6) {
                0 => self.durable.clone(),
                1 => before(u64::MAX),
                _ => self.pieces(size, random),
            },
        }
    }

    /// Each piece is as it was after one of the writes since the last sync, and the length as well. What the file has been given no bytes for is zero.
    ///
    /// A file that was cut short is so wholly or not at all, as on every disk with a journal: what was written after that is not there without it, and
    /// no piece is emptied by it while others stay.
    fn pieces(&self, size: usize, random: &mut Random) -> Vec<u8> {
        let kept = self.until_a_cut(random);
        let mut writes: BTreeMap<usize, u64> = BTreeMap::new();
        for (_, change) in kept {
            if let Change::Bytes { at, bytes } = change {
                for piece in pieces((*at, at + bytes.len()), size) {
                    *writes.entry(piece).or_default() += 1;
                }
            }
        }
        // How many of its writes each piece has.
        let mut left: BTreeMap<usize, u64> = writes
            .into_iter()
            .map(|(piece, count)| (piece, random.below(count + 1)))
            .collect();
        let mut bytes = self.durable.clone();
        // The lengths that it has had since it was cut short last.
        let mut lengths = vec![bytes.len()];
        for (_, change) in kept {
            let before = lengths.last().copied().unwrap_or_default();
            match change {
                Change::Length(length) => {
                    bytes.truncate(*length);
                    if *length < before {
                        lengths.clear();
                    }
                    lengths.push(*length);
                }
                Change::Bytes { at, bytes: new } => {
                    lengths.push(before.max(at + new.len()));
                    write_pieces((*at, new), size, &mut left, &mut bytes);
                }
            }
        }
        let chosen = random.below(lengths.len() as u64) as usize;
        bytes.resize(lengths.get(chosen).copied().unwrap_or_default(), 0);
        bytes
    }

    /// The changes up to one that cuts the file short, by chance, or to the end.
    fn until_a_cut(&self, random: &mut Random) -> &[(u64, Change)] {
        let mut length = self.durable.len();
        let mut ends = Vec::new();
        for (number, (_, change)) in self.pending.iter().enumerate() {
            match change {
                Change::Bytes { at, bytes } => length = length.max(at + bytes.len()),
                Change::Length(new) => {
                    if *new < length {
                        ends.push(number);
                    }
                    length = *new;
                }
            }
        }
        ends.push(self.pending.len());
        let end = ends.get(random.below(ends.len() as u64) as usize);
        end.and_then(|end| self.pending.get(..*end))
            .unwrap_or_default()
    }
}

/// Writes those pieces of some bytes that have a write left.
fn write_pieces(
    (at, new): (usize, &[u8]),
    size: usize,
    left: &mut BTreeMap<usize, u64>,
    bytes: &mut Vec<u8>,
) {
    let end = at + new.len();
    for piece in pieces((at, end), size) {
        let Some(left) = left.get_mut(&piece).filter(|left| **left > 0) else {
            continue;
        };
        *left -= 1;
        let (from, to) = (at.max(piece * size), end.min((piece + 1) * size));
        if bytes.len() < to {
            bytes.resize(to, 0);
        }
        if let (Some(place), Some(new)) = (bytes.get_mut(from..to), new.get(from - at..to - at)) {
            place.copy_from_slice(new);
        }
    }
}

/// The pieces that a range touches.
fn pieces((start, end): (usize, usize), size: usize) -> std::ops::Range<usize> {
    if start >= end {
        return 0..0;
    }
    start / size..end.div_ceil(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> File {
        let mut file = File::default();
        file.write(0, 0, &[1; 1_000]);
        file.sync();
        file.write(1, 500, &[2; 1_000]);
        file
    }

    #[test]
    fn what_was_synced_stays_and_what_was_not_is_gone() {
        let mut file = written();
        assert_eq!(file.length(), 1_500);
        file.cut(Keep::Nothing, &mut Random::new(1));
        assert_eq!(file.read(0, 9_999), [1; 1_000]);
        let mut file = written();
        file.sync();
        file.cut(Keep::Nothing, &mut Random::new(1));
        assert_eq!(
            file.read(0, 9_999),
            [[1; 500].as_slice(), &[2; 1_000]].concat()
        );
    }

    #[test]
    fn what_came_before_a_moment_is_kept() {
        let mut file = written();
        file.set_length(2, 0);
        file.write(3, 0, b"new");
        file.cut(Keep::Before(2), &mut Random::new(1));
        assert_eq!(file.length(), 1_500);
        let mut file = written();
        file.set_length(2, 0);
        file.write(3, 0, b"new");
        file.cut(Keep::Before(3), &mut Random::new(1));
        assert_eq!(file.length(), 0);
    }

    #[test]
    fn pieces_are_old_or_new_and_never_something_else() {
        let (mut torn, mut holes, mut lengths) = (false, false, std::collections::BTreeSet::new());
        for seed in 0..200 {
            let mut file = File::default();
            file.write(0, 0, &[1; 2_048]);
            file.sync();
            file.write(1, 0, &[2; 2_048]);
            file.write(2, 2_048, &[3; 1_024]);
            file.cut(Keep::Pieces(512), &mut Random::new(seed));
            let bytes = file.read(0, 9_999).to_vec();
            lengths.insert(bytes.len());
            let firsts: Vec<u8> = bytes.chunks(512).map(|piece| piece[0]).collect();
            for (piece, first) in bytes.chunks(512).zip(&firsts) {
                assert!(piece.iter().all(|byte| byte == first), "a piece is whole");
            }
            let old = &firsts[..4];
            assert!(old.iter().all(|first| [1, 2].contains(first)), "{old:?}");
            torn |= old.contains(&1) && old.contains(&2);
            holes |= firsts.get(4..).is_some_and(|new| new.contains(&0));
        }
        assert!(
            torn && holes,
            "of two hundred cuts some tear, and some leave zeros"
        );
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [2_048, 3_072]);
    }

    #[test]
    fn a_later_change_of_a_piece_is_not_there_without_the_earlier_one() {
        for seed in 0..200 {
            let mut file = File::default();
            file.write(1, 0, &[1; 100]);
            file.write(2, 100, &[2; 100]);
            file.cut(Keep::Pieces(512), &mut Random::new(seed));
            let bytes = file.read(0, 200);
            if bytes.get(150) == Some(&2) {
                assert_eq!(bytes[..100], [1; 100]);
            }
        }
    }

    #[test]
    fn what_a_failed_sync_was_for_is_read_and_is_not_made_durable_by_the_next_one() {
        let mut lost = 0;
        for seed in 0..50 {
            let mut file = File::default();
            file.write(1, 0, &[1; PAGE]);
            file.sync_failed(&mut Random::new(seed));
            assert_eq!(file.read(0, PAGE), [1; PAGE]);
            file.write(2, 2 * PAGE, &[2; PAGE]);
            file.sync();
            file.cut(Keep::Everything, &mut Random::new(seed));
            assert_eq!(file.read(2 * PAGE, PAGE), [2; PAGE]);
            lost += usize::from(file.read(0, PAGE) == [0; PAGE]);
        }
        assert!(lost > 5, "{lost}");
    }

    #[test]
    fn a_file_that_was_cut_short_is_so_wholly_or_not_at_all() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut file = File::default();
            file.write(0, 0, &[1; 2_048]);
            file.sync();
            file.set_length(1, 0);
            file.write(2, 0, &[2; 100]);
            file.cut(Keep::Pieces(512), &mut Random::new(seed));
            let bytes = file.read(0, 9_999);
            let is_old = bytes == [1; 2_048];
            assert!(is_old || bytes.len() <= 100, "{} bytes", bytes.len());
            seen.insert((bytes.len(), bytes.first().copied()));
        }
        let all = [(0, None), (100, Some(0)), (100, Some(2)), (2_048, Some(1))];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    }
}
