// SPDX-License-Identifier: Apache-2.0
//! What the store says of generations, and what it is told.

use semver::Version;
use silta::{Agency, GenerationInfo};
use silta_gateway::generations::{self, Candidate, DeployError, Wanted};
use silta_packages::{Digest, VerifyError, check_succession};
use silta_store::{
    StoreError,
    record::{Generation, GenerationRejection},
};

use super::{
    component::{Component, Refused},
    context::ServeContext,
};
use crate::{failure::Failure, store};

/// What the store says is in force of an agency, beside what the configuration names.
pub(super) struct InForce {
    /// The generation that serves, as far as the store knows one.
    pub(super) desired: Option<DesiredGeneration>,
    /// Its component, where it is another than the configuration names, and that has not changed since.
    pub(super) component: Option<Component>,
    /// What to say of a generation that is made all the same.
    pub(super) why: &'static str,
}

/// A generation that is to serve.
pub(super) struct DesiredGeneration {
    pub(super) number: u64,
    pub(super) component: String,
    settings: String,
    /// Empty where the component that the configuration named could not be read then.
    pub(super) configured: String,
}

impl InForce {
    /// By the digest of the component that the configuration names now; `None` where that cannot be used.
    ///
    /// # Errors
    /// The store cannot be read at the moment.
    pub(super) fn of(
        context: &ServeContext,
        id: &str,
        configured: Option<&str>,
    ) -> Result<Self, Failure> {
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
        let is_configured = configured == Some(desired.component.as_str());
        if configured.is_some_and(|configured| desired.is_configured_otherwise(configured)) {
            if !is_configured {
                let generation = desired.number;
                tracing::info!(target: "silta::serve", agency = id, generation, "the configuration names another component than when that generation was put into service: the configuration counts");
            }
            return Ok(Self {
                desired: Some(desired),
                component: None,
                why: "the configuration names another component",
            });
        }
        let component = match is_configured {
            true => None,
            false => kept(context, id, &desired)?,
        };
        let why = match is_configured || component.is_some() {
            true => "settings, keys or anchors were changed before the program was started",
            false => {
                "the component that was deployed is not kept, or not to be taken, any more: the configuration counts"
            }
        };
        Ok(Self {
            desired: Some(desired),
            component,
            why,
        })
    }
}

/// The component of what serves, which was deployed or rolled back to; `None` where it is gone or damaged, or is not to be taken.
///
/// # Errors
/// It cannot be read at the moment: that is no reason to give it up.
fn kept(
    context: &ServeContext,
    id: &str,
    desired: &DesiredGeneration,
) -> Result<Option<Component>, Failure> {
    let generation = desired.number;
    let component = match self::generation(context, id, generation) {
        Ok(Some((_, component))) => component,
        Ok(None) => {
            tracing::error!(target: "silta::serve", agency = id, generation, "the store has no component of what is to serve; the configuration counts in its place");
            return Ok(None);
        }
        Err(error @ StoreError::Broken(_)) => {
            tracing::error!(target: "silta::serve", agency = id, generation, %error, "the component of what is to serve is damaged in the store; the configuration counts in its place");
            return Ok(None);
        }
        Err(error) => return Err(store::failed(&error)),
    };
    if let Err(refused) = component.judge(&context.config, id) {
        let (code, reason) = (refused.code, refused.reason);
        tracing::error!(target: "silta::serve", agency = id, generation, code, reason, "the component of what is to serve is not to be taken any more; the configuration counts in its place");
        return Ok(None);
    }
    tracing::warn!(target: "silta::serve", agency = id, generation, "another component serves than the configuration names: it was deployed, or rolled back to, and serves until the configuration names yet another one");
    Ok(Some(component))
}

