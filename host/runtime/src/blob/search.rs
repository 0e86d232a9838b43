// SPDX-License-Identifier: Apache-2.0
//! The first byte of a set.

use std::cell::RefCell;

use base64_simd::STANDARD_NO_PAD;

/// Bytes judged together: many vector registers at once, and few enough to be looked through again for the place of a hit.
const BLOCK: usize = 256;

/// Bytes of the steps towards that place: one vector register.
const SMALL_BLOCK: usize = 16;

/// Most ranges, and most single bytes beside them, that are compared one by one; for more a table is as fast.
const MOST: usize = 4;

/// Characters judged together where a run of base64 is passed over: enough that what is done for each block does not count, and a fraction of a microsecond if they have to
/// be looked at again. Whole groups of four.
const BASE64_BLOCK: usize = 2048;

/// Looks for one of several bytes, in whatever way suits the set.
pub(crate) enum ByteSearch {
    None,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many(Many),
}

/// More than three.
pub(crate) struct Many {
    way: Way,
    /// No character of base64 is among them. What large texts consist of is then passed over by the library that decodes it, with the widest vectors that this
    /// processor has: 5 times as fast as by what the compiler makes for any.
    passes_base64: bool,
}

enum Way {
    Sieve(Sieve),
    Table(Members),
}

thread_local! {
    /// The set that this thread has looked for last, and how: components have one or two, and to see what a set consists of takes as long as to pass some kilobytes.
    static LATEST: RefCell<(Vec<u8>, ByteSearch)> = const { RefCell::new((Vec::new(), ByteSearch::None)) };
}

impl ByteSearch {
    /// Uses the search for a set.
    pub(crate) fn with<T>(set: &[u8], used: impl FnOnce(&Self) -> T) -> T {
        // More than there are bytes: nobody means that, and it is not kept.
        if set.len() > 256 {
            return used(&Self::new(set));
        }
        LATEST.with_borrow_mut(|(latest, search)| {
            if latest != set {
                *search = Self::new(set);
                set.clone_into(latest);
            }
            used(search)
        })
    }

    fn new(set: &[u8]) -> Self {
        match set {
            [] => Self::None,
            [a] => Self::One(*a),
            [a, b] => Self::Two(*a, *b),
            [a, b, c] => Self::Three(*a, *b, *c),
            _ => {
                let members = Members::new(set);
                let mut characters = STANDARD_NO_PAD.charset().iter();
                Self::Many(Many {
                    passes_base64: !characters.any(|character| members.contains(*character)),
                    way: Sieve::new(&members).map_or(Way::Table(members), Way::Sieve),
                })
            }
        }
    }

    /// Where the first byte of the set stands.
    pub(crate) fn first(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::None => None,
            Self::One(a) => memchr::memchr(*a, bytes),
            Self::Two(a, b) => memchr::memchr2(*a, *b, bytes),
            Self::Three(a, b, c) => memchr::memchr3(*a, *b, *c, bytes),
            Self::Many(many) => many.first(bytes),
        }
    }
}

impl Many {
    fn first(&self, bytes: &[u8]) -> Option<usize> {
        let passed = match self.passes_base64 {
            true => base64_blocks(bytes),
            false => 0,
        };
        let rest = bytes.get(passed..)?;
        let found = match &self.way {
            Way::Sieve(sieve) => sieve.first(rest),
            Way::Table(members) => members.first(rest),
        };
        Some(passed + found?)
    }
}

/// How many bytes the blocks have that come before the first that is not all characters of base64.
fn base64_blocks(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BASE64_BLOCK>();
    let passed = blocks
        .iter()
        .position(|block| STANDARD_NO_PAD.check(block).is_err());
    passed.unwrap_or(blocks.len()) * BASE64_BLOCK
}

/// One bit for every byte there is.
pub(crate) struct Members([u64; 4]);

impl Members {
    fn new(set: &[u8]) -> Self {
        let mut words = [0; 4];
        for byte in set {
            if let Some(word) = words.get_mut(usize::from(byte >> 6)) {
                *word |= 1_u64 << (byte & 63);
            }
        }
        Self(words)
    }

