// SPDX-License-Identifier: Apache-2.0
//! Calls that `silta serve` records, listed, shown and done again.

mod judging;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use serde_json::Value;

use crate::{
    project::{Project, Run},
    serve::{self, Serving, client, post},
};

const BODY: &str = "one of 131052-308T\ntwo";

/// Where the key is, and where it is not.
const KEY: &str = "elsewhere/record.key";

fn project(more: &str) -> Project {
    let project = serve::project();
    fs::create_dir(project.path("elsewhere")).unwrap();
    project.silta(&format!("record key --out {KEY}")).succeeds();
    let table = format!("\n[record]\nkey = \"{KEY}.pub\"\nshare = 1000\n{more}\n");
    project.write("rogue.toml", project.text("rogue.toml") + &table);
    project
}

/// Serves while the calls are made; everything that waits is written once it has stopped.
fn serve(project: &Project, calls: &[(&str, u16)]) {
    let (serving, first) = Serving::launch(project, "serve --config rogue.toml");
    assert!(
        first["recording"].as_str().unwrap().ends_with("recorded"),
        "{first}"
    );
    let agent = client(project, "intermediary");
    for (path, status) in calls {
        let url = format!("{}/rogue/{path}", serving.url);
        assert_eq!(post(&agent, &url, BODY).0, *status, "{path}");
    }
    let (_, err) = serving.stop("-TERM");
    assert!(
        !err.contains("308T") && !err.contains("not recorded"),
        "{err}"
    );
}

/// The bundles, the last first.
fn listed(project: &Project) -> Vec<(PathBuf, Value)> {
    let listed = project.silta("record list --config rogue.toml --json");
    let listed = listed.succeeds().json();
    let bundles = listed["bundles"].as_array().unwrap().iter();
    let one = |it: &Value| {
        (
            PathBuf::from(it["file"].as_str().unwrap()),
            it["header"].clone(),
        )
    };
    bundles.map(one).collect()
}

fn replay(project: &Project, bundle: &str, options: &str) -> Run {
    project.silta(&format!(
        "record replay {bundle} --key {KEY} --component rogue.wasm {options} --json"
    ))
}

