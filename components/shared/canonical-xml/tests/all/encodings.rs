// SPDX-License-Identifier: Apache-2.0
//! Documents in other encodings than UTF-8: they say the same, or they are refused with the place.

use canonical_xml::{
    Canonicalization, Document, Encoding, Limit, Limits, ReadError, ReadErrorKind, Subset,
    canonicalize,
};
use proptest::prelude::*;

use crate::generate::markup;
use crate::loading::base64;
use crate::memory::Memory;

/// The document as read from memory and from a source, which have to agree.
fn read<'a>(bytes: &'a [u8], charset: Option<&str>) -> Result<Document<'a>, ReadError> {
    read_within(bytes, charset, &Limits::default())
}

fn read_within<'a>(
    bytes: &'a [u8],
    charset: Option<&str>,
    limits: &Limits,
) -> Result<Document<'a>, ReadError> {
    let parsed = Document::parse_labelled(bytes, charset, limits);
    let loaded = Document::load_labelled(&Memory::new(bytes), charset, limits);
    match (&parsed, loaded) {
        (Ok(parsed), Ok(loaded)) => {
            assert_eq!(parsed.encoding(), loaded.encoding());
            assert_eq!(canonical(parsed), canonical(&loaded));
        }
        (Err(parsed), Err(canonical_xml::LoadError::Read(loaded))) => assert_eq!(*parsed, loaded),
        (parsed, loaded) => panic!("{parsed:?} and {loaded:?}"),
    }
    parsed
}

