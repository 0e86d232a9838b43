// SPDX-License-Identifier: Apache-2.0
//! What is asked of whoever holds the configuration: to judge components, and to put them into service.

use std::time::SystemTime;

use silta::exchange::Fault;
use silta_store::{
    StoreError,
    record::{Generation, Trial, TrialMode},
};

use super::serving::{NotRolledBack, Wanted};
use crate::trials::Lacking;

/// Puts components into service when somebody asks for it. One order is carried out at a time, and another one is refused meanwhile; methods may block for as long as components are judged.
pub trait Deployer: Send + Sync {
    /// Judges components, and puts them into service or on trial, as the order says: all of them, or none. What is fetched first is fetched before the order is carried out: a rollback is not kept waiting by it.
    /// `holds` says whether so many bytes more may be held for the order, until it is over; it is asked once for each component that was fetched.
    ///
    /// # Errors
    /// See [`DeployError`]. What served goes on.
    fn deploy(
        &self,
        order: DeployOrder,
        holds: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Vec<Generation>, DeployError>;

    /// Puts what served before back into service; the number of the generation that serves then. With `serving`, only as long as the generation of that number serves: whoever asks twice
    /// would undo it otherwise.
    ///
    /// # Errors
    /// See [`DeployError`]. What serves goes on.
    fn roll_back(
        &self,
        agency: &str,
        serving: Option<u64>,
        wanted: &Wanted,
    ) -> Result<u64, DeployError>;

    /// Puts what is on trial into service; its number. Unless the order says otherwise, only where it [lacks](crate::trials::Lacking) nothing.
    ///
    /// # Errors
    /// See [`DeployError`]. What serves goes on.
    fn promote(&self, order: &TrialOrder) -> Result<u64, DeployError>;

    /// Has what did calls again serve a share of the conversations: so many of a thousand, that of the configuration by default; its number. Unless the order says otherwise, only where it
    /// [lacks](crate::trials::Lacking) nothing.
    ///
    /// # Errors
    /// See [`DeployError`]. What serves goes on.
    fn promote_to_canary(
        &self,
        order: &TrialOrder,
        of_thousand: Option<u32>,
    ) -> Result<u64, DeployError>;

    /// Ends a trial; the number of what was on trial.
    ///
    /// # Errors
    /// See [`DeployError`].
    fn discard(&self, order: &TrialOrder) -> Result<u64, DeployError>;

    /// What is on trial of an agency; `None` when nothing is. Waits for nobody who changes what serves; where something is on trial, it asks the store for its time, and blocks for as long.
    fn trial(&self, agency: &str) -> Option<TrialStanding>;
}

/// How components are deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeployMode {
    /// They serve.
    #[default]
    Serve,
    /// They are tried beside what serves: a share of the calls is done again by them, and nothing is answered by them.
    Shadow {
        /// Of a thousand calls, so many, 1 to 1,000; that of the configuration by default.
        of_thousand: Option<u32>,
    },
    /// They serve a share of the conversations beside what serves the others.
    Canary {
        /// Of a thousand conversations, so many, 1 to 1,000; that of the configuration by default.
        of_thousand: Option<u32>,
    },
}

impl DeployMode {
    /// How they are tried, and on which share; `None` where they serve at once.
    pub fn trial(self) -> Option<(TrialMode, Option<u32>)> {
        match self {
            Self::Serve => None,
            Self::Shadow { of_thousand } => Some((TrialMode::Shadow, of_thousand)),
            Self::Canary { of_thousand } => Some((TrialMode::Canary, of_thousand)),
        }
    }
}

/// A decision on a trial.
#[derive(Debug, Clone)]
pub struct TrialOrder {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Only as long as the generation of this number is on trial.
    pub number: Option<u64>,
    /// Whether what it lacks does not matter.
    pub anyway: bool,
    /// Who wants it, and why.
    pub wanted: Wanted,
}

/// How a trial stands.
#[derive(Debug, Clone)]
pub struct TrialStanding {
    /// Number of the generation that is on trial.
    pub number: u64,
    /// Version that its component gives itself.
    pub version: String,
    /// SHA-256 of its component, in hexadecimal.
    pub component: String,
    /// The trial, with what has been seen so far.
    pub trial: Trial,
    /// What it lacks before it may serve; nothing where it may.
    pub lacking: Vec<Lacking>,
    /// Why it does not go on for the moment; `None` where it does.
    pub waiting: Option<TrialWaiting>,
}

/// Why a trial does not go on for the moment. It says nothing of the candidate: it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialWaiting {
    /// In words, with a code: there is no room, a compile process was killed, a thread was refused.
    pub why: String,
    /// Since when, by the clock of this machine.
    pub since: SystemTime,
}

