// SPDX-License-Identifier: Apache-2.0
//! An agency: its component, and all that it is to serve with.

use std::collections::BTreeMap;

use serde_json::Value;
use silta::{
    AnchorSet, Blob, Deployment, Error, Keyring, Rejection, RoleKey, Secrets, TrustStore,
    describe::{Description, Requirement, SecretSource},
    keys::KeyError,
    observe::{hexadecimal, listed},
};
use silta_config::{AgencyParts, ComponentSource, ConfigError, Expiry, PackagedComponent, Part};
use silta_gateway::outbound::{Blocking, HttpClient, MailClient, SettingsError};

use super::{
    Context,
    findings::{self, Findings, Level, at_component},
    online, schemas, sending,
    settings::{self, Subject},
    stand_ins::{self, StandIns},
};
use crate::host;

/// What is known of an agency, whatever is wrong with it.
#[derive(Debug)]
pub(super) struct Seen {
    /// Whether its component has an operation by which it is called.
    pub(super) is_called: Option<bool>,
    /// Kinds of events that its component hands out.
    pub(super) kinds: Option<Vec<String>>,
}

/// Looks at everything of an agency.
pub(super) fn check(context: &Context<'_>, id: &str, findings: &mut Findings) -> Seen {
    let mut kinds = None;
    let is_called = judge(context, id, findings, &mut kinds);
    Seen { is_called, kinds }
}

/// Whether it is called, where all of it could be tried out.
fn judge(
    context: &Context<'_>,
    id: &str,
    findings: &mut Findings,
    kinds: &mut Option<Vec<String>>,
) -> Option<bool> {
    let config = context.config;
    // The agency is one of the configuration, which is asked for it.
    let parts = findings.told(config.parts(id))?;
    let component = component(context, id, findings);
    let description = component
        .as_ref()
        .and_then(|component| describe(context, id, component, findings));
    if let Some(description) = &description {
        let published = description.events.iter();
        *kinds = Some(published.map(|event| event.kind.clone()).collect());
    }
    let configured = Configured {
        keys: keys(context, &parts, findings),
        anchors: anchors(context, &parts, findings),
        secrets: secrets(context, &parts, findings),
    };
    let client = outbound(context, &parts, id, findings);
    findings.add_exposed(config.exposed_files(id).unwrap_or_default());
    let settings = findings.told(parts.settings())?;
    // What is wrong with the way there has been told where it is configured.
    if let Some(client) = client.filter(|_| context.online) {
        reach(context, id, (&client, &settings), findings);
    }
    let description = description?;
    sending::check_polls(config, id, &description, findings);
    let requirements = Requirements {
        context,
        id,
        parts: &parts,
        description: &description,
    };
    requirements.try_out(component?, configured, settings, findings)?;
    Some(description.is_called())
}

/// What is configured by name; `None` where it cannot be used.
type ByName<T> = BTreeMap<String, Option<T>>;

/// What is configured for a component.
struct Configured {
    keys: ByName<RoleKey>,
    anchors: ByName<AnchorSet>,
    /// The values of each, and the field that names their files.
    secrets: ByName<(Vec<Vec<u8>>, String)>,
}

