// SPDX-License-Identifier: Apache-2.0
//! Runs of a poll that are refused one after the other for the same reason: the inbox hears of the first.

use silta_store::{
    Store, StoreError,
    record::{End, MOST_ROWS, OperationId, OperationListing, OperationPhase},
};

/// How the last runs of a poll ended, as far as its operations have been looked through. What is known survives no restart: the operations do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Streak {
    /// Operations up to here have been looked at.
    after: OperationId,
    /// The reason of the last run, if it was refused, and the first of those in a row.
    refused: Option<(String, OperationId)>,
}

impl Streak {
    /// The first run in a row, this one included, that was refused for this reason. May block.
    ///
    /// By the runs of the poll in the store, so that restarts and other nodes make no difference. Runs that were cancelled count for nothing.
    pub(super) fn first(
        &mut self,
        store: &dyn Store,
        (agency, poll): (&str, &str),
        (run, code): (OperationId, &str),
    ) -> Result<OperationId, StoreError> {
        self.look(store, (agency, poll), run)?;
        Ok(match &self.refused {
            Some((known, first)) if known == code => *first,
            _ => run,
        })
    }

    fn look(
        &mut self,
        store: &dyn Store,
        (agency, poll): (&str, &str),
        run: OperationId,
    ) -> Result<(), StoreError> {
        loop {
            let page = store.operations(&OperationListing {
                after: self.after,
                agencies: vec![agency.to_owned()],
                operation: Some(poll.to_owned()),
                phase: Some(OperationPhase::Ended),
                limit: MOST_ROWS,
                ..OperationListing::default()
            })?;
            let is_last = page.operations.len() < MOST_ROWS as usize;
            for operation in page.operations {
                if operation.id >= run {
                    return Ok(());
                }
                self.after = operation.id;
                let is_run = operation.wish.poll.as_deref() == Some(poll);
                let Some(ended) = operation.state.ended.filter(|_| is_run) else {
                    continue;
                };
                match ended.end {
                    End::Done => self.refused = None,
                    End::GivenUp => {}
                    End::Refused => {
                        let before = self.refused.take();
                        let before = before.filter(|(code, _)| *code == ended.code);
                        self.refused = before.or(Some((ended.code, operation.id)));
                    }
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use silta_store::{
        MemoryStore,
        record::{Claim, Ending, Outcome, Submission, Submitted},
    };

    use super::*;

    fn run(store: &dyn Store) -> OperationId {
        let wish = Submission {
            agency: "a".to_owned(),
            operation: "list".to_owned(),
            parameters: "{}".to_owned(),
            poll: Some("list".to_owned()),
            ..Submission::default()
        };
        let (Submitted::New(id) | Submitted::Known(id)) = store.submit(&wish).unwrap();
        id
    }

    fn end(store: &dyn Store, end: End, code: &str) {
        let claim = Claim {
            owner: "one".to_owned(),
            limit: 1,
            duration: Duration::from_secs(60),
            ..Claim::default()
        };
        let lease = store.claim(&claim).unwrap()[0].lease;
        let outcome = Outcome::Ended(Box::new(Ending {
            end,
            code: code.to_owned(),
            ..Ending::default()
        }));
        store.settle(&lease, &outcome).unwrap();
    }

    #[test]
    fn a_streak_ends_with_another_reason_and_with_success() {
        let store = MemoryStore::new();
        let mut kept = Streak::default();
        let mut first = |expected: Option<usize>, ends: &[OperationId], code: &str, how| {
            let run = run(&store);
            let place = ("a", "list");
            let found = kept.first(&store, place, (run, code)).unwrap();
            // A process that has just started finds the same.
            let fresh = Streak::default().first(&store, place, (run, code));
            assert_eq!(fresh.unwrap(), found);
            assert_eq!(found, expected.map_or(run, |number| ends[number]));
            end(&store, how, code);
            run
        };
        let mut runs = Vec::new();
        for (expected, code, how) in [
            (None, "x", End::Refused),
            (Some(0), "x", End::Refused),
            (Some(0), "x", End::GivenUp),
            (Some(0), "x", End::Refused),
            (None, "y", End::Refused),
            (None, "x", End::Refused),
            (Some(5), "x", End::Done),
            (None, "x", End::Refused),
            (Some(7), "x", End::Refused),
        ] {
            let run = first(expected, &runs, code, how);
            runs.push(run);
        }
    }
}
