// SPDX-License-Identifier: Apache-2.0
//! Where an integration platform calls, beside where agencies do.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use silta_config::{Config, Expiry, Snapshot};
use silta_gateway::{
    Gateway, ListenerError, ServerIdentity,
    platform::{PlatformConfig, PlatformListener, PlatformSetup},
};
use silta_store::Store;

use super::{
    agencies::Served,
    changes::{Change, Changes},
    listener::file_at_fault,
    maintenance::{DAY, SETTLING},
    retry::Retry,
};
use crate::{failure::Failure, host};

/// The platform's API, if one is configured, its certificate kept up to date.
pub(super) struct PlatformServer<'a> {
    file: &'a Path,
    config: &'a Config,
    /// What is configured, until it is started.
    configured: Option<PlatformConfig>,
    listener: Option<PlatformListener>,
    changes: Changes<Snapshot>,
    retry: Retry,
    interval: Duration,
    /// When the last warning was given.
    reminded: Option<Instant>,
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
            listener: None,
            changes: Changes::since(config.platform_snapshot()),
            retry: Retry::default(),
            interval: config.reload_interval()?,
            reminded: None,
        };
        if let Some(configured) = &server.configured {
            configured
                .check()
                .and_then(|()| configured.identity(SystemTime::now()).map(|_| ()))
                .map_err(|error| server.explain(&error))?;
        }
        Ok(server)
    }

    /// Whether there is to be one.
    pub(super) fn is_configured(&self) -> bool {
        self.configured.is_some()
    }

    /// The API for all agencies, into the same store and within the same limits on what their components do at once; `None` where none is configured.
    pub(super) fn setup(
        &mut self,
        agencies: &Served,
        store: Arc<dyn Store>,
    ) -> Option<PlatformSetup> {
        Some(PlatformSetup {
            config: self.configured.take()?,
            agencies: agencies.values().cloned().collect(),
            store,
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
        let listener = listener.map_err(|error| self.explain(&error))?;
        let address = listener.address();
        self.listener = Some(listener);
        Ok(Some(address))
    }

    /// Looks whether its certificate has been renewed, and says after what time to look again.
    pub(super) fn look(&mut self) -> Duration {
        if self.listener.is_none() {
            return self.interval;
        }
        let change = self.changes.look(self.config.platform_snapshot());
        let is_again = change == Change::None && self.retry.is_due();
        if change == Change::Settled || is_again {
            self.renew();
        }
        if self.reminded.is_none_or(|last| last.elapsed() >= DAY) {
            self.reminded = Some(Instant::now());
            self.remind();
        }
        match change {
            Change::Settling => SETTLING.min(self.interval),
            _ => self.interval,
        }
    }

    fn renew(&mut self) {
        let identity = self.identity();
        match (identity, &self.listener) {
            (Ok(Some(identity)), Some(listener)) => {
                listener.renew(identity);
                self.retry.succeeded();
                tracing::info!(target: "silta::serve", "the platform is answered with the certificate that its files hold now");
            }
            (Ok(_), _) => {}
            (Err(failure), _) => self.retry.failed(&failure, |code, reason| {
                tracing::error!(target: "silta::serve", code, reason, "the files of [platform] have changed and cannot be used; the platform is answered with the certificate that they held before");
            }),
        }
    }

    fn identity(&self) -> Result<Option<ServerIdentity>, Failure> {
        let Some(platform) = self.config.platform()? else {
            return Ok(None);
        };
        platform
            .identity(SystemTime::now())
            .map_err(|error| self.explain(&error))
    }

    /// What of its own runs out.
    pub(super) fn expiries(&self) -> Vec<Expiry> {
        let validities = self.listener.as_ref().map(PlatformListener::validities);
        Expiry::of_certificates("platform.certificates", &validities.unwrap_or_default())
    }

    fn remind(&self) {
        let now = SystemTime::now();
        let expiries = self.expiries();
        let near = expiries.iter().filter_map(|expiry| expiry.warning(now));
        let exposed = self.config.exposed_platform_files();
        for warning in near.chain(exposed.iter().map(ToString::to_string)) {
            tracing::warn!(target: "silta::serve", "{warning}");
        }
    }

    fn explain(&self, error: &ListenerError) -> Failure {
        match field_at_fault(error) {
            Some(field) => host::in_configuration(self.file.to_owned(), field, error.to_string()),
            None => Failure::internal("serve.not-started", &error.to_string()),
        }
    }
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
