// SPDX-License-Identifier: Apache-2.0
//! What trees are written as, and what is accepted, against libxml2, when its `xmllint` is there. Canonical forms of documents are held
//! against it by the interoperability tests of the program.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use canonical_xml::{Canonicalization, Document, Limits, Method, to_bytes};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use xml_testkit::tools;

use crate::algorithms::whole;
use crate::generate::{markup, tree};

#[test]
fn libxml2_makes_the_same_bytes() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    TestRunner::new(config(150))
        .run(&tree(), |tree| {
            let bytes = to_bytes(&tree).unwrap();
            prop_assert_eq!(canonical_by_libxml2(&bytes), text(&bytes));
            Ok(())
        })
        .unwrap();
}

/// Documents that are not canonical yet: reading and writing must get to where libxml2 gets.
#[test]
fn libxml2_canonicalises_foreign_documents_likewise() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    for document in [
        "\u{FEFF}<?xml version='1.0' encoding='utf-8'?>\r\n<a  b = 'x\r\n\ty'\n/>\n",
        "<a><![CDATA[<&>]]>x&#13;&#xd;\r\n\r<?pi x?><!-- c -->y</a>",
        "<p:a xmlns:p='urn:a' xmlns:unused='urn:u' xmlns='urn:d'><b xmlns=''/><p:c p:d='&quot;&apos;&#9;&#10;&lt;&gt;>'/></p:a>",
        "<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:a'/><d xmlns=''/></b></a>",
        "<a xmlns:p='urn:z' xmlns:q='urn:b' p:x='1' q:x='2' x='3' xml:lang='fi' xml:space='preserve'/>",
        "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/><p:b/></p:a>",
        "<é:ä xmlns:é='urn:e'>\u{1F600}\u{85}\u{2028}</é:ä>",
    ] {
        let theirs = canonical_by_libxml2(document.as_bytes());
        assert_eq!(
            whole(document, &Canonicalization::new(Method::Exclusive)),
            theirs
        );
    }
}

/// Whether documents are accepted at all. Two differences are meant: we refuse document types, and
/// libxml2 takes NUL for the end of the input.
#[test]
fn libxml2_accepts_and_refuses_the_same_documents() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let frames = proptest::sample::select(vec![("", ""), ("<a>", "</a>"), ("<a ", "/>")]);
    TestRunner::new(config(300))
        .run(&(frames, markup(0..7)), |((before, after), inside)| {
            let document = [before, &inside, after].concat();
            prop_assume!(!document.contains('\0') && !document.contains("<!DOCTYPE"));
            let ours = Document::parse(document.as_bytes(), &Limits::default()).map(|_| ());
            let theirs = libxml2_accepts(&document);
            prop_assert_eq!(ours.is_ok(), theirs, "{:?}: {:?}", document, ours);
            Ok(())
        })
        .unwrap();
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn libxml2_accepts(document: &str) -> bool {
    let output = run(&["--noout", "--nonet", "-"], document.as_bytes());
    // Offences against namespaces are reported but do not show in the status.
    output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("error")
}

fn canonical_by_libxml2(document: &[u8]) -> String {
    let output = run(&["--exc-c14n", "-"], document);
    assert!(
        output.status.success(),
        "xmllint refuses {}",
        text(document)
    );
    // The program keeps comments, and adds a line feed of its own.
    let bytes = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
    text(bytes).replace("<!-- c -->", "")
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("xmllint")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