/// Components to be put into service together.
#[derive(Debug, Clone)]
pub struct DeployOrder {
    /// By the names that the agencies are deployed under.
    pub components: Vec<(String, Offered)>,
    /// Who wants it, and why.
    pub wanted: Wanted,
    /// Whether an earlier version may follow a later one, and another component the same version.
    pub allow_downgrade: bool,
    /// Whether they serve or are tried.
    pub mode: DeployMode,
}

/// A component, or where it is.
#[derive(Debug, Clone)]
pub enum Offered {
    /// It is here.
    Files(PackageBytes),
    /// It is in a registry, where it is to be fetched from: `HOST/NAME@sha256:DIGEST`.
    Reference(String),
}

/// The files of a package, or a component alone.
#[derive(Clone, Default)]
pub struct PackageBytes {
    /// The component.
    pub component: Vec<u8>,
    /// The manifest, as its file has it.
    pub manifest: Option<Vec<u8>>,
    /// The signatures, as their file has them.
    pub signatures: Option<Vec<u8>>,
}

impl std::fmt::Debug for PackageBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackageBytes")
            .field("component", &format_args!("{} bytes", self.component.len()))
            .field("has_manifest", &self.manifest.is_some())
            .finish_non_exhaustive()
    }
}

/// Why nothing was put into service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// No agency of that name is configured.
    #[error("no agency of this name is served; add its table to the configuration")]
    UnknownAgency,
    /// A component was refused.
    #[error("{reason}")]
    Refused {
        /// For which agency.
        agency: String,
        /// The step that it did not pass.
        step: String,
        /// Stable code.
        code: String,
        /// Who has to act.
        fault: Fault,
        /// Why, and what to do.
        reason: String,
    },
    /// There is nothing to return to.
    #[error(
        "there is no generation to return to that is ready: no other component served before, or it cannot serve by the settings, keys and publishers that there are now, as the log says; deploy the component again"
    )]
    NoEarlier,
    /// Another generation serves than whoever asks knows of.
    #[error(
        "generation {} serves by now, and not {expected}: look at it, and decide again", serving.map_or_else(|| "none".to_owned(), |number| number.to_string())
    )]
    Outdated {
        /// The one that was to be replaced.
        expected: u64,
        /// The one that serves.
        serving: Option<u64>,
    },
    /// Something is on trial already.
    #[error(
        "{agency}: generation {number} is on trial, and one is at a time; promote or discard it first"
    )]
    OnTrial {
        /// Of which agency.
        agency: String,
        /// The one that is on trial.
        number: u64,
    },
    /// Nothing serves that something could be tried beside.
    #[error(
        "{agency}: nothing serves beside which a component could be tried; deploy it without `--shadow` and `--canary`"
    )]
    NothingServes {
        /// Which agency.
        agency: String,
    },
    /// Nothing is on trial, or something else is.
    #[error("{}", match on_trial {
        Some(number) => format!("generation {number} is on trial by now; look at it, and decide again"),
        None => "nothing is on trial; it was promoted, discarded or replaced, as the history says".to_owned(),
    })]
    NotOnTrial {
        /// The one that is on trial.
        on_trial: Option<u64>,
    },
    /// What is on trial serves a share of the conversations already.
    #[error("generation {number} serves a share of the conversations already")]
    IsCanary {
        /// The one that is on trial.
        number: u64,
    },
    /// What is on trial lacks something.
    #[error(
        "generation {number} may not serve yet: {lacking}. Wait, discard it, or promote it anyway"
    )]
    Lacking {
        /// The one that is on trial.
        number: u64,
        /// What it lacks.
        lacking: String,
    },
    /// Somebody else deploys something at the moment.
    #[error("another deployment, or a rollback, is under way; ask again when it is over")]
    UnderWay,
    /// Components of another order are fetched at the moment.
    #[error(
        "components of another order are fetched, one order after the other; ask again when that is over"
    )]
    FetchUnderWay,
    /// There is no room for what was fetched.
    #[error("{agency}: there is no room for the component that was fetched")]
    NoRoom {
        /// For which agency.
        agency: String,
    },
    /// A component is not where it was to be fetched from, or nobody may fetch it from there.
    #[error("{reason}")]
    NotFetched {
        /// For which agency.
        agency: String,
        /// Stable code.
        code: String,
        /// Who has to act; `None` where it may work later as it is.
        fault: Option<Fault>,
        /// Why, and what to do.
        reason: String,
    },
    /// A component could not be judged: nothing is wrong with it, as far as anybody knows.
    #[error("{agency}: the component could not be judged: {reason}")]
    NotJudged {
        /// For which agency.
        agency: String,
        /// Stable code.
        code: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The store did not do it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl From<NotRolledBack> for DeployError {
    fn from(not: NotRolledBack) -> Self {
        match not {
            NotRolledBack::NoEarlier => Self::NoEarlier,
            NotRolledBack::Store(error) => Self::Store(error),
        }
    }
}
