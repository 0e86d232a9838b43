// SPDX-License-Identifier: Apache-2.0
//! The canonical form, case by case, and what has none.

use canonical_xml::{
    Base64Text, Element, Name, NoBlob, Pieces, Sink, WriteErrorKind, XML_NAMESPACE,
    XMLNS_NAMESPACE, to_bytes, write,
};

fn text(element: &Element<NoBlob>) -> String {
    String::from_utf8(to_bytes(element).unwrap()).unwrap()
}

fn prefixed(prefix: &'static str, namespace: &'static str, local: &'static str) -> Element<NoBlob> {
    Element::new(namespace, local).with_prefix(prefix)
}

#[test]
fn declarations_stand_where_first_used_and_not_again() {
    let tree = prefixed("p", "urn:a", "r")
        .with_child(prefixed("p", "urn:a", "x"))
        .with_child(prefixed("q", "urn:a", "y").with_child(prefixed("q", "urn:a", "z")))
        .with_child(prefixed("q", "urn:a", "y"));
    assert_eq!(
        text(&tree),
        "<p:r xmlns:p=\"urn:a\"><p:x></p:x><q:y xmlns:q=\"urn:a\"><q:z></q:z></q:y>\
         <q:y xmlns:q=\"urn:a\"></q:y></p:r>"
    );
}

#[test]
fn one_prefix_for_two_namespaces_in_nested_scopes() {
    let tree = prefixed("p", "urn:a", "r")
        .with_child(prefixed("p", "urn:b", "x").with_child(prefixed("p", "urn:a", "y")))
        .with_child(prefixed("p", "urn:a", "z"));
    assert_eq!(
        text(&tree),
        "<p:r xmlns:p=\"urn:a\"><p:x xmlns:p=\"urn:b\"><p:y xmlns:p=\"urn:a\"></p:y></p:x><p:z></p:z></p:r>"
    );
}

#[test]
fn default_namespace_is_undeclared_only_where_it_has_to_be() {
    let none = || Element::new("", "n");
    assert_eq!(text(&none().with_child(none())), "<n><n></n></n>");
    let tree = Element::new("urn:a", "r")
        .with_child(prefixed("p", "urn:b", "x").with_child(none().with_child(none())))
        .with_child(Element::new("urn:a", "s"));
    assert_eq!(
        text(&tree),
        "<r xmlns=\"urn:a\"><p:x xmlns:p=\"urn:b\"><n xmlns=\"\"><n></n></n></p:x><s></s></r>"
    );
}

#[test]
fn declarations_come_by_prefix_then_attributes_by_namespace_and_local_name() {
    let attribute =
        |prefix, namespace, local: &'static str| Name::new(namespace, local).with_prefix(prefix);
    let tree = Element::<NoBlob>::new("urn:d", "r")
        .with_qualified_attribute(attribute("a", "urn:z", "k"), "1")
        .with_qualified_attribute(attribute("b", "urn:y", "m"), "2")
        .with_qualified_attribute(attribute("b", "urn:y", "l"), "3")
        .with_qualified_attribute(attribute("xml", XML_NAMESPACE, "lang"), "fi")
        .with_attribute("zz", "4")
        .with_attribute("Z", "5");
    assert_eq!(
        text(&tree),
        "<r xmlns=\"urn:d\" xmlns:a=\"urn:z\" xmlns:b=\"urn:y\" Z=\"5\" zz=\"4\" xml:lang=\"fi\" b:l=\"3\" b:m=\"2\" \
         a:k=\"1\"></r>"
    );
}

/// libxml2 up to 2.9 leaves the `&` as it is, against Canonical XML 1.0 §2.3; so this is not among the comparisons.
#[test]
fn namespaces_are_escaped_like_attribute_values() {
    let tree = Element::new("urn:a?b&c='d'", "r");
    assert_eq!(text(&tree), "<r xmlns=\"urn:a?b&amp;c='d'\"></r>");
}

/// U+FFFD sorts before U+10000 by code point, after it by UTF-16 code unit.
#[test]
fn attributes_sort_by_code_point() {
    let tree = Element::<NoBlob>::new("", "r")
        .with_attribute("\u{1_0000}", "2")
        .with_attribute("\u{FFFD}", "1");
    assert_eq!(text(&tree), "<r \u{FFFD}=\"1\" \u{1_0000}=\"2\"></r>");
}

#[test]
fn blobs_stand_where_they_were_put_and_are_not_looked_at() {
    let tree: Element<Vec<u8>> = Element::new("urn:a", "r")
        .with_text("<")
        .with_base64(Base64Text::promise(b"QUJD".to_vec()))
        .with_child(Element::new("urn:a", "s").with_base64(Base64Text::promise(b"REVG".to_vec())));
    assert_eq!(
        to_bytes(&tree).unwrap(),
        b"<r xmlns=\"urn:a\">&lt;QUJD<s>REVG</s></r>"
    );
}

#[test]
fn a_sink_gets_the_blob_itself() {
    #[derive(Default)]
    struct Seen {
        pieces: Pieces,
        blobs: Vec<(usize, u32)>,
    }
    impl Sink<u32> for Seen {
        fn markup(&mut self) -> &mut Pieces {
            &mut self.pieces
        }
        fn blob(&mut self, blob: &u32) {
            self.blobs.push((self.pieces.len(), *blob));
        }
    }
    let leaf = |handle| Element::new("", "x").with_base64(Base64Text::promise(handle));
    let mut seen = Seen::default();
    write(
        &Element::new("", "r")
            .with_child(leaf(7))
            .with_child(leaf(9)),
        &mut seen,
    )
    .unwrap();
    assert_eq!(seen.pieces.as_slice(), b"<r><x></x><x></x></r>");
    // Each behind the start tag of its element.
    assert_eq!(seen.blobs, [(6, 7), (13, 9)]);
}

