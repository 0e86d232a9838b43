// SPDX-License-Identifier: Apache-2.0
//! From bytes to machine code: inspected, compiled, kept; or precompiled and loaded.

#[cfg(feature = "compile")]
pub(crate) mod apart;

#[cfg(feature = "compile")]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasmtime::{Engine, component::Component};

#[cfg(feature = "cache")]
use crate::cache::{Cache, Key};
use crate::{
    agency::deployment::Content,
    error::{DeployStep, Rejection},
    precompiled,
};
#[cfg(feature = "compile")]
use crate::{
    digest::sha256,
    inspect::{self, Flaw},
};

/// Compiled components kept for the next deployment of the same bytes. Agencies number a handful, with a version or two of each.
const KEPT_COMPILED: usize = 16;

/// Why there is no machine code, and how far it came.
type Refused = (DeployStep, Rejection);

/// Makes or loads machine code for one engine.
pub(crate) struct Compiler {
    engine: Engine,
    #[cfg(feature = "cache")]
    cache: Option<Cache>,
    #[cfg(feature = "compile")]
    apart: Option<Arc<dyn apart::ComponentCompiler>>,
    /// By the SHA-256 of what was given: a component, or what was precompiled.
    compiled: Mutex<Vec<([u8; 32], Component)>>,
}

