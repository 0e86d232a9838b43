// SPDX-License-Identifier: Apache-2.0
//! Bodies of calls, within the limit of the agency and the budget of the listener.

use hyper::body::Incoming;
use silta::Blob;

use crate::{
    blocks::gather,
    inbound::byte_budget::{BudgetExhausted, Reservation},
};

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
    mut reservation: Reservation,
) -> Result<ReceivedBody, BodyError> {
    let errors = (
        || BodyError::TooLarge,
        |_: hyper::Error| BodyError::BrokenOff,
    );
    let pay = |size| reservation.grow(size).map_err(BodyError::from);
    let body = gather(body, limit, errors, pay).await?;
    Ok(ReceivedBody { body, reservation })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        blocks::{BLOCK, Blocks},
        inbound::byte_budget::ByteBudget,
    };

    #[test]
    fn what_is_over_the_budget_is_not_held() {
        let budget = Arc::new(ByteBudget::new(BLOCK as u64));
        let mut reservation = budget.reserve(true);
        let mut blocks = Blocks::new(None);
        let bytes = vec![1; 2 * BLOCK];
        let pushed = blocks.push(&bytes, |size| reservation.grow(size));
        assert_eq!(pushed, Err(BudgetExhausted));
        assert!(budget.take_usage().0 <= BLOCK as u64);
    }
}