    fn contains(&self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte >> 6));
        word.is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }

    /// The first byte at or after `from` that is a member, or is not, as asked; 256 when there is none.
    fn next(&self, mut from: usize, member: bool) -> usize {
        while let Some(word) = self.0.get(from / 64) {
            let word = if member { *word } else { !*word } >> (from % 64);
            if word != 0 {
                return from + word.trailing_zeros() as usize;
            }
            from = (from / 64 + 1) * 64;
        }
        256
    }

    fn first(&self, bytes: &[u8]) -> Option<usize> {
        let mut table = [false; 256];
        for (byte, entry) in (0..=u8::MAX).zip(&mut table) {
            *entry = self.contains(byte);
        }
        first_by_block(bytes, |byte| table.get(usize::from(byte)) == Some(&true))
    }
}

/// A set as the ranges it consists of, those of a single byte apart because they take half the work.
pub(crate) struct Sieve {
    ranges: Slots<Range>,
    singles: Slots<u8>,
}

/// Bytes from `first` to `first + more`, 255 being followed by 0.
#[derive(Clone, Copy)]
struct Range {
    first: u8,
    more: u8,
}

impl Range {
    fn contains(self, byte: u8) -> bool {
        byte.wrapping_sub(self.first) <= self.more
    }
}

impl Sieve {
    /// `None` when the set consists of too many ranges.
    fn new(members: &Members) -> Option<Self> {
        let mut sieve = Self {
            ranges: Slots::default(),
            singles: Slots::default(),
        };
        // What begins at 0 is the end of the range that reaches 255, if there is one; unless that is everything.
        let head = if members.contains(u8::MAX) {
            members.next(0, false) % 256
        } else {
            0
        };
        let mut first = members.next(head, true);
        while let Ok(byte) = u8::try_from(first) {
            let end = members.next(first, false);
            let size = end - first + if end == 256 { head } else { 0 };
            if size != 1 || sieve.singles.push(byte).is_none() {
                let more = u8::try_from(size - 1).ok()?;
                sieve.ranges.push(Range { first: byte, more })?;
            }
            first = members.next(end, true);
        }
        Some(sieve)
    }

    fn first(&self, bytes: &[u8]) -> Option<usize> {
        match (self.ranges.used, self.singles.used) {
            (1, 0) => self.first_with::<1, 0>(bytes),
            (..=1, _) => self.first_with::<1, MOST>(bytes),
            (2, _) => self.first_with::<2, MOST>(bytes),
            _ => self.first_with::<MOST, MOST>(bytes),
        }
    }

    fn first_with<const RANGES: usize, const SINGLES: usize>(&self, bytes: &[u8]) -> Option<usize> {
        // An unused slot repeats what is looked for anyway.
        let (any_range, any_single) = match (self.ranges.first(), self.singles.first()) {
            (Some(range), Some(single)) => (range, single),
            (Some(range), None) => (range, range.first),
            (None, Some(first)) => (Range { first, more: 0 }, first),
            (None, None) => return None,
        };
        let ranges: [Range; RANGES] = self.ranges.filled(any_range);
        let singles: [u8; SINGLES] = self.singles.filled(any_single);
        first_by_block(bytes, |byte| {
            let in_range = ranges
                .iter()
                .fold(false, |hit, range| hit | range.contains(byte));
            singles
                .iter()
                .fold(in_range, |hit, one| hit | (*one == byte))
        })
    }
}

/// Up to [`MOST`] values.
struct Slots<T> {
    values: [Option<T>; MOST],
    used: usize,
}

impl<T: Copy> Slots<T> {
    /// `None` when all slots are taken.
    fn push(&mut self, value: T) -> Option<()> {
        *self.values.get_mut(self.used)? = Some(value);
        self.used += 1;
        Some(())
    }

    fn first(&self) -> Option<T> {
        self.values.iter().flatten().next().copied()
    }

    fn filled<const N: usize>(&self, rest: T) -> [T; N] {
        let mut filled = [rest; N];
        for (slot, value) in filled.iter_mut().zip(self.values.iter().flatten()) {
            *slot = *value;
        }
        filled
    }
}

impl<T: Copy> Default for Slots<T> {
    fn default() -> Self {
        Self {
            values: [None; MOST],
            used: 0,
        }
    }
}

/// Passes over the blocks that hold none, then over the smaller ones in the first that holds one.
fn first_by_block(bytes: &[u8], contains: impl Fn(u8) -> bool) -> Option<usize> {
    let passed = without::<BLOCK>(bytes, &contains);
    let rest = bytes.get(passed..)?;
    let passed = passed + without::<SMALL_BLOCK>(rest, &contains);
    let rest = bytes.get(passed..)?;
    Some(passed + rest.iter().position(|byte| contains(*byte))?)
}

