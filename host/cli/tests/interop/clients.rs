// SPDX-License-Identifier: Apache-2.0
//! The clients in `examples/`, word for word, against the program and a simulated Customs: what is submitted reaches Customs, ends well, and what it brings is acknowledged.

use std::process::Command;

use serde_json::Value;
use xml_testkit::tools;

use crate::{peers, project::Project, running::Running};

#[test]
fn the_examples_submit_and_take_what_has_arrived() {
    if !peers::are_prepared() || !tools::are_installed(&["curl", "jq"]) {
        return;
    }
    let project = Project::new();
    let customs = Running::start(
        &project,
        "sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes",
    );
    let made = project.silta("token new --id example --may submit,read,inbox --json");
    let made: Value = serde_json::from_str(&made.succeeds().out).unwrap();
    let table = made["table"].as_str().unwrap();
    let text = project
        .text("silta.toml")
        .replace("https://localhost:8443/dme", &customs.first);
    let tables = format!("{text}\n[sending]\n\n[platform]\naddress = \"127.0.0.1:0\"\n\n{table}");
    project.write("silta.toml", tables);
    let gateway = Running::start(&project, "serve --config silta.toml");
    let first: Value = serde_json::from_str(&gateway.first).unwrap();
    let url = format!("http://{}", first["platform"].as_str().unwrap());
    for (client, arguments) in [
        ("bash", &["submit.sh"][..]),
        ("python", &["submit.py"]),
        ("node", &["submit.mjs"]),
        ("java", &["Submit.java"]),
    ] {
        let examples = peers::workspace().join("examples");
        let mut command = match client {
            "python" => peers::interpreter(),
            other => Command::new(other),
        };
        let declaration = format!("examples/{client}.xml");
        // Each has something else to declare.
        let content = project.text("examples/declaration.xml") + &format!("<!-- {client} -->");
        project.write(&declaration, content);
        let output = command
            .args(arguments.iter().map(|file| examples.join(file)))
            .arg(project.path(&declaration))
            .env("SILTA_URL", &url)
            .env("SILTA_TOKEN", made["token"].as_str().unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8(tools::succeeds(output)).unwrap();
        let first = told.lines().next().unwrap();
        assert!(
            first.contains("ended") && first.contains("done"),
            "{client}: {told}"
        );
        if client != "java" {
            assert!(
                told.lines().any(|line| line.starts_with("entry")),
                "{client}: {told}"
            );
        }
    }
    let listed = project
        .silta("inbox list --config silta.toml --json")
        .succeeds()
        .json();
    let waiting = listed["entries"].as_array().unwrap().iter();
    let waiting = waiting
        .filter(|entry| entry["acknowledged"].is_null())
        .count();
    assert!(waiting <= 1, "only what the last one has brought: {listed}");
}
