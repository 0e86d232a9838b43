// SPDX-License-Identifier: Apache-2.0
//! `secrets`: comparisons by role.

use wasmtime::component::HasData;

use super::View;
use crate::{
    bindings::{
        SecretRefused,
        silta::agency::secrets::{Host, SecretError},
    },
    call::refused::Reason,
};

/// The secrets that a call may have compared.
pub(super) struct SecretRoles<'a>(pub(super) View<'a>);

impl HasData for SecretRoles<'static> {
    type Data<'a> = SecretRoles<'a>;
}

impl Host for SecretRoles<'_> {
    fn matches(&mut self, role: String, candidate: Vec<u8>) -> Result<bool, SecretRefused> {
        self.0.enter("secrets.matches");
        let matches = self.0.environment.secrets.matches(&role, &candidate);
        Ok(matches.ok_or(SecretError::UnknownRole)?)
    }

    fn convert_secret_error(&mut self, refused: SecretRefused) -> wasmtime::Result<SecretError> {
        self.0.report(refused)
    }
}

impl Reason for SecretError {
    fn name(&self) -> Option<&'static str> {
        match self {
            Self::UnknownRole => Some("unknown-role"),
        }
    }
}
