// SPDX-License-Identifier: Apache-2.0
//! Elements, attributes and texts as views of a document.

use canonical_xml::{Document, Limits, Piece, Position, XML_NAMESPACE};

use crate::algorithms::{at, parse};

const ORDER: &str = "<?xml version='1.0'?>\r\n<!-- before -->\n<o:order xmlns:o='urn:o' xmlns='urn:d' o:id='7' id='8' \
                     xml:lang='fi'>\n <item n=\"1\">Kahvi &amp; <b xmlns=''>pulla</b></item><item/>\n <o:item \
                     xmlns:o='urn:o2'><deep><deeper/></deep></o:item>\n<note><!-- none --></note></o:order>\n";

#[test]
fn names() {
    let document = parse(ORDER);
    let root = document.root();
    assert_eq!(
        (root.namespace(), root.local(), root.prefix()),
        ("urn:o", "order", "o")
    );
    assert!(root.is("urn:o", "order"));
    assert!(!root.is("urn:d", "order") && !root.is("urn:o", "o:order") && !root.is("", "order"));
    let names: Vec<_> = document
        .elements()
        .map(|element| format!("{} {element:?}", element.prefix()))
        .collect();
    assert_eq!(
        names,
        [
            "o <{urn:o}order>",
            " <{urn:d}item>",
            " <{}b>",
            " <{urn:d}item>",
            "o <{urn:o2}item>",
            " <{urn:d}deep>",
            " <{urn:d}deeper>",
            " <{urn:d}note>"
        ]
    );
    assert_eq!(document.element_count(), names.len());
}

#[test]
fn relatives() {
    let document = parse(ORDER);
    let all: Vec<_> = document.elements().collect();
    let [root, item, b, empty, other, deep, deeper, note] = all[..] else {
        panic!("eight elements");
    };
    assert_eq!(root, document.root());
    assert!(root.children().eq([item, empty, other, note]));
    assert!(item.children().eq([b]));
    assert_eq!(empty.children().next(), None);
    assert!(root.descendants().eq(all[1..].iter().copied()));
    assert!(other.descendants().eq([deep, deeper]));
    assert_eq!(note.descendants().next(), None);
    let parents = [
        None,
        Some(root),
        Some(item),
        Some(root),
        Some(root),
        Some(other),
        Some(deep),
        Some(root),
    ];
    assert!(all.iter().map(|element| element.parent()).eq(parents));
    for one in &all {
        for two in &all {
            let is_below = one.descendants().any(|below| below == *two);
            assert_eq!(one.contains(*two), is_below, "{one:?} {two:?}");
        }
    }
}

/// The same place in another document, even an equal one, is another element.
#[test]
fn elements_of_two_documents_differ() {
    let (one, two) = (parse(ORDER), parse(ORDER));
    assert_ne!(one.root(), two.root());
    assert_eq!(one.root(), one.elements().next().unwrap());
    let below = two.root().children().next().unwrap();
    assert!(two.root().contains(below) && !one.root().contains(below));
}

#[test]
fn attributes_by_namespace() {
    let document = parse(ORDER);
    let root = document.root();
    assert_eq!(root.attribute("", "id").as_deref(), Some("8"));
    assert_eq!(root.attribute("urn:o", "id").as_deref(), Some("7"));
    assert_eq!(root.attribute(XML_NAMESPACE, "lang").as_deref(), Some("fi"));
    for (namespace, local) in [
        // A default namespace is not one of attributes.
        ("urn:d", "id"),
        ("", "lang"),
        ("", "xmlns"),
        ("", "o:id"),
        ("urn:o", "o"),
        ("http://www.w3.org/2000/xmlns/", "o"),
    ] {
        assert_eq!(root.attribute(namespace, local), None, "{local}");
    }
    let attributes: Vec<_> = root
        .attributes()
        .map(|attribute| {
            let names = (attribute.namespace(), attribute.local(), attribute.prefix());
            (names, attribute.value().into_owned())
        })
        .collect();
    assert_eq!(
        attributes,
        [
            (("urn:o", "id", "o"), "7".to_owned()),
            (("", "id", ""), "8".to_owned()),
            ((XML_NAMESPACE, "lang", "xml"), "fi".to_owned())
        ]
    );
    assert_eq!(root.attributes().len(), 3);
}

