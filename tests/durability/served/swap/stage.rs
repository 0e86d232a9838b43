// SPDX-License-Identifier: Apache-2.0
//! The program between all agencies, and whoever deploys to it: by the command and by the API in turn.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use silta_simulators::{
    Simulator,
    customs::NotifySetup,
    suomifi_mail::DeliverySetup,
    vero::{Credential, PushSetup, VeroSetup, VeroSimulator},
};

use super::candidates::{self, AGENCIES, REPUBLISHED, SIGNED, WRONG, Wrong, file};
use crate::{
    agencies::TULLI_PATH,
    program::{Program, Serving},
    whole::{Answer, Called, Scene},
};

/// Where relays deliver citizens' mail to.
pub(super) const MAILBOX: &str = "kirjaamo@kunta.example";

/// The longest that a call of the component of the agency takes that nobody calls.
const DEADLINE_MILLISECONDS: i64 = 1500;

/// Customs notifies, so that lists are made once an hour.
const LISTS_SECONDS: i64 = 3600;

/// So many connections may be of an earlier life of the program.
const TIMES: usize = 20;

/// Program and agencies. What it is asked for is asked with the command every other time, and at the API otherwise.
pub(super) struct Stage {
    pub(super) scene: Scene,
    pub(super) vero: VeroSimulator,
    /// What names the API to commands, and who asks.
    api: Vec<String>,
    asked: AtomicU64,
    put_into_service: Mutex<Vec<InService>>,
}

/// A generation that serves since a moment at the latest: that of the answer to whoever asked for it.
pub(super) struct InService {
    pub(super) agency: String,
    pub(super) number: u64,
    pub(super) at: SystemTime,
}

/// Why something was not done.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    /// All that was told.
    pub(super) told: String,
}

impl Stage {
    pub(super) fn made() -> Self {
        let program = Program::made_for(&AGENCIES);
        candidates::write(&program);
        let vero = tax_administration(&program);
        let called = Called::with(
            &program,
            (
                |customs| customs.notify = Some(notifying(&program)),
                |relay| relay.deliver_to = Some(delivering(&program)),
            ),
        );
        let changes = changes(&program, &vero);
        let may = "submit,read,inbox,decide,deploy";
        let scene = Scene::of((program, called), may, &changes);
        fs::write(scene.program.path("token"), scene.token()).unwrap();
        let url = format!("https://localhost:{}", scene.program.platform().port());
        let api = ["--url", &url, "--token-file", "token", "--json"];
        let api = [&api[..], &["--anchors", "pki/ca.pem"]].concat();
        Self {
            api: api.into_iter().map(str::to_owned).collect(),
            asked: AtomicU64::new(0),
            put_into_service: Mutex::default(),
            scene,
            vero,
        }
    }

    pub(super) fn serve(&self) -> Serving {
        let mut serving = self.scene.program.start(Scene::CONFIGURATION, &[]);
        serving.has_to_listen();
        serving
    }

