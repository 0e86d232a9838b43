// SPDX-License-Identifier: Apache-2.0
//! Foreign documents judged by foreign schemas.

use canonical_xml::{
    Canonicalization, Document, Limits as ReadLimits, Method, Path, Position, Subset, canonicalize,
};
use xml_schema::{Files, Limits, Schema, SchemaError, SchemaFault, Unjudged, Violation};

/// Separates the document from the schemas: no XML has it.
const SEPARATOR: u8 = 0;

/// More files say no more.
const MOST_FILES: usize = 8;

/// Small, so that each is met.
const LIMITS: Limits = Limits {
    documents: 16,
    file_bytes: 1 << 16,
    components: 4000,
    depth: 32,
    states: 2000,
    configurations: 200,
    violations: 50,
};

/// The same with room for whatever meets those.
const WIDER: Limits = Limits {
    documents: 32,
    file_bytes: 1 << 17,
    components: 8000,
    depth: 40,
    states: 4000,
    configurations: 400,
    violations: 50,
};

/// Panics unless, of a document and the schemas behind it (`0.xsd`, which is the one that is compiled, `1.xsd` and so on),
///
/// * a schema is refused with one of those files and a place in it, and twice the same;
/// * a violation leads to the element that begins at its place, or to an attribute of it, and twice the same are found;
/// * judging the root is judging the document, and the canonical form has the same violations;
/// * with wider limits the verdict is the same, if no limit was met.
pub fn check(input: &[u8]) {
    let mut parts = input.split(|byte| *byte == SEPARATOR);
    let document = parts.next().unwrap_or_default();
    let mut files = Files::new();
    for (number, schema) in parts.take(MOST_FILES).enumerate() {
        files.add(format!("{number}.xsd"), schema);
    }
    let schema = Schema::compile(&files, &["0.xsd"], &LIMITS);
    let again = Schema::compile(&files, &["0.xsd"], &WIDER);
    let (schema, wider) = match (schema, again) {
        (Ok(schema), Ok(wider)) => (schema, wider),
        (Err(error), again) => return check_refusal(&error, again.err()),
        (Ok(_), Err(error)) => panic!("refused with wider limits only: {error}"),
    };
    for (name, file, position) in schema.elements() {
        assert!(schema.has_element(name.namespace(), name.local()));
        check_place(file, position);
    }
    let Ok(document) = Document::parse(document, &ReadLimits::default()) else {
        return;
    };
    let judged = schema.validate(&document);
    assert_eq!(judged, schema.validate(&document));
    assert_eq!(judged, schema.validate_element(document.root()));
    match judged {
        Ok(violations) => {
            check_violations(&document, &violations);
            assert_eq!(wider.validate(&document).as_ref(), Ok(&violations));
            check_canonical(&schema, &document, &violations);
        }
        Err(Unjudged::Limit { position, path, .. }) => check_found(&document, &path, position),
        Err(Unjudged::Schema(error)) => check_place(&error.file, error.position),
        Err(other) => panic!("all text is in memory: {other}"),
    }
}

fn check_refusal(error: &SchemaError, again: Option<SchemaError>) {
    check_place(&error.file, error.position);
    if !matches!(error.fault, SchemaFault::Limit(_)) {
        assert_eq!(again.as_ref(), Some(error));
    }
}

fn check_place(file: &str, position: Position) {
    let number = file.strip_suffix(".xsd").map(str::parse::<usize>);
    let is_ours = number.is_some_and(|number| number.is_ok_and(|number| number < MOST_FILES));
    // The schema of `xml:` is within.
    assert!(is_ours || file.contains("xml"), "{file}");
    assert!(position.line >= 1 && position.column >= 1, "{position}");
}

fn check_violations(document: &Document<'_>, violations: &[Violation]) {
    assert!(violations.len() <= LIMITS.violations);
    for violation in violations {
        assert!(!violation.rule.is_empty() && !violation.message.is_empty());
        check_found(document, &violation.path, violation.position);
    }
}

fn check_found(document: &Document<'_>, path: &str, position: Position) {
    let (element, attribute) = match path.split_once("/@") {
        Some((element, attribute)) => (element, Some(attribute)),
        None => (path, None),
    };
    let Ok(parsed) = element.parse::<Path>() else {
        panic!("no path: {path}");
    };
    let found = document.find(&parsed);
    assert_eq!(found.len(), 1, "{path}");
    for element in found {
        // An attribute is on the line of the tag or below.
        let line = element.position().line;
        let is_there = match attribute {
            Some(_) => position.line >= line,
            None => position == element.position(),
        };
        assert!(is_there, "{path}: {position}");
    }
}

/// What is wrong does not depend on how the document is spelt.
fn check_canonical(schema: &Schema, document: &Document<'_>, violations: &[Violation]) {
    let how = Canonicalization::new(Method::Inclusive);
    let mut form = Vec::new();
    if canonicalize(&Subset::document(document), &how, &mut form).is_err() {
        return;
    }
    let Ok(canonical) = Document::parse(&form, &ReadLimits::default()) else {
        return;
    };
    let Ok(found) = schema.validate(&canonical) else {
        panic!("a form that cannot be judged");
    };
    let told = |violations: &[Violation]| {
        let told = violations.iter().map(|one| {
            let Violation { path, rule, .. } = one;
            (path.clone(), *rule)
        });
        let mut told: Vec<_> = told.collect();
        told.sort_unstable();
        told
    };
    assert_eq!(told(&found), told(violations));
}
