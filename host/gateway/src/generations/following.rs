// SPDX-License-Identifier: Apache-2.0
//! A node that serves what the store says: it prepares what others deploy, tells them that it has, and serves it once the store says so.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use silta::{Agency, ComponentBytes, Deployment, Ready, Runtime, observe::masked};
use silta_store::{
    Store, StoreError, Timestamp,
    record::{
        Desired, DesiredAgency, Generation, GenerationListing, GenerationOutcome, NodeAgency,
        NodePhase, NodeRefusal, NodeState, PackageTexts, Revised,
    },
};

use super::nodes::Turn;

/// Generations of an agency that are looked through for one that was prepared last.
const LOOKED_THROUGH: u32 = 20;

/// Characters that are kept of why something cannot be served.
const LONGEST_REASON: usize = 500;

/// Why a node cannot serve a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotServe {
    /// Stable code.
    pub code: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What a node serves agencies by: settings, keys, anchors, secrets and limits of its own.
pub trait OwnParts: Send {
    /// Names that the node serves agencies under.
    fn agencies(&self) -> Vec<String>;

    /// A component with what this node serves the agency by. The place to judge the package that it came in, by the publishers of this node.
    ///
    /// # Errors
    /// [`CannotServe`]: told to whoever deploys.
    fn deployment(
        &self,
        agency: &str,
        component: ComponentBytes,
        package: Option<&PackageTexts>,
    ) -> Result<Deployment, CannotServe>;
}

/// A node.
pub struct Follower {
    store: Arc<dyn Store>,
    runtime: Runtime,
    node: String,
    parts: Box<dyn OwnParts>,
    turn: Turn,
    /// By the names of the agencies.
    followed: BTreeMap<String, Followed>,
}

/// What is known of an agency from one look to the next.
#[derive(Default)]
struct Followed {
    /// What has been prepared and does not serve yet, with its number.
    prepared: Option<(u64, Ready)>,
    /// What cannot be served. It is not tried again by itself.
    cannot: Option<NodeRefusal>,
    /// What serves, and since when this node knows of it.
    since: Option<(u64, Timestamp)>,
}

impl Followed {
    fn state(&mut self, serves: Option<u64>, now: Timestamp) -> NodeAgency {
        if self.since.map(|(number, _)| number) != serves {
            self.since = serves.map(|number| (number, now));
        }
        NodeAgency {
            serving: serves,
            since: self.since.map(|(_, since)| since),
            prepared: self.prepared.as_ref().map(|(number, _)| *number),
            cannot: self.cannot.clone(),
        }
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Follower").field(&self.node).finish()
    }
}

impl Follower {
    /// A node of a name that no other node of the store has. It serves through the agencies of its runtime.
    pub fn new(
        store: Arc<dyn Store>,
        runtime: Runtime,
        node: impl Into<String>,
        parts: Box<dyn OwnParts>,
    ) -> Self {
        Self {
            store,
            runtime,
            node: node.into(),
            parts,
            turn: Turn::default(),
            followed: BTreeMap::new(),
        }
    }

    /// Whose turn it is on this node, for whoever [deploys](super::serve_together) there.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Looks once: prepares what somebody has recorded and nobody serves yet, serves what the store says, and reports both; what it has reported. May block for as long as components are judged. What cannot be
    /// served is said, and what served goes on.
    ///
    /// # Errors
    /// The store's. What serves goes on, and the next look goes on from there.
    pub fn look(&mut self) -> Result<NodeState, StoreError> {
        let turn = self.turn.clone();
        let own = turn.take();
        let desired = self.store.desired()?;
        for agency in self.parts.agencies() {
            let wanted = desired.value.agencies.get(&agency);
            if let Some(wanted) = wanted {
                self.follow(&agency, wanted)?;
            }
            let is_own = |number| own.contains(&(agency.clone(), number));
            self.prepare_next(&agency, wanted, is_own)?;
        }
        drop(own);
        let now = self.store.now()?;
        let state = self.state(&desired, now);
        self.store.report(&state)?;
        Ok(state)
    }

    /// Forgets what could not be served, so that the next look tries it again: after settings, keys or files of this node have changed.
    pub fn try_again(&mut self) {
        let all = self.followed.values_mut();
        all.for_each(|followed| followed.cannot = None);
    }