fn canonical(document: &Document<'_>) -> String {
    let how = Canonicalization::from_uri("http://www.w3.org/2006/12/xml-c14n11#WithComments");
    let mut out = Vec::new();
    canonicalize(&Subset::document(document), &how.unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn utf16(text: &str, mark: bool, encode: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = if mark { "\u{FEFF}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    units.flat_map(encode).collect()
}

fn refusal(bytes: &[u8], charset: Option<&str>) -> (ReadErrorKind, u32, u32) {
    let error = read(bytes, charset).unwrap_err();
    (error.kind, error.line, error.column)
}

#[test]
fn each_encoding_says_the_same() {
    let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a>\u{E4}</a>");
    let latin = |name: &str| declared(name).chars().map(|c| c as u8).collect::<Vec<u8>>();
    let expected =
        canonical(&Document::parse("<a>\u{E4}</a>".as_bytes(), &Limits::default()).unwrap());
    #[rustfmt::skip]
    let rows = [
        (declared("utf-8").into_bytes(), None, Encoding::Utf8),
        (declared("UTF8").into_bytes(), None, Encoding::Utf8),
        // What HTTP says goes before what the document says.
        (declared("utf-16").into_bytes(), Some("utf-8"), Encoding::Utf8),
        (declared("iso-8859-1").into_bytes(), Some("UTF-8"), Encoding::Utf8),
        (declared("nonsense").into_bytes(), Some("utf8"), Encoding::Utf8),
        (latin("ISO-8859-1"), None, Encoding::Iso8859_1),
        (latin("utf-8"), Some("iso-8859-1"), Encoding::Iso8859_1),
        (latin("latin-9"), None, Encoding::Iso8859_15),
        (latin("windows-1252"), None, Encoding::Windows1252),
        (utf16(&declared("UTF-16"), true, u16::to_le_bytes), None, Encoding::Utf16Le),
        (utf16(&declared("utf-16"), true, u16::to_be_bytes), None, Encoding::Utf16Be),
        (utf16(&declared("utf-8"), true, u16::to_be_bytes), Some("utf-16"), Encoding::Utf16Be),
        (utf16("<a>\u{E4}</a>", true, u16::to_le_bytes), None, Encoding::Utf16Le),
        (utf16("<a>\u{E4}</a>", false, u16::to_le_bytes), Some("utf-16le"), Encoding::Utf16Le),
        (utf16(&declared("UTF-16BE"), false, u16::to_be_bytes), None, Encoding::Utf16Be),
    ];
    for (bytes, charset, encoding) in rows {
        let document = read(&bytes, charset).unwrap();
        assert_eq!(document.encoding(), encoding, "{charset:?} {bytes:02X?}");
        assert_eq!(canonical(&document), expected, "{charset:?} {bytes:02X?}");
    }
}

#[test]
fn eight_letters_are_others_in_latin_9_and_some_in_windows() {
    for (name, text) in [
        ("ISO-8859-1", "\u{A4}\u{80}"),
        ("ISO-8859-15", "\u{20AC}\u{80}"),
        ("windows-1252", "\u{A4}\u{20AC}"),
    ] {
        let document = read(b"<a>\xA4\x80</a>", Some(name)).unwrap();
        assert_eq!(document.root().text().to_str().unwrap(), text, "{name}");
    }
}

#[test]
fn places_count_characters_of_whatever_encoding() {
    let text = "<a>\r\n\u{E4}\u{20AC}\u{1F600}&</a>";
    let little = utf16(text, true, u16::to_le_bytes);
    assert_eq!(refusal(&little, None), (ReadErrorKind::BareAmpersand, 2, 4));
    assert_eq!(
        refusal(b"<a>\n\xE4\xF6&</a>", Some("latin1")),
        (ReadErrorKind::BareAmpersand, 2, 3)
    );
    // A unit that is half a character, and a byte that is half a unit.
    let mut cut = utf16("<a>\n\u{E4}", true, u16::to_be_bytes);
    cut.extend([0xD8, 0x3D]);
    let no_character = ReadErrorKind::NotInEncoding(Encoding::Utf16Be);
    assert_eq!(refusal(&cut, None), (no_character, 2, 2));
    cut.pop();
    assert_eq!(refusal(&cut, None), (no_character, 2, 2));
    assert_eq!(
        refusal(b"<a>\n\xE4\x81</a>", Some("windows-1252")),
        (ReadErrorKind::NotInEncoding(Encoding::Windows1252), 2, 2)
    );
    assert_eq!(
        refusal(b"<a>\n\xE4</a>", Some("iso-8859-2")),
        (ReadErrorKind::NotAscii, 2, 1)
    );
    assert_eq!(
        refusal("<a>\nx\u{E4}</a>".as_bytes(), Some("us-ascii")),
        (ReadErrorKind::NotAscii, 2, 2)
    );
}

#[test]
fn a_mark_that_the_label_contradicts_is_refused() {
    let contradiction = (ReadErrorKind::ContradictoryEncoding, 1, 1);
    let little = utf16("<a/>", true, u16::to_le_bytes);
    assert_eq!(refusal(&little, Some("utf-8")), contradiction);
    assert_eq!(refusal(&little, Some("iso-8859-1")), contradiction);
    assert_eq!(
        refusal("\u{FEFF}<a/>".as_bytes(), Some("iso-8859-1")),
        contradiction
    );
    let labelled = utf16(
        "<?xml version='1.0' encoding='utf-8'?><a/>",
        true,
        u16::to_le_bytes,
    );
    assert_eq!(refusal(&labelled, None), contradiction);
    let marked = "\u{FEFF}<?xml version='1.0' encoding='ISO-8859-1'?><a/>";
    assert_eq!(refusal(marked.as_bytes(), None), contradiction);
    let bare = utf16("<a/>", false, u16::to_le_bytes);
    assert_eq!(refusal(&bare, None).0, ReadErrorKind::UnmarkedUtf16);
    assert_eq!(
        refusal(b"<a/>", Some("iso-8859-99")).0,
        ReadErrorKind::UnknownEncoding
    );
}

/// ASCII under another label need not be decoded: big texts stay where they are.
#[test]
fn labels_of_ascii_leave_big_texts_in_the_source() {
    let text = format!(
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>{}</a>",
        base64(1 << 20)
    );
    let memory = Memory::new(&text);
    let document = Document::load_labelled(&memory, Some("windows-1252"), &Limits::default());
    assert_eq!(document.unwrap().encoding(), Encoding::Utf8);
    assert!(memory.fetched() < 64 << 10, "{}", memory.fetched());
}

/// Nothing of another encoding stays outside, so all of it counts, and so does what it becomes.
#[test]
fn limits_bound_bytes_and_what_they_become() {
    let bytes = |count: usize| [b"<a>".to_vec(), vec![0x80; count], b"</a>".to_vec()].concat();
    let limits = |bytes| Limits {
        bytes,
        ..Limits::default()
    };
    let kind = |maximum| ReadErrorKind::Limit {
        limit: Limit::Bytes,
        maximum,
    };
    // Each becomes a euro sign of three bytes.
    let euros = bytes(10);
    assert!(read_within(&euros, Some("windows-1252"), &limits(37)).is_ok());
    let refused = read_within(&euros, Some("windows-1252"), &limits(36)).unwrap_err();
    assert_eq!(refused.kind, kind(36));
    let refused = read_within(&euros, Some("windows-1252"), &limits(16)).unwrap_err();
    assert_eq!(refused.kind, kind(16));
}

/// Wherever the name stands, another reader would read the bytes by it.
#[test]
fn a_declaration_that_begins_late_names_what_was_read_by() {
    for name in ["ISO-8859-1", "UTF-16", "iso-8859-99"] {
        let padding = " ".repeat(600);
        let text = format!("<?xml version=\"1.0\"{padding}encoding=\"{name}\"?><a>\u{E4}</a>");
        assert!(read(text.as_bytes(), None).is_err(), "{name}");
        let text = text.replace(name, "UTF-8");
        assert!(read(text.as_bytes(), None).is_ok());
    }
}

#[test]
fn another_instruction_at_the_beginning_is_no_declaration() {
    let text = "<?xml-stylesheet href=\"a\" encoding=\"windows-1252\"?><a>\u{E4}</a>";
    let document = read(text.as_bytes(), None).unwrap();
    assert_eq!(document.root().text().to_str().unwrap(), "\u{E4}");
}

/// A long text with letters beyond ASCII at its end: what was taken for ASCII was not.
#[test]
fn a_long_text_in_another_encoding_is_read_whole() {
    let mut bytes = format!("<a><b>{}</b>", base64(200_000)).into_bytes();
    bytes.extend(b"<c>\xE4</c></a>");
    let document = read(&bytes, Some("iso-8859-1")).unwrap();
    let last = document.root().children().last().unwrap();
    assert_eq!(last.text().to_str().unwrap(), "\u{E4}");
    let first = document.root().children().next().unwrap();
    assert_eq!(first.text().to_str().unwrap().len(), 200_000);
}

proptest! {
    /// Whatever the text is, it is the same document in UTF-16, or refused for the same reason at the same place.
    #[test]
    fn utf16_and_utf8_are_one(text in markup(1..12)) {
        // The first would be the mark in UTF-8, and the second makes the mark of UTF-16LE one of UTF-32LE.
        let text = text.trim_start_matches(['\u{FEFF}', '\0']);
        let little = utf16(text, true, u16::to_le_bytes);
        let (one, other) = (read(text.as_bytes(), Some("utf-8")), read(&little, Some("utf-16")));
        match (one, other) {
            (Ok(one), Ok(other)) => {
                if one.relative_namespace().is_none() {
                    prop_assert_eq!(canonical(&one), canonical(&other));
                }
            }
            (Err(one), Err(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert!(false, "{:?} and {:?}", one, other),
        }
    }
}
