// SPDX-License-Identifier: Apache-2.0
//! Entries are taken out that no webhook pushes: each belongs to one consumer.

use silta_store::{
    Store, StoreError,
    record::{LeaseWish, LeasedEntry, Listing, MOST_ROWS, Position},
};

use crate::webhooks::EntryFilter;

/// Leases entries that none of the filters takes.
pub(super) fn lease(
    store: &dyn Store,
    wish: &LeaseWish,
    pushed: &[EntryFilter],
) -> Result<Vec<LeasedEntry>, StoreError> {
    if pushed.is_empty() {
        return store.lease(wish);
    }
    let only = unpushed(store, wish, pushed)?;
    match only.is_empty() {
        true => Ok(Vec::new()),
        false => store.lease(&LeaseWish {
            only,
            ..wish.clone()
        }),
    }
}

/// Positions of entries that are free, as far as is known without a commit: the lease decides.
fn unpushed(
    store: &dyn Store,
    wish: &LeaseWish,
    pushed: &[EntryFilter],
) -> Result<Vec<Position>, StoreError> {
    let now = store.peek_now()?;
    let (mut after, mut found) = (Position::default(), Vec::new());
    loop {
        let page = store.list(&Listing {
            after,
            agency: wish.agency.clone(),
            waiting: true,
            newest_first: false,
            limit: MOST_ROWS,
        })?;
        let is_last = page.len() < MOST_ROWS as usize;
        for entry in page {
            after = entry.position;
            let is_pushed = pushed.iter().any(|filter| filter.takes(&entry));
            if !is_pushed && entry.delivery.until <= now {
                found.push(entry.position);
            }
            if found.len() >= wish.limit as usize {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}
