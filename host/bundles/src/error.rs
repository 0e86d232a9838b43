// SPDX-License-Identifier: Apache-2.0
//! Why a bundle or a key cannot be used.

use crate::header::VERSION;

/// Why a file is no bundle that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It begins otherwise.
    #[error("this is no bundle: a bundle begins with the line `silta-bundle {VERSION}`")]
    NotABundle,
    /// It is of another version.
    #[error(
        "this is a bundle of version {0}, and this program reads version {VERSION}; use the program that is as old or as new as the one that recorded it"
    )]
    OtherVersion(String),
    /// Its header is not there or has another form.
    #[error(
        "the header of the bundle, its second line, cannot be read (column {column}); the file was changed or cut, take another copy of it"
    )]
    Header {
        /// Where reading ended, from 1; 0 where there is no line at all.
        column: usize,
    },
    /// There is less of it than its header says.
    #[error(
        "the bundle is cut: {found} bytes of {expected} that are sealed are there; take another copy of it"
    )]
    Cut {
        /// Bytes that are sealed, by the header.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// There is more of it than its header says.
    #[error(
        "the bundle has {found} bytes that are sealed, and its header says {expected}; the file was changed, take another copy of it"
    )]
    TooLong {
        /// Bytes that are sealed, by the header.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// It is sealed to another key.
    #[error(
        "the bundle is sealed to the key {sealed_to}, and this is the key {given}; name the private key of the other"
    )]
    OtherKey {
        /// Id of the key that opens it.
        sealed_to: String,
        /// Id of the key that was given.
        given: String,
    },
    /// It is not what was sealed.
    #[error(
        "the bundle was changed after it was sealed: header and content do not belong together; take another copy of it"
    )]
    Tampered,
    /// What was sealed is no content of a bundle.
    #[error(
        "what is sealed in the bundle is not the content of a recorded call; whoever made it did not make it as this version does"
    )]
    Content,
}

impl BundleError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotABundle => "bundle.none",
            Self::OtherVersion(_) => "bundle.version",
            Self::Header { .. } => "bundle.header",
            Self::Cut { .. } => "bundle.cut",
            Self::TooLong { .. } => "bundle.too-long",
            Self::OtherKey { .. } => "bundle.other-key",
            Self::Tampered => "bundle.tampered",
            Self::Content => "bundle.content",
        }
    }
}

/// Why a file is no key for bundles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is no PEM of a public key.
    #[error(
        "this has to be one public key in PEM, `-----BEGIN PUBLIC KEY-----` (`silta record key` makes one)"
    )]
    NotPublic,
    /// It is no PEM of a private key.
    #[error(
        "this has to be one private key in PEM, `-----BEGIN PRIVATE KEY-----`, that is not encrypted (`silta record key` makes one)"
    )]
    NotPrivate,
    /// It is a key of another kind.
    #[error("this has to be a key of X25519 (`silta record key` makes one)")]
    OtherKind,
    /// The system has no randomness to give.
    #[error("no key can be made: the system gives no random bytes")]
    NoRandomness,
}

/// A call could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content cannot be sealed to the key; make another key with `silta record key`")]
pub struct SealError;
