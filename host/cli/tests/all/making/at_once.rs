// SPDX-License-Identifier: Apache-2.0
//! Builds that run at once in one folder.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::super::project::Project;

/// npm clears what is installed before it installs: two at once would have neither whole.
#[test]
fn builds_at_once_in_one_folder_install_one_after_the_other() {
    let project = Project::new();
    project
        .silta("component new cats --lang js --dir cats")
        .succeeds();
    let program = |name: &str, script: &str| {
        let path = project.path(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    // It says that the sources are at fault, once it has all that it needs.
    let node = program(
        "node",
        r#"[ "$1" = --version ] && exec echo v22.0.0
test -f "$2/node_modules/whole" && exit 3"#,
    );
    let lock: serde_json::Value =
        serde_json::from_str(&project.text("cats/package-lock.json")).unwrap();
    let maker = "node_modules/@bytecodealliance/componentize-js";
    let version = lock["packages"][maker]["version"].as_str().unwrap();
    // What makes components has its package.json at once, as npm writes it; the rest, and the list of what is installed, come after the second build waits.
    let script = r#"mkdir busy || exit 1
echo installed >> installed
maker=node_modules/@bytecodealliance/componentize-js
mkdir -p $maker
echo '{"version": "VERSION"}' > $maker/package.json
turn=0
until [ -e ../waited ]; do
    turn=$((turn + 1))
    [ $turn -lt 6000 ] || exit 1
    sleep 0.01
done
touch node_modules/whole
echo '{"packages": {"'$maker'": {"version": "VERSION"}}}' > node_modules/.package-lock.json
rmdir busy"#;
    let npm = program("npm", &script.replace("VERSION", version));
    let build = || {
        let mut build = Command::new(env!("CARGO_BIN_EXE_silta"));
        let build = build.args(["component", "build", "--dir", "cats", "--json"]);
        let build = build.current_dir(project.path(".")).stdin(Stdio::null());
        let build = build.stdout(Stdio::null()).stderr(Stdio::piped());
        build
            .envs([("NODE", &node), ("NPM", &npm)])
            .spawn()
            .unwrap()
    };
    let error = |told: &str| {
        let last = told.lines().last().unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["code"], "component.not-made", "{told}");
    };
    let mut first = build();
    let manifest = project.path(format!("cats/{maker}/package.json"));
    while !manifest.exists() {
        assert!(first.try_wait().unwrap().is_none(), "it installs nothing");
        thread::sleep(Duration::from_millis(10));
    }
    // The first one ends once the second one says that it waits, or has ended without.
    let mut second = build();
    let mut lines = BufReader::new(second.stderr.take().unwrap());
    let mut told = String::new();
    lines.read_line(&mut told).unwrap();
    project.write("waited", "");
    lines.read_to_string(&mut told).unwrap();
    second.wait().unwrap();
    let first = first.wait_with_output().unwrap();
    assert!(told.starts_with("waits for another build"), "{told}");
    error(&told);
    error(&String::from_utf8_lossy(&first.stderr));
    assert_eq!(project.text("cats/installed"), "installed\n");
}
