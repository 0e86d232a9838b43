// SPDX-License-Identifier: Apache-2.0
//! Golden calls recorded without secrets, and done again with nothing but the component and what was recorded.

use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use silta::{
    Deployment, Runtime, Secrets,
    exchange::{RecordedAnswer, RecordedCall, Replayed},
    observe::{CallId, Observer, PerformedCall, Records, Withheld},
};

use super::{Golden, files};
use crate::support::{
    host::{Host, MEMORY_CEILING, compiled},
    workspace,
};

/// Keeps what is recorded without secrets.
struct WithoutSecrets {
    most_bytes: AtomicU64,
    too_large: AtomicU64,
    performed: Mutex<Vec<PerformedCall>>,
    withheld: Mutex<Vec<String>>,
}

impl Observer for WithoutSecrets {
    fn records(&self, call: &CallId, _: &'static str) -> Records {
        match call.is_self_test {
            true => Records::Nothing,
            false => Records::WithoutSecrets {
                most_bytes: self.most_bytes.load(Ordering::SeqCst),
            },
        }
    }

    fn performed(&self, call: PerformedCall) {
        self.performed.lock().unwrap().push(call);
    }

    fn withheld(&self, call: &CallId, why: Withheld) {
        if why == Withheld::TooLarge {
            self.too_large.fetch_add(1, Ordering::SeqCst);
            return;
        }
        self.withheld.lock().unwrap().push(call.operation.clone());
    }
}

/// A host whose calls are recorded, and one that has nothing.
struct Hosts {
    host: Host,
    told: Arc<WithoutSecrets>,
    other: Runtime,
}

impl Hosts {
    fn new() -> Self {
        let told = Arc::new(WithoutSecrets {
            most_bytes: AtomicU64::new(u64::MAX),
            too_large: AtomicU64::new(0),
            performed: Mutex::default(),
            withheld: Mutex::default(),
        });
        let observer = Arc::clone(&told) as _;
        let host = Host::fresh(|it| it.memory_ceiling(MEMORY_CEILING).observer(observer));
        let other = Runtime::builder()
            .memory_ceiling(MEMORY_CEILING)
            .keep_compiled_in(compiled());
        Self {
            host,
            told,
            other: other.build().unwrap(),
        }
    }

    /// The recording of a golden call; or the operation of one that is withheld.
    fn record(&self, golden: &Golden) -> Result<PerformedCall, String> {
        let component = artifacts::agency(&golden.component).unwrap();
        let agency = self.host.deploy(component, golden.surroundings.clone());
        let agency = agency.unwrap();
        self.told.performed.lock().unwrap().clear();
        // A problem is a result as well, and in the recording.
        let _ = agency.call_anew(&golden.function, golden.arguments.clone());
        let performed = mem::take(&mut *self.told.performed.lock().unwrap());
        let performed = performed.into_iter().next_back();
        performed.ok_or_else(|| self.told.withheld.lock().unwrap().pop().unwrap())
    }

    fn replay(&self, component: &str, recorded: RecordedCall) -> Replayed {
        let deployment = Deployment::from_bytes(artifacts::agency(component).unwrap().bytes);
        self.other.replay(component, deployment, recorded).unwrap()
    }
}

fn recorded(call: &PerformedCall) -> RecordedCall {
    RecordedCall {
        function: call.function.to_owned(),
        settings: call.settings.clone(),
        limits: call.limits.clone(),
        arguments: call.arguments.clone(),
        answers: call.answers.clone(),
    }
}

fn golden(name: &str) -> Golden {
    let path = workspace().join(format!("tests/hosts/golden/{name}.json"));
    Golden::read(&path).unwrap()
}

