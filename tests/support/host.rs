// SPDX-License-Identifier: Apache-2.0
//! Runtimes for the tests. Compiling a component takes longer than most tests, and a runtime keeps what it has compiled: so a test
//! borrows a runtime that others have warmed, and is alone with it until it hands it back. All of them share a folder of machine code.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use silta::{Agency, Deployment, Error, Limits, Runtime, RuntimeBuilder};

use super::{
    recording::{Recorder, TestClock},
    surroundings::Surroundings,
};

/// Calls at once that a borrowed runtime takes.
pub(crate) const CONCURRENT_CALLS: u32 = 16;

/// The most memory that a component can be allowed in a borrowed runtime.
pub(crate) const MEMORY_CEILING: u64 = 64 << 20;

static UNUSED: Mutex<Vec<Host>> = Mutex::new(Vec::new());

/// Where machine code is kept, for all tests here and for the next time: compiling a component takes longer than most tests.
pub(crate) fn compiled() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

/// A runtime, and what looks over its shoulder.
pub(crate) struct Host {
    pub(crate) runtime: Runtime,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) clock: TestClock,
}

impl Host {
    /// A runtime of one's own, for what a warmed one cannot show.
    pub(crate) fn fresh(configure: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder) -> Self {
        let (recorder, clock) = (Arc::new(Recorder::default()), TestClock::default());
        let builder = Runtime::builder()
            .concurrent_calls(CONCURRENT_CALLS)
            .observer(Arc::clone(&recorder) as _)
            .audit(Arc::clone(&recorder) as _)
            .clock(clock.clone())
            .keep_compiled_in(compiled());
        Self {
            runtime: configure(builder).build().unwrap(),
            recorder,
            clock,
        }
    }

    /// Puts an agency's component into service at the beginning of 2026-07-01, whatever was deployed before, and notes with what.
    pub(crate) fn deploy(
        &self,
        component: artifacts::Artifact,
        surroundings: Surroundings,
    ) -> Result<Agency, Error> {
        self.clock.set(TestClock::START);
        let deployment = surroundings.deployment(component);
        self.recorder.surrounded_by(surroundings);
        let deployed = self.runtime.deploy(component.name, deployment);
        self.clock.set(TestClock::START);
        deployed
    }

    /// Puts the rogue component into service, and forgets what was recorded of that.
    pub(crate) fn rogue(&self, deployment: Deployment) -> Agency {
        let agency = self.runtime.deploy("rogue", deployment).unwrap();
        self.recorder.reset();
        agency
    }
}

/// A borrowed runtime.
pub(crate) struct Borrowed(Option<Host>);

impl Deref for Borrowed {
    type Target = Host;

    fn deref(&self) -> &Host {
        self.0.as_ref().expect("held until it is dropped")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // What a failing test leaves behind helps nobody.
        if let Some(host) = self.0.take().filter(|_| !std::thread::panicking()) {
            host.recorder.reset();
            host.clock.set(TestClock::START);
            UNUSED.lock().unwrap().push(host);
        }
    }
}

/// A runtime that no other test uses meanwhile. It may have served before: generations do not count from 1.
pub(crate) fn host() -> Borrowed {
    let unused = UNUSED.lock().unwrap().pop();
    let fresh = || Host::fresh(|builder| builder.memory_ceiling(MEMORY_CEILING));
    Borrowed(Some(unused.unwrap_or_else(fresh)))
}

/// The rogue component with its defaults.
pub(crate) fn rogue() -> Deployment {
    Deployment::from_bytes(artifacts::ROGUE.bytes)
}

/// The rogue component within limits.
pub(crate) fn rogue_within(limits: Limits) -> Deployment {
    rogue().with_limits(limits)
}

/// The rogue component of a version.
pub(crate) fn rogue_version(version: u64) -> Deployment {
    rogue().with_settings(format!(r#"{{"version": {version}}}"#))
}
