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
pub(crate) struct ObtainedSecrets(Arc<Mutex<BTreeMap<String, Obtained>>>);

struct Obtained {
    value: Bytes,
    until: SystemTime,
}

impl ObtainedSecrets {
    /// Keeps a value in place of the one before.
    pub(crate) fn keep(&self, role: &str, value: Bytes, now: SystemTime, lifetime_seconds: u32) {
        // A moment that no clock can show is never.
        let lifetime = Duration::from_secs(lifetime_seconds.into());
        let Some(until) = now.checked_add(lifetime) else {
            return;
        };
        let obtained = Obtained { value, until };
        self.roles().insert(role.to_owned(), obtained);
    }

    /// The value of a role, if it may still be used.
    pub(crate) fn value(&self, role: &str, now: SystemTime) -> Option<Bytes> {
        let roles = self.roles();
        let obtained = roles.get(role)?;
        (now < obtained.until).then(|| obtained.value.clone())
    }

    /// Forgets the value of a role, because the agency does not accept it.
    pub(crate) fn forget(&self, role: &str) {
        self.roles().remove(role);
    }

    fn roles(&self) -> MutexGuard<'_, BTreeMap<String, Obtained>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ObtainedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.roles().keys()).finish()
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
}
