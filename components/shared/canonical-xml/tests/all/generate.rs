// SPDX-License-Identifier: Apache-2.0
//! Arbitrary trees that can be written.

use std::collections::BTreeMap;
use std::ops::Range;

use canonical_xml::{Element, Name, XML_NAMESPACE};
use proptest::collection::vec;
use proptest::prelude::*;

/// Few namespaces and prefixes, so that scopes collide: one prefix bound to several namespaces, and the reverse.
const NAMESPACES: [&str; 4] = ["", "urn:a", "urn:b", "http://example.org/?b='2'"];
const PREFIXES: [&str; 4] = ["", "p", "q", "é"];

pub(crate) fn tree() -> impl Strategy<Value = Element> {
    let leaf = (element(), text()).prop_map(|(element, text)| element.with_text(text));
    leaf.prop_recursive(6, 40, 5, |inner| {
        (element(), vec((inner, text()), 0..5)).prop_map(|(element, children)| {
            children
                .into_iter()
                .fold(element, |element, (child, text)| {
                    element.with_child(child).with_text(text)
                })
        })
    })
}

/// Pieces of markup in any order: mostly not well-formed.
pub(crate) fn markup(pieces: Range<usize>) -> impl Strategy<Value = String> {
    vec(proptest::sample::select(PIECES), pieces).prop_map(|pieces| pieces.concat())
}

fn element() -> impl Strategy<Value = Element> {
    (qualified(), vec((qualified(), text()), 0..5)).prop_map(|(name, attributes)| {
        // Within one element a prefix has one namespace and a name occurs once.
        let mut scope = BTreeMap::from([(
            name.prefix().unwrap_or_default().to_owned(),
            name.namespace().to_owned(),
        )]);
        let mut names = Vec::new();
        let mut element = Element::named(name);
        for (name, value) in attributes {
            let name = match name.prefix() {
                None => Name::local_only(name.local().to_owned()),
                Some(prefix) => {
                    let namespace = scope
                        .entry(prefix.to_owned())
                        .or_insert_with(|| name.namespace().to_owned());
                    Name::new(namespace.clone(), name.local().to_owned())
                        .with_prefix(prefix.to_owned())
                }
            };
            if !names.contains(&name) {
                names.push(name.clone());
                element = element.with_qualified_attribute(name, value);
            }
        }
        element
    })
}

/// A name whose prefix and namespace fit each other.
fn qualified() -> impl Strategy<Value = Name> {
    let local = prop_oneof!["[a-c]", "[A-Za-z_é][A-Za-z0-9._é-]{0,8}"];
    let ordinary = (0..NAMESPACES.len(), 0..PREFIXES.len(), local.clone()).prop_map(
        |(namespace, prefix, local)| {
            let prefix = if namespace == 0 { "" } else { PREFIXES[prefix] };
            Name::new(NAMESPACES[namespace], local).with_prefix(prefix)
        },
    );
    let xml = local.prop_map(|local| Name::new(XML_NAMESPACE, local).with_prefix("xml"));
    prop_oneof![20 => ordinary, 1 => xml]
}

/// Legal characters, with a taste for those that need care.
fn text() -> impl Strategy<Value = String> {
    let careful = prop_oneof![
        4 => proptest::sample::select(vec!['&', '<', '>', '"', '\'', '\r', '\n', '\t', ' ', ']', '\u{85}', '\u{2028}']),
        4 => proptest::char::range('a', 'f'),
        1 => any::<char>().prop_filter("legal", |&character| {
            matches!(character, ' '..='\u{FFFD}' | '\u{1_0000}'..)
        }),
    ];
    vec(careful, 0..12).prop_map(String::from_iter)
}

const PIECES: &[&str] = &[
    "<a>",
    "</a>",
    "<a",
    ">",
    "/>",
    "<p:b",
    "</p:b>",
    " xmlns='urn:x'",
    " xmlns:p='urn:y'",
    " xmlns=''",
    " xmlns:p=''",
    " c='1'",
    " p:c='2'",
    "=",
    "'",
    "\"",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a>",
    "<!",
    "&amp;",
    "&#13;",
    "&#0;",
    "&",
    ";",
    "\r\n",
    "\r",
    " ",
    "x",
    "\u{FEFF}",
    "é",
    "\0",
    "<",
];
