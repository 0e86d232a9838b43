// SPDX-License-Identifier: Apache-2.0
//! Published versions of the contract: unchanged, kept to by what comes after, and run by this host.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use semver::Version;
use silta::{
    DeployStep, Deployment, Error,
    exchange::{Response, Sending},
};
use silta_contract::{Host, Shape, go_together};
use wit_component::{
    ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata, semver_check,
};
use wit_parser::{ManglingAndAbi, Resolve};

use crate::support::{
    contract_text::{ContractText, copy_texts},
    handwritten::{self, Handwritten},
    host::host,
    problem, workspace,
};

#[test]
fn published_text_is_what_it_was() {
    let current = workspace().join("wit");
    for (folder, version) in published() {
        assert_eq!(version_in(&ContractText::read(&folder)), version);
        if version_in(&ContractText::current()) == version {
            let differences = differences(&folder, &current);
            assert!(
                differences.is_empty(),
                "published text has changed; give the package a new version: {differences:?}"
            );
        }
    }
}

/// Whoever has written a component after a version, or will have, can rely on this.
#[test]
fn the_contract_keeps_to_what_is_published() {
    let current = version_in(&ContractText::current());
    let all = published();
    let (newest, version) = all.last().unwrap();
    assert!(
        current >= *version,
        "the contract is {current}, and {version} is published"
    );
    if current > *version && go_together(&version.to_string(), &current.to_string()) {
        let kept = upgrade(newest, &workspace().join("wit"));
        assert_eq!(
            kept,
            Ok(()),
            "components of {version} do not run after {current}; raise the minor version"
        );
    }
}

#[test]
fn what_breaks_components_is_known_and_what_does_not() {
    let published = published();
    let (newest, version) = published.last().unwrap();
    let upgraded = |file: &str, passage: &str, replacement: &str| {
        let folder = tempfile::tempdir().unwrap();
        copy_texts(newest, folder.path());
        let edit = |file: &str, passage: &str, replacement: &str| {
            let path = folder.path().join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(passage), "{file} has no `{passage}`");
            fs::write(&path, text.replacen(passage, replacement, 1)).unwrap();
        };
        let next = Version::new(version.major, version.minor, version.patch + 1);
        edit("world.wit", &format!("@{version};"), &format!("@{next};"));
        edit(file, passage, replacement);
        upgrade(newest, folder.path())
    };
    let uuid = "    uuid: func() -> string;";
    let more = format!("{uuid}\n    /// A number.\n    number: func() -> u64;");
    assert_eq!(upgraded("host.wit", uuid, &more), Ok(()));
    let export = "    export notification;";
    assert_eq!(upgraded("world.wit", export, ""), Ok(()));
    #[rustfmt::skip]
    let rows = [
        ("host.wit", uuid, ""),
        ("host.wit", uuid, "    uuid: func() -> u64;"),
        ("types.wit", "seconds: s64", "seconds: u64"),
        ("types.wit", "internal,", "internal,\n        /// Nobody.\n        nobody,"),
        ("exchange.wit", "validate: func(call: call)", "validate: func(call: call, again: bool)"),
        ("world.wit", export, "    export notification;\n    export clock;"),
        ("world.wit", "    import ids;", ""),
    ];
    for (file, passage, replacement) in rows {
        let upgraded = upgraded(file, passage, replacement);
        assert!(upgraded.is_err(), "{file}: {replacement}");
    }
}

#[test]
fn a_guest_of_each_published_version_serves_on_this_host() {
    let host = host();
    for (folder, version) in published() {
        let component = Handwritten {
            operations: vec![("read", "{}")],
            ..Handwritten::default()
        };
        let component = component.encode_for(ContractText::read(&folder));
        let name = format!("silta:agency/blobs@{version}");
        assert!(contains(&component, name.as_bytes()), "imports no {name}");
        let deployed = host
            .runtime
            .deploy("handwritten", Deployment::from_bytes(component));
        let agency = deployed.unwrap_or_else(|error| panic!("{version}: {error}"));
        let parsed = agency.parse("read", Response::Unanswered, Sending::default());
        assert_eq!(problem(parsed).0, handwritten::PROBLEM);
    }
}

/// A component that is made of a contract's text alone, and so imports and exports all of it.
fn dummy(contract: ContractText) -> Vec<u8> {
    let ContractText { resolve, world, .. } = contract;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().module(&module).unwrap();
    encoder.validate(true).encode().unwrap()
}

