// SPDX-License-Identifier: Apache-2.0
//! Canonical bytes against libxml2's: documents written by hand and documents made at random, whole and in part.

use canonical_xml::{Canonicalization, CanonicalizeError, Document, Limits, Subset, canonicalize};

use crate::{
    generator,
    libxml2::{self, Judgement, Question},
    peers,
    random::{Random, seed},
    shapes::SHAPES,
};

/// Documents made at random in a run.
const DOCUMENTS: usize = 600;

/// Subtrees tried in each of them, whole and with something left out.
const SUBTREES: usize = 2;

/// Prefixes for lists: those of the generator, the default namespace, and one that nothing declares.
const LISTED: [&str; 7] = ["#default", "a", "b", "B", "long-prefix.1", "ä", "nowhere"];

/// Canonical bytes of our own.
fn ours(document: &[u8], question: &Question) -> Result<Vec<u8>, CanonicalizeError> {
    let document = Document::parse(document, &Limits::default()).unwrap();
    let how = Canonicalization::from_uri(question.method).unwrap();
    let how = how.with_prefix_list(&question.prefixes.join(" "));
    let subset = match question.element {
        None => Subset::document(&document),
        Some(number) => Subset::element(document.elements().nth(number).unwrap()),
    };
    let subset = match question.without {
        None => subset,
        Some(number) => subset.without(document.elements().nth(number).unwrap()),
    };
    let mut out = Vec::new();
    canonicalize(&subset, &how, &mut out)?;
    Ok(out)
}

/// A part of a document: its apex, and what is left out.
type Part = (Option<usize>, Option<usize>);

/// Every algorithm over the parts of a document; exclusive ones with lists besides.
fn questions(number: usize, parts: &[Part], random: &mut Random) -> Vec<Question> {
    let mut questions = Vec::new();
    for (element, without) in parts.iter().copied() {
        for method in Canonicalization::uris() {
            let question = Question {
                document: number,
                element,
                without,
                method,
                prefixes: Vec::new(),
            };
            if method.contains("xml-exc-c14n") {
                let prefixes = LISTED.into_iter().filter(|_| random.chance(40)).collect();
                questions.push(Question {
                    prefixes,
                    ..question.clone()
                });
            }
            questions.push(question);
        }
    }
    questions
}

/// How many comparisons came to what.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    same_as_libxml2: usize,
    same_as_lxml: usize,
    /// Canonical XML 1.1 below an `xml:base`, which ours refuses.
    inherited_base: usize,
}

/// Holds our bytes against theirs.
fn compare(documents: &[Vec<u8>], questions: &[Question]) -> Tally {
    let mut tally = Tally::default();
    let judgements = libxml2::judge(documents, questions);
    for (question, Judgement { libxml2, lxml }) in questions.iter().zip(judgements) {
        let document = &documents[question.document];
        let place = || {
            let text = String::from_utf8_lossy(document);
            format!("seed {}, {question:?}, of:\n{text:?}", seed())
        };
        let libxml2 = libxml2.unwrap_or_else(|| panic!("libxml2 refuses {}", place()));
        match ours(document, question) {
            Ok(bytes) => {
                assert_same(&bytes, &libxml2, &place);
                tally.same_as_libxml2 += 1;
                if let Some(lxml) = lxml {
                    assert_same(&bytes, &lxml, &place);
                    tally.same_as_lxml += 1;
                }
            }
            Err(error) => {
                assert_eq!(error, CanonicalizeError::InheritedBase, "{}", place());
                assert!(question.method.contains("c14n11") && question.element.is_some());
                tally.inherited_base += 1;
            }
        }
    }
    tally
}

#[track_caller]
fn assert_same(ours: &[u8], theirs: &[u8], place: &dyn Fn() -> String) {
    let (ours, theirs) = (
        String::from_utf8_lossy(ours),
        String::from_utf8_lossy(theirs),
    );
    assert!(
        ours == theirs,
        "{}\nours:\n{ours:?}\ntheirs:\n{theirs:?}",
        place()
    );
}

/// How many elements a document has.
fn count(document: &[u8]) -> usize {
    let document = Document::parse(document, &Limits::default()).unwrap();
    document.elements().count()
}

/// Parts of a document: all, some subtrees, and both with some element in them left out.
fn parts(document: &[u8], random: &mut Random) -> Vec<Part> {
    let document = Document::parse(document, &Limits::default()).unwrap();
    let count = document.elements().count();
    let mut parts = vec![(None, None)];
    if count > 1 {
        parts.push((None, Some(1 + random.below(count - 1))));
    }
    for _ in 0..SUBTREES {
        let apex = random.below(count);
        parts.push((Some(apex), None));
        let inside = document.elements().nth(apex).unwrap().descendants().count();
        if inside > 0 {
            parts.push((Some(apex), Some(apex + 1 + random.below(inside))));
        }
    }
    parts
}

