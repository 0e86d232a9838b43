// SPDX-License-Identifier: Apache-2.0
//! Components made outside of this repository: from an empty folder to traffic, swapped, and compared.

mod at_once;
mod mistakes;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ureq::Agent;

use crate::{
    project::{Project, members},
    serve::{LISTENER, Serving, client},
};

const CONFIG: &str = "[agencies.dog-licences.settings]
url = \"https://dogs.example/v1\"
[agencies.dog-licences.anchors.callers]
pinned = \"pki/intermediary.pem\"
[publishers.us]
keys = [\"own.key.pub\"]
agencies = [\"dog-licences\"]
";

/// The configuration with a component.
fn configure(project: &Project, component: &str) {
    let component = format!("[agencies.dog-licences]\ncomponent = {component:?}\n");
    let text = format!("reload-seconds = 1\n{component}{CONFIG}{LISTENER}");
    project.write("dogs.toml", text);
}

/// Builds and packs the component; the file of the package.
fn packed(project: &Project) -> String {
    project
        .silta("component build --dir dogs --out dogs.wasm")
        .succeeds();
    let pack = "component pack dogs.wasm --licence MIT --out packages --key own.key --json";
    let made = project.silta(pack).succeeds().json();
    made["component"].as_str().unwrap().to_owned()
}

/// Calls as the agency; the status.
fn notify(agent: &Agent, url: &str, number: u64) -> u16 {
    let body = json!({"number": format!("N-{number}"), "reference": "R-1", "state": "issued"});
    let response = agent
        .post(format!("{url}/dog-licences/notifications"))
        .header("Content-Type", "application/json")
        .send(body.to_string());
    response.unwrap().status().as_u16()
}

/// Says that it is over when it goes, also in a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Entries behind a position.
fn inbox(project: &Project, mut after: u64) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let list = format!("inbox list --config dogs.toml --json --limit 1000 --after {after}");
        let listed = project.silta(&list).succeeds().json();
        let entries = listed["entries"].as_array().unwrap();
        let Some(last) = entries.last() else {
            return all;
        };
        after = last["position"].as_u64().unwrap();
        all.extend(entries.iter().cloned());
    }
}

#[test]
fn a_component_goes_from_an_empty_folder_to_traffic_and_is_swapped_under_it() {
    let project = Project::new();
    // The crate is none of a workspace around it, such as the clone itself.
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let new = "component new dog-gateway --agency dog-licences --dir dogs --json";
    let begun = project.silta(new).succeeds().json();
    assert_eq!(members(&begun), ["agency", "files", "folder"]);
    for name in ["Cargo.toml", "Cargo.lock", "README.md", "src/wire.rs"] {
        assert!(project.path("dogs").join(name).is_file(), "{name}");
    }
    cases_are_kept_and_held(&project);

    project.silta("component key --out own.key").succeeds();
    let first = packed(&project);
    assert_eq!(first, "packages/dog-licences-0.1.0.wasm");
    let verify = format!("component verify {first} --publisher own.key.pub --agency dog-licences");
    project.silta(&verify).succeeds();
    configure(&project, &first);
    project.silta("check --config dogs.toml").succeeds();

    let (serving, line) = Serving::launch(&project, "serve --config dogs.toml");
    assert_eq!(line["agencies"], json!(["dog-licences"]));
    let (url, is_over, sent) = (&serving.url, AtomicBool::new(false), AtomicU64::new(0));
    let (agent, project) = (client(&project, "intermediary"), &project);
    thread::scope(|scope| {
        // Whatever fails here, the traffic ends.
        let over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                assert_eq!(notify(&agent, url, number), 204, "{number}");
                // Enough to meet every moment of the swap, and few enough to be listed.
                thread::sleep(Duration::from_millis(5));
            }
        });
        let manifest = project.text("dogs/Cargo.toml");
        let newer = manifest.replacen("version = \"0.1.0\"", "version = \"0.2.0\"", 1);
        project.write("dogs/Cargo.toml", newer);
        let second = packed(project);
        assert_eq!(second, "packages/dog-licences-0.2.0.wasm");
        configure(project, &second);
        let inspected = project.silta(&format!("component inspect {second} --json"));
        let wanted = inspected.succeeds().json()["manifest"]["component"]["digest"].clone();
        let mut seen = 0;
        let mut is_swapped = || {
            let entries = inbox(project, seen);
            seen = entries
                .last()
                .map_or(seen, |last| last["position"].as_u64().unwrap());
            let is_wanted = |entry: &Value| {
                let component = entry["component"].as_str().unwrap();
                wanted.as_str().unwrap().ends_with(component)
            };
            entries.iter().any(is_wanted)
        };
        let swapped = (0..600).any(|_| is_swapped());
        drop(over);
        assert!(swapped, "the newer component serves");
        // A version alone is no difference to anybody who hosts it.
        let diff = format!(
            "component diff {first} {second} --cases dogs/cases --golden dogs/golden --json"
        );
        let told = project.silta(&diff).succeeds().json();
        assert_eq!(told["same"], true);
        assert_eq!(
            told["behaviour"],
            json!({"same": 6, "other": [], "notRun": []})
        );
        assert_eq!(
            told["golden"],
            json!({"same": 1, "other": [], "unknown": [], "refused": [], "passedOver": 0})
        );
        let host = &told["hosts"][0];
        assert_eq!(
            (&host["old"]["taken"], &host["new"]["taken"]),
            (&true.into(), &true.into())
        );
    });
    let entries = inbox(project, 0);
    assert_eq!(entries.len() as u64, sent.load(Ordering::Relaxed));
    let components: std::collections::BTreeSet<_> = entries
        .iter()
        .map(|entry| entry["component"].as_str())
        .collect();
    assert_eq!(components.len(), 2);
    serving.stop("-TERM");
}

