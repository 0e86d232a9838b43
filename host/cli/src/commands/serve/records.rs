// SPDX-License-Identifier: Apache-2.0
//! What the store says of generations, and what it is told.

use std::sync::Arc;

use semver::Version;
use silta::{Agency, GenerationInfo};
use silta_gateway::generations::{self, Candidate, Wanted};
use silta_packages::{Digest, VerifyError, check_succession};
use silta_store::{
    Content,
    record::{Generation, GenerationListing, GenerationRejection},
};

use super::context::ServeContext;
use crate::{failure::Failure, store};

/// What the store says is in force of an agency, beside what the configuration names.
pub(super) struct InForce {
    /// The generation that serves, as far as the store knows one.
    pub(super) desired: Option<DesiredGeneration>,
    /// Its component, where it is another than the configuration names, and that has not changed since.
    pub(super) component: Option<Vec<u8>>,
    /// What to say of a generation that is made all the same.
    pub(super) why: &'static str,
}

/// A generation that is to serve.
pub(super) struct DesiredGeneration {
    pub(super) number: u64,
    component: String,
    settings: String,
    configured: String,
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(component: &[u8]) -> String {
    Content::from(component).digest().to_string()
}

impl InForce {
    /// By the digest of the component that the configuration names now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn of(context: &ServeContext, id: &str, configured: &str) -> Result<Self, Failure> {
        let desired = context
            .store
            .desired()
            .map_err(|error| store::failed(&error))?;
        let desired = desired.value.agencies.get(id).and_then(|desired| {
            Some(DesiredGeneration {
                number: desired.generation?,
                component: desired.component.clone(),
                settings: desired.settings.clone(),
                configured: desired.configured.clone(),
            })
        });
        let Some(desired) = desired else {
            return Ok(Self {
                desired: None,
                component: None,
                why: "the agency was served for the first time",
            });
        };
        if desired.configured != configured {
            let is_other = desired.component != configured;
            if is_other {
                let generation = desired.number;
                tracing::info!(target: "silta::serve", agency = id, generation, "the configuration names another component than when that generation was put into service: the configuration counts");
            }
            return Ok(Self {
                desired: Some(desired),
                component: None,
                why: "the configuration names another component",
            });
        }
        let component = match desired.component == configured {
            true => None,
            false => kept(context, id, &desired),
        };
        let why = match desired.component == configured || component.is_some() {
            true => "settings, keys or anchors were changed before the program was started",
            false => "the component that was deployed is no longer kept: the configuration counts",
        };
        Ok(Self {
            desired: Some(desired),
            component,
            why,
        })
    }
}

/// The component of what serves, which was deployed or rolled back to.
fn kept(context: &ServeContext, id: &str, desired: &DesiredGeneration) -> Option<Vec<u8>> {
    let generation = desired.number;
    let digest = desired.component.parse().ok()?;
    match context.store.component(&digest) {
        Ok(Some(component)) => {
            tracing::warn!(target: "silta::serve", agency = id, generation, "another component serves than the configuration names: it was deployed, or rolled back to, and serves until the configuration names yet another one");
            Some(component.to_vec())
        }
        Ok(None) => {
            tracing::error!(target: "silta::serve", agency = id, generation, "the store has no component of what is to serve; what the configuration names serves in its place");
            None
        }
        Err(error) => {
            tracing::error!(target: "silta::serve", agency = id, generation, %error, "the component of what is to serve cannot be read from the store; what the configuration names serves in its place");
            None
        }
    }
}

impl DesiredGeneration {
    /// Whether it is what has been prepared.
    pub(super) fn is_of(&self, info: &GenerationInfo) -> bool {
        (&self.component, &self.settings) == (&info.component, &info.revision)
    }

    /// Keeps what the configuration names now.
    pub(super) fn renew_configured(
        &self,
        context: &ServeContext,
        id: &str,
        configured: &str,
    ) -> Result<(), Failure> {
        if self.configured == configured {
            return Ok(());
        }
        generations::renew_configured(&*context.store, id, self.number, configured)
            .map_err(|error| store::failed(&error))
    }
}

