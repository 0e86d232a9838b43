//! A document kept elsewhere.

use std::convert::Infallible;

use canonical_xml::Source;

/// Bytes that a document is loaded from.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Source for Bytes<'_> {
    type Error = Infallible;

    fn size(&self) -> Result<u64, Infallible> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Infallible> {
        let offset = usize::try_from(offset).unwrap();
        into.extend_from_slice(&self.0[offset..offset + length]);
        Ok(())
    }

    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Infallible> {
        let start = usize::try_from(start).unwrap();
        let rest = self.0[start..].iter();
        let found = rest.clone().position(|byte| set.contains(byte));
        Ok(found.map(|found| (start + found) as u64))
    }
}