/// Whether a component has a section of one memory, without a maximum, that begins with as many pages.
fn begins_with(component: &[u8], pages: u8) -> bool {
    let section = [5, 3, 1, 0, pages];
    component.windows(section.len()).any(|part| part == section)
}

/// Nothing is expected at first; what comes out is kept; what comes out otherwise then is told with its place.
fn cases_are_kept_and_held(project: &Project) {
    let test = "component test --dir dogs --component dogs.wasm";
    let built = project.silta("component build --dir dogs --out dogs.wasm --json");
    let built = built.succeeds().json();
    assert_eq!(
        members(&built),
        [
            "agency",
            "bytes",
            "component",
            "digest",
            "imports",
            "maker",
            "moduleBytes",
            "version"
        ]
    );
    let imports = built["imports"].as_array().unwrap();
    assert!(!imports.is_empty());
    assert!(
        imports
            .iter()
            .all(|name| name.as_str().unwrap().starts_with("silta:agency/"))
    );
    let bytes = project.read("dogs.wasm");
    assert_eq!(built["bytes"], bytes.len());
    let has = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(
        !has(&bytes, "dog_gateway"),
        "names of functions are left out"
    );
    // Nothing of this machine is published: neither where the SDK lies, nor cargo's crates, nor the crate itself.
    let home = std::env::var("CARGO_HOME").unwrap_or_else(|_| std::env::var("HOME").unwrap());
    let clone = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let own = project.path("dogs");
    for machine in [Path::new(&home), clone.unwrap(), &own] {
        let machine = machine.display().to_string();
        assert!(!has(&bytes, &machine), "{machine}");
    }
    assert!(has(&bytes, "serde_json"), "it has places of crates");
    assert!(
        begins_with(&bytes, 4),
        "256 KiB where the manifest is silent"
    );
    let manifest = project.text("dogs/Cargo.toml");
    let more = format!("{manifest}\n[package.metadata.silta]\nmemory-kib = 320\n");
    project.write("dogs/Cargo.toml", more);
    let named = "component build --dir dogs --names --out named.wasm";
    project.silta(named).succeeds();
    let bytes = project.read("named.wasm");
    assert!(has(&bytes, "dog_gateway"));
    assert!(begins_with(&bytes, 5), "320 KiB by the manifest");
    project.write("dogs/Cargo.toml", manifest);

    // As it was begun, it does what its cases expect. Without that, nothing is expected, and what comes out is kept.
    let told = project.silta(&format!("{test} --json")).succeeds().json();
    assert_eq!(told["passed"], true);
    let cases = told["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let name = case["case"].as_str().unwrap();
        fs::remove_file(project.path(format!("dogs/cases/{name}/expected.json"))).unwrap();
    }
    let told = project.silta(&format!("{test} --json"));
    let told = told.exits(3).json();
    assert_eq!(told["passed"], false);
    let is_unexpected = |case: &Value| case["verdict"] == "nothing-expected";
    assert!(told["cases"].as_array().unwrap().iter().all(is_unexpected));
    let blessed = project.silta(&format!("{test} --bless"));
    assert!(
        blessed
            .succeeds()
            .out
            .ends_with("0 passed, 6 kept, 0 failed\n"),
        "{}",
        blessed.out
    );
    project.silta(test).succeeds();
    let before = project.files();
    project.silta(&format!("{test} --bless")).succeeds();
    assert!(project.files() == before, "what passes is left alone");

    golden_calls_are_recorded_of_cases_and_held(project, test);

    let expected: Value =
        serde_json::from_str(&project.text("dogs/cases/announcement/expected.json")).unwrap();
    let request = &expected["request"];
    assert_eq!(request["reference"], "00000000000001");
    assert_eq!(
        request["target"]["url"],
        "https://dog-licences.example/v1/announcements"
    );
    assert_eq!(
        request["body"]["text"],
        r#"{"reference":"00000000000001","recipient":"Pekka","content":"VHdvIGJvb2tzCg=="}"#
    );
    let file = "dogs/cases/notification-by-a-stranger/expected.json";
    let kept = project.text(file);
    assert!(kept.contains("caller.untrusted"), "{kept}");
    project.write(file, kept.replace("caller.untrusted", "caller.unknown"));
    let failed = project.silta(&format!("{test} notification-by-a-stranger"));
    failed.exits(3);
    for part in [
        "notification-by-a-stranger: FAILED",
        "/rejected/reason/code",
        "expected  \"caller.unknown\"",
        "found     \"caller.untrusted\"",
        "0 passed, 1 failed",
    ] {
        assert!(failed.out.contains(part), "{part}: {}", failed.out);
    }
    project.write(file, kept);
}

