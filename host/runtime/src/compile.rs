// SPDX-License-Identifier: Apache-2.0
//! From bytes to machine code: inspected, compiled, kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wasmtime::{Engine, component::Component};

use crate::{
    cache::{Cache, Key},
    error::{DeployStep, Rejection},
    inspect::{self, Flaw},
};

/// Compiled components kept for the next deployment of the same bytes. Agencies number a handful, with a version or two of each.
const KEPT_COMPILED: usize = 16;

/// Compiles components for one engine.
pub(crate) struct Compiler {
    engine: Engine,
    cache: Option<Cache>,
    compiled: Mutex<Vec<([u8; 32], Component)>>,
}

impl Compiler {
    pub(crate) fn new(engine: Engine, cache: Option<Cache>) -> Self {
        Self {
            engine,
            cache,
            compiled: Mutex::default(),
        }
    }

    /// Compiles a component, unless the same bytes are there already; `digest` is their SHA-256. What it refuses, it refuses before the compiler
    /// sees it wherever that can be told.
    pub(crate) fn compile(
        &self,
        digest: [u8; 32],
        bytes: &[u8],
    ) -> Result<Component, (DeployStep, Rejection)> {
        check_preamble(bytes).map_err(|reason| (DeployStep::Compiled, reason))?;
        if let Some((_, component)) = self.compiled().iter().find(|(kept, _)| *kept == digest) {
            return Ok(component.clone());
        }
        let key = Key::new(&self.engine, &digest);
        let cached = self.cache.as_ref();
        let component = match cached.and_then(|cache| cache.load(&self.engine, &key)) {
            Some(component) => component,
            None => self.compile_anew(&key, bytes)?,
        };
        let mut compiled = self.compiled();
        if compiled.len() == KEPT_COMPILED {
            compiled.remove(0);
        }
        compiled.push((digest, component.clone()));
        Ok(component)
    }

    fn compile_anew(&self, key: &Key, bytes: &[u8]) -> Result<Component, (DeployStep, Rejection)> {
        let invalid = |error| (DeployStep::Compiled, Rejection::Invalid(error));
        inspect::inspect(bytes).map_err(|flaw| match flaw {
            Flaw::Malformed(error) => invalid(error.into()),
            Flaw::Rejected(reason) => (DeployStep::Inspected, reason),
        })?;
        let component = Component::new(&self.engine, bytes).map_err(invalid)?;
        let stored = self
            .cache
            .as_ref()
            .map(|cache| cache.store(key, &component));
        if let Some(Err(unusable)) = stored {
            tracing::warn!(target: "silta::cache", "{unusable}");
        }
        Ok(component)
    }

    fn compiled(&self) -> MutexGuard<'_, Vec<([u8; 32], Component)>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells a component from what is often mistaken for one (binary format: magic, version, layer).
fn check_preamble(bytes: &[u8]) -> Result<(), Rejection> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 0x0d, 0, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(Rejection::NotAComponent(
            "this is a WebAssembly core module, not a component; wrap it with `wasm-tools component new`, or build it through `components/artifacts`",
        )),
        _ => Err(Rejection::NotAComponent(
            "this is not a WebAssembly component in binary form",
        )),
    }
}
