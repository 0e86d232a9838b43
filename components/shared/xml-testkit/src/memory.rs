// SPDX-License-Identifier: Apache-2.0
//! A source in memory that counts what is fetched, and octets that are put together again from it.

use std::cell::Cell;
use std::ops::Range;

use canonical_xml::{Octets, Source};

/// Bytes that a document is loaded from, and what was asked of them.
pub struct Memory<'b> {
    bytes: &'b [u8],
    fetched: Cell<u64>,
    requests: Cell<u32>,
    /// The request that fails, counted from 0.
    failing: Option<u32>,
}

/// Which request failed, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u32);

impl<'b> Memory<'b> {
    /// A source of these bytes that never fails.
    pub fn new(bytes: &'b (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            bytes: bytes.as_ref(),
            fetched: Cell::new(0),
            requests: Cell::new(0),
            failing: None,
        }
    }

    /// The same, but this request fails, counted from 0.
    pub fn failing(self, request: u32) -> Self {
        Self {
            failing: Some(request),
            ..self
        }
    }

    /// Number of bytes that were read so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.get()
    }

    /// Number of requests so far.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// The bytes of a range. Past the end this panics: they must not be asked for.
    pub fn slice(&self, range: Range<u64>) -> &'b [u8] {
        &self.bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
    }

    fn request(&self) -> Result<(), Failure> {
        let number = self.requests.replace(self.requests.get() + 1);
        match self.failing {
            Some(failing) if failing == number => Err(Failure(number)),
            _ => Ok(()),
        }
    }
}

impl Source for Memory<'_> {
    type Error = Failure;

    fn size(&self) -> Result<u64, Failure> {
        self.request()?;
        Ok(self.bytes.len() as u64)
    }

    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Failure> {
        self.request()?;
        into.extend_from_slice(self.slice(offset..offset + length as u64));
        self.fetched.set(self.fetched.get() + length as u64);
        Ok(())
    }

    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Failure> {
        self.request()?;
        let rest = self.slice(start..self.bytes.len() as u64);
        let is_sought: [bool; 256] = std::array::from_fn(|byte| set.contains(&(byte as u8)));
        let index = rest.iter().position(|byte| is_sought[usize::from(*byte)]);
        Ok(index.map(|index| start + index as u64))
    }
}

/// Octets together, and how many of them were named as ranges of the source.
pub struct Gathered<'b> {
    source: Memory<'b>,
    /// What came so far.
    pub octets: Vec<u8>,
    /// How many of them came as ranges.
    pub shared: u64,
}

impl<'b> Gathered<'b> {
    /// For a document of these bytes.
    pub fn of(source: &'b (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            source: Memory::new(source),
            octets: Vec::new(),
            shared: 0,
        }
    }
}

impl Octets for Gathered<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.octets.extend_from_slice(bytes);
    }

    fn source(&mut self, range: Range<u64>) {
        self.shared += range.end - range.start;
        self.octets.extend_from_slice(self.source.slice(range));
    }
}
