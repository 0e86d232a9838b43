// SPDX-License-Identifier: Apache-2.0
//! Several nodes over one store: whoever deploys waits until the others are ready to serve.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use silta::Ready;
use silta_store::{
    Store, StoreError, Why,
    record::{Generation, GenerationOutcome, NodeAgency, NodeSeen},
};

use super::{
    serving::{Candidate, Wanted, order, patiently, put_if, record},
    standing::recorded,
};

/// How often the store is asked whether the other nodes are ready.
const LOOK: Duration = Duration::from_millis(50);

/// Whose turn it is on a node to change what serves: whoever deploys there, or the [`Follower`](super::Follower). Its clones are one.
#[derive(Debug, Clone, Default)]
pub struct Turn(Arc<Mutex<BTreeSet<(String, u64)>>>);

impl Turn {
    /// Waits for the turn, and has it until the answer is dropped: for whoever changes what serves on this node in another way than [`serve_together`].
    pub fn hold(&self) -> Held<'_> {
        Held { _turn: self.take() }
    }

    /// Waits for the turn; agencies and numbers that are deployed on this node, and put into service by whoever deploys them.
    pub(super) fn take(&self) -> MutexGuard<'_, BTreeSet<(String, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn, until this is dropped.
#[derive(Debug)]
#[must_use = "dropped, it is the next one's turn"]
pub struct Held<'a> {
    _turn: MutexGuard<'a, BTreeSet<(String, u64)>>,
}

/// How other nodes are waited for.
#[derive(Debug, Clone)]
pub struct Together {
    /// Name of the node that deploys. It has prepared the candidates itself, and is not waited for.
    pub node: String,
    /// That of the [`Follower`](super::Follower::turn) of this node.
    pub turn: Turn,
    /// A node that was heard of so long ago at most, in the store's time, is alive, and is waited for. Longer than nodes take from one report to the next: from one look to the next, or a second while
    /// they prepare something.
    pub alive_within: Duration,
    /// How long nodes are waited for. What serves goes on meanwhile.
    pub deadline: Duration,
}

/// Why candidates were not put into service on any node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotServedTogether {
    /// A node cannot serve one of them. What served goes on everywhere.
    #[error(
        "node {node} cannot serve generation {number} of {agency} ({code}): {reason}. Nothing was put into service; mend that node, or stop it, and deploy again"
    )]
    Refused {
        /// Name of the node.
        node: String,
        /// For which agency.
        agency: String,
        /// The generation that it cannot serve.
        number: u64,
        /// Stable code.
        code: String,
        /// Why, in its words.
        reason: String,
    },
    /// Something else was put into service meanwhile.
    #[error(
        "{agency}: something else was put into service while nodes prepared generation {number}; look at it, and deploy again"
    )]
    Overtaken {
        /// Of which agency.
        agency: String,
        /// The generation that was not put into service.
        number: u64,
    },
    /// The store did not do it.
    #[error("{0}")]
    Store(StoreError),
}

impl From<StoreError> for NotServedTogether {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(Why::NotServable { agency, number }) => {
                Self::Overtaken { agency, number }
            }
            error => Self::Store(error),
        }
    }
}

/// Records candidates, waits until every other node that is alive has prepared them, and puts them into service: all of them, or none.
///
/// A node that says that it cannot serve one of them is believed: nothing is put into service then. A node that has not prepared them by the deadline, or has not been heard of for too long meanwhile, is left behind, with a warning in the log: it serves what it did,
/// says so, and follows once it can. Otherwise as [`serve`](super::serve); blocks for as long as it waits.
///
/// # Errors
/// See [`NotServedTogether`]. What served goes on; what was recorded stays on record as prepared, until something else is put into service.
pub fn serve_together(
    store: &dyn Store,
    candidates: Vec<Candidate>,
    wanted: &Wanted,
    together: &Together,
) -> Result<Vec<Generation>, NotServedTogether> {
    let mut own = Own {
        turn: &together.turn,
        keys: Vec::new(),
    };
    let (mut recorded, mut numbered, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        let (agency, configured) = (candidate.agency.clone(), candidate.configured.clone());
        let (generation, ready) = own.record(store, candidate, wanted)?;
        orders.push(order(agency, generation.number, configured, wanted));
        numbered.push(ready);
        recorded.push(generation);
    }
    wait(store, &recorded, together)?;
    let _turn = together.turn.take();
    put_if(store, &orders, || {
        let mut all = recorded.iter();
        all.try_for_each(|generation| is_next(store, generation))
    })?;
    numbered.into_iter().for_each(|ready| {
        ready.serve_or_renew();
    });
    Ok(recorded)
}

