// SPDX-License-Identifier: Apache-2.0
//! `secrets`: comparisons and authentication codes by role.

use serde_json::Value;
use wasmtime::component::{HasData, Resource, ResourceTable};

use super::{View, blobs::unsealed};
use crate::{
    bindings::{
        SecretRefused,
        silta::agency::secrets::{Host, SecretError},
    },
    blob::Blob,
    call::{refused::Reason, state::CallState},
    form::{self, sizes},
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
        let asked = || vec![role.as_str().into(), form::bytes(&candidate)];
        if let Some(recorded) = self.view.scripted_by_secret(asked, comparison)? {
            return Ok(recorded?);
        }
        let matches = self.view.environment.secrets.matches(&role, &candidate);
        let matches = matches.ok_or(SecretError::UnknownRole);
        self.view.answered_by_secret(
            || sizes::name(&role) + sizes::bytes(&candidate),
            || (asked(), compared(&matches)),
        );
        Ok(matches?)
    }

    fn authenticate(
        &mut self,
        role: String,
        content: Resource<Blob>,
    ) -> Result<Vec<u8>, SecretRefused> {
        self.view.enter("secrets.authenticate");
        let content = self.open(&content)?;
        let asked = || vec![role.as_str().into(), form::blob(&content)];
        let read = |it: &_| form::read_result(it, form::read_bytes, form::read_secret_error);
        if let Some(recorded) = self.view.scripted_by_secret(asked, read)? {
            return Ok(recorded?);
        }
        let secret = self.view.secret(&role).ok_or(SecretError::UnknownRole);
        let code = secret.map(|secret| authentication_code(&secret, &content));
        let bytes = || sizes::name(&role) + sizes::blob(&content);
        self.view.answered_by_secret(bytes, || {
            let answer = form::result(&code, |it| form::bytes(it), form::secret_error);
            (asked(), answer)
        });
        Ok(code?)
    }

    fn is_authentic(
        &mut self,
        role: String,
        content: Resource<Blob>,
        code: Vec<u8>,
    ) -> Result<bool, SecretRefused> {
        self.view.enter("secrets.is-authentic");
        let content = self.open(&content)?;
        let asked = || {
            vec![
                role.as_str().into(),
                form::blob(&content),
                form::bytes(&code),
            ]
        };
        if let Some(recorded) = self.view.scripted_by_secret(asked, comparison)? {
            return Ok(recorded?);
        }
        let secrets = &self.view.environment.secrets;
        let is_authentic = secrets.is_authentic(&role, &content, &code);
        let is_authentic = is_authentic.ok_or(SecretError::UnknownRole);
        let bytes = || sizes::name(&role) + sizes::blob(&content) + sizes::bytes(&code);
        self.view
            .answered_by_secret(bytes, || (asked(), compared(&is_authentic)));
        Ok(is_authentic?)
    }

    fn convert_secret_error(&mut self, refused: SecretRefused) -> wasmtime::Result<SecretError> {
        self.view.report(refused)
    }
}

/// The result of a comparison, in its form.
fn compared(is_same: &Result<bool, SecretError>) -> Value {
    form::result(is_same, |it| (*it).into(), form::secret_error)
}

/// The same, read from it.
fn comparison(value: &Value) -> Option<Result<bool, SecretError>> {
    form::read_result(value, Value::as_bool, form::read_secret_error)
}

impl Reason for SecretError {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownRole => "unknown-role",
            Self::Sealed => "sealed",
        })
    }
}