impl Compiler {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            #[cfg(feature = "cache")]
            cache: None,
            #[cfg(feature = "compile")]
            apart: None,
            compiled: Mutex::default(),
        }
    }

    /// Keeps machine code in a folder as well.
    #[cfg(feature = "cache")]
    pub(crate) fn with_cache(self, cache: Option<Cache>) -> Self {
        Self { cache, ..self }
    }

    /// Has components compiled by something else than this process.
    ///
    /// # Safety
    /// It returns what [`compile_for_another`](Self::compile_for_another) makes, unchanged.
    #[cfg(feature = "compile")]
    #[expect(unsafe_code, reason = "the promise is checked nowhere else")]
    pub(crate) unsafe fn with_compiler(
        self,
        apart: Option<Arc<dyn apart::ComponentCompiler>>,
    ) -> Self {
        Self { apart, ..self }
    }

    /// The machine code of a component, and the component's SHA-256.
    pub(crate) fn load(&self, content: &Content) -> Result<([u8; 32], Component), Refused> {
        match content {
            Content::Component(bytes) => {
                let digest = bytes.sha256();
                let component = self.compile(digest, || bytes.to_shared())?;
                Ok((digest, component))
            }
            Content::Precompiled(precompiled) => {
                let refused = |reason| (DeployStep::Compiled, reason);
                let code = precompiled.open().map_err(refused)?;
                let load = || code.load(&self.engine).map_err(refused);
                Ok((code.component, self.kept_or(code.seal, load)?))
            }
        }
    }

    /// What [`Precompiled`](precompiled::Precompiled) is made of.
    #[cfg(feature = "compile")]
    pub(crate) fn precompile(&self, component: &[u8]) -> Result<Vec<u8>, Refused> {
        let digest = sha256(component);
        let code = self.compile(digest, || component)?.serialize();
        let code = code.map_err(|error| (DeployStep::Compiled, Rejection::Invalid(error)))?;
        Ok(precompiled::seal(&digest, &code))
    }

    /// What a [`ComponentCompiler`](apart::ComponentCompiler) returns.
    #[cfg(feature = "compile")]
    pub(crate) fn compile_for_another(&self, component: &[u8]) -> Result<Vec<u8>, Refused> {
        let precompiled = self.precompile(component)?;
        Ok(apart::told(&self.engine, &precompiled))
    }

    /// Compiles a component, unless the same bytes are there already, compiled; `digest` is their SHA-256. What it refuses, it refuses before the compiler
    /// sees it wherever that can be told.
    fn compile<B: AsRef<[u8]>>(
        &self,
        digest: [u8; 32],
        bytes: impl FnOnce() -> B,
    ) -> Result<Component, Refused> {
        self.kept_or(digest, || {
            self.compile_unless_cached(&digest, || {
                let bytes = bytes();
                let bytes = bytes.as_ref();
                check_preamble(bytes).map_err(|reason| (DeployStep::Compiled, reason))?;
                self.compile_anew(bytes)
            })
        })
    }

    /// What is kept in memory by that digest; otherwise it is made, and kept.
    fn kept_or(
        &self,
        digest: [u8; 32],
        make: impl FnOnce() -> Result<Component, Refused>,
    ) -> Result<Component, Refused> {
        if let Some(component) = self.used_again(&digest) {
            return Ok(component);
        }
        let component = make()?;
        let mut compiled = self.compiled();
        if compiled.len() == KEPT_COMPILED {
            compiled.remove(0);
        }
        compiled.push((digest, component.clone()));
        Ok(component)
    }

    /// What is kept by that digest. It moves to the end of the list, from whose beginning the next one is removed.
    fn used_again(&self, digest: &[u8; 32]) -> Option<Component> {
        let mut compiled = self.compiled();
        let place = compiled.iter().position(|(kept, _)| kept == digest)?;
        let used = compiled.remove(place);
        let component = used.1.clone();
        compiled.push(used);
        Some(component)
    }

    #[cfg(feature = "cache")]
    fn compile_unless_cached(
        &self,
        digest: &[u8; 32],
        compile: impl FnOnce() -> Result<Component, Refused>,
    ) -> Result<Component, Refused> {
        let Some(cache) = &self.cache else {
            return compile();
        };
        let key = Key::new(&self.engine, digest);
        if let Some(component) = cache.load(&self.engine, &key) {
            return Ok(component);
        }
        let component = compile()?;
        match cache.store(&key, &component) {
            // From the file it takes no memory of its own.
            Ok(()) => Ok(cache.load(&self.engine, &key).unwrap_or(component)),
            Err(unusable) => {
                tracing::warn!(target: "silta::cache", "{unusable}");
                Ok(component)
            }
        }
    }

    #[cfg(not(feature = "cache"))]
    fn compile_unless_cached(
        &self,
        _: &[u8; 32],
        compile: impl FnOnce() -> Result<Component, Refused>,
    ) -> Result<Component, Refused> {
        compile()
    }

    #[cfg(feature = "compile")]
    fn compile_anew(&self, bytes: &[u8]) -> Result<Component, Refused> {
        let invalid = |error| (DeployStep::Compiled, Rejection::Invalid(error));
        inspect::inspect(bytes).map_err(|flaw| match flaw {
            Flaw::Malformed(error) => invalid(error.into()),
            Flaw::Rejected(reason) => (DeployStep::Inspected, reason),
        })?;
        let judged = inspect::judge(bytes);
        if let Ok(Some(reason)) = judged {
            return Err((DeployStep::Inspected, reason));
        }
        let compiled = match &self.apart {
            None => Component::new(&self.engine, bytes).map_err(invalid),
            Some(apart) => self.compile_apart(&**apart, bytes),
        }?;
        // What could not be read was not valid, and the engine has said in what; or it is valid, and no component of the contract.
        match judged {
            Ok(_) => Ok(compiled),
            Err(unreadable) => Err((DeployStep::Inspected, unreadable)),
        }
    }

    #[cfg(feature = "compile")]
    #[expect(
        unsafe_code,
        reason = "the engine cannot prove what machine code does; whoever set up the compiler guarantees it"
    )]
    fn compile_apart(
        &self,
        apart: &dyn apart::ComponentCompiler,
        bytes: &[u8],
    ) -> Result<Component, Refused> {
        let refused = |reason| (DeployStep::Compiled, reason);
        let compiled = apart
            .compile(bytes)
            .map_err(|error| refused(error.into()))?;
        // SAFETY: it is what `compile_for_another` made, as whoever called `with_compiler` guarantees.
        unsafe { apart::load(&self.engine, bytes, compiled) }.map_err(refused)
    }

    #[cfg(not(feature = "compile"))]
    fn compile_anew(&self, _: &[u8]) -> Result<Component, Refused> {
        Err((DeployStep::Compiled, Rejection::NoCompiler))
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
        _ if precompiled::is_precompiled(bytes) => Err(Rejection::NotAComponent(
            "this is a precompiled component; deploy it with `Deployment::from_precompiled`",
        )),
        _ => Err(Rejection::NotAComponent(
            "this is not a WebAssembly component in binary form",
        )),
    }
}

#[cfg(feature = "compile")]
#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_has_not_been_used_for_longest_goes_first() {
        let engine = Engine::default();
        // The smallest component: magic, version, layer.
        let component = Component::new(&engine, b"\0asm\x0d\0\x01\0").unwrap();
        let compiler = Compiler::new(engine);
        let is_made = |number: usize| {
            let made = Cell::new(false);
            let make = || {
                made.set(true);
                Ok(component.clone())
            };
            let digest = [u8::try_from(number).unwrap(); 32];
            assert!(compiler.kept_or(digest, make).is_ok());
            made.get()
        };
        assert!((0..KEPT_COMPILED).all(is_made));
        assert!(!is_made(0));
        assert!(is_made(KEPT_COMPILED));
        assert!(!is_made(0), "used again meanwhile");
        assert!(is_made(1), "the one that goes");
    }
}
