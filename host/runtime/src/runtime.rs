// SPDX-License-Identifier: Apache-2.0
//! The runtime: an engine, and the agencies it serves.

#[cfg(feature = "cache")]
use std::path::PathBuf;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

#[cfg(feature = "cache")]
use crate::cache::Cache;
#[cfg(feature = "compile")]
use crate::{agency::deploy::rejected, compile::apart::ComponentCompiler};
use crate::{
    agency::{
        Agency,
        deploy::{Candidate, Services},
        deployment::Deployment,
        ready::Ready,
    },
    call::{
        engine::{self, Admission, EngineError},
        limits::Limits,
    },
    capabilities,
    compile::Compiler,
    describe::Description,
    error::Error,
    exchange::{RecordedCall, Replayed},
    ids::{IdSource, SystemIds},
    observe::{AuditLog, Observer, TracingAudit, TracingObserver},
    time::{Clock, SystemClock},
};

/// Calls that may be under way at once by default: far beyond the cores there are, so that callers may be generous with threads.
const CONCURRENT_CALLS: u32 = 64;

/// The agency in errors of a component whose agency is not told.
const UNNAMED: &str = "unnamed";

/// Hosts components. Cheap to clone; all clones are one runtime.
#[derive(Clone)]
pub struct Runtime {
    services: Arc<Services>,
    agencies: Arc<RwLock<BTreeMap<String, Agency>>>,
}

impl Runtime {
    /// A runtime to be configured.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// Puts a component into service for an agency: [`prepare`](Self::prepare), then [`Ready::serve`].
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn deploy(&self, agency: &str, deployment: Deployment) -> Result<Agency, Error> {
        let handle = self.handle(agency);
        // One deployment of an agency at a time, so that generations come into service in the order of their numbers.
        let _deploying = handle.deploying();
        Ok(self.prepare(agency, deployment)?.serve())
    }

    /// Takes a component through every step of its deployment: it is read, inspected, compiled, linked, described, configured and self-tested. Whatever
    /// serves the agency goes on serving until [`Ready::serve`], which cannot fail.
    ///
    /// Of components that are prepared at the same time, the one that is served last goes on serving, whatever their numbers.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the step that failed, or the component's own [`Error::Problem`] with its settings.
    pub fn prepare(&self, agency: &str, deployment: Deployment) -> Result<Ready, Error> {
        let handle = self.handle(agency);
        let number = handle.number(deployment.generation);
        let candidate = Candidate::load(&self.services, agency, number, deployment)?;
        Ok(Ready {
            generation: candidate.describe()?.prove()?,
            agency: handle,
        })
    }

    /// The agency of that id.
    ///
    /// # Errors
    /// [`Error::UnknownAgency`] when nothing serves it.
    pub fn agency(&self, agency: &str) -> Result<Agency, Error> {
        let agencies = self.agencies.read().unwrap_or_else(PoisonError::into_inner);
        match agencies.get(agency).filter(|handle| handle.is_serving()) {
            Some(handle) => Ok(handle.clone()),
            None => {
                let serving = agencies.iter().filter(|(_, handle)| handle.is_serving());
                Err(Error::UnknownAgency {
                    agency: agency.to_owned(),
                    deployed: serving.map(|(id, _)| id.clone()).collect(),
                })
            }
        }
    }

    /// The agency of that id, whether or not anything serves it yet. Calls of it are refused with [`Error::UnknownAgency`] until something does.
    pub fn handle(&self, agency: &str) -> Agency {
        let mut agencies = self
            .agencies
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let handle = agencies.entry(agency.to_owned());
        handle.or_insert_with(|| Agency::new(agency)).clone()
    }

    /// What a component says of itself, without putting it into service. Needs no settings and no keys.
    ///
    /// # Errors
    /// [`Error::Rejected`] when it is not a component of the contract.
    pub fn describe(&self, deployment: Deployment) -> Result<Description, Error> {
        let candidate = Candidate::load(&self.services, UNNAMED, 0, deployment)?;
        Ok(candidate.describe()?.description)
    }

