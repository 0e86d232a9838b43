// SPDX-License-Identifier: Apache-2.0
//! Components that somebody deploys while agencies are served.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use silta::exchange::Fault;
use silta_gateway::generations::{self, DeployError, DeployOrder, Deployer, PackageBytes, Wanted};
use silta_packages::{Digest, Package, VerifyError};
use silta_store::{
    Content,
    record::{Generation, GenerationListing, GenerationRejection},
};

use super::{
    agencies::Agencies,
    context::ServeContext,
    member::{Member, Prepared, serve_all},
    records,
};
use crate::{failure::Failure, host};

/// What serves, for all that change it: one at a time.
#[derive(Clone)]
pub(super) struct Hosted(Arc<Mutex<Hosting>>);

/// The agencies, and what they are served by.
pub(super) struct Hosting {
    pub(super) context: ServeContext,
    pub(super) agencies: Agencies,
}

impl Hosted {
    pub(super) fn new(context: ServeContext, agencies: Agencies) -> Self {
        Self(Arc::new(Mutex::new(Hosting { context, agencies })))
    }

    /// Waits until nobody else changes what serves.
    pub(super) fn hold(&self) -> MutexGuard<'_, Hosting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deployer for Hosted {
    fn deploy(&self, order: DeployOrder) -> Result<Vec<Generation>, DeployError> {
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let mut ids: Vec<String> = order.components.iter().map(|(id, _)| id.clone()).collect();
        let mut prepared = Vec::new();
        let mut rest: Vec<&mut Member> = agencies.members.iter_mut().collect();
        for (id, bytes) in order.components {
            let place = rest.iter().position(|member| member.id == id);
            let member = rest.swap_remove(place.ok_or(DeployError::UnknownAgency)?);
            let judged = Judging {
                context,
                wanted: &order.wanted,
                allow_downgrade: order.allow_downgrade,
            };
            prepared.push(judged.prepare(member, bytes)?);
        }
        serve_all(context, prepared, &order.wanted).map_err(|failure| not_recorded(&failure))?;
        ids.sort();
        ids.iter().map(|id| serving(context, id)).collect()
    }

    fn roll_back(&self, agency: &str, wanted: &Wanted) -> Result<u64, DeployError> {
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let mut members = agencies.members.iter_mut();
        let member = members.find(|member| member.id == agency);
        let member = member.ok_or(DeployError::UnknownAgency)?;
        let earlier = member.agency.earlier_generation_info();
        let earlier = earlier.ok_or(DeployError::NoEarlier)?;
        // Before anything changes: it is what files that change later are served with.
        let digest = earlier
            .component
            .parse()
            .map_err(|_| DeployError::NoEarlier)?;
        let component = context.store.component(&digest)?;
        let component = component.ok_or(DeployError::NoEarlier)?;
        let place = (agency, &member.agency);
        let number = generations::roll_back(&*context.store, place, &member.configured, wanted)?;
        member.component = component.to_vec().into();
        let (by, why) = (&wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, by, why, "rolled back: the generation before serves again");
        Ok(number)
    }
}

/// Judges a component that somebody deploys.
struct Judging<'a> {
    context: &'a ServeContext,
    wanted: &'a Wanted,
    allow_downgrade: bool,
}