#[cfg(unix)]
#[test]
fn recorded_calls_are_done_again_and_nothing_of_people_lies_open() {
    let project = project("");
    let own = fs::metadata(project.path(KEY)).unwrap().permissions();
    assert_eq!(own.mode() & 0o777, 0o600);
    serve(
        &project,
        &[("notify", 202), ("refuse", 403), ("crash", 503)],
    );
    let listed = listed(&project);
    let results: Vec<_> = listed
        .iter()
        .map(|(_, it)| it["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["stopped", "rejected", "accepted"]);
    for (file, header) in &listed {
        let bytes = fs::read(project.path(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("308T") && !text.contains("peerAddress"));
        assert_eq!(header["function"], "notification.validate");
        assert_eq!(
            (&header["agency"], &header["generation"]),
            (&"rogue".into(), &1.into())
        );
        let again = replay(&project, file.to_str().unwrap(), "");
        let again = again.succeeds().json()["calls"][0].clone();
        assert_eq!(again["same"], true, "{again}");
        assert_eq!(
            again["component"]["recorded"],
            again["component"]["replayed"]
        );
    }
    // All of them at once, and those of another agency not.
    let all = replay(&project, "recorded", "").succeeds().json();
    assert_eq!((&all["same"], &all["different"]), (&3.into(), &0.into()));
    // Nothing done is no success, and one that cannot be done does not hide the others.
    let none = replay(&project, "recorded", "--agency tulli");
    assert_eq!(none.exits(4).error()["code"], "bundle.none-found");
    project.write("recorded/0.bundle", "no bundle");
    let all = replay(&project, "recorded", "");
    assert_eq!(all.exits(8).error()["code"], "bundle.none");
    let all = all.json();
    assert_eq!((&all["same"], &all["refused"]), (&3.into(), &1.into()));
    assert_eq!(all["calls"][0]["refused"]["code"], "bundle.none");
    // With the key everything is shown, and without it what is not sealed.
    let accepted = listed[2].0.to_str().unwrap();
    let shown = project.silta(&format!("record show {accepted}"));
    assert!(!shown.succeeds().out.contains("308T"));
    let shown = project.silta(&format!("record show {accepted} --key {KEY} --json"));
    let shown = shown.succeeds().json();
    let body = &shown["content"]["arguments"][0]["val"]["body"]["text"];
    assert_eq!(body, BODY);
    // The table is for people.
    let table = project.silta("record list --config rogue.toml --agency rogue --limit 1");
    assert!(table.succeeds().out.contains("stopped"), "{}", table.out);
}

#[cfg(unix)]
#[test]
fn another_component_is_told_where_it_parts() {
    let project = project("");
    serve(&project, &[("notify", 202), ("refuse", 403)]);
    let listed = listed(&project);
    project.silta("export vero --out vero.wasm").succeeds();
    for (file, _) in &listed {
        let file = file.display();
        let with = format!("record replay {file} --key {KEY} --component vero.wasm");
        let other = project.silta(&format!("{with} --json"));
        let other = other.exits(3).json()["calls"][0].clone();
        assert_eq!(other["same"], false);
        let parts = other["parting"].is_object();
        let differs = other["differences"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        assert!(parts || differs, "{other}");
        let text = project.silta(&with);
        assert!(text.exits(3).out.contains("not the same"), "{}", text.out);
        // Without a name it has to be the component that was recorded.
        let none = project.silta(&format!("record replay {file} --key {KEY} --json"));
        assert_eq!(none.exits(4).error()["code"], "component.unknown");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_bundle_as_it_was_sealed_is_told_so() {
    let project = project("");
    serve(&project, &[("notify", 202)]);
    let bundle = project.read(listed(&project)[0].0.to_str().unwrap());
    project.silta("record key --out other.key").succeeds();
    project.write("whole.bundle", &bundle);
    let replaced = |from: &str, to: &str| {
        let place = bundle
            .windows(from.len())
            .position(|it| it == from.as_bytes())
            .unwrap();
        [
            &bundle[..place],
            to.as_bytes(),
            &bundle[place + from.len()..],
        ]
        .concat()
    };
    let mut changed = bundle.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (content, code) in [
        (changed, "bundle.tampered"),
        (replaced("\"rogue\"", "\"rouge\""), "bundle.tampered"),
        (bundle[..bundle.len() - 7].to_vec(), "bundle.cut"),
        ([&bundle[..], b"more"].concat(), "bundle.too-long"),
        (
            replaced("silta-bundle 1", "silta-bundle 9"),
            "bundle.version",
        ),
        (b"no bundle".to_vec(), "bundle.none"),
    ] {
        project.write("changed.bundle", content);
        let refused = replay(&project, "changed.bundle", "");
        let error = refused.exits(8).error();
        assert_eq!(error["code"], code, "{error}");
    }
    let other = project.silta("record replay whole.bundle --key other.key --json");
    assert_eq!(other.exits(8).error()["code"], "bundle.other-key");
    let other = project.silta(&format!("record show whole.bundle --key {KEY}.pub --json"));
    assert_eq!(other.exits(8).error()["code"], "record.key");
}

#[cfg(unix)]
#[test]
fn a_folder_has_so_many_bundles_and_a_call_that_is_too_large_has_none() {
    let project = project("most-bundles = 2\nmost-bytes = 20000");
    serve(
        &project,
        &[("notify", 202), ("refuse", 403), ("refuse", 403)],
    );
    let results: Vec<_> = listed(&project)
        .into_iter()
        .map(|(_, it)| it["result"].clone())
        .collect();
    assert_eq!(results, ["rejected", "rejected"]);
    let text = project.text("rogue.toml").replace("20000", "1024");
    project.write("rogue.toml", text);
    fs::remove_dir_all(project.path("recorded")).unwrap();
    // The certificate alone is longer than that.
    serve(&project, &[("refuse", 403)]);
    assert!(listed(&project).is_empty());
}

#[test]
fn without_the_table_there_is_nothing_to_list_and_with_a_wrong_one_nothing_is_served() {
    let project = serve::project();
    let none = project.silta("record list --config rogue.toml --json");
    assert_eq!(none.exits(5).error()["code"], "record.none");
    let wrong = "\n[record]\nkey = \"pki/intermediary.pem\"\n";
    project.write("rogue.toml", project.text("rogue.toml") + wrong);
    let refused = project.silta("serve --config rogue.toml");
    assert!(
        refused.exits(5).err.contains("silta record key"),
        "{}",
        refused.err
    );
    let check = project.silta("check --config rogue.toml");
    assert!(check.exits(5).out.contains("record.key"), "{}", check.out);
}
