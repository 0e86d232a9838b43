// SPDX-License-Identifier: Apache-2.0
//! One agency of the configuration: what it serves with, and what it is to serve with next.

use std::sync::Arc;

use silta::{Agency, Deployment, Ready};
use silta_config::{Config, Expiry, Snapshot};
use silta_gateway::generations::{Candidate, Wanted};
use silta_store::Content;

use super::{
    changes::Changes,
    context::{CONFIGURATION, ServeContext},
    records::{self, InForce},
    retry::Retry,
};
use crate::{
    failure::{Failure, Places},
    host,
};

/// What an agency is served with next.
pub(super) struct Prepared {
    ready: Ready,
    rest: Rest,
    pub(super) is_downgrade: bool,
    /// Whether it is the same as what serves, and is not to replace it.
    is_same: bool,
}

/// What is to be known of it once it serves.
pub(super) struct Rest {
    component: Arc<[u8]>,
    /// SHA-256 of the component that the configuration names, in hexadecimal.
    configured: String,
    expiries: Vec<Expiry>,
    snapshot: Snapshot,
}

/// An agency of the configuration.
pub(super) struct Member {
    pub(super) id: String,
    /// Where calls for it go, whether it is served or not.
    pub(super) agency: Agency,
    /// Read once, since a file that has changed is no order to swap the component; and again while the agency is not served.
    pub(super) component: Arc<[u8]>,
    /// SHA-256 of the one that the configuration names, which may be another.
    pub(super) configured: String,
    pub(super) changes: Changes<Snapshot>,
    pub(super) expiries: Vec<Expiry>,
    pub(super) retry: Retry,
}

impl Prepared {
    /// What is to be recorded and put into service, unless that serves already.
    pub(super) fn split(self, member: &Member) -> (Option<Candidate>, Rest) {
        let Self {
            ready,
            rest,
            is_downgrade,
            is_same,
        } = self;
        let candidate = Candidate {
            agency: member.id.clone(),
            ready,
            component: Content::from(&*rest.component),
            configured: rest.configured.clone(),
            is_downgrade,
        };
        ((!is_same).then_some(candidate), rest)
    }

    /// Version and digest of the component, as it says itself.
    pub(super) fn info(&self) -> silta::GenerationInfo {
        self.ready.generation_info()
    }
}

impl Member {
    pub(super) fn new(context: &ServeContext, id: &str) -> Result<Self, Failure> {
        Ok(Self {
            id: id.to_owned(),
            agency: context.runtime.handle(id),
            component: Arc::default(),
            configured: String::new(),
            changes: Changes::since(context.config.snapshot(id)?),
            expiries: Vec::new(),
            retry: Retry::default(),
        })
    }

    pub(super) fn is_served(&self) -> bool {
        self.agency.generation_info().is_ok()
    }

    /// Whether its component has an operation by which it is called; one that cannot even be asked may have.
    pub(super) fn is_called(&self, context: &ServeContext) -> bool {
        if let Ok(limit) = self.agency.inbound_limit() {
            return limit.is_some();
        }
        let description = context
            .runtime
            .describe(Deployment::from_bytes(self.component.to_vec()));
        description.map_or(true, |description| description.is_called())
    }

