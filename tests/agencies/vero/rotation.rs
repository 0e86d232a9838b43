// SPDX-License-Identifier: Apache-2.0
//! The callback secret is replaced: the component in the sandbox behind the real listener and the real client, and the simulated Tax Administration, which registers
//! and pushes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::{Value, json};
use silta::{
    Agency, AnchorSet, BuildInput, ChangingSecret, Deployment, Error, Keyring, RoleKey, SecretFile,
    Secrets, TrustStore,
    exchange::{Outcome, RetryClass},
};
use silta_gateway::{
    Gateway, Listener, ListenerConfig, ListenerLimits, ListenerSetup,
    operation::{Content, KeepNothing, Progress, RunError, Sender, Stopped},
    outbound::{Blocking, ConnectSettings, HttpClient, ServerTrust},
};
use silta_simulators::{
    Simulator,
    vero::{
        CallbackSecret, Credential, Environment, Notification, PushSetup, VeroPusher, VeroSetup,
        VeroSimulator,
    },
};
use silta_store::MemoryStore;
use tempfile::TempDir;

use super::super::people::authority;
use crate::support::host::{Borrowed, host};

/// What the operator has configured.
const FIRST: &str = "c2lsdGEtdGVzdC1zZWNyZXQtY29uZmlndXJlZA==";

/// What nobody has configured.
const OTHER: &str = "c2lsdGEtdGVzdC1zZWNyZXQtb2Ytc29tZWJvZHk=";

const REPLACE: &str = "replace-callback-secret";

#[test]
fn a_secret_is_replaced_and_the_one_before_is_accepted_for_a_while() {
    let scene = Scene::rotating();
    scene.run("register-push").unwrap();
    assert!(scene.is_pushed_by_the_agency());
    let outcome = scene.run(REPLACE).unwrap();
    assert_eq!(outcome.class, RetryClass::Done);
    let kinds: Vec<_> = outcome.events.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["callback-secret-replaced"]);
    // The new one is what the Tax Administration has, and what is in force.
    let values = scene.stored().values().unwrap();
    let current = String::from_utf8(values.current.clone()).unwrap();
    assert_ne!(current, FIRST);
    assert_eq!(values.next, None);
    assert_eq!(values.earlier, [FIRST.as_bytes()]);
    assert!(scene.is_pushed_by_the_agency());
    assert!(scene.is_accepted(&current));
    assert!(scene.is_accepted(FIRST) && !scene.is_accepted(OTHER));
    // Registering again sends it, and replacing again makes another.
    scene.run("register-push").unwrap();
    assert!(scene.is_pushed_by_the_agency());
    scene.run(REPLACE).unwrap();
    assert!(scene.is_pushed_by_the_agency());
    let values = scene.stored().values().unwrap();
    assert_ne!(values.current, current.as_bytes());
    // Both that were replaced are accepted for their hour.
    assert_eq!(values.earlier, [current.as_bytes(), FIRST.as_bytes()]);
    // Nothing shows any of them.
    let shown = format!("{outcome:?} {:?}", scene.host.recorder.lines());
    assert!(!shown.contains(&current) && !shown.contains(FIRST));
}

#[test]
fn both_are_accepted_as_long_as_nobody_knows_which_one_holds() {
    let scene = Scene::rotating();
    scene.run("register-push").unwrap();
    // As far as an interrupted run gets: the next one is kept, and whether it was sent is not known.
    let pending = scene.agency.begin_rotation(REPLACE).unwrap().unwrap();
    assert!(!pending.is_resumed && pending.rotation.overlap_seconds == 3600);
    let body = scene.build(REPLACE).unwrap();
    let next = body["callbackSecret"].as_str().unwrap();
    assert_eq!(body["callbackURL"], scene.callback_url());
    assert_ne!(next, FIRST);
    let in_force = scene.build("register-push").unwrap();
    assert_eq!(in_force["callbackSecret"], FIRST);
    assert!(scene.is_accepted(FIRST) && scene.is_accepted(next) && !scene.is_accepted(OTHER));
    assert!(scene.is_pushed_by_the_agency());
    // Run again, the same one is sent.
    scene.run(REPLACE).unwrap();
    let values = scene.stored().values().unwrap();
    assert_eq!(values.current, next.as_bytes());
    assert!(scene.is_pushed_by_the_agency());
}

