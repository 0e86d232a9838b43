// SPDX-License-Identifier: Apache-2.0
//! What a component requires, and what is configured for it.

use serde_json::Value;
use silta::{
    ComponentBytes, Deployment, Keyring, Secrets, TrustStore,
    describe::{Description, Requirement, SecretSource},
    observe::listed,
};
use silta_config::{AgencyParts, ConfigError};
use silta_schemas::{Package, suomifi};

use super::configured::{ByName, Configured};
use crate::commands::check::{
    Context,
    findings::{Findings, Level},
    return_channel, schemas,
    settings::{self, Subject},
    stand_ins::{self, StandIns},
};

/// What a component requires, against what is configured.
pub(super) struct Requirements<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) id: &'a str,
    pub(super) parts: &'a AgencyParts<'a>,
    pub(super) description: &'a Description,
}

impl Requirements<'_> {
    /// Has the component judge its settings and itself, with what is configured for it. `None` where that could not be done.
    pub(super) fn try_out(
        &self,
        component: ComponentBytes,
        configured: Configured,
        settings: Value,
        findings: &mut Findings,
    ) -> Option<()> {
        let (context, id) = (self.context, self.id);
        let Some((keyring, trust, secrets)) = self.meet(configured, findings) else {
            let message = "settings and self-tests are not looked at: no key can be made on this machine to stand in for those that are wrong";
            let at = context.config.wrong_setting(id, "", message.to_owned());
            findings.add(Level::Warning, "settings.not-looked-at", at);
            return None;
        };
        let deployment = Deployment::from_bytes(component)
            .of_agency(context.config.agency_of(id).unwrap_or(id))
            .with_keyring(keyring)
            .with_trust(trust)
            .with_limits(self.parts.limits().clone());
        if let Some(package) = context.schemas {
            let subject = (deployment.clone(), settings.clone());
            self.judge_by(package, subject, findings);
        }
        let subject = Subject {
            id,
            description: self.description,
            deployment,
            secrets,
            settings,
        };
        settings::check(context, subject, findings);
        Some(())
    }

    /// Has messages judged by a schema package, if it is one of this agency: where both agencies that have packages are configured, by its operations.
    fn judge_by(
        &self,
        package: &Package,
        (deployment, settings): (Deployment, Value),
        findings: &mut Findings,
    ) {
        let (context, id) = (self.context, self.id);
        let is_of_return_channel = match schemas::JUDGED.map(|agency| context.has(agency)) {
            [true, true] => suomifi::is_of(package),
            [_, is_alone] => is_alone,
        };
        match (context.config.agency_of(id), is_of_return_channel) {
            (Ok(schemas::CUSTOMS), false) => {
                let subject = (deployment, self.description, settings);
                schemas::check(context, id, subject, package, findings);
            }
            (Ok(return_channel::SUOMIFI), true) => {
                return_channel::check(context, id, (deployment, settings), package, findings);
            }
            _ => {}
        }
    }

    /// Tells of what is missing and what is unknown, and puts together what the component is to have: what can be used of it, and something
    /// in the place of the rest. `None` where nothing could be made for that.
    fn meet(
        &self,
        configured: Configured,
        findings: &mut Findings,
    ) -> Option<(Keyring, TrustStore, Secrets)> {
        let description = self.description;
        let Configured {
            keys,
            anchors,
            secrets,
        } = configured;
        let known: Vec<&Requirement> = description.key_roles.iter().collect();
        let keys = self.compare(("keys", "key role"), &known, keys, findings);
        let known: Vec<&Requirement> = description.anchor_sets.iter().collect();
        let anchors = self.compare(("anchors", "anchor set"), &known, anchors, findings);
        let roles = description.secret_roles.iter();
        let roles = roles.filter(|role| !matches!(role.source, SecretSource::Obtained { .. }));
        let known: Vec<&Requirement> = roles.map(|role| &role.requirement).collect();
        let secrets = self.compare(("secrets", "secret"), &known, secrets, findings);
        let stand_ins = StandIns::make()?;
        let mut keyring = Keyring::new();
        for (role, key) in keys {
            keyring = keyring.with(role, key.or_else(|| stand_ins.key())?);
        }
        let mut trust = self.parts.trust();
        for (name, set) in anchors {
            trust = trust.with(name, set.or_else(|| stand_ins.anchors())?);
        }
        let mut values = Secrets::new();
        for (role, secret) in secrets {
            values = match secret {
                Some((secret, origin)) => values.with_origin(role, secret, origin),
                None => {
                    let asked = description.secret_role(&role);
                    let form = asked.and_then(|asked| asked.form);
                    values.with(role, vec![stand_ins::secret(form)])
                }
            };
        }
        Some((keyring, trust, values))
    }

    /// Tells of the differences, takes out what is unknown, and puts `None` in for what is missing.
    fn compare<T>(
        &self,
        (table, kind): (&str, &str),
        known: &[&Requirement],
        mut configured: ByName<T>,
        findings: &mut Findings,
    ) -> ByName<T> {
        let field = format!("agencies.{}.{table}", self.id);
        let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        for name in configured.keys() {
            if !names.contains(&name.as_str()) {
                let reason = format!(
                    "the component knows no {kind} of this name; it knows: {}. Correct the name, or take the table out",
                    listed(&names)
                );
                let at = self
                    .context
                    .config
                    .wrong(&format!("{field}.{name}"), reason);
                findings.add(Level::Error, "role.unknown", at);
            }
        }
        configured.retain(|name, _| names.contains(&name.as_str()));
        // A table that was left out because it is misformed is not missing.
        let is_of_table = |error: &ConfigError| error.field.starts_with(&field);
        let is_told = self.context.misplaced.iter().any(is_of_table);
        for Requirement { name, purpose, .. } in known.iter().filter(|known| known.required) {
            if configured.contains_key(name) {
                continue;
            }
            if !is_told {
                let reason = format!(
                    "the component requires this {kind} ({purpose}), which is not configured; add the table [{field}.{name}]"
                );
                let at = self
                    .context
                    .config
                    .wrong(&format!("{field}.{name}"), reason);
                findings.add(Level::Error, "role.missing", at);
            }
            configured.insert(name.clone(), None);
        }
        configured
    }
}
