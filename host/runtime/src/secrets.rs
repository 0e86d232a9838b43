// SPDX-License-Identifier: Apache-2.0
//! Shared secrets by role: compared and inserted here, never shown.

mod file;
mod form;
mod obtained;

use std::{collections::BTreeMap, fmt, io, sync::Arc, time::SystemTime};

use aws_lc_rs::{constant_time, hmac};

use crate::{blob::Blob, digest::sha256};
pub use file::SecretFile;
pub use form::{MalformedSecret, SecretAlphabet, SecretFlaw, SecretForm};
pub(crate) use obtained::ObtainedSecrets;

/// The values of a role.
#[derive(Clone, Default)]
pub struct SecretValues {
    /// The one in force, which requests get.
    pub current: Vec<u8>,
    /// The one that is to replace it. The agency may have it already, so that it is accepted.
    pub next: Option<Vec<u8>>,
    /// Those that were replaced and are still accepted.
    pub earlier: Vec<Vec<u8>>,
}

impl SecretValues {
    /// All that are accepted.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = &Vec<u8>> {
        let current = std::iter::once(&self.current);
        current.chain(&self.next).chain(&self.earlier)
    }
}

/// Shows how many values there are.
impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValues")
            .field("next", &self.next.is_some())
            .field("earlier", &self.earlier.len())
            .finish_non_exhaustive()
    }
}

/// A secret whose values change while a component serves: one that the host rotates.
///
/// [`SecretFile`] keeps one in a file.
pub trait ChangingSecret: Send + Sync {
    /// The values at this moment; `None` when there are none, or they cannot be read. Asked for in every call that needs them, on its thread.
    fn values(&self) -> Option<Arc<SecretValues>>;

    /// Keeps the value that is to replace the current one, durably before it returns.
    ///
    /// # Errors
    /// What the system reports; `AlreadyExists` when there is one already, which stays. Nobody may be sent a value that was not kept.
    fn keep_next(&self, next: &[u8]) -> io::Result<()>;

    /// Puts the next value in the place of the current one, which is accepted until this moment; durably before it returns.
    ///
    /// # Errors
    /// What the system reports; `NotFound` when there is no next value.
    fn promote(&self, earlier_until: SystemTime) -> io::Result<()>;
}

/// The secrets of one agency by role.
///
/// A role has one current value, or two while one is being replaced by the other.
#[derive(Clone, Default)]
pub struct Secrets {
    roles: BTreeMap<String, Role>,
}

#[derive(Clone)]
struct Role {
    held: Held,
    /// Where the values come from, for messages.
    origin: Option<String>,
}

#[derive(Clone)]
enum Held {
    Fixed(Arc<SecretValues>),
    Changing(Arc<dyn ChangingSecret>),
}

impl Secrets {
    /// No secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the values of a role. The first is the one that requests get; all are accepted in comparisons. A role without values is none.
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

    /// Sets a role whose values change by themselves, and where they come from.
    #[must_use]
    pub fn with_changing(
        mut self,
        role: impl Into<String>,
        secret: Arc<dyn ChangingSecret>,
        origin: impl Into<String>,
    ) -> Self {
        let held = Held::Changing(secret);
        let origin = Some(origin.into());
        self.roles.insert(role.into(), Role { held, origin });
        self
    }

