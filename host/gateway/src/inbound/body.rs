// SPDX-License-Identifier: Apache-2.0
//! Bodies, gathered into blocks.
//!
//! What HTTP hands over are slices of its own buffers, as large as the sender likes to make its chunks: keeping them would let one byte hold
//! kilobytes. So each is copied once, into blocks that are full but for the last.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use silta::Blob;

use crate::inbound::byte_budget::{BudgetExhausted, Reservation};

/// Size of a block: a few of them for the usual message, and small beside the largest.
const BLOCK: usize = 64 << 10;

/// Size of the first block of a body that does not say how long it is; the next ones double.
const FIRST: usize = 4 << 10;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is larger than the agency allows.
    TooLarge,
    /// The sender stopped, or broke the framing.
    BrokenOff,
    /// The budget for bodies has no room.
    NoRoom,
}

impl From<BudgetExhausted> for BodyError {
    fn from(_: BudgetExhausted) -> Self {
        Self::NoRoom
    }
}

/// A body and the bytes that it takes of the budget.
pub(crate) struct ReceivedBody {
    pub(crate) body: Blob,
    pub(crate) reservation: Reservation,
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(
    body: &mut Incoming,
    limit: u64,
    reservation: Reservation,
) -> Result<ReceivedBody, BodyError> {
    let declared = body.size_hint().exact();
    if declared.is_some_and(|size| size > limit) {
        return Err(BodyError::TooLarge);
    }
    let mut blocks = Blocks::new(declared, reservation);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::BrokenOff)?;
        // Trailers say nothing that anybody here asks for.
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        if blocks.size + bytes.len() as u64 > limit {
            return Err(BodyError::TooLarge);
        }
        blocks.push(&bytes)?;
    }
    Ok(blocks.finish())
}

struct Blocks {
    full: Vec<Bytes>,
    open: Vec<u8>,
    size: u64,
    declared: Option<u64>,
    reservation: Reservation,
}

impl Blocks {
    fn new(declared: Option<u64>, reservation: Reservation) -> Self {
        Self {
            full: Vec::new(),
            open: Vec::new(),
            size: 0,
            declared,
            reservation,
        }
    }

    fn push(&mut self, mut bytes: &[u8]) -> Result<(), BudgetExhausted> {
        while !bytes.is_empty() {
            if self.open.len() == self.open.capacity() {
                self.begin()?;
            }
            let room = self.open.capacity() - self.open.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.open.extend_from_slice(now);
            self.size += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    /// A new block, paid for before it is there.
    fn begin(&mut self) -> Result<(), BudgetExhausted> {
        let last = self.open.capacity();
        let size = match self.declared {
            Some(declared) => usize::try_from(declared.saturating_sub(self.size)).unwrap_or(BLOCK),
            None => (last * 2).max(FIRST),
        };
        let size = size.clamp(1, BLOCK);
        self.reservation.grow(size as u64)?;
        let full = std::mem::replace(&mut self.open, Vec::with_capacity(size));
        if !full.is_empty() {
            self.full.push(full.into());
        }
        Ok(())
    }

    fn finish(mut self) -> ReceivedBody {
        if !self.open.is_empty() {
            self.full.push(self.open.into());
        }
        ReceivedBody {
            body: self.full.into(),
            reservation: self.reservation,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::inbound::byte_budget::ByteBudget;

    fn gathered(
        pieces: &[usize],
        declared: Option<u64>,
        budget: u64,
    ) -> (Result<Blob, BudgetExhausted>, u64) {
        let budget = Arc::new(ByteBudget::new(budget));
        let mut blocks = Blocks::new(declared, budget.reserve(true));
        for (number, piece) in pieces.iter().enumerate() {
            if let Err(exhausted) = blocks.push(&vec![number as u8; *piece]) {
                return (Err(exhausted), budget.take_usage().0);
            }
        }
        let held = blocks.finish();
        (Ok(held.body), budget.take_usage().0)
    }

    #[test]
    fn single_bytes_take_hardly_more_than_their_size() {
        let pieces = vec![1; 1_000_000];
        let (body, held) = gathered(&pieces, None, 2 << 20);
        let body = body.unwrap();
        assert!(
            body.to_vec()
                .iter()
                .enumerate()
                .all(|(place, byte)| *byte == place as u8)
        );
        assert!(held < 1_000_000 + BLOCK as u64, "{held}");
        assert!(body.segments().len() < 25);
    }

    #[test]
    fn a_body_of_declared_size_takes_just_that() {
        for size in [0, 1, 10, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let (body, held) = gathered(&[size], Some(size as u64), 1 << 20);
            assert_eq!((body.unwrap().size(), held), (size as u64, size as u64));
        }
    }

    #[test]
    fn what_is_over_the_budget_is_not_held() {
        let (body, held) = gathered(&[BLOCK, BLOCK], None, BLOCK as u64);
        assert_eq!(body, Err(BudgetExhausted));
        assert!(held <= BLOCK as u64);
    }
}
