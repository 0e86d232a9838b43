// SPDX-License-Identifier: Apache-2.0
//! Shared secrets by role: compared here, never shown.

mod form;

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_lc_rs::constant_time;

use crate::digest::sha256;
pub use form::{MalformedSecret, SecretAlphabet, SecretFlaw, SecretForm};

/// The secrets of one agency by role.
///
/// A role has one current value, or two while one is being replaced by the other.
#[derive(Clone, Default)]
pub struct Secrets {
    roles: BTreeMap<String, Role>,
}

/// The values of a role.
#[derive(Clone)]
struct Role {
    values: Arc<[Vec<u8>]>,
    /// Where they come from, for messages.
    origin: Option<String>,
}

impl Secrets {
    /// No secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the values of a role. The first is the one that outgoing bodies get; all are accepted in comparisons.
    #[must_use]
    pub fn with(self, role: impl Into<String>, values: Vec<Vec<u8>>) -> Self {
        self.insert(role.into(), values, None)
    }

    /// The same, and where they come from, such as the field of a configuration: messages about them say it.
    #[must_use]
    pub fn with_origin(
        self,
        role: impl Into<String>,
        values: Vec<Vec<u8>>,
        origin: impl Into<String>,
    ) -> Self {
        self.insert(role.into(), values, Some(origin.into()))
    }

    /// Roles that have a value.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles
            .iter()
            .filter(|(_, role)| !role.values.is_empty())
            .map(|(role, _)| role.as_str())
    }

    /// Whether all values of a role have a form; a role without values has.
    pub(crate) fn check(&self, role: &str, form: &SecretForm) -> Result<(), MalformedSecret> {
        let Some(Role { values, origin }) = self.roles.get(role) else {
            return Ok(());
        };
        for (index, value) in values.iter().enumerate() {
            form.check(value).map_err(|flaw| MalformedSecret {
                role: role.to_owned(),
                number: index + 1,
                values: values.len(),
                origin: origin.clone(),
                flaw,
                form: *form,
            })?;
        }
        Ok(())
    }

    /// Whether `candidate` is a current value; `None` for an unknown role.
    ///
    /// Digests are compared, all of them: neither length nor content of a value shows in the time this takes.
    pub(crate) fn matches(&self, role: &str, candidate: &[u8]) -> Option<bool> {
        let candidate = sha256(candidate);
        let matches = self.values(role)?.iter().fold(false, |found, value| {
            constant_time::verify_slices_are_equal(&sha256(value), &candidate).is_ok() | found
        });
        Some(matches)
    }

    /// The value that goes into outgoing bodies.
    pub(crate) fn outgoing(&self, role: &str) -> Option<&[u8]> {
        self.values(role)?.first().map(Vec::as_slice)
    }

    fn insert(mut self, role: String, values: Vec<Vec<u8>>, origin: Option<String>) -> Self {
        let values = values.into();
        self.roles.insert(role, Role { values, origin });
        self
    }

    fn values(&self, role: &str) -> Option<&[Vec<u8>]> {
        let values = self.roles.get(role)?.values.as_ref();
        (!values.is_empty()).then_some(values)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.roles.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_values_match_while_one_replaces_the_other() {
        let secrets = Secrets::new().with("callback", vec![b"new".to_vec(), b"old".to_vec()]);
        assert_eq!(secrets.matches("callback", b"new"), Some(true));
        assert_eq!(secrets.matches("callback", b"old"), Some(true));
        assert_eq!(secrets.matches("callback", b"ol"), Some(false));
        assert_eq!(secrets.matches("other", b"new"), None);
        assert_eq!(secrets.outgoing("callback"), Some(b"new".as_slice()));
    }

    #[test]
    fn a_role_without_values_is_no_role() {
        let secrets = Secrets::new().with("callback", Vec::new());
        assert_eq!(secrets.matches("callback", b""), None);
        assert_eq!(secrets.roles().count(), 0);
    }

    #[test]
    fn debug_shows_roles_only() {
        assert_eq!(
            format!(
                "{:?}",
                Secrets::new().with("callback", vec![b"hush".to_vec()])
            ),
            r#"{"callback"}"#
        );
    }
}
