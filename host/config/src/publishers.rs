// SPDX-License-Identifier: Apache-2.0
//! Whose components are taken: `[publishers.NAME]`.

use std::path::Path;

use silta::ComponentBytes;
use silta_packages::{
    Digest, FileError, Package, PackageFiles, PublicKey, Publishers, Verified, VerifyError,
};

use crate::{
    error::ConfigError,
    load::{ComponentSource, Config},
    read::LIMIT,
};

/// The component of an agency, and who has published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagedComponent {
    /// The component.
    pub component: Vec<u8>,
    /// Whose signature counts; `None` where none is demanded and there is none.
    pub verified: Option<Verified>,
    /// The manifest, as JSON.
    pub manifest: String,
    /// The signatures, as JSON; `None` where nobody has signed.
    pub signatures: Option<String>,
}

impl Config {
    /// The publishers whose components are taken.
    ///
    /// # Errors
    /// A file cannot be read or is no public key of Ed25519, a key stands there twice, or a publisher has no keys or no agencies.
    pub fn publishers(&self) -> Result<Publishers, ConfigError> {
        let mut publishers = Publishers::default();
        for (name, table) in &self.content.publishers {
            let field = format!("publishers.{name}.keys");
            if table.keys.is_empty() {
                let reason = "names no key; a publisher has at least one, and two while it changes from one to the other";
                return Err(self.wrong(&field, reason.to_owned()));
            }
            for path in &table.keys {
                let file = self.read_named(path, &field, LIMIT)?;
                let wrong = |reason| self.error_in(path.as_ref(), field.clone(), reason);
                let key = PublicKey::read(&file).map_err(|error| wrong(error.to_string()))?;
                let pinned = publishers.pin(name, &key, table.agencies.iter().cloned());
                pinned.map_err(|error| wrong(error.to_string()))?;
            }
        }
        Ok(publishers)
    }

    /// The component in the file that an agency names, as far as it is one of a package: with a manifest beside it, the package is read and verified at a time
    /// (seconds since 1970); without one, `None` says that the file is a component by itself.
    ///
    /// As soon as there are publishers, a component has to be one of a package that one of them has signed, unless `unsigned` of the agency's table excepts it.
    /// Without publishers a signature is nobody's, and the file counts as what the operator has put there; that it is the one of its manifest is checked all the same.
    ///
    /// # Errors
    /// The agency is not configured, or the package is not to be taken: why, and what to do.
    pub fn packaged(
        &self,
        agency: &str,
        now: i64,
    ) -> Result<Option<PackagedComponent>, ConfigError> {
        let ComponentSource::File(path) = self.component(agency)? else {
            return Ok(None);
        };
        if !self.demands_signature(agency)? && !PackageFiles::of(&path).is_package() {
            return Ok(None);
        }
        let wrong = |reason| self.wrong_file(&format!("agencies.{agency}.component"), reason);
        let package = Package::read(&path).map_err(|error| wrong(told(&path, &error)))?;
        let verified = self.judge_package(agency, &package, now)?;
        let verified = verified.map_err(|error| wrong(error.to_string()))?;
        let is_signed = package.signatures.iter().next().is_some();
        Ok(Some(PackagedComponent {
            manifest: package.manifest.to_json(),
            signatures: is_signed.then(|| package.signatures.to_json()),
            component: package.component,
            verified,
        }))
    }

    /// Whether the component of an agency has to be one of a package that a publisher has signed.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn demands_signature(&self, agency: &str) -> Result<bool, ConfigError> {
        let table = self.agency(agency)?;
        Ok(!self.content.publishers.is_empty() && !table.unsigned)
    }

    /// Verifies a package for an agency at a time (seconds since 1970), wherever it came from, as [`packaged`](Self::packaged) does.
    ///
    /// # Errors
    /// The outer one says that the configuration cannot be used, the inner one that the package is not to be taken.
    pub fn judge_package(
        &self,
        agency: &str,
        package: &Package,
        now: i64,
    ) -> Result<Result<Option<Verified>, VerifyError>, ConfigError> {
        let publishers = self.publishers()?;
        let is_demanded = self.demands_signature(agency)?;
        let agency = self.agency_of(agency)?;
        Ok(match (is_demanded, self.content.publishers.is_empty()) {
            (true, _) => package.verify(agency, &publishers, now).map(Some),
            (false, false) => package.verify_or_unsigned(agency, &publishers, now),
            (false, true) => package.check(agency, now).map(|()| None),
        })
    }
}

impl Config {
    /// The version that the manifest says beside the file that an agency names, where these bytes are the component of that manifest. Whether the package is to be
    /// taken is [`packaged`](Self::packaged)'s to say.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn packaged_version(
        &self,
        agency: &str,
        component: &ComponentBytes,
    ) -> Result<Option<String>, ConfigError> {
        let ComponentSource::File(path) = self.component(agency)? else {
            return Ok(None);
        };
        if !PackageFiles::of(&path).is_package() {
            return Ok(None);
        }
        let manifest = Package::read(&path).ok().map(|package| package.manifest);
        let digest = Digest::from(component.sha256());
        let own = manifest.filter(|manifest| manifest.component.digest == digest);
        Ok(own.map(|manifest| manifest.version.to_string()))
    }
}

/// What is wrong with a file of a package, which is named where it is another one than the component.
fn told(component: &Path, error: &FileError) -> String {
    let text = error.to_string();
    let own = format!("{}: ", component.display());
    text.strip_prefix(&own).unwrap_or(&text).to_owned()
}
