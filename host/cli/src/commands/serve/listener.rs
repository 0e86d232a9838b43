// SPDX-License-Identifier: Apache-2.0
//! Where agencies call, as it is configured, and which field is at fault where it is wrong.

use std::{net::SocketAddr, path::Path, time::SystemTime};

use silta::keys::KeyError;
use silta_config::Config;
use silta_gateway::{ListenerConfig, ListenerError, ServerIdentity};

use crate::{failure::Failure, host};

/// The listener as it is configured, at another address if one is given. What it answers with is judged here, since components are compiled before it
/// starts, which takes a while.
pub(super) fn listener_config(
    config: &Config,
    file: &Path,
    listen: Option<SocketAddr>,
) -> Result<Option<ListenerConfig>, Failure> {
    let Some(mut listener) = config.listener()? else {
        return match listen {
            Some(_) => Err(Failure::command_line(
                "--listen: the configuration has no table [listener], which says with which certificate to answer; `silta init --listener` writes an example",
            )),
            None => Ok(None),
        };
    };
    listener.address = listen.unwrap_or(listener.address);
    let wrong = |error| explain(error, file, listen);
    listener
        .limits
        .check()
        .map_err(|limit| wrong(limit.into()))?;
    identity(&listener).map_err(wrong)?;
    Ok(Some(listener))
}

/// What a listener answers with.
pub(super) fn identity(listener: &ListenerConfig) -> Result<ServerIdentity, ListenerError> {
    let now = SystemTime::now();
    ServerIdentity::read(&listener.certificates, &listener.private_key, now)
        .and_then(|first| first.beside_configured(&listener.also, now))
}

pub(super) fn nothing_to_serve(file: &Path) -> Failure {
    let reason = "there is neither a table [listener], which says where agencies call, nor [mail], which says where mail is delivered, nor [platform], which says where your own systems call, nor [sending], which has what is queued sent: nothing would be done; `silta init --listener` writes an example";
    host::in_configuration(file.to_owned(), "listener".to_owned(), reason.to_owned())
}

pub(super) fn explain(error: ListenerError, config: &Path, listen: Option<SocketAddr>) -> Failure {
    let field = match &error {
        ListenerError::Limit(wrong) => format!("listener.limits.{}", wrong.name),
        ListenerError::Also { number, error } => {
            format!("listener.also[{number}].{}", file_at_fault(error))
        }
        ListenerError::Key(_) | ListenerError::Identity(_) | ListenerError::UnusableKey { .. } => {
            format!("listener.{}", file_at_fault(&error))
        }
        ListenerError::Address { .. } if listen.is_some() => {
            return Failure::command_line(&format!("--listen: {error}; name a free one"));
        }
        ListenerError::Address { .. } => "listener.address".into(),
        _ => return Failure::internal("serve.not-started", &error.to_string()),
    };
    host::in_configuration(config.to_owned(), field, error.to_string())
}

/// Which of a certificate and its key an error is about.
pub(in crate::commands) fn file_at_fault(error: &ListenerError) -> &'static str {
    match error {
        ListenerError::Key(KeyError::PrivateKeyFile(_)) | ListenerError::UnusableKey { .. } => {
            "private-key"
        }
        _ => "certificates",
    }
}
