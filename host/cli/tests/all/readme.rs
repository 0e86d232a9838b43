// SPDX-License-Identifier: Apache-2.0
//! Every command line in the READMEs, run as it stands: those of the program in one folder, one after the other; of the others, that what they name exists.

mod own_agency;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use crate::project::Building;

/// Pages whose blocks of `sh` are read, relative to the workspace.
const PAGES: [&str; 10] = [
    "README.md",
    "CONTRIBUTING.md",
    "benches/README.md",
    "deploy/README.md",
    "fuzz/README.md",
    "host/cli/README.md",
    "host/store/README.md",
    "tests/README.md",
    "tests/durability/README.md",
    "tests/interop/README.md",
];

fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap().to_owned()
}

/// A command line and the comment after it.
struct Line {
    page: &'static str,
    command: String,
    words: Vec<String>,
    comment: String,
}

impl Line {
    fn of(page: &'static str, text: &str) -> Option<Self> {
        let (command, comment) = match text.split_once(" # ") {
            Some((command, comment)) => (command, comment),
            None => (text, ""),
        };
        let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty() && !command.starts_with('#')).then(|| Self {
            page,
            command: command.to_owned(),
            words,
            comment: comment.to_owned(),
        })
    }

    /// What the comment says of the exit code; 0 if nothing.
    fn exit_code(&self) -> i32 {
        self.comment
            .split_once("exit code ")
            .map_or(0, |(_, rest)| {
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
                    .parse()
                    .unwrap()
            })
    }

    fn shown(&self) -> String {
        format!("{}: {}", self.page, self.words.join(" "))
    }
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(workspace().join(page)).unwrap();
        let blocks = text.split("```").skip(1).step_by(2);
        let blocks = blocks.filter_map(|block| block.strip_prefix("sh\n"));
        for block in blocks {
            let block = block.replace("\\\n", " ");
            lines.extend(block.lines().filter_map(|line| Line::of(page, line)));
        }
    }
    lines
}

/// Builds of one crate's name and version put what they make in one place.
static BUILDS: Mutex<()> = Mutex::new(());

#[test]
fn command_lines_of_the_program_do_what_they_say() {
    let _building = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let lines = lines();
    let ours = lines.iter().filter(|line| line.words[0] == "silta");
    let program = Path::new(env!("CARGO_BIN_EXE_silta")).parent().unwrap();
    let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
    let mut count = 0;
    for line in ours {
        let output = Command::new("sh")
            .args(["-c", &line.command])
            .env("PATH", &path)
            .current_dir(folder.path())
            .env_remove("SILTA_LOG")
            .env_remove("SILTA_CONFIG")
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .building()
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let expected = Some(line.exit_code());
        assert_eq!(output.status.code(), expected, "{}\n{error}", line.shown());
        count += 1;
    }
    assert!(count > 5, "only {count} lines were found");
}

#[test]
fn other_command_lines_name_what_exists() {
    let names = names();
    for line in lines() {
        let shown = line.shown();
        match line.words[0].as_str() {
            "silta" => {}
            "cargo" => named_by_cargo(&line.words).for_each(|name| {
                assert!(names.contains(name), "{shown}: there is no {name}");
            }),
            // What it names is the reader's.
            "export" => {}
            "cd" => assert!(workspace().join(&line.words[1]).is_dir(), "{shown}"),
            script => assert!(workspace().join(script).is_file(), "{shown}"),
        }
    }
}

#[test]
fn what_the_readme_embeds_is_in_the_example() {
    let read = |file: &str| fs::read_to_string(workspace().join(file)).unwrap();
    let (readme, example) = (read("README.md"), read("host/runtime/examples/embed.rs"));
    let block = readme.split("```rust\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let mut lines = example.lines().map(str::trim);
    let mut count = 0;
    for line in block.lines().map(str::trim) {
        if !line.starts_with("//") {
            assert!(
                lines.any(|known| known == line),
                "not in the example: {line}"
            );
            count += 1;
        }
    }
    assert!(count > 8, "only {count} lines were found");
}

/// Packages, targets and folders that a command line of cargo names.
fn named_by_cargo(words: &[String]) -> impl Iterator<Item = &String> {
    const NAMING: [&str; 7] = [
        "-p",
        "--package",
        "--bin",
        "--bench",
        "--test",
        "--example",
        "--path",
    ];
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.filter_map(|(option, name)| NAMING.contains(&option.as_str()).then_some(name))
}

/// Names of packages, targets and folders of the workspace.
fn names() -> Vec<String> {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let root: toml::Table = root.parse().unwrap();
    let members = root["workspace"]["members"].as_array().unwrap();
    let mut names = Vec::new();
    for member in members {
        let folder = member.as_str().unwrap();
        names.push(folder.to_owned());
        let manifest = fs::read_to_string(workspace().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        names.push(manifest["package"]["name"].as_str().unwrap().to_owned());
        for kind in ["bin", "bench", "test", "example"] {
            let targets = manifest.get(kind).and_then(|targets| targets.as_array());
            let targets = targets.into_iter().flatten();
            names.extend(targets.map(|target| target["name"].as_str().unwrap().to_owned()));
        }
    }
    names
}
