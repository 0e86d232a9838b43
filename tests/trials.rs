// SPDX-License-Identifier: Apache-2.0
//! A candidate does calls again that what serves has answered; what it does otherwise is told by kind and place, and nobody notices it.

use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::json;
use silta::{
    Agency, Blob, Deployment, Keyring, Limits, Repeated, Secrets,
    exchange::{Call, HttpCall, Verdict},
    observe::{CallId, Observer, PerformedCall, Records, Withheld},
};
use silta_gateway::trials::{TrialCounts, TrialSettings, TrialWatch};
use silta_store::{
    Timestamp,
    record::{Trial, TrialEvidence, TrialMode},
};

use crate::{
    gateway::scene::Lingering,
    support::{
        build,
        host::{Host, host, rogue, rogue_version},
        keys,
        patience::until,
    },
};

/// A trial; it ends when it is dropped.
struct OnTrial(Arc<TrialWatch>);

impl Deref for OnTrial {
    type Target = TrialWatch;

    fn deref(&self) -> &TrialWatch {
        &self.0
    }
}

impl Drop for OnTrial {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Keeps what it is told, of calls with so many bytes at most.
struct Kept {
    most_bytes: u64,
    told: Mutex<Vec<PerformedCall>>,
    too_large: Mutex<usize>,
}

impl Kept {
    fn of(most_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            most_bytes,
            told: Mutex::default(),
            too_large: Mutex::default(),
        })
    }

    fn first(&self) -> PerformedCall {
        self.told.lock().unwrap()[0].clone()
    }

    /// Calls that it was told, and those that were too large for it.
    fn counts(&self) -> (usize, usize) {
        (
            self.told.lock().unwrap().len(),
            *self.too_large.lock().unwrap(),
        )
    }
}

impl Observer for Kept {
    fn records(&self, call: &CallId, _: &'static str) -> Records {
        match call.is_self_test {
            true => Records::Nothing,
            false => Records::WithoutSecrets {
                most_bytes: self.most_bytes,
            },
        }
    }

    fn performed(&self, call: PerformedCall) {
        self.told.lock().unwrap().push(call);
    }

    fn withheld(&self, _: &CallId, why: Withheld) {
        assert!(matches!(why, Withheld::TooLarge));
        *self.too_large.lock().unwrap() += 1;
    }
}

/// All calls.
pub(crate) fn settings() -> TrialSettings {
    TrialSettings {
        of_thousand: 1_000,
        ..TrialSettings::default()
    }
}

fn try_beside(
    host: &Host,
    agency: &Agency,
    deployment: Deployment,
    settings: TrialSettings,
) -> OnTrial {
    let ready = host.runtime.prepare("rogue", deployment).unwrap();
    let number = ready.generation_info().number;
    let trial = Trial {
        mode: TrialMode::Shadow,
        of_thousand: settings.of_thousand,
        since: Timestamp(0),
        by: "maija".into(),
        why: "a new interface".into(),
        evidence: TrialEvidence::default(),
        end: None,
    };
    let place = ("rogue", agency);
    let watch = TrialWatch::start(place, (number, trial), settings, TrialCounts::default());
    let watch = watch.unwrap();
    ready.shadow(Arc::clone(&watch) as _);
    OnTrial(watch)
}

/// The component in another version of itself.
pub(crate) fn version(wanted: &str) -> Deployment {
    let mut bytes = artifacts::ROGUE.bytes.to_vec();
    let own = b"0.1.0";
    let is_own = |place: &usize| bytes[*place..].starts_with(own) && bytes[*place - 1] != b'@';
    let places: Vec<usize> = (1..bytes.len()).filter(is_own).collect();
    assert_eq!(places.len(), 1, "the component names its version once");
    bytes[places[0]..places[0] + own.len()].copy_from_slice(wanted.as_bytes());
    Deployment::from_bytes(bytes)
}

pub(crate) fn call(agency: &Agency, path: &str, body: &str) -> Verdict {
    let call = HttpCall {
        method: "POST".into(),
        target: format!("/{path}"),
        headers: Vec::new(),
        body: Blob::from(body.as_bytes().to_vec()),
        peer_certificates: None,
        peer_address: "127.0.0.1".into(),
    };
    agency.validate(Call::Http(call)).unwrap()
}

pub(crate) fn is_accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted(_))
}

