// SPDX-License-Identifier: Apache-2.0
//! A candidate does calls again that what serves has answered; what it does otherwise is told by kind and place, and nobody notices it.

use std::{collections::BTreeMap, ops::Deref, sync::Arc, time::Duration};

use serde_json::json;
use silta::{
    Agency, Blob, Deployment, Keyring, Limits, Secrets,
    exchange::{Call, HttpCall, Verdict},
};
use silta_gateway::trials::{TrialCounts, TrialSettings, TrialWatch};
use silta_store::{
    Timestamp,
    record::{Trial, TrialEvidence},
};

use crate::support::{
    build,
    host::{Host, host, rogue},
    keys,
    patience::until,
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

/// All calls.
fn settings() -> TrialSettings {
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
fn version(wanted: &str) -> Deployment {
    let mut bytes = artifacts::ROGUE.bytes.to_vec();
    let own = b"0.1.0";
    let is_own = |place: &usize| bytes[*place..].starts_with(own) && bytes[*place - 1] != b'@';
    let places: Vec<usize> = (1..bytes.len()).filter(is_own).collect();
    assert_eq!(places.len(), 1, "the component names its version once");
    bytes[places[0]..places[0] + own.len()].copy_from_slice(wanted.as_bytes());
    Deployment::from_bytes(bytes)
}

fn call(agency: &Agency, path: &str, body: &str) -> Verdict {
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

fn is_accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted(_))
}

#[test]
fn a_candidate_that_does_the_same_is_told_so_and_signs_nothing() {
    let host = host();
    let keyring = || Keyring::new().with("signer", keys::ecdsa().role_key());
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
    let agency = host.rogue(rogue());
    for (wanted, kind, place) in [
        ("0.1.5", "question", "ids.uuid, once more"),
        ("0.1.6", "stopped", "component.crash"),
        ("0.1.7", "stopped", "limit.deadline"),
        ("0.1.8", "result", "rejected, in the place of accepted"),
        ("0.1.9", "value", "/val/events/*"),
    ] {
        // Its own steps into service are within it on a busy machine, too.
        let deadline = Duration::from_secs(3);
        let candidate = version(wanted).with_limits(Limits {
            deadline,
            ..Limits::default()
        });
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
    let agency = host.rogue(rogue());
    let candidate = version("0.1.7").with_limits(Limits {
        deadline: Duration::from_secs(3_600),
        ..Limits::default()
    });
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
    let settings = TrialSettings {
        of_thousand: 250,
        most_waiting: 1_024,
        ..settings()
    };
    let trial = try_beside(&host, &agency, version("0.2.0"), settings);
    for _ in 0..800 {
        assert!(is_accepted(&call(&agency, "notify", "")));
    }
    let handed_over = || {
        let evidence = trial.trial().evidence;
        assert_eq!(evidence.left_out, BTreeMap::new());
        evidence.same
    };
    // Ten standard deviations of 12.
    until("some are done again", || handed_over() > 80);
    trial.stop();
    assert!(handed_over() < 320);
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