impl Judging<'_> {
    /// Takes it through every step; a refusal is recorded.
    fn prepare<'m>(
        &self,
        member: &'m mut Member,
        bytes: PackageBytes,
    ) -> Result<(&'m mut Member, Prepared), DeployError> {
        let component = Arc::<[u8]>::from(bytes.component.as_slice());
        let digest = Digest::of(&component);
        if let Err(refused) = self.verify(member, bytes) {
            return Err(self.refuse(member, &component, refused));
        }
        let config = &self.context.config;
        let prepared = member.prepare_with(self.context, config, component.clone(), self.wanted);
        let mut prepared = prepared.map_err(|failure| refused_by(member, &failure))?;
        let info = prepared.info();
        let order = records::check_successor(&member.agency, (&info.version, digest));
        match order {
            Err(error) if !self.allow_downgrade => {
                Err(self.refuse(member, &component, Refused::of(&error)))
            }
            order => {
                prepared.is_downgrade = order.is_err();
                Ok((member, prepared))
            }
        }
    }

    /// What is told by the files of a package alone, before anything of a component is looked at.
    fn verify(&self, member: &Member, bytes: PackageBytes) -> Result<(), Refused> {
        let (config, id) = (&self.context.config, member.id.as_str());
        let Some(manifest) = bytes.manifest else {
            let is_demanded = config.demands_signature(id);
            return match is_demanded.map_err(|error| Refused::from(&Failure::from(error)))? {
                true => Err(Refused::of(&VerifyError::Unsigned)),
                false => Ok(()),
            };
        };
        let signatures = bytes.signatures.as_deref();
        let package = Package::from_files(id, bytes.component, &manifest, signatures);
        let package = package.map_err(|error| Refused {
            code: "package.file".to_owned(),
            fault: Fault::Caller,
            reason: error.to_string(),
        })?;
        let judged = config.judge_package(id, &package, host::now());
        let judged = judged.map_err(|error| Refused::from(&Failure::from(error)))?;
        judged.map_err(|error| Refused::of(&error))?;
        let said = &package.manifest;
        let version = said.version.to_string();
        let found = (version.as_str(), said.component.digest);
        match records::check_successor(&member.agency, found) {
            Err(error) if !self.allow_downgrade => Err(Refused::of(&error)),
            _ => Ok(()),
        }
    }

    fn refuse(&self, member: &Member, component: &[u8], refused: Refused) -> DeployError {
        let step = records::step(&refused.code).to_owned();
        let rejection = GenerationRejection {
            step: step.clone(),
            code: refused.code.clone(),
            reason: refused.reason.clone(),
        };
        let store = &*self.context.store;
        let component = Content::from(component);
        let recorded = generations::reject(store, &member.id, component, self.wanted, rejection);
        if let Err(error) = recorded {
            tracing::error!(target: "silta::serve", agency = member.id, %error, "that a component was refused is not recorded");
        }
        refused.told(member, step)
    }
}

/// Why a component is not taken.
struct Refused {
    code: String,
    fault: Fault,
    reason: String,
}

impl Refused {
    fn of(error: &VerifyError) -> Self {
        let remedy = match error {
            VerifyError::Downgrade { .. } | VerifyError::Republished { .. } => {
                "; to have it all the same, deploy it with --allow-downgrade"
            }
            _ => "",
        };
        Self {
            code: error.code().to_owned(),
            fault: Fault::Caller,
            reason: format!("{error}{remedy}"),
        }
    }

    fn told(self, member: &Member, step: String) -> DeployError {
        let (agency, code, reason) = (&member.id, &self.code, &self.reason);
        tracing::warn!(target: "silta::serve", agency, step, code, reason, "a component was refused; what served goes on");
        DeployError::Refused {
            agency: member.id.clone(),
            step,
            code: self.code,
            fault: self.fault,
            reason: self.reason,
        }
    }
}

impl From<&Failure> for Refused {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code().to_owned(),
            fault: failure.fault(),
            reason: failure.message().to_owned(),
        }
    }
}

/// What has been recorded already.
fn refused_by(member: &Member, failure: &Failure) -> DeployError {
    let step = records::step(failure.code()).to_owned();
    Refused::from(failure).told(member, step)
}

fn not_recorded(failure: &Failure) -> DeployError {
    DeployError::Refused {
        agency: String::new(),
        step: "recorded".to_owned(),
        code: failure.code().to_owned(),
        fault: failure.fault(),
        reason: failure.message().to_owned(),
    }
}

/// The record of what serves.
fn serving(context: &ServeContext, id: &str) -> Result<Generation, DeployError> {
    let desired = context.store.desired()?.value;
    let number = desired
        .agencies
        .get(id)
        .and_then(|desired| desired.generation);
    let listing = GenerationListing {
        agency: id.to_owned(),
        before: number.unwrap_or_default().saturating_add(1),
        limit: 1,
    };
    let found = context.store.generations(&listing)?.pop();
    found.ok_or(DeployError::UnknownAgency)
}
