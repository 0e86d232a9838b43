// SPDX-License-Identifier: Apache-2.0
//! The host of a test.

mod tape;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use silta::{
    Agency, AnchorSet, Deployment, Keyring, RoleKey, Runtime, Secrets, SignatureAlgorithm,
    TrustStore,
    describe::{Description, SecretAlphabet, SecretForm, SecretRole, SecretSource},
    exchange::CertificateChain,
    ids::IdSource,
    observe::PerformedCall,
    time::Clock,
};

use crate::{certificates::Certificates, error::TestingError};
use tape::Tape;

/// Characters of a secret whose role has no form.
const USUAL_SECRET: usize = 44;

/// Signatures that a call may make: a test does not decide how many are right.
const SIGNATURES_PER_CALL: u32 = 1_000;

/// A component in the sandbox, in a host that is the same at each run.
///
/// - **Time** stands still, at what the case says.
/// - **Identifiers** count up from 1 in each case: `00000000000001`, and `00000000-0000-7000-8000-000000000001`.
/// - **Keys**: every role that the component declares has one RSA key of 2,048 bits with a certificate of its own, which may sign with PKCS #1 v1.5, so that signatures are
///   the same at each run.
/// - **Secrets**: every role that the operator would configure has [one value](MockHost::secret) that follows from its form.
/// - **Trust**: every anchor set has one authority. A case says whether its caller has a certificate of that authority, of another one, or none.
///
/// Blobs, digests, base64, signatures, comparisons and judgements of certificates are the real ones of the runtime, and so are its limits.
pub struct MockHost {
    runtime: Runtime,
    component: Vec<u8>,
    description: Description,
    certificates: Certificates,
    state: Arc<State>,
    tape: Arc<Tape>,
}

impl MockHost {
    /// A host for a component, which is compiled now.
    ///
    /// # Errors
    /// It is no component of the contract, or this machine cannot run the sandbox.
    pub fn of(component: impl Into<Vec<u8>>) -> Result<Self, TestingError> {
        Self::new(component.into(), None)
    }

    /// The same, with the machine code of components kept in a folder, which has to be this user's alone, so that the next run need not compile.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn keeping_compiled_in(
        component: impl Into<Vec<u8>>,
        folder: impl Into<PathBuf>,
    ) -> Result<Self, TestingError> {
        Self::new(component.into(), Some(folder.into()))
    }

    fn new(component: Vec<u8>, folder: Option<PathBuf>) -> Result<Self, TestingError> {
        let (state, tape) = (Arc::new(State::default()), Arc::new(Tape::default()));
        let builder = Runtime::builder()
            .concurrent_calls(1)
            .clock(Shared(Arc::clone(&state)))
            .ids(Shared(Arc::clone(&state)))
            .observer(Arc::clone(&tape) as _);
        let builder = match folder {
            Some(folder) => builder.keep_compiled_in(folder),
            None => builder,
        };
        let runtime = builder.build()?;
        let description = runtime.describe(Deployment::from_bytes(component.clone()))?;
        let certificates =
            Certificates::make().map_err(|error| TestingError::Certificates(error.to_string()))?;
        Ok(Self {
            runtime,
            component,
            description,
            certificates,
            state,
            tape,
        })
    }

    /// What the component says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The value of a secret, where the component declares that role and an operator would configure it.
    pub fn secret(&self, role: &str) -> Option<String> {
        let role = self.description.secret_role(role)?;
        is_configured(role).then(|| value_of(role.form.as_ref()))
    }

    /// The last call of the component, self-tests left out, that there is while something runs, with all of its content.
    pub(crate) fn taped(&self, run: impl FnOnce()) -> Option<PerformedCall> {
        self.tape.begin();
        run();
        self.tape.end()
    }

    /// Puts the component into service with settings (one JSON object), at a time; identifiers begin anew.
    ///
    /// # Errors
    /// The component refuses the settings, or fails its own tests.
    pub(crate) fn deploy(&self, settings: String, at: SystemTime) -> Result<Agency, silta::Error> {
        self.state.begin(at);
        let deployment = Deployment::from_bytes(self.component.clone())
            .with_settings(settings)
            .with_keyring(self.keyring()?)
            .with_trust(self.trust()?)
            .with_secrets(self.secrets());
        let deployed = self.runtime.deploy(&self.description.agency, deployment);
        // Its own tests have taken some.
        self.state.begin(at);
        deployed
    }

    /// What a caller presents.
    pub(crate) fn caller(
        &self,
        is_trusted: bool,
        common_name: &str,
        serial_number: Option<&str>,
    ) -> Result<Option<CertificateChain>, String> {
        let chain = self
            .certificates
            .caller(is_trusted, common_name, serial_number);
        chain.map_err(|error| format!("the certificate of the caller cannot be made: {error}"))
    }

    fn keyring(&self) -> Result<Keyring, silta::Error> {
        let roles = self.description.key_roles.iter();
        let mut keyring = Keyring::new();
        for role in roles {
            let certificate = self.certificates.role.as_bytes();
            let key = RoleKey::from_pem(Certificates::role_key().as_bytes(), certificate)?
                .with_algorithms(&ALGORITHMS)?
                .with_signatures_per_call(SIGNATURES_PER_CALL);
            keyring = keyring.with(role.name.as_str(), key);
        }
        Ok(keyring)
    }

    fn trust(&self) -> Result<TrustStore, silta::Error> {
        let mut trust = TrustStore::new();
        for set in &self.description.anchor_sets {
            let anchors = AnchorSet::from_pem(self.certificates.anchor().as_bytes())?;
            trust = trust.with(set.name.as_str(), anchors);
        }
        Ok(trust)
    }

    /// Values of secrets by role.
    pub(crate) fn secret_values(&self) -> BTreeMap<String, Vec<String>> {
        let roles = self.description.secret_roles.iter();
        let configured = roles.filter(|role| is_configured(role));
        let valued = configured.map(|role| {
            let value = value_of(role.form.as_ref());
            (role.requirement.name.clone(), vec![value])
        });
        valued.collect()
    }

    fn secrets(&self) -> Secrets {
        let roles = self.secret_values().into_iter();
        roles.fold(Secrets::new(), |secrets, (role, values)| {
            secrets.with(role, values.into_iter().map(String::into_bytes).collect())
        })
    }
}

