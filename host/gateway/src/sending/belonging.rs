// SPDX-License-Identifier: Apache-2.0
//! Which generation does an operation while a candidate serves a share of the conversations.

use silta::Agency;
use silta_store::{
    Store, StoreError,
    record::{Operation, Origin},
};

/// Most operations of a chain that are looked at, each queued by the one before.
const LONGEST_CHAIN: u32 = 100;

/// What an operation belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Belongs {
    /// What serves, in any case: a run of a poll, whose cursor is for one component at a time, and what follows from it.
    ToServing,
    /// A conversation, by this key; an operation without one is one by itself.
    To(Vec<u8>),
    /// The generation of this number, which has queued it, as one of what has this key.
    After(u64, Vec<u8>),
}

impl Belongs {
    /// What an operation belongs to: to its conversation; to what judged or made the entry that it follows from; or, where the operation that it follows from brought no entry, to what that belongs to.
    pub(super) fn of(store: &dyn Store, operation: &Operation) -> Result<Self, StoreError> {
        let mut operation = operation.clone();
        for _ in 0..LONGEST_CHAIN {
            let wish = &operation.wish;
            let own = key("operation", &operation.id.0.to_string());
            let origin = match (&wish.poll, &wish.lane) {
                (Some(_), _) => return Ok(Self::ToServing),
                (None, Some(lane)) => return Ok(Self::To(key("conversation", lane))),
                (None, None) => wish.origin,
            };
            let before = match origin {
                Origin::Submitted => None,
                Origin::Entry(position) => {
                    let entry = store.show(position)?;
                    let made_by = entry.and_then(|it| it.received.provenance.generation);
                    return Ok(match made_by {
                        Some(number) => Self::After(number, own),
                        None => Self::To(own),
                    });
                }
                Origin::Operation(before) => store.operation(before)?,
            };
            match before {
                Some(before) => operation = before,
                None => return Ok(Self::To(own)),
            }
        }
        Ok(Self::ToServing)
    }

    /// The agency for a run of the operation of this name.
    pub(super) fn agency(self, agency: &Agency, operation: &str) -> Agency {
        match self {
            Self::ToServing => agency.by_what_serves(),
            Self::To(key) => agency.in_conversation(Some(operation), || key),
            Self::After(number, key) => agency.following(operation, number, || key),
        }
    }
}

fn key(kind: &str, name: &str) -> Vec<u8> {
    [kind, name].join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use silta_store::{
        MemoryStore,
        record::{Arrival, Event, FollowUp, OperationListing, Provenance, Submission, Submitted},
    };

    use super::*;

    fn submitted(store: &MemoryStore, lane: Option<&str>, poll: Option<&str>) -> Operation {
        let submission = Submission {
            agency: "vero".into(),
            operation: "fetch".into(),
            parameters: "{}".into(),
            lane: lane.map(str::to_owned),
            poll: poll.map(str::to_owned),
            ..Submission::default()
        };
        let (Submitted::New(id) | Submitted::Known(id)) = store.submit(&submission).unwrap();
        store.operation(id).unwrap().unwrap()
    }

    fn of(store: &MemoryStore, operation: &Operation) -> Belongs {
        Belongs::of(store, operation).unwrap()
    }

    #[test]
    fn an_operation_belongs_to_its_conversation_or_to_itself_and_a_poll_to_what_serves() {
        let store = MemoryStore::new();
        let one = submitted(&store, Some("c1"), None);
        assert_eq!(of(&store, &one), Belongs::To(b"conversation\0c1".to_vec()));
        let one = submitted(&store, None, None);
        let own = key("operation", &one.id.0.to_string());
        assert_eq!(of(&store, &one), Belongs::To(own));
        let one = submitted(&store, None, Some("notices"));
        assert_eq!(of(&store, &one), Belongs::ToServing);
    }

    #[test]
    fn a_follow_up_belongs_to_what_has_queued_it() {
        let store = MemoryStore::new();
        let arrival = Arrival {
            agency: "vero".into(),
            operation: "called".into(),
            provenance: Provenance {
                generation: Some(7),
                ..Provenance::default()
            },
            events: vec![Event {
                kind: "come".into(),
                data: "{}".into(),
                deduplication_key: "1".into(),
                about: None,
            }],
            follow_ups: vec![FollowUp {
                operation: "fetch".into(),
                parameters: "{}".into(),
                deduplication_key: "fetch/1".into(),
                lane: None,
            }],
            ..Arrival::default()
        };
        store.commit(&arrival).unwrap();
        let listing = OperationListing {
            limit: 10,
            ..OperationListing::default()
        };
        let queued = store.operations(&listing).unwrap().operations;
        let own = key("operation", &queued[0].id.0.to_string());
        assert_eq!(of(&store, &queued[0]), Belongs::After(7, own));
        // And what follows from that, where it brings nothing else.
        let mut next = submitted(&store, None, None);
        next.wish.origin = Origin::Operation(queued[0].id);
        assert!(matches!(of(&store, &next), Belongs::After(7, _)));
        // Of a poll, too.
        next.wish.origin = Origin::Operation(submitted(&store, None, Some("notices")).id);
        assert_eq!(of(&store, &next), Belongs::ToServing);
        // What is gone says nothing.
        next.wish.origin = Origin::Operation(silta_store::record::OperationId(999));
        assert!(matches!(of(&store, &next), Belongs::To(_)));
    }
}
