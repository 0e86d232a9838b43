// SPDX-License-Identifier: Apache-2.0
//! One agency of the configuration: what it serves with, and what it is to serve with next.

mod begin;
mod trial;

use silta::{Agency, Deployment, Ready};
use silta_config::{Config, Expiry, Snapshot};
use silta_gateway::{
    generations::{self, Candidate, Wanted},
    trials::Watch,
};
use silta_store::StoreError;

use super::{
    changes::Changes,
    component::Component,
    context::{CONFIGURATION, ServeContext},
    records,
    retry::Retry,
};
use crate::{
    failure::{Failure, Places},
    store,
};

pub(super) use trial::Urgency;
use trial::{Beside, Trying, Waiting};

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
    component: Component,
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
    component: Component,
    /// SHA-256 of the one that the configuration names, which may be another. Empty where that could not be read.
    pub(super) configured: String,
    /// What its files held when they were last looked at.
    pub(super) changes: Changes<Snapshot>,
    /// What they held when that was read which serves; `None` where that is not known.
    serving: Option<Snapshot>,
    pub(super) expiries: Vec<Expiry>,
    pub(super) retry: Retry,
    /// What is tried beside what serves.
    trial: Option<Trying>,
    /// What keeps the store's trial from going on, so that it is looked at again.
    waiting: Waiting,
    /// That of a candidate which serves no share of the conversations for the moment: calls of it may be under way, and it goes on with what it has seen.
    paused: Option<Watch>,
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
        // Bytes that come with the program are inflated for it.
        let candidate = (!is_same).then(|| Candidate {
            agency: member.id.clone(),
            ready,
            component: rest.component.content(),
            package: rest.component.package.clone(),
            configured: rest.configured.clone(),
            is_downgrade,
        });
        (candidate, rest)
    }

    /// Of what serves already, the store is told which component the configuration names now.
    fn renew_configured(&self, context: &ServeContext, member: &Member) -> Result<(), StoreError> {
        let serving = member.agency.generation_info();
        match serving {
            Ok(serving) if self.is_same && self.rest.configured != member.configured => {
                let (store, configured) = (&*context.store, &self.rest.configured);
                generations::renew_configured(store, &member.id, serving.number, configured)
            }
            _ => Ok(()),
        }
    }

    /// Version and digest of the component, as it says itself.
    pub(super) fn info(&self) -> silta::GenerationInfo {
        self.ready.generation_info()
    }
}

impl Member {
    pub(super) fn new(context: &ServeContext, id: &str) -> Result<Self, Failure> {
        context.config.trial(id)?;
        Ok(Self {
            id: id.to_owned(),
            agency: context.runtime.handle(id),
            component: Component::default(),
            configured: String::new(),
            changes: Changes::since(context.config.snapshot(id)?),
            serving: None,
            expiries: Vec::new(),
            retry: Retry::default(),
            trial: None,
            waiting: Waiting::default(),
            paused: None,
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
            .describe(Deployment::from_bytes(self.component.bytes.clone()));
        description.map_or(true, |description| description.is_called())
    }

    /// Takes a component through every step, in what its files hold now.
    fn prepare(
        &self,
        context: &ServeContext,
        config: &Config,
        component: &Component,
    ) -> Result<(Ready, Vec<Expiry>), Failure> {
        let id = self.id.as_str();
        // It has its number when it is recorded.
        let deployment = config
            .deployment(id, component.bytes.clone())?
            .with_generation(0);
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
        next.trial(&self.id)?;
        let named = Component::named(&context.file, next, &self.id)?;
        let configured = named.digest();
        let is_kept = self.configured.is_empty() || configured == self.configured;
        let component = match is_kept && self.is_taken(next, &configured) {
            true => self.component.clone(),
            false => named,
        };
        let mut prepared = self.prepare_with(context, next, component, wanted)?;
        prepared.rest.configured = configured;
        prepared.is_downgrade = records::is_downgrade(&self.agency, &prepared.info());
        if prepared.is_downgrade {
            records::warn_of_downgrade(&self.id, &prepared.info().version);
        }
        Ok(prepared)
    }

    /// Whether what serves may go on, by the publishers of another configuration, beside the component that this names.
    fn is_taken(&self, next: &Config, configured: &str) -> bool {
        // It has just been verified, with the files of its package that are there now.
        if self.component.digest() == configured {
            return false;
        }
        let Err(refused) = self.component.judge(next, &self.id) else {
            return true;
        };
        let (code, reason) = (refused.code, refused.reason);
        tracing::error!(target: "silta::serve", agency = self.id, code, reason, "the component that serves is not to be taken any more; the configuration counts in its place");
        false
    }

    /// Gets it ready to be served with a component. What the configuration names stays what it was. A refusal is recorded.
    pub(super) fn prepare_with(
        &self,
        context: &ServeContext,
        config: &Config,
        component: Component,
        wanted: &Wanted,
    ) -> Result<Prepared, Failure> {
        let snapshot = config.snapshot(&self.id)?;
        let prepared = self.prepare(context, config, &component);
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
            // A secret or a revocation list may be another, of which nothing is in the revision.
            is_same: is_same
                && self.serving.as_ref() == Some(&snapshot)
                && !self.retry.is_under_way(),
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
        component: &Component,
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
        self.changes = Changes::since(rest.snapshot.clone());
        self.serving = Some(rest.snapshot);
        self.retry.succeeded();
    }

    /// A generation with this serves again, with what its files held when it was prepared.
    pub(super) fn returned_to(&mut self, component: Component) {
        self.component = component;
        self.serving = None;
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
        let component = self.component.clone();
        let prepared = self.prepare_with(context, &context.config, component, &wanted)?;
        let prepared = Prepared {
            is_same: false,
            ..prepared
        };
        let served = serve_all(context, &context.config, vec![(self, prepared)], &wanted);
        served.map_err(|error| store::failed(&error))
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

/// Puts what is prepared by a configuration into service, all of it or nothing; what is served already by the same is left as it is. What a rollback returns to is prepared by that
/// configuration, too.
///
/// # Errors
/// The store does not record it.
pub(super) fn serve_all(
    context: &ServeContext,
    config: &Config,
    mut prepared: Vec<(&mut Member, Prepared)>,
    wanted: &Wanted,
) -> Result<(), StoreError> {
    for (member, _) in &mut prepared {
        member.settle_rollback(context)?;
    }
    let (mut taken, mut candidates) = (Vec::new(), Vec::new());
    for (member, prepared) in prepared {
        prepared.renew_configured(context, member)?;
        member.note_trial(context, Urgency::Now);
        let (candidate, rest) = prepared.split(member);
        let is_put = candidate.is_some();
        candidates.extend(candidate);
        taken.push((member, rest, is_put));
    }
    if let Err(error) = records::serve(context, candidates, wanted) {
        for (member, ..) in taken {
            // The store may say that another generation serves than does: the next one is recorded, whatever it is.
            member.serving = None;
        }
        return Err(error);
    }
    for (member, rest, is_put) in taken {
        let beside = match member.component.digest() == rest.component.digest() {
            true if is_put => Beside::Renewed,
            true => Beside::Same,
            false => Beside::Another,
        };
        member.take(rest);
        if member.agency.earlier_generation_info().is_none() {
            member.stand_by(context, config);
        }
        member.trial_after(context, config, beside);
    }
    Ok(())
}
