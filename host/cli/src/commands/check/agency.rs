// SPDX-License-Identifier: Apache-2.0
//! An agency: its component, and all that it is to serve with.

mod configured;
mod requirements;

use serde_json::Value;
use silta::{
    ComponentBytes, Deployment, Error, Rejection, describe::Description, observe::hexadecimal,
};
use silta_config::{ComponentSource, PackagedComponent};
use silta_gateway::outbound::{Blocking, HttpClient};

use self::{
    configured::{Configured, outbound},
    requirements::Requirements,
};
use super::{
    Context,
    findings::{Findings, Level, at_component},
    online, sending,
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
    findings.told(config.trial(id));
    let component = component(context, id, findings);
    let description = component
        .as_ref()
        .and_then(|component| describe(context, id, component, findings));
    if let Some(description) = &description {
        let published = description.events.iter();
        *kinds = Some(published.map(|event| event.kind.clone()).collect());
    }
    let configured = Configured::look(context, &parts, findings);
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

fn component(context: &Context<'_>, id: &str, findings: &mut Findings) -> Option<ComponentBytes> {
    let field = format!("agencies.{id}.component");
    let read = match context.config.component(id) {
        Ok(ComponentSource::Builtin) => host::builtin(context.config.agency_of(id).unwrap_or(id))
            .ok_or_else(|| context.config.wrong(&field, host::not_builtin())),
        Ok(ComponentSource::File(path)) => match host::packaged(context.config, id) {
            Ok(Some(packaged)) => {
                let message = signed_by(&packaged);
                findings.ok(at_component(context.config, id, message));
                Ok(packaged.component.into())
            }
            Ok(None) => host::read_component(&path)
                .map(ComponentBytes::from)
                .map_err(|failure| {
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
    component: &ComponentBytes,
    findings: &mut Findings,
) -> Option<Description> {
    // Without the limits configured, which are looked at with the settings.
    let deployment = Deployment::from_bytes(component.clone());
    let described = context.runtime.describe(deployment);
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
            let digest = hexadecimal(&component.sha256());
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
