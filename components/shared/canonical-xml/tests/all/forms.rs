// SPDX-License-Identifier: Apache-2.0
//! Canonical forms of whole documents, case by case: the rules of Canonical XML 1.0 §2 and the situations of its §3.
//!
//! Situations that need a document type declaration (defaulted attributes, values normalised by type, declared
//! entities) are missing: the reader refuses one.

use canonical_xml::{Canonicalization, Method, Subset, XML_NAMESPACE};

use crate::algorithms::{all, exclusive, form, inclusive, parse, whole};

/// The forms with comments, which agree on these documents: all namespaces are in use where they are declared.
fn check(document: &str, canonical: &str) {
    for how in [inclusive(), exclusive()] {
        assert_eq!(whole(document, &how), canonical, "{}", how.uri());
    }
}

#[test]
fn around_the_root_each_item_has_a_line() {
    let document = "<?xml version=\"1.0\" standalone='yes'?>\n\n<?show   columns=\"2\"  ?>\n <!-- first -->\
                    <!-- second --><ferry>Aura<!-- inside --></ferry>  <?end?>\n\n<!-- last -->\n\n";
    check(
        document,
        "<?show columns=\"2\"  ?>\n<!-- first -->\n<!-- second -->\n<ferry>Aura<!-- inside --></ferry>\n<?end?>\n\
         <!-- last -->",
    );
    for method in [Method::Inclusive, Method::Inclusive11, Method::Exclusive] {
        assert_eq!(
            whole(document, &Canonicalization::new(method)),
            "<?show columns=\"2\"  ?>\n<ferry>Aura</ferry>\n<?end?>"
        );
    }
}

#[test]
fn a_document_of_nothing_but_its_root() {
    for how in all() {
        assert_eq!(whole("<a/>", &how), "<a></a>");
        assert_eq!(whole("\n\n<a></a>\n", &how), "<a></a>");
    }
}

#[test]
fn white_space_in_content_stays_and_in_tags_goes() {
    check(
        "<deck>\n   <cabin  > x  y </cabin\n>\r\n\t<cabin\n/>\n\n<cabin></cabin\t ></deck\r\n>",
        "<deck>\n   <cabin> x  y </cabin>\n\t<cabin></cabin>\n\n<cabin></cabin></deck>",
    );
}

#[test]
fn empty_elements_get_an_end_tag() {
    check(
        "<a><b/><b /><b c='1'/><b></b></a>",
        "<a><b></b><b></b><b c=\"1\"></b><b></b></a>",
    );
}

#[test]
fn declarations_by_prefix_then_attributes_by_namespace_and_local_name() {
    check(
        "<r p:z='1' q:z=\"2\"\n b = '3'   a='4' xmlns:q='http://example.org/a'\n\txmlns:p='http://example.org/b' \
         xmlns='urn:d'\r\nxml:lang='fi' p:y='5' Z='6'/>",
        "<r xmlns=\"urn:d\" xmlns:p=\"http://example.org/b\" xmlns:q=\"http://example.org/a\" Z=\"6\" a=\"4\" b=\"3\" \
         q:z=\"2\" p:y=\"5\" p:z=\"1\" xml:lang=\"fi\"></r>",
    );
}

/// The namespace of `xml:` counts as any other: it sorts behind `http://www.w3.org/2…` and before what begins with `u`.
#[test]
fn xml_attributes_sort_by_their_namespace() {
    check(
        "<r u:a='1' xml:lang='fi' w:a='2' xmlns:u='urn:u' xmlns:w='http://www.w3.org/2000/a'/>",
        "<r xmlns:u=\"urn:u\" xmlns:w=\"http://www.w3.org/2000/a\" w:a=\"2\" xml:lang=\"fi\" u:a=\"1\"></r>",
    );
}

/// U+FFFD sorts before U+10000 by code point, after it by UTF-16 code unit; one name that begins another comes first.
#[test]
fn order_is_by_code_point() {
    check(
        "<r \u{1_0000}='3' \u{FFFD}='2' ab='1' a='0' a-='.'/>",
        "<r a=\"0\" a-=\".\" ab=\"1\" \u{FFFD}=\"2\" \u{1_0000}=\"3\"></r>",
    );
    check(
        "<r xmlns:\u{1_0000}='urn:b' xmlns:\u{FFFD}='urn:a' \u{1_0000}:x='2' \u{FFFD}:x='1'/>",
        "<r xmlns:\u{FFFD}=\"urn:a\" xmlns:\u{1_0000}=\"urn:b\" \u{FFFD}:x=\"1\" \u{1_0000}:x=\"2\"></r>",
    );
}

#[test]
fn characters_that_text_escapes() {
    check(
        "<a>&lt;&#x3C;&#60;>&gt;&amp;&#38;\"&quot;'&apos;\t&#9;&#10;]]&gt;</a>",
        "<a>&lt;&lt;&lt;&gt;&gt;&amp;&amp;\"\"''\t\t\n]]&gt;</a>",
    );
}

#[test]
fn characters_that_values_escape() {
    check(
        "<a b='&lt;>&gt;&amp;\"&quot;&apos;&#39;'/>",
        "<a b=\"&lt;>>&amp;&quot;&quot;''\"></a>",
    );
    check("<a b=\"'>\"></a>", "<a b=\"'>\"></a>");
}

#[test]
fn white_space_in_values_is_normalised_when_literal_and_escaped_when_referenced() {
    check(
        "<a b='\t|\n|\r|\r\n|  ' c='&#9;|&#xA;|&#13;|&#xD;&#xA;|&#32;&#x20;'/>",
        "<a b=\" | | | |  \" c=\"&#x9;|&#xA;|&#xD;|&#xD;&#xA;|  \"></a>",
    );
}

