// SPDX-License-Identifier: Apache-2.0
//! Where the cases of an agency lie, and the sum of what came out of them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::content;
use crate::support::workspace;

/// Cases by name, each with the body of its answer or call, if it has one.
pub(super) type Cases<C> = BTreeMap<String, (C, Option<Vec<u8>>)>;

/// The cases of `data/<agency>`, read from the text of their `case.json`. `body_file` names the file with the body of a case that may have one. A file that nothing reads would
/// test nothing, so it is an error.
pub(super) fn load<C>(
    agency: &str,
    read: impl Fn(&str) -> serde_json::Result<C>,
    body_file: impl Fn(&C) -> Option<&'static str>,
) -> Cases<C> {
    let folder = workspace().join("tests/data").join(agency);
    let mut cases = BTreeMap::new();
    for path in entries(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "source.md" {
            continue;
        }
        let text = fs::read_to_string(path.join("case.json"));
        let text = text.unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
        let case = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut read_files = vec!["case.json".to_owned()];
        let body = body_file(&case).and_then(|file| content::read(&path, file, &mut read_files));
        for file in entries(&path) {
            let known = read_files.iter().any(|name| path.join(name) == file);
            assert!(known, "nothing reads {}", file.display());
        }
        cases.insert(name, (case, body));
    }
    cases
}

/// Runs more than `least` cases; `run` says what came out otherwise than it should.
pub(super) fn hold<C>(
    cases: &Cases<C>,
    least: usize,
    run: impl Fn(&C, Option<&[u8]>) -> Result<(), String>,
) {
    let all = cases.len();
    assert!(all > least, "there are more cases than {all}");
    let failure = |(name, (case, body)): (&String, &(C, Option<Vec<u8>>))| {
        let failure = run(case, body.as_deref()).err()?;
        Some(format!("{name}: {failure}"))
    };
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    let failed = failures.len();
    assert!(
        failures.is_empty(),
        "{failed} of {all} cases:\n{}",
        failures.join("\n")
    );
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}
