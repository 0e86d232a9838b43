// SPDX-License-Identifier: Apache-2.0
//! Every step at which a component is rejected, and that the one before goes on serving.

mod apart;
mod bytes;
#[cfg(unix)] // elsewhere nothing is kept
mod cache;
mod instances;
mod precompiled;
mod secret_forms;
mod settings;
mod sizes;
mod steps;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use silta::{
    Agency, DeployStep, Deployment, Error, Keyring, Limit, Limits, Rejection, Secrets, TrustStore,
    exchange::Fault, time::FixedClock,
};

use crate::support::{
    build,
    handwritten::{self, Handwritten},
    host::{Host, host, rogue, rogue_version, rogue_within},
    json, keys,
};

const TULLI_SETTINGS: &str = r#"{"url": "https://customs.example/", "intermediary": "1234567-1"}"#;

/// Puts version 1 into service, tries to replace it, and sees that it still serves. Returns why it was not replaced.
#[track_caller]
fn rejected(host: &Host, deployment: Deployment) -> (DeployStep, Rejection) {
    match refused(host, deployment) {
        error @ Error::Rejected { .. } => {
            assert_eq!(error.fault(), Fault::Configuration);
            let Error::Rejected {
                agency,
                step,
                reason,
            } = error
            else {
                unreachable!()
            };
            assert_eq!(agency, "rogue");
            (step, reason)
        }
        other => panic!("not rejected: {other}"),
    }
}

#[track_caller]
fn refused(host: &Host, deployment: Deployment) -> Error {
    let serving = host.rogue(rogue_version(1));
    let before = serving.generation_info().unwrap();
    let error = host
        .runtime
        .deploy("rogue", deployment)
        .expect_err("it was accepted");
    assert_eq!(serving.generation_info().unwrap(), before);
    assert_eq!(version(&serving), 1);
    error
}

fn version(agency: &Agency) -> u64 {
    json(&build(agency, "behave", json!({})).unwrap())["version"]
        .as_u64()
        .unwrap()
}

fn handwritten(component: Handwritten) -> Deployment {
    Deployment::from_bytes(component.encode())
}

#[test]
fn a_component_of_another_agency() {
    let (step, reason) = rejected(&host(), handwritten(Handwritten::default()));
    assert_eq!(step, DeployStep::Described);
    assert!(
        matches!(&reason, Rejection::OtherAgency(other) if other == "handwritten"),
        "{reason}"
    );
}

#[test]
fn a_description_that_makes_no_sense() {
    let described = |change: fn(&mut Handwritten)| {
        let mut component = Handwritten {
            agency: "rogue",
            ..Handwritten::default()
        };
        change(&mut component);
        let (step, reason) = rejected(&host(), handwritten(component));
        assert_eq!(step, DeployStep::Described);
        assert!(matches!(reason, Rejection::Description(_)), "{reason}");
        reason.to_string()
    };
    assert!(described(|it| it.agency = "").contains("agency id"));
    assert!(described(|it| it.agency = "Rogue").contains("agency id"));
    assert!(described(|it| it.settings_schema = "{").contains("settings schema"));
    assert!(described(|it| it.operations = vec![("Up load", "{}")]).contains("number 1"));
    assert!(described(|it| it.operations = vec![("a", "{}"), ("a", "{}")]).contains("twice"));
    assert!(described(|it| it.operations = vec![("a", "nonsense")]).contains("`a`"));
}

#[test]
fn a_description_that_never_comes() {
    let host = host();
    let limits = Limits {
        deadline: Duration::from_secs(1),
        ..Limits::default()
    };
    let looping = Handwritten {
        on_describe: "(loop (br 0))",
        ..Handwritten::default()
    };
    let (step, reason) = rejected(&host, handwritten(looping).with_limits(limits));
    assert_eq!(step, DeployStep::Described);
    let Rejection::Call(error) = reason else {
        panic!("{reason}")
    };
    assert_eq!(error.code(), "limit.deadline");
    let crashing = Handwritten {
        on_describe: "unreachable",
        ..Handwritten::default()
    };
    let (step, reason) = rejected(&host, handwritten(crashing));
    assert_eq!(step, DeployStep::Described);
    assert!(
        reason.to_string().contains("crashed in `describe`"),
        "{reason}"
    );
}

#[test]
fn code_that_runs_at_the_start_is_limited_too() {
    let component = Handwritten {
        fields: "(func $run (loop (br 0))) (start $run)",
        ..Handwritten::default()
    };
    let limits = Limits {
        deadline: Duration::from_secs(1),
        ..Limits::default()
    };
    let (step, reason) = rejected(&host(), handwritten(component).with_limits(limits));
    assert_eq!(step, DeployStep::Described);
    assert!(reason.to_string().contains("deadline"), "{reason}");
}

#[test]
fn tables_at_their_limit_and_beyond() {
    let host = host();
    let with = |fields, on_describe| {
        handwritten(Handwritten {
            agency: "rogue",
            fields,
            on_describe,
            ..Handwritten::default()
        })
    };
    host.rogue(with("(table 20000 funcref)", ""));
    let (step, _) = rejected(&host, with("(table 20001 funcref)", ""));
    assert_ne!(step, DeployStep::SelfTested);
    // Growing is refused as WebAssembly has it, by -1.
    let grow = "(if (i32.eq (table.grow (ref.null func) (i32.const 20000)) (i32.const -1)) (then unreachable))";
    host.rogue(with("(table 0 funcref)", grow));
    let (step, _) = rejected(&host, with("(table 1 funcref)", grow));
    assert_eq!(step, DeployStep::Described);
}

