// SPDX-License-Identifier: Apache-2.0
//! Golden calls: cases of `data/<agency>` recorded with all of their content, for hosts in other languages (`hosts/README.md`). Here they are repeated by
//! our own host, so that they are what components do today.

mod replaying;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
};

use cargo_metadata::MetadataCommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use silta::{
    ids::{IdSource, SystemIds},
    observe::HostAnswer,
};

use super::{suomifi_mail, suomifi_rest, suomifi_viestit, tulli, vero};
use crate::support::{
    host::{Host, MEMORY_CEILING},
    recording::{Recorder, Taped},
    surroundings::Surroundings,
    workspace,
};

/// A description of a component, which is of no case. One of them, since they are long and change often.
const DESCRIPTION: &str = "describe";

/// A recorded call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    component: String,
    function: String,
    surroundings: Surroundings,
    arguments: Vec<Value>,
    answers: Vec<Answer>,
    result: Value,
}

/// What the host answered at an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    function: String,
    arguments: Vec<Value>,
    answer: Value,
}

impl From<&HostAnswer> for Answer {
    fn from(answer: &HostAnswer) -> Self {
        Self {
            function: answer.function.to_owned(),
            arguments: answer.arguments.clone(),
            answer: answer.answer.clone(),
        }
    }
}

impl Golden {
    fn new(component: &str, taped: &Taped) -> Self {
        Self {
            component: component.to_owned(),
            function: taped.call.function.to_owned(),
            surroundings: taped.surroundings.clone(),
            arguments: taped.call.arguments.clone(),
            answers: taped.answers.iter().map(Answer::from).collect(),
            result: taped.call.result.clone(),
        }
    }

    /// A file that holds nothing yet is a wish for a recording.
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).unwrap();
        let read = serde_json::from_str(&text);
        (!text.is_empty())
            .then(|| read.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// Secrets are compared and inserted by the host that repeats the call; what it is answered has none of them.
    fn check_answers(&self) {
        let secrets = self.surroundings.secrets.values().flatten();
        let texts: Vec<String> = self
            .answers
            .iter()
            .map(|it| it.answer.to_string())
            .collect();
        for secret in secrets {
            assert!(!texts.iter().any(|text| text.contains(secret.as_str())));
        }
        for Answer { function, .. } in &self.answers {
            let (interface, _) = function.split_once('.').unwrap();
            assert!(matches!(interface, "clock" | "ids" | "keys" | "trust"));
        }
    }

    fn write(&self, path: &Path) {
        let text = serde_json::to_string_pretty(self).unwrap() + "\n";
        fs::write(path, text).unwrap();
    }
}

/// Runs something of which the content is recorded.
pub(super) fn tape(host: &Host, run: impl FnOnce()) -> Vec<Taped> {
    host.recorder.tape();
    run();
    host.recorder.taped()
}

