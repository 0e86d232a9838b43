// SPDX-License-Identifier: Apache-2.0
//! One component under several names, each with settings and keys of its own.

use silta_config::Config;

use super::*;

#[test]
fn two_instances_serve_side_by_side_under_their_names() {
    let host = Host::fresh(|builder| builder);
    let instance = |name: &str, version: u64| {
        let deployment = rogue_version(version).of_agency("rogue");
        host.runtime.deploy(name, deployment).unwrap()
    };
    let (test, production) = (instance("rogue-test", 1), instance("rogue-production", 2));
    let version =
        |agency: &Agency| json(&build(agency, "behave", json!({})).unwrap())["version"].clone();
    assert_eq!((version(&test), version(&production)), (json!(1), json!(2)));
    assert_eq!(test.description().unwrap().agency, "rogue");
    let names: Vec<_> = host
        .recorder
        .calls()
        .into_iter()
        .map(|record| record.call.agency)
        .collect();
    assert!(names.iter().any(|name| name == "rogue-test"));
    assert!(names.iter().any(|name| name == "rogue-production"));
    assert!(!names.iter().any(|name| name == "rogue"));
}

#[test]
fn a_component_of_another_agency_is_not_taken_under_any_name() {
    let host = host();
    for deployment in [
        rogue().of_agency("tulli"),
        Deployment::from_bytes(artifacts::TULLI.bytes).with_settings(TULLI_SETTINGS),
    ] {
        let (step, reason) = rejected(&host, deployment);
        assert_eq!(step, DeployStep::Described);
        assert!(matches!(reason, Rejection::OtherAgency(_)), "{reason}");
    }
}

#[test]
fn an_instance_is_configured_by_its_table() {
    let text = "[agencies.first]\ncomponent = \"x.wasm\"\nagency = \"rogue\"\n[agencies.first.settings]\nversion = 5\n";
    let config = Config::parse("silta.toml", text.to_owned()).unwrap();
    assert_eq!(config.agency_of("first").unwrap(), "rogue");
    let deployment = config.deployment("first", artifacts::ROGUE.bytes).unwrap();
    let host = Host::fresh(|builder| builder);
    let agency = host.runtime.deploy("first", deployment).unwrap();
    let request = build(&agency, "behave", json!({})).unwrap();
    assert_eq!(json(&request)["version"], 5);
}
