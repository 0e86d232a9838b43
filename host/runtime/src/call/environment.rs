// SPDX-License-Identifier: Apache-2.0
//! What a call of a component sees.

use std::{
    collections::BTreeSet,
    io,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;

use crate::{
    call::{limits::Limits, script::Script},
    ids::IdSource,
    keys::Keyring,
    observe::{AuditLog, CallId, Observer, RequestRecord, ServedBy, SignatureRecord},
    secrets::{ObtainedSecrets, Secrets},
    time::{Clock, FixedClock},
    trust::TrustStore,
};

/// All that a call of a component sees beside its arguments, and who is told of it. A component has no other power than what is in here;
/// a self-test is a call in an environment of its own.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) agency: String,
    /// Number of the generation.
    pub(crate) generation: u64,
    /// Marks the calls in records and logs. Nothing else depends on it.
    pub(crate) is_self_test: bool,
    /// One JSON object.
    pub(crate) settings: String,
    pub(crate) keyring: Keyring,
    pub(crate) trust: TrustStore,
    pub(crate) secrets: Secrets,
    pub(crate) obtained: ObtainedSecrets,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) audit: Arc<dyn AuditLog>,
    /// What records say of the generation, once it is known.
    pub(crate) served_by: ServedBy,
    /// Operations that obtain or rotate a secret: what they exchange is not recorded where secrets are not to be.
    pub(crate) confidential: BTreeSet<String>,
    /// Answers of a recording, in the place of keys, anchors, secrets, clock and identifiers.
    pub(crate) script: Option<Arc<Script>>,
    /// Whether what depends on secrets is answered by `secrets` where there is a `script`, which has no answers to that then.
    pub(crate) is_replay_with_secrets: bool,
}

/// The time that self-tests see, since 1970: 2026-01-01T00:00:00Z.
const SELF_TEST_TIME: Duration = Duration::from_secs(1_767_225_600);

impl Environment {
    /// The one that the contract promises to self-tests (`wit/descriptor.wit`, record `self-test`), with these settings.
    pub(crate) fn self_test(&self, settings: &str) -> Self {
        // Field by field: what is added to an environment is not handed to self-tests by accident.
        Self {
            agency: self.agency.clone(),
            generation: self.generation,
            is_self_test: true,
            settings: settings.to_owned(),
            keyring: Keyring::stand_in(),
            trust: self.trust.clone(),
            secrets: Secrets::new(),
            obtained: ObtainedSecrets::default(),
            limits: self.limits.clone(),
            clock: Arc::new(FixedClock(UNIX_EPOCH + SELF_TEST_TIME)),
            ids: Arc::new(Zeros),
            observer: Arc::clone(&self.observer),
            audit: Arc::new(NoAudit),
            served_by: ServedBy::default(),
            confidential: BTreeSet::new(),
            script: None,
            is_replay_with_secrets: false,
        }
    }

    /// One in which a recorded call is done again: nothing of it but the agency, the settings and the limits is this one's; and the secrets, if they are the recording's.
    pub(crate) fn replay(&self, script: Arc<Script>, observer: Arc<dyn Observer>) -> Self {
        Self {
            is_self_test: false,
            settings: self.settings.clone(),
            keyring: Keyring::new(),
            trust: TrustStore::new(),
            secrets: match self.is_replay_with_secrets {
                true => self.secrets.clone(),
                false => Secrets::new(),
            },
            observer,
            script: Some(script),
            is_replay_with_secrets: self.is_replay_with_secrets,
            ..self.self_test("{}")
        }
    }

    /// The value of a secret that requests get; of the role `next_of`, the one that is to replace it.
    pub(crate) fn secret(
        &self,
        role: &str,
        next_of: Option<&str>,
        now: SystemTime,
    ) -> Option<Bytes> {
        match self.secrets.values(role) {
            Some(values) if next_of == Some(role) => {
                values.next.as_deref().map(Bytes::copy_from_slice)
            }
            Some(values) => Some(Bytes::copy_from_slice(&values.current)),
            None => self.obtained.value(role, now),
        }
    }

    pub(crate) fn call_id(&self, operation: &str) -> CallId {
        CallId {
            agency: self.agency.clone(),
            generation: self.generation,
            operation: operation.to_owned(),
            is_self_test: self.is_self_test,
        }
    }
}

/// The identifiers of self-tests.
struct Zeros;

impl IdSource for Zeros {
    fn uuid(&self) -> String {
        "00000000-0000-7000-8000-000000000000".to_owned()
    }

    fn compact(&self) -> String {
        "00000000000000".to_owned()
    }
}

/// Keeps nothing: in a self-test nothing is signed.
struct NoAudit;

impl AuditLog for NoAudit {
    fn record(&self, _: &SignatureRecord) -> io::Result<()> {
        Ok(())
    }

    fn request(&self, _: &RequestRecord) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::observe::{LogLevel, Refusal};

    /// Keeps what it is told, and identifiers that count.
    #[derive(Default)]
    pub(crate) struct Told {
        pub(crate) refusals: Mutex<Vec<(&'static str, &'static str)>>,
        pub(crate) lines: Mutex<Vec<String>>,
        pub(crate) signatures: Mutex<Vec<SignatureRecord>>,
    }

    impl Observer for Told {
        fn refused(&self, refusal: &Refusal) {
            let mut refusals = self.refusals.lock().unwrap();
            refusals.push((refusal.function, refusal.reason));
        }

        fn logged(&self, _: &CallId, _: LogLevel, line: &str) {
            self.lines.lock().unwrap().push(line.to_owned());
        }
    }

    impl AuditLog for Told {
        fn record(&self, record: &SignatureRecord) -> io::Result<()> {
            self.signatures.lock().unwrap().push(record.clone());
            Ok(())
        }

        fn request(&self, _: &RequestRecord) -> io::Result<()> {
            Ok(())
        }
    }

    /// An environment without keys, anchors and secrets, in 2026, that tells `told`.
    pub(crate) fn environment(told: &Arc<Told>) -> Environment {
        Environment {
            agency: "agency".into(),
            generation: 3,
            is_self_test: false,
            settings: r#"{"of": "the operator"}"#.into(),
            keyring: Keyring::new(),
            trust: TrustStore::new(),
            secrets: Secrets::new(),
            obtained: ObtainedSecrets::default(),
            limits: Limits::default(),
            clock: Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(1_770_000_000))),
            ids: Arc::new(crate::ids::SystemIds::default()),
            observer: Arc::clone(told) as _,
            audit: Arc::clone(told) as _,
            served_by: ServedBy::default(),
            confidential: BTreeSet::new(),
            script: None,
            is_replay_with_secrets: false,
        }
    }

    #[test]
    fn a_self_test_has_no_secrets_and_leaves_no_audit_record() {
        let mut real = environment(&Arc::new(Told::default()));
        real.secrets = Secrets::new().with("callback", vec![b"hush".to_vec()]);
        real.obtained
            .keep("token", "hush".into(), real.clock.now(), u32::MAX);
        assert!(real.secrets.values("callback").is_some());
        let test = real.self_test("{}");
        assert_eq!(test.obtained.value("token", real.clock.now()), None);
        assert_eq!(test.secrets.matches("callback", b"hush"), None);
        assert!(!Arc::ptr_eq(&test.audit, &real.audit));
    }
}