#[test]
fn a_replacement_that_is_refused_leaves_everything_as_it_was() {
    let scene = Scene::rotating();
    scene.run("register-push").unwrap();
    let elsewhere = json!({"callbackUrl": "https://localhost:1/vero/Notify/v1"});
    let refused = scene.run_with(REPLACE, &elsewhere).unwrap();
    assert_eq!(refused.class, RetryClass::FixFirst, "{}", refused.text);
    let values = scene.stored().values().unwrap();
    assert_eq!(values.current, FIRST.as_bytes());
    assert!(scene.is_pushed_by_the_agency() && scene.is_accepted(FIRST));
    scene.run(REPLACE).unwrap();
    assert_eq!(
        Some(scene.stored().values().unwrap().current.clone()),
        values.next
    );
}

#[test]
fn without_a_place_for_the_next_one_nothing_changes() {
    let scene = Scene::fixed();
    scene.run("register-push").unwrap();
    let code = |error: &Error| error.code();
    match scene.run(REPLACE) {
        Err(RunError::Runtime(error)) => assert_eq!(code(&error), "secret.not-rotatable"),
        other => panic!("{other:?}"),
    }
    let error = scene.build(REPLACE).unwrap_err();
    assert_eq!(code(&error), "secret.not-rotatable");
    assert!(error.to_string().contains("secrets-folder"), "{error}");
    assert!(scene.is_pushed_by_the_agency() && scene.is_accepted(FIRST));
    assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 0);
}

/// The Tax Administration and its customer, each with a server.
struct Scene {
    agency: Agency,
    api: VeroSimulator,
    listener: Listener,
    sender: Sender,
    threads: Blocking,
    push: PushSetup,
    folder: TempDir,
    host: Borrowed,
    /// Serves until it is dropped.
    _gateway: Gateway,
}

impl Scene {
    fn rotating() -> Self {
        Self::new(|folder| {
            let file = SecretFile::open(secret_path(folder), vec![FIRST.into()]).unwrap();
            Secrets::new().with_changing("callback", Arc::new(file), "the test")
        })
    }

    fn fixed() -> Self {
        Self::new(|_| Secrets::new().with("callback", vec![FIRST.into()]))
    }

    fn new(secrets: impl FnOnce(&Path) -> Secrets) -> Self {
        let (tax, customer) = (Authority::new("Tax"), Authority::new("Customer"));
        let receiver = customer.issue(ExtendedKeyUsagePurpose::ServerAuth);
        let pusher = tax.issue(ExtendedKeyUsagePurpose::ClientAuth);
        let push = PushSetup::new(&*customer.pem, &*pusher.certificates_pem, &*pusher.key_pem);
        let server = tax.issue(ExtendedKeyUsagePurpose::ServerAuth);
        let api = VeroSimulator::start(VeroSetup::new(server, &*customer.pem, push.clone()));
        let api = api.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let host = host();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        host.clock.set(now.as_secs());
        let client = customer.issue(ExtendedKeyUsagePurpose::ClientAuth);
        let client = RoleKey::from_pem(
            client.key_pem.as_bytes(),
            client.certificates_pem.as_bytes(),
        );
        let callers = AnchorSet::new().with_anchors_pem(tax.pem.as_bytes());
        let settings = json!({"environment": "FIS", "url": api.url()});
        let deployment = Deployment::from_bytes(artifacts::VERO.bytes)
            .with_settings(settings.to_string())
            .with_trust(TrustStore::new().with("vero-test", callers.unwrap()))
            .with_keyring(Keyring::new().with("client", client.unwrap()))
            .with_secrets(secrets(folder.path()));
        let agency = host.runtime.deploy("vero", deployment).unwrap();

        let gateway = Gateway::new().unwrap();
        let config = ListenerConfig {
            address: ([127, 0, 0, 1], 0).into(),
            private_key: receiver.key_pem.into(),
            certificates: receiver.certificates_pem.into(),
            also: Vec::new(),
            limits: ListenerLimits::default(),
        };
        let setup = ListenerSetup::new(&config, Arc::new(MemoryStore::default()));
        let listener = gateway.listen(setup.serve("vero", agency.clone())).unwrap();
        let anchor = CertificateDer::from_pem_slice(tax.pem.as_bytes()).unwrap();
        let settings = ConnectSettings {
            trust: Some(ServerTrust::anchors([&*anchor]).unwrap()),
            ..ConnectSettings::default()
        };
        let http = HttpClient::new(settings).unwrap();
        Self {
            sender: Sender::new(agency.clone(), http, None),
            agency,
            api,
            listener,
            threads: Blocking::new().unwrap(),
            push,
            folder,
            host,
            _gateway: gateway,
        }
    }

