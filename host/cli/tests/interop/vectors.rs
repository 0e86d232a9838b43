// SPDX-License-Identifier: Apache-2.0
//! The canonicalisation vectors of the libxml2 project, read where they lie beside the repository.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Limits, ReadErrorKind, Subset,
    canonicalize,
};

use crate::peers;

/// Folders of vectors, and the algorithm that each is for.
#[rustfmt::skip]
const FOLDERS: [(&str, &str); 4] = [
    ("without-comments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    ("with-comments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"),
    ("1-1-without-comments", "http://www.w3.org/2006/12/xml-c14n11"),
    ("exc-without-comments", "http://www.w3.org/2001/10/xml-exc-c14n#"),
];

/// The result of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Our bytes are the expected ones.
    Same,
    /// The input has a document type declaration, which is refused.
    DocumentType,
    /// The input is not in UTF-8, which is refused.
    Encoding,
    /// Canonical XML 1.1 would resolve an `xml:base`, which is refused.
    InheritedBase,
    /// The node set is none that a signature of ours can refer to.
    NodeSet,
    /// No expected bytes stand beside the input.
    NothingExpected,
}

#[test]
fn vectors_of_libxml2_have_the_expected_bytes() {
    let folder = peers::workspace().join("../shared/vectors/libxml2-c14n");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let mut tally = BTreeMap::new();
    for (name, method) in FOLDERS {
        for input in inputs(&folder.join("input").join(name)) {
            let stem = input.file_stem().unwrap();
            let expected = fs::read(folder.join("expected").join(name).join(stem)).ok();
            let outcome = run(&input, method, expected);
            *tally.entry(outcome).or_insert(0) += 1;
        }
    }
    println!("vectors of libxml2: {tally:?}");
    assert!(tally[&Outcome::Same] >= 15, "{tally:?}");
}

/// Documents of a folder, in order.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    inputs.sort();
    inputs
}

fn run(input: &Path, method: &str, expected: Option<Vec<u8>>) -> Outcome {
    let Some(expected) = expected else {
        return Outcome::NothingExpected;
    };
    let bytes = fs::read(input).unwrap();
    let document = match Document::parse(&bytes, &Limits::default()).map_err(|error| error.kind) {
        Ok(document) => document,
        Err(ReadErrorKind::DocumentType) => return Outcome::DocumentType,
        Err(ReadErrorKind::UnsupportedEncoding) => return Outcome::Encoding,
        Err(error) => panic!("{}: {error}", input.display()),
    };
    let beside = |extension| fs::read_to_string(input.with_extension(extension));
    let how = Canonicalization::from_uri(method)
        .unwrap()
        .with_prefix_list(&beside("ns").unwrap_or_default());
    let subsets = match beside("xpath") {
        Err(_) => vec![Subset::document(&document)],
        Ok(expression) => match subsets(&document, &expression) {
            Some(subsets) => subsets,
            None => return Outcome::NodeSet,
        },
    };
    let mut out = Vec::new();
    for subset in subsets {
        match canonicalize(&subset, &how, &mut out) {
            Ok(()) => {}
            Err(CanonicalizeError::InheritedBase) => return Outcome::InheritedBase,
            Err(error) => panic!("{}: {error}", input.display()),
        }
    }
    let (out, expected) = (
        String::from_utf8_lossy(&out),
        String::from_utf8_lossy(&expected),
    );
    assert_eq!(out, expected, "{}", input.display());
    Outcome::Same
}

/// What a node set is in our terms, where it is made of whole subtrees: `ancestor-or-self::NAME`, several of them joined by `or`, one less
/// a subtree by `and not(ancestor-or-self::NAME)`. The canonical form of disjoint subtrees is that of each, one after the other.
fn subsets<'d>(document: &'d Document<'d>, expression: &str) -> Option<Vec<Subset<'d>>> {
    let tree = expression.split("-->").last()?;
    let condition = tree.rsplit_once('[')?.1.split_once(']')?.0.trim();
    let (apexes, omitted) = match condition.split_once(" and not(") {
        None => (condition, None),
        Some((apexes, omitted)) => (apexes, Some(omitted.strip_suffix(')')?)),
    };
    let omitted = match omitted {
        None => None,
        Some(step) => Some(only(named(document, expression, step)?)?),
    };
    let mut subsets = Vec::new();
    for step in apexes.split(" or ") {
        for apex in named(document, expression, step)? {
            let subset = Subset::element(apex);
            subsets.push(match omitted {
                Some(omitted) => subset.without(omitted),
                None => subset,
            });
        }
    }
    Some(subsets)
}

/// Elements of a step `ancestor-or-self::PREFIX:LOCAL` that are in no other of them.
fn named<'d>(
    document: &'d Document<'d>,
    expression: &str,
    step: &str,
) -> Option<Vec<ElementRef<'d>>> {
    let (prefix, local) = step
        .trim()
        .strip_prefix("ancestor-or-self::")?
        .split_once(':')?;
    let is_name = |name: &str| name.chars().all(char::is_alphanumeric);
    if !is_name(prefix) || !is_name(local) {
        return None;
    }
    let declaration = format!("xmlns:{prefix}=\"");
    let namespace = expression.split_once(&declaration)?.1.split_once('"')?.0;
    let all: Vec<_> = document
        .elements()
        .filter(|element| element.is(namespace, local))
        .collect();
    let is_outermost = |element: &ElementRef<'d>| !all.iter().any(|other| other.contains(*element));
    Some(all.iter().copied().filter(is_outermost).collect())
}

fn only<T>(elements: Vec<T>) -> Option<T> {
    let mut elements = elements.into_iter();
    let first = elements.next()?;
    elements.next().is_none().then_some(first)
}
