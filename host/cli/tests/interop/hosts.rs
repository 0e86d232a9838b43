// SPDX-License-Identifier: Apache-2.0
//! The same components in other hosts, jco in Node and wasmtime in Python: golden calls come out as in ours (`tests/hosts`), and so do the examples (`examples/hosts`).

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;
use xml_testkit::tools;

use crate::peers;

/// The scripts where Node finds the packages that were prepared: it looks for them from where a script lies.
struct Scripts(TempDir);

impl Scripts {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for scripts in ["examples/hosts", "tests/hosts"] {
            let (from, to) = (
                peers::workspace().join(scripts),
                folder.path().join(scripts),
            );
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        symlink(peers::node_modules(), folder.path().join("node_modules")).unwrap();
        Self(folder)
    }

    fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.0.path().join(script));
        command
    }

    fn python(&self, script: &str) -> Command {
        let mut command = peers::interpreter();
        command.arg("-B").arg(self.0.path().join(script));
        command
    }

    /// Repeats golden calls of a folder in both hosts at once.
    fn repeat(&self, golden: &Path) -> [Output; 2] {
        let run = |mut command: Command| {
            let command = command.arg(components()).arg(golden);
            command.output().unwrap()
        };
        thread::scope(|scope| {
            let node = scope.spawn(|| run(self.node("tests/hosts/run.mjs")));
            let python = run(self.python("tests/hosts/run.py"));
            [node.join().unwrap(), python]
        })
    }
}

/// Where all components lie.
fn components() -> PathBuf {
    let path = Path::new(artifacts::VERO.path);
    path.parent().unwrap().to_owned()
}

#[test]
fn golden_calls_come_out_in_node_and_python_as_in_ours() {
    if !peers::are_prepared() {
        return;
    }
    let golden = peers::workspace().join("tests/hosts/golden");
    let mut calls = 0;
    for agency in fs::read_dir(&golden).unwrap() {
        calls += fs::read_dir(agency.unwrap().path()).unwrap().count();
    }
    for (output, language) in Scripts::new()
        .repeat(&golden)
        .into_iter()
        .zip(["Node", "Python"])
    {
        let told = String::from_utf8(tools::succeeds(output)).unwrap();
        let expected = format!("{calls} calls in {language}, 0 otherwise");
        assert_eq!(told.trim(), expected);
    }
}

#[test]
fn calls_that_come_out_otherwise_are_told() {
    if !peers::are_prepared() {
        return;
    }
    let golden = peers::workspace().join("tests/hosts/golden/vero");
    let read = |name: &str| -> Value {
        let text = fs::read(golden.join(name)).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        golden.join("../../base64.json"),
        folder.path().join("base64.json"),
    )
    .unwrap();
    let changed = folder.path().join("golden/vero");
    fs::create_dir_all(&changed).unwrap();
    let mut otherwise = read("notification.json");
    otherwise["result"]["val"]["reply"]["status"] = 201.into();
    fs::write(changed.join("result.json"), otherwise.to_string()).unwrap();
    let mut asked = read("notification.json");
    for answer in asked["answers"].as_array_mut().unwrap() {
        answer["arguments"] = Value::from(vec!["something else"]);
    }
    fs::write(changed.join("asked.json"), asked.to_string()).unwrap();
    let mut more = read("notification.json");
    let answers = more["answers"].as_array_mut().unwrap();
    answers.push(answers[0].clone());
    fs::write(changed.join("more.json"), more.to_string()).unwrap();
    for output in Scripts::new().repeat(changed.parent().unwrap()) {
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stdout).unwrap();
        let begins = |line: &str| told.lines().any(|it| it.starts_with(line));
        assert!(begins("vero/result.json: {"), "{told}");
        assert!(told.contains("was recorded"), "{told}");
        assert!(
            begins("vero/more.json: 1 of the recorded answers were not asked for"),
            "{told}"
        );
    }
}

#[test]
fn the_examples_build_the_same_request() {
    if !peers::are_prepared() {
        return;
    }
    let scripts = Scripts::new();
    let print = |mut command: Command| {
        let output = command.arg(artifacts::VERO.path).output().unwrap();
        String::from_utf8(tools::succeeds(output)).unwrap()
    };
    let node = print(scripts.node("examples/hosts/register.mjs"));
    assert!(node.starts_with("POST https://vero.example/FIS/RegisterPush\n{"));
    assert!(node.contains("bWFkZSB1cCBmb3IgdGhpcyBleGFtcGxl"));
    assert_eq!(node, print(scripts.python("examples/hosts/register.py")));
}