fn component(context: &Context<'_>, id: &str, findings: &mut Findings) -> Option<Vec<u8>> {
    let field = format!("agencies.{id}.component");
    let read = match context.config.component(id) {
        Ok(ComponentSource::Builtin) => host::builtin(context.config.agency_of(id).unwrap_or(id))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| context.config.wrong(&field, host::not_builtin())),
        Ok(ComponentSource::File(path)) => match host::packaged(context.config, id) {
            Ok(Some(packaged)) => {
                let message = signed_by(&packaged);
                findings.ok(at_component(context.config, id, message));
                Ok(packaged.component)
            }
            Ok(None) => host::read_component(&path).map_err(|failure| {
                let named = format!("{}: ", path.display());
                let reason = failure.message();
                let reason = reason.strip_prefix(&named).unwrap_or(reason).to_owned();
                context.config.wrong_file(&field, reason)
            }),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    findings.told(read)
}

fn signed_by(packaged: &PackagedComponent) -> String {
    match &packaged.verified {
        Some(verified) => format!(
            "the package is signed by the publisher `{}` with the key {}",
            verified.publisher, verified.key
        ),
        None => {
            "the component is the one of its manifest; no signature of it is demanded".to_owned()
        }
    }
}

fn describe(
    context: &Context<'_>,
    id: &str,
    component: &[u8],
    findings: &mut Findings,
) -> Option<Description> {
    // Without the limits configured, which are looked at with the settings.
    let described = context.runtime.describe(Deployment::from_bytes(component));
    let rejected = |reason: &dyn std::fmt::Display| {
        let reason = format!("the component was rejected: {reason}. Name another one");
        at_component(context.config, id, reason)
    };
    let packaged = context.config.packaged_version(id, component);
    let packaged = packaged.ok().flatten();
    match described {
        Ok(description) if context.config.agency_of(id) == Ok(&description.agency) => {
            if let Some(packaged) = packaged.filter(|packaged| *packaged != description.version) {
                let other = Rejection::OtherVersion {
                    described: description.version,
                    packaged,
                };
                let error = rejected(&other);
                findings.add(Level::Error, "component.rejected.described", error);
                return None;
            }
            let digest = hexadecimal(&Blob::from(component.to_vec()).sha256());
            let version = &description.version;
            let message = format!("{id} {version}, SHA-256 {digest}");
            findings.ok(at_component(context.config, id, message));
            Some(description)
        }
        Ok(description) => {
            let other = Rejection::OtherAgency(description.agency);
            let error = rejected(&other);
            findings.add(Level::Error, "component.rejected.described", error);
            None
        }
        Err(error) => {
            let code = error.code();
            let at = match &error {
                Error::Rejected { reason, .. } => rejected(reason),
                other => rejected(other),
            };
            findings.add(Level::Error, &code, at);
            None
        }
    }
}

fn keys(
    context: &Context<'_>,
    parts: &AgencyParts<'_>,
    findings: &mut Findings,
) -> ByName<RoleKey> {
    let config = context.config;
    let judged = |part: Part<RoleKey>| {
        let key = match part.content {
            Ok(key) => key,
            Err(errors) => {
                findings.add_errors(errors);
                return (part.name, None);
            }
        };
        let field = format!("{}.certificates", part.field);
        if let Err(error) = key.check_validity(context.now) {
            let code = match error {
                KeyError::Expired { .. } => findings::EXPIRED,
                _ => "validity.not-begun",
            };
            let error = config.wrong_file(&field, error.to_string());
            findings.add(Level::Error, code, error);
            return (part.name, None);
        }
        let expiries = Expiry::of_certificates(&field, key.chain().validities());
        if !findings.add_expiries(config, &expiries, (context.now, Level::Warning, "")) {
            let subject = key.chain().subject();
            let message =
                format!("the key belongs to the certificate of {subject}, which is valid");
            findings.ok(config.wrong(&part.field, message));
        }
        (part.name, Some(key))
    };
    parts.keys().into_iter().map(judged).collect()
}

fn anchors(
    context: &Context<'_>,
    parts: &AgencyParts<'_>,
    findings: &mut Findings,
) -> ByName<AnchorSet> {
    let config = context.config;
    let judged = |part: Part<AnchorSet>| {
        let set = match part.content {
            Ok(set) => set,
            Err(errors) => {
                findings.add_errors(errors);
                return (part.name, None);
            }
        };
        let fields = [".revocation-lists", ".list-signers"];
        let is_list = |expiry: &Expiry| fields.iter().any(|field| expiry.field.ends_with(field));
        let expiries = Expiry::of_anchors(&part.field, &set);
        let (lists, anchors): (Vec<_>, Vec<_>) = expiries.into_iter().partition(is_list);
        let refused = ": until then no certificate of this issuer is accepted";
        let lists = findings.add_expiries(config, &lists, (context.now, Level::Error, refused));
        let anchors = findings.add_expiries(config, &anchors, (context.now, Level::Warning, ""));
        if !lists && !anchors {
            let message = "the anchor set can be used".to_owned();
            findings.ok(config.wrong(&part.field, message));
        }
        (part.name, Some(set))
    };
    parts.anchors().into_iter().map(judged).collect()
}

fn secrets(
    context: &Context<'_>,
    parts: &AgencyParts<'_>,
    findings: &mut Findings,
) -> ByName<(Vec<Vec<u8>>, String)> {
    let judged = |part: Part<Vec<Vec<u8>>>| match part.content {
        // A role without a value is not configured.
        Ok(values) if values.is_empty() => {
            let reason = "no file is named, so that the secret has no value; name one, or take the table out";
            let error = context.config.wrong(&part.field, reason.to_owned());
            findings.add(Level::Error, findings::FILE, error);
            (part.name, None)
        }
        Ok(values) => {
            let message = format!("values that can be read: {}", values.len());
            findings.ok(context.config.wrong(&part.field, message));
            (part.name, Some((values, part.field)))
        }
        Err(errors) => {
            findings.add_errors(errors);
            (part.name, None)
        }
    };
    parts.secrets().into_iter().map(judged).collect()
}

fn server_anchors(context: &Context<'_>, part: Part<Vec<Expiry>>, findings: &mut Findings) {
    let config = context.config;
    match part.content {
        Ok(expiries) => {
            if !findings.add_expiries(config, &expiries, (context.now, Level::Warning, "")) {
                let message = "the anchors of the agency's server can be read".to_owned();
                findings.ok(config.wrong_file(&part.field, message));
            }
        }
        Err(errors) => findings.add_errors(errors),
    }
}

/// Whether requests and mails could be sent, as far as that is known without sending any: the client for requests, where there can be one.
fn outbound(
    context: &Context<'_>,
    parts: &AgencyParts<'_>,
    id: &str,
    findings: &mut Findings,
) -> Option<HttpClient> {
    let config = context.config;
    if let Some(part) = parts.server_anchors() {
        server_anchors(context, part, findings);
    }
    let (connect, relay) = (config.connect_settings(id), config.relay(id));
    // Anchors of the server have been told of.
    let is_new = |error: &&ConfigError| !error.field.ends_with("tls.server-anchors");
    let wrong = [connect.as_ref().err(), relay.as_ref().err()];
    let wrong = wrong.into_iter().flatten().filter(is_new).cloned();
    let rotated = config.secrets_are_kept(id).err();
    findings.add_errors(wrong.chain(rotated).collect());
    let unusable = |field: &str, error: SettingsError| {
        config.wrong(&format!("agencies.{id}.{field}"), error.to_string())
    };
    let client = connect.ok().and_then(|settings| {
        let client = HttpClient::new(settings);
        findings.told(client.map_err(|error| unusable("tls.server-anchors", error)))
    });
    if let Ok(Some(relay)) = relay {
        let mail = MailClient::new(relay);
        findings.told(mail.map_err(|error| unusable("relay", error)));
    }
    client
}

/// Whether the servers that the settings name can be reached.
fn reach(
    context: &Context<'_>,
    id: &str,
    (client, settings): (&HttpClient, &Value),
    findings: &mut Findings,
) {
    let Ok(threads) = Blocking::new() else {
        return;
    };
    for server in online::servers(settings) {
        let at = |reason| context.config.wrong_setting(id, &server.pointer, reason);
        match online::reach(&threads, client, &server) {
            Ok(version) => findings.ok(at(format!("the server is reached by {version}"))),
            // Certificates are shown by key roles, which only requests name.
            Err(fact) if fact.reason.code() == "client-certificate.missing" => {
                findings.ok(at(
                    "the server is reached, and wants a client certificate".to_owned()
                ));
            }
            Err(fact) => {
                let at = at(fact.to_string());
                findings.add(Level::Error, fact.reason.code(), at);
            }
        }
    }
}

/// What a component requires, against what is configured.
struct Requirements<'a> {
    context: &'a Context<'a>,
    id: &'a str,
    parts: &'a AgencyParts<'a>,
    description: &'a Description,
}

impl Requirements<'_> {
    /// Has the component judge its settings and itself, with what is configured for it. `None` where that could not be done.
    fn try_out(
        &self,
        component: Vec<u8>,
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
        if let Some(package) = context
            .schemas
            .filter(|_| context.config.agency_of(id) == Ok(schemas::CUSTOMS))
        {
            let subject = (deployment.clone(), self.description, settings.clone());
            schemas::check(context, id, subject, package, findings);
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
