// SPDX-License-Identifier: Apache-2.0
//! The outcome of a run of an operation, in the classes that sending has for it.

/// Why an operation does not go on by itself, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Denied,
    MayRepeat,
    Exhausted,
    NoRelay,
    Credential,
    Configuration,
    Internal,
    NotServed,
    UnknownOperation,
    UnknownOutcome,
    Misunderstood,
    NotSent,
    RetryLater,
    PutOff,
    Store,
    OtherContent,
    Damaged,
    Refused,
    /// A class that is not known here.
    Other,
}

impl Trouble {
    pub(super) fn of_class(class: &str) -> Self {
        match class {
            "denied" => Self::Denied,
            "may-repeat" => Self::MayRepeat,
            "exhausted" => Self::Exhausted,
            "no-relay" => Self::NoRelay,
            "credential" => Self::Credential,
            "configuration" => Self::Configuration,
            "internal" => Self::Internal,
            "not-served" => Self::NotServed,
            "unknown-operation" => Self::UnknownOperation,
            "unknown-outcome" | "unanswered" => Self::UnknownOutcome,
            "misunderstood" => Self::Misunderstood,
            "not-sent" => Self::NotSent,
            "retry-later-same-reference" | "retry-later-new-reference" => Self::RetryLater,
            "put-off" | "too-early" => Self::PutOff,
            "not-kept" | "not-read" => Self::Store,
            "other-content" => Self::OtherContent,
            "damaged" | "ended" => Self::Damaged,
            "refused" | "fix-first" => Self::Refused,
            _ => Self::Other,
        }
    }

    /// Whether the words that come with it are ours. An agency may write what it likes, names of people among it.
    pub(super) fn is_in_our_words(self) -> bool {
        match self {
            Self::MayRepeat
            | Self::Exhausted
            | Self::NoRelay
            | Self::NotSent
            | Self::NotServed
            | Self::Configuration
            | Self::Internal
            | Self::UnknownOperation
            | Self::PutOff
            | Self::Store
            | Self::OtherContent
            | Self::Damaged => true,
            Self::Denied
            | Self::Credential
            | Self::UnknownOutcome
            | Self::Misunderstood
            | Self::RetryLater
            | Self::Refused
            | Self::Other => false,
        }
    }

    /// Whether somebody has to know: what is only put off is no trouble.
    pub(super) fn is_told(self) -> bool {
        self != Self::PutOff
    }
}
