//! From bytes to machine code: inspected, compiled, kept.

use std::sync::PoisonError;

use wasmtime::component::Component;

use crate::{
    agency::generation::Services,
    cache::Key,
    error::{DeployStep, Rejection},
    inspect::{self, Flaw},
};

/// Compiled components kept for the next deployment of the same bytes. Agencies number a handful, with a version or two of each.
const KEPT_COMPILED: usize = 16;

/// Compiles a component, unless the same bytes are there already. What it refuses, it refuses before the compiler sees it wherever that can be told.
pub(crate) fn compile(
    services: &Services,
    digest: [u8; 32],
    bytes: &[u8],
) -> Result<Component, (DeployStep, Rejection)> {
    let invalid = |error| (DeployStep::Compiled, Rejection::Invalid(error));
    check_preamble(bytes).map_err(|reason| (DeployStep::Compiled, reason))?;
    let kept = || {
        services
            .compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    if let Some((_, component)) = kept().iter().find(|(kept, _)| *kept == digest) {
        return Ok(component.clone());
    }
    let key = Key::new(&services.engine, &digest);
    let cache = services.cache.as_ref();
    let component = match cache.and_then(|cache| cache.load(&services.engine, &key)) {
        Some(component) => component,
        None => {
            inspect::inspect(bytes).map_err(|flaw| match flaw {
                Flaw::Malformed(error) => invalid(error.into()),
                Flaw::Rejected(reason) => (DeployStep::Inspected, reason),
            })?;
            let component = Component::new(&services.engine, bytes).map_err(invalid)?;
            if let Some(Err(unusable)) = cache.map(|cache| cache.store(&key, &component)) {
                tracing::warn!(target: "silta::cache", "{unusable}");
            }
            component
        }
    };
    let mut compiled = kept();
    if compiled.len() == KEPT_COMPILED {
        compiled.remove(0);
    }
    compiled.push((digest, component.clone()));
    Ok(component)
}

/// Tells a component from what is often mistaken for one (binary format: magic, version, layer).
fn check_preamble(bytes: &[u8]) -> Result<(), Rejection> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 0x0d, 0, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(Rejection::NotAComponent(
            "this is a WebAssembly core module, not a component; wrap it with `wasm-tools component new`, or build it by way of `components/artifacts`",
        )),
        _ => Err(Rejection::NotAComponent(
            "this is not a WebAssembly component in binary form",
        )),
    }
}