    /// Does a recorded call again in the sandbox, with a component of that agency: it gets the recorded settings, and the recorded answers in the place of keys, anchors, secrets,
    /// clock and identifiers, so that nothing of the deployment but the component counts: whatever secrets it has, nothing is compared with them. No observer and no audit trail is told.
    ///
    /// # Errors
    /// [`Error::Rejected`] when it is not a component of the contract, [`Error::Problem`] when the recording is not of a call.
    pub fn replay(
        &self,
        agency: &str,
        component: Deployment,
        recorded: RecordedCall,
    ) -> Result<Replayed, Error> {
        let deployment = component
            .with_settings(recorded.settings.as_str())
            .with_limits(recorded.limits.clone());
        Candidate::load(&self.services, agency, 0, deployment)?.replay(recorded)
    }

    /// The same for a call that was recorded with everything, as golden calls are: it has no answers to what depends on secrets. Those questions are answered by the secrets of the deployment, which are the
    /// recording's, and made up: the result may hold them.
    ///
    /// # Errors
    /// As [`replay`](Self::replay).
    pub fn replay_with_secrets(
        &self,
        agency: &str,
        component: Deployment,
        recorded: RecordedCall,
    ) -> Result<Replayed, Error> {
        let deployment = component
            .with_settings(recorded.settings.as_str())
            .with_limits(recorded.limits.clone());
        let candidate = Candidate::load(&self.services, agency, 0, deployment)?;
        candidate.replaying_with_secrets().replay(recorded)
    }

    /// The machine code of a component, for [`Deployment::from_precompiled`] in a program that has no compiler. The component is inspected and validated as at a deployment. The code is for
    /// this version of the library, this system, and processors with at least the features of this one.
    ///
    /// # Errors
    /// [`Error::Rejected`] when it is not a component of the contract.
    #[cfg(feature = "compile")]
    pub fn precompile(&self, component: &[u8]) -> Result<Vec<u8>, Error> {
        let precompiled = self.services.compiler.precompile(component);
        precompiled.map_err(|(step, reason)| rejected(UNNAMED, step, reason))
    }