    /// Roles that have a value.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        let roles = self.roles.iter();
        let roles = roles.filter(|(_, role)| role.values().is_some());
        roles.map(|(role, _)| role.as_str())
    }

    /// Whether all values of a role have a form; a role without values has.
    pub(crate) fn check(&self, role: &str, form: &SecretForm) -> Result<(), MalformedSecret> {
        let Some(found) = self.roles.get(role) else {
            return Ok(());
        };
        let values = found.values();
        let all: Vec<_> = values.iter().flat_map(|values| values.accepted()).collect();
        for (index, value) in all.iter().enumerate() {
            form.check(value).map_err(|flaw| MalformedSecret {
                role: role.to_owned(),
                number: index + 1,
                values: all.len(),
                origin: found.origin.clone(),
                flaw,
                form: *form,
            })?;
        }
        Ok(())
    }

    /// Whether `candidate` is an accepted value; `None` for an unknown role.
    ///
    /// Digests are compared, all of them: neither length nor content of a value shows in the time this takes.
    pub(crate) fn matches(&self, role: &str, candidate: &[u8]) -> Option<bool> {
        let (values, candidate) = (self.values(role)?, sha256(candidate));
        Some(values.accepted().fold(false, |found, value| {
            constant_time::verify_slices_are_equal(&sha256(value), &candidate).is_ok() | found
        }))
    }

    /// Whether `code` is the HMAC-SHA-256 of a blob with an accepted value; `None` for an unknown role.
    pub(crate) fn is_authentic(&self, role: &str, content: &Blob, code: &[u8]) -> Option<bool> {
        let values = self.values(role)?;
        Some(values.accepted().fold(false, |found, value| {
            let tag = authentication_code(value, content);
            constant_time::verify_slices_are_equal(&tag, code).is_ok() | found
        }))
    }

    /// The role's values as whoever rotates it changes them; `None` for a role whose values are fixed.
    pub(crate) fn changing(&self, role: &str) -> Option<&dyn ChangingSecret> {
        match &self.roles.get(role)?.held {
            Held::Changing(secret) => Some(secret.as_ref()),
            Held::Fixed(_) => None,
        }
    }

    pub(crate) fn values(&self, role: &str) -> Option<Arc<SecretValues>> {
        self.roles.get(role)?.values()
    }

    fn insert(mut self, role: String, values: Vec<Vec<u8>>, origin: Option<String>) -> Self {
        let mut values = values.into_iter();
        if let Some(current) = values.next() {
            let held = Held::Fixed(Arc::new(SecretValues {
                current,
                next: None,
                earlier: values.collect(),
            }));
            self.roles.insert(role, Role { held, origin });
        } else {
            self.roles.remove(&role);
        }
        self
    }
}

impl Role {
    fn values(&self) -> Option<Arc<SecretValues>> {
        match &self.held {
            Held::Fixed(values) => Some(Arc::clone(values)),
            Held::Changing(secret) => secret.values(),
        }
    }
}

/// HMAC-SHA-256 (RFC 2104) of a blob.
pub(crate) fn authentication_code(secret: &[u8], content: &Blob) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    for segment in content.segments() {
        context.update(segment);
    }
    context.sign().as_ref().to_vec()
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
        assert_eq!(secrets.values("callback").unwrap().current, b"new");
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

    struct Rotating;

    impl ChangingSecret for Rotating {
        fn values(&self) -> Option<Arc<SecretValues>> {
            Some(Arc::new(SecretValues {
                current: b"current".to_vec(),
                next: Some(b"next".to_vec()),
                earlier: vec![b"earlier".to_vec()],
            }))
        }

        fn keep_next(&self, _: &[u8]) -> io::Result<()> {
            Ok(())
        }

        fn promote(&self, _: SystemTime) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_rotating_secret_is_accepted_in_every_value() {
        let secrets = Secrets::new().with_changing("password", Arc::new(Rotating), "here");
        for value in ["current", "next", "earlier"] {
            assert_eq!(secrets.matches("password", value.as_bytes()), Some(true));
            let content = Blob::from(b"content".as_slice());
            let code = authentication_code(value.as_bytes(), &content);
            let is_authentic =
                |code: &[u8]| secrets.is_authentic("password", &content, code).unwrap();
            assert!(is_authentic(&code));
            assert!(!is_authentic(&code[..31]));
            assert!(!is_authentic(&[0; 32]));
        }
        assert_eq!(secrets.matches("password", b"other"), Some(false));
        let shown = format!("{:?} {:?}", secrets, Rotating.values());
        assert!(!shown.contains("current"), "{shown}");
    }

    /// RFC 4231 §4.3, test case 2.
    #[test]
    fn codes_are_those_of_the_standard() {
        let content = Blob::from(b"what do ya want for nothing?".as_slice());
        assert_eq!(
            crate::observe::hexadecimal(&authentication_code(b"Jefe", &content)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
