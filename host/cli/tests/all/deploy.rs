// SPDX-License-Identifier: Apache-2.0
//! As it is deployed: another user, a root that cannot be written to, one folder that can.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::{Value, json};
use xml_testkit::tools;

use crate::serve;

/// Of the image.
const USER: u32 = 65532;

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn give_away(path: &Path) {
    chown(path, Some(USER), Some(USER)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

#[test]
fn it_serves_with_nothing_writable_but_its_state() {
    serves_from(Path::new(env!("CARGO_BIN_EXE_silta")));
}

/// The image as its script makes it, unpacked by the tool of others.
#[test]
fn an_image_without_a_base_has_the_program_and_serves() {
    if !tools::are_installed(&["umoci"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (layout, bundle) = (folder.path().join("layout"), folder.path().join("bundle"));
    let program = Path::new(env!("CARGO_BIN_EXE_silta"));
    if !is_root() {
        let refused = image(program, &layout, "022");
        assert!(!refused.status.success() && !layout.exists());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("only root"), "{said}");
        return;
    }
    // A folder is no program: it fails half-way, and leaves nothing that would be in the way of the next.
    let failed = image(folder.path(), &layout, "022");
    assert!(!failed.status.success());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    tools::succeeds(image(program, &layout, "022"));
    // The same for whoever makes it.
    let other = folder.path().join("other");
    tools::succeeds(image(program, &other, "077"));
    let index = |layout: &Path| fs::read_to_string(layout.join("index.json")).unwrap();
    assert_eq!(index(&layout), index(&other));
    let mut unpack = Command::new("umoci");
    unpack.arg("unpack");
    let image = format!("{}:test", layout.display());
    let unpacked = unpack.args(["--image", &image]).arg(&bundle).output();
    tools::succeeds(unpacked.unwrap());
    let config: Value =
        serde_json::from_slice(&fs::read(bundle.join("config.json")).unwrap()).unwrap();
    let process = &config["process"];
    let user = (&process["user"]["uid"], &process["user"]["gid"]);
    assert_eq!(user, (&USER.into(), &USER.into()));
    let command = [
        "/usr/bin/silta",
        "serve",
        "--config",
        "/etc/silta/silta.toml",
    ];
    assert_eq!(process["args"], json!(command));
    let root = bundle.join("rootfs");
    // A new volume takes its owner from it.
    let state = fs::metadata(root.join("var/lib/silta")).unwrap();
    assert_eq!((state.uid(), state.gid()), (USER, USER));
    let programs: Vec<_> = fs::read_dir(root.join("usr/bin")).unwrap().collect();
    assert_eq!(programs.len(), 1, "{programs:?}");
    assert!(!root.join("bin").exists() && !root.join("usr/sbin").exists());
    serves_from(&root);
}

fn image(program: &Path, layout: &Path, umask: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", r#"umask "$0" && exec ../../deploy/image "$@""#, umask]);
    let made = command.arg(program).arg(layout).arg("test").output();
    made.unwrap()
}

/// The program, or the root of an image with it, as another user, with one folder that can be written to.
fn serves_from(program: &Path) {
    if std::env::var_os("SILTA_WITHOUT_RIGHTS").is_some() || !is_root() {
        eprintln!("left out: it takes the right to mount");
        return;
    }
    let project = serve::project();
    let text = project.text("rogue.toml");
    project.write(
        "rogue.toml",
        format!("audit = \"/var/lib/silta/audit.jsonl\"\n{text}\n[store]\nfolder = \"/var/lib/silta/store\"\n"),
    );
    let state = tempfile::tempdir().unwrap();
    give_away(&project.path(""));
    give_away(state.path());
    let mut command = Command::new("../../deploy/rehearse");
    command
        .arg(program)
        .arg(project.path(""))
        .arg(state.path())
        .args(["serve", "--config", "/etc/silta/rogue.toml"])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut errors = child.stderr.take().unwrap();
    let errors = thread::spawn(move || {
        let mut all = String::new();
        errors.read_to_string(&mut all).map(|_| all)
    });
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    // All of its group: the program is another user's, so that it does not die with its parent.
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
    assert!(killed.unwrap().success());
    child.wait().unwrap();
    drop(out);
    let errors = errors.join().unwrap().unwrap();
    let first: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}{errors}"));
    assert_eq!(first["store"], "/var/lib/silta/store");
    assert!(state.path().join("store/silta.db").is_file());
    assert!(state.path().join("cache").is_dir(), "{errors}");
}
