// SPDX-License-Identifier: Apache-2.0
//! The agencies that are served, and those that cannot be at the moment.

use std::collections::BTreeMap;

use silta::Agency;
use silta_config::{Config, Expiry, Exposed};
use silta_gateway::{
    ServedAgency,
    generations::{DeployError, Wanted},
};

use super::{
    changes::Change,
    context::{CONFIGURATION, ServeContext},
    member::{Member, serve_all},
};
use crate::{failure::Failure, host, store};

/// Agencies by their ids, each with its limit on concurrent calls.
pub(super) type Served = BTreeMap<String, ServedAgency>;

/// All agencies of a configuration.
pub(super) struct Agencies {
    pub(super) members: Vec<Member>,
}

impl Agencies {
    /// Puts all agencies into service. One that cannot be is logged and tried again later, and does not stop the others.
    ///
    /// # Errors
    /// None of them can be served, or one cannot and all have to be.
    pub(super) fn start(context: &ServeContext, all: bool) -> Result<Self, Failure> {
        let mut members = Vec::new();
        let mut first = None;
        for id in context.config.agencies() {
            let mut member = Member::new(context, id)?;
            match member.begin(context) {
                Ok(()) => {}
                Err(failure) if all => return Err(failure),
                Err(failure) => {
                    member.not_served(&failure);
                    first = first.or(Some(failure));
                }
            }
            members.push(member);
        }
        match first {
            Some(failure) if members.iter().all(|member| !member.is_served()) => Err(failure),
            _ => Ok(Self { members }),
        }
    }

    /// Those that are called, with what serves them or will.
    ///
    /// # Errors
    /// None of those that are served has an operation by which it is called, and nothing else is to be done.
    pub(super) fn callers(
        &self,
        context: &ServeContext,
        is_called_only: bool,
    ) -> Result<Vec<(String, Agency)>, Failure> {
        let called = |member: &&Member| member.is_called(context);
        let callers = self.members.iter().filter(called);
        let callers: Vec<_> = callers
            .map(|member| (member.id.clone(), member.agency.clone()))
            .collect();
        if callers.is_empty() && is_called_only {
            return Err(host::never_called(&context.file, &context.config));
        }
        Ok(callers)
    }

    /// All of them, whether they are called or not, with what serves them or will.
    pub(super) fn all(&self) -> Vec<(String, Agency)> {
        let all = self.members.iter();
        all.map(|member| (member.id.clone(), member.agency.clone()))
            .collect()
    }

    /// Ids of those that cannot be served at the moment.
    pub(super) fn stopped(&self) -> Vec<&str> {
        let stopped = self.members.iter().filter(|member| !member.is_served());
        stopped.map(|member| member.id.as_str()).collect()
    }

    /// Puts agencies whose files have changed into service with what the files hold now, tries those that could not be, and cuts off calls that have kept a replaced
    /// component for too long. Says whether to look again soon: files are just being changed, or calls have to end.
    pub(super) fn look(&mut self, context: &ServeContext) -> bool {
        let mut is_settling = false;
        for member in &mut self.members {
            // The agency is configured, so that it has a snapshot; unless it is gone.
            let Ok(now) = context.config.snapshot(&member.id) else {
                continue;
            };
            match member.changes.look(now) {
                Change::Settled => member.renew(context),
                Change::Settling => is_settling = true,
                Change::None if member.retry.is_due() => member.renew(context),
                Change::None => {}
            }
            is_settling |= member.drain(context);
            member.look_after_trial(context);
        }
        is_settling
    }

    /// Puts all agencies that are served into service by another configuration, or none of them: with one that cannot be, all go on as they were. One of which nothing has changed goes on
    /// as it is. Those that are not served are [tried](Self::try_stopped) when it is in force.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn reconfigure(
        &mut self,
        context: &ServeContext,
        next: &Config,
    ) -> Result<(), Failure> {
        let wanted = Wanted::new(CONFIGURATION, "the configuration has changed");
        let mut changed = Vec::new();
        for member in &mut self.members {
            // Gone from the next start on: until then it is served as it is.
            if !next.agencies().any(|id| id == member.id) || !member.is_served() {
                continue;
            }
            let prepared = member.prepare_next(context, next, &wanted)?;
            changed.push((member, prepared));
        }
        serve_all(context, next, changed, &wanted).map_err(|error| store::failed(&error))
    }

    /// Tries those that are not served, as at a start: a configuration that is new may have mended what was wrong with them.
    pub(super) fn try_stopped(&mut self, context: &ServeContext) {
        for member in &mut self.members {
            if !member.is_served() && context.config.agencies().any(|id| id == member.id) {
                member.renew(context);
            }
        }
    }

    /// Ends trials of candidates that serve nothing any more: another one may be tried.
    pub(super) fn settle_rollbacks(&mut self, context: &ServeContext) {
        for member in &mut self.members {
            member.settle_rollback(context);
        }
    }

    /// Whether something serves each of these, and nothing is on trial.
    ///
    /// # Errors
    /// Nothing does, something is, or the store does not say.
    pub(super) fn may_be_tried_beside(
        &self,
        context: &ServeContext,
        ids: &[String],
    ) -> Result<(), DeployError> {
        let members = self.members.iter().filter(|it| ids.contains(&it.id));
        for member in members {
            let agency = member.id.clone();
            if !member.is_served() {
                return Err(DeployError::NothingServes { agency });
            }
            if let Some(number) = member.on_trial() {
                return Err(DeployError::OnTrial { agency, number });
            }
            if let Some((number, _)) = member.kept_trial(context)? {
                return Err(DeployError::OnTrial { agency, number });
            }
        }
        Ok(())
    }

    /// What of theirs runs out.
    pub(super) fn expiries(&self) -> Vec<Expiry> {
        let expiries = self.members.iter().flat_map(|member| &member.expiries);
        expiries.cloned().collect()
    }

    /// Files of their secrets that others can read.
    pub(super) fn exposed(&self, context: &ServeContext) -> Vec<Exposed> {
        let exposed = self.members.iter();
        let exposed = exposed.filter_map(|member| context.config.exposed_files(&member.id).ok());
        exposed.flatten().collect()
    }
}
