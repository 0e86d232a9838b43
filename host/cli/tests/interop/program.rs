// SPDX-License-Identifier: Apache-2.0
//! The program itself, which works inside the sandbox, on samples of what the other tests go through by the library.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use canonical_xml::{Document, ElementRef, Limits};
use serde_json::Value;
use xml_testkit::tools::succeeds;

use crate::{
    case::{C14N, C14N_COMMENTS, C14N11, Case, EXCLUSIVE, EXCLUSIVE_COMMENTS, Form, cases},
    flaw::{Direction, flaw},
    libxml2::{self, Question},
    peers::{self, Answer, Peer},
    shapes::{SHAPES, Shape},
    signatures::{changed, command},
};

pub(crate) fn silta(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_silta"))
        .args(arguments)
        .env_remove("SILTA_LOG")
        .output()
        .unwrap()
}

/// What has been committed behind a position, the first of it; the position moves on.
pub(crate) fn next_entry(configuration: &str, after: &mut u64) -> Value {
    let behind = after.to_string();
    let output = silta(&[
        "inbox",
        "list",
        "--json",
        "--config",
        configuration,
        "--limit",
        "1",
        "--after",
        &behind,
    ]);
    assert!(output.status.success(), "{output:?}");
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let entry = listed["entries"][0].clone();
    *after = entry["position"].as_u64().unwrap();
    entry
}

fn shape(name: &str) -> Shape {
    let mut shapes = SHAPES.into_iter();
    shapes.find(|shape| shape.name == name).unwrap()
}

/// The way to an element that leads nowhere else.
fn path(element: ElementRef<'_>) -> String {
    let above = element.parent().map(path).unwrap_or_default();
    let is_like = |other: &ElementRef<'_>| other.is(element.namespace(), element.local());
    let before = element.parent().map_or(0, |parent| {
        let mut siblings = parent.children().filter(is_like);
        siblings.position(|sibling| sibling == element).unwrap()
    });
    let (namespace, local) = (element.namespace(), element.local());
    format!("{above}/{{{namespace}}}{local}[{}]", before + 1)
}

#[test]
fn the_program_writes_the_canonical_bytes_of_libxml2() {
    if !peers::are_prepared() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut samples = Vec::new();
    for (name, method, prefixes) in [
        ("prefixes", EXCLUSIVE, vec!["z", "unused"]),
        ("default-namespaces", C14N, vec![]),
        ("undeclared-default", EXCLUSIVE, vec!["#default"]),
        ("overridden-xml-attributes", C14N, vec![]),
        ("xml-attributes", C14N11, vec![]),
        ("comments", C14N_COMMENTS, vec![]),
        ("instructions", EXCLUSIVE_COMMENTS, vec![]),
        ("references", EXCLUSIVE, vec![]),
        ("byte-order-mark", C14N, vec![]),
        ("characters", EXCLUSIVE_COMMENTS, vec!["ö"]),
        ("envelope", EXCLUSIVE, vec!["xsd", "s"]),
    ] {
        for in_part in [false, true] {
            samples.push((shape(name), method, prefixes.clone(), in_part));
        }
    }
    for (shape, method, prefixes, in_part) in samples {
        let file = folder.path().join(shape.name);
        fs::write(&file, shape.text).unwrap();
        let document = Document::parse(shape.text.as_bytes(), &Limits::default()).unwrap();
        let part = Case::new(shape, Form::Beside).part(&document);
        let number = document.elements().position(|element| element == part);
        let question = Question {
            document: 0,
            element: number.filter(|_| in_part),
            without: None,
            method,
            prefixes,
        };
        let judgement =
            libxml2::judge(&[shape.text.into()], std::slice::from_ref(&question)).remove(0);
        let (list, path) = (question.prefixes.join(" "), path(part));
        let mut arguments = vec!["xml", "c14n", file.to_str().unwrap(), "--algorithm", method];
        arguments.extend(["--prefix-list", &list]);
        let ways: &[&[&str]] = match in_part {
            false => &[&[]],
            true => &[&["--path", &path], &["--id", shape.part]],
        };
        for way in ways {
            let bytes = succeeds(silta(&[&arguments, *way].concat()));
            assert!(
                Some(&bytes) == judgement.libxml2.as_ref(),
                "{question:?} {way:?}"
            );
        }
        if !in_part && question.prefixes.is_empty() && method.ends_with("WithComments") {
            let option = if method == C14N_COMMENTS {
                "--c14n"
            } else {
                "--exc-c14n"
            };
            let mut xmllint = Command::new("xmllint");
            let theirs = succeeds(xmllint.arg(option).arg(&file).output().unwrap());
            assert!(judgement.libxml2 == Some(theirs), "{question:?}");
        }
    }
}

