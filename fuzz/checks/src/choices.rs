// SPDX-License-Identifier: Apache-2.0
//! Decisions taken from an input, one after the other.

/// What of an input is not used up. What it means depends on this code alone, so that inputs that are kept go on meaning the same.
pub(crate) struct Choices<'i>(&'i [u8]);

impl<'i> Choices<'i> {
    pub(crate) fn new(input: &'i [u8]) -> Self {
        Self(input)
    }

    /// The next byte; `None` at the end.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next two bytes as a number.
    pub(crate) fn short(&mut self) -> Option<usize> {
        Some(usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
    }

    /// The next bytes, fewer at the end.
    pub(crate) fn take(&mut self, length: usize) -> &'i [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'i [u8] {
        std::mem::take(&mut self.0)
    }

    /// One of these, which must not be none.
    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> Option<T> {
        let choice = usize::from(self.byte()?);
        among.get(choice.checked_rem(among.len())?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_end_with_the_input() {
        let mut choices = Choices::new(&[1, 2, 3, 5, 9, 9]);
        assert_eq!(choices.short(), Some(0x0102));
        assert_eq!(choices.byte(), Some(3));
        assert_eq!(choices.pick(b"abc"), Some(b'c'));
        assert_eq!(choices.take(1), [9]);
        assert_eq!(choices.pick::<u8>(&[]), None);
        assert!(choices.take(8).is_empty());
        assert_eq!(choices.byte(), None);
    }
}
