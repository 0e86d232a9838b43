// SPDX-License-Identifier: Apache-2.0
//! How an agency begins: by what the store says serves, or by what the configuration names; and what a rollback returns to.

use silta_config::Config;
use silta_gateway::generations::Wanted;

use super::{Member, Prepared, Rest, serve_all};
use crate::{
    commands::serve::{
        component::Component,
        context::{CONFIGURATION, ServeContext},
        records::{self, DesiredGeneration, InForce},
    },
    failure::Failure,
    store,
};

impl Member {
    /// Puts it into service by what the store says serves, or by what the configuration names, if that is another component since; and gets the generation ready that served before.
    pub(in super::super) fn begin(&mut self, context: &ServeContext) -> Result<(), Failure> {
        let id = self.id.clone();
        let (desired, why) = self.choose(context)?;
        let snapshot = context.config.snapshot(&id)?;
        let wanted = Wanted::new(CONFIGURATION, why);
        let component = self.component.clone();
        let prepared = self.prepare(context, &context.config, &component);
        let (ready, expiries) =
            prepared.map_err(|failure| self.refused(context, &component, failure, &wanted))?;
        let rest = Rest {
            component,
            configured: self.configured.clone(),
            expiries,
            snapshot,
        };
        let info = ready.generation_info();
        let (is_in_force, is_downgrade) = desired.as_ref().map_or((false, false), |desired| {
            let place = (id.as_str(), desired.number);
            let is_downgrade = records::is_downgrade_since(context, place, &info);
            (desired.is_of(&info), is_downgrade)
        });
        let Some(desired) = desired.filter(|_| is_in_force) else {
            if is_downgrade {
                records::warn_of_downgrade(&id, &info.version);
            }
            let prepared = Prepared {
                ready,
                rest,
                is_downgrade,
                is_same: false,
            };
            let prepared = vec![(&mut *self, prepared)];
            let served = serve_all(context, &context.config, prepared, &wanted);
            served.map_err(|error| store::failed(&error))?;
            self.resume_trial(context);
            return Ok(());
        };
        let number = desired.number;
        desired.renew_configured(context, &id, &self.configured)?;
        ready.numbered(number).serve();
        self.take(rest);
        self.stand_by(context, &context.config);
        self.resume_trial(context);
        Ok(())
    }

    /// Chooses its component; what the store says serves, and what to say of a generation that is made all the same.
    fn choose(
        &mut self,
        context: &ServeContext,
    ) -> Result<(Option<DesiredGeneration>, &'static str), Failure> {
        let id = self.id.clone();
        let named = Component::named(&context.file, &context.config, &id);
        let digest = named.as_ref().ok().map(Component::digest);
        let in_force = InForce::of(context, &id, digest.as_deref())?;
        let (desired, why) = (in_force.desired, in_force.why);
        // Before anything can fail: whatever is deployed meanwhile is deployed beside what the configuration names.
        self.configured = digest
            .or_else(|| Some(desired.as_ref()?.configured.clone()))
            .unwrap_or_default();
        self.component = match (in_force.component, named) {
            (Some(stored), Ok(_)) => stored,
            (Some(stored), Err(failure)) => {
                let (code, reason) = (failure.code(), failure.message());
                tracing::error!(target: "silta::serve", agency = id, code, reason, "the component that the configuration names cannot be used; what served goes on, from the store");
                stored
            }
            (None, named) => named?,
        };
        Ok((desired, why))
    }

    /// Gets the component ready that served before, so that a rollback is at once. Nothing else depends on it.
    pub(super) fn stand_by(&self, context: &ServeContext, config: &Config) {
        let id = self.id.as_str();
        let Some((earlier, component)) = records::earlier(context, id) else {
            return;
        };
        let generation = earlier.number;
        if let Err(refused) = component.judge(config, id) {
            let (code, reason) = (refused.code, refused.reason);
            tracing::warn!(target: "silta::serve", agency = id, generation, code, reason, "the generation before cannot be returned to: its component is not to be taken any more");
            return;
        }
        match self.prepare(context, config, &component) {
            Ok((ready, _)) => {
                if ready.generation_info().revision != earlier.settings {
                    tracing::info!(target: "silta::serve", agency = id, generation, "the generation before served by other settings, keys or anchors than the configuration has now: a rollback returns to its component, by these");
                }
                ready.numbered(generation).stand_by();
            }
            Err(failure) => {
                let (code, reason) = (failure.code(), failure.message());
                tracing::warn!(target: "silta::serve", agency = id, generation, code, reason, "the generation before cannot be returned to");
            }
        }
    }
}
