// SPDX-License-Identifier: Apache-2.0
//! Components that are in a registry, fetched by their digest because somebody who may deploy says so.

use std::{sync::Arc, time::Instant};

use silta::{ComponentBytes, exchange::Fault};
use silta_config::Config;
use silta_gateway::generations::{DeployError, Offered, Wanted};
use silta_registry::{Pulled, PulledPackage, Reference};
use silta_store::record::PackageTexts;

use super::component::Component;
use crate::{commands::component::registry_fault, failure::Failure};

/// What one order has fetched: each component once, all of them in the time of one.
pub(super) struct Fetching<'a> {
    config: &'a Config,
    wanted: &'a Wanted,
    begun: Instant,
    holds: &'a mut dyn FnMut(u64) -> bool,
    pulled: Vec<(Reference, Arc<Held>)>,
}

/// What came of one reference.
struct Held {
    component: ComponentBytes,
    packages: Vec<PulledPackage>,
}

impl<'a> Fetching<'a> {
    /// `holds` says whether so many bytes more may be held. The time of registries begins now.
    pub(super) fn new(
        config: &'a Config,
        wanted: &'a Wanted,
        holds: &'a mut dyn FnMut(u64) -> bool,
    ) -> Self {
        Self {
            config,
            wanted,
            begun: Instant::now(),
            holds,
            pulled: Vec::new(),
        }
    }

    /// What was offered, here.
    ///
    /// # Errors
    /// It cannot be fetched, or not from there, or there is no room for it.
    pub(super) fn fetched(
        &mut self,
        agency: &str,
        offered: Offered,
    ) -> Result<Component, DeployError> {
        let text = match offered {
            Offered::Files(files) => return Ok(Component::deployed(&files)),
            Offered::Reference(text) => text,
        };
        let reference = text.parse::<Reference>().map_err(|error| {
            let reason = format!("this is no reference: {error}");
            self.not(agency, "registry.reference", Some(Fault::Caller), reason)
        })?;
        let Some(digest) = reference.digest() else {
            let reason = format!(
                "{reference} has no digest, and what a tag names may change; name HOST/NAME@sha256:DIGEST, which `silta component pull` and `push` tell"
            );
            return Err(self.not(agency, "registry.no-digest", Some(Fault::Caller), reason));
        };
        let at = reference.at(digest);
        let mut known = self.pulled.iter();
        let held = match known.find(|(known, _)| *known == at) {
            Some((_, held)) => Arc::clone(held),
            None => {
                let held = Arc::new(self.pull(agency, &at)?);
                self.pulled.push((at.clone(), Arc::clone(&held)));
                held
            }
        };
        let component = held.for_agency(self.config, agency);
        let (by, why) = (&self.wanted.by, &self.wanted.why);
        let sha256 = component.digest();
        tracing::info!(target: "silta::serve", agency, reference = %at, component = sha256, by, why, "a component was fetched");
        Ok(component)
    }

    fn pull(&mut self, agency: &str, from: &Reference) -> Result<Held, DeployError> {
        let registry = self.config.registry_at(from.host()).map_err(|error| {
            let failure = Failure::from(error);
            let reason = failure.message().to_owned();
            self.not(agency, failure.code(), Some(failure.fault()), reason)
        })?;
        let registry = registry.ok_or_else(|| {
            let reason = format!(
                "components are not fetched from {}; add a table [registries.NAME] with that address to the configuration",
                from.host()
            );
            self.not(agency, "registry.not-allowed", Some(Fault::Caller), reason)
        })?;
        let pulled = registry.pull_since(from, self.begun).map_err(|error| {
            let reason = format!("{from}: {error}");
            self.not(agency, error.code(), registry_fault(&error), reason)
        })?;
        for error in &pulled.passed_over {
            tracing::warn!(target: "silta::serve", agency, reference = %from, %error, "something that refers to a component as its package was passed over");
        }
        match (self.holds)(pulled.component.len() as u64) {
            true => Ok(Held::from(pulled)),
            false => Err(DeployError::NoRoom {
                agency: agency.to_owned(),
            }),
        }
    }

    fn not(&self, agency: &str, code: &str, fault: Option<Fault>, reason: String) -> DeployError {
        let (by, why) = (&self.wanted.by, &self.wanted.why);
        tracing::warn!(target: "silta::serve", agency, code, reason, by, why, "a component was not fetched; what served goes on");
        DeployError::NotFetched {
            agency: agency.to_owned(),
            code: code.to_owned(),
            fault,
            reason,
        }
    }
}

impl From<Pulled> for Held {
    fn from(pulled: Pulled) -> Self {
        Self {
            component: pulled.component.into(),
            packages: pulled.packages,
        }
    }
}

impl Held {
    /// With the first of its packages that an agency takes, so that whoever may push to the repository cannot hide it behind another; with the first of all where it takes none, which is refused then.
    fn for_agency(&self, config: &Config, agency: &str) -> Component {
        let mut packages = self.packages.iter();
        let taken = match self.packages.len() {
            0 | 1 => None,
            _ => packages.find(|one| self.with(Some(one)).judge(config, agency).is_ok()),
        };
        self.with(taken.or_else(|| self.packages.first()))
    }

    fn with(&self, package: Option<&PulledPackage>) -> Component {
        let texts = package.map(|package| {
            let is_signed = package.signatures.iter().next().is_some();
            PackageTexts {
                manifest: package.manifest.to_json(),
                signatures: is_signed.then(|| package.signatures.to_json()),
            }
        });
        Component {
            bytes: self.component.clone(),
            package: texts,
        }
    }
}
