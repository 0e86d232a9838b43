// SPDX-License-Identifier: Apache-2.0
//! An engine that does not fit into the address space there is.

use std::process::{Command, Output};

use serde_json::Value;

use crate::project::{BODY, BUILD, Project};

/// KiB in a GiB, which is what `ulimit -v` counts in.
const GIB: u64 = 1 << 20;

/// Runs the program with so much address space.
fn limited(project: &Project, gibibytes: u64, arguments: &str) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {} && exec \"$0\" \"$@\"",
            gibibytes * GIB
        ))
        .arg(env!("CARGO_BIN_EXE_silta"))
        .args(arguments.split_whitespace())
        .current_dir(project.path(""))
        .env_remove("SILTA_LOG")
        .output()
        .unwrap()
}

#[test]
fn one_call_that_does_not_fit_is_told_with_what_it_needs() {
    let project = Project::new();
    let build = format!("{BUILD} --out {BODY} --json");
    let output = limited(&project, 6, &build);
    assert_eq!(output.status.code(), Some(7));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["code"], "engine");
    let told = error["message"].as_str().unwrap();
    for part in [
        "for 1 calls at once: ",
        // What the system said, as the last of the causes.
        "memory",
        "need 9 GiB of address space, 9 GiB each",
        "`ulimit -v`",
    ] {
        assert!(told.contains(part), "`{part}` is not in: {told}");
    }
    let output = limited(&project, 16, &build);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn as_many_calls_as_do_not_fit_are_told_with_the_setting() {
    let project = Project::new();
    let listener = "\n[listener]\naddress = \"127.0.0.1:0\"\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\nlimits.calls-per-agency = 20\n";
    let text: Vec<String> = project
        .text("silta.toml")
        .split("\n[")
        .filter(|table| !table.starts_with("listener"))
        .map(str::to_owned)
        .collect();
    project.write("silta.toml", text.join("\n[") + listener);
    let output = limited(&project, 40, "serve --config silta.toml");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    for part in [
        "silta.toml: listener.limits.calls-per-agency: it allows 20 calls of each of 1 agencies",
        // One of a candidate on trial, and one of a component that is put into service.
        "for 22 calls at once",
        "178 GiB",
        "[engine]",
    ] {
        assert!(told.contains(part), "`{part}` is not in: {told}");
    }
}
