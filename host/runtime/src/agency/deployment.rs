// SPDX-License-Identifier: Apache-2.0
//! A component together with what it is to serve with.

use std::{fs, path::PathBuf};

use crate::{
    call::limits::Limits, error::Rejection, keys::Keyring, secrets::Secrets, trust::TrustStore,
};

/// A component together with what it is to serve with: settings, keys, anchors, secrets, limits.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub(crate) source: Source,
    pub(crate) settings: String,
    pub(crate) keyring: Keyring,
    pub(crate) trust: TrustStore,
    pub(crate) secrets: Secrets,
    pub(crate) limits: Limits,
    pub(crate) generation: Option<u64>,
    pub(crate) agency: Option<String>,
}

impl Deployment {
    /// A component given as its bytes.
    pub fn from_bytes(component: impl Into<Vec<u8>>) -> Self {
        Self::new(Source::Bytes(component.into()))
    }

    /// A component in a file, which is read at deployment.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    /// The agency's settings: one JSON object. Default `{}`: all the component's defaults.
    #[must_use]
    pub fn with_settings(self, settings: impl Into<String>) -> Self {
        Self {
            settings: settings.into(),
            ..self
        }
    }

    /// The keys it may sign with. Default none.
    #[must_use]
    pub fn with_keyring(self, keyring: Keyring) -> Self {
        Self { keyring, ..self }
    }

    /// The anchors it may lead others' certificates to. Default none.
    #[must_use]
    pub fn with_trust(self, trust: TrustStore) -> Self {
        Self { trust, ..self }
    }

    /// The secrets it may have compared and inserted. Default none.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// What a call may use. Memory beyond the runtime's own limit is not granted.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The keys it may sign with.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The anchors it may lead others' certificates to.
    pub fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// Number of the generation that comes of it, for who counts generations over runs of the program. Default one more than the agency's largest so far.
    #[must_use]
    pub fn with_generation(self, number: u64) -> Self {
        Self {
            generation: Some(number),
            ..self
        }
    }

    /// Agency id that the component has to have, where the name it is deployed under is another: test and production, or two customers with keys of their
    /// own, are two deployments of one agency. Default the name.
    #[must_use]
    pub fn of_agency(self, id: impl Into<String>) -> Self {
        Self {
            agency: Some(id.into()),
            ..self
        }
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            settings: "{}".into(),
            keyring: Keyring::new(),
            trust: TrustStore::new(),
            secrets: Secrets::new(),
            limits: Limits::default(),
            generation: None,
            agency: None,
        }
    }
}

/// Where a component comes from.
#[derive(Clone)]
pub(crate) enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Source {
    pub(crate) fn read(self) -> Result<Vec<u8>, Rejection> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::File(path) => fs::read(&path).map_err(|source| Rejection::Unreadable {
                path: path.display().to_string(),
                source,
            }),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
