// SPDX-License-Identifier: Apache-2.0
//! A generation: one component with everything it serves with, immutable. Swapping an agency is swapping this.

use crate::{call::sandbox::Sandbox, describe::Description, observe::hexadecimal};

/// Which component serves an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Number of the generation.
    pub number: u64,
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version the component gives itself.
    pub version: String,
}

/// A component that has passed every step of its deployment.
pub(crate) struct Generation {
    pub(crate) sandbox: Sandbox,
    /// With the limits that follow from its settings.
    pub(crate) description: Description,
    /// SHA-256 of the component.
    pub(crate) digest: [u8; 32],
}

impl Generation {
    pub(crate) fn agency(&self) -> &str {
        &self.sandbox.environment.agency
    }

    pub(crate) fn number(&self) -> u64 {
        self.sandbox.environment.generation
    }

    pub(crate) fn info(&self) -> GenerationInfo {
        GenerationInfo {
            number: self.number(),
            component: hexadecimal(&self.digest),
            version: self.description.version.clone(),
        }
    }
}
