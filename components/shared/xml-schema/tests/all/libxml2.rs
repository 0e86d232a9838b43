// SPDX-License-Identifier: Apache-2.0
//! Verdicts against those of libxml2, on the cases and on generated schemas with generated documents, when its `xmllint` is there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use canonical_xml::Document;
use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};
use xml_schema::{Files, Limits, Schema};
use xml_testkit::tools;

use crate::cases;
use crate::generate::{Counts, Model, Tape, documents, schema};
use crate::textbook;

/// Documents of which libxml2 2.9.14 says otherwise, and what decides.
#[rustfmt::skip]
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "counted-in-loops",
        "Part 1, cos-nonambig: going round the inner or the outer loop leads to the same particle; libxml2 refuses the schema where it counts",
    ),
    ("identifiers/wrong-dangling", "Part 1, cvc-id.1: a reference without its identifier; libxml2 does not look"),
    ("sequence/wrong-never", "Part 1, §3.3.2: with minOccurs=maxOccurs=0 there is no particle; libxml2 has one"),
    ("type-base64Binary/wrong-4", "Part 2, §3.2.16: nothing but the alphabet; libxml2 passes over the rest"),
    ("type-NMTOKENS/wrong-0", "Part 2, §3.3.5: a list of at least one; libxml2 takes none"),
    ("type-int/right-1", "Part 2, §4.3.6: white space is collapsed; libxml2 does not"),
    ("type-duration/wrong-5", "Part 2, §3.2.6.1: a digit has to follow the point"),
    ("type-float/wrong-1", "Part 2, §3.2.4.1: `e` is followed by an integer"),
    ("type-integer/right-2", "Part 2, §3.3.13: any number of digits; libxml2 stops at 24"),
    ("values/right-same", "Part 1, cvc-elt.5.2.2.2.2: fixed values are compared as values; libxml2 compares 1.5 with 1.50 as text"),
];

/// Schemas that libxml2 2.9.14 accepts and that are refused here, and why.
#[rustfmt::skip]
const SCHEMAS: &[(&str, &str)] = &[
    ("ambiguous-count", "Part 1, cos-nonambig: the third `a` may be of either particle"),
    ("ambiguous-same", "Part 1, cos-nonambig: two particles; libxml2 makes them one"),
    ("entity", "ours: nothing that a document type declares is there"),
    ("facet-lengths", "Part 2, minLength-less-than-equal-to-maxLength"),
    ("facet-twice", "Part 1, src-single-facet-value"),
    ("facet-white-space", "Part 2, whiteSpace-valid-restriction"),
    ("import-other-namespace", "Part 1, src-import.3"),
    ("key", "ours: not supported"),
    ("notation-type", "ours: not supported"),
    ("two-types", "Part 1, cos-element-consistent"),
];

/// Schemas, and documents of each, that are generated in one run.
const ROUNDS: u32 = 220;
const DOCUMENTS_EACH: usize = 20;

/// What libxml2 says of documents: the valid ones; `None` where it does not accept the schema.
fn valid_by_libxml2(schema: &Path, documents: &[PathBuf]) -> Option<BTreeSet<PathBuf>> {
    judged_by_libxml2(schema, documents).map(|(valid, _)| valid)
}