/// The generation that served before, and its component, as far as they are kept.
pub(super) fn earlier(context: &ServeContext, id: &str) -> Option<(Generation, Arc<[u8]>)> {
    let found = || {
        let desired = context.store.desired()?.value;
        let desired = desired.agencies.get(id);
        let Some(number) = desired.and_then(|desired| desired.earlier) else {
            return Ok(None);
        };
        let listing = GenerationListing {
            agency: id.to_owned(),
            before: number.saturating_add(1),
            limit: 1,
        };
        let generation = context.store.generations(&listing)?.pop();
        let Some(generation) = generation.filter(|found| found.number == number) else {
            return Ok(None);
        };
        let component = context.store.component(&generation.component)?;
        Ok(component.map(|component| (generation, component.to_vec().into())))
    };
    found().unwrap_or_else(|error: silta_store::StoreError| {
        tracing::warn!(target: "silta::serve", agency = id, %error, "the generation before cannot be read from the store");
        None
    })
}

/// Records candidates, and puts them into service.
///
/// # Errors
/// The store's.
pub(super) fn serve(
    context: &ServeContext,
    candidates: Vec<Candidate>,
    wanted: &Wanted,
) -> Result<(), Failure> {
    if candidates.is_empty() {
        return Ok(());
    }
    let served = generations::serve(&*context.store, candidates, wanted);
    for generation in served.map_err(|error| store::failed(&error))? {
        let (agency, number) = (generation.agency, generation.number);
        let (version, component) = (generation.version, generation.component);
        let (by, why) = (generation.by, generation.why);
        tracing::info!(target: "silta::serve", agency, generation = number, version, %component, by, why, "a generation serves");
    }
    Ok(())
}

/// Records that a component was refused. What that changes is told by whoever wanted it.
pub(super) fn refused(
    context: &ServeContext,
    (id, component): (&str, &[u8]),
    failure: &Failure,
    wanted: &Wanted,
) {
    let rejection = GenerationRejection {
        step: step(failure.code()).to_owned(),
        code: failure.code().to_owned(),
        reason: failure.message().to_owned(),
    };
    let recorded = generations::reject(
        &*context.store,
        id,
        Content::from(component),
        wanted,
        rejection,
    );
    if let Err(error) = recorded {
        tracing::error!(target: "silta::serve", agency = id, %error, "that a component was refused is not recorded");
    }
}

/// The step that a code is of: what comes before a component is loaded is told by what it is about.
pub(super) fn step(code: &str) -> &str {
    match code {
        "package.downgrade" | "package.republished" => "compared",
        _ if code.starts_with("package.") => "verified",
        _ => code
            .strip_prefix("component.rejected.")
            .unwrap_or("configured"),
    }
}

/// Whether a component may follow what serves.
///
/// # Errors
/// It is of an earlier version, or another component of the same version.
pub(super) fn check_successor(
    agency: &Agency,
    (version, component): (&str, Digest),
) -> Result<(), VerifyError> {
    let Ok(serving) = agency.generation_info() else {
        return Ok(());
    };
    let versions = (
        version.parse::<Version>(),
        serving.version.parse::<Version>(),
    );
    match (versions, packaged(&serving.component)) {
        ((Ok(found), Ok(served)), Some(digest)) => {
            check_succession((&found, component), (&served, digest))
        }
        // Versions that cannot be compared say nothing.
        _ => Ok(()),
    }
}

/// Whether what has been prepared is no successor of what serves.
pub(super) fn is_downgrade(agency: &Agency, info: &GenerationInfo) -> bool {
    let component = packaged(&info.component);
    component.is_some_and(|component| check_successor(agency, (&info.version, component)).is_err())
}

/// A digest in hexadecimal, as packages write it.
fn packaged(digest: &str) -> Option<Digest> {
    format!("sha256:{digest}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{packaged, step};

    #[test]
    fn digests_of_generations_are_those_of_packages() {
        let digest = silta_store::Content::from(b"x".as_slice())
            .digest()
            .to_string();
        assert_eq!(packaged(&digest), Some(silta_packages::Digest::of(b"x")));
    }

    #[test]
    fn a_code_tells_the_step() {
        for (code, expected) in [
            ("package.unsigned", "verified"),
            ("package.downgrade", "compared"),
            ("component.rejected.self-tested", "self-tested"),
            ("configuration.file", "configured"),
        ] {
            assert_eq!(step(code), expected);
        }
    }
}
