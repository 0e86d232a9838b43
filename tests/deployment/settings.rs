// SPDX-License-Identifier: Apache-2.0
//! The judgement of the settings: what the component says, and what becomes of a component that cannot say it.

use std::time::Duration;

use silta::{Agency, DeployStep, Deployment, Limits, Rejection, exchange::Fault};

use super::{refused, rejected};
use crate::support::{
    handwritten::Handwritten,
    host::{host, rogue},
    problem,
};

#[test]
fn settings_that_the_component_refuses_pass_its_problem_on() {
    let host = host();
    for (settings, code, path) in [
        (r#"{"bad": true}"#, "setting.bad", "/bad"),
        (r#"{"version": -1}"#, "setting.invalid", "/version"),
        (r#"{"versoin": 1}"#, "setting.unknown", "/versoin"),
        ("{", "settings.not-json", "1:1"),
    ] {
        let error = refused(&host, rogue().with_settings(settings));
        assert_eq!(error.fault(), Fault::Configuration);
        assert_eq!(
            problem::<()>(Err(error)),
            (code.into(), path.into()),
            "{settings}"
        );
    }
}

#[test]
fn settings_adjust_limits() {
    let host = host();
    let at_once = |agency: &Agency| {
        let description = agency.description().unwrap();
        let limit = |name| description.operation(name).unwrap().limits.concurrency;
        (limit("behave"), limit("called"))
    };
    let agency = host.rogue(rogue());
    assert_eq!(at_once(&agency), (None, None));
    let agency = host.rogue(rogue().with_settings(r#"{"alone": "behave"}"#));
    assert_eq!(at_once(&agency), (Some(1), None));
    let (step, reason) = rejected(&host, rogue().with_settings(r#"{"alone": "sleep"}"#));
    assert_eq!(step, DeployStep::Configured);
    assert!(reason.to_string().contains("`sleep`"), "{reason}");
}

#[test]
fn settings_are_one_object() {
    let host = host();
    for (settings, path) in [
        (r#"["a", "b"]"#, ""),
        ("[]", ""),
        ("null", ""),
        (r#"{"version": 1, "version": 1}"#, "/version"),
        (r#"{"version": 1, "\u0076ersion": 2}"#, "/version"),
    ] {
        let error = refused(&host, rogue().with_settings(settings));
        assert_eq!(error.fault(), Fault::Configuration);
        let expected = ("setting.invalid".to_owned(), path.to_owned());
        assert_eq!(problem::<()>(Err(error)), expected, "{settings}");
    }
}

#[test]
fn a_judgement_of_settings_that_never_comes() {
    let host = host();
    let limits = Limits {
        deadline: Duration::from_secs(1),
        ..Limits::default()
    };
    for (on_check_settings, code) in [
        ("(loop (br 0))", "limit.deadline"),
        ("unreachable", "component.crash"),
        ("(drop (i32.load (i32.const -1)))", "component.crash"),
        ("(drop (memory.grow (i32.const 1000)))", "limit.memory"),
    ] {
        let component = Handwritten {
            agency: "rogue",
            on_check_settings,
            ..Handwritten::default()
        };
        let deployment = Deployment::from_bytes(component.encode()).with_limits(limits.clone());
        let (step, reason) = rejected(&host, deployment);
        assert_eq!(step, DeployStep::Configured);
        let told = reason.to_string();
        assert!(told.contains("`check-settings`"), "{told}");
        let Rejection::Call(error) = reason else {
            panic!("{told}")
        };
        assert_eq!(error.code(), code, "{told}");
    }
}

#[test]
fn a_self_test_that_never_ends() {
    let host = host();
    let limits = Limits {
        deadline: Duration::from_secs(1),
        ..Limits::default()
    };
    for (on_parse, code) in [
        ("(loop (br 0))", "limit.deadline"),
        ("unreachable", "component.crash"),
    ] {
        let component = Handwritten {
            agency: "rogue",
            self_test: Some(("never ends", "any")),
            on_parse,
            ..Handwritten::default()
        };
        let deployment = Deployment::from_bytes(component.encode()).with_limits(limits.clone());
        let (step, reason) = rejected(&host, deployment);
        assert_eq!(step, DeployStep::SelfTested);
        let Rejection::Call(error) = reason else {
            panic!("{reason}")
        };
        assert_eq!(error.code(), code);
    }
}
