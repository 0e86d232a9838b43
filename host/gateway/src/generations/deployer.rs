// SPDX-License-Identifier: Apache-2.0
//! What is asked of whoever holds the configuration: to judge components, and to put them into service.

use silta::exchange::Fault;
use silta_store::{StoreError, record::Generation};

use super::serving::{NotRolledBack, Wanted};

/// Puts components into service when somebody asks for it. One order is carried out at a time; methods may block for as long as components are judged.
pub trait Deployer: Send + Sync {
    /// Judges components, and puts them into service: all of them, or none.
    ///
    /// # Errors
    /// See [`DeployError`]. What served goes on.
    fn deploy(&self, order: DeployOrder) -> Result<Vec<Generation>, DeployError>;

    /// Puts the generation that served before back into service; the number of that.
    ///
    /// # Errors
    /// See [`DeployError`]. What serves goes on.
    fn roll_back(&self, agency: &str, wanted: &Wanted) -> Result<u64, DeployError>;
}

/// Components to be put into service together.
#[derive(Debug, Clone)]
pub struct DeployOrder {
    /// By the names that the agencies are deployed under.
    pub components: Vec<(String, PackageBytes)>,
    /// Who wants it, and why.
    pub wanted: Wanted,
    /// Whether an earlier version may follow a later one, and another component the same version.
    pub allow_downgrade: bool,
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
        "there is no generation to return to that is ready: none served before, or it did by other settings or keys than there are since the last start; deploy the component again"
    )]
    NoEarlier,
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