#[test]
fn memory_to_begin_with_is_limited_too() {
    let host = host();
    let limits = |memory| Limits {
        memory,
        ..Limits::default()
    };
    let component = || {
        handwritten(Handwritten {
            agency: "rogue",
            ..Handwritten::default()
        })
    };
    let two_pages = 2 * 65_536;
    host.rogue(component().with_limits(limits(two_pages)));
    let (step, reason) = rejected(&host, component().with_limits(limits(two_pages - 1)));
    assert_eq!(step, DeployStep::Described);
    let Rejection::Call(error) = reason else {
        panic!("{reason}")
    };
    let Error::Limit { exceeded, .. } = *error else {
        panic!("{error}")
    };
    assert_eq!(
        (exceeded.limit, exceeded.asked),
        (Limit::Memory, Some(two_pages))
    );
}

#[test]
fn a_required_key_that_is_missing() {
    let host = Host::fresh(|builder| builder);
    let deployment = Deployment::from_bytes(artifacts::TULLI.bytes).with_settings(TULLI_SETTINGS);
    match host.runtime.deploy("tulli", deployment) {
        Err(Error::Rejected { step, reason, .. }) => {
            assert_eq!(step, DeployStep::Configured);
            assert!(
                reason.to_string().contains("key role `builder`"),
                "{reason}"
            );
        }
        other => panic!("{:?}", other.err()),
    }
    assert_eq!(
        host.runtime.agency("tulli").unwrap_err().code(),
        "agency.unknown"
    );
}

#[test]
fn a_name_that_the_component_does_not_know() {
    let host = Host::fresh(|builder| builder);
    let secrets = Secrets::new().with("pasword", vec![b"hush".to_vec()]);
    let rejected = host.runtime.deploy("rogue", rogue().with_secrets(secrets));
    let told = rejected.unwrap_err().to_string();
    assert!(
        told.contains("secret `pasword`") && told.contains("it knows: password"),
        "{told}"
    );
}

#[test]
fn a_certificate_outside_its_validity() {
    let at = |seconds| {
        let clock = FixedClock(UNIX_EPOCH + Duration::from_secs(seconds));
        Host::fresh(|builder| builder.clock(clock))
    };
    let pair = keys::ecdsa_valid((2026, 2027));
    let deployment = || rogue().with_keyring(Keyring::new().with("signer", pair.role_key()));
    // 2025-12-31T23:59:59Z, 2026-01-01, 2027-01-01 and the second after.
    for (seconds, expected) in [
        (1_767_225_599, Some("valid only from 2026-01-01")),
        (1_767_225_600, None),
        (1_798_761_600, None),
        (1_798_761_601, Some("expired on 2027-01-01")),
    ] {
        match (at(seconds).runtime.deploy("rogue", deployment()), expected) {
            (Ok(_), None) => {}
            (Err(Error::Rejected { step, reason, .. }), Some(expected)) => {
                assert_eq!(step, DeployStep::Configured);
                assert!(reason.to_string().contains(expected), "{reason}");
                assert!(reason.to_string().contains("`signer`"), "{reason}");
            }
            (other, expected) => panic!("{seconds}: {:?} for {expected:?}", other.err()),
        }
    }
}

#[test]
fn a_self_test_that_comes_out_otherwise() {
    let with = |expected| {
        handwritten(Handwritten {
            agency: "rogue",
            self_test: Some(("answers are understood", expected)),
            ..Handwritten::default()
        })
    };
    let host = host();
    let (step, reason) = rejected(&host, with("something-else"));
    assert_eq!(step, DeployStep::SelfTested);
    let text = reason.to_string();
    for part in [
        "answers are understood",
        handwritten::PROBLEM,
        handwritten::SENTENCE,
        "something-else",
    ] {
        assert!(text.contains(part), "{text}");
    }
    host.rogue(with(handwritten::PROBLEM));
}

#[test]
fn limits_too_tight_for_the_self_tests() {
    let limits = Limits {
        blob_bytes: 4,
        ..Limits::default()
    };
    let (step, reason) = rejected(&host(), rogue_within(limits));
    assert_eq!(step, DeployStep::SelfTested);
    assert!(reason.to_string().contains("blob-bytes"), "{reason}");
}

#[test]
fn self_tests_need_no_key_and_make_no_signature() {
    let host = host();
    let agency = host
        .runtime
        .deploy("rogue", rogue().with_trust(TrustStore::new()))
        .unwrap();
    assert!(host.recorder.signatures().is_empty());
    assert_eq!(version(&agency), 0);
}

#[test]
fn a_description_is_read_without_deploying() {
    let host = Host::fresh(|builder| builder);
    let description = host.runtime.describe(rogue()).unwrap();
    assert_eq!(description.agency, "rogue");
    assert!(description.operation("behave").is_some());
    let error = host.runtime.agency("rogue").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no component is deployed for agency `rogue`; deployed: none"
    );
}
