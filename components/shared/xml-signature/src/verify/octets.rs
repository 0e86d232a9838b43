// SPDX-License-Identifier: Apache-2.0
//! Canonical octets in memory, wherever the document's bytes are.

use std::ops::Range;

use canonical_xml::{Octets, Pieces};

use super::backend::{Backend, CanonicalForm};
use super::error::VerifyErrorKind;

/// A `SignedInfo` with the most references, prefixes and Ids of some length stays below a quarter of it. The whole of
/// it has to be in memory to be verified.
const MAXIMUM: usize = 128 << 10;

/// Room for most of them.
const USUAL: usize = 1024;

/// The octets of a canonical form that is short, with what was left in the source put in.
pub(super) fn of<J: Backend>(
    form: CanonicalForm<'_>,
    backend: &mut J,
) -> Result<Result<Vec<u8>, VerifyErrorKind>, J::Error> {
    let mut gathered = Gathered {
        octets: Pieces::with_room(USUAL),
        holes: Vec::new(),
        length: 0,
    };
    if let Err(error) = form.write(&mut gathered) {
        return Ok(Err(VerifyErrorKind::CanonicalizationFailed(error)));
    }
    if gathered.length > MAXIMUM as u64 {
        return Ok(Err(VerifyErrorKind::SignedInfoTooLong { maximum: MAXIMUM }));
    }
    gathered.filled(backend).map(Ok)
}

/// Octets, and where ranges of the source go between them.
struct Gathered {
    octets: Pieces,
    holes: Vec<(usize, Range<u64>)>,
    length: u64,
}

impl Gathered {
    fn filled<J: Backend>(self, backend: &mut J) -> Result<Vec<u8>, J::Error> {
        let octets = self.octets.into_vec();
        if self.holes.is_empty() {
            return Ok(octets);
        }
        let mut whole = Vec::new();
        let mut from = 0;
        for (at, range) in self.holes {
            whole.extend_from_slice(octets.get(from..at).unwrap_or_default());
            from = at;
            backend.read(range, &mut whole)?;
        }
        whole.extend_from_slice(octets.get(from..).unwrap_or_default());
        Ok(whole)
    }
}

impl Octets for Gathered {
    fn bytes(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        // What is too long is refused in the end; until then it is not held.
        if self.length <= MAXIMUM as u64 {
            self.octets.push(bytes);
        }
    }

    fn source(&mut self, range: Range<u64>) {
        self.length = self
            .length
            .saturating_add(range.end.saturating_sub(range.start));
        if self.length <= MAXIMUM as u64 {
            self.holes.push((self.octets.len(), range));
        }
    }
}