    /// Puts it into service by what the store says serves, or by what the configuration names, if that is another component since; and gets the generation ready that served before.
    pub(super) fn begin(&mut self, context: &ServeContext) -> Result<(), Failure> {
        let id = self.id.clone();
        let named = host::component(&context.file, &context.config, &id)?;
        self.component = named.clone().into();
        let configured = records::digest(&named);
        let in_force = InForce::of(context, &id, &configured)?;
        if let Some(component) = in_force.component {
            self.component = component.into();
        }
        let snapshot = context.config.snapshot(&id)?;
        let wanted = Wanted::new(CONFIGURATION, in_force.why);
        let prepared = self.prepare(context, &context.config, Arc::clone(&self.component));
        let (ready, expiries) =
            prepared.map_err(|failure| self.refused(context, &self.component, failure, &wanted))?;
        let rest = Rest {
            component: Arc::clone(&self.component),
            configured: configured.clone(),
            expiries,
            snapshot,
        };
        let info = ready.generation_info();
        match in_force.desired.filter(|desired| desired.is_of(&info)) {
            Some(desired) => {
                let number = desired.number;
                desired.renew_configured(context, &id, &configured)?;
                ready.numbered(number).serve();
                self.take(rest);
            }
            None => {
                let prepared = Prepared {
                    ready,
                    rest,
                    is_downgrade: false,
                    is_same: false,
                };
                serve_all(context, vec![(&mut *self, prepared)], &wanted)?;
            }
        }
        self.stand_by(context);
        Ok(())
    }

    /// Gets the generation ready that served before, so that a rollback is at once. Nothing else depends on it.
    fn stand_by(&self, context: &ServeContext) {
        let id = self.id.as_str();
        let Some((earlier, component)) = records::earlier(context, id) else {
            return;
        };
        let generation = earlier.number;
        match self.prepare(context, &context.config, component) {
            Ok((ready, _)) if ready.generation_info().revision == earlier.settings => {
                ready.numbered(generation).stand_by();
            }
            Ok(_) => {
                tracing::info!(target: "silta::serve", agency = id, generation, "the generation before cannot be returned to: it served by other settings, keys or anchors than the configuration has now, and those are not kept");
            }
            Err(failure) => {
                let (code, reason) = (failure.code(), failure.message());
                tracing::warn!(target: "silta::serve", agency = id, generation, code, reason, "the generation before cannot be returned to");
            }
        }
    }

    /// Takes a component through every step, in what its files hold now.
    fn prepare(
        &self,
        context: &ServeContext,
        config: &Config,
        component: Arc<[u8]>,
    ) -> Result<(Ready, Vec<Expiry>), Failure> {
        let id = self.id.as_str();
        // It has its number when it is recorded.
        let deployment = config.deployment(id, &*component)?.with_generation(0);
        let expiries = config.expiries(id, &deployment)?;
        let ready = context.runtime.prepare(id, deployment);
        let ready =
            ready.map_err(|error| Places::of_configuration(&context.file, id).explain(error))?;
        Ok((ready, expiries))
    }

    /// Gets it ready to be served by another configuration: with the component that serves, unless that names another one now.
    pub(super) fn prepare_next(
        &self,
        context: &ServeContext,
        next: &Config,
        wanted: &Wanted,
    ) -> Result<Prepared, Failure> {
        let named = host::component(&context.file, next, &self.id)?;
        let configured = records::digest(&named);
        let component: Arc<[u8]> = match configured == self.configured && self.is_served() {
            true => Arc::clone(&self.component),
            false => named.into(),
        };
        let mut prepared = self.prepare_with(context, next, component, wanted)?;
        if prepared.rest.configured != configured {
            prepared.rest.configured = configured;
            prepared.is_same = false;
        }
        prepared.is_downgrade = records::is_downgrade(&self.agency, &prepared.info());
        if prepared.is_downgrade {
            tracing::warn!(target: "silta::serve", agency = self.id, version = prepared.info().version, "the configuration names an earlier version of the component than serves, or another component of the same version");
        }
        Ok(prepared)
    }

    /// Gets it ready to be served with a component. What the configuration names stays what it was. A refusal is recorded.
    pub(super) fn prepare_with(
        &self,
        context: &ServeContext,
        config: &Config,
        component: Arc<[u8]>,
        wanted: &Wanted,
    ) -> Result<Prepared, Failure> {
        let snapshot = config.snapshot(&self.id)?;
        let prepared = self.prepare(context, config, Arc::clone(&component));
        let (ready, expiries) =
            prepared.map_err(|failure| self.refused(context, &component, failure, wanted))?;
        let info = ready.generation_info();
        let serving = self.agency.generation_info().ok();
        let is_same = serving.is_some_and(|serving| {
            (serving.component, serving.revision) == (info.component, info.revision)
        });
        Ok(Prepared {
            ready,
            is_downgrade: false,
            // A secret may have changed, of which nothing is in the revision.
            is_same: is_same && self.changes.is_read(&snapshot),
            rest: Rest {
                component,
                configured: self.configured.clone(),
                expiries,
                snapshot,
            },
        })
    }