#[test]
fn values_are_unescaped_and_normalised() {
    let document = parse("<a b=' x\r\n\ty&#10;&lt;&quot;&#x1F600;' c='' d=\"&apos;'\"/>");
    let value = |local| document.root().attribute("", local).unwrap();
    assert_eq!(value("b"), " x  y\n<\"\u{1F600}");
    assert_eq!(value("c"), "");
    assert_eq!(value("d"), "''");
}

#[test]
fn prefixes_in_scope() {
    let document = parse(ORDER);
    let (root, b, deeper) = (
        document.root(),
        at(&document, "/order/item/b"),
        at(&document, "/order/item/deep/deeper"),
    );
    assert_eq!(root.resolve_prefix("o"), Some("urn:o"));
    assert_eq!(root.resolve_prefix(""), Some("urn:d"));
    assert_eq!(root.resolve_prefix("xml"), Some(XML_NAMESPACE));
    assert_eq!(root.resolve_prefix("p"), None);
    assert_eq!(b.resolve_prefix(""), Some(""));
    assert_eq!(b.resolve_prefix("o"), Some("urn:o"));
    assert_eq!(deeper.resolve_prefix("o"), Some("urn:o2"));
    assert_eq!(parse("<a/>").root().resolve_prefix(""), Some(""));
    assert_eq!(deeper.resolve_qname("\to:x\n"), Some(("urn:o2", "x")));
    assert_eq!(deeper.resolve_qname("x"), Some(("urn:d", "x")));
    for unresolved in ["p:x", "o:", ":x", "o:x:y", "", "1", "x y", "\u{A0}x"] {
        assert_eq!(deeper.resolve_qname(unresolved), None, "{unresolved}");
    }
}

#[test]
fn spans_are_the_bytes_with_the_tags() {
    let marked = format!("\u{FEFF}{ORDER}");
    for (source, mark) in [(ORDER, 0), (&marked, 3)] {
        let document = parse(source);
        let bytes = |path| {
            let span = at(&document, path).span();
            let start = usize::try_from(span.start).unwrap();
            &source[start..usize::try_from(span.end).unwrap()]
        };
        assert_eq!(
            bytes("/order/{urn:d}item[1]"),
            "<item n=\"1\">Kahvi &amp; <b xmlns=''>pulla</b></item>"
        );
        assert_eq!(bytes("/order/{urn:d}item[2]"), "<item/>");
        assert_eq!(bytes("/order/item/deep"), "<deep><deeper/></deep>");
        let content = |path| {
            at(&document, path).content_span().map(|span| {
                let (start, end) = (span.start as usize, span.end as usize);
                &source[start..end]
            })
        };
        assert_eq!(content("/order/item/deep"), Some("<deeper/>"));
        assert_eq!(content("/order/note"), Some("<!-- none -->"));
        assert_eq!(content("/order/{urn:d}item[2]"), None);
        let root = bytes("/order");
        assert!(root.starts_with("<o:order ") && root.ends_with("</o:order>"));
        let start = ORDER.find("<o:order").unwrap() as u64 + mark;
        assert_eq!(document.root().span().start, start);
    }
}

#[test]
fn positions_are_those_of_start_tags() {
    let document = parse(ORDER);
    let position = |path| at(&document, path).position();
    assert_eq!(position("/order"), Position { line: 3, column: 1 });
    assert_eq!(
        position("/order/item/b"),
        Position {
            line: 4,
            column: 26
        }
    );
    assert_eq!(position("/order/note"), Position { line: 6, column: 1 });
}

