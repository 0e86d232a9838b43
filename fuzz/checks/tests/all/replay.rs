// SPDX-License-Identifier: Apache-2.0
//! Every input that is kept, judged once more, by any compiler: seeds, what once was found, and the documents of the other tests.

use std::fs;
use std::path::{Path, PathBuf};

use canonical_xml::{Document, Limits};
use fuzz_checks::{CHECKS, Check, document};

/// The folder of the fuzz targets.
fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The files below a folder, in order; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// Judges these files; the one that fails is named in the output.
fn replay(check: Check, files: &[PathBuf]) {
    for file in files {
        println!("{}: {}", check.name, file.display());
        (check.run)(&fs::read(file).unwrap());
    }
}

#[test]
fn seeds() {
    let seeds = |name| files(&folder().join("seeds").join(name));
    for check in CHECKS {
        let mut files = seeds(check.name);
        if check.takes_documents {
            files.extend(seeds("documents"));
        }
        assert!(files.len() > 5, "seeds of {}", check.name);
        replay(check, &files);
    }
}

/// Seeds whose names say so are refused, all others are accepted: they get as far as they are meant to.
#[test]
fn documents_are_what_their_names_say() {
    for file in files(&folder().join("seeds/documents")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = document::of(&fs::read(&file).unwrap());
        let is_accepted = Document::parse(&bytes, &Limits::default()).is_ok();
        assert_eq!(is_accepted, !name.starts_with("refused-"), "{name}");
    }
}

#[test]
fn what_was_found_before() {
    for check in CHECKS {
        replay(
            check,
            &files(&folder().join("regressions").join(check.name)),
        );
    }
}

#[test]
fn documents_of_other_tests() {
    let files = files(&folder().join("../tests/data"));
    let documents: Vec<_> = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    assert!(documents.len() > 50);
    for check in CHECKS.into_iter().filter(|check| check.takes_documents) {
        replay(check, &documents);
    }
}

/// Mails of other tests, as they stand there: lines end with LF, and what is put in for a test is not.
#[test]
fn mails_of_other_tests() {
    let files = files(&folder().join("../tests/data/suomifi-mail"));
    let is_mail = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "eml");
    let mails: Vec<_> = files.into_iter().filter(is_mail).collect();
    assert!(mails.len() > 50);
    for check in CHECKS
        .into_iter()
        .filter(|check| check.name == "suomifi_mail")
    {
        replay(check, &mails);
    }
}

/// Documents of the validator's own tests, each with its schema.
#[test]
fn documents_with_schemas_of_other_tests() {
    let cases = folder().join("../components/shared/xml-schema/tests/cases/documents");
    let files = files(&cases);
    let is_document = |file: &&PathBuf| file.extension().is_some_and(|found| found == "xml");
    let documents: Vec<_> = files.iter().filter(is_document).collect();
    assert!(documents.len() > 100);
    for document in documents {
        let schema = fs::read(document.with_file_name("schema.xsd")).unwrap();
        let input = [fs::read(document).unwrap(), schema].join(&0);
        println!("xml_schema: {}", document.display());
        fuzz_checks::xml_schema::check(&input);
    }
}

/// Every folder of inputs is of a check: none is forgotten by a change of names.
#[test]
fn every_folder_is_of_a_check() {
    for parent in ["seeds", "regressions"] {
        let names = fs::read_dir(folder().join(parent)).into_iter().flatten();
        for name in names.map(|entry| entry.unwrap().file_name()) {
            let is_known = CHECKS.iter().any(|check| name == check.name);
            let is_shared = parent == "seeds" && name == "documents";
            assert!(is_known || is_shared, "{parent}/{}", name.display());
        }
    }
}

#[test]
fn inputs_stand_for_documents() {
    assert_eq!(document::of(b"<a>\0</a>"), b"<a>\0</a>");
    let run = document::of(b"<a>\x01x\x02</a>");
    assert_eq!(run, format!("<a>{}</a>", "x".repeat(502)).as_bytes());
    // Open `p:a`, declare `p`, text, open `b`, close both.
    let pieces = document::of(&[0xFF, 3, 0x40 | 3, 0x80, 1, 0xC0]);
    assert_eq!(pieces, b"<p:a xmlns:p='urn:a'>x<b/></p:a>");
}