/// What is deployed on this node, until it is over: its follower leaves it alone.
struct Own<'a> {
    turn: &'a Turn,
    keys: Vec<(String, u64)>,
}

impl Own<'_> {
    fn record(
        &mut self,
        store: &dyn Store,
        candidate: Candidate,
        wanted: &Wanted,
    ) -> Result<(Generation, Ready), StoreError> {
        // The follower has not seen it before it is told.
        let mut turn = self.turn.take();
        let (generation, ready) = record(store, candidate, wanted)?;
        let key = (generation.agency.clone(), generation.number);
        turn.insert(key.clone());
        self.keys.push(key);
        Ok((generation, ready))
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        let mut turn = self.turn.take();
        self.keys.iter().for_each(|key| {
            turn.remove(key);
        });
    }
}

/// What nodes that were alive since a deployment began have said to have prepared, or to serve, by their names: agencies and numbers. A report has room for one number of an agency.
type Said = BTreeMap<String, BTreeSet<(String, u64)>>;

/// Until no other node that is alive has to be waited for.
fn wait(
    store: &dyn Store,
    recorded: &[Generation],
    together: &Together,
) -> Result<(), NotServedTogether> {
    let begun = Instant::now();
    let mut said = Said::new();
    loop {
        let now = patiently(|| store.now())?;
        let (mut waited_for, mut silent) = (Vec::new(), Vec::new());
        for seen in patiently(|| store.nodes())? {
            let is_alive = seen.at.after(together.alive_within) >= now;
            let node = seen.state.node.clone();
            if node == together.node || !(is_alive || said.contains_key(&node)) {
                continue;
            }
            let of_node = said.entry(node.clone()).or_default();
            match (is_ready(&seen, recorded, of_node), is_alive) {
                (Ok(true), _) => {}
                (is_ready, true) => {
                    is_ready?;
                    waited_for.push(node);
                }
                // It was waited for, until it was not heard of any more.
                (_, false) => silent.push(node),
            }
        }
        if waited_for.is_empty() || begun.elapsed() >= together.deadline {
            waited_for.append(&mut silent);
            if !waited_for.is_empty() {
                let nodes = waited_for.join(", ");
                tracing::warn!(target: "silta::serve", nodes, "nodes have not prepared what is put into service, and are left behind: they serve what they did until they have");
            }
            return Ok(());
        }
        for generation in recorded {
            patiently(|| is_next(store, generation))?;
        }
        thread::sleep(LOOK);
    }
}

/// Unless something else was put into service since it was recorded: nobody prepares it any more.
fn is_next(store: &dyn Store, generation: &Generation) -> Result<(), StoreError> {
    let (agency, number) = (&generation.agency, generation.number);
    match recorded(store, agency, number)? {
        Some(found) if found.outcome == GenerationOutcome::Prepared => Ok(()),
        _ => Err(StoreError::Refused(Why::NotServable {
            agency: agency.clone(),
            number,
        })),
    }
}

/// Whether a node could serve all of them, of the agencies that it serves.
fn is_ready(
    seen: &NodeSeen,
    recorded: &[Generation],
    said: &mut BTreeSet<(String, u64)>,
) -> Result<bool, NotServedTogether> {
    let mut is_ready = true;
    for generation in recorded {
        let Some(of_agency) = seen.state.agencies.get(&generation.agency) else {
            continue;
        };
        let number = generation.number;
        if let Some(cannot) = of_agency.cannot.as_ref().filter(|it| it.number == number) {
            return Err(NotServedTogether::Refused {
                node: seen.state.node.clone(),
                agency: generation.agency.clone(),
                number,
                code: cannot.code.clone(),
                reason: cannot.reason.clone(),
            });
        }
        let key = (generation.agency.clone(), number);
        if has(of_agency, number) {
            said.insert(key.clone());
        }
        is_ready &= said.contains(&key);
    }
    Ok(is_ready)
}

fn has(of_agency: &NodeAgency, number: u64) -> bool {
    of_agency.prepared == Some(number) || of_agency.serving == Some(number)
}
