//! A generation: one component with everything it serves with, immutable. Swapping an agency is swapping this.

use std::sync::{Arc, Mutex};

use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker},
};

use crate::{
    bindings::Agency,
    cache::Cache,
    call::CallState,
    call::engine::Admission,
    call::exports::Exports,
    call::limits::Limits,
    describe::Description,
    ids::IdSource,
    keys::Keyring,
    observe::{AuditLog, Observer},
    secrets::Secrets,
    time::Clock,
    trust::TrustStore,
};

/// What all generations of a runtime share.
pub(crate) struct Services {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) admission: Admission,
    pub(crate) memory_ceiling: u64,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) ids: Box<dyn IdSource>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) audit: Arc<dyn AuditLog>,
    pub(crate) compiled: Mutex<Vec<([u8; 32], Component)>>,
    pub(crate) cache: Option<Cache>,
}

/// A component in service, or on its way there.
#[derive(Clone)]
pub(crate) struct Generation {
    pub(crate) services: Arc<Services>,
    pub(crate) agency: String,
    pub(crate) number: u64,
    pub(crate) digest: [u8; 32],
    pub(crate) exports: Exports,
    pub(crate) description: Description,
    pub(crate) settings: String,
    pub(crate) keyring: Keyring,
    pub(crate) trust: TrustStore,
    pub(crate) secrets: Secrets,
    pub(crate) limits: Limits,
}

impl Services {
    /// Binds the contract's imports, once for all components.
    pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
        let mut linker = Linker::new(engine);
        Agency::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        Ok(linker)
    }
}
