// SPDX-License-Identifier: Apache-2.0
//! What is held goes on; what ended badly is done once more.

use silta_store::{
    Store, StoreError,
    record::{
        Actor, Decided, Decision, Document, End, IdempotencyKey, Operation, OperationId,
        OperationListing, OperationPhase, StoredDocument, Submission, Submitted,
    },
};

/// Whose idempotency keys those of replays are: no token has such an id.
const REPLAYS: &str = "silta replay";

/// The result of a replay.
pub(crate) enum Replayed {
    /// It was held, and goes on.
    Resumed,
    /// It is queued once more, now or when the same was asked before.
    Anew(Submitted),
    /// Nothing was done.
    Not(NotReplayed),
}

/// Why there is nothing to do once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReplayed {
    UnderWay,
    /// It goes on by itself.
    Waits,
    /// It ended meanwhile.
    Over,
    Done,
    Poll,
    /// A file of it is gone.
    Gone,
    /// It is not as it was when it was looked at.
    Moved,
}

/// Has an operation that is held go on, and one that ended badly submitted anew: once, however often that is asked. The store keeps who did it first.
pub(crate) fn replay(
    store: &dyn Store,
    operation: &Operation,
    by: Actor,
) -> Result<Replayed, StoreError> {
    let phase = operation.state.phase(store.now()?);
    if let Some(why) = obstacle(operation, phase) {
        return Ok(Replayed::Not(why));
    }
    if phase == OperationPhase::Held {
        let seen = Some(operation.state.epoch);
        return Ok(
            match store.decide(operation.id, seen, Decision::Resume, &by)? {
                Decided::Done => Replayed::Resumed,
                Decided::UnderWay => Replayed::Not(NotReplayed::UnderWay),
                Decided::Over => Replayed::Not(NotReplayed::Over),
                Decided::Moved => Replayed::Not(NotReplayed::Moved),
            },
        );
    }
    match anew(store, operation)? {
        Some(wish) => {
            let wish = Submission {
                by: Some(by),
                ..wish
            };
            Ok(Replayed::Anew(store.submit(&wish)?))
        }
        None => Ok(Replayed::Not(NotReplayed::Gone)),
    }
}

/// Why an operation that has come so far cannot be replayed, as far as that can be told without trying.
pub(crate) fn obstacle(operation: &Operation, phase: OperationPhase) -> Option<NotReplayed> {
    match phase {
        OperationPhase::Held => None,
        OperationPhase::Running => Some(NotReplayed::UnderWay),
        OperationPhase::Queued | OperationPhase::Waiting => Some(NotReplayed::Waits),
        OperationPhase::Ended => {
            let ended = operation.state.ended.as_ref();
            if ended.is_none_or(|ended| ended.end == End::Done) {
                return Some(NotReplayed::Done);
            }
            let is_run = operation.wish.poll.is_some();
            is_run.then_some(NotReplayed::Poll)
        }
    }
}

/// The operation that does another one once more, where there is one.
pub(crate) fn replay_of(
    store: &dyn Store,
    old: OperationId,
) -> Result<Option<OperationId>, StoreError> {
    let listing = OperationListing {
        submitted_under: Some(key(old)),
        limit: 1,
        ..OperationListing::default()
    };
    let found = store.operations(&listing)?.operations;
    Ok(found.first().map(|operation| operation.id))
}

fn key(old: OperationId) -> IdempotencyKey {
    IdempotencyKey {
        client: REPLAYS.to_owned(),
        key: old.to_string(),
    }
}