    fn refused(
        &self,
        context: &ServeContext,
        component: &Arc<[u8]>,
        failure: Failure,
        wanted: &Wanted,
    ) -> Failure {
        records::refused(context, (&self.id, component), &failure, wanted);
        failure
    }

    /// It serves with this now.
    pub(super) fn take(&mut self, rest: Rest) {
        self.component = rest.component;
        self.configured = rest.configured;
        self.expiries = rest.expiries;
        self.changes = Changes::since(rest.snapshot);
        self.retry.succeeded();
    }

    /// Puts it into service with what its files hold now. Nothing changes unless that works out.
    fn serve(&mut self, context: &ServeContext) -> Result<(), Failure> {
        if !self.is_served() {
            return self.begin(context);
        }
        let wanted = Wanted::new(
            CONFIGURATION,
            "files that the configuration names have changed",
        );
        let component = Arc::clone(&self.component);
        let prepared = self.prepare_with(context, &context.config, component, &wanted)?;
        let prepared = Prepared {
            is_same: false,
            ..prepared
        };
        serve_all(context, vec![(self, prepared)], &wanted)
    }

    /// Serves it with what its files hold now, if that works out, and tells either way.
    pub(super) fn renew(&mut self, context: &ServeContext) {
        let was_served = self.is_served();
        let had_trouble = self.retry.is_under_way();
        let agency = self.id.clone();
        match self.serve(context) {
            Ok(()) if had_trouble => {
                tracing::warn!(target: "silta::serve", agency, "agency served with what its files hold now: the trouble is over");
            }
            Ok(()) => {
                tracing::info!(target: "silta::serve", agency, "agency served with what its files hold now");
            }
            Err(failure) if was_served => self.retry.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", agency, code, reason, "the agency's files have changed and cannot be used; it goes on with what they held before");
            }),
            Err(failure) => self.not_served(&failure),
        }
    }

    /// Tells that it is not served, and tries again later.
    pub(super) fn not_served(&mut self, failure: &Failure) {
        let agency = self.id.as_str();
        self.retry.failed(failure, |code, reason| {
            tracing::error!(target: "silta::serve", agency, code, reason, "agency not served: its calls are answered with 503 until it can be");
        });
    }

    /// Cuts off calls that have kept a replaced component for too long; whether there are some that may go on for a while.
    pub(super) fn drain(&self, context: &ServeContext) -> bool {
        // Out of its range it was refused at the start.
        let grace = context.config.drain_grace().unwrap_or_default();
        let calls = self.agency.cut_drained(grace);
        if calls > 0 {
            tracing::warn!(target: "silta::serve", agency = self.id, calls, "calls that had kept a replaced component for as long as `drain-seconds` were cut off");
        }
        !self.agency.draining().is_empty()
    }
}

/// Puts what is prepared into service, all of it or nothing; what is served already by the same is left as it is.
///
/// # Errors
/// The store does not record it.
pub(super) fn serve_all(
    context: &ServeContext,
    prepared: Vec<(&mut Member, Prepared)>,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (mut taken, mut candidates) = (Vec::new(), Vec::new());
    for (member, prepared) in prepared {
        let (candidate, rest) = prepared.split(member);
        candidates.extend(candidate);
        taken.push((member, rest));
    }
    records::serve(context, candidates, wanted)?;
    for (member, rest) in taken {
        member.take(rest);
    }
    Ok(())
}
