// SPDX-License-Identifier: Apache-2.0
//! Who may depend on whom, and what no source may contain.

mod imports;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::support::workspace;
use imports::{Module, imports};

/// A longer source wants to be two.
const LONGEST_SOURCE: usize = 600;

/// Names that say nothing of what is in there.
const EMPTY_NAMES: [&str; 6] = ["common", "helper", "helpers", "misc", "util", "utils"];

/// A place in the workspace, by its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Shared,
    Agency,
    Artifacts,
    Contract,
    Runtime,
    Store,
    Gateway,
    Bundles,
    Packages,
    Registry,
    Kit,
    Testing,
    Config,
    Schemas,
    Simulators,
    Program,
    Judge,
}

/// The layer of a package, by its folder in the workspace.
fn layer(folder: &str) -> Option<Layer> {
    Some(match folder.split('/').collect::<Vec<_>>()[..] {
        ["components", "shared", _] => Layer::Shared,
        ["components", "artifacts"] => Layer::Artifacts,
        ["components", _] => Layer::Agency,
        ["host", "contract"] => Layer::Contract,
        ["host", "runtime"] => Layer::Runtime,
        ["host", "store"] => Layer::Store,
        ["host", "store", "conformance"] => Layer::Judge,
        ["host", "gateway"] => Layer::Gateway,
        ["host", "bundles"] => Layer::Bundles,
        ["host", "packages"] => Layer::Packages,
        ["host", "registry"] => Layer::Registry,
        ["host", "kit"] => Layer::Kit,
        ["host", "testing"] => Layer::Testing,
        ["host", "config"] => Layer::Config,
        ["host", "schemas"] => Layer::Schemas,
        ["host", "simulators"] => Layer::Simulators,
        ["host", "cli"] => Layer::Program,
        ["tests" | "benches"] | ["tests", "durability"] | ["fuzz", "checks"] => Layer::Judge,
        _ => return None,
    })
}

/// Whether a package may depend on another of the workspace, for whatever purpose.
fn may_depend(from: Layer, to: (Layer, &str)) -> bool {
    match (from, to) {
        // Nothing needs a judge, not even another judge.
        (_, (Layer::Judge, _)) => false,
        (Layer::Judge, _) => true,
        (Layer::Shared | Layer::Agency, (Layer::Shared, _)) => true,
        // Mask personal identity codes in log lines; read and write times.
        (Layer::Runtime, (Layer::Shared, name)) => matches!(name, "finnish-ids" | "rfc3339"),
        // Whether a host takes a component, before it is compiled and when two are compared; the text of the contract.
        (Layer::Runtime | Layer::Kit, (Layer::Contract, _)) => true,
        (Layer::Gateway, (Layer::Runtime | Layer::Store | Layer::Bundles, _)) => true,
        // Reads XML and judges by schemas.
        (Layer::Schemas, (Layer::Shared, name)) => {
            matches!(name, "canonical-xml" | "xml-schema")
        }
        // Builds our components as everybody builds theirs.
        (Layer::Artifacts, (Layer::Kit, _)) => true,
        (Layer::Testing, (Layer::Runtime, _)) => true,
        // Judges the URLs that it sends to as components judge those of their settings.
        (Layer::Gateway, (Layer::Shared, name)) => name == "https-url",
        // The time in which a package may be put into service.
        (Layer::Packages, (Layer::Shared, name)) => name == "rfc3339",
        (Layer::Registry, (Layer::Packages, _)) => true,
        (
            Layer::Config,
            (
                Layer::Runtime
                | Layer::Store
                | Layer::Gateway
                | Layer::Bundles
                | Layer::Packages
                | Layer::Registry,
                _,
            ),
        ) => true,
        (
            Layer::Program,
            (
                Layer::Contract
                | Layer::Runtime
                | Layer::Store
                | Layer::Gateway
                | Layer::Bundles
                | Layer::Packages
                | Layer::Registry
                | Layer::Kit
                | Layer::Testing
                | Layer::Config
                | Layer::Schemas
                | Layer::Simulators
                | Layer::Artifacts,
                _,
            ),
        ) => true,
        _ => false,
    }
}

