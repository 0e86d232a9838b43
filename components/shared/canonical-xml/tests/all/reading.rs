// SPDX-License-Identifier: Apache-2.0
//! What is accepted, as what, and what is refused, why and where.

use canonical_xml::{Document, Limits, ReadErrorKind};

use crate::algorithms::parse;

/// Kind, line and column of the refusal.
fn refusal(document: &[u8]) -> (ReadErrorKind, u32, u32) {
    let error = Document::parse(document, &Limits::default()).unwrap_err();
    (error.kind, error.line, error.column)
}

#[test]
fn a_document_with_everything_allowed() {
    let document = parse(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<!-- - --><?style a?>\n\
         <p:r xmlns:p=\"urn:a\" a = '1'\tp:b=\"2\" ><s xmlns=\"urn:d\">x</s ><!----><t/></p:r >\n<!-- end --><?pi?>\n",
    );
    let root = document.root();
    assert!(root.is("urn:a", "r"));
    assert_eq!(root.prefix(), "p");
    assert_eq!(root.attribute("", "a").as_deref(), Some("1"));
    assert_eq!(root.attribute("", "b"), None);
    assert_eq!(root.attribute("urn:a", "b").as_deref(), Some("2"));
    let children: Vec<_> = root.children().collect();
    let [s, t] = children[..] else {
        panic!("two children");
    };
    assert!(s.is("urn:d", "s") && t.is("", "t"));
    assert_eq!(s.text().to_str().unwrap(), "x");
    assert_eq!(t.prefix(), "");
}

#[test]
fn text_is_joined_and_line_ends_normalised_once() {
    let document =
        parse("<a>1\r\n2\r3\n4&#13;&#13;&#10;<![CDATA[<&\r\n>]]><!-- c -->&amp;<?p?>&#x41;\r</a>");
    let text = document.root().text().to_str().unwrap();
    assert_eq!(text, "1\n2\n3\n4\r\r\n<&\n>&A\n");
}

#[test]
fn errors_show_no_content() {
    for document in [
        "<a b='131052-308T<'/>",
        "<a>131052-308T</b>",
        "<a>&131052-308T;</a>",
        "<a>131052-308T",
    ] {
        let error = Document::parse(document.as_bytes(), &Limits::default()).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("131052"),
            "{document}"
        );
    }
}

#[test]
fn an_error_says_what_and_where() {
    let error = Document::parse(b"<a>\n  <b c='x<'/></a>", &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 6: `<` in an attribute value; it must be written as &lt;"
    );
}