/// The valid ones, and those of which it says that children are missing or may not be there.
fn judged_by_libxml2(
    schema: &Path,
    documents: &[PathBuf],
) -> Option<(BTreeSet<PathBuf>, BTreeSet<PathBuf>)> {
    let output = Command::new("timeout")
        .args(["10", "xmllint", "--noout", "--nonet", "--schema"])
        .arg(schema)
        .args(documents)
        .output()
        .unwrap();
    // 5: the schema does not compile; 3 and 4: documents are not valid; 124: libxml2 takes very long over some models.
    if matches!(output.status.code(), Some(5 | 124)) {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let valid = text
        .lines()
        .filter_map(|line| line.strip_suffix(" validates"));
    let is_of_children = |line: &&str| {
        line.contains("This element is not expected") || line.contains("Missing child element")
    };
    let of_children = text.lines().filter(is_of_children);
    let of_children = of_children.filter_map(|line| line.split_once(".xml:"));
    Some((
        valid.map(PathBuf::from).collect(),
        of_children
            .map(|(path, _)| PathBuf::from(format!("{path}.xml")))
            .collect(),
    ))
}

#[test]
fn libxml2_judges_the_cases_likewise() {
    if !tools::are_installed(&["xmllint", "timeout"]) {
        return;
    }
    let mut differences = BTreeSet::new();
    for folder in cases::folders("documents") {
        let documents = cases::documents(&folder);
        let valid = valid_by_libxml2(&folder.join("schema.xsd"), &documents);
        let name = |path: &Path| {
            let case = path
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy();
            format!("{case}/{}", path.file_stem().unwrap().to_string_lossy())
        };
        let Some(valid) = valid else {
            differences.insert(folder.file_name().unwrap().to_string_lossy().into_owned());
            continue;
        };
        let differing = documents
            .iter()
            .filter(|path| cases::is_right(path) != valid.contains(*path));
        differences.extend(differing.map(|path| name(path)));
    }
    let known: BTreeSet<_> = DOCUMENTS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(differences, known);
}

#[test]
fn libxml2_refuses_the_same_schemas() {
    if !tools::are_installed(&["xmllint", "timeout"]) {
        return;
    }
    let empty = tempfile::tempdir().unwrap();
    let document = empty.path().join("empty.xml");
    fs::write(&document, "<a/>").unwrap();
    let mut differences = BTreeSet::new();
    for folder in cases::folders("schemas") {
        let found = valid_by_libxml2(&folder.join("schema.xsd"), std::slice::from_ref(&document));
        if found.is_some() {
            differences.insert(folder.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    let known: BTreeSet<_> = SCHEMAS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(differences, known);
}

#[test]
fn libxml2_judges_generated_documents_likewise() {
    if !tools::are_installed(&["xmllint", "timeout"]) {
        return;
    }
    let config = ProptestConfig {
        cases: ROUNDS,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..ProptestConfig::default()
    };
    let tapes = proptest::collection::vec(any::<u8>(), 40..400);
    let counts = RefCell::new((0, 0));
    let faults = Cell::new(0);
    // The same documents each time: what libxml2 does in a corner that nobody has looked at is no reason for a change elsewhere to fail.
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, random)
        .run(&tapes, |tape| {
            let mut tape = Tape::new(tape);
            let model = schema(&mut tape, Counts::OfElements);
            let documents = documents(&model, &mut tape, DOCUMENTS_EACH);
            let (all, right) = agree(&model, &documents, &faults)?;
            let mut counts = counts.borrow_mut();
            *counts = (counts.0 + all, counts.1 + right);
            Ok(())
        })
        .unwrap();
    let ((judged, valid), faults) = (counts.into_inner(), faults.get());
    println!(
        "{judged} documents, {valid} of them valid; on {faults} libxml2 differs, and the textbook does not"
    );
    assert!(
        faults * 20 < judged,
        "libxml2 and the textbook differ on {faults} of {judged}"
    );
    assert!(judged >= 2_000, "only {judged} documents");
    assert!(
        valid * 5 > judged && valid * 5 < judged * 4,
        "{valid} of {judged} are valid: too much of one kind"
    );
}

/// Judges documents here and there. How many there were, and how many of them are valid.
fn agree(
    model: &Model,
    documents: &[String],
    faults: &Cell<usize>,
) -> Result<(usize, usize), TestCaseError> {
    let schema = &model.text();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.xsd");
    fs::write(&path, schema).unwrap();
    let mut paths = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let path = folder.path().join(format!("{index}.xml"));
        fs::write(&path, document).unwrap();
        paths.push(path);
    }
    let mut files = Files::new();
    files.add("schema.xsd", schema.as_str());
    let ours = Schema::compile(&files, &["schema.xsd"], &Limits::default());
    let theirs = judged_by_libxml2(&path, &paths);
    let (ours, (theirs, of_children)) = match (ours, theirs) {
        (Ok(ours), Some(theirs)) => (ours, theirs),
        // The case `counted-in-loops`.
        (Ok(_) | Err(_), None) => return Ok((0, 0)),
        // The cases `ambiguous-same` and `ambiguous-count`.
        (Err(error), Some(_)) if error.to_string().contains("cos-nonambig") => return Ok((0, 0)),
        (Err(error), Some(_)) => {
            return Err(TestCaseError::fail(format!(
                "{error}, and libxml2 accepts\n{schema}"
            )));
        }
    };
    for (path, document) in paths.iter().zip(documents) {
        let parsed =
            Document::parse(document.as_bytes(), &canonical_xml::Limits::default()).unwrap();
        let violations = ours
            .validate(&parsed)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{schema}\n{document}")))?;
        // libxml2 goes back to where a loop began, and from there on to what only stood beside the loop: it takes `b b` for `(b*, c)?`. Where the two
        // differ on children, the textbook decides.
        let children = textbook::is_of_children(&violations);
        if children != of_children.contains(path) && children != textbook::fits(model, &parsed) {
            faults.set(faults.get() + 1);
            continue;
        }
        prop_assert_eq!(
            violations.is_empty(),
            theirs.contains(path),
            "{:?}\n{}\n{}",
            violations,
            schema,
            document
        );
    }
    Ok((documents.len(), theirs.len()))
}
