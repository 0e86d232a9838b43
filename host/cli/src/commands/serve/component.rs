// SPDX-License-Identifier: Apache-2.0
//! A component, and whether it may serve an agency by what its package says.

use std::path::Path;

use silta::{ComponentBytes, exchange::Fault, observe::hexadecimal};
use silta_config::{Config, ConfigError};
use silta_gateway::generations::PackageBytes;
use silta_packages::{Manifest, Package, VerifyError};
use silta_store::{Content, Digest, record::PackageTexts};

use crate::{failure::Failure, host};

/// A component, and the other files of its package where it came in one.
#[derive(Clone, Default)]
pub(super) struct Component {
    pub(super) bytes: ComponentBytes,
    pub(super) package: Option<PackageTexts>,
}

/// Why a component is not taken.
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) fault: Fault,
    pub(super) reason: String,
}

impl Component {
    pub(super) fn new(bytes: impl Into<ComponentBytes>, package: Option<PackageTexts>) -> Self {
        Self {
            bytes: bytes.into(),
            package,
        }
    }

    /// The one that a configuration, which lies in `file`, names for an agency, verified now.
    ///
    /// # Errors
    /// It cannot be read, or is not to be taken.
    pub(super) fn named(file: &Path, config: &Config, id: &str) -> Result<Self, Failure> {
        let (bytes, package) = host::named(file, config, id)?;
        Ok(Self::new(bytes, package))
    }

    /// One that somebody deploys.
    pub(super) fn deployed(files: &PackageBytes) -> Self {
        // What is no text is no JSON, either, and is refused as that.
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let package = files.manifest.as_ref().map(|manifest| PackageTexts {
            manifest: text(manifest),
            signatures: files.signatures.as_ref().map(text),
        });
        Self::new(files.component.as_slice(), package)
    }

    /// The same bytes for the store, shared, with their digest.
    pub(super) fn content(&self) -> Content {
        Content::with_digest(self.bytes.to_shared(), Digest(self.bytes.sha256()))
    }

    /// SHA-256 in hexadecimal.
    pub(super) fn digest(&self) -> String {
        hexadecimal(&self.bytes.sha256())
    }

    /// Whether it may serve an agency, by what the publishers of a configuration have signed, before anything of it is looked at. One that comes with this program needs no signature.
    ///
    /// # Errors
    /// The package is not to be taken, or the publishers cannot be read.
    pub(super) fn judge(&self, config: &Config, id: &str) -> Result<Option<Manifest>, Refused> {
        let configuration = |error: ConfigError| Refused::from(&Failure::from(error));
        let Some(texts) = &self.package else {
            let is_demanded = config.demands_signature(id).map_err(configuration)?;
            let agency = config.agency_of(id).map_err(configuration)?;
            let own = host::builtin(agency);
            let is_own = own.is_some_and(|own| own.sha256() == self.bytes.sha256());
            return match is_demanded && !is_own {
                true => Err(Refused::of(&VerifyError::Unsigned)),
                false => Ok(None),
            };
        };
        let signatures = texts.signatures.as_deref().map(str::as_bytes);
        let (bytes, manifest) = (self.bytes.to_vec(), texts.manifest.as_bytes());
        let package = Package::from_files(id, bytes, manifest, signatures);
        let package = package.map_err(|error| Refused {
            code: "package.file".to_owned(),
            fault: Fault::Caller,
            reason: error.to_string(),
        })?;
        let judged = config.judge_package(id, &package, host::now());
        let judged = judged.map_err(configuration)?;
        judged.map_err(|error| Refused::of(&error))?;
        Ok(Some(package.manifest))
    }
}

impl Refused {
    pub(super) fn of(error: &VerifyError) -> Self {
        let remedy = match error {
            VerifyError::Downgrade { .. } | VerifyError::Republished { .. } => {
                "; to have it all the same, deploy it with --allow-downgrade"
            }
            _ => "",
        };
        Self {
            code: error.code().to_owned(),
            fault: Fault::Caller,
            reason: format!("{error}{remedy}"),
        }
    }

    /// The manifest says another version than the component.
    pub(super) fn of_other_version(said: &str, own: &str) -> Self {
        Self {
            code: "component.rejected.described".to_owned(),
            fault: Fault::Configuration,
            reason: format!(
                "the manifest says version {said}, and the component says {own} of itself; pack it anew with `silta component pack`"
            ),
        }
    }
}

impl From<&Failure> for Refused {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code().to_owned(),
            fault: failure.fault(),
            reason: failure.message().to_owned(),
        }
    }
}
