// SPDX-License-Identifier: Apache-2.0
//! Components that are in a registry, fetched by their digest because somebody who may deploy says so.

use silta::exchange::Fault;
use silta_config::Config;
use silta_gateway::generations::{DeployError, Offered, PackageBytes};
use silta_registry::{Pulled, Reference};

use crate::{commands::component::registry_fault, failure::Failure};

/// What was offered, here.
///
/// # Errors
/// It cannot be fetched, or not from there.
pub(super) fn fetched(
    config: &Config,
    agency: &str,
    offered: Offered,
) -> Result<PackageBytes, DeployError> {
    let text = match offered {
        Offered::Files(files) => return Ok(files),
        Offered::Reference(text) => text,
    };
    let not = |code: &str, fault, reason: String| {
        tracing::warn!(target: "silta::serve", agency, code, reason, "a component was not fetched; what served goes on");
        DeployError::NotFetched {
            agency: agency.to_owned(),
            code: code.to_owned(),
            fault,
            reason,
        }
    };
    let reference = text.parse::<Reference>().map_err(|error| {
        let reason = format!("this is no reference: {error}");
        not("registry.reference", Some(Fault::Caller), reason)
    })?;
    if reference.digest().is_none() {
        let reason = format!(
            "{reference} has no digest, and what a tag names may change; name HOST/NAME@sha256:DIGEST, which `silta component pull` and `push` tell"
        );
        return Err(not("registry.no-digest", Some(Fault::Caller), reason));
    }
    let registry = config.registry_at(reference.host()).map_err(|error| {
        let failure = Failure::from(error);
        let reason = failure.message().to_owned();
        not(failure.code(), Some(failure.fault()), reason)
    })?;
    let registry = registry.ok_or_else(|| {
        let reason = format!(
            "components are not fetched from {}; add a table [registries.NAME] with that address to the configuration",
            reference.host()
        );
        not("registry.not-allowed", Some(Fault::Caller), reason)
    })?;
    let pulled = registry.pull(&reference).map_err(|error| {
        let fault = registry_fault(&error);
        not(error.code(), fault, format!("{reference}: {error}"))
    })?;
    tracing::info!(target: "silta::serve", agency, %reference, bytes = pulled.component.len(), "a component was fetched");
    Ok(files(pulled))
}

fn files(pulled: Pulled) -> PackageBytes {
    match pulled.into_package() {
        Ok(package) => {
            let signatures = package.signatures.iter().next();
            PackageBytes {
                manifest: Some(package.manifest.to_json().into_bytes()),
                signatures: signatures.map(|_| package.signatures.to_json().into_bytes()),
                component: package.component,
            }
        }
        Err(component) => PackageBytes {
            component,
            ..PackageBytes::default()
        },
    }
}
