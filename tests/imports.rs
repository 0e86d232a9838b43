// SPDX-License-Identifier: Apache-2.0
//! The power that the components ask for: nothing but the contract.

use artifacts::Artifact;
use wit_component::DecodedWasm;

/// Every component that is built here.
const ALL: [Artifact; 8] = [
    artifacts::COURIER,
    artifacts::ROGUE,
    artifacts::SUOMIFI_MAIL,
    artifacts::SUOMIFI_REST,
    artifacts::SUOMIFI_VIESTIT,
    artifacts::TULLI,
    artifacts::VERO,
    artifacts::XML_INSPECTOR,
];

/// Names of the interfaces that a component imports and exports, in order.
fn interfaces(artifact: Artifact) -> (Vec<String>, Vec<String>) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(artifact.bytes).unwrap()
    else {
        panic!("{} is no component", artifact.name)
    };
    let world = &resolve.worlds[world];
    let names = |items: &mut dyn Iterator<Item = &wit_parser::WorldKey>| {
        let mut names: Vec<_> = items.map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    (
        names(&mut world.imports.keys()),
        names(&mut world.exports.keys()),
    )
}

#[test]
fn every_artifact_is_looked_at() {
    let agencies = artifacts::AGENCIES;
    let looked_at = |agency: &Artifact| ALL.iter().any(|artifact| artifact.name == agency.name);
    assert!(agencies.iter().all(looked_at));
}

#[test]
fn components_import_and_export_the_contract_only() {
    for artifact in ALL {
        let (imports, exports) = interfaces(artifact);
        for name in imports.iter().chain(&exports) {
            assert!(
                name.starts_with("silta:agency/") && name.ends_with("@0.1.0"),
                "{} has {name}",
                artifact.name
            );
        }
        let expected = ["descriptor", "envelope", "message", "notification"];
        assert_eq!(
            exports,
            expected.map(|name| format!("silta:agency/{name}@0.1.0"))
        );
    }
}

/// What an agency's component can do at most. A line more here is a decision.
#[test]
fn agencies_import_exactly_what_they_need() {
    for (artifact, expected) in [
        (
            artifacts::TULLI,
            [
                "blobs", "clock", "facts", "ids", "keys", "log", "settings", "trust", "types",
            ]
            .as_slice(),
        ),
        // Signs nothing, and has no secret.
        (
            artifacts::SUOMIFI_MAIL,
            &[
                "blobs", "clock", "facts", "ids", "log", "settings", "trust", "types",
            ],
        ),
        // Calls, and is called by nobody; signs nothing.
        (
            artifacts::SUOMIFI_REST,
            &[
                "blobs", "clock", "facts", "ids", "log", "settings", "trust", "types",
            ],
        ),
        // Is called only; signs nothing, and has no secret.
        (
            artifacts::SUOMIFI_VIESTIT,
            &[
                "blobs", "clock", "facts", "ids", "log", "settings", "trust", "types",
            ],
        ),
        // Signs nothing.
        (
            artifacts::VERO,
            &[
                "blobs", "clock", "facts", "ids", "log", "secrets", "settings", "trust", "types",
            ],
        ),
    ] {
        let expected = expected.iter();
        let expected = expected.map(|name| format!("silta:agency/{name}@0.1.0"));
        let (imports, _) = interfaces(artifact);
        assert_eq!(imports, expected.collect::<Vec<_>>(), "{}", artifact.name);
    }
}
