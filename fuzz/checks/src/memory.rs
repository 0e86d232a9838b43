// SPDX-License-Identifier: Apache-2.0
//! Bytes in memory that are lent out as a source, and octets put together again from it.

use std::convert::Infallible;
use std::ops::Range;

use canonical_xml::{Octets, Source};

/// Bytes that a document can be loaded from.
pub(crate) struct Memory<'b>(pub(crate) &'b [u8]);

impl<'b> Memory<'b> {
    /// The bytes of a range, which must be there: nobody may ask for others.
    pub(crate) fn slice(&self, range: Range<u64>) -> &'b [u8] {
        let whole = || {
            let start = usize::try_from(range.start).ok()?;
            self.0.get(start..usize::try_from(range.end).ok()?)
        };
        let found = whole();
        assert!(
            found.is_some(),
            "bytes {range:?} were asked for, of {}",
            self.0.len()
        );
        found.unwrap_or_default()
    }
}

impl Source for Memory<'_> {
    type Error = Infallible;

    fn size(&self) -> Result<u64, Infallible> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Infallible> {
        into.extend_from_slice(self.slice(offset..offset + length as u64));
        Ok(())
    }

    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Infallible> {
        let mut sought = [false; 256];
        for (byte, sought) in (0..=u8::MAX).zip(&mut sought) {
            *sought = set.contains(&byte);
        }
        let rest = self.slice(start..self.0.len() as u64);
        let is_sought = |byte: &u8| sought.get(usize::from(*byte)) == Some(&true);
        Ok(rest
            .iter()
            .position(is_sought)
            .map(|index| start + index as u64))
    }
}

/// Octets of a document that was loaded from these bytes.
pub(crate) struct Gathered<'b> {
    source: Memory<'b>,
    pub(crate) octets: Vec<u8>,
}

impl<'b> Gathered<'b> {
    pub(crate) fn from(source: &'b [u8]) -> Self {
        Self {
            source: Memory(source),
            octets: Vec::new(),
        }
    }
}

impl Octets for Gathered<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.octets.extend_from_slice(bytes);
    }

    fn source(&mut self, range: Range<u64>) {
        self.octets.extend_from_slice(self.source.slice(range));
    }
}