/// The same once more; `None` where a file of it is gone.
fn anew(store: &dyn Store, operation: &Operation) -> Result<Option<Submission>, StoreError> {
    let wish = &operation.wish;
    let payload = match &wish.payload {
        None => None,
        Some(payload) => match store.body(payload.body)? {
            None => return Ok(None),
            payload => payload,
        },
    };
    let mut attachments = Vec::new();
    for StoredDocument {
        name,
        media_type,
        body,
        ..
    } in &wish.attachments
    {
        let Some(content) = store.body(*body)? else {
            return Ok(None);
        };
        attachments.push(Document {
            name: name.clone(),
            media_type: media_type.clone(),
            content,
        });
    }
    Ok(Some(Submission {
        agency: operation.agency.clone(),
        operation: wish.operation.clone(),
        parameters: wish.parameters.clone(),
        payload,
        attachments,
        lane: wish.lane.clone(),
        idempotency: Some(key(operation.id)),
        replay_of: Some(operation.id),
        trace: wish.trace.clone(),
        ..Submission::default()
    }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use silta_store::{
        MemoryStore,
        record::{ActListing, ActRecord, Claim, Deed, Ending, Outcome, Retention, Subject},
    };

    use super::*;

    /// One that has ended badly, with a file.
    fn refused(store: &MemoryStore) -> Operation {
        let wish = Submission {
            agency: "courier".into(),
            operation: "deliver".into(),
            parameters: "{}".into(),
            payload: Some(b"bytes".as_slice().into()),
            ..Submission::default()
        };
        store.submit(&wish).unwrap();
        let claim = Claim {
            limit: 1,
            duration: Duration::from_secs(60),
            ..Claim::default()
        };
        let claimed = store.claim(&claim).unwrap().remove(0);
        let ending = Ending {
            end: End::Refused,
            ..Ending::default()
        };
        let outcome = Outcome::Ended(Box::new(ending));
        store.settle(&claimed.lease, &outcome).unwrap();
        store.operation(claimed.operation.id).unwrap().unwrap()
    }

    #[test]
    fn what_was_replayed_is_found_and_not_replayed_again() {
        let store = MemoryStore::new();
        let operation = refused(&store);
        assert_eq!(replay_of(&store, operation.id), Ok(None));
        let by = Actor::token("erp");
        let replayed = replay(&store, &operation, by.clone()).unwrap();
        let Replayed::Anew(Submitted::New(new)) = replayed else {
            panic!("nothing was replayed before");
        };
        let acts = || {
            let listing = ActListing {
                limit: 10,
                ..ActListing::default()
            };
            store.acts(&listing).unwrap()
        };
        let expected = ActRecord {
            by,
            deed: Deed::REPLAY,
            subject: Subject::Operation(operation.id),
            name: "deliver".into(),
            new: Some(new),
        };
        assert_eq!(acts()[0].record, expected);
        assert_eq!(replay_of(&store, operation.id), Ok(Some(new)));
        let again = replay(&store, &operation, Actor::token("other")).unwrap();
        assert!(matches!(again, Replayed::Anew(Submitted::Known(known)) if known == new));
        assert_eq!(acts().len(), 1, "nothing was done");
    }

    /// Two requests that have both read that it is held: what came of the first is not let go on by the second.
    #[test]
    fn what_has_moved_on_since_it_was_read_is_not_resumed() {
        let store = MemoryStore::new();
        let wish = Submission {
            agency: "courier".into(),
            operation: "deliver".into(),
            ..Submission::default()
        };
        store.submit(&wish).unwrap();
        let hold = || {
            let claim = Claim {
                limit: 1,
                duration: Duration::from_secs(60),
                ..Claim::default()
            };
            let claimed = store.claim(&claim).unwrap().remove(0);
            let held = Outcome::Held {
                why: "it may have been sent".into(),
                progress: None,
                note: None,
            };
            store.settle(&claimed.lease, &held).unwrap();
            store.operation(claimed.operation.id).unwrap().unwrap()
        };
        let read = hold();
        let first = replay(&store, &read, Actor::token("erp")).unwrap();
        assert!(matches!(first, Replayed::Resumed));
        // Carried out at once, and held again: the second has not seen that.
        let held = hold();
        let second = replay(&store, &read, Actor::token("other")).unwrap();
        assert!(matches!(second, Replayed::Not(NotReplayed::Moved)));
        assert_eq!(store.operation(read.id).unwrap().unwrap(), held);
    }

    #[test]
    fn without_its_files_nothing_is_replayed() {
        let store = MemoryStore::new();
        let operation = refused(&store);
        let all = Retention {
            ended_age: Some(Duration::ZERO),
            limit: 10,
            ..Retention::default()
        };
        store.prune(&all).unwrap();
        let replayed = replay(&store, &operation, Actor::default()).unwrap();
        assert!(matches!(replayed, Replayed::Not(NotReplayed::Gone)));
        assert_eq!(store.status().unwrap().queued, 0);
    }
}