/// Whether the tests of a package may use another of the workspace that the package itself may not.
fn may_test_with(from: Layer, to: (Layer, &str)) -> bool {
    // What signs the documents that the program verifies.
    let signing = ["canonical-xml", "xml-signature", "xml-testkit"];
    match (from, to) {
        (Layer::Program, (Layer::Shared, name)) => signing.contains(&name),
        // The driver of other people's programs; see the next test.
        (Layer::Simulators, (Layer::Shared, name)) => name == "xml-testkit",
        _ => false,
    }
}

/// Libraries that some packages of the workspace may use and no others.
const RESERVED: [(&str, &[&str]); 3] = [
    ("wasmtime", &["silta"]),
    // What a component has, before it is compiled, and whether it is one; and what a module has, before it is a component.
    ("wasmparser", &["silta", "silta-contract", "silta-kit"]),
    ("wit-bindgen", &["agency-guest"]),
];

fn metadata() -> Metadata {
    let manifest = workspace().join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap()
}

/// The folder of a package, relative to the workspace.
fn folder(manifest: &Path) -> String {
    let folder = manifest.parent().unwrap();
    let relative = folder.strip_prefix(workspace()).unwrap();
    relative.to_string_lossy().replace('\\', "/")
}

#[test]
fn every_package_has_a_layer() {
    for package in metadata().packages {
        let folder = folder(package.manifest_path.as_std_path());
        assert!(
            layer(&folder).is_some(),
            "{folder} is in no layer; decide on its rules here"
        );
    }
}

#[test]
fn packages_depend_downwards_only() {
    let metadata = metadata();
    let mut edges = 0;
    for package in &metadata.packages {
        let from = layer(&folder(package.manifest_path.as_std_path())).unwrap();
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else {
                continue;
            };
            let to = layer(&folder(&path.as_std_path().join("Cargo.toml"))).unwrap();
            let to_name = (to, dependency.name.as_str());
            let tests_with =
                dependency.kind == DependencyKind::Development && may_test_with(from, to_name);
            assert!(
                tests_with || may_depend(from, to_name),
                "{} ({from:?}) may not depend on {} ({to:?})",
                package.name,
                dependency.name
            );
            edges += 1;
        }
    }
    assert!(edges > 10, "the workspace has more edges than {edges}");
}

#[test]
fn edges_that_must_not_be_are_known() {
    for (from, to, name) in [
        (Layer::Agency, Layer::Agency, "tulli"),
        (Layer::Agency, Layer::Runtime, "silta"),
        (Layer::Shared, Layer::Agency, "tulli"),
        (Layer::Runtime, Layer::Agency, "tulli"),
        (Layer::Runtime, Layer::Shared, "soap"),
        (Layer::Runtime, Layer::Artifacts, "artifacts"),
        (Layer::Runtime, Layer::Gateway, "silta-gateway"),
        (Layer::Runtime, Layer::Config, "silta-config"),
        (Layer::Runtime, Layer::Store, "silta-store"),
        (Layer::Store, Layer::Runtime, "silta"),
        (Layer::Store, Layer::Gateway, "silta-gateway"),
        (Layer::Store, Layer::Shared, "rfc3339"),
        (Layer::Store, Layer::Judge, "silta-store-conformance"),
        (Layer::Gateway, Layer::Config, "silta-config"),
        (Layer::Kit, Layer::Runtime, "silta"),
        (Layer::Contract, Layer::Runtime, "silta"),
        (Layer::Gateway, Layer::Contract, "silta-contract"),
        (Layer::Testing, Layer::Kit, "silta-kit"),
        (Layer::Artifacts, Layer::Runtime, "silta"),
        (Layer::Config, Layer::Shared, "finnish-ids"),
        (Layer::Config, Layer::Artifacts, "artifacts"),
        (Layer::Gateway, Layer::Agency, "tulli"),
        (Layer::Gateway, Layer::Shared, "soap"),
        (Layer::Gateway, Layer::Artifacts, "artifacts"),
        (Layer::Gateway, Layer::Simulators, "silta-simulators"),
        (Layer::Simulators, Layer::Gateway, "silta-gateway"),
        (Layer::Simulators, Layer::Shared, "canonical-xml"),
        (Layer::Simulators, Layer::Runtime, "silta"),
        (Layer::Program, Layer::Agency, "tulli"),
        (Layer::Program, Layer::Shared, "soap"),
        (Layer::Program, Layer::Judge, "silta-tests"),
        (Layer::Judge, Layer::Judge, "silta-benches"),
    ] {
        assert!(!may_depend(from, (to, name)), "{from:?} -> {name}");
    }
}

