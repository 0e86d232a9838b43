// SPDX-License-Identifier: Apache-2.0
//! Looking at eight bytes at a time, as one number: what stands between tags, and names, is short, and the same code serves on this machine and in the sandbox.

/// Eight bytes, the first in the lowest place.
#[derive(Clone, Copy)]
pub(crate) struct Word(u64);

/// Some of eight bytes: the highest bit of each of them is set. Which is the first of them is right; bytes behind that one may be marked wrongly.
#[derive(Clone, Copy)]
pub(crate) struct Marks(u64);

/// Bytes of a word.
const STEP: usize = 8;

const LOWEST: u64 = u64::from_le_bytes([0x01; STEP]);
const HIGHEST: u64 = u64::from_le_bytes([0x80; STEP]);

impl Word {
    /// The bytes that are this one.
    #[inline]
    pub(crate) fn equal(self, byte: u8) -> Marks {
        let differing = self.0 ^ repeated(byte);
        Marks(differing.wrapping_sub(LOWEST) & !differing & HIGHEST)
    }

    /// The same with the bits of this byte set in each.
    #[inline]
    pub(crate) fn with(self, bits: u8) -> Self {
        Self(self.0 | repeated(bits))
    }

    /// The bytes that are less than this one, which is at most 128.
    #[inline]
    pub(crate) fn below(self, byte: u8) -> Marks {
        Marks(self.0.wrapping_sub(repeated(byte)) & !self.0 & HIGHEST)
    }

    /// The bytes that are none of a name without colon, in ASCII: letters, digits, `-`, `.` and `_`.
    #[inline]
    pub(crate) fn outside_names(self) -> Marks {
        // Without their highest bits, no sum of two bytes reaches the next one.
        let low = Self(self.0 & !HIGHEST);
        let letters = low.with(0x20).within(b'a', b'z');
        let digits_and_more = low.within(b'-', b'9') & !low.exactly(b'/');
        let inside = letters | digits_and_more | low.exactly(b'_');
        Marks((!inside | self.0) & HIGHEST)
    }

    /// The bytes that are none of a URI (RFC 3986 §2).
    #[inline]
    pub(crate) fn outside_uris(self) -> Marks {
        let low = Self(self.0 & !HIGHEST);
        let with_bit = low.with(0x02);
        let excluded = low.exactly(b'"')
            | with_bit.exactly(b'>') // and <
            | with_bit.exactly(b'^') // and the backslash
            | low.exactly(b'`')
            | low.within(b'{', b'}');
        let inside = low.within(b'!', b'~') & !excluded;
        Marks((!inside | self.0) & HIGHEST)
    }

    /// The highest bit of each byte from the first to the last; all are below 128.
    #[inline]
    fn within(self, first: u8, last: u8) -> u64 {
        let reaches = self.0 + repeated(0x80 - first);
        let exceeds = self.0 + repeated(0x7F - last);
        reaches & !exceeds
    }

    /// The highest bit of each byte that is this one; all are below 128.
    #[inline]
    fn exactly(self, byte: u8) -> u64 {
        !((self.0 ^ repeated(byte)) + !HIGHEST)
    }
}

impl Marks {
    /// Those of either.
    #[inline]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Place of the first; 8 without any.
    #[inline]
    fn first(self) -> usize {
        self.0.trailing_zeros() as usize / 8
    }
}

/// Place of the first byte that is marked; the number of bytes if none is. Of kilobytes, [`memchr`] is faster.
#[inline]
pub(super) fn first(bytes: &[u8], marks: impl Fn(Word) -> Marks) -> usize {
    let mut passed = 0;
    loop {
        let rest = bytes.get(passed..).unwrap_or_default();
        let Some(step) = rest.first_chunk::<STEP>() else {
            return passed + marks(last(rest)).first().min(rest.len());
        };
        let place = marks(Word(u64::from_le_bytes(*step))).first();
        passed += place;
        if place < STEP {
            return passed;
        }
    }
}

/// Whether a byte is marked. In the sandbox each turn of a loop takes more than looking at a byte does, so that few of them are taken.
#[inline]
pub(crate) fn any(bytes: &[u8], marks: impl Fn(Word) -> Marks) -> bool {
    let marked = |step: &[u8; STEP]| marks(Word(u64::from_le_bytes(*step))).0;
    let Some(last) = bytes.last_chunk() else {
        return few(bytes).is_some_and(|word| marks(word).0 != 0);
    };
    // The last word takes in what is left.
    let (steps, _) = bytes.as_chunks();
    let all = steps.iter().map(marked);
    all.fold(marked(last), |all, step| all | step) != 0
}

/// All bytes of fewer than a word has, in no order and some of them more than once; `None` without any.
#[inline]
fn few(bytes: &[u8]) -> Option<Word> {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [*first, *last].map(|half| u64::from(u32::from_le_bytes(half)));
        return Some(Word(first | last << u32::BITS));
    }
    let (first, last) = (*bytes.first()?, *bytes.last()?);
    let middle = *bytes.get(bytes.len() / 2)?;
    let four = u32::from_le_bytes([first, middle, last, last]);
    Some(Word(u64::from(four) | u64::from(four) << u32::BITS))
}

/// Length of the name without colon and in ASCII that these bytes begin with; 0 where none is.
#[inline]
pub(super) fn ascii_ncname(bytes: &[u8]) -> usize {
    let begins = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    match bytes.first().is_some_and(begins) {
        true => first(bytes, Word::outside_names),
        false => 0,
    }
}