    /// What a command says on success.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<Value, Refusal> {
        let api = self.api.iter().map(String::as_str);
        let arguments = ["component"].into_iter().chain(arguments.iter().copied());
        let arguments: Vec<&str> = arguments.chain(api).collect();
        let output = self.scene.program.command(&arguments).output().unwrap();
        match output.status.success() {
            true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr);
                let error = said.lines().last().unwrap_or_default();
                let error: Value = serde_json::from_str(error)
                    .unwrap_or_else(|_| panic!("{arguments:?} has crashed: {said}"));
                Err(Refusal {
                    code: error["code"].as_str().unwrap().to_owned(),
                    told: error.to_string(),
                })
            }
        }
    }

    /// What the API says on success.
    fn ask(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        match self.scene.platform.post(path, body) {
            Answer::Came(200, told) => Ok(told),
            Answer::Came(_, problem) => Err(Refusal {
                code: problem["code"].as_str().unwrap_or_default().to_owned(),
                told: problem.to_string(),
            }),
            Answer::None => panic!("{path} was not answered"),
        }
    }

    fn is_commands_turn(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        asked.is_multiple_of(2)
    }

    /// Deploys files, each to its agency; an earlier version may follow, or not.
    fn deploy(&self, files: &[(&str, &str)], also_earlier: &[&str]) -> Result<Value, Refusal> {
        if self.is_commands_turn() {
            let named = files.iter();
            let named: Vec<_> = named
                .map(|(agency, file)| format!("{agency}={file}"))
                .collect();
            let named = named.iter().flat_map(|named| ["--agency", named]);
            let deploy = ["deploy"].into_iter().chain(named);
            let deploy: Vec<&str> = deploy.chain(also_earlier.iter().copied()).collect();
            return self.command(&deploy);
        }
        let components = files.iter().map(|(agency, file)| {
            let component = self.package(file);
            ((*agency).to_owned(), component)
        });
        let order = json!({
            "components": components.collect::<Map<_, _>>(),
            "allowDowngrade": !also_earlier.is_empty(),
        });
        self.ask("/v1/deployments", &order)
    }

    /// A component with what lies beside it.
    fn package(&self, file: &str) -> Value {
        let program = &self.scene.program;
        let component = fs::read(program.path(file)).unwrap();
        let mut package = json!({ "component": BASE64_STANDARD.encode(component) });
        for part in ["manifest", "signatures"] {
            let beside = file.replace(".wasm", &format!(".{part}.json"));
            if let Ok(text) = fs::read_to_string(program.path(&beside)) {
                package[part] = text.into();
            }
        }
        package
    }

    /// One agency.
    pub(super) fn swap(&self, agency: &str, version: &str) {
        self.swapped(&[agency], version);
    }

    /// All agencies at once.
    pub(super) fn swap_all(&self, version: &str) {
        self.swapped(&AGENCIES, version);
    }

    fn swapped(&self, agencies: &[&str], version: &str) {
        let files: Vec<_> = agencies
            .iter()
            .map(|agency| file(agency, version))
            .collect();
        let files = agencies
            .iter()
            .copied()
            .zip(files.iter().map(String::as_str));
        let files: Vec<_> = files.collect();
        let deployed = self.deploy(&files, &["--allow-downgrade"]).unwrap();
        let deployed = deployed["generations"].as_array().unwrap();
        assert_eq!(deployed.len(), agencies.len());
        assert!(deployed.iter().all(|one| one["outcome"] == "serving"));
        for one in deployed {
            self.note(one["agency"].as_str().unwrap(), &one["number"]);
        }
    }

    pub(super) fn roll_back(&self, agency: &str) {
        let (before, _) = self.serving(agency);
        let rolled = match self.is_commands_turn() {
            true => self.command(&["rollback", "--agency", agency, "--yes"]),
            false => {
                let path = format!("/v1/agencies/{agency}/rollback");
                self.ask(&path, &json!({ "serving": before }))
            }
        };
        let rolled = rolled.unwrap();
        assert_ne!(rolled["generation"], before, "{agency}");
        self.note(agency, &rolled["generation"]);
    }

    fn note(&self, agency: &str, number: &Value) {
        let (agency, number) = (agency.to_owned(), number.as_u64().unwrap());
        let at = SystemTime::now();
        self.put_into_service()
            .push(InService { agency, number, at });
    }

    /// What was put into service, in that order.
    pub(super) fn put_into_service(&self) -> MutexGuard<'_, Vec<InService>> {
        let all = self.put_into_service.lock();
        all.unwrap_or_else(PoisonError::into_inner)
    }

    /// A candidate is refused for its reason, and what served serves.
    pub(super) fn refuse(&self, wrong: &Wrong) {
        if wrong.code == REPUBLISHED {
            self.swap(wrong.agency, "0.1.0");
        }
        let served = self.serving(wrong.agency);
        let refused = self.deploy(&[(wrong.agency, wrong.file)], &[]);
        let Err(refusal) = refused else {
            panic!("{} serves", wrong.file);
        };
        assert_eq!(refusal.code, wrong.code, "{}: {}", wrong.file, refusal.told);
        assert!(
            refusal.told.contains(wrong.says),
            "{}: {}",
            wrong.file,
            refusal.told
        );
        assert_eq!(self.serving(wrong.agency), served, "{}", wrong.file);
    }

    pub(super) fn refuse_all(&self) {
        WRONG.iter().for_each(|wrong| self.refuse(wrong));
    }

    /// What the API tells; a connection to a program that was killed since is no answer.
    fn told(&self, path: &str) -> Value {
        for _ in 0..TIMES {
            match self.scene.platform.get(path) {
                Answer::Came(200, told) => return told,
                Answer::Came(status, problem) => panic!("{path}: {status}: {problem}"),
                Answer::None => {}
            }
        }
        panic!("{path} is not answered");
    }

    /// Generation and component of what serves.
    pub(super) fn serving(&self, agency: &str) -> (u64, String) {
        let status = self.told("/v1/agencies");
        let mut all = status["agencies"].as_array().unwrap().iter();
        let one = all.find(|one| one["agency"] == agency).unwrap();
        let component = one["component"].as_str().unwrap().to_owned();
        (one["generation"].as_u64().unwrap(), component)
    }

    /// Generations of an agency by number.
    pub(super) fn generations(&self, agency: &str) -> BTreeMap<u64, Value> {
        let mut all = BTreeMap::new();
        let mut before = 0;
        loop {
            let path = format!("/v1/agencies/{agency}/generations?limit=1000&before={before}");
            let told = self.told(&path);
            for one in told["generations"].as_array().unwrap() {
                all.insert(one["number"].as_u64().unwrap(), one.clone());
            }
            match told["more"].as_u64() {
                Some(more) => before = more,
                None => return all,
            }
        }
    }
}