/// How many bytes the whole blocks have that come before the first that holds one.
fn without<const SIZE: usize>(bytes: &[u8], contains: impl Fn(u8) -> bool) -> usize {
    let (blocks, _) = bytes.as_chunks::<SIZE>();
    let passed = blocks
        .iter()
        // Without a branch or a place in it, the compiler makes vector instructions of this.
        .position(|block| block.iter().fold(false, |hit, byte| hit | contains(*byte)));
    passed.unwrap_or(blocks.len()) * SIZE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(set: &[u8], bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| set.contains(byte))
    }

    #[test]
    fn every_range_of_bytes_is_what_it_is() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for first in 0..=255 {
            // Up to all there are, and around the end of them.
            for size in [1, 2, 4, 100, 255, 256] {
                let set: Vec<u8> = (first..first + size)
                    .map(|byte| (byte % 256) as u8)
                    .collect();
                let search = ByteSearch::new(&set);
                for byte in &all {
                    let found = search.first(&[*byte]);
                    assert_eq!(found, naive(&set, &[*byte]), "{first} {size} {byte}");
                }
            }
        }
    }

    #[test]
    fn a_hit_is_found_wherever_it_stands() {
        let alphabets: [&[u8]; 4] = [b"<&\t", b"<&\t\n\r ]", b"abcdefghijk<", b"acegikmoqsu<"];
        for set in alphabets {
            let search = ByteSearch::new(set);
            for size in [1, 15, 16, 17, 255, 256, 257, 600] {
                let mut bytes = vec![b'x'; size];
                assert_eq!(search.first(&bytes), None);
                for place in (0..size).rev() {
                    bytes[place] = b'<';
                    assert_eq!(search.first(&bytes), Some(place));
                }
            }
        }
    }

    /// Long texts of base64 are passed over in another way: up to each place of it, and from there on.
    #[test]
    fn what_stands_in_base64_is_found() {
        let base64 = *STANDARD_NO_PAD.charset();
        let others = (0..=u8::MAX).filter(|byte| !base64.contains(byte));
        let others: Vec<u8> = others.filter(|byte| *byte != b' ').collect();
        let text: Vec<u8> = base64
            .into_iter()
            .cycle()
            .take(3 * BASE64_BLOCK + 100)
            .collect();
        for set in [
            others.clone(),
            [others.as_slice(), b"Q"].concat(),
            b"=<>&\t\n".to_vec(),
        ] {
            let search = ByteSearch::new(&set);
            assert_eq!(search.first(&text), naive(&set, &text));
            for hit in [b'<', b'=', b'\t', 0, 0x80, 0xFF, b'Q', b' '] {
                for place in (0..text.len())
                    .step_by(511)
                    .chain(BASE64_BLOCK - 2..BASE64_BLOCK + 3)
                {
                    let mut text = text.clone();
                    text[place] = hit;
                    assert_eq!(search.first(&text), naive(&set, &text), "{hit} {place}");
                }
            }
        }
    }

    #[test]
    fn the_latest_set_is_the_one_that_is_asked_for() {
        let many: Vec<u8> = (0..=u8::MAX).collect();
        let twice = many.repeat(2);
        let sets: [&[u8]; 6] = [b"a", b"ab", b"", &many, &twice, b"cdefghijk"];
        for (one, other) in sets.iter().flat_map(|one| sets.map(|other| (one, other))) {
            for set in [*one, other, one] {
                let found = ByteSearch::with(set, |search| search.first(b"zyx-kba"));
                assert_eq!(found, naive(set, b"zyx-kba"));
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_each_byte(
            set in proptest::collection::vec(any::<u8>(), 0..40),
            ranges in proptest::collection::vec(any::<(u8, u8)>(), 0..3),
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let ranges = ranges.into_iter().flat_map(|(from, to)| from..=to);
            let set: Vec<u8> = set.into_iter().chain(ranges).collect();
            prop_assert_eq!(ByteSearch::new(&set).first(&bytes), naive(&set, &bytes));
            // The same where hits are rare.
            let rare: Vec<u8> = set.iter().filter(|byte| bytes.iter().filter(|b| b == byte).count() == 1).copied().collect();
            prop_assert_eq!(ByteSearch::new(&rare).first(&bytes), naive(&rare, &bytes));
        }
    }
}