    fn callback_url(&self) -> String {
        let port = self.listener.address().port();
        format!("https://localhost:{port}/vero/Notify/v1")
    }

    fn parameters(&self) -> Value {
        json!({"callbackUrl": self.callback_url()})
    }

    /// Carries an operation out once.
    fn run(&self, operation: &str) -> Result<Outcome, RunError> {
        self.run_with(operation, &self.parameters())
    }

    fn run_with(&self, operation: &str, parameters: &Value) -> Result<Outcome, RunError> {
        let content = Content::default();
        let mut progress = Progress::new("vero", operation, parameters.to_string(), &content);
        let mut keep = KeepNothing;
        let run = self.sender.run(&mut progress, &content, &mut keep);
        match self.threads.run(run)? {
            Stopped::Outcome(outcome, _) => Ok(*outcome),
            other => panic!("{other:?}"),
        }
    }

    /// The body that an operation would send.
    fn build(&self, operation: &str) -> Result<Value, Error> {
        let request = self.agency.build(BuildInput {
            operation: operation.into(),
            parameters: self.parameters().to_string(),
            ..BuildInput::default()
        })?;
        Ok(serde_json::from_slice(&request.body.to_vec()).unwrap())
    }

    /// Whether a push with the secret that the Tax Administration has is acknowledged.
    fn is_pushed_by_the_agency(&self) -> bool {
        self.api.push(notification()).is_acknowledged()
    }

    /// Whether a push with this secret is acknowledged.
    fn is_accepted(&self, secret: &str) -> bool {
        let secret = CallbackSecret::new(secret).unwrap();
        let push = PushSetup {
            attempts: 1,
            ..self.push.clone()
        };
        let pusher = VeroPusher::start(&self.callback_url(), secret, push).unwrap();
        let delivery = pusher.push(&notification());
        let status = delivery.attempts[0].http_status;
        assert!(matches!(status, Some(200 | 401)), "{delivery:?}");
        delivery.is_acknowledged()
    }

    /// What another process, or this one after a restart, finds.
    fn stored(&self) -> SecretFile {
        SecretFile::open(secret_path(self.folder.path()), vec![FIRST.into()]).unwrap()
    }
}

fn secret_path(folder: &Path) -> PathBuf {
    folder.join("vero.callback")
}

fn notification() -> Notification {
    Notification::new(Environment::Test, 1, "TAX_CARD", 1)
}

/// An authority, made for one test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let (issuer, pem) = authority(name);
        Self { issuer, pem }
    }

    /// A certificate of `localhost` for a purpose, and its key.
    fn issue(&self, purpose: ExtendedKeyUsagePurpose) -> Credential {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Credential {
            certificates_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}
