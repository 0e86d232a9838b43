// SPDX-License-Identifier: Apache-2.0
//! A generation: one component with everything it serves with, immutable. Swapping an agency is swapping this.

use std::{sync::Arc, time::SystemTime};

use crate::{call::sandbox::Sandbox, describe::Description, digest::sha256, observe::hexadecimal};

/// Which component serves an agency, and by which settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Number of the generation.
    pub number: u64,
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version the component gives itself.
    pub version: String,
    /// SHA-256 of the settings as they were given, in hexadecimal.
    pub settings: String,
    /// When it had passed every step of its deployment, by the clock of this machine. One that is rolled back to keeps it.
    pub made: SystemTime,
}

/// A component that has passed every step of its deployment.
pub(crate) struct Generation {
    pub(crate) sandbox: Sandbox,
    /// With the limits that follow from its settings.
    pub(crate) description: Description,
    /// What it is known by; shared, since every call says by what it was made.
    pub(crate) info: Arc<GenerationInfo>,
}

impl Generation {
    /// `digest` is the component's.
    pub(crate) fn new(sandbox: Sandbox, description: Description, digest: &[u8]) -> Self {
        let environment = &*sandbox.environment;
        let info = GenerationInfo {
            number: environment.generation,
            component: hexadecimal(digest),
            version: description.version.clone(),
            settings: hexadecimal(&sha256(environment.settings.as_bytes())),
            made: SystemTime::now(),
        };
        Self {
            sandbox,
            description,
            info: Arc::new(info),
        }
    }

    pub(crate) fn agency(&self) -> &str {
        &self.sandbox.environment.agency
    }
}