#[test]
fn carriage_returns_stay_only_when_referenced() {
    check(
        "<a>1\r\n2\r3&#13;\n4&#xd;&#xD;&#x0000D;5\n\r</a>",
        "<a>1\n2\n3&#xD;\n4&#xD;&#xD;&#xD;5\n\n</a>",
    );
}

#[test]
fn cdata_becomes_text() {
    check(
        "<a><![CDATA[<b a='1'>&amp;\r\n\"]] ]]>]]&gt;<![CDATA[]]><![CDATA[>]]></a>",
        "<a>&lt;b a='1'&gt;&amp;amp;\n\"]] ]]&gt;&gt;</a>",
    );
}

#[test]
fn instructions_have_one_space_before_their_data() {
    check(
        "<?t   d?><a><?t?><?t ?><?t\n\r\n d  e ?><?t d?e>?><?xml-stylesheet &lt;?></a><?t\td\r?>",
        "<?t d?>\n<a><?t?><?t?><?t d  e ?><?t d?e>?><?xml-stylesheet &lt;?></a>\n<?t d\n?>",
    );
}

#[test]
fn comments_keep_everything_but_line_ends() {
    check(
        "<a><!--\r\n &lt; <b> ]]> \r - --><!----></a>",
        "<a><!--\n &lt; <b> ]]> \n - --><!----></a>",
    );
    // Text around a comment that is left out runs together.
    let without = Canonicalization::new(Method::Inclusive);
    assert_eq!(
        whole("<a>1<!-- x -->2<!-- y --></a>", &without),
        "<a>12</a>"
    );
}

#[test]
fn output_is_utf_8_without_mark_and_declaration() {
    check(
        "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><käyttäjä é='&#xE9;'>&#228;ä&#x1F600;\u{85}\u{2028}\u{FEFF}</käyttäjä>",
        "<käyttäjä é=\"é\">ää\u{1F600}\u{85}\u{2028}\u{FEFF}</käyttäjä>",
    );
    check(
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>&#169;</a>",
        "<a>\u{A9}</a>",
    );
}

#[test]
fn superfluous_declarations_go() {
    let document = "<r xmlns='' xmlns:p='urn:p'><a xmlns=''><p:b xmlns:p='urn:p' xmlns=''><p:c xmlns:p='urn:p'/></p:b></a>\
                    <d xmlns='urn:d'><e xmlns='urn:d'/><f xmlns=''><g xmlns=''/></f></d></r>";
    let rest = "<d xmlns=\"urn:d\"><e></e><f xmlns=\"\"><g></g></f></d></r>";
    assert_eq!(
        whole(document, &inclusive()),
        format!("<r xmlns:p=\"urn:p\"><a><p:b><p:c></p:c></p:b></a>{rest}")
    );
    assert_eq!(
        whole(document, &exclusive()),
        format!("<r><a><p:b xmlns:p=\"urn:p\"><p:c></p:c></p:b></a>{rest}")
    );
}

#[test]
fn the_prefix_xml_is_never_declared() {
    let document = format!("<r xmlns:xml='{XML_NAMESPACE}' xml:lang='fi'><xml:a/></r>");
    for how in all() {
        for how in [how.clone(), how.with_prefix_list("xml")] {
            assert_eq!(
                whole(&document, &how),
                "<r xml:lang=\"fi\"><xml:a></xml:a></r>"
            );
        }
    }
}

#[test]
fn namespaces_are_escaped_like_values() {
    check(
        "<p:a xmlns:p='http://example.org/?a&amp;b&#39;'/>",
        "<p:a xmlns:p=\"http://example.org/?a&amp;b'\"></p:a>",
    );
}

/// A tag that is canonical as written is copied as a whole, beside others that are not.
#[test]
fn tags_that_are_almost_canonical() {
    for (tag, canonical) in [
        ("<a b=\"1\" c=\"2\">", "<a b=\"1\" c=\"2\">"),
        ("<a c=\"2\" b=\"1\">", "<a b=\"1\" c=\"2\">"),
        ("<a b=\"1\"  c=\"2\">", "<a b=\"1\" c=\"2\">"),
        ("<a b=\"1\"\tc=\"2\">", "<a b=\"1\" c=\"2\">"),
        ("<a b=\"1\" c=\"2\" >", "<a b=\"1\" c=\"2\">"),
        ("<a b= \"1\" c=\"2\">", "<a b=\"1\" c=\"2\">"),
        ("<a b=\"1\" c='2'>", "<a b=\"1\" c=\"2\">"),
        ("<a b='\"'>", "<a b=\"&quot;\">"),
        ("<a b=\"&#49;\">", "<a b=\"1\">"),
        ("<a b=\"\n\">", "<a b=\" \">"),
        ("<a b=\"&#10;\">", "<a b=\"&#xA;\">"),
        ("<a b=\"'>\">", "<a b=\"'>\">"),
        ("<a >", "<a>"),
        ("<a\n>", "<a>"),
    ] {
        check(
            &format!("<r>x{tag}y</a>z</r>"),
            &format!("<r>x{canonical}y</a>z</r>"),
        );
    }
}

#[test]
fn a_document_subset_differs_from_its_root_element() {
    let document = parse("<!-- before --><?p?><a/><?q?>");
    assert_eq!(
        form(&Subset::element(document.root()), &inclusive()),
        "<a></a>"
    );
    assert_eq!(
        form(&Subset::document(&document), &inclusive()),
        "<!-- before -->\n<?p?>\n<a></a>\n<?q?>"
    );
}