/// Whether so many bytes from the one place on are those from the other place on.
#[inline]
pub(super) fn are_equal(bytes: &[u8], one: usize, other: usize, length: usize) -> bool {
    let from = |at: usize| bytes.get(at..).unwrap_or_default();
    let step = |at: usize| from(at).first_chunk::<STEP>().copied();
    if let (1..=STEP, Some(one), Some(other)) = (length, step(one), step(other)) {
        let differing = u64::from_le_bytes(one) ^ u64::from_le_bytes(other);
        return differing << (8 * (STEP - length)) == 0;
    }
    let one = from(one).get(..length);
    one.is_some() && one == from(other).get(..length)
}

/// Whether two texts are the same; of those that are shared, the address tells. In the sandbox the comparison of the standard library takes byte by byte, and namespaces are long and mostly the right ones.
#[inline]
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    if std::ptr::eq(one, other) {
        return true;
    }
    if one.len() != other.len() {
        return false;
    }
    let (steps, rest) = one.as_bytes().as_chunks::<STEP>();
    let (other_steps, other_rest) = other.as_bytes().as_chunks::<STEP>();
    let (Some(last), Some(other_last)) = (
        one.as_bytes().last_chunk::<STEP>(),
        other.as_bytes().last_chunk::<STEP>(),
    ) else {
        return rest.iter().zip(other_rest).all(|(one, other)| one == other);
    };
    // The last word takes in what is left.
    let number = |step: &[u8; STEP]| u64::from_le_bytes(*step);
    number(last) == number(other_last)
        && steps
            .iter()
            .zip(other_steps)
            .all(|(one, other)| number(one) == number(other))
}

/// Fewer bytes than a word has, and zeros.
#[cold]
fn last(bytes: &[u8]) -> Word {
    let mut word = [0; STEP];
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    Word(u64::from_le_bytes(word))
}

/// The byte in each place.
const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; STEP])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    #[test]
    fn the_first_is_found_wherever_it_stands() {
        for other in 0..=u8::MAX {
            for sought in [b'<', b'&', b'\r', 0, 0x7F, 0x80, 0xFF] {
                let mut bytes = [other; 21];
                let none = if other == sought { 0 } else { bytes.len() };
                assert_eq!(first(&bytes, |word| word.equal(sought)), none);
                for place in (0..bytes.len()).rev() {
                    bytes[place] = sought;
                    let found = first(&bytes, |word| word.equal(sought));
                    assert_eq!(found, none.min(place), "{other} {sought}");
                }
            }
        }
    }

    /// Each byte in each place of texts of each length that is looked at in another way.
    #[test]
    fn any_is_found_wherever_it_stands() {
        let uri = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        assert!(!any(b"", |word| word.below(b'a')));
        for (length, byte) in
            (1..=17).flat_map(|length| (0..=u8::MAX).map(move |byte| (length, byte)))
        {
            for place in 0..length {
                let mut bytes = vec![b'a'; length];
                bytes[place] = byte;
                let at = format!("{byte} at {place} of {length}");
                assert_eq!(any(&bytes, |word| word.equal(0xEF)), byte == 0xEF, "{at}");
                assert_eq!(any(&bytes, |word| word.below(b' ')), byte < b' ', "{at}");
                assert_eq!(any(&bytes, Word::outside_names), !name(byte), "{at}");
                assert_eq!(any(&bytes, Word::outside_uris), !uri(byte), "{at}");
            }
        }
    }

    #[test]
    fn what_differs_anywhere_is_not_equal() {
        for length in 0..40 {
            for beyond in [0, 20] {
                let mut bytes = [vec![b'a'; length], vec![b'a'; length]].concat();
                bytes.resize(2 * length + beyond, b'z');
                assert!(are_equal(&bytes, 0, length, length));
                for place in 0..length {
                    bytes[place] ^= 0x80;
                    assert!(!are_equal(&bytes, 0, length, length), "{length} {place}");
                    bytes[place] ^= 0x80;
                }
            }
        }
        assert!(!are_equal(b"aa", 0, 1, 2));
        assert!(!are_equal(b"aa", 0, 3, 1));
    }

    #[test]
    fn texts_are_the_same_if_all_of_them_is() {
        for length in 0..40 {
            let one = "a".repeat(length);
            assert!(is_same(&one, &"a".repeat(length)));
            assert!(!is_same(&one, &"a".repeat(length + 1)));
            for place in 0..length {
                let mut other = one.clone();
                other.replace_range(place..=place, "b");
                assert!(!is_same(&one, &other) && !is_same(&other, &one));
            }
        }
    }

    /// Every two bytes, in every place of a word and behind it.
    #[test]
    fn names_end_where_they_end() {
        for (one, other) in
            (0..=u8::MAX).flat_map(|one| (0..=u8::MAX).map(move |other| (one, other)))
        {
            for before in [0, 5, 6, 7, 8] {
                let mut bytes = vec![b'n'; before];
                bytes.extend([one, other, b'>']);
                let length = (0..bytes.len())
                    .rev()
                    .find(|end| {
                        std::str::from_utf8(&bytes[..*end])
                            .is_ok_and(|name| name.is_ascii() && checks::is_ncname(name))
                    })
                    .unwrap_or_default();
                assert_eq!(ascii_ncname(&bytes), length, "{before} {one} {other}");
            }
        }
    }
}