impl DesiredGeneration {
    /// Whether the configuration names another component than when it was put into service. Where that could not be read then, nobody knows, and what somebody deployed counts.
    fn is_configured_otherwise(&self, configured: &str) -> bool {
        !self.configured.is_empty() && self.configured != configured
    }

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

/// A generation of an agency, and its component, as far as they are kept.
///
/// # Errors
/// The store's.
pub(super) fn generation(
    context: &ServeContext,
    id: &str,
    number: u64,
) -> Result<Option<(Generation, Component)>, StoreError> {
    let Some(generation) = generations::recorded(&*context.store, id, number)? else {
        return Ok(None);
    };
    let bytes = context.store.component(&generation.component)?;
    Ok(bytes.map(|bytes| {
        let component = Component::new(bytes.to_vec(), generation.package.clone());
        (generation, component)
    }))
}

/// The generation that served before, and its component, as far as they are kept.
pub(super) fn earlier(context: &ServeContext, id: &str) -> Option<(Generation, Component)> {
    let found = || {
        let desired = context.store.desired()?.value;
        let desired = desired.agencies.get(id);
        match desired.and_then(|desired| desired.earlier) {
            Some(number) => generation(context, id, number),
            None => Ok(None),
        }
    };
    found().unwrap_or_else(|error: StoreError| {
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
) -> Result<(), StoreError> {
    if candidates.is_empty() {
        return Ok(());
    }
    for generation in generations::serve(&*context.store, candidates, wanted)? {
        let (agency, number) = (generation.agency, generation.number);
        let (version, component) = (generation.version, generation.component);
        let (by, why) = (generation.by, generation.why);
        tracing::info!(target: "silta::serve", agency, generation = number, version, %component, by, why, "a generation serves");
    }
    Ok(())
}

/// Whether a failure says nothing of the component that was to be prepared: this machine had no room for it, or has a defect.
pub(super) fn is_passing(failure: &Failure) -> bool {
    generations::is_passing(failure.code(), failure.fault())
}

/// Records that a component was refused, unless the failure says nothing of it. What that changes is told by whoever wanted it.
pub(super) fn refused(
    context: &ServeContext,
    (id, component): (&str, &Component),
    failure: &Failure,
    wanted: &Wanted,
) {
    if is_passing(failure) {
        return;
    }
    let rejection = GenerationRejection {
        step: step(failure.code()).to_owned(),
        code: failure.code().to_owned(),
        reason: failure.message().to_owned(),
        reference: None,
    };
    let recorded = generations::reject(&*context.store, id, component.content(), wanted, rejection);
    if let Err(error) = recorded {
        tracing::error!(target: "silta::serve", agency = id, %error, "that a component was refused is not recorded");
    }
}

/// Tells why a component is not taken.
pub(super) fn told(refused: Refused, agency: &str) -> DeployError {
    let step = step(&refused.code).to_owned();
    let (code, reason) = (&refused.code, &refused.reason);
    tracing::warn!(target: "silta::serve", agency, step, code, reason, "a component was refused; what served goes on");
    DeployError::Refused {
        agency: agency.to_owned(),
        step,
        code: refused.code,
        fault: refused.fault,
        reason: refused.reason,
    }
}

/// The step that a code is of: what comes before a component is loaded is told by what it is about.
pub(super) fn step(code: &str) -> &str {
    match code {
        "package.downgrade" | "package.republished" => "compared",
        _ if code.starts_with("package.") => "verified",
        _ if code.starts_with("registry.") => GenerationRejection::FETCHED,
        _ => code
            .strip_prefix("component.rejected.")
            .unwrap_or("configured"),
    }
}

/// Whether a component may follow what serves.
///
/// # Errors
/// It is of an earlier version, or another component of the same version.
pub(super) fn check_successor(agency: &Agency, found: (&str, Digest)) -> Result<(), VerifyError> {
    match agency.generation_info() {
        Ok(serving) => succeeds(found, (&serving.version, &serving.component)),
        Err(_) => Ok(()),
    }
}

/// By versions and digests of what was found and of what served. Versions that cannot be compared say nothing.
fn succeeds(
    (version, component): (&str, Digest),
    (served_version, served): (&str, &str),
) -> Result<(), VerifyError> {
    let versions = (
        version.parse::<Version>(),
        served_version.parse::<Version>(),
    );
    match (versions, packaged(served)) {
        ((Ok(found), Ok(served_version)), Some(served)) => {
            check_succession((&found, component), (&served_version, served))
        }
        _ => Ok(()),
    }
}

/// Whether what has been prepared is no successor of what serves.
pub(super) fn is_downgrade(agency: &Agency, info: &GenerationInfo) -> bool {
    let component = packaged(&info.component);
    component.is_some_and(|component| check_successor(agency, (&info.version, component)).is_err())
}

/// Whether what has been prepared is no successor of a generation of the store, which served before the start.
pub(super) fn is_downgrade_since(
    context: &ServeContext,
    (id, number): (&str, u64),
    info: &GenerationInfo,
) -> bool {
    let Some(component) = packaged(&info.component) else {
        return false;
    };
    // What cannot be read says nothing; the store is about to be asked for more.
    let record = generations::recorded(&*context.store, id, number)
        .ok()
        .flatten();
    record.is_some_and(|record| {
        let served = (record.version.as_str(), &*record.component.to_string());
        succeeds((&info.version, component), served).is_err()
    })
}

/// Tells that the configuration goes back.
pub(super) fn warn_of_downgrade(agency: &str, version: &str) {
    tracing::warn!(target: "silta::serve", agency, version, "the configuration names an earlier version of the component than serves, or another component of the same version");
}

/// A digest in hexadecimal, as packages write it.
fn packaged(digest: &str) -> Option<Digest> {
    format!("sha256:{digest}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{is_passing, packaged, step};
    use crate::failure::Failure;

    #[test]
    fn what_says_nothing_of_a_component_is_no_refusal() {
        for (code, expected) in [
            ("limit.concurrent-calls", true),
            ("engine", true),
            ("limit.memory", false),
            ("component.crash", false),
        ] {
            assert_eq!(is_passing(&Failure::internal(code, "")), expected, "{code}");
        }
        let refused = Failure::configuration("component.rejected.compiled", "");
        assert!(!is_passing(&refused));
    }

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
