// SPDX-License-Identifier: Apache-2.0
//! Where agencies are to call.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    time::SystemTime,
};

use silta::keys::KeyError;
use silta_config::{Config, Expiry, ListenerPart};
use silta_gateway::{ListenerError, ServerIdentity};

use super::findings::{self, Findings, Level};
use crate::{commands::serve::listener::file_at_fault, host};

/// Looks at the table `[listener]`, if there is one. What is bound for it is let go at once.
pub(super) fn check(config: &Config, now: SystemTime, findings: &mut Findings) {
    let (Some(address), Some(limits)) = (config.listener_address(), config.listener_limits())
    else {
        let message = "not configured: agencies cannot call".to_owned();
        return findings.ok(config.wrong("listener", message));
    };
    if let Some(address) = findings.told(address) {
        check_address(config, "listener", address, findings);
    }
    for part in config.listener_parts() {
        check_identity(config, part, now, findings);
    }
    findings.add_exposed(config.exposed_listener_files());
    if let Some(Some(proxies)) = findings.told(config.listener_proxies()) {
        let number = proxies.networks.len() + usize::from(proxies.socket.is_some());
        let message = format!("proxies that are believed what they say of callers: {number}");
        findings.ok(config.wrong("listener.proxies", message));
    }
    let calls = limits.calls_per_agency;
    if let Err(wrong) = limits.check() {
        let field = format!("listener.limits.{}", wrong.name);
        let error = config.wrong(&field, format!("the limit {wrong}"));
        findings.add(Level::Error, findings::FILE, error);
    } else if let Err(failure) = host::runtime(None, host::calls_at_once(config, calls)) {
        let told = host::too_many_calls(config, calls);
        let reason = format!("{told}: {}", failure.message());
        let error = config.wrong(host::CALLS_PER_AGENCY, reason);
        findings.add(Level::Error, failure.code(), error);
    } else {
        let message = "the limits are in their ranges".to_owned();
        findings.ok(config.wrong("listener.limits", message));
    }
}

/// Looks whether the address of a table can be listened at.
pub(super) fn check_address(
    config: &Config,
    table: &str,
    address: SocketAddr,
    findings: &mut Findings,
) {
    let at = |reason| config.wrong(&format!("{table}.address"), reason);
    match TcpListener::bind(address) {
        Ok(_) => findings.ok(at(format!("{address} can be listened at"))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let reason = format!(
                "{address} is in use. If that is `silta serve` itself, all is well; otherwise stop what listens there, or name another address"
            );
            findings.add(Level::Warning, &format!("{table}.in-use"), at(reason));
        }
        Err(error) => {
            let reason = format!(
                "{address} cannot be listened at ({error}); name an address of this machine, and a port that this user may listen at"
            );
            findings.add(Level::Error, &format!("{table}.address"), at(reason));
        }
    }
}

/// Looks at a private key and its certificates.
pub(super) fn check_identity(
    config: &Config,
    part: ListenerPart,
    now: SystemTime,
    findings: &mut Findings,
) {
    let field = part.field;
    let pair = match part.content {
        Ok(pair) => pair,
        Err(errors) => return findings.add_errors(errors),
    };
    let certificates = format!("{field}.certificates");
    match ServerIdentity::read(&pair.certificates, &pair.private_key, now) {
        Ok(identity) => {
            let validities = identity.validities();
            let expiries = Expiry::of_certificates(&certificates, validities);
            let meaning = (now, Level::Warning, "");
            if !findings.add_expiries(config, &expiries, meaning) {
                let subject = validities.first().map_or("", |first| &first.subject);
                let message = format!("the certificate of {subject} is valid, and so is its key");
                findings.ok(config.wrong_file(&certificates, message));
            }
        }
        Err(error) => {
            let code = match error {
                ListenerError::Key(KeyError::Expired { .. }) => findings::EXPIRED,
                _ => findings::FILE,
            };
            let field = format!("{field}.{}", file_at_fault(&error));
            let error = config.wrong_file(&field, error.to_string());
            findings.add(Level::Error, code, error);
        }
    }
}