    /// Compiles a component for a runtime with the same settings in another process, as a [`ComponentCompiler`] returns it. It is inspected and validated as at a deployment, and not kept.
    ///
    /// # Errors
    /// [`Error::Rejected`] when it is not a component of the contract.
    #[cfg(feature = "compile")]
    pub fn compile_for_another(&self, component: &[u8]) -> Result<Vec<u8>, Error> {
        let compiled = self.services.compiler.compile_for_another(component);
        compiled.map_err(|(step, reason)| rejected(UNNAMED, step, reason))
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agencies = self.agencies.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Runtime")
            .field("agencies", &agencies.keys())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Runtime`].
pub struct RuntimeBuilder {
    concurrent_calls: u32,
    memory_limit: u64,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    observer: Arc<dyn Observer>,
    audit: Arc<dyn AuditLog>,
    #[cfg(feature = "cache")]
    compiled_in: Option<PathBuf>,
    #[cfg(feature = "compile")]
    apart: Option<Arc<dyn ComponentCompiler>>,
}

impl Default for RuntimeBuilder {
    fn default() -> Self {
        Self {
            concurrent_calls: CONCURRENT_CALLS,
            memory_limit: Limits::default().memory,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds::default()),
            observer: Arc::new(TracingObserver),
            audit: Arc::new(TracingAudit),
            #[cfg(feature = "cache")]
            compiled_in: None,
            #[cfg(feature = "compile")]
            apart: None,
        }
    }
}

impl RuntimeBuilder {
    /// Calls that may be under way at once, at least 1; more are refused with [`Limit::ConcurrentCalls`](crate::Limit::ConcurrentCalls).
    /// Default 64. Each reserves about 8 GiB of address space, so that a machine of 47 bits has room for some 16,000, and takes as much memory as the component uses. After a call its slot keeps up to
    /// 512 KiB of that for the next one. At most 32 slots do so while they are unused, or 8 for each processor where that is more.
    #[must_use]
    pub fn concurrent_calls(mut self, calls: u32) -> Self {
        self.concurrent_calls = calls.max(1);
        self
    }

    /// Most linear memory any component may get, in bytes: the ceiling over [`Limits::memory`]. Default 16 MiB, at most 4 GiB.
    #[must_use]
    pub fn memory_ceiling(mut self, bytes: u64) -> Self {
        self.memory_limit = bytes.min(4 << 30);
        self
    }

    /// Where the time comes from. Default [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where identifiers come from. Default [`SystemIds`].
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// Who is told of calls, refusals and log lines. Default [`TracingObserver`].
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Who keeps the audit trail of signatures. Default [`TracingAudit`].
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn AuditLog>) -> Self {
        self.audit = audit;
        self
    }

    /// Where machine code of components is kept between runs of the program, at most 64 files and 512 MiB. Default nowhere.
    ///
    /// What lies there is run as it is, so that nobody else may be able to write to the folder: it is made for this user alone, and one that belongs to somebody
    /// else or is open to others is not used, which is logged as a warning. What is damaged or of another engine is compiled anew.
    ///
    /// Files are mapped, as programs are, where the file system is known to be this machine's alone, and copied into memory elsewhere. Nobody may change one in place while it is served from
    /// (`cp` does when it restores a backup; renaming and removing are fine): what is mapped and cannot be read any more ends the process.
    #[cfg(feature = "cache")]
    #[must_use]
    pub fn keep_compiled_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.compiled_in = Some(folder.into());
        self
    }

    /// Has components compiled by something else than this process, such as a worker process with limits on time and memory. Default in this process: size and shape of a component are
    /// limited by [`Measure`](crate::Measure), and nothing stops the compiler once it has begun.
    ///
    /// # Safety
    /// The compiler returns what [`Runtime::compile_for_another`] has made, of a runtime that was built like this one, and nobody has changed it on the way: it is machine code, and run as it is.
    #[cfg(feature = "compile")]
    #[must_use]
    #[expect(unsafe_code, reason = "the promise is checked nowhere else")]
    pub unsafe fn compile_by(mut self, compiler: Arc<dyn ComponentCompiler>) -> Self {
        self.apart = Some(compiler);
        self
    }

    /// Sets the engine up and starts its tick.
    ///
    /// # Errors
    /// [`Error::Engine`] when this machine cannot run it: too little address space for so many calls, say.
    pub fn build(self) -> Result<Runtime, Error> {
        let engine = engine::set_up(self.concurrent_calls, self.memory_limit)?;
        let linker = capabilities::linker(&engine)
            .map_err(|error| EngineError::new(self.concurrent_calls, &error))?;
        let compiler = Compiler::new(engine);
        #[cfg(feature = "cache")]
        let compiler = compiler.with_cache(self.compiled_in.and_then(cache));
        // SAFETY: as whoever called `compile_by` guarantees.
        #[cfg(feature = "compile")]
        #[expect(
            unsafe_code,
            reason = "the promise was made by the caller of `compile_by`"
        )]
        let compiler = unsafe { compiler.with_compiler(self.apart) };
        let services = Services {
            compiler,
            linker,
            admission: Admission::new(self.concurrent_calls),
            memory_ceiling: self.memory_limit,
            clock: self.clock,
            ids: self.ids,
            observer: self.observer,
            audit: self.audit,
        };
        Ok(Runtime {
            services: Arc::new(services),
            agencies: Arc::default(),
        })
    }
}

/// The folder of compiled components; without one that can be used, everything is compiled.
#[cfg(feature = "cache")]
fn cache(folder: PathBuf) -> Option<Cache> {
    Cache::open(folder)
        .map_err(|unusable| tracing::warn!(target: "silta::cache", "{unusable}"))
        .ok()
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("concurrent_calls", &self.concurrent_calls)
            .field("memory_limit", &self.memory_limit)
            .finish_non_exhaustive()
    }
}
