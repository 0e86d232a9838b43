// SPDX-License-Identifier: Apache-2.0
//! Components that somebody deploys while agencies are served.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use silta_config::Config;
use silta_gateway::generations::{
    self, DeployError, DeployOrder, Deployer, Offered, TrialOrder, TrialStanding, Wanted,
};
use silta_packages::Digest;
use silta_registry::Reference;
use silta_store::{
    Content, Store,
    record::{Generation, GenerationListing, GenerationRejection, TrialMode},
};

use super::{
    agencies::Agencies,
    component::{Component, Refused},
    context::ServeContext,
    fetching::Fetching,
    member::{Member, Prepared, Urgency, serve_all},
    on_trial::OnTrial,
    records,
};
use crate::failure::Failure;

/// What serves, for all that change it: one at a time.
#[derive(Clone)]
pub(super) struct Hosted {
    hosting: Arc<Mutex<Hosting>>,
    /// Held by whoever deploys something or rolls back: another one is not kept waiting, with all of its components.
    deploying: Arc<Mutex<()>>,
    /// Held by the order whose components are fetched, until it is over: what registries send is held for one order at a time, and nobody who rolls back waits for a registry.
    fetching: Arc<Mutex<()>>,
    /// What is on trial, and the store's time, without waiting for anybody.
    on_trial: (OnTrial, Arc<dyn Store>),
}

/// The agencies, and what they are served by.
pub(super) struct Hosting {
    pub(super) context: ServeContext,
    pub(super) agencies: Agencies,
}

impl Hosted {
    pub(super) fn new(context: ServeContext, agencies: Agencies) -> Self {
        let on_trial = (context.on_trial.clone(), Arc::clone(&context.store));
        Self {
            on_trial,
            hosting: Arc::new(Mutex::new(Hosting { context, agencies })),
            deploying: Arc::default(),
            fetching: Arc::default(),
        }
    }

    /// Waits until nobody else changes what serves.
    pub(super) fn hold(&self) -> MutexGuard<'_, Hosting> {
        self.hosting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unless somebody else changes what serves.
    pub(super) fn try_hold(&self) -> Option<MutexGuard<'_, Hosting>> {
        unless_held(&self.hosting)
    }

    /// Keeps what has been seen of trials, which go on from the next start on.
    pub(super) fn pause_trials(&self) {
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        for member in &mut agencies.members {
            member.pause_trial(context);
        }
    }

    /// By what is configured now, for agencies that are served; and where generations are recorded.
    fn config_for(
        &self,
        offered: &[(String, Offered)],
    ) -> Result<(Config, Arc<dyn Store>), DeployError> {
        let _deploying = self.deploying()?;
        let hosting = self.hold();
        let served = &hosting.agencies.members;
        let is_served = |id: &String| served.iter().any(|member| member.id == *id);
        match offered.iter().all(|(id, _)| is_served(id)) {
            true => Ok((
                hosting.context.config.clone(),
                Arc::clone(&hosting.context.store),
            )),
            false => Err(DeployError::UnknownAgency),
        }
    }

    fn deploying(&self) -> Result<MutexGuard<'_, ()>, DeployError> {
        unless_held(&self.deploying).ok_or(DeployError::UnderWay)
    }
}

