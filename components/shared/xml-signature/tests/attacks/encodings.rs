// SPDX-License-Identifier: Apache-2.0
//! Bytes that one reader takes for another text than the other, and documents that end before or after their end.

use crate::scene::Sent;

/// The order in UTF-16, with or without byte order mark.
fn utf16(text: &str, mark: &[u8], encode: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(encode);
    mark.iter().copied().chain(units).collect()
}

#[test]
fn utf_16_is_the_same_document_with_a_mark_and_none_without() {
    let sent = Sent::order();
    let labelled = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{}", sent.text);
    for text in [&sent.text, &labelled] {
        let little = utf16(text, &[0xFF, 0xFE], u16::to_le_bytes);
        assert_eq!(sent.code_of(&little), "valid");
        let big = utf16(text, &[0xFE, 0xFF], u16::to_be_bytes);
        assert_eq!(sent.code_of(&big), "valid");
        for bytes in [
            utf16(text, &[], u16::to_le_bytes),
            utf16(text, &[], u16::to_be_bytes),
        ] {
            assert_eq!(sent.code_of(&bytes), "xml.encoding");
        }
    }
    assert_eq!(sent.code(&labelled), "xml.encoding");
    // The mark says one thing and the declaration another.
    let other = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", sent.text);
    let other = utf16(&other, &[0xFF, 0xFE], u16::to_le_bytes);
    assert_eq!(sent.code_of(&other), "xml.encoding");
    // A change is one in any encoding.
    let changed = utf16(
        &sent.with("two pieces", "ten pieces"),
        &[0xFF, 0xFE],
        u16::to_le_bytes,
    );
    assert_eq!(sent.code_of(&changed), "signature.digest-mismatch");
}

#[test]
fn a_label_that_is_not_true_is_refused() {
    let sent = Sent::order();
    for label in [
        "UTF-16",
        "UTF-7",
        "UTF-32",
        "EBCDIC-CP-FI",
        "UCS-4",
        "ISO-2022-JP",
        "none",
    ] {
        let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{}", sent.text);
        assert_eq!(sent.code(&text), "xml.encoding", "{label}");
    }
    // On letters that are the same in both, a label is true whichever of them it names.
    for label in ["UTF-8", "utf-8", "ISO-8859-1", "US-ASCII", "windows-1252"] {
        let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{}", sent.text);
        assert_eq!(sent.code(&text), "valid", "{label}");
    }
    // `ä` in UTF-8 is two other letters, which nobody signed, or none at all.
    let text = sent.with("two pieces", "ä");
    for (label, code) in [
        ("ISO-8859-1", "signature.digest-mismatch"),
        ("windows-1252", "signature.digest-mismatch"),
        ("US-ASCII", "xml.encoding"),
        ("ISO-8859-2", "xml.encoding"),
        ("iso-8859-99", "xml.encoding"),
    ] {
        let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{text}");
        assert_eq!(sent.code(&text), code, "{label}");
    }
}

/// What the reader refuses, and all there is of it, is with the reader. The second root is what the one reader sees, the first what the other
/// does (CVE-2022-39353).
#[test]
fn what_cannot_be_read_is_refused_by_the_code_of_the_reader() {
    let sent = Sent::order();
    for (from, to, code) in [
        ("<Order ", "<!DOCTYPE Order><Order ", "xml.document-type"),
        ("two pieces", "two&a;pieces", "xml.entity"),
        ("two pieces", "two\u{1}pieces", "xml.illegal-character"),
        ("</Order>", "</Order><Order/>", "xml.malformed"),
        ("<Order ", "<x/><Order ", "xml.malformed"),
        ("<Note>", "<Note xmlns:x=\"\">", "xml.namespace"),
    ] {
        assert_eq!(sent.code_with(from, to), code, "{to}");
    }
    let mut text = sent.text.clone().into_bytes();
    let at = sent.text.find("two pieces").unwrap();
    text.insert(at, 0xE4);
    assert_eq!(sent.code_of(&text), "xml.encoding");
    let deep = "<a>".repeat(60_000);
    assert_eq!(
        sent.code_with("</Order>", &format!("{deep}</Order>")),
        "xml.limit"
    );
    // What may stand beside the root changes nothing.
    let around = format!("\u{FEFF}<!-- x -->{}\r\n<!-- y -->", sent.text);
    assert_eq!(sent.code(&around), "valid");
}

#[test]
fn a_document_that_is_cut_off_anywhere_is_refused() {
    let sent = Sent::order();
    for end in 0..sent.text.len() {
        assert_eq!(sent.code(&sent.text[..end]), "xml.malformed", "{end}");
    }
}

#[test]
fn other_versions_of_xml_are_refused() {
    let sent = Sent::order();
    for version in ["2.0", "1.", "1", "1.x", "", "1.0 "] {
        let text = format!("<?xml version=\"{version}\"?>{}", sent.text);
        assert_eq!(sent.code(&text), "xml.version", "{version}");
    }
    // XML 1.0 in its fifth edition reads all of these as 1.0 (§2.8).
    for version in ["1.0", "1.1", "1.00", "1.27"] {
        let text = format!("<?xml version=\"{version}\"?>{}", sent.text);
        assert_eq!(sent.code(&text), "valid", "{version}");
    }
}

/// NEL and the line separator end a line in XML 1.1 only. Here they are characters, and to change one for another is a change.
#[test]
fn line_ends_of_other_worlds_are_characters() {
    let template = xml_testkit::Template::enveloped(xml_testkit::Key::rsa()).text();
    let sent = Sent::new(
        &format!("<r><a b=\"x\u{2028}y\u{85}z\">one\u{2028}two\nthree</a>{template}</r>"),
        &[],
    );
    for (from, to) in [
        ("one\u{2028}", "one\n"),
        ("one\u{2028}", "one\u{85}"),
        ("x\u{2028}y", "x y"),
        ("y\u{85}z", "y z"),
        ("two\nthree", "two\u{85}three"),
        ("two\nthree", "two three"),
        ("two\nthree", "two\n\nthree"),
        ("two\nthree", "two&#13;\nthree"),
    ] {
        assert_eq!(
            sent.code_with(from, to),
            "signature.digest-mismatch",
            "{to:?}"
        );
    }
    // These are the same document (XML 1.0 §2.11), and read as such.
    for same in ["two\r\nthree", "two\rthree", "two&#10;three"] {
        assert_eq!(sent.code_with("two\nthree", same), "valid", "{same:?}");
    }
}