#[test]
fn documents_refused() {
    use ReadErrorKind::*;
    #[rustfmt::skip]
    let rows = [
        ("", NoRoot, 1, 1),
        (" \n", NoRoot, 2, 1),
        ("<!-- only -->", NoRoot, 1, 14),
        ("<a/><b/>", SecondRoot, 1, 5),
        ("<a></a>\n<a>", SecondRoot, 2, 1),
        ("x<a/>", TextOutsideRoot, 1, 1),
        ("<a/> x", TextOutsideRoot, 1, 6),
        ("<a/>&amp;", TextOutsideRoot, 1, 5),
        ("<a/>&#32;", TextOutsideRoot, 1, 5),
        ("<a/><![CDATA[]]>", TextOutsideRoot, 1, 5),
        ("\u{FEFF}\u{FEFF}<a/>", TextOutsideRoot, 1, 1),
        ("<a/>\u{FEFF}", TextOutsideRoot, 1, 5),
        ("\u{A0}<a/>", TextOutsideRoot, 1, 1),
        ("<a>", UnclosedElement, 1, 4),
        ("<a><b></b>", UnclosedElement, 1, 11),
        ("<a", UnclosedMarkup, 1, 1),
        ("<a b='", UnclosedMarkup, 1, 1),
        ("<a><!-- ", UnclosedMarkup, 1, 4),
        ("<a><![CDATA[ ]]", UnclosedMarkup, 1, 4),
        ("<a><?p ", UnclosedMarkup, 1, 4),
        ("<a></b>", MismatchedEndTag, 1, 4),
        ("<a></a b=''>", MismatchedEndTag, 1, 4),
        ("<a></ a>", MismatchedEndTag, 1, 4),
        ("<p:a xmlns:p='urn:a' xmlns:q='urn:a'></q:a>", MismatchedEndTag, 1, 38),
        ("</a>", MismatchedEndTag, 1, 1),
        ("<a/></a>", MismatchedEndTag, 1, 5),
        ("<a b='' b=''/>", DuplicateAttribute, 1, 9),
        ("<a xmlns:p='urn:a' xmlns:q='urn:a' p:b='' q:b=''/>", DuplicateAttribute, 1, 43),
        ("<a xmlns='urn:a' xmlns='urn:a'/>", DuplicateAttribute, 1, 18),
        ("<a b='<'/>", LessThanInAttribute, 1, 4),
        ("<a b='&'/>", BareAmpersand, 1, 4),
        ("<a>&</a>", BareAmpersand, 1, 4),
        ("<a>& b;</a>", UnknownEntity, 1, 4),
        ("<a>&nbsp;</a>", UnknownEntity, 1, 4),
        ("<a b='&nbsp;'/>", UnknownEntity, 1, 4),
        ("<a>&#;</a>", UnknownEntity, 1, 4),
        ("<a>&#+65;</a>", UnknownEntity, 1, 4),
        ("<a>&#X41;</a>", UnknownEntity, 1, 4),
        ("<a>&#0;</a>", IllegalReference, 1, 4),
        ("<a>&#xFFFE;</a>", IllegalReference, 1, 4),
        ("<a>&#xD800;</a>", IllegalReference, 1, 4),
        ("<a b='&#x110000;'/>", IllegalReference, 1, 4),
        ("<a>\0</a>", IllegalCharacter, 1, 4),
        ("<a>\u{1F}</a>", IllegalCharacter, 1, 4),
        ("<a>\u{FFFF}</a>", IllegalCharacter, 1, 4),
        ("<a b='\u{B}'/>", IllegalCharacter, 1, 7),
        ("<!--\u{8}--><a/>", IllegalCharacter, 1, 5),
        ("<a>]]></a>", CdataEndInText, 1, 4),
        ("<a>x]]]></a>", CdataEndInText, 1, 6),
        ("<!-- -- --><a/>", DoubleHyphenInComment, 1, 1),
        ("<a><!-- ---></a>", DoubleHyphenInComment, 1, 4),
        ("<a><!ELEMENT a ANY></a>", UnknownMarkup, 1, 4),
        ("<a><![cdata[]]></a>", UnknownMarkup, 1, 4),
        ("<!DOCTYPE a><a/>", DocumentType, 1, 1),
        ("<!doctype a><a/>", DocumentType, 1, 1),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", DocumentType, 1, 1),
        ("<!DOCTYPE", DocumentType, 1, 1),
        ("<a><!DOCTYPE a></a>", DocumentType, 1, 4),
        ("<a/><!DOCTYPE a>", DocumentType, 1, 5),
        (" <?xml version='1.0'?><a/>", LateDeclaration, 1, 2),
        ("<a><?xml version='1.0'?></a>", LateDeclaration, 1, 4),
        ("<?xml version='1.0'?><?xml version='1.0'?><a/>", LateDeclaration, 1, 22),
        ("<?xml?><a/>", MalformedDeclaration, 1, 1),
        ("<?xml version='2.0'?><a/>", UnsupportedVersion, 1, 1),
        ("<?xml version='1.0' encoding='US-ASCII'?><a>ä</a>", NotAscii, 1, 45),
        ("<?xml version='1.0' encoding='iso-8859-99'?><a/>", UnknownEncoding, 1, 1),
        ("<?xml version='1.0' encoding='EBCDIC-CP-FI'?><a/>", UnsupportedEncoding, 1, 1),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>", ContradictoryEncoding, 1, 1),
        ("<?XML version='1.0'?><a/>", ReservedTarget, 1, 1),
        ("<?a:b?><a/>", MalformedName, 1, 1),
        ("<??><a/>", MalformedName, 1, 1),
        ("<?1?><a/>", MalformedName, 1, 1),
        ("< a/>", MalformedName, 1, 2),
        ("<>", MalformedName, 1, 2),
        ("<1a/>", MalformedName, 1, 2),
        ("<a:b:c xmlns:a='urn:a'/>", MalformedName, 1, 2),
        ("<:a/>", MalformedName, 1, 2),
        ("<a/b>", MalformedName, 1, 2),
        ("<a a:b:c=''/>", MalformedName, 1, 4),
        ("<a xmlns:='urn:a'/>", MalformedName, 1, 4),
        ("<a b='1'c='2'/>", MissingWhiteSpace, 1, 9),
        ("<a b=c/>", MalformedAttribute, 1, 4),
        ("<a b/>", MalformedAttribute, 1, 4),
        ("<a / >", MalformedAttribute, 1, 4),
        ("<p:a/>", UnboundPrefix, 1, 2),
        ("<a p:b=''/>", UnboundPrefix, 1, 4),
        ("<a><b xmlns:p='urn:a'/><p:c/></a>", UnboundPrefix, 1, 25),
        ("<a xmlns:p=''/>", NamespaceMisuse, 1, 4),
        ("<a xmlns:xml='urn:a'/>", NamespaceMisuse, 1, 4),
        ("<a xmlns:xmlns='urn:a'/>", NamespaceMisuse, 1, 4),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", NamespaceMisuse, 1, 4),
        ("<a xmlns='http://www.w3.org/XML/1998/namespace'/>", NamespaceMisuse, 1, 4),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", NamespaceMisuse, 1, 4),
        ("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", NamespaceMisuse, 1, 4),
        ("<xmlns:a/>", NamespaceMisuse, 1, 2),
    ];
    for (document, kind, line, column) in rows {
        assert_eq!(
            refusal(document.as_bytes()),
            (kind, line, column),
            "{document}"
        );
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    for document in [&b"<a>\xE4</a>"[..], b"<a>\xED\xA0\x80</a>"] {
        assert_eq!(refusal(document).0, ReadErrorKind::NotUtf8);
    }
    assert_eq!(
        refusal(b"<a>\nx\xC0\x80</a>"),
        (ReadErrorKind::NotUtf8, 2, 2)
    );
}

/// The mark is no character of the document.
#[test]
fn a_byte_order_mark_is_not_counted() {
    assert_eq!(
        refusal(b"\xEF\xBB\xBF<a>\xFF</a>"),
        (ReadErrorKind::NotUtf8, 1, 4)
    );
    assert_eq!(
        refusal(b"\xEF\xBB\xBF<a>&</a>"),
        (ReadErrorKind::BareAmpersand, 1, 4)
    );
    assert_eq!(refusal(b"\xEF\xBB\xBF"), (ReadErrorKind::NoRoot, 1, 1));
    assert_eq!(refusal(b"\xEF\xBB<a/>"), (ReadErrorKind::NotUtf8, 1, 1));
}

#[test]
fn odd_but_well_formed() {
    for document in [
        "<a b='>'/>",
        "<a\n\tb\r=\n'1'\r\n/>",
        "<a>]]&gt;]]</a>",
        "<a>]]<!-- -->></a>",
        "<!-->--><a/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='fi'/>",
        "<a xmlns='urn:a'><b xmlns=''/></a>",
        "<a xmlns='' xmlns:p='urn:a' p:b='' b=''/>",
        "<?xml-stylesheet href='a'?><a/>",
        "<a>\u{7F}\u{85}\u{FEFF}</a>",
    ] {
        assert!(
            Document::parse(document.as_bytes(), &Limits::default()).is_ok(),
            "{document}"
        );
    }
}