/// By the dotted name of each setting.
fn changes(program: &Program, vero: &VeroSimulator) -> Vec<(&'static str, toml::Value)> {
    let lists = toml::Value::from(LISTS_SECONDS);
    let relays = vec!["127.0.0.1"];
    vec![
        ("publishers.silta.keys", vec!["publisher.key.pub"].into()),
        ("publishers.silta.agencies", vec!["*"].into()),
        ("agencies.vero.unsigned", true.into()),
        ("agencies.suomifi-viestit.unsigned", true.into()),
        ("agencies.suomifi-rest.unsigned", true.into()),
        ("agencies.suomifi-mail.unsigned", true.into()),
        ("agencies.tulli.component", file(SIGNED, "0.1.0").into()),
        ("agencies.tulli.settings.notification.enabled", true.into()),
        (
            "agencies.tulli.settings.list.interval-seconds",
            lists.clone(),
        ),
        ("agencies.tulli.polls.download-list.interval-seconds", lists),
        ("agencies.vero.settings.url", vero.url().into()),
        ("agencies.idle.component", "idle.wasm".into()),
        ("agencies.idle.unsigned", true.into()),
        (
            "agencies.idle.limits.deadline-milliseconds",
            DEADLINE_MILLISECONDS.into(),
        ),
        ("mail.address", program.mail().to_string().into()),
        ("mail.relays", relays.into()),
        ("mail.certificates", "pki/gateway.pem".into()),
        ("mail.private-key", "pki/gateway.key.pem".into()),
        (
            "agencies.suomifi-mail.mail.recipients",
            vec![MAILBOX, "@kunta.example"].into(),
        ),
    ]
}

fn notifying(program: &Program) -> NotifySetup {
    let pem = |name: &str| program.pem(name);
    let (certificate, key) = (pem("customs-signing"), pem("customs-signing.key"));
    NotifySetup::new(program.url(TULLI_PATH), pem("ca"), certificate, key)
}

fn delivering(program: &Program) -> DeliverySetup {
    DeliverySetup::new("localhost", program.mail().port(), program.pem("ca"))
}

/// Where its push is registered.
fn tax_administration(program: &Program) -> VeroSimulator {
    let pem = |name: &str| program.pem(name);
    let push = PushSetup::new(pem("ca"), pem("vero"), pem("vero.key"));
    let server = Credential {
        certificates_pem: pem("vero"),
        key_pem: pem("vero.key"),
    };
    VeroSimulator::start(VeroSetup::new(server, pem("ca"), push)).unwrap()
}
