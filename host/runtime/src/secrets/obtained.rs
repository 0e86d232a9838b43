// SPDX-License-Identifier: Apache-2.0
//! Secrets that answers of an agency bring, each for a while: kept in memory, by generation.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;

/// What was obtained under one generation's settings. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct ObtainedSecrets(Arc<Mutex<Roles>>);

#[derive(Default)]
struct Roles {
    values: BTreeMap<String, Obtained>,
    /// How many values were obtained so far.
    count: u64,
}

struct Obtained {
    value: Bytes,
    until: SystemTime,
    number: u64,
}

impl ObtainedSecrets {
    /// Keeps a value in place of the one before.
    pub(crate) fn keep(&self, role: &str, value: Bytes, now: SystemTime, lifetime_seconds: u32) {
        // A moment that no clock can show is never.
        let lifetime = Duration::from_secs(lifetime_seconds.into());
        let Some(until) = now.checked_add(lifetime) else {
            return;
        };
        let mut roles = self.roles();
        roles.count += 1;
        let obtained = Obtained {
            value,
            until,
            number: roles.count,
        };
        roles.values.insert(role.to_owned(), obtained);
    }

    /// The value of a role, if it may still be used.
    pub(crate) fn value(&self, role: &str, now: SystemTime) -> Option<Bytes> {
        let roles = self.roles();
        let obtained = roles.values.get(role)?;
        (now < obtained.until).then(|| obtained.value.clone())
    }

    /// All values, whether or not they may still be used.
    pub(crate) fn values(&self) -> Vec<Bytes> {
        let roles = self.roles();
        roles.values.values().map(|it| it.value.clone()).collect()
    }

    /// The number of the value of a role: another value has another number.
    pub(crate) fn number(&self, role: &str) -> Option<u64> {
        Some(self.roles().values.get(role)?.number)
    }

    /// Forgets the value of a role, because the agency does not accept it.
    pub(crate) fn forget(&self, role: &str) {
        self.roles().values.remove(role);
    }

    /// The same, unless it is another than this one by now.
    pub(crate) fn forget_number(&self, role: &str, number: u64) {
        let mut roles = self.roles();
        if roles.values.get(role).map(|it| it.number) == Some(number) {
            roles.values.remove(role);
        }
    }

    fn roles(&self) -> MutexGuard<'_, Roles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ObtainedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.roles().values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_be_used_for_its_lifetime() {
        let secrets = ObtainedSecrets::default();
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        secrets.keep("token", Bytes::from_static(b"hush"), at(100), 10);
        assert_eq!(
            secrets.value("token", at(109)).as_deref(),
            Some(&b"hush"[..])
        );
        assert_eq!(secrets.value("token", at(110)), None);
        assert_eq!(secrets.value("other", at(100)), None);
        assert_eq!(format!("{secrets:?}"), r#"{"token"}"#);
        secrets.forget("token");
        assert_eq!(secrets.value("token", at(100)), None);
    }

    #[test]
    fn only_the_value_that_was_refused_is_forgotten() {
        let secrets = ObtainedSecrets::default();
        let now = SystemTime::UNIX_EPOCH;
        secrets.keep("token", Bytes::from_static(b"one"), now, 10);
        let refused = secrets.number("token").unwrap();
        secrets.keep("token", Bytes::from_static(b"two"), now, 10);
        secrets.forget_number("token", refused);
        assert_eq!(secrets.value("token", now).as_deref(), Some(&b"two"[..]));
        secrets.forget_number("token", secrets.number("token").unwrap());
        assert_eq!(secrets.value("token", now), None);
    }
}