/// The step at which this host refuses it, and why: once it is bound, it fails when it is to describe itself.
fn refused_at(component: Vec<u8>) -> (DeployStep, String) {
    let deployment = Deployment::from_bytes(component);
    let prepared = host().runtime.prepare("dummy", deployment);
    let Err(Error::Rejected { step, reason, .. }) = prepared else {
        panic!("it describes itself")
    };
    (step, reason.to_string())
}

#[test]
fn a_guest_that_imports_all_of_a_published_version_is_bound() {
    for (folder, version) in published() {
        let component = dummy(ContractText::read(&folder));
        assert_eq!(refused_at(component).0, DeployStep::Described, "{version}");
    }
}

/// What `silta component diff` tells of a component is what this host does with it, and why.
#[test]
fn the_hosts_that_are_said_to_take_a_component_are_those_that_do() {
    let current = version_in(&ContractText::current()).to_string();
    let own = Host::of_version(&current).unwrap();
    let uuid = "    uuid: func() -> string;";
    let export = "    export notification;";
    #[rustfmt::skip]
    let rows = [
        // Without a difference, with other names alone, with less than the host has, and with what it does not call.
        ("host.wit", uuid, uuid, true),
        ("host.wit", uuid, "    type text = string;\n    uuid: func() -> text;", true),
        ("exchange.wit", "validate: func(call: call)", "validate: func(incoming: call)", true),
        ("host.wit", uuid, "", true),
        ("world.wit", export, "    export notification;\n    export clock;", true),
        ("host.wit", uuid, "    uuid: func() -> string;\n    /// A number.\n    number: func() -> u64;", false),
        ("host.wit", uuid, "    uuid: func() -> u64;", false),
        ("types.wit", "seconds: s64", "seconds: u64", false),
        ("exchange.wit", "validate: func(call: call)", "validate: func(call: call, again: bool)", false),
        ("world.wit", export, "", false),
    ];
    for (file, passage, replacement, is_taken) in rows {
        let component = dummy(ContractText::edited(file, passage, replacement));
        let taking = own.takes(&Shape::of(&component).unwrap());
        assert_eq!(
            taking.is_taken(),
            is_taken,
            "{replacement}: {}",
            taking.told(own)
        );
        let (step, reason) = refused_at(component);
        let expected = match is_taken {
            true => DeployStep::Described,
            false => DeployStep::Inspected,
        };
        assert_eq!(step, expected, "{replacement}: {reason}");
        for told in taking.reasons(own) {
            assert!(reason.contains(&told), "{told}: {reason}");
        }
    }
    for artifact in artifacts::AGENCIES {
        let shape = Shape::of(artifact.bytes).unwrap();
        for host in Host::all() {
            let taking = host.takes(&shape);
            assert!(
                taking.is_taken(),
                "{}: {}",
                artifact.name,
                taking.told(host)
            );
        }
    }
}

#[test]
fn a_change_to_published_text_is_seen() {
    let (published, current) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (published, current) = (published.path(), current.path());
    copy_texts(&workspace().join("wit"), published);
    copy_texts(published, current);
    assert_eq!(differences(published, current), [""; 0]);
    let path = current.join("types.wit");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("seconds: s64", "seconds: u64")).unwrap();
    fs::remove_file(current.join("trust.wit")).unwrap();
    fs::write(current.join("more.wit"), "").unwrap();
    assert_eq!(
        differences(published, current),
        ["more.wit", "trust.wit", "types.wit"]
    );
}

/// Names of the files of two folders that are not alike in both.
fn differences(one: &Path, other: &Path) -> Vec<String> {
    let (one, other) = (texts(one), texts(other));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = |name: &&&String| one.get(**name) != other.get(**name);
    names
        .iter()
        .filter(differ)
        .map(ToString::to_string)
        .collect()
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Folders of the published versions, oldest first.
fn published() -> Vec<(PathBuf, Version)> {
    let entries = fs::read_dir(workspace().join("wit/published")).unwrap();
    let mut all: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let version = Version::parse(name).unwrap();
            (path, version)
        })
        .collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    assert!(!all.is_empty(), "nothing is published");
    all
}

fn version_in(contract: &ContractText) -> Version {
    let package = &contract.resolve.packages[contract.package];
    package.name.version.clone().unwrap()
}

/// Whether components of the text in one folder run on a host of that in another, and why not.
fn upgrade(from: &Path, to: &Path) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let [from, to] = [from, to].map(|folder| {
        let (package, _) = resolve.push_dir(folder).unwrap();
        resolve.select_world(&[package], Some("agency")).unwrap()
    });
    semver_check(resolve, from, to).map_err(|error| format!("{error:#}"))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