/// Into an empty file the case of the same name is recorded; what is recorded is done again with the rest of the tests.
fn golden_calls_are_recorded_of_cases_and_held(project: &Project, test: &str) {
    let file = "dogs/golden/announcement.json";
    project.write(file, "");
    let told = project.silta(&format!("{test} announcement --json"));
    let told = told.exits(3).json();
    assert_eq!(told["golden"][0]["verdict"], "nothing-expected");
    let blessed = project.silta(&format!("{test} announcement --bless"));
    let blessed = &blessed.succeeds().out;
    assert!(
        blessed.ends_with("1 passed, 1 kept, 0 failed\n"),
        "{blessed}"
    );
    let golden: Value = serde_json::from_str(&project.text(file)).unwrap();
    assert_eq!(
        members(&golden),
        [
            "answers",
            "arguments",
            "component",
            "function",
            "result",
            "surroundings"
        ]
    );
    assert_eq!(golden["function"], "envelope.build");
    assert_eq!(golden["result"]["tag"], "ok");
    project.silta(&format!("{test} announcement")).succeeds();
    // What it does otherwise than recorded is told, and recorded anew.
    let kept = project.text(file);
    let other = kept.replace("\"00000000000001\"", "\"00000000000002\"");
    assert_ne!(kept, other);
    project.write(file, other);
    let failed = project.silta(&format!("{test} announcement"));
    failed.exits(3);
    for part in ["golden call announcement: FAILED", "value: /val/body"] {
        assert!(failed.out.contains(part), "{part}: {}", failed.out);
    }
    project
        .silta(&format!("{test} announcement --bless"))
        .succeeds();
    assert_eq!(project.text(file), kept);
    // What has keys for hosts that sign anew is not written over, and what differs is told all the same.
    let mut signed: Value = serde_json::from_str(&kept).unwrap();
    signed["result"]["val"] = json!("other");
    signed["surroundings"]["anchors"] = json!({"callers": "PEM"});
    let signed = signed.to_string();
    project.write(file, &signed);
    let told = project.silta(&format!("{test} announcement --bless --json"));
    let told = told.exits(3).json();
    assert_eq!(told["golden"][0]["verdict"], "failed");
    let reason = told["golden"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("sign and judge anew"), "{reason}");
    assert_ne!(told["golden"][0]["differences"], json!([]));
    assert_eq!(project.text(file), signed);
    project.write(file, kept);
    // There is nothing to record one of.
    project.write("dogs/golden/nothing.json", "");
    let told = project.silta(&format!("{test} nothing --bless --json"));
    let told = told.exits(3).json();
    assert_eq!(told["golden"][0]["verdict"], "not-run");
    fs::remove_file(project.path("dogs/golden/nothing.json")).unwrap();
}

