// SPDX-License-Identifier: Apache-2.0
//! What a store keeps and what it is asked.
//!
//! `Debug` of these types shows neither parameters nor details of events nor names of files: they are about people.

mod act;
mod arrival;
mod claim;
mod cluster;
mod decision;
mod end_event;
mod entry;
mod generation;
mod ids;
mod operation;
mod operation_listing;
mod outcome;
mod run;
mod stored;
mod submission;
mod trial;
mod upkeep;

pub use act::{Act, ActListing, ActRecord, Actor, Deed, Subject, Way};
pub use arrival::{Arrival, Document, Event, FollowUp, Provenance, Receipt};
pub use claim::{AtOnce, Claim, Claimed, Cursor, Due};
pub use cluster::{
    Budget, Desired, DesiredAgency, MOST_CALLS, NodeAgency, NodePhase, NodeRefusal, NodeSeen,
    NodeState, Phase, Reserved, Revised,
};
pub use decision::{Decided, Decision};
pub use entry::{
    Delivery, Entry, LeaseWish, LeasedEntry, Listing, Received, Source, StoredDocument,
};
pub use generation::{
    Generation, GenerationListing, GenerationOutcome, GenerationRejection, KEPT_REJECTIONS,
    MOST_SERVICES, NewGeneration, PackageTexts, Promoted, ServeOrder, Service,
};
pub use ids::{ActId, BodyId, Lease, OperationId, Position, Revision};
pub use operation::{End, Ended, LastRun, Note, Operation, OperationState, Origin, Wish};
pub use operation_listing::{OperationListing, OperationPage, OperationPhase};
pub use outcome::{Ending, Outcome, Settled};
pub use run::{KEPT_RUNS, Run, Runs};
pub(crate) use stored::{VERSION, decode, encode};
pub use submission::{IdempotencyKey, Submission, Submitted};
pub use trial::{
    MOST_DIFFERENCES, ServedCalls, Trial, TrialDifference, TrialEnd, TrialEvidence, TrialMode,
    TrialOutcome, WrongEnd,
};
pub use upkeep::{Finding, Pruned, Queue, Retention, Status};

/// The most rows that one answer has.
pub const MOST_ROWS: u32 = 1_000;
