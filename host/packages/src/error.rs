// SPDX-License-Identifier: Apache-2.0
//! Why a package is not taken.

use std::io;

use semver::Version;

use crate::digest::Digest;

/// A file of a package cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system does not let it be read or written.
    #[error("{path}: {source}")]
    System {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A component has no manifest beside it.
    #[error(
        "{path}: this file, the manifest of the package, is not there; a component alone is no package (`silta component pack` makes one)"
    )]
    NoManifest {
        /// Where it should be.
        path: String,
    },
    /// The manifest is wrong.
    #[error("{path}: {source}")]
    Manifest {
        /// The file.
        path: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// The signatures are wrong.
    #[error("{path}: {source}")]
    Signatures {
        /// The file.
        path: String,
        /// What is wrong.
        source: SignaturesError,
    },
    /// A component is larger than is read.
    #[error("{path}: the component has more than {most} bytes, the most that is read")]
    TooLarge {
        /// The file.
        path: String,
        /// The limit in bytes.
        most: u64,
    },
}

/// A manifest is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is larger than any.
    #[error("the manifest has more than {most} bytes")]
    TooLarge {
        /// The limit in bytes.
        most: usize,
    },
    /// It is no JSON of the form.
    #[error("the manifest cannot be read: {0}")]
    Json(serde_json::Error),
    /// It is of another form.
    #[error(
        "the manifest is of form {form}, and this program knows form 1; use a version of silta that knows it"
    )]
    Form {
        /// The form.
        form: u32,
    },
    /// A field has a value that it cannot have.
    #[error("field `{field}` of the manifest has to be {expected}")]
    Field {
        /// The field, with those that it is in.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
}

/// A file of signatures is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignaturesError {
    /// It is larger, or has more signatures, than any.
    #[error("there are more than {most} {what}")]
    TooLarge {
        /// The limit.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// It is no JSON of the form.
    #[error("the signatures cannot be read: {0}")]
    Json(serde_json::Error),
    /// One is no Ed25519 signature.
    #[error("signature {number} has to be 64 bytes in base64 (RFC 8032 §5.1.6)")]
    Malformed {
        /// Which one, counted from 1.
        number: usize,
    },
}

/// A package is not to be put into service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The component is not the one of the manifest.
    #[error(
        "the component is not the one of the manifest: it has {found}, the manifest names {expected}. The file was damaged or exchanged; get the package anew from its publisher"
    )]
    OtherComponent {
        /// Size and digest of the component.
        found: String,
        /// Those of the manifest.
        expected: String,
    },
    /// The package is for another agency.
    #[error("the package is for the agency `{found}`, not for `{expected}`")]
    OtherAgency {
        /// The agency of the manifest.
        found: String,
        /// The one that it was to serve.
        expected: String,
    },
    /// Nobody has signed it.
    #[error(
        "the package has no signature; have its publisher sign it (`silta component sign`), or allow unsigned components of this agency in the configuration"
    )]
    Unsigned,
    /// Whoever has signed it is unknown here.
    #[error("the package is signed with {}, which no publisher here has; pin the key of its publisher in the configuration ([publishers.NAME]) once you have made sure whose it is", named_keys(.keys))]
    UnknownKeys {
        /// The keys' ids.
        keys: Vec<String>,
    },
    /// A publisher that is known has signed it, and may not publish for the agency.
    #[error("the publisher `{publisher}` has signed the package, and may publish for {}, not for `{agency}`", listed(.agencies))]
    OutOfScope {
        /// Name of the publisher.
        publisher: String,
        /// Agencies that it may publish for.
        agencies: Vec<String>,
        /// The agency of the package.
        agency: String,
    },
    /// The signature of a known key is not of this package.
    #[error(
        "the signature with the key {key} of the publisher `{publisher}` is not one of this package: the manifest was changed after it was signed, or the signature is another package's"
    )]
    WrongSignature {
        /// Name of the publisher.
        publisher: String,
        /// Id of the key.
        key: String,
    },
    /// It is too early.
    #[error("the package may be put into service from {not_before} on")]
    NotYet {
        /// When it may be.
        not_before: String,
    },
    /// It is too late.
    #[error(
        "the package might be put into service until {not_after}; get a later one from its publisher"
    )]
    Expired {
        /// Until when it might be.
        not_after: String,
    },
    /// It is older than what serves.
    #[error(
        "the package has version {found}, which is before {serving}, the version that serves; roll back to it if that is meant, or allow the downgrade expressly"
    )]
    Downgrade {
        /// Version of the package.
        found: Version,
        /// Version that serves.
        serving: Version,
    },
    /// The same version is another component.
    #[error(
        "version {version} serves already, as {serving}, and the package has another component of that version, {found}; a published version is never changed: give it a new one"
    )]
    Republished {
        /// The version.
        version: Version,
        /// Digest of what serves.
        serving: Digest,
        /// Digest of the package's component.
        found: Digest,
    },
    /// The manifest says what cannot be.
    #[error("the manifest is wrong: {0}")]
    Manifest(String),
}

impl VerifyError {
    /// A code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherComponent { .. } => "package.other-component",
            Self::OtherAgency { .. } => "package.other-agency",
            Self::Unsigned => "package.unsigned",
            Self::UnknownKeys { .. } => "package.unknown-key",
            Self::OutOfScope { .. } => "package.out-of-scope",
            Self::WrongSignature { .. } => "package.wrong-signature",
            Self::NotYet { .. } => "package.not-yet",
            Self::Expired { .. } => "package.expired",
            Self::Downgrade { .. } => "package.downgrade",
            Self::Republished { .. } => "package.republished",
            Self::Manifest(_) => "package.manifest",
        }
    }
}

fn named_keys(ids: &[String]) -> String {
    match ids {
        [one] => format!("the key {one}"),
        many => format!("the keys {}", listed(many)),
    }
}

fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "none".to_owned(),
    }
}
