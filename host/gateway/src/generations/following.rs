// SPDX-License-Identifier: Apache-2.0
//! A node that serves what the store says: it prepares what others deploy, tells them that it has, and serves it once the store says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use silta::{Agency, ComponentBytes, Deployment, GenerationInfo, Ready, Runtime, observe::masked};
use silta_store::{
    Store, StoreError, Timestamp,
    record::{
        Desired, Generation, GenerationListing, GenerationOutcome, NodePhase, NodeRefusal,
        NodeState, PackageTexts, Revised,
    },
};

use super::{
    followed::{CannotServe, Followed, NotReady},
    nodes::Turn,
    standing::recorded,
};

/// Generations of an agency that are looked through for those that nobody serves yet.
const LOOKED_THROUGH: u32 = 20;

/// So many of those are prepared, the last ones: each takes memory.
const MOST_UNDECIDED: usize = 4;

/// How often a node reports while it prepares something.
const BEAT: Duration = Duration::from_secs(1);

/// Characters that are kept of why something cannot be served.
const LONGEST_REASON: usize = 500;

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

/// An agency, and the number of one of its generations.
type Key = (String, u64);

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

    /// Looks once: serves what the store says, prepares what somebody has recorded and nobody serves yet, and reports both; what it has reported last. May block for as long as components are judged,
    /// and reports each second meanwhile; it has the [turn](Self::turn) only for as long as pointers are swapped. What cannot be served is said, and what served goes on.
    ///
    /// # Errors
    /// The store's. What serves goes on, and the next look goes on from there.
    pub fn look(&mut self) -> Result<NodeState, StoreError> {
        let mut tried = BTreeSet::new();
        loop {
            let (desired, open) = self.settle()?;
            let next = open.into_iter().find(|key| !tried.contains(key));
            let now = self.store.now()?;
            let state = self.state(&desired, now, next.is_some());
            let Some((agency, number)) = next else {
                self.store.report(&state)?;
                return Ok(state);
            };
            self.prepare(&agency, number, &state)?;
            tried.insert((agency, number));
        }
    }

    /// Forgets what could not be served, so that the next look tries it again: after settings, keys or files of this node have changed.
    pub fn try_again(&mut self) {
        let all = self.followed.values_mut();
        all.for_each(Followed::try_again);
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

    /// Serves what the store says where that is ready. What the store says, and what is to be prepared, by agency and number: for that first, and then for those who wait. It has the turn, and so it
    /// prepares nothing.
    fn settle(&mut self) -> Result<(Revised<Desired>, Vec<Key>), StoreError> {
        let turn = self.turn.clone();
        let own = turn.take();
        let desired = self.store.desired()?;
        let mut open = Vec::new();
        for agency in self.parts.agencies() {
            let wanted = desired.value.agencies.get(&agency);
            let wanted = wanted.and_then(|wanted| wanted.generation);
            let missing = wanted.filter(|number| !self.serves(&agency, *number));
            let is_own = |number| own.contains(&(agency.clone(), number));
            let undecided = self.undecided(&agency, wanted, is_own)?;
            let mut numbers: Vec<u64> = missing.into_iter().chain(undecided).collect();
            let followed = self.followed.entry(agency.clone()).or_default();
            followed.keep(&numbers);
            numbers.retain(|number| followed.is_open(*number));
            open.extend(numbers.into_iter().map(|number| (agency.clone(), number)));
        }
        Ok((desired, open))
    }

    /// Whether a generation serves, now that it was put into service if it was ready.
    fn serves(&mut self, agency: &str, number: u64) -> bool {
        let handle = self.runtime.handle(agency);
        let before = handle.generation_info().ok();
        if before.as_ref().map(|before| before.number) == Some(number) {
            return true;
        }
        let earlier = handle.earlier_generation_info();
        let is_earlier = earlier.is_some_and(|earlier| earlier.number == number);
        if !(is_earlier && handle.roll_back().is_ok()) {
            let followed = self.followed.entry(agency.to_owned()).or_default();
            let Some(ready) = followed.take(number) else {
                return false;
            };
            ready.serve_or_renew();
        }
        let node = &self.node;
        tracing::info!(target: "silta::serve", node, agency, generation = number, "serves what the store says");
        self.end_trial(&handle, agency, before.as_ref());
        true
    }

    /// Ends what is on trial here where another component serves now than the one it was tried beside, as the store does.
    fn end_trial(&self, handle: &Agency, agency: &str, before: Option<&GenerationInfo>) {
        let (Some(trial), Ok(now)) = (handle.trial_info(), handle.generation_info()) else {
            return;
        };
        let is_beside = before.is_some_and(|before| before.component == now.component);
        if (!is_beside || trial.number == now.number) && handle.end_trial(trial.number) {
            tracing::info!(target: "silta::serve", node = self.node, agency, generation = trial.number, "what was on trial here is no longer: another generation serves");
        }
    }

    /// The last generations that somebody has recorded and nobody serves yet, the last one first, so that they can be served at once. What is on trial is whoever's who tries it.
    fn undecided(
        &self,
        agency: &str,
        serves: Option<u64>,
        is_own: impl Fn(u64) -> bool,
    ) -> Result<Vec<u64>, StoreError> {
        let listing = GenerationListing {
            agency: agency.to_owned(),
            before: 0,
            limit: LOOKED_THROUGH,
        };
        let recorded = self.store.generations(&listing)?.into_iter();
        let undecided = recorded.filter(|one| {
            let is_new = Some(one.number) > serves && one.trial.is_none();
            is_new && !is_own(one.number) && one.outcome == GenerationOutcome::Prepared
        });
        let numbers = undecided.map(|one| one.number);
        Ok(numbers.take(MOST_UNDECIDED).collect())
    }

    /// Takes a generation through every step; or keeps why it cannot be served. `state` is reported meanwhile.
    fn prepare(&mut self, agency: &str, number: u64, state: &NodeState) -> Result<(), StoreError> {
        let Some(generation) = recorded(&*self.store, agency, number)? else {
            return Ok(());
        };
        let component = self.store.component(&generation.component)?;
        let component = component.map(|content| ComponentBytes::from(content.to_vec()));
        let ready = self.heard_of(state, || self.judged(agency, &generation, component));
        let followed = self.followed.entry(agency.to_owned()).or_default();
        match ready {
            Ok(ready) => followed.prepared(number, ready),
            Err(NotReady { why, is_passing }) => {
                let CannotServe { code, reason } = why;
                if is_passing {
                    tracing::warn!(target: "silta::serve", node = self.node, agency, generation = number, code, reason, "what somebody deploys could not be judged here; it is tried again");
                    followed.hinder(number, code);
                    return Ok(());
                }
                tracing::error!(target: "silta::serve", node = self.node, agency, generation = number, code, reason, "what somebody deploys cannot be served here");
                followed.refuse(NodeRefusal {
                    number,
                    code,
                    reason: masked(&reason).chars().take(LONGEST_REASON).collect(),
                });
            }
        }
        Ok(())
    }

    /// Does what takes long, and has the store hear of this node meanwhile.
    fn heard_of<T>(&self, state: &NodeState, work: impl FnOnce() -> T) -> T {
        let (store, node) = (&*self.store, self.node.as_str());
        let (done, is_done) = mpsc::channel::<()>();
        let report = move || loop {
            if let Err(error) = store.report(state) {
                tracing::warn!(target: "silta::serve", node, %error, "that this node is alive could not be reported; it is tried again");
            }
            match is_done.recv_timeout(BEAT) {
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        };
        thread::scope(|scope| {
            // Dropped at the end of the work, however it ends.
            let _done = done;
            let thread = thread::Builder::new().name("silta-heard-of".into());
            if let Err(error) = thread.spawn_scoped(scope, report) {
                tracing::warn!(target: "silta::serve", node, %error, "the system refuses a thread: this node reports nothing while it prepares");
            }
            work()
        })
    }

    fn judged(
        &self,
        agency: &str,
        generation: &Generation,
        component: Option<ComponentBytes>,
    ) -> Result<Ready, NotReady> {
        let component = component.ok_or_else(|| CannotServe {
            code: "store.no-component".into(),
            reason: "the store does not have its component any more; deploy it again".into(),
        })?;
        let package = generation.package.as_ref();
        let deployment = self.parts.deployment(agency, component, package)?;
        let ready = self
            .runtime
            .prepare(agency, deployment.with_generation(0))?;
        Ok(ready.numbered(generation.number))
    }

    fn state(
        &mut self,
        desired: &Revised<Desired>,
        now: Timestamp,
        is_preparing: bool,
    ) -> NodeState {
        let mut agencies = BTreeMap::new();
        let mut phase = match is_preparing {
            true => NodePhase::Preparing,
            false => NodePhase::Serving,
        };
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
            } else if phase == NodePhase::Failed {
                // It says so of another agency.
            } else if let Some((number, code)) = followed.hindrance() {
                phase = NodePhase::Preparing;
                detail = format!("{agency}, generation {number}: {code}; it is tried again");
            } else if wanted.is_some() && state.serving != wanted {
                phase = NodePhase::Preparing;
            } else if phase == NodePhase::Serving && state.prepared.is_some() {
                phase = NodePhase::Prepared;
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
