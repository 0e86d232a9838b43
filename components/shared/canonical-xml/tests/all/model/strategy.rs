// SPDX-License-Identifier: Apache-2.0
//! Arbitrary models.

use canonical_xml::XML_NAMESPACE;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Aside, Attribute, Bindings, Content, Element, Model, attribute_namespace, in_scope};

/// Few prefixes and namespaces, so that scopes collide.
const PREFIXES: [&str; 4] = ["", "p", "q", "é"];
const NAMESPACES: [&str; 5] = ["", "urn:a", "urn:b", "http://www.z.example/", "a:?b='2'"];
const LOCALS: [&str; 6] = ["a", "b", "c", "B", "ä", "a-"];
const XML_LOCALS: [&str; 4] = ["lang", "space", "base", "other"];

const PROLOGUES: [&str; 5] = [
    "",
    "\u{FEFF}",
    "\n\r\n ",
    "<?xml version='1.0'?>\n",
    "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='no' ?>\r\n",
];

const TEXTS: &[&str] = &[
    "x",
    "y z",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    ">",
    "]]",
    "]",
    "\"",
    "'",
    "é",
    "\u{1F600}",
    "\u{85}",
    "-",
    "?",
    "=",
];

const REFERENCES: &[&str] = &[
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#xD;",
    "&#xd;",
    "&#10;",
    "&#x0009;",
    "&#32;",
    "&#x41;",
    "&#228;",
    "&#x1F600;",
    "&#93;",
];

/// A carriage return has something behind it that is no line feed: together they would be one line end.
const VALUES: &[&str] = &[
    "1", "ab", " ", "\t", "\n", "\r\n", "\r-", ">", "\"", "'", "é",
];

/// Well-formed documents with all that a reader takes.
pub(crate) fn model() -> impl Strategy<Value = Model> {
    let asides = || vec(aside(), 0..3);
    (select(&PROLOGUES[..]), asides(), element(), asides()).prop_map(
        |(prologue, before, mut root, after)| {
            repair(&mut root, &Bindings::new());
            Model {
                prologue,
                before,
                root,
                after,
            }
        },
    )
}

fn element() -> impl Strategy<Value = Element> {
    let leaf = (shell(), vec(content(), 0..4)).prop_map(|(shell, content)| with(shell, content));
    leaf.prop_recursive(5, 24, 4, |inner| {
        let child = inner.prop_map(Content::Element);
        let inside = vec(prop_oneof![3 => child, 2 => content()], 0..6);
        (shell(), inside).prop_map(|(shell, content)| with(shell, content))
    })
}

fn with(shell: Element, content: Vec<Content>) -> Element {
    Element { content, ..shell }
}

/// An element without content, perhaps with prefixes that are bound nowhere and attributes that are there twice.
fn shell() -> impl Strategy<Value = Element> {
    let declaration = prop_oneof![
        12 => (select(&PREFIXES[..]), select(&NAMESPACES[..])),
        1 => Just(("xml", XML_NAMESPACE)),
    ];
    let declarations = vec(declaration, 0..3);
    let name = (select(&PREFIXES[..]), select(&LOCALS[..]));
    (name, declarations, vec(attribute(), 0..4), any::<u16>()).prop_map(
        |((prefix, local), declarations, attributes, manner)| Element {
            prefix: prefix.to_owned(),
            local: local.to_owned(),
            declarations: declarations
                .into_iter()
                .map(|(prefix, namespace)| (prefix.to_owned(), namespace.to_owned()))
                .collect(),
            attributes,
            content: Vec::new(),
            manner,
        },
    )
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let name = prop_oneof![
        4 => (Just(""), select(&LOCALS[..])),
        4 => (select(&PREFIXES[..]), select(&LOCALS[..])),
        3 => (Just("xml"), select(&XML_LOCALS[..])),
    ];
    let value = prop_oneof![4 => select(VALUES), 1 => select(REFERENCES)];
    (name, vec(value, 0..4)).prop_map(|((prefix, local), value)| Attribute {
        prefix: prefix.to_owned(),
        local: local.to_owned(),
        value,
    })
}

fn content() -> impl Strategy<Value = Content> {
    let text = || vec(select(TEXTS), 0..5).prop_map(|texts| texts.concat());
    prop_oneof![
        4 => text().prop_map(Content::Text),
        2 => select(REFERENCES).prop_map(Content::Reference),
        1 => text().prop_map(|text| Content::Cdata(text.replace("]]>", "&]>") + "<&")),
        1 => aside().prop_map(Content::Aside),
    ]
}

fn aside() -> impl Strategy<Value = Aside> {
    let text = || vec(select(TEXTS), 0..4).prop_map(|texts| texts.concat());
    let target = select(vec!["t", "t-1", "ä"]);
    prop_oneof![
        text().prop_map(|text| Aside::Comment(text.replace('-', "&<"))),
        (target, text()).prop_map(|(target, text)| Aside::Instruction {
            target: target.to_owned(),
            data: text
                .replace("?>", "<&")
                .trim_start_matches([' ', '\t', '\r', '\n'])
                .to_owned(),
        }),
    ]
}

/// Makes a well-formed element of one that may not be: binds prefixes that are not, drops what is there twice, and joins
/// texts that touch.
fn repair(element: &mut Element, outer: &Bindings) {
    let mut declared = Vec::new();
    element.declarations.retain(|(prefix, namespace)| {
        let is_first = !declared.contains(prefix);
        declared.push(prefix.clone());
        is_first && (prefix.is_empty() || !namespace.is_empty())
    });
    let mut scope = in_scope(outer, element);
    let attributes = element.attributes.iter();
    let used: Vec<_> = attributes
        .map(|attribute| attribute.prefix.clone())
        .chain([element.prefix.clone()])
        .collect();
    for prefix in used {
        if !matches!(prefix.as_str(), "" | "xml") && !scope.contains_key(&prefix) {
            element.declarations.push((prefix, "urn:a".to_owned()));
            scope = in_scope(outer, element);
        }
    }
    let mut names = Vec::new();
    element.attributes.retain(|attribute| {
        let namespace = attribute_namespace(&scope, &attribute.prefix);
        let name = (namespace, attribute.local.clone());
        let is_first = !names.contains(&name);
        names.push(name);
        is_first
    });
    let mut content: Vec<Content> = Vec::new();
    for item in element.content.drain(..) {
        match (content.last_mut(), item) {
            (Some(Content::Text(last)), Content::Text(text)) => last.push_str(&text),
            (_, item) => content.push(item),
        }
    }
    for item in &mut content {
        match item {
            Content::Text(text) => *text = text.replace("]]>", "]] >"),
            Content::Element(child) => repair(child, &scope),
            _ => {}
        }
    }
    element.content = content;
}