fn unless_held<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(held) => Some(held),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl Deployer for Hosted {
    fn deploy(
        &self,
        order: DeployOrder,
        holds: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Vec<Generation>, DeployError> {
        let (config, store) = self.config_for(&order.components)?;
        let is_fetched = |offered: &Offered| matches!(offered, Offered::Reference(_));
        let has_some = order.components.iter().any(|(_, one)| is_fetched(one));
        let _fetching = match has_some {
            true => Some(unless_held(&self.fetching).ok_or(DeployError::FetchUnderWay)?),
            false => None,
        };
        let mut fetching = Fetching::new(&config, &order.wanted, holds);
        let components = order.components.into_iter();
        let components = components.map(|(id, offered)| {
            let reference = match &offered {
                Offered::Files(_) => None,
                // As it prints itself: a text that is no reference may hold anything, a password too.
                Offered::Reference(text) => text.parse::<Reference>().ok(),
            };
            let files = fetching.fetched(&id, offered);
            let files = files.inspect_err(|error| {
                not_fetched(&*store, reference.as_ref(), error, &order.wanted);
            })?;
            Ok((id, files))
        });
        let components: Vec<_> = components.collect::<Result<_, DeployError>>()?;
        drop(fetching);
        // From here on what serves changes. Files may have changed meanwhile, and been served.
        let _deploying = self.deploying()?;
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let mut ids: Vec<String> = components.iter().map(|(id, _)| id.clone()).collect();
        let trial = order.mode.trial();
        if trial.is_some() {
            agencies.settle_rollbacks(context);
            agencies.may_be_tried_beside(context, &ids)?;
        }
        let mut prepared = Vec::new();
        let mut rest: Vec<&mut Member> = agencies.members.iter_mut().collect();
        for (id, component) in components {
            let place = rest.iter().position(|member| member.id == id);
            let member = rest.swap_remove(place.ok_or(DeployError::UnknownAgency)?);
            let judged = Judging {
                context,
                wanted: &order.wanted,
                allow_downgrade: order.allow_downgrade,
            };
            prepared.push(judged.prepare(member, component)?);
        }
        if let Some(trial) = trial {
            return try_all(context, prepared, (trial, &order.wanted));
        }
        serve_all(context, &context.config, prepared, &order.wanted)?;
        ids.sort();
        ids.iter().map(|id| serving(context, id)).collect()
    }

    fn roll_back(
        &self,
        agency: &str,
        serving: Option<u64>,
        wanted: &Wanted,
    ) -> Result<u64, DeployError> {
        let _deploying = self.deploying()?;
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let mut members = agencies.members.iter_mut();
        let member = members.find(|member| member.id == agency);
        let member = member.ok_or(DeployError::UnknownAgency)?;
        let serves = member.agency.generation_info().ok();
        let serves = serves.map(|info| info.number);
        if let Some(expected) = serving.filter(|expected| serves != Some(*expected)) {
            return Err(DeployError::Outdated {
                expected,
                serving: serves,
            });
        }
        let number = rolled_back(context, member, wanted)?;
        let (by, why) = (&wanted.by, &wanted.why);
        tracing::warn!(target: "silta::serve", agency, generation = number, by, why, "rolled back: what served before serves again");
        Ok(number)
    }

    fn promote(&self, order: &TrialOrder) -> Result<u64, DeployError> {
        self.decide(order, |member, context| {
            let lacking = lacked(member, context, order)?;
            member.promote(context, (&order.wanted, &lacking))
        })
    }

    fn promote_to_canary(
        &self,
        order: &TrialOrder,
        of_thousand: Option<u32>,
    ) -> Result<u64, DeployError> {
        self.decide(order, |member, context| {
            let lacking = lacked(member, context, order)?;
            member.promote_to_canary(context, of_thousand, (&order.wanted, &lacking))
        })
    }

    fn discard(&self, order: &TrialOrder) -> Result<u64, DeployError> {
        self.decide(order, |member, context| {
            member.discard(context, order.number, &order.wanted)
        })
    }

    fn trial(&self, agency: &str) -> Option<TrialStanding> {
        let (on_trial, store) = &self.on_trial;
        on_trial.standing(&**store, agency)
    }
}

impl Hosted {
    /// Does what somebody decides on a trial, if it is the one that they know of.
    fn decide(
        &self,
        order: &TrialOrder,
        decide: impl FnOnce(&mut Member, &ServeContext) -> Result<u64, DeployError>,
    ) -> Result<u64, DeployError> {
        let _deploying = self.deploying()?;
        let mut hosting = self.hold();
        let Hosting { context, agencies } = &mut *hosting;
        let mut members = agencies.members.iter_mut();
        let member = members.find(|member| member.id == order.agency);
        let member = member.ok_or(DeployError::UnknownAgency)?;
        member.settle_rollback(context);
        decide(member, context)
    }
}

/// What the trial that an order is about lacks, in words, where that does not matter.
fn lacked(
    member: &Member,
    context: &ServeContext,
    order: &TrialOrder,
) -> Result<String, DeployError> {
    let number = member.trial_of(order.number)?;
    let lacking = member.lacking(context)?;
    match order.anyway || lacking.is_empty() {
        true => Ok(lacking),
        false => Err(DeployError::Lacking { number, lacking }),
    }
}

/// Puts candidates on trial, all of them or none; their records, by agency.
fn try_all(
    context: &ServeContext,
    prepared: Vec<(&mut Member, Prepared)>,
    (trial, wanted): ((TrialMode, Option<u32>), &Wanted),
) -> Result<Vec<Generation>, DeployError> {
    let (mut begun, mut recorded) = (Vec::new(), Vec::new());
    for (member, candidate) in prepared {
        match member.begin_trial(context, candidate, (trial, wanted)) {
            Ok(generation) => {
                recorded.push(generation);
                begun.push(member);
            }
            Err(error) => {
                let undone = Wanted::new(&wanted.by, "another one that was to be tried was not");
                for member in begun {
                    if let Err(error) = member.discard(context, None, &undone) {
                        tracing::error!(target: "silta::serve", agency = member.id, %error, "a trial that was begun with others has not ended");
                    }
                }
                return Err(error);
            }
        }
    }
    recorded.sort_by(|one, other| one.agency.cmp(&other.agency));
    Ok(recorded)
}

/// The generation that serves then: the one before, or its component by what the configuration has now, where that is something else.
fn rolled_back(
    context: &ServeContext,
    member: &mut Member,
    wanted: &Wanted,
) -> Result<u64, DeployError> {
    let id = member.id.clone();
    let earlier = member.agency.earlier_generation_info();
    let earlier = earlier.ok_or(DeployError::NoEarlier)?;
    // Before anything changes: it is what files that change later are served with.
    let kept = records::generation(context, &id, earlier.number)?;
    let (record, component) = kept.ok_or(DeployError::NoEarlier)?;
    let judged = component.judge(&context.config, &id);
    judged.map_err(|refused| records::told(refused, &member.id))?;
    member.note_trial(context, Urgency::Now);
    if record.settings == earlier.revision {
        let place = (id.as_str(), &member.agency);
        let number = generations::roll_back(&*context.store, place, &member.configured, wanted)?;
        member.returned_to(component);
        member.drop_trial(context);
        return Ok(number);
    }
    let prepared = member.prepare_with(context, &context.config, component, wanted);
    let mut prepared = prepared.map_err(|failure| not_prepared(&failure, member))?;
    prepared.is_downgrade = records::is_downgrade(&member.agency, &prepared.info());
    serve_all(
        context,
        &context.config,
        vec![(&mut *member, prepared)],
        wanted,
    )?;
    let serves = member.agency.generation_info();
    Ok(serves.map_err(|_| DeployError::NoEarlier)?.number)
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
        component: Component,
    ) -> Result<(&'m mut Member, Prepared), DeployError> {
        let digest = Digest::from(component.bytes.sha256());
        let said = self.verify(member, &component);
        let said = said.map_err(|refused| self.refuse(member, &component, refused))?;
        let config = &self.context.config;
        let prepared = member.prepare_with(self.context, config, component.clone(), self.wanted);
        let mut prepared = prepared.map_err(|failure| not_prepared(&failure, member))?;
        let info = prepared.info();
        if let Some(said) = said.filter(|said| *said != info.version) {
            let refused = Refused::of_other_version(&said, &info.version);
            return Err(self.refuse(member, &component, refused));
        }
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

    /// What is told by the files of a package alone, before anything of a component is looked at; the version that the manifest says.
    fn verify(&self, member: &Member, component: &Component) -> Result<Option<String>, Refused> {
        let judged = component.judge(&self.context.config, &member.id)?;
        let Some(said) = judged else {
            return Ok(None);
        };
        let version = said.version.to_string();
        let found = (version.as_str(), said.component.digest);
        match records::check_successor(&member.agency, found) {
            Err(error) if !self.allow_downgrade => Err(Refused::of(&error)),
            _ => Ok(Some(version)),
        }
    }

    fn refuse(&self, member: &Member, component: &Component, refused: Refused) -> DeployError {
        let rejection = GenerationRejection {
            step: records::step(&refused.code).to_owned(),
            code: refused.code.clone(),
            reason: refused.reason.clone(),
            reference: None,
        };
        let store = &*self.context.store;
        let component = component.content();
        let recorded = generations::reject(store, &member.id, component, self.wanted, rejection);
        if let Err(error) = recorded {
            tracing::error!(target: "silta::serve", agency = member.id, %error, "that a component was refused is not recorded");
        }
        records::told(refused, &member.id)
    }
}

/// Records that a component could not be fetched, so that the history has each order that was refused.
fn not_fetched(
    store: &dyn Store,
    reference: Option<&Reference>,
    error: &DeployError,
    wanted: &Wanted,
) {
    let DeployError::NotFetched {
        agency,
        code,
        reason,
        ..
    } = error
    else {
        return;
    };
    let rejection = GenerationRejection {
        step: GenerationRejection::FETCHED.to_owned(),
        code: code.clone(),
        reason: reason.clone(),
        reference: reference.map(Reference::to_string),
    };
    let nothing = Content::from([].as_slice());
    let recorded = generations::reject(store, agency, nothing, wanted, rejection);
    if let Err(error) = recorded {
        tracing::error!(target: "silta::serve", agency, %error, "that a component was not fetched is not recorded");
    }
}

/// Tells why nothing was prepared. What is wrong with a component has been recorded already.
fn not_prepared(failure: &Failure, member: &Member) -> DeployError {
    match records::is_passing(failure) {
        false => records::told(Refused::from(failure), &member.id),
        true => DeployError::NotJudged {
            agency: member.id.clone(),
            code: failure.code().to_owned(),
            reason: failure.message().to_owned(),
        },
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
