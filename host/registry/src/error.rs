// SPDX-License-Identifier: Apache-2.0
//! Why nothing was pushed or pulled. No error has credentials, tokens, or addresses that servers lead to: those of blob storage are signed.

use silta_packages::Digest;

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryFault {
    /// Whoever asked.
    Caller,
    /// Whoever set up credentials, anchors or limits.
    Configuration,
    /// Whoever runs the registry.
    Registry,
    /// Nobody in particular: the network, or the registry for the time being. Later it may work.
    Network,
}

/// Nothing was pushed or pulled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The settings cannot be used.
    #[error("{0}")]
    Settings(String),
    /// It would have to be without TLS.
    #[error(
        "{host} would have to be talked to without TLS; that is done on this machine only, unless plain http is allowed (`allow-http`)"
    )]
    PlainHttp {
        /// Where.
        host: String,
    },
    /// A reference is to another server than the one that is asked.
    #[error("the reference is to {found}, and the registry is {expected}")]
    OtherHost {
        /// Of the reference.
        found: String,
        /// Of the registry.
        expected: String,
    },
    /// A reference has neither a tag nor a digest.
    #[error("{reference}: name a tag or a digest")]
    Unnamed {
        /// The reference.
        reference: String,
    },
    /// No answer.
    #[error("{host} does not answer: {reason}")]
    Unreachable {
        /// Where.
        host: String,
        /// Why, as the system or TLS says.
        reason: String,
    },
    /// An answer that breaks off.
    #[error("{what} broke off: {reason}")]
    BrokenOff {
        /// What did.
        what: String,
        /// Why.
        reason: String,
    },
    /// The time is over.
    #[error("it took longer than {seconds} s in all (`seconds`), at {what}")]
    TooSlow {
        /// The limit.
        seconds: u64,
        /// What was waited for.
        what: String,
    },
    /// The registry does not let whoever asks do it.
    #[error("{host} refuses {what} ({status}): {reason}")]
    Denied {
        /// Where.
        host: String,
        /// What.
        what: String,
        /// 401 or 403.
        status: u16,
        /// What to do.
        reason: &'static str,
    },
    /// A place that the registry leads to refuses.
    #[error(
        "{host} leads to {to} for {what}, and that refuses ({status}), without a word of credentials: where it leads to has expired or is wrong; try again, and tell whoever runs the registry"
    )]
    RefusedElsewhere {
        /// The registry.
        host: String,
        /// Where it leads to.
        to: String,
        /// For what.
        what: String,
        /// 401 or 403.
        status: u16,
    },
    /// There is no such thing.
    #[error(
        "{what} is not there; check name, tag and digest, and whether these credentials may see it"
    )]
    NotFound {
        /// What.
        what: String,
    },
    /// The registry has had enough for now, or fails.
    #[error("{host} answered {status} to {what}; try again later")]
    Later {
        /// Where.
        host: String,
        /// 429 or 5xx.
        status: u16,
        /// To what.
        what: String,
    },
    /// An answer that no registry should give.
    #[error("{host} answered {status} to {what}{told}")]
    Answer {
        /// Where.
        host: String,
        /// The status.
        status: u16,
        /// To what.
        what: String,
        /// Codes of errors that came with it; empty without.
        told: String,
    },
    /// What came is not of the form.
    #[error("{what} {reason}")]
    Malformed {
        /// What.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// What came is something else than what was asked for.
    #[error(
        "{what} has the digest {found} and not {expected}; what the registry, or somebody on the way, delivers is not what was asked for"
    )]
    WrongDigest {
        /// What.
        what: String,
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// More than is taken.
    #[error("{what} has more than {most} bytes{}", named(setting))]
    TooLarge {
        /// What.
        what: String,
        /// The limit.
        most: u64,
        /// Its name; empty where nobody sets it.
        setting: &'static str,
    },
    /// A registry by which nothing can refer to a component.
    #[error(
        "{host} tells nobody what refers to a component, and takes the tag that stands in for that (`sha256-…`) for the component itself, so that no package can be kept beside one; use a registry with the referrers API (OCI distribution 1.1), or hand the package over as files"
    )]
    NoReferrers {
        /// The registry.
        host: String,
    },
    /// More redirections than are followed.
    #[error("{host} leads from one place to the next more than {most} times for {what}")]
    Redirections {
        /// Where it began.
        host: String,
        /// What was asked for.
        what: String,
        /// The limit.
        most: u32,
    },
    /// Something else than a component.
    #[error(
        "{reference} is no component: {reason}; a component is one layer `application/wasm` with a config `application/vnd.wasm.config.v0+json`"
    )]
    NotAComponent {
        /// The reference.
        reference: String,
        /// What it is.
        reason: String,
    },
    /// Another package than that of the component.
    #[error(
        "the package {package} refers to {reference}, and its manifest is of another component; push the package anew"
    )]
    OtherPackage {
        /// Digest of its manifest in the registry.
        package: Digest,
        /// The reference.
        reference: String,
    },
}

impl RegistryError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(_) => "registry.settings",
            Self::PlainHttp { .. } => "registry.plain-http",
            Self::OtherHost { .. } => "registry.other-host",
            Self::Unnamed { .. } => "registry.unnamed",
            Self::Unreachable { .. } => "registry.unreachable",
            Self::BrokenOff { .. } => "registry.broken-off",
            Self::TooSlow { .. } => "registry.too-slow",
            Self::Denied { .. } => "registry.denied",
            Self::RefusedElsewhere { .. } => "registry.refused-elsewhere",
            Self::NotFound { .. } => "registry.not-found",
            Self::Later { .. } => "registry.unavailable",
            Self::Answer { .. } => "registry.answer",
            Self::Malformed { .. } => "registry.malformed",
            Self::WrongDigest { .. } => "registry.wrong-digest",
            Self::TooLarge { .. } => "registry.too-large",
            Self::NoReferrers { .. } => "registry.no-referrers",
            Self::Redirections { .. } => "registry.redirections",
            Self::NotAComponent { .. } => "registry.not-a-component",
            Self::OtherPackage { .. } => "registry.other-package",
        }
    }

    /// Who has to act.
    pub fn fault(&self) -> RegistryFault {
        match self {
            Self::OtherHost { .. }
            | Self::Unnamed { .. }
            | Self::NotFound { .. }
            | Self::NotAComponent { .. }
            | Self::OtherPackage { .. } => RegistryFault::Caller,
            Self::Settings(_) | Self::PlainHttp { .. } | Self::Denied { .. } => {
                RegistryFault::Configuration
            }
            Self::Answer { .. }
            | Self::RefusedElsewhere { .. }
            | Self::Malformed { .. }
            | Self::WrongDigest { .. }
            | Self::TooLarge { .. }
            | Self::NoReferrers { .. }
            | Self::Redirections { .. } => RegistryFault::Registry,
            Self::Unreachable { .. }
            | Self::BrokenOff { .. }
            | Self::TooSlow { .. }
            | Self::Later { .. } => RegistryFault::Network,
        }
    }
}

fn named(setting: &str) -> String {
    match setting {
        "" => ", the most that is read".to_owned(),
        setting => format!(" (`{setting}`)"),
    }
}