#[test]
fn recorded_calls_of_all_agencies_come_out_the_same_without_keys_anchors_and_secrets() {
    let hosts = Hosts::new();
    let mut withheld = Vec::new();
    let (mut replayed, mut with_secrets) = (0, 0);
    for (agency, paths) in files() {
        for path in paths {
            let golden = Golden::read(&path).unwrap();
            if golden.function.starts_with("descriptor.") {
                continue;
            }
            let call = match hosts.record(&golden) {
                Ok(call) => call,
                Err(operation) => {
                    withheld.push(operation);
                    continue;
                }
            };
            let shown = format!("{:?}{:?}{}", call.arguments, call.answers, call.result);
            let all: Value = json!([call.arguments, call.answers, call.result, call.settings]);
            let text = all.to_string();
            let secrets: Vec<_> = golden.surroundings.secrets.values().flatten().collect();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{}", path.display());
            }
            with_secrets += usize::from(
                call.answers
                    .iter()
                    .any(|it| it.function == "secrets.matches"),
            );
            assert_eq!(call.served_by.component.len(), 64, "{shown}");
            let again = hosts.replay(&agency, recorded(&call));
            assert_eq!(again.parting, None, "{}", path.display());
            assert_eq!(
                again.result.as_ref(),
                Some(&call.result),
                "{}",
                path.display()
            );
            replayed += 1;
        }
    }
    withheld.sort();
    withheld.dedup();
    // What brings a secret, replaces one, or writes one.
    assert_eq!(withheld, ["change-password", "register-push", "token"]);
    assert!(
        replayed > 40 && with_secrets > 2,
        "{replayed}, {with_secrets}"
    );
}

#[test]
fn a_component_that_asks_for_something_else_parts_there() {
    let hosts = Hosts::new();
    let call = hosts.record(&golden("tulli/upload")).unwrap();
    let signing = call
        .answers
        .iter()
        .position(|it| it.function.starts_with("keys.sign"));
    let signing = signing.unwrap();
    let parts = |edit: &dyn Fn(&mut RecordedCall)| {
        let mut recorded = recorded(&call);
        edit(&mut recorded);
        hosts.replay("tulli", recorded)
    };
    // Other bytes were signed.
    let other = parts(&|it| it.answers[signing].arguments[2] = json!({"text": "others"}));
    let parting = other.parting.unwrap();
    assert_eq!((other.result, parting.position), (None, signing));
    let (function, arguments) = parting.asked.unwrap();
    assert_eq!(function, call.answers[signing].function);
    assert_eq!(arguments, call.answers[signing].arguments);
    // Another function was called, or nothing more.
    let other = parts(&|it| it.answers[0].function = "ids.none".into());
    assert_eq!(other.parting.unwrap().position, 0);
    let other = parts(&|it| it.answers.truncate(signing));
    assert_eq!(other.parting.unwrap().recorded, None);
    let more = call.answers[0].clone();
    let other = parts(&|it| it.answers.push(more.clone()));
    let parting = other.parting.unwrap();
    assert_eq!(
        (parting.position, parting.asked),
        (call.answers.len(), None)
    );
    assert_eq!(other.result.as_ref(), Some(&call.result));
    // Another answer has another result.
    let other = parts(&|it| it.answers[signing].answer["val"] = json!({"text": "signature"}));
    assert_eq!(other.parting, None);
    assert_ne!(other.result.unwrap(), call.result);
}

#[test]
fn what_is_no_recording_is_refused() {
    let hosts = Hosts::new();
    let call = hosts.record(&golden("tulli/upload")).unwrap();
    let component = || Deployment::from_bytes(artifacts::agency("tulli").unwrap().bytes);
    let refused = |edit: &dyn Fn(&mut RecordedCall)| {
        let mut recorded = recorded(&call);
        edit(&mut recorded);
        let refused = hosts.other.replay("tulli", component(), recorded);
        refused.unwrap_err().code()
    };
    assert_eq!(
        refused(&|it| it.function = "descriptor.describe".into()),
        "recording.arguments"
    );
    assert_eq!(
        refused(&|it| it.arguments.truncate(2)),
        "recording.arguments"
    );
    assert_eq!(
        refused(&|it| it.arguments[2] = json!({"bytes": 1})),
        "recording.arguments"
    );
}