impl std::fmt::Debug for MockHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockHost")
            .field("agency", &self.description.agency)
            .finish_non_exhaustive()
    }
}

/// Those whose signatures are the same at each run.
const ALGORITHMS: [SignatureAlgorithm; 3] = [
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
];

fn is_configured(role: &SecretRole) -> bool {
    !matches!(role.source, SecretSource::Obtained { .. })
}

/// A value that a form allows and that anybody can tell from a real one: `Mock-1xyMock-1xy…`, and `Mock` over and over where it has to be base64.
fn value_of(form: Option<&SecretForm>) -> String {
    let unit = match form.map(|form| form.alphabet) {
        Some(SecretAlphabet::Base64) => "Mock",
        _ => "Mock-1xy",
    };
    let length = form.map_or(USUAL_SECRET, |form| {
        let length = usize::try_from(form.minimum_characters).unwrap_or(USUAL_SECRET);
        let most = usize::try_from(form.maximum_characters).unwrap_or(USUAL_SECRET);
        let length = length.max(USUAL_SECRET).min(most);
        match form.alphabet {
            // Whole groups of four characters.
            SecretAlphabet::Base64 => (length.div_ceil(4) * 4).min(most / 4 * 4),
            _ => length,
        }
    });
    unit.chars().cycle().take(length).collect()
}

/// The time and the identifiers of the case that runs.
struct State {
    at: Mutex<SystemTime>,
    given: AtomicU64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            at: Mutex::new(UNIX_EPOCH),
            given: AtomicU64::new(0),
        }
    }
}

impl State {
    fn begin(&self, at: SystemTime) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at;
        self.given.store(0, Ordering::Relaxed);
    }

    fn next(&self) -> u64 {
        self.given.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[derive(Clone)]
struct Shared(Arc<State>);

impl Clock for Shared {
    fn now(&self) -> SystemTime {
        *self.0.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdSource for Shared {
    fn uuid(&self) -> String {
        format!("00000000-0000-7000-8000-{:012}", self.0.next())
    }

    fn compact(&self) -> String {
        format!("{:014}", self.0.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(minimum_characters: u32, maximum_characters: u32, alphabet: SecretAlphabet) -> String {
        value_of(Some(&SecretForm {
            minimum_characters,
            maximum_characters,
            alphabet,
        }))
    }

    #[test]
    fn a_secret_follows_from_its_form_and_is_the_same_at_each_run() {
        use SecretAlphabet::{Base64, Password, Plain};
        assert_eq!(value(24, 32, Base64), "Mock".repeat(8));
        assert_eq!(value(50, 60, Base64).len(), 52);
        assert_eq!(value(5, 9, Password), "Mock-1xyM");
        assert_eq!(value(100, 200, Plain).len(), 100);
        assert_eq!(value_of(None).len(), USUAL_SECRET);
    }
}