#[test]
fn a_candidate_that_does_the_same_is_told_so_and_signs_nothing() {
    let host = host();
    let pair = keys::ecdsa();
    let keyring = || Keyring::new().with("signer", pair.role_key());
    let agency = host.rogue(rogue().with_keyring(keyring()));
    let candidate = version("0.2.0").with_keyring(keyring());
    let trial = try_beside(&host, &agency, candidate, settings());
    host.recorder.reset();
    for _ in 0..3 {
        let way = json!({"count": 1, "way": "ecdsa-p256-sha256", "role": "signer"});
        build(&agency, "sign", way).unwrap();
    }
    build(&agency, "look-around", json!({})).unwrap();
    assert!(is_accepted(&call(&agency, "notify", "one\ntwo")));
    assert!(!is_accepted(&call(&agency, "refuse", "")));
    until("all are done again", || trial.trial().evidence.calls() == 6);
    let evidence = trial.trial().evidence;
    assert_eq!((evidence.same, evidence.different), (6, 0));
    assert_eq!(evidence.left_out, BTreeMap::new());
    // Of what was done again nobody is told.
    assert_eq!(host.recorder.signatures().len(), 3);
    assert_eq!(host.recorder.requests().len(), 3);
    assert_eq!(host.recorder.calls().len(), 6);
}

#[test]
fn what_a_candidate_does_otherwise_has_a_kind_and_a_place() {
    let host = host();
    // Its own steps into service are within it on a busy machine, too. What serves and what is tried have the same limits.
    let limits = || Limits {
        deadline: Duration::from_secs(3),
        ..Limits::default()
    };
    let agency = host.rogue(rogue().with_limits(limits()));
    for (wanted, kind, place) in [
        ("0.1.4", "stopped", "input.too-large"),
        ("0.1.5", "question", "ids.uuid, once more"),
        ("0.1.6", "stopped", "component.crash"),
        ("0.1.7", "stopped", "limit.deadline"),
        ("0.1.8", "result", "rejected, in the place of accepted"),
        ("0.1.9", "value", "/val/events/*"),
    ] {
        let candidate = version(wanted).with_limits(limits());
        let trial = try_beside(&host, &agency, candidate, settings());
        for _ in 0..2 {
            assert!(is_accepted(&call(&agency, "by-version", "131052-308T")));
        }
        until(wanted, || trial.trial().evidence.calls() == 2);
        let evidence = trial.trial().evidence;
        assert_eq!((evidence.same, evidence.different), (0, 2), "{wanted}");
        let found = &evidence.differences[..];
        let [one] = found else {
            panic!("{wanted}: {found:?}")
        };
        assert_eq!((one.kind.as_str(), one.place.as_str()), (kind, place));
        assert_eq!((one.operation.as_str(), one.count), ("validate", 2));
        assert!(!format!("{evidence:?}").contains("308T"));
        // What serves is as it was.
        assert!(is_accepted(&call(&agency, "notify", "")));
    }
}

#[test]
fn calls_do_not_wait_for_a_candidate_that_never_returns() {
    let host = host();
    let limits = || Limits {
        deadline: Duration::from_secs(3_600),
        ..Limits::default()
    };
    let agency = host.rogue(rogue().with_limits(limits()));
    let candidate = version("0.1.7").with_limits(limits());
    let settings = TrialSettings {
        most_waiting: 1,
        ..settings()
    };
    let trial = try_beside(&host, &agency, candidate, settings);
    for _ in 0..5 {
        assert!(is_accepted(&call(&agency, "by-version", "")));
    }
    // All were answered before one was done again: one is under way, one waits, and for the others there was no room.
    let evidence = trial.trial().evidence;
    assert_eq!(evidence.calls(), 0);
    assert!(
        evidence.left_out["most-waiting"] >= 3,
        "{:?}",
        evidence.left_out
    );
    // Its end cuts it off.
    trial.stop();
    assert_eq!(agency.trial_info(), None);
    assert_eq!(trial.trial().evidence.calls(), 0);
    assert!(is_accepted(&call(&agency, "by-version", "")));
    assert_eq!(
        trial.trial().evidence.left_out["most-waiting"],
        evidence.left_out["most-waiting"]
    );
}

#[test]
fn what_holds_a_secret_or_is_too_large_is_left_out() {
    let host = host();
    let secrets = || Secrets::new().with("password", vec![b"hush-hush".to_vec()]);
    let agency = host.rogue(rogue().with_secrets(secrets()));
    let settings = TrialSettings {
        most_bytes: 1 << 10,
        ..settings()
    };
    let candidate = version("0.2.0").with_secrets(secrets());
    let trial = try_beside(&host, &agency, candidate, settings);
    build(&agency, "insert-secret", json!({"role": "password"})).unwrap();
    assert!(is_accepted(&call(&agency, "notify", &"x".repeat(1 << 10))));
    assert!(is_accepted(&call(&agency, "notify", "x")));
    until("the small one is done again", || {
        trial.trial().evidence.calls() == 1
    });
    let left_out = [("most-bytes".to_owned(), 1), ("withheld".to_owned(), 1)];
    assert_eq!(trial.trial().evidence.left_out, left_out.into());
}

