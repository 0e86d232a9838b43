// SPDX-License-Identifier: Apache-2.0
//! Keys, anchors and secrets of an agency, and the way to it, as they are configured.

use std::collections::BTreeMap;

use silta::{AnchorSet, RoleKey, keys::KeyError};
use silta_config::{AgencyParts, ConfigError, Expiry, Part};
use silta_gateway::outbound::{HttpClient, MailClient, SettingsError};

use crate::commands::check::{
    Context,
    findings::{self, Findings, Level},
};

/// What is configured by name; `None` where it cannot be used.
pub(super) type ByName<T> = BTreeMap<String, Option<T>>;

/// What is configured for a component.
pub(super) struct Configured {
    pub(super) keys: ByName<RoleKey>,
    pub(super) anchors: ByName<AnchorSet>,
    /// The values of each, and the field that names their files.
    pub(super) secrets: ByName<(Vec<Vec<u8>>, String)>,
}

impl Configured {
    /// Looks at all of it.
    pub(super) fn look(
        context: &Context<'_>,
        parts: &AgencyParts<'_>,
        findings: &mut Findings,
    ) -> Self {
        Self {
            keys: keys(context, parts, findings),
            anchors: anchors(context, parts, findings),
            secrets: secrets(context, parts, findings),
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
pub(super) fn outbound(
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