/// A judge that shared code with the judged would share its mistakes.
#[test]
fn simulators_drive_programs_with_the_testkit_and_take_nothing_else_of_it() {
    for path in files(&workspace().join("host/simulators/src")) {
        let text = fs::read_to_string(&path).unwrap();
        let mut uses = text.split("xml_testkit::").skip(1);
        let is_tools = |rest: &str| rest.starts_with("tools");
        assert!(uses.all(is_tools), "{}", path.display());
        assert!(!text.contains("use xml_testkit as"), "{}", path.display());
    }
}

#[test]
fn nothing_but_tests_uses_the_testkit() {
    for package in metadata().packages {
        for dependency in &package.dependencies {
            let is_test = dependency.kind == DependencyKind::Development;
            assert!(
                dependency.name != "xml-testkit" || is_test,
                "{}",
                package.name
            );
        }
    }
}

#[test]
fn the_engine_and_the_bindings_have_their_users_and_no_others() {
    for package in metadata().packages {
        for dependency in &package.dependencies {
            let reserved = RESERVED
                .iter()
                .find(|(library, _)| *library == dependency.name);
            if let Some((library, users)) = reserved {
                let user = package.name.as_str();
                assert!(users.contains(&user), "{user} uses {library}");
            }
            assert!(
                !dependency.name.starts_with("wasmtime-wasi"),
                "{} wants WASI",
                package.name
            );
        }
    }
}

#[test]
fn the_protocol_knows_neither_sandbox_nor_contract() {
    let sources = files(&workspace().join("components"));
    let is_wire = |path: &Path| {
        let text = path.to_string_lossy().replace('\\', "/");
        text.contains("/src/wire/") || text.ends_with("/src/wire.rs")
    };
    let wire: Vec<_> = sources.iter().filter(|path| is_wire(path)).collect();
    assert!(wire.len() > 3, "the protocol has moved; say where to");
    for path in wire {
        let text = fs::read_to_string(path).unwrap();
        for name in ["agency_guest", "bindings"] {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}

#[test]
fn names_of_files_and_folders_say_something() {
    for path in files(&workspace()) {
        let relative = path.strip_prefix(workspace()).unwrap();
        for part in relative {
            let stem = Path::new(part)
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            assert!(
                !EMPTY_NAMES.contains(&stem.as_str()),
                "{}",
                relative.display()
            );
        }
    }
}

#[test]
fn sources_are_short_enough_to_read() {
    for path in files(&workspace()) {
        let is_source = path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "wit");
        if is_source {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(
                lines <= LONGEST_SOURCE,
                "{} has {lines} lines",
                path.display()
            );
        }
    }
}

#[test]
fn every_source_names_its_licence() {
    // Not those of WIT: a comment before an item is its documentation there.
    for path in files(&workspace()) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let line = "// SPDX-License-Identifier: Apache-2.0\n";
            assert!(text.starts_with(line), "{}", path.display());
        }
    }
}

