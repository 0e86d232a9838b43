// SPDX-License-Identifier: Apache-2.0
//! A component together with what it is to serve with.

use std::{fs, path::PathBuf};

use crate::{
    agency::component_bytes::ComponentBytes, call::limits::Limits, error::Rejection, keys::Keyring,
    precompiled::Precompiled, secrets::Secrets, trust::TrustStore,
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
    pub(crate) version: Option<String>,
}

impl Deployment {
    /// A component given as its bytes. Without the feature `compile` it is refused as [`NoCompiler`](Rejection::NoCompiler).
    pub fn from_bytes(component: impl Into<ComponentBytes>) -> Self {
        Self::new(Source::Bytes(component.into()))
    }

    /// A component in a file, which is read at deployment. Without the feature `compile` it is refused as [`NoCompiler`](Rejection::NoCompiler).
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    /// A component given as the machine code that [`Runtime::precompile`](crate::Runtime::precompile) made of it. It needs no compiler. Its digest in
    /// [`GenerationInfo`](crate::GenerationInfo) is that of the component.
    ///
    /// At deployment it is refused at the step [`Compiled`](crate::DeployStep::Compiled) as [`NotPrecompiled`](Rejection::NotPrecompiled) when it is something else,
    /// as [`Damaged`](Rejection::Damaged) when it is not whole, and as [`OtherEngine`](Rejection::OtherEngine) when another version of this library made it or
    /// this machine cannot run it.
    ///
    /// # Safety
    /// The bytes have to be exactly what `Runtime::precompile` returned, and nobody else may have had a chance to change them: keep them as you keep the program itself, for
    /// example in it (`include_bytes!`), in a package that is signed, or in a folder that only the owner of the program can write to. They are machine code and run as
    /// part of this process, outside of any sandbox if they are not what the compiler made. The digest in them finds damage; whoever forges them can make it right. Bytes that begin otherwise, or whose digest is
    /// wrong, are refused and never run.
    #[expect(
        unsafe_code,
        reason = "it hands on what the engine demands of the caller"
    )]
    pub unsafe fn from_precompiled(machine_code: impl Into<Vec<u8>>) -> Self {
        // SAFETY: demanded of the caller, above.
        let precompiled = unsafe { Precompiled::new(machine_code.into()) };
        Self::new(Source::Precompiled(precompiled))
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

    /// Version that the component has to say it is, as its package does. Default whatever it says.
    #[must_use]
    pub fn of_version(self, version: impl Into<String>) -> Self {
        Self {
            version: Some(version.into()),
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
            version: None,
        }
    }
}

/// Where a component comes from.
#[derive(Clone)]
pub(crate) enum Source {
    Bytes(ComponentBytes),
    File(PathBuf),
    Precompiled(Precompiled),
}

/// What there is of a component.
pub(crate) enum Content {
    Component(ComponentBytes),
    Precompiled(Precompiled),
}

impl Source {
    pub(crate) fn read(self) -> Result<Content, Rejection> {
        match self {
            Self::Bytes(bytes) => Ok(Content::Component(bytes)),
            Self::File(path) => match fs::read(&path) {
                Ok(bytes) => Ok(Content::Component(bytes.into())),
                Err(source) => Err(Rejection::Unreadable {
                    path: path.display().to_string(),
                    source,
                }),
            },
            Self::Precompiled(precompiled) => Ok(Content::Precompiled(precompiled)),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => std::fmt::Debug::fmt(bytes, f),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Precompiled(code) => write!(f, "{} bytes, precompiled", code.size()),
        }
    }
}
