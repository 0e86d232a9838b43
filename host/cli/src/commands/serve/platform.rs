// SPDX-License-Identifier: Apache-2.0
//! Where an integration platform calls, beside where agencies do.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use silta_config::{Config, Expiry, Exposed};
use silta_gateway::{
    Gateway, ListenerError, ServerIdentity,
    platform::{PlatformConfig, PlatformSetup},
    webhooks::EntryFilter,
};
use silta_store::Store;

use super::{
    agencies::Served,
    deployments::Hosted,
    listener::file_at_fault,
    own_listener::{OwnListener, explain},
    upkeep::Words,
};
use crate::failure::Failure;

const WORDS: Words = Words {
    used: "the platform is answered with the certificate that its files hold now",
    unusable: "the files of [platform] have changed and cannot be used; the platform is answered with the certificate that they held before",
};

/// The platform's API, if one is configured, its certificate kept up to date.
pub(super) struct PlatformServer<'a> {
    file: &'a Path,
    config: &'a Config,
    /// What is configured, until it is started.
    configured: Option<PlatformConfig>,
    listener: OwnListener,
}

impl<'a> PlatformServer<'a> {
    /// What is configured, looked at before anything else takes time.
    ///
    /// # Errors
    /// Its table, or what that names, cannot be used.
    pub(super) fn new(file: &'a Path, config: &'a Config) -> Result<Self, Failure> {
        let server = Self {
            file,
            config,
            configured: config.platform()?,
            listener: OwnListener::since(
                config.platform_snapshot(),
                config.reload_interval()?,
                WORDS,
            ),
        };
        if let Some(configured) = &server.configured {
            configured
                .check()
                .and_then(|()| configured.identity(SystemTime::now()).map(|_| ()))
                .map_err(|error| explain(file, &error, field_at_fault(&error)))?;
        }
        Ok(server)
    }

    /// Whether there is to be one.
    pub(super) fn is_configured(&self) -> bool {
        self.configured.is_some()
    }

    /// The API for all agencies, into the same store and within the same limits on what their components do at once, without what webhooks push; `None` where none is configured.
    pub(super) fn setup(
        &mut self,
        (agencies, hosted): (&Served, &Hosted),
        store: Arc<dyn Store>,
        pushed: Vec<EntryFilter>,
    ) -> Option<PlatformSetup> {
        Some(PlatformSetup {
            config: self.configured.take()?,
            agencies: agencies.values().cloned().collect(),
            store,
            pushed,
            deployer: Some(Arc::new(hosted.clone())),
        })
    }

    /// Starts answering; where, if it is configured.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub(super) fn start(
        &mut self,
        gateway: &Gateway,
        setup: Option<PlatformSetup>,
    ) -> Result<Option<SocketAddr>, Failure> {
        let Some(setup) = setup else { return Ok(None) };
        let listener = gateway.listen_for_platform(setup);
        let listener =
            listener.map_err(|error| explain(self.file, &error, field_at_fault(&error)))?;
        Ok(Some(self.listener.started(listener)))
    }

    /// Looks whether its certificate has been renewed, and says after what time to look again.
    pub(super) fn look(&mut self) -> Duration {
        let (file, config) = (self.file, self.config);
        self.listener
            .look(|| config.platform_snapshot(), || identity(file, config))
    }

    /// When its certificates end.
    pub(super) fn expiries(&self) -> Vec<Expiry> {
        self.listener.expiries("platform.certificates")
    }

    /// Files of its keys that others can read.
    pub(super) fn exposed(&self) -> Vec<Exposed> {
        self.config.exposed_platform_files()
    }
}

/// The certificate that its files hold now; `None` without TLS.
fn identity(file: &Path, config: &Config) -> Result<Option<ServerIdentity>, Failure> {
    let Some(platform) = config.platform()? else {
        return Ok(None);
    };
    platform
        .identity(SystemTime::now())
        .map_err(|error| explain(file, &error, field_at_fault(&error)))
}

/// Which field of the configuration an error of the platform's API is about.
pub(in crate::commands) fn field_at_fault(error: &ListenerError) -> Option<String> {
    let field = match error {
        ListenerError::Limit(wrong) => return Some(format!("platform.limits.{}", wrong.name)),
        ListenerError::Key(_) | ListenerError::Identity(_) | ListenerError::UnusableKey { .. } => {
            file_at_fault(error)
        }
        ListenerError::Address { .. } | ListenerError::TokensInClear { .. } => "address",
        _ => return None,
    };
    Some(format!("platform.{field}"))
}
