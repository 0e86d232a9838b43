// SPDX-License-Identifier: Apache-2.0
//! How an agency stands: what serves, what is ready to serve again, and what has not ended yet.

use silta::{Agency, Draining, GenerationInfo};
use silta_store::{
    Store, StoreError,
    record::{DesiredAgency, Generation, GenerationListing},
};

/// How an agency stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What serves; `None` when nothing does.
    pub serving: Option<GenerationInfo>,
    /// Its record: by whom, why and since when. `None` where nobody has recorded it.
    pub record: Option<Generation>,
    /// What a rollback returns to, at once.
    pub earlier: Option<GenerationInfo>,
    /// Calls of generations that no longer serve.
    pub draining: Vec<Draining>,
    /// SHA-256 of the component that the configuration names, where another one serves: somebody deployed it or rolled back to it, and it serves until the configuration names yet another one.
    pub configured_otherwise: Option<String>,
}

/// How an agency stands. May block.
///
/// # Errors
/// The store's.
pub fn standing(store: &dyn Store, id: &str, agency: &Agency) -> Result<Standing, StoreError> {
    let serving = agency.generation_info().ok();
    let record = match &serving {
        Some(info) => record(store, id, info)?,
        None => None,
    };
    let desired = store.desired()?.value;
    let desired = desired.agencies.get(id);
    Ok(Standing {
        serving,
        record,
        earlier: agency.earlier_generation_info(),
        draining: agency.draining(),
        configured_otherwise: desired.and_then(configured_otherwise),
    })
}

fn record(
    store: &dyn Store,
    id: &str,
    info: &GenerationInfo,
) -> Result<Option<Generation>, StoreError> {
    // An embedding program may count for itself.
    let found = recorded(store, id, info.number)?;
    Ok(found.filter(|found| found.component.to_string() == info.component))
}

/// The record of a generation of an agency; `None` where there is none of this number. May block.
///
/// # Errors
/// The store's.
pub fn recorded(
    store: &dyn Store,
    agency: &str,
    number: u64,
) -> Result<Option<Generation>, StoreError> {
    let listing = GenerationListing {
        agency: agency.to_owned(),
        before: number.saturating_add(1),
        limit: 1,
    };
    let found = store.generations(&listing)?.pop();
    Ok(found.filter(|found| found.number == number))
}

/// The component that the configuration names, where another one is to serve.
pub(crate) fn configured_otherwise(desired: &DesiredAgency) -> Option<String> {
    let named = &desired.configured;
    (!named.is_empty() && *named != desired.component).then(|| named.clone())
}