#[test]
fn documents_written_by_hand_have_the_canonical_bytes_of_libxml2() {
    if !peers::are_prepared() {
        return;
    }
    let mut random = Random::new(seed());
    let documents: Vec<Vec<u8>> = SHAPES.iter().map(|shape| shape.text.into()).collect();
    let questions: Vec<Question> = documents
        .iter()
        .enumerate()
        .flat_map(|(number, document)| {
            let mut parts = vec![(None, None)];
            parts.extend((0..count(document)).map(|element| (Some(element), None)));
            parts.extend((1..count(document)).map(|element| (None, Some(element))));
            questions(number, &parts, &mut random)
        })
        .collect();
    let tally = compare(&documents, &questions);
    println!("{} documents written by hand: {tally:?}", documents.len());
    assert_eq!(tally.same_as_libxml2, questions.len());
    assert!(tally.same_as_lxml > 100, "{tally:?}");
}

#[test]
fn documents_made_at_random_have_the_canonical_bytes_of_libxml2() {
    if !peers::are_prepared() {
        return;
    }
    let mut random = Random::new(seed());
    let documents: Vec<Vec<u8>> = (0..DOCUMENTS)
        .map(|_| generator::document(&mut random).into_bytes())
        .collect();
    let mut all = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        let parts = parts(document, &mut random);
        all.extend(questions(number, &parts, &mut random));
    }
    let tally = compare(&documents, &all);
    println!(
        "{DOCUMENTS} documents made at random, seed {}: {tally:?}",
        seed()
    );
    assert_eq!(tally.same_as_libxml2 + tally.inherited_base, all.len());
    // The generator is worth nothing if most of what it makes is refused or trivial.
    assert!(tally.inherited_base * 10 < all.len(), "{tally:?}");
    assert!(tally.same_as_lxml > 3 * DOCUMENTS, "{tally:?}");
}

/// Messages that Customs has published, where they lie beside the repository.
#[test]
fn published_messages_have_the_canonical_bytes_of_libxml2() {
    let folder = peers::workspace().join("../shared/samples/tulli");
    if !folder.is_dir() || !peers::are_prepared() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let mut random = Random::new(seed());
    let documents: Vec<Vec<u8>> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    // One subtree each: libxml2 takes its time for the node sets of larger documents.
    let questions: Vec<Question> = documents
        .iter()
        .enumerate()
        .flat_map(|(number, document)| {
            let parts = parts(document, &mut random);
            let part = parts.iter().find(|(apex, _)| apex.is_some()).unwrap();
            questions(number, &[(None, None), *part], &mut random)
        })
        .collect();
    let tally = compare(&documents, &questions);
    println!("{} published messages: {tally:?}", documents.len());
    assert_eq!(tally.same_as_libxml2, questions.len());
}

#[test]
fn canonical_form_is_its_own_canonical_form() {
    let mut random = Random::new(seed());
    for _ in 0..DOCUMENTS {
        let document = generator::document(&mut random).into_bytes();
        for method in Canonicalization::uris() {
            let question = Question {
                document: 0,
                element: None,
                without: None,
                method,
                prefixes: Vec::new(),
            };
            let once = ours(&document, &question).unwrap();
            let twice = ours(&once, &question).unwrap();
            let text = String::from_utf8_lossy(&document);
            assert!(once == twice, "seed {}, {method}, {text:?}", seed());
        }
    }
}

/// Documents with a namespace of one of these names, whole, in every algorithm.
fn with_namespaces(names: &[&str]) -> (Vec<Vec<u8>>, Vec<Question>) {
    let document = |name| format!("<a><b xmlns:x=\"{name}\"><c/></b></a>").into_bytes();
    let documents: Vec<Vec<u8>> = names.iter().map(document).collect();
    let mut random = Random::new(seed());
    let questions = (0..names.len())
        .flat_map(|number| questions(number, &[(None, None)], &mut random))
        .collect();
    (documents, questions)
}

#[test]
fn what_is_no_absolute_uri_has_no_canonical_form_here_or_there() {
    if !peers::are_prepared() {
        return;
    }
    let names = [
        "relative",
        "../up",
        "#fragment",
        "?query",
        "//host/path",
        "1:x",
        "urn:ä",
        "urn:a b",
    ];
    let (documents, questions) = with_namespaces(&names);
    for (question, judgement) in questions.iter().zip(libxml2::judge(&documents, &questions)) {
        let name = names[question.document];
        assert_eq!(judgement.libxml2, None, "{name}, {question:?}");
        let refusal = ours(&documents[question.document], question).unwrap_err();
        assert_eq!(refusal, CanonicalizeError::RelativeNamespace, "{name}");
    }
}

#[test]
fn namespaces_that_others_take_are_taken() {
    if !peers::are_prepared() {
        return;
    }
    let names = [
        "urn:x",
        "URN:x",
        "x:",
        "x:y",
        "a+b-c.d:e",
        "mailto:a@b",
        "http://[::1]:80/",
        "http://u@h:1/p;a=b?c=d;e#f",
        "urn:%C3%A4",
        "urn:!$'()*,;=:@/?",
        "file:///c:/x",
        "tag:a,2025:b",
        "http://h/~x_y",
        "data:,",
    ];
    let (documents, questions) = with_namespaces(&names);
    let tally = compare(&documents, &questions);
    assert_eq!(tally.same_as_libxml2, questions.len());
}