#[test]
fn the_contract_is_written_as_the_host_has_it() {
    let project = Project::new();
    project.silta("component wit --out wit").succeeds();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut count = 0;
    for entry in fs::read_dir(project.path("wit")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        assert_eq!(fs::read(&path).unwrap(), fs::read(own.join(name)).unwrap());
        count += 1;
    }
    assert_eq!(count, 9);
    project
        .silta("component wit --contract 0.1.0 --out published")
        .succeeds();
    for file in fs::read_dir(own.join("published/0.1.0")).unwrap() {
        let path = file.unwrap().path();
        let written = project.path("published").join(path.file_name().unwrap());
        assert_eq!(fs::read(written).unwrap(), fs::read(path).unwrap());
    }
    let unknown = project.silta("component wit --contract 9.0.0");
    assert!(
        unknown.exits(4).err.contains("there are: 0.1.0"),
        "{}",
        unknown.err
    );
    let printed = project.silta("component wit");
    assert!(printed.succeeds().out.contains("\npackage silta:agency@"));
}

#[test]
fn what_differs_between_components_is_told_by_place() {
    let project = Project::new();
    project.silta("export vero --out vero.wasm").succeeds();
    project.silta("export tulli --out tulli.wasm").succeeds();
    let same = project.silta("component diff vero.wasm vero.wasm");
    assert!(
        same.succeeds().out.contains("They are the same"),
        "{}",
        same.out
    );
    let told = project.silta("component diff vero.wasm tulli.wasm --json");
    let told = told.exits(3).json();
    assert_eq!(told["same"], false);
    // Customs signs, and the Tax Administration does not.
    let signs = told["imports"]["new"].as_array().unwrap();
    let is_signing = |name: &Value| name.as_str().unwrap().starts_with("silta:agency/keys sign");
    assert!(signs.iter().any(is_signing), "{signs:?}");
    let places = |list: &str| -> Vec<String> {
        let places = told[list].as_array().unwrap().iter();
        places
            .map(|one| one["place"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(places("settings").contains(&"/settingsSchema/properties/intermediary".to_owned()));
    assert!(places("description").contains(&"/operations/upload".to_owned()));
    assert!(!told["sizes"].as_array().unwrap().is_empty());
    let text = project.silta("component diff vero.wasm tulli.wasm");
    for heading in [
        "\nImported functions\n",
        "\nSettings\n",
        "\nDescription\n",
        "\nSizes\n",
    ] {
        assert!(text.out.contains(heading), "{heading}: {}", text.out);
    }
}

/// A component of a contract in which an instant has another type.
fn of_another_contract() -> Vec<u8> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(own).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.replace("seconds: s64", "seconds: u64");
            fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
        }
    }
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(folder.path()).unwrap();
    let world = resolve.select_world(&[package], Some("agency")).unwrap();
    let abi = wit_parser::ManglingAndAbi::Standard32;
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    let encoder = wit_component::ComponentEncoder::default();
    encoder.module(&module).unwrap().encode().unwrap()
}

#[test]
fn a_host_that_does_not_take_a_component_is_told_with_the_type_and_the_field() {
    let project = Project::new();
    project.silta("export vero --out vero.wasm").succeeds();
    project.write("other.wasm", of_another_contract());
    let diff = project.silta("component diff vero.wasm other.wasm --json");
    let told = diff.exits(3).json();
    let host = &told["hosts"][0];
    assert_eq!(host["contract"], "0.1.0");
    assert_eq!(host["old"], json!({"taken": true, "reasons": []}));
    assert_eq!(host["new"]["taken"], false);
    let reasons = host["new"]["reasons"].as_array().unwrap();
    let instant = json!({
        "side": "import", "interface": "silta:agency/types", "item": "record instant", "field": "seconds",
        "old": "s64", "new": "u64",
    });
    assert!(reasons.contains(&instant), "{reasons:?}");
    let text = project
        .silta("component diff vero.wasm other.wasm")
        .out
        .clone();
    for part in [
        "\nHosts\n  of the contract 0.1.0\n    old  is taken\n    new  is refused:\n",
        "import silta:agency/types: record instant, seconds: the host has s64, the component u64",
        "build it anew against 0.1.0, whose text `silta component wit --contract 0.1.0` writes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
