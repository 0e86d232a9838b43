// SPDX-License-Identifier: Apache-2.0
//! Compiling in another process than the one that serves: what the two say to each other.

use std::hash::{Hash, Hasher};

use aws_lc_rs::digest;
use wasmtime::{Engine, component::Component};

use crate::{digest::sha256, error::Rejection, precompiled::Precompiled};

/// Has components compiled somewhere else than in this process, so that a compiler that takes too long, needs too much memory or crashes takes nothing along that serves.
pub trait ComponentCompiler: Send + Sync {
    /// What [`Runtime::compile_for_another`](crate::Runtime::compile_for_another) of a runtime with the same settings makes of a component, unchanged. Blocks until it is there.
    ///
    /// # Errors
    /// See [`CompileError`].
    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError>;
}

/// Nothing was compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The compiler does not accept the component.
    #[error("{0}")]
    Invalid(String),
    /// It took more time or memory than it may: which limit, its value and what to do.
    #[error("{0}")]
    Limit(String),
    /// That nothing was compiled says nothing of the component.
    #[error("{0}")]
    Failed(String),
}

impl From<CompileError> for Rejection {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Invalid(told) => Self::Invalid(wasmtime::Error::msg(told)),
            CompileError::Limit(told) => Self::CompileLimit(told),
            CompileError::Failed(told) => Self::NotCompiled(told),
        }
    }
}

/// Puts what tells an engine from others before what one has compiled.
pub(crate) fn told(engine: &Engine, precompiled: &[u8]) -> Vec<u8> {
    [engine_digest(engine).as_slice(), precompiled].concat()
}

/// Loads what another process has compiled for an engine like this one.
///
/// # Errors
/// It is for another engine, of another component, or damaged: [`Rejection::NotCompiled`], since the component is not at fault.
///
/// # Safety
/// The bytes are what [`told`] made of what [`seal`](crate::precompiled::seal) made, unchanged.
#[expect(
    unsafe_code,
    reason = "the engine cannot prove what machine code does; whoever set up the compiler guarantees it"
)]
pub(crate) unsafe fn load(
    engine: &Engine,
    component: &[u8],
    compiled: Vec<u8>,
) -> Result<Component, Rejection> {
    let not = |why: &str| {
        let told =
            format!("what the other process has compiled {why}; it has to be the same program");
        Rejection::NotCompiled(told)
    };
    let (made_for, _) = compiled
        .split_first_chunk::<32>()
        .ok_or_else(|| not("is not whole"))?;
    if *made_for != engine_digest(engine) {
        return Err(not(
            "is for an engine of another version or with other settings",
        ));
    }
    let precompiled = compiled.get(32..).unwrap_or_default().to_vec();
    // SAFETY: what stands behind the digest is what `seal` made, as the caller guarantees.
    let precompiled = unsafe { Precompiled::new(precompiled) };
    let code = precompiled
        .open()
        .map_err(|error| not(&error.to_string()))?;
    if code.component != sha256(component) {
        return Err(not("is another component"));
    }
    code.load(engine).map_err(|error| not(&error.to_string()))
}

/// All that machine code depends on beside the component.
fn engine_digest(engine: &Engine) -> [u8; 32] {
    let mut whole = Whole(digest::Context::new(&digest::SHA256));
    engine.precompile_compatibility_hash().hash(&mut whole);
    let mut sum = [0; 32];
    sum.copy_from_slice(whole.0.finish().as_ref());
    sum
}

/// A hasher that keeps all of what is hashed apart, not 64 bits of it.
struct Whole(digest::Context);

impl Hasher for Whole {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not asked for.
    fn finish(&self) -> u64 {
        0
    }
}
