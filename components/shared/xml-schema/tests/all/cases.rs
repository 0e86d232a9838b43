// SPDX-License-Identifier: Apache-2.0
//! Folders of cases. `cases/documents/NAME`: `schema.xsd` with what it includes, documents `right-*.xml` that are valid, and `wrong-*.xml` with what is wrong
//! in `wrong-*.txt`. `cases/schemas/NAME`: a schema that is refused, with `error.txt`. `BLESS=1` rewrites the texts.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use canonical_xml::Document;
use xml_schema::{Files, Limits, Schema};

/// The folders below `tests/cases/KIND`, in order.
pub(crate) fn folders(kind: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(kind);
    sorted(&root)
}

/// What a folder holds, in order.
pub(crate) fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The documents of a case.
pub(crate) fn documents(folder: &Path) -> Vec<PathBuf> {
    let is_document = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "xml");
    sorted(folder).into_iter().filter(is_document).collect()
}

pub(crate) fn is_right(document: &Path) -> bool {
    document
        .file_name()
        .unwrap()
        .to_string_lossy()
        .starts_with("right-")
}

fn add(files: &mut Files, root: &Path, folder: &Path) {
    for path in sorted(folder) {
        if path.is_dir() {
            add(files, root, &path);
        } else if path.extension().is_some_and(|extension| extension == "xsd") {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.add(name, fs::read(&path).unwrap());
        }
    }
}

pub(crate) fn compile(folder: &Path) -> Result<Schema, String> {
    let mut files = Files::new();
    add(&mut files, folder, folder);
    Schema::compile(&files, &["schema.xsd"], &Limits::default()).map_err(|error| error.to_string())
}

/// What is wrong with a document, one violation on each line.
pub(crate) fn verdict(schema: &Schema, document: &[u8]) -> String {
    let document = Document::parse(document, &canonical_xml::Limits::default()).unwrap();
    let violations = schema.validate(&document).unwrap();
    violations
        .iter()
        .map(|violation| format!("{violation}\n"))
        .collect()
}

fn compare(found: &str, expected: &Path, failures: &mut Vec<String>) {
    if env::var("BLESS").is_ok_and(|value| value == "1") {
        fs::write(expected, found).unwrap();
    }
    let text = fs::read_to_string(expected).unwrap_or_default();
    if text != found {
        failures.push(format!(
            "{}:\n expected: {text} found:    {found}",
            expected.display()
        ));
    }
}

#[test]
fn documents_are_judged_as_the_cases_say() {
    let (mut failures, mut judged) = (Vec::new(), 0);
    for folder in folders("documents") {
        let schema =
            compile(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in documents(&folder) {
            judged += 1;
            let found = verdict(&schema, &fs::read(&path).unwrap());
            match is_right(&path) {
                true if found.is_empty() => {}
                true => failures.push(format!("{} is right: {found}", path.display())),
                false if found.is_empty() => failures.push(format!("{} is wrong", path.display())),
                false => compare(&found, &path.with_extension("txt"), &mut failures),
            }
        }
    }
    assert!(judged > 300, "only {judged} documents");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn schemas_are_refused_with_file_and_place() {
    let (mut failures, mut refused) = (Vec::new(), 0);
    for folder in folders("schemas") {
        refused += 1;
        match compile(&folder) {
            Ok(_) => failures.push(format!("{} is accepted", folder.display())),
            Err(error) => compare(
                &format!("{error}\n"),
                &folder.join("error.txt"),
                &mut failures,
            ),
        }
    }
    assert!(refused > 50, "only {refused} schemas");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