/// Signatures of each peer that the program judges.
const SAMPLES: usize = 5;

/// Cases of every form and every algorithm that the peer has no flaw in.
fn samples(peer: Peer) -> Vec<Case> {
    let is_sample = |case: &Case| {
        let is_form = matches!(
            (case.shape.name, case.form),
            ("envelope", Form::Beside)
                | ("prefixes", Form::Within)
                | ("references", Form::Document)
        );
        let is_plain = case.method == EXCLUSIVE && case.method_prefixes.is_empty();
        let is_algorithm = case.algorithm.name() != "rsa-sha256" && case.digest.name() == "sha256";
        is_algorithm || (is_form && is_plain && matches!(case.transform, C14N | EXCLUSIVE))
    };
    let cases = cases().into_iter().filter(is_sample);
    let sound = cases.filter(|case| flaw(peer, case, Direction::TheySign).is_none());
    sound.collect()
}

#[test]
fn the_program_judges_signatures_of_every_peer() {
    if !peers::are_prepared() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for peer in Peer::ALL {
        let samples = samples(peer);
        let file = |number: usize| {
            folder
                .path()
                .join(format!("{peer}-{number}.xml").replace(' ', ""))
        };
        let commands: Vec<Vec<String>> = samples
            .iter()
            .enumerate()
            .map(|(number, case)| {
                let unsigned = folder.path().join(case.shape.name);
                fs::write(&unsigned, case.shape.text).unwrap();
                let identity = case.identity();
                let files = [
                    &identity.key_file,
                    &identity.certificate_file,
                    &unsigned,
                    &file(number),
                ];
                command("sign", &files, case)
            })
            .collect();
        let answers = peer.run(&commands);
        let signed: Vec<usize> = (0..samples.len())
            .filter(|number| answers[*number] == Answer::Done)
            .collect();
        assert!(signed.len() >= SAMPLES, "{peer}: {answers:?}");
        for index in 0..SAMPLES {
            let number = signed[index * (signed.len() - 1) / (SAMPLES - 1)];
            judge(peer, &samples[number], &file(number));
        }
        println!("{peer}: the program judged {SAMPLES} signatures, each as it was and changed");
    }
}

/// The program has to accept a signed file, and to refuse it once it is changed.
fn judge(peer: Peer, case: &Case, file: &Path) {
    let signed = fs::read(file).unwrap();
    let document = Document::parse(&signed, &Limits::default()).unwrap();
    let path = path(case.part(&document));
    let certificate = case.identity().certificate_file.to_str().unwrap();
    let verify = |file: &Path| {
        let mut arguments = vec![
            "xml",
            "verify",
            file.to_str().unwrap(),
            "--cert",
            certificate,
        ];
        arguments.extend(["--require", &path, "--json"]);
        silta(&arguments)
    };
    let report = verify(file);
    let error = String::from_utf8_lossy(&report.stderr);
    let text = String::from_utf8_lossy(&report.stdout);
    assert_eq!(
        report.status.code(),
        Some(0),
        "{peer}: {case}: {text}{error}"
    );
    let altered = file.with_extension("changed");
    fs::write(&altered, changed(case, &signed)).unwrap();
    let report = verify(&altered);
    assert_eq!(report.status.code(), Some(3), "{peer}: {case}");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(
        report["code"], "signature.digest-mismatch",
        "{peer}: {case}"
    );
}
