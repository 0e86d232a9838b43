// SPDX-License-Identifier: Apache-2.0
//! `secrets`: comparisons and authentication codes by role.

use wasmtime::component::{HasData, Resource, ResourceTable};

use super::{View, blobs::unsealed};
use crate::{
    bindings::{
        SecretRefused,
        silta::agency::secrets::{Host, SecretError},
    },
    blob::Blob,
    call::{refused::Reason, state::CallState},
    secrets::authentication_code,
};

/// The secrets that a call may have compared.
pub(super) struct SecretRoles<'a> {
    view: View<'a>,
    table: &'a ResourceTable,
}

impl<'a> SecretRoles<'a> {
    pub(super) fn of(state: &'a mut CallState) -> Self {
        Self {
            view: View::new(&state.environment, &mut state.trace),
            table: &state.table,
        }
    }

    fn open(&self, content: &Resource<Blob>) -> Result<Blob, SecretRefused> {
        Ok(unsealed(self.table, content)?.ok_or(SecretError::Sealed)?)
    }
}

impl HasData for SecretRoles<'static> {
    type Data<'a> = SecretRoles<'a>;
}

impl Host for SecretRoles<'_> {
    fn matches(&mut self, role: String, candidate: Vec<u8>) -> Result<bool, SecretRefused> {
        self.view.enter("secrets.matches");
        let matches = self.view.environment.secrets.matches(&role, &candidate);
        Ok(matches.ok_or(SecretError::UnknownRole)?)
    }

    fn authenticate(
        &mut self,
        role: String,
        content: Resource<Blob>,
    ) -> Result<Vec<u8>, SecretRefused> {
        self.view.enter("secrets.authenticate");
        let content = self.open(&content)?;
        let secret = self.view.secret(&role).ok_or(SecretError::UnknownRole)?;
        Ok(authentication_code(&secret, &content))
    }

    fn is_authentic(
        &mut self,
        role: String,
        content: Resource<Blob>,
        code: Vec<u8>,
    ) -> Result<bool, SecretRefused> {
        self.view.enter("secrets.is-authentic");
        let content = self.open(&content)?;
        let secrets = &self.view.environment.secrets;
        let is_authentic = secrets.is_authentic(&role, &content, &code);
        Ok(is_authentic.ok_or(SecretError::UnknownRole)?)
    }

    fn convert_secret_error(&mut self, refused: SecretRefused) -> wasmtime::Result<SecretError> {
        self.view.report(refused)
    }
}

impl Reason for SecretError {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownRole => "unknown-role",
            Self::Sealed => "sealed",
        })
    }
}
