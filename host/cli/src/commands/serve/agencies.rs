// SPDX-License-Identifier: Apache-2.0
//! The agencies that are served, and those that cannot be at the moment.

use std::{collections::BTreeMap, path::Path};

use silta::{Agency, Deployment, Ready, Runtime};
use silta_config::{Config, Expiry, Exposed, Snapshot};
use silta_gateway::ServedAgency;

use super::{
    changes::{Change, Changes},
    retry::Retry,
};
use crate::{
    failure::{Failure, Places},
    host,
};

/// Agencies by their ids, each with its limit on concurrent calls.
pub(super) type Served = BTreeMap<String, ServedAgency>;

/// What serving agencies needs.
pub(super) struct ServeContext<'a> {
    pub(super) file: &'a Path,
    pub(super) config: Config,
    pub(super) runtime: Runtime,
}

/// All agencies of a configuration.
pub(super) struct Agencies {
    members: Vec<Member>,
}

impl Agencies {
    /// Puts all agencies into service. One that cannot be is logged and tried again later, and does not stop the others.
    ///
    /// # Errors
    /// None of them can be served, or one cannot and all have to be.
    pub(super) fn start(context: &ServeContext<'_>, all: bool) -> Result<Self, Failure> {
        let mut members = Vec::new();
        let mut first = None;
        for id in context.config.agencies() {
            let mut member = Member::new(context, id)?;
            match member.serve(context) {
                Ok(()) => {}
                Err(failure) if all => return Err(failure),
                Err(failure) => {
                    member.retry.failed(&failure, |code, reason| {
                        tracing::error!(target: "silta::serve", agency = id, code, reason, "agency not served: its calls are answered with 503 until it can be");
                    });
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
        context: &ServeContext<'_>,
        is_called_only: bool,
    ) -> Result<Vec<(String, Agency)>, Failure> {
        let called = |member: &&Member| member.is_called(context);
        let callers = self.members.iter().filter(called);
        let callers: Vec<_> = callers
            .map(|member| (member.id.clone(), member.agency.clone()))
            .collect();
        if callers.is_empty() && is_called_only {
            return Err(host::never_called(context.file, &context.config));
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

    /// Puts agencies whose files have changed into service with what the files hold now, and tries those that could not be. Says
    /// whether files are just being changed.
    pub(super) fn look(&mut self, context: &ServeContext<'_>) -> bool {
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
        }
        is_settling
    }

    /// Puts all agencies into service by another configuration, or none of them: with one that cannot be, all go on as they were. One that is not served
    /// anyway stops nobody.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn reconfigure(
        &mut self,
        context: &ServeContext<'_>,
        next: &Config,
    ) -> Result<(), Failure> {
        let mut ready = Vec::new();
        for member in &mut self.members {
            // Gone from the next start on: until then it is served as it is.
            if !next.agencies().any(|id| id == member.id) {
                continue;
            }
            match member.prepare(context, next) {
                Ok(prepared) => ready.push((member, prepared)),
                Err(failure) if member.is_served() => return Err(failure),
                Err(_) => {}
            }
        }
        for (member, prepared) in ready {
            prepared.ready.serve();
            member.component = prepared.component;
            member.expiries = prepared.expiries;
            member.changes = Changes::since(prepared.snapshot);
            member.retry.succeeded();
        }
        Ok(())
    }

    /// What of theirs runs out.
    fn expiries(&self) -> Vec<Expiry> {
        let expiries = self.members.iter().flat_map(|member| &member.expiries);
        expiries.cloned().collect()
    }

    /// What is to be told of them once a day.
    pub(super) fn reminders(&self, context: &ServeContext<'_>) -> (Vec<Expiry>, Vec<Exposed>) {
        let exposed = self.members.iter();
        let exposed = exposed.filter_map(|member| context.config.exposed_files(&member.id).ok());
        (self.expiries(), exposed.flatten().collect())
    }
}

/// What an agency is served with next.
struct Prepared {
    ready: Ready,
    component: Vec<u8>,
    expiries: Vec<Expiry>,
    snapshot: Snapshot,
}

/// An agency of the configuration.
struct Member {
    id: String,
    /// Where calls for it go, whether it is served or not.
    agency: Agency,
    /// Read once, since a file that has changed is no order to swap the component; and again while the agency is not served.
    component: Vec<u8>,
    changes: Changes<Snapshot>,
    expiries: Vec<Expiry>,
    retry: Retry,
}

impl Member {
    fn new(context: &ServeContext<'_>, id: &str) -> Result<Self, Failure> {
        Ok(Self {
            id: id.to_owned(),
            agency: context.runtime.handle(id),
            component: Vec::new(),
            changes: Changes::since(context.config.snapshot(id)?),
            expiries: Vec::new(),
            retry: Retry::default(),
        })
    }

    fn is_served(&self) -> bool {
        self.agency.generation_info().is_ok()
    }

    /// Whether its component has an operation by which it is called; one that cannot even be asked may have.
    fn is_called(&self, context: &ServeContext<'_>) -> bool {
        if let Ok(limit) = self.agency.inbound_limit() {
            return limit.is_some();
        }
        let description = context
            .runtime
            .describe(Deployment::from_bytes(self.component.clone()));
        description.map_or(true, |description| description.is_called())
    }

    /// Puts it into service with what its files hold now. Nothing changes unless that works out.
    fn serve(&mut self, context: &ServeContext<'_>) -> Result<(), Failure> {
        let (id, config) = (self.id.as_str(), &context.config);
        if !self.is_served() {
            self.component = host::component(context.file, config, id)?;
        }
        let deployment = config.deployment(id, self.component.clone())?;
        let expiries = config.expiries(id, &deployment)?;
        let deployed = context.runtime.deploy(id, deployment);
        deployed.map_err(|error| Places::of_configuration(context.file, id).explain(error))?;
        self.expiries = expiries;
        Ok(())
    }

    /// Gets it ready to be served by another configuration.
    fn prepare(&self, context: &ServeContext<'_>, next: &Config) -> Result<Prepared, Failure> {
        let id = self.id.as_str();
        let snapshot = next.snapshot(id)?;
        let component = host::component(context.file, next, id)?;
        let deployment = next.deployment(id, component.clone())?;
        let expiries = next.expiries(id, &deployment)?;
        let ready = context.runtime.prepare(id, deployment);
        let ready =
            ready.map_err(|error| Places::of_configuration(context.file, id).explain(error))?;
        Ok(Prepared {
            ready,
            component,
            expiries,
            snapshot,
        })
    }

    fn renew(&mut self, context: &ServeContext<'_>) {
        let was_served = self.is_served();
        let agency = self.id.clone();
        match self.serve(context) {
            Ok(()) if self.retry.succeeded() => {
                tracing::warn!(target: "silta::serve", agency, "agency served with what its files hold now: the trouble is over");
            }
            Ok(()) => {
                tracing::info!(target: "silta::serve", agency, "agency served with what its files hold now");
            }
            Err(failure) => self.retry.failed(&failure, |code, reason| {
                if was_served {
                    tracing::error!(target: "silta::serve", agency, code, reason, "the agency's files have changed and cannot be used; it goes on with what they held before");
                } else {
                    tracing::error!(target: "silta::serve", agency, code, reason, "agency not served: its calls are answered with 503 until it can be");
                }
            }),
        }
    }
}