#[test]
fn a_call_that_was_stopped_is_stopped_again() {
    let hosts = Hosts::new();
    let component = artifacts::ROGUE;
    let agency = hosts
        .host
        .runtime
        .deploy("rogue", Deployment::from_bytes(component.bytes));
    hosts.told.performed.lock().unwrap().clear();
    let input = silta::BuildInput {
        operation: "crash".into(),
        parameters: "{}".into(),
        ..silta::BuildInput::default()
    };
    agency.unwrap().build(input).unwrap_err();
    let performed = mem::take(&mut *hosts.told.performed.lock().unwrap());
    let call = performed.last().unwrap();
    assert_eq!(
        call.result,
        json!({"tag": "stopped", "val": "component.crash"})
    );
    let component = Deployment::from_bytes(component.bytes);
    let again = hosts
        .other
        .replay("rogue", component, recorded(call))
        .unwrap();
    assert_eq!(
        (again.result.as_ref(), again.parting),
        (Some(&call.result), None)
    );
}

#[test]
fn a_call_with_more_bytes_than_it_may_have_is_not_told() {
    let hosts = Hosts::new();
    let component = Deployment::from_bytes(artifacts::ROGUE.bytes);
    let agency = hosts.host.runtime.deploy("rogue", component).unwrap();
    let told = &hosts.told;
    let look = || {
        agency.build(silta::BuildInput {
            operation: "look-around".into(),
            parameters: "{}".into(),
            ..silta::BuildInput::default()
        })
    };
    let count = || told.performed.lock().unwrap().len();
    let before = count();
    look().unwrap();
    assert_eq!(
        (count(), told.too_large.load(Ordering::SeqCst)),
        (before + 1, 0)
    );
    // Its answers alone are more.
    told.most_bytes.store(100, Ordering::SeqCst);
    look().unwrap();
    assert_eq!(
        (count(), told.too_large.load(Ordering::SeqCst)),
        (before + 1, 1)
    );
}

#[test]
fn the_recording_decides_what_is_compared_with_secrets() {
    let hosts = Hosts::new();
    let golden = golden("vero/notification");
    let call = hosts.record(&golden).unwrap();
    let bare = || Deployment::from_bytes(artifacts::VERO.bytes);
    let vero = || {
        let secrets = golden.surroundings.secrets.iter();
        let secrets = secrets.fold(Secrets::new(), |all, (role, values)| {
            let values = values.iter().map(|it| it.clone().into_bytes());
            all.with(role.as_str(), values.collect())
        });
        bare().with_secrets(secrets)
    };
    // The letters that stand for the secret are not compared with the one of the deployment.
    let again = hosts.other.replay("vero", vero(), recorded(&call)).unwrap();
    assert_eq!(again.parting, None);
    assert_eq!(again.result.as_ref(), Some(&call.result));
    // Nor is anything that was not compared when it was recorded.
    let mut uncompared = recorded(&call);
    let is_compared = |it: &RecordedAnswer| it.function.starts_with("secrets.");
    let position = uncompared.answers.iter().position(is_compared).unwrap();
    uncompared.answers.remove(position);
    let parting = hosts.other.replay("vero", vero(), uncompared).unwrap();
    let parting = parting.parting.unwrap();
    assert_eq!(parting.position, position);
    assert_eq!(parting.asked.unwrap().0, call.answers[position].function);
    // A golden call has secrets in the place of those answers; without a role it is one that nobody knows.
    let answers = golden.answers.iter().map(|it| RecordedAnswer {
        function: it.function.clone(),
        arguments: it.arguments.clone(),
        answer: it.answer.clone(),
    });
    let whole = RecordedCall {
        function: golden.function.clone(),
        arguments: golden.arguments.clone(),
        answers: answers.collect(),
        ..recorded(&call)
    };
    let anew = |deployment| {
        hosts
            .other
            .replay_with_secrets("vero", deployment, whole.clone())
    };
    let again = anew(vero()).unwrap();
    assert_eq!(again.parting, None);
    assert_eq!(again.result.as_ref(), Some(&golden.result));
    let unknown = anew(bare()).unwrap().parting;
    let asked = unknown.and_then(|it| it.asked);
    assert!(asked.is_none_or(|(function, _)| !function.starts_with("secrets.")));
}
