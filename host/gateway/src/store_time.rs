// SPDX-License-Identifier: Apache-2.0
//! The time of a store, asked for without a commit.

use silta_store::{Store, StoreError, Timestamp, record::Claim};

/// The store's time, by which entries are free and leases end. The clock of this machine is another: it may be behind, where it was ahead before.
pub(crate) fn store_time(store: &dyn Store) -> Result<Timestamp, StoreError> {
    let of_nobody = Claim {
        agencies: vec![String::new()],
        ..Claim::default()
    };
    Ok(store.due(&of_nobody)?.now)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use silta_store::{MemoryStore, SetClock};

    use super::*;

    #[test]
    fn it_is_not_that_of_a_clock_that_was_set_back() {
        let clock = SetClock::at(Timestamp(1_800_000_000_000));
        let store = MemoryStore::with_clock(Arc::new(clock.clone()));
        let now = store_time(&store).unwrap();
        clock.set(now.before(Duration::from_secs(3_600)));
        assert_eq!(store_time(&store), Ok(now));
    }
}
