// SPDX-License-Identifier: Apache-2.0
//! A generation: one component with everything it serves with, immutable. Swapping an agency is swapping this.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use super::revision;
use crate::{
    call::sandbox::Sandbox,
    describe::Description,
    digest::sha256,
    observe::{ServedBy, hexadecimal},
};

/// Which component serves an agency, and by which settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Number of the generation.
    pub number: u64,
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version the component gives itself.
    pub version: String,
    /// SHA-256 of the settings as they were given, in hexadecimal.
    pub settings: String,
    /// SHA-256 of what is public of everything that it serves by, in hexadecimal: settings, certificates of keys, anchors, roles of secrets, limits. No secret is part of it.
    pub revision: String,
    /// When it had passed every step of its deployment, by the clock of this machine. One that is rolled back to keeps it.
    pub made: SystemTime,
}

/// A component that has passed every step of its deployment.
pub(crate) struct Generation {
    pub(crate) sandbox: Sandbox,
    /// With the limits that follow from its settings. Shared: whoever sends looks at it at each step.
    pub(crate) description: Arc<Description>,
    /// What it is known by; shared, since every call says by what it was made.
    pub(crate) info: Arc<GenerationInfo>,
    /// Since when another serves in its place; `None` while it serves.
    retired: Mutex<Option<Instant>>,
    /// Whether it has not served for so long that its calls are cut off.
    cut_off: AtomicBool,
}

/// Calls of a generation that no longer serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draining {
    /// Number of the generation.
    pub number: u64,
    /// Its calls that are under way.
    pub calls: usize,
    /// For how long the oldest of them has been.
    pub oldest: Duration,
}

impl Generation {
    /// `digest` is the component's.
    pub(crate) fn new(mut sandbox: Sandbox, description: Description, digest: &[u8]) -> Self {
        let environment = Arc::make_mut(&mut sandbox.environment);
        let info = GenerationInfo {
            number: environment.generation,
            component: hexadecimal(digest),
            version: description.version.clone(),
            settings: hexadecimal(&sha256(environment.settings.as_bytes())),
            revision: revision::of(environment),
            made: SystemTime::now(),
        };
        environment.confidential = description.confidential();
        environment.served_by = ServedBy {
            component: info.component.clone(),
            version: info.version.clone(),
            revision: info.revision.clone(),
        };
        Self {
            sandbox,
            description: Arc::new(description),
            info: Arc::new(info),
            retired: Mutex::default(),
            cut_off: AtomicBool::default(),
        }
    }

    /// The same under another number, while nobody else has it.
    pub(crate) fn numbered(mut self, number: u64) -> Self {
        Arc::make_mut(&mut self.sandbox.environment).generation = number;
        Arc::make_mut(&mut self.info).number = number;
        self
    }

    /// It serves from now on, or no longer.
    pub(crate) fn serve(&self) {
        *self.retired() = None;
        self.cut_off.store(false, Ordering::SeqCst);
    }

    pub(crate) fn retire(&self) {
        *self.retired() = Some(Instant::now());
    }

    /// Its calls under way, when it serves no longer and has some.
    pub(crate) fn draining(&self) -> Option<Draining> {
        (*self.retired())?;
        let (calls, oldest) = self.sandbox.running.oldest()?;
        Some(Draining {
            number: self.info.number,
            calls,
            oldest,
        })
    }

    /// Cuts its calls off if it has not served for so long; how many.
    pub(crate) fn cut_after(&self, grace: Duration) -> usize {
        let retired = *self.retired();
        match retired.is_some_and(|since| since.elapsed() >= grace) {
            true => {
                self.cut_off.store(true, Ordering::SeqCst);
                self.sandbox.running.cut()
            }
            false => 0,
        }
    }

    /// Whether its calls have been cut off, since it has not served for so long.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::SeqCst)
    }

    fn retired(&self) -> MutexGuard<'_, Option<Instant>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn agency(&self) -> &str {
        &self.sandbox.environment.agency
    }
}