/// Pieces of the text of the root, with bars between.
fn pieces(document: &str) -> String {
    let document = parse(document);
    let pieces: Vec<_> = document
        .root()
        .text()
        .pieces()
        .map(|piece| match piece {
            Piece::Str(text) => text.into_owned(),
            Piece::Source(_) => panic!("all is in memory"),
        })
        .collect();
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    let whole = document.root().text().to_str().unwrap();
    assert_eq!(pieces.concat(), whole);
    pieces.join("|")
}

#[test]
fn text_in_pieces() {
    for (inside, expected) in [
        ("", ""),
        ("x", "x"),
        ("x<b>no</b>y<b/>z", "x|y|z"),
        ("<b/>x", "x"),
        ("x<!-- no -->y<?no no?>z", "x|y|z"),
        ("<!-- no --><?no?><b>no</b>", ""),
        ("x&amp;&#x1F600;y", "x|&|\u{1F600}|y"),
        ("<![CDATA[<b>&amp;\r\n</b>]]>", "<b>&amp;\n</b>"),
        ("<![CDATA[]]>x<![CDATA[]]>", "x"),
        ("x<![CDATA[y]]>z", "x|y|z"),
        ("a\r\nb\rc\n>", "a\nb\nc\n>"),
        ("&#13;\r&#10;", "\r|\n|\n"),
        ("<b>&lt;<!-- no --></b>", ""),
    ] {
        assert_eq!(pieces(&format!("<a>{inside}</a>")), expected, "{inside}");
    }
    assert_eq!(pieces("<a/>"), "");
}

#[test]
fn blank_text() {
    for (inside, is_blank) in [
        ("", true),
        (" \r\n\t", true),
        (" <b>x</b>\n<!-- x --><?x?>", true),
        ("&#32;&#xA;<![CDATA[ ]]>", true),
        ("x", false),
        ("<![CDATA[x]]>", false),
        (" &lt; ", false),
        // White space of Unicode, but not of XML.
        ("\u{A0}", false),
        ("\u{2028}", false),
    ] {
        let source = format!("<a>{inside}</a>");
        let document = parse(&source);
        assert_eq!(document.root().text().is_blank(), is_blank, "{inside}");
    }
}

#[test]
fn comments_and_instructions_directly_inside() {
    for (inside, expected) in [
        ("", false),
        ("x&amp;\r<![CDATA[<!-- -->]]>", false),
        ("<b><!-- --><?p?></b>", false),
        ("<b/><!---->", true),
        ("x<?p?>y", true),
        ("<b><!-- --></b><?p?>", true),
    ] {
        let source = format!("<!-- --><?p?><a>{inside}</a><?p?>");
        let document = parse(&source);
        let found = document.root().has_comment_or_instruction();
        assert_eq!(found, expected, "{inside}");
    }
}

#[test]
fn places_found_in_one_pass_are_those_of_the_elements() {
    let document = parse(ORDER);
    let found: Vec<_> = document.positioned().collect();
    assert_eq!(found.len(), document.element_count());
    for (element, position) in found {
        assert_eq!(position, element.position(), "{element:?}");
    }
}

#[test]
fn debug_shows_no_content() {
    const SECRET: &str = "131052-308T";
    let source = format!("<a b='{SECRET}'>{SECRET}<!--{SECRET}--></a>");
    let document = Document::parse(source.as_bytes(), &Limits::default()).unwrap();
    let root = document.root();
    let attribute = root.attributes().next().unwrap();
    let piece = root.text().pieces().next().unwrap();
    let shown = format!(
        "{document:?} {root:?} {attribute:?} {:?} {piece:?}",
        root.text()
    );
    assert!(!shown.contains(SECRET), "{shown}");
    assert_eq!(
        shown,
        "Document(1 elements, 52 bytes in memory) <{}a> {}b Text of <{}a> Str(11 bytes)"
    );
}