    /// Looks again and again, on a thread of its own, until the answer is dropped.
    ///
    /// # Errors
    /// The system refuses threads.
    pub fn start(mut self, every: Duration) -> std::io::Result<Following> {
        let (tell, told) = mpsc::channel::<()>();
        let look = move || {
            loop {
                if let Err(error) = self.look() {
                    tracing::warn!(target: "silta::serve", node = self.node, %error, "what is to be served could not be followed; it is tried again");
                }
                match told.recv_timeout(every) {
                    Ok(()) => self.try_again(),
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = thread::Builder::new().name("silta-follow".into());
        Ok(Following {
            tell: Some(tell),
            thread: Some(thread.spawn(look)?),
        })
    }

    /// Serves what the store says, unless it serves.
    fn follow(&mut self, agency: &str, wanted: &DesiredAgency) -> Result<(), StoreError> {
        let Some(number) = wanted.generation else {
            return Ok(());
        };
        let handle = self.runtime.handle(agency);
        if serving(&handle) == Some(number) {
            return Ok(());
        }
        let earlier = handle.earlier_generation_info();
        if earlier.is_some_and(|earlier| earlier.number == number) && handle.roll_back().is_ok() {
            return Ok(());
        }
        if !self.has_prepared(agency, number) {
            self.prepare(agency, number)?;
        }
        let followed = self.followed.entry(agency.to_owned()).or_default();
        if let Some((_, ready)) = followed.prepared.take_if(|(other, _)| *other == number) {
            ready.serve_or_renew();
            let node = &self.node;
            tracing::info!(target: "silta::serve", node, agency, generation = number, "serves what the store says");
        }
        Ok(())
    }

    /// Prepares the last generation that somebody has recorded and nobody serves yet, so that it can be served at once. What is on trial is whoever's who tries it.
    fn prepare_next(
        &mut self,
        agency: &str,
        wanted: Option<&DesiredAgency>,
        is_own: impl Fn(u64) -> bool,
    ) -> Result<(), StoreError> {
        let listing = GenerationListing {
            agency: agency.to_owned(),
            before: 0,
            limit: LOOKED_THROUGH,
        };
        let serves = wanted.and_then(|wanted| wanted.generation);
        let recorded = self.store.generations(&listing)?.into_iter();
        let mut next = recorded.filter(|one| {
            let is_new = Some(one.number) > serves && one.trial.is_none();
            is_new && !is_own(one.number) && one.outcome == GenerationOutcome::Prepared
        });
        let next = next.next().map(|one| one.number);
        match next {
            Some(number) if !self.has_prepared(agency, number) => self.prepare(agency, number),
            Some(_) => Ok(()),
            None => {
                // Something else was put into service: what was prepared is nobody's.
                if let Some(followed) = self.followed.get_mut(agency) {
                    followed.prepared = None;
                }
                Ok(())
            }
        }
    }

    fn has_prepared(&self, agency: &str, number: u64) -> bool {
        let followed = self.followed.get(agency);
        followed.is_some_and(|followed| {
            let prepared = followed.prepared.as_ref();
            prepared.is_some_and(|(other, _)| *other == number)
        })
    }

    /// Takes a generation through every step; or keeps why it cannot be served.
    fn prepare(&mut self, agency: &str, number: u64) -> Result<(), StoreError> {
        let followed = self.followed.entry(agency.to_owned()).or_default();
        let cannot = followed.cannot.as_ref();
        if cannot.is_some_and(|cannot| cannot.number == number) {
            return Ok(());
        }
        let listing = GenerationListing {
            agency: agency.to_owned(),
            before: number.saturating_add(1),
            limit: 1,
        };
        let found = self.store.generations(&listing)?.pop();
        let Some(generation) = found.filter(|found| found.number == number) else {
            return Ok(());
        };
        let component = self.store.component(&generation.component)?;
        let component = component.map(|content| ComponentBytes::from(content.to_vec()));
        let ready = self.judged(agency, &generation, component);
        let followed = self.followed.entry(agency.to_owned()).or_default();
        match ready {
            Ok(ready) => {
                followed.prepared = Some((number, ready));
                followed.cannot = None;
            }
            Err(CannotServe { code, reason }) => {
                tracing::error!(target: "silta::serve", node = self.node, agency, generation = number, code, reason, "what somebody deploys cannot be served here");
                followed.cannot = Some(NodeRefusal {
                    number,
                    code,
                    reason: masked(&reason).chars().take(LONGEST_REASON).collect(),
                });
            }
        }
        Ok(())
    }

    fn judged(
        &self,
        agency: &str,
        generation: &Generation,
        component: Option<ComponentBytes>,
    ) -> Result<Ready, CannotServe> {
        let component = component.ok_or_else(|| CannotServe {
            code: "store.no-component".into(),
            reason: "the store does not have its component any more; deploy it again".into(),
        })?;
        let package = generation.package.as_ref();
        let deployment = self.parts.deployment(agency, component, package)?;
        let ready = self.runtime.prepare(agency, deployment.with_generation(0));
        let ready = ready.map_err(|error| CannotServe {
            code: error.code(),
            reason: error.to_string(),
        })?;
        Ok(ready.numbered(generation.number))
    }

    fn state(&mut self, desired: &Revised<Desired>, now: Timestamp) -> NodeState {
        let mut agencies = BTreeMap::new();
        let mut phase = NodePhase::Serving;
        let mut detail = String::new();
        for agency in self.parts.agencies() {
            let wanted = desired.value.agencies.get(&agency);
            let wanted = wanted.and_then(|wanted| wanted.generation);
            let serves = serving(&self.runtime.handle(&agency));
            let followed = self.followed.entry(agency.clone()).or_default();
            let state = followed.state(serves, now);
            if let Some(cannot) = &state.cannot {
                phase = NodePhase::Failed;
                detail = format!("{agency}, generation {}: {}", cannot.number, cannot.code);
            } else if phase != NodePhase::Failed && state.prepared.is_some() {
                phase = NodePhase::Prepared;
            } else if phase == NodePhase::Serving && state.serving != wanted {
                phase = NodePhase::Preparing;
            }
            agencies.insert(agency, state);
        }
        NodeState {
            node: self.node.clone(),
            revision: desired.revision,
            phase,
            detail,
            agencies,
        }
    }
}

fn serving(agency: &Agency) -> Option<u64> {
    agency.generation_info().ok().map(|info| info.number)
}

/// A node that follows until this is dropped, which waits for the look that is under way.
#[derive(Debug)]
#[must_use = "dropped, the node follows no more"]
pub struct Following {
    tell: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Following {
    /// Has the node look now, and try again what it could not serve: after settings, keys or files of this node have changed.
    pub fn try_again(&self) {
        // The thread ends with this alone.
        let _ = self.tell.as_ref().map(|tell| tell.send(()));
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own hook.
            let _ = thread.join();
        }
    }
}