#[test]
fn golden_calls_are_what_components_do() {
    let all = files();
    assert!(
        all.values().all(|paths| paths.len() >= 8),
        "few of some agency"
    );
    let bless = env::var_os("SILTA_BLESS").is_some();
    let mut functions = BTreeMap::new();
    let mut different = Vec::new();
    for (agency, paths) in &all {
        let repeater = Repeater::new(agency);
        for path in paths {
            let name = path.file_stem().unwrap().to_str().unwrap();
            if bless {
                record(agency, name).write(path);
            }
            let golden = Golden::read(path);
            let golden = golden.unwrap_or_else(|| panic!("{} is empty; {BLESS}", path.display()));
            assert_eq!(&golden.component, agency);
            golden.check_answers();
            *functions.entry(golden.function.clone()).or_insert(0) += 1;
            if repeater.repeat(&golden) != golden {
                different.push(path.display().to_string());
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}: {BLESS}");
    let called: Vec<&str> = functions.keys().map(String::as_str).collect();
    assert_eq!(
        called,
        [
            "descriptor.check-settings",
            "descriptor.describe",
            "envelope.build",
            "message.parse",
            "notification.validate",
        ]
    );
}

#[test]
fn a_golden_call_that_comes_out_otherwise_is_noticed() {
    let path = workspace().join("tests/hosts/golden/vero/describe.json");
    let mut golden = Golden::read(&path).unwrap();
    golden.result["version"] = "0.0.0".into();
    let repeated = Repeater::new("vero").repeat(&golden);
    assert_ne!(repeated, golden);
}

/// Growing costs a call as much as its instance, so a component begins with the memory that its calls take: all that are recorded here. Descriptions and checks of settings may grow it: they are made once, when a component is
/// deployed.
#[test]
fn golden_calls_take_the_memory_that_a_component_begins_with() {
    let manifest = workspace().join("Cargo.toml");
    let mut metadata = MetadataCommand::new();
    let metadata = metadata.manifest_path(manifest).no_deps().exec().unwrap();
    for (agency, paths) in files() {
        let mut packages = metadata.packages.iter();
        let package = packages.find(|package| package.name == agency).unwrap();
        let begins_with = package.metadata["silta"]["memory-kib"].as_u64().unwrap();
        let repeater = Repeater::new(&agency);
        for path in paths {
            let golden = Golden::read(&path);
            let golden = golden.unwrap_or_else(|| panic!("{} is empty; {BLESS}", path.display()));
            repeater.repeat(&golden);
        }
        let calls = repeater.host.recorder.calls();
        let of_deployment = [DESCRIPTION, "check-settings"];
        let of_somebody = calls.iter().map(|it| (&it.call, it.peak_memory));
        let of_somebody = of_somebody.filter(|(call, _)| {
            !call.is_self_test && !of_deployment.contains(&call.operation.as_str())
        });
        let kib: BTreeSet<u64> = of_somebody.map(|(_, peak)| peak >> 10).collect();
        assert_eq!(kib, BTreeSet::from([begins_with]), "{agency}");
    }
}

/// What to do about a difference.
const BLESS: &str = "look at what differs, and record it with SILTA_BLESS=1";

/// The files by agency.
fn files() -> BTreeMap<String, Vec<PathBuf>> {
    let golden = workspace().join("tests/hosts/golden");
    let of = |artifact: artifacts::Artifact| {
        let entries = fs::read_dir(golden.join(artifact.name)).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        (artifact.name.to_owned(), paths)
    };
    artifacts::AGENCIES.map(of).into()
}

/// Runs the case of that name and keeps its last call; of a case about settings, the judgement of those.
fn record(agency: &str, name: &str) -> Golden {
    let case = match name {
        DESCRIPTION => "settings-unknown",
        case => case,
    };
    let taped = match agency {
        "suomifi-mail" => suomifi_mail::perform(case),
        "suomifi-rest" => suomifi_rest::perform(case),
        "suomifi-viestit" => suomifi_viestit::perform(case),
        "tulli" => tulli::perform(case),
        "vero" => vero::perform(case),
        other => panic!("whose cases are those of {other}?"),
    };
    let wanted = |taped: &&Taped| match name {
        DESCRIPTION => taped.call.function == "descriptor.describe",
        _ => !taped.call.call.is_self_test,
    };
    let mut golden = Golden::new(agency, taped.iter().rfind(wanted).unwrap());
    if name == DESCRIPTION {
        // It depends on nothing but the component.
        golden.surroundings = Surroundings::default();
    }
    golden
}

/// Our own host, with identifiers as they were recorded.
struct Repeater {
    host: Host,
    component: artifacts::Artifact,
    ids: Arc<RecordedIds>,
}

impl Repeater {
    fn new(agency: &str) -> Self {
        let ids = Arc::new(RecordedIds::default());
        let given = Given(Arc::clone(&ids));
        let host = Host::fresh(|builder| builder.memory_ceiling(MEMORY_CEILING).ids(given));
        ids.follow(&host.recorder);
        Self {
            host,
            component: artifacts::agency(agency).unwrap(),
            ids,
        }
    }

    /// The same call in the same surroundings, today.
    fn repeat(&self, golden: &Golden) -> Golden {
        let taped = tape(&self.host, || {
            let deployed = self
                .host
                .deploy(self.component, golden.surroundings.clone());
            if golden.function.starts_with("descriptor.") {
                return;
            }
            self.ids.give(&golden.answers);
            let arguments = golden.arguments.clone();
            // A problem is a result as well, and in the recording.
            let _ = deployed.unwrap().call_anew(&golden.function, arguments);
        });
        let same = |taped: &&Taped| taped.call.function == golden.function;
        let last = taped.iter().rfind(same);
        Golden::new(&golden.component, last.expect("a call that is not stopped"))
    }
}

/// Identifiers of a recording, in its order; to whoever asks beside the component, such as the audit trail, others.
#[derive(Default)]
struct RecordedIds {
    answers: Mutex<Vec<Answer>>,
    recorder: OnceLock<Arc<Recorder>>,
    others: SystemIds,
}

impl RecordedIds {
    /// Counts the answers of the call by what this recorder was told.
    fn follow(&self, recorder: &Arc<Recorder>) {
        let _ = self.recorder.set(Arc::clone(recorder));
    }

    fn give(&self, answers: &[Answer]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    /// The answer that is next, if it is one of this function.
    fn next(&self, function: &str) -> Option<String> {
        let told = self.recorder.get().map_or(0, |recorder| recorder.answers());
        let answers = self.answers.lock().unwrap();
        let next = answers.get(told).filter(|next| next.function == function);
        next.and_then(|next| next.answer.as_str().map(str::to_owned))
    }
}

struct Given(Arc<RecordedIds>);

impl IdSource for Given {
    fn uuid(&self) -> String {
        let next = self.0.next("ids.uuid");
        next.unwrap_or_else(|| self.0.others.uuid())
    }

    fn compact(&self) -> String {
        let next = self.0.next("ids.compact");
        next.unwrap_or_else(|| self.0.others.compact())
    }
}
