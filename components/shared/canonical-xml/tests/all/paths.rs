// SPDX-License-Identifier: Apache-2.0
//! Naming elements.

use std::str::FromStr;

use canonical_xml::{Document, ElementRef, Path, PathError};

use crate::algorithms::parse;

const TREE: &str = "<r><a n='1'/><b n='2'><a n='3'/></b><a n='4'/><a xmlns='http://x/y/z' n='5'><c n='6'/></a><b n='7'><a n='8'/>\
                    <a n='9'><c n='0'/></a></b></r>";

/// The numbers of the elements that a path leads to.
fn found(document: &Document<'_>, path: &str) -> String {
    let found = document.find(&path.parse().unwrap());
    let number = |element: ElementRef<'_>| {
        element
            .attribute("", "n")
            .map_or_else(|| "r".to_owned(), Into::into)
    };
    found.into_iter().map(number).collect()
}

#[test]
fn a_path_leads_to_all_that_fit() {
    let document = parse(TREE);
    for (path, numbers) in [
        ("/r", "r"),
        ("/r[1]", "r"),
        ("/r[2]", ""),
        ("/{}r", "r"),
        ("/a", ""),
        ("/r/a", "145"),
        ("/r/a[1]", "1"),
        ("/r/a[3]", "5"),
        ("/r/a[4]", ""),
        ("/r/{}a", "14"),
        ("/r/{}a[2]", "4"),
        ("/r/{}a[3]", ""),
        ("/r/{http://x/y/z}a", "5"),
        ("/r/{http://x/y/z}a[1]", "5"),
        ("/r/{http://x/y/z}a/{http://x/y/z}c", "6"),
        ("/r/{http://x/y/z}a/{}c", ""),
        ("/r/{http://x/y}a", ""),
        ("/r/b/a", "389"),
        ("/r/b/a[1]", "38"),
        ("/r/b/a[2]", "9"),
        ("/r/b[2]/a[2]/c", "0"),
        ("/r/b/c", ""),
        ("/r/a/c", "6"),
    ] {
        assert_eq!(found(&document, path), numbers, "{path}");
    }
}

#[test]
fn a_path_is_written_as_it_is_read() {
    for path in [
        "/a",
        "/a/b[2]/c",
        "/{urn:a}b",
        "/{}a/{http://x/y[1]}b[10]",
        "/käyttäjä/_-./a.b",
    ] {
        let parsed: Path = path.parse().unwrap();
        assert_eq!(parsed.to_string(), path);
        assert_eq!(parsed.to_string().parse(), Ok(parsed));
    }
}

#[test]
fn what_is_no_path() {
    for (text, step) in [
        ("", 1),
        ("a", 1),
        ("/", 1),
        ("//a", 1),
        ("/a/", 2),
        ("/a//b", 2),
        ("/a/b/1", 3),
        ("/p:a", 1),
        ("/a[0]", 1),
        ("/a[01]", 1),
        ("/a[]", 1),
        ("/a[-1]", 1),
        ("/a[+1]", 1),
        ("/a[ 1]", 1),
        ("/a[x]", 1),
        ("/a[1", 1),
        ("/a1]", 1),
        ("/a[1][2]", 1),
        ("/a[1]b", 1),
        ("/a[99999999999999999999]", 1),
        ("/a/{urn:a", 2),
        ("/a/{urn:a}", 2),
        ("/a/urn:a}b", 2),
        ("/a/*", 2),
        ("/a/@b", 2),
        ("/a/..", 2),
        ("/a b", 1),
    ] {
        assert_eq!(Path::from_str(text), Err(PathError { step }), "{text}");
    }
    assert_eq!(
        PathError { step: 2 }.to_string(),
        "a path is written like `/Envelope/Body`, `/{namespace}Envelope/Body` or `/Order/Item[2]`; step 2 is not"
    );
}

#[test]
fn paths_of_elements_number_those_alike() {
    let document = parse(TREE);
    let paths: Vec<_> = document.elements().map(ElementRef::path).collect();
    assert_eq!(
        paths,
        [
            "/r",
            "/r/a[1]",
            "/r/b[1]",
            "/r/b[1]/a",
            "/r/a[2]",
            "/r/a[3]",
            "/r/a[3]/c",
            "/r/b[2]",
            "/r/b[2]/a[1]",
            "/r/b[2]/a[2]",
            "/r/b[2]/a[2]/c"
        ]
    );
}

#[test]
fn the_path_of_an_element_leads_to_it() {
    for tree in [TREE, "<r><a/><b><a/><a><c/><d/><c/></a></b><a><a/></a></r>"] {
        let document = parse(tree);
        for element in document.elements() {
            let path = element.path().parse().unwrap();
            assert_eq!(document.find(&path), [element], "{path}");
        }
    }
}