#[test]
fn what_has_no_canonical_form() {
    use WriteErrorKind::*;
    let r = || Element::<NoBlob>::new("", "r");
    let name =
        |namespace, local: &'static str, prefix| Name::new(namespace, local).with_prefix(prefix);
    #[rustfmt::skip]
    let cases = [
        (r().with_text("\0"), IllegalCharacterInText),
        (r().with_text("\u{FFFE}"), IllegalCharacterInText),
        (r().with_text("twenty.letters.and.\u{FFFE}"), IllegalCharacterInText),
        (r().with_text("\u{FFFE}twenty.letters.and."), IllegalCharacterInText),
        (r().with_attribute("a", "\u{1}"), IllegalCharacterInValue),
        (r().with_attribute("a", "twenty.letters.and.\u{FFFE}"), IllegalCharacterInValue),
        (r().with_attribute("a", "\u{FFFF}twenty.letters.and."), IllegalCharacterInValue),
        (Element::new("", "1"), IllegalName),
        (Element::new("", ""), IllegalName),
        (Element::new("urn:a", "p:r"), IllegalName),
        (prefixed("p q", "urn:a", "r"), IllegalName),
        (r().with_attribute("a b", ""), IllegalName),
        (r().with_attribute("a:b", ""), IllegalName),
        (Element::new("relative", "r"), IllegalNamespace),
        (Element::new("urn:\0", "r"), IllegalNamespace),
        (r().with_qualified_attribute(Name::new("urn:a", "a"), ""), AttributeWithoutPrefix),
        (prefixed("p", "", "r"), PrefixWithoutNamespace),
        (r().with_qualified_attribute(name("", "a", "p"), ""), PrefixWithoutNamespace),
        (prefixed("p", "urn:a", "r").with_qualified_attribute(name("urn:b", "a", "p"), ""), PrefixContradiction),
        (prefixed("xml", "urn:a", "r"), ReservedPrefix),
        (prefixed("p", XML_NAMESPACE, "r"), ReservedPrefix),
        (Element::new(XML_NAMESPACE, "r"), ReservedPrefix),
        (prefixed("xmlns", XMLNS_NAMESPACE, "r"), ReservedPrefix),
        (prefixed("p", XMLNS_NAMESPACE, "r"), ReservedPrefix),
        (r().with_attribute("xmlns", "urn:a"), ReservedPrefix),
        (r().with_qualified_attribute(Name::new(XML_NAMESPACE, "lang"), ""), ReservedPrefix),
        (r().with_qualified_attribute(name(XMLNS_NAMESPACE, "a", "xmlns"), "urn:a"), ReservedPrefix),
        (r().with_attribute("a", "1").with_attribute("a", "2"), DuplicateAttribute),
        (r().with_qualified_attribute(name("urn:a", "a", "p"), "").with_qualified_attribute(name("urn:a", "a", "q"), ""), DuplicateAttribute),
    ];
    for (tree, kind) in cases {
        assert_eq!(to_bytes(&tree).unwrap_err().kind, kind, "{tree:?}");
    }
}

#[test]
fn an_error_tells_the_way_to_the_element() {
    let upload = || Element::<NoBlob>::new("", "Upload");
    let body = Element::new("", "Body")
        .with_child(upload())
        .with_child(upload().with_child(Element::new("", "Content").with_text("\0secret")));
    let error = to_bytes(&Element::new("", "Envelope").with_child(body)).unwrap_err();
    assert_eq!(error.path, "/Envelope/Body/Upload[2]/Content");
    assert!(!error.to_string().contains("secret"));
}

/// A QName in a value needs a declaration that no name needs.
#[test]
fn declarations_that_were_asked_for_are_written() {
    let element = |prefix: &str, namespace: &str| {
        Element::<NoBlob>::new("urn:a", "r")
            .with_declaration(prefix, namespace)
            .with_attribute("type", "p:t")
    };
    let written = String::from_utf8(to_bytes(&element("p", "urn:p")).unwrap()).unwrap();
    assert_eq!(
        written,
        r#"<r xmlns="urn:a" xmlns:p="urn:p" type="p:t"></r>"#
    );
    let again = Element::new("urn:a", "o")
        .with_prefix("p")
        .with_child(element("p", "urn:p"));
    let written = String::from_utf8(to_bytes(&again).unwrap()).unwrap();
    assert_eq!(
        written,
        r#"<p:o xmlns:p="urn:a"><r xmlns="urn:a" xmlns:p="urn:p" type="p:t"></r></p:o>"#
    );
    for (prefix, namespace, kind) in [
        ("", "urn:p", WriteErrorKind::IllegalName),
        ("a b", "urn:p", WriteErrorKind::IllegalName),
        ("p", "", WriteErrorKind::PrefixWithoutNamespace),
        ("xml", "urn:p", WriteErrorKind::ReservedPrefix),
        ("p", XMLNS_NAMESPACE, WriteErrorKind::ReservedPrefix),
        ("p", "relative", WriteErrorKind::IllegalNamespace),
    ] {
        let refused = to_bytes(&element(prefix, namespace)).unwrap_err();
        assert_eq!(refused.kind, kind, "{prefix} {namespace}");
    }
}