#[test]
fn of_a_share_only_so_many_are_drawn() {
    let host = host();
    let agency = host.rogue(rogue());
    // Each that is drawn is too large, and so is counted before the call returns.
    let settings = TrialSettings {
        of_thousand: 250,
        most_bytes: 1,
        ..settings()
    };
    let trial = try_beside(&host, &agency, version("0.2.0"), settings);
    for _ in 0..800 {
        assert!(is_accepted(&call(&agency, "notify", "")));
    }
    let evidence = trial.trial().evidence;
    assert_eq!(evidence.calls(), 0);
    // Of 200, ten standard deviations of 12.
    let drawn = evidence.left_out["most-bytes"];
    assert!((80..320).contains(&drawn), "{drawn}");
}

#[test]
fn a_call_for_which_there_is_no_place_is_left_out() {
    let host = Host::fresh(|builder| builder.concurrent_calls(1));
    let agency = host.rogue(rogue());
    let kept = Kept::of(u64::MAX);
    let ready = host.runtime.prepare("rogue", version("0.2.0")).unwrap();
    ready.shadow(Arc::clone(&kept) as _);
    assert!(is_accepted(&call(&agency, "notify", "one")));
    let lingering = Lingering::at(&host);
    thread::scope(|scope| {
        let occupant = scope.spawn(|| call(&agency, "linger", "two"));
        lingering.wait();
        let error = agency.repeat(kept.first()).unwrap().unwrap_err();
        assert_eq!(error.code(), "limit.concurrent-calls");
        lingering.let_go();
        assert!(is_accepted(&occupant.join().unwrap()));
    });
    let Repeated::Done(replayed) = agency.repeat(kept.first()).unwrap().unwrap() else {
        panic!("it has the same settings");
    };
    assert_eq!(replayed.result, Some(kept.first().result));
}

#[test]
fn a_trial_and_a_recording_of_the_same_call_have_limits_of_their_own() {
    for (own, of_trial) in [(u64::MAX, 1), (1, u64::MAX)] {
        let (recording, tap) = (Kept::of(own), Kept::of(of_trial));
        let host = Host::fresh(|builder| builder.observer(Arc::clone(&recording) as _));
        let agency = host.rogue(rogue());
        let ready = host.runtime.prepare("rogue", version("0.2.0")).unwrap();
        let before = recording.counts();
        ready.shadow(Arc::clone(&tap) as _);
        assert!(is_accepted(&call(&agency, "notify", "one")));
        let (told, too_large) = recording.counts();
        let of_recording = (told - before.0, too_large - before.1);
        let fits = |limit: u64| if limit > 1 { (1, 0) } else { (0, 1) };
        assert_eq!((of_recording, tap.counts()), (fits(own), fits(of_trial)));
    }
}

#[test]
fn what_other_settings_served_is_left_out() {
    let host = host();
    let agency = host.rogue(rogue_version(7));
    let candidate = version("0.2.0").with_settings(r#"{"version": 8}"#);
    let trial = try_beside(&host, &agency, candidate, settings());
    assert!(is_accepted(&call(&agency, "echo", "one")));
    until("it is left out", || {
        !trial.trial().evidence.left_out.is_empty()
    });
    let left_out = [("other-settings".to_owned(), 1)];
    assert_eq!(trial.trial().evidence.left_out, left_out.into());
    assert_eq!(trial.trial().evidence.calls(), 0);
}

#[test]
fn a_promotion_is_a_swap_that_a_rollback_undoes() {
    let host = host();
    let agency = host.rogue(rogue());
    let before = agency.generation_info().unwrap();
    let trial = try_beside(&host, &agency, version("0.2.0"), settings());
    let number = trial.number();
    assert_eq!(agency.trial_info().unwrap().version, "0.2.0");
    assert!(!agency.serve_trial(number + 1));
    assert!(!agency.end_trial(before.number));
    assert!(agency.serve_trial(number));
    assert!(!agency.serve_trial(number));
    let serving = agency.generation_info().unwrap();
    assert_eq!((serving.number, &*serving.version), (number, "0.2.0"));
    assert_eq!(agency.earlier_generation_info().as_ref(), Some(&before));
    assert_eq!(agency.roll_back().unwrap(), before);
    // Nothing is done again any more.
    assert!(is_accepted(&call(&agency, "notify", "")));
    trial.stop();
    assert_eq!(trial.trial().evidence.calls(), 0);
}