#[test]
fn every_agency_component_has_its_tests() {
    for artifact in artifacts::AGENCIES {
        let module = format!("tests/agencies/{}.rs", artifact.name.replace('-', "_"));
        let module = workspace().join(module);
        assert!(module.is_file(), "{} is missing", module.display());
        let data = workspace().join("tests/data").join(artifact.name);
        assert!(data.is_dir(), "{} is missing", data.display());
    }
}

/// Files that use each other and are right to, by package.
const NATURAL_CYCLES: [(&str, &[&str]); 1] = [
    // An element has children, and a child may be an element.
    ("canonical-xml", &["element", "node"]),
];

#[test]
fn files_do_not_use_each_other_in_circles() {
    let (mut found, mut edges) = (Vec::new(), 0);
    for package in metadata().packages {
        let folder = package.manifest_path.parent().unwrap();
        let uses = imports(folder.as_std_path());
        edges += uses.values().map(BTreeSet::len).sum::<usize>();
        for cycle in cycles(&uses) {
            let names: Vec<_> = cycle.iter().map(|module| module.join("::")).collect();
            let is_natural = |(name, natural): &(&str, &[&str])| {
                *name == package.name.as_str() && names.iter().eq(natural.iter())
            };
            if !is_family(&cycle) && !NATURAL_CYCLES.iter().any(is_natural) {
                found.push(format!("{}: {}", package.name, names.join(", ")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(edges > 500, "only {edges} imports were found");
}

/// Whether it is one module and modules below it: those may use each other, as one thing in several files.
fn is_family(cycle: &[Module]) -> bool {
    let shortest = cycle.iter().min_by_key(|module| module.len());
    shortest.is_some_and(|top| {
        // Below the root of a package is everything.
        !top.is_empty() && cycle.iter().all(|module| module.starts_with(top))
    })
}

/// Groups of files, each of which reaches each other.
fn cycles(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let reached: BTreeMap<_, _> = uses
        .keys()
        .map(|from| (from, reached(uses, from)))
        .collect();
    let mut cycles: Vec<Vec<Module>> = Vec::new();
    for (module, from_it) in &reached {
        let is_known = cycles.iter().flatten().any(|known| known == *module);
        if from_it.contains(*module) && !is_known {
            let leads_back = |other: &&&Module| reached[**other].contains(*module);
            let cycle = from_it.iter().filter(leads_back);
            cycles.push(cycle.map(|other| (*other).clone()).collect());
        }
    }
    cycles
}

/// The files that one uses, and those that they use, and so on.
fn reached<'a>(
    uses: &'a BTreeMap<Module, BTreeSet<Module>>,
    from: &'a Module,
) -> BTreeSet<&'a Module> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(module) = left.pop() {
        let next = uses.get(module).into_iter().flatten();
        left.extend(next.filter(|next| reached.insert(*next)));
    }
    reached
}

#[test]
fn circles_are_found_and_families_are_none() {
    let module = |name: &str| -> Module { name.split("::").map(str::to_owned).collect() };
    let uses = |edges: &[(&str, &str)]| {
        let mut uses: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, to) in edges {
            uses.entry(module(from)).or_default().insert(module(to));
            uses.entry(module(to)).or_default();
        }
        cycles(&uses)
    };
    assert!(uses(&[("a", "b"), ("b", "c"), ("a", "c")]).is_empty());
    let found = uses(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]);
    assert_eq!(found, [["a", "b", "c"].map(module)]);
    assert!(!is_family(&found[0]));
    let found = uses(&[("a", "a::b"), ("a::b", "a")]);
    assert_eq!(found, [["a", "a::b"].map(module)]);
    assert!(is_family(&found[0]));
}

/// Files of the workspace below a folder, but for what is built or hidden.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') || (name == "target" && path.is_dir()) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
