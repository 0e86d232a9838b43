// SPDX-License-Identifier: Apache-2.0
//! What holds for every tree and every input.

use canonical_xml::{Document, Element, ElementRef, Limits, Node, to_bytes};
use proptest::prelude::*;

use crate::generate::{markup, tree};

/// Whether what was read is what was built: names, attributes in any order, texts and elements.
fn agree(built: &Element, found: ElementRef<'_>) -> bool {
    let name = built.name();
    let texts = built.nodes().iter().filter_map(|node| match node {
        Node::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let has = |attribute: &canonical_xml::Attribute| {
        let name = attribute.name();
        found.attribute(name.namespace(), name.local()).as_deref() == Some(attribute.value())
    };
    let (mut children, mut elements) = (built.children(), found.children());
    found.is(name.namespace(), name.local())
        && found.attributes().len() == built.attributes().len()
        && built.attributes().iter().all(has)
        && found.text().to_str().unwrap() == texts.collect::<String>()
        && loop {
            match (children.next(), elements.next()) {
                (Some(built), Some(found)) if agree(built, found) => {}
                (None, None) => break true,
                _ => break false,
            }
        }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(tree in tree()) {
        let bytes = to_bytes(&tree).unwrap();
        let document = Document::parse(&bytes, &Limits::default()).unwrap();
        prop_assert!(agree(&tree, document.root()));
        prop_assert_eq!(document.root().markup().unwrap().unwrap().into_bytes(), bytes);
    }

    /// What exclusive canonicalisation is for: a subtree has one form, whatever stands around it.
    #[test]
    fn a_subtree_found_in_a_document_has_the_bytes_it_has_alone(tree in tree()) {
        let bytes = to_bytes(&tree).unwrap();
        let document = Document::parse(&bytes, &Limits::default()).unwrap();
        for (built, found) in tree.descendants().zip(document.root().descendants()) {
            prop_assert_eq!(to_bytes(built).unwrap(), found.markup().unwrap().unwrap().into_bytes());
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&bytes, &Limits::default());
    }

    /// Closer to XML, so that it gets past the first byte. What is accepted has a canonical form that is accepted too,
    /// unless a namespace is relative.
    #[test]
    fn arbitrary_markup_does_not_panic(text in markup(0..20)) {
        if let Ok(document) = Document::parse(text.as_bytes(), &Limits::default())
            && let Ok(form) = document.root().markup()
        {
            let form = form.unwrap();
            let again = Document::parse(form.as_bytes(), &Limits::default()).unwrap();
            prop_assert_eq!(again.root().markup().unwrap().unwrap(), form);
        }
    }

    #[test]
    fn damaged_documents_do_not_panic(tree in tree(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = to_bytes(&tree).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Document::parse(&bytes, &Limits::default());
        let _ = Document::parse(&bytes[..at], &Limits::default());
    }
}
