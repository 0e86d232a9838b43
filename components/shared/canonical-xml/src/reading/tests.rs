// SPDX-License-Identifier: Apache-2.0
use super::*;

use ReadErrorKind::{
    Compressed, ContradictoryEncoding, MalformedDeclaration, UnknownEncoding, UnmarkedUtf16,
    UnsupportedEncoding,
};

fn of(head: &[u8], external: Option<&str>) -> Result<Encoding, ReadErrorKind> {
    Reading::of(head, external).map(|reading| reading.encoding)
}

fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Mark and label: each pair is one encoding or one refusal.
#[test]
fn what_came_with_the_document_decides_and_a_mark_agrees() {
    use Encoding::*;
    let (utf8, little, big) = (
        &b"\xEF\xBB\xBF<a/>"[..],
        &b"\xFF\xFE<\0"[..],
        &b"\xFE\xFF\0<"[..],
    );
    for (head, label, expected) in [
        (&b"<a/>"[..], "utf-8", Ok(Utf8)),
        (b"<a/>", "UTF8", Ok(Utf8)),
        (b"<a/>", "ISO-8859-1", Ok(Iso8859_1)),
        (b"<a/>", "latin1", Ok(Iso8859_1)),
        (b"<a/>", "ISO-8859-15", Ok(Iso8859_15)),
        (b"<a/>", "Windows-1252", Ok(Windows1252)),
        (b"<a/>", "us-ascii", Ok(Utf8)),
        (b"<a/>", "iso-8859-2", Ok(Utf8)),
        (b"<a/>", "iso-8859-12", Err(UnknownEncoding)),
        (b"<a/>", "iso-8859-99", Err(UnknownEncoding)),
        (b"<a/>", "", Err(UnknownEncoding)),
        (b"<a/>", "utf-32", Err(UnsupportedEncoding)),
        (b"<a/>", "IBM037", Err(UnsupportedEncoding)),
        (b"<a/>", "shift_jis", Err(UnsupportedEncoding)),
        (b"<a/>", "utf-16", Err(UnmarkedUtf16)),
        (b"<\0", "utf-16le", Ok(Utf16Le)),
        (b"\0<", "UTF-16BE", Ok(Utf16Be)),
        (utf8, "utf-8", Ok(Utf8)),
        (utf8, "utf-16", Err(ContradictoryEncoding)),
        (utf8, "iso-8859-1", Err(ContradictoryEncoding)),
        (utf8, "us-ascii", Err(ContradictoryEncoding)),
        (little, "utf-16", Ok(Utf16Le)),
        (little, "utf-16le", Ok(Utf16Le)),
        (little, "utf-16be", Err(ContradictoryEncoding)),
        (little, "utf-8", Err(ContradictoryEncoding)),
        (little, "iso-8859-1", Err(ContradictoryEncoding)),
        (big, "utf-16", Ok(Utf16Be)),
        (big, "utf-16be", Ok(Utf16Be)),
        (big, "utf-16le", Err(ContradictoryEncoding)),
        (big, "utf-8", Err(ContradictoryEncoding)),
    ] {
        assert_eq!(of(head, Some(label)), expected, "{label} {head:02X?}");
    }
}

#[test]
fn without_a_label_the_mark_decides_and_then_the_declaration() {
    use Encoding::*;
    let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a/>");
    for (name, expected) in [
        ("UTF-8", Ok(Utf8)),
        ("utf8", Ok(Utf8)),
        ("ISO-8859-1", Ok(Iso8859_1)),
        ("iso-8859-15", Ok(Iso8859_15)),
        ("windows-1252", Ok(Windows1252)),
        ("US-ASCII", Ok(Utf8)),
        ("ISO-8859-9", Ok(Utf8)),
        ("iso-8859-99", Err(UnknownEncoding)),
        ("none", Err(UnknownEncoding)),
        ("UTF-16", Err(ContradictoryEncoding)),
        ("UTF-16LE", Err(ContradictoryEncoding)),
        ("UTF-7", Err(UnsupportedEncoding)),
        ("UTF-32", Err(UnsupportedEncoding)),
    ] {
        assert_eq!(of(declared(name).as_bytes(), None), expected, "{name}");
    }
    for (head, expected) in [
        (b"<a/>".to_vec(), Ok(Utf8)),
        (Vec::new(), Ok(Utf8)),
        (b"\xEF\xBB\xBF<a/>".to_vec(), Ok(Utf8)),
        (b"\xFF\xFE<\0".to_vec(), Ok(Utf16Le)),
        (b"\xFE\xFF\0<".to_vec(), Ok(Utf16Be)),
        (utf16le(&declared("UTF-16LE")), Ok(Utf16Le)),
        (utf16be(&declared("utf-16be")), Ok(Utf16Be)),
        (utf16le(&declared("UTF-16BE")), Err(ContradictoryEncoding)),
        (utf16le(&declared("UTF-8")), Err(ContradictoryEncoding)),
        (utf16be(&declared("UTF-16")), Err(UnmarkedUtf16)),
        (utf16le("<a/>"), Err(UnmarkedUtf16)),
        (utf16be("\n<a/>"), Err(UnmarkedUtf16)),
        (b"\xFF\xFE\0\0<\0\0\0".to_vec(), Err(UnsupportedEncoding)),
        (b"\0\0\xFE\xFF\0\0\0<".to_vec(), Err(UnsupportedEncoding)),
        (b"<\0\0\0".to_vec(), Err(UnsupportedEncoding)),
        (b"\x4C\x6F\xA7\x94".to_vec(), Err(UnsupportedEncoding)),
        (b"\x1F\x8B\x08\0".to_vec(), Err(Compressed)),
        (b"PK\x03\x04".to_vec(), Err(Compressed)),
    ] {
        assert_eq!(of(&head, None), expected, "{head:02X?}");
    }
}

#[test]
fn a_declaration_agrees_with_the_mark_or_with_nothing_at_all() {
    #[rustfmt::skip]
    let rows = [
        (Declared::Anything, "UTF-16", Ok(())),
        (Declared::Anything, "none", Ok(())),
        (Declared::Anything, "", Err(MalformedDeclaration)),
        (Declared::Anything, "8859", Err(MalformedDeclaration)),
        (Declared::Encoding(Encoding::Utf8), "utf-8", Ok(())),
        (Declared::Encoding(Encoding::Utf8), "UTF8", Ok(())),
        (Declared::Encoding(Encoding::Utf8), "UTF-16", Err(ContradictoryEncoding)),
        (Declared::Encoding(Encoding::Utf8), "US-ASCII", Err(ContradictoryEncoding)),
        (Declared::Encoding(Encoding::Utf16Le), "UTF-16", Ok(())),
        (Declared::Encoding(Encoding::Utf16Le), "ISO-10646-UCS-2", Ok(())),
        (Declared::Encoding(Encoding::Utf16Le), "UTF-16LE", Ok(())),
        (Declared::Encoding(Encoding::Utf16Le), "UTF-16BE", Err(ContradictoryEncoding)),
        (Declared::Encoding(Encoding::Utf16Be), "UTF-8", Err(ContradictoryEncoding)),
        (Declared::Encoding(Encoding::Utf16Be), "none", Err(UnknownEncoding)),
    ];
    for (declared, name, expected) in rows {
        assert_eq!(declared.check(name), expected, "{declared:?} {name}");
    }
}

fn decoded(encoding: Encoding, pieces: &[&[u8]]) -> Result<String, ReadErrorKind> {
    let mut decoder = Decoder::new(encoding, 0);
    for piece in pieces {
        decoder.take(piece).map_err(|fault| fault.kind())?;
    }
    decoder.finish().map_err(|(fault, _)| fault.kind())
}

/// Each byte of each table as a library has it. That one follows browsers, which read windows-1252 where ISO-8859-1 is said, and controls
/// where windows-1252 has nothing.
#[test]
fn tables_are_those_of_a_library() {
    for byte in 0..=u8::MAX {
        let library = |encoding: &'static encoding_rs::Encoding| {
            let byte = [byte];
            let (text, _) = encoding.decode_without_bom_handling(&byte);
            text.into_owned()
        };
        let latin1 = encoding_rs::mem::decode_latin1(&[byte]).into_owned();
        assert_eq!(decoded(Encoding::Iso8859_1, &[&[byte]]), Ok(latin1));
        assert_eq!(
            decoded(Encoding::Iso8859_15, &[&[byte]]),
            Ok(library(encoding_rs::ISO_8859_15))
        );
        let windows = decoded(Encoding::Windows1252, &[&[byte]]);
        if [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(&byte) {
            let refused = ReadErrorKind::NotInEncoding(Encoding::Windows1252);
            assert_eq!(windows, Err(refused), "{byte:02X}");
        } else {
            assert_eq!(windows, Ok(library(encoding_rs::WINDOWS_1252)));
        }
    }
}

proptest::proptest! {
    /// Any bytes, cut anywhere, are text or no text as the library says.
    #[test]
    fn utf16_is_that_of_a_library(
        units in proptest::collection::vec(proptest::prelude::any::<u16>(), 0..40),
        odd in proptest::prelude::any::<bool>(),
        cut in 0_usize..80,
    ) {
        for (encoding, library) in [
            (Encoding::Utf16Le, encoding_rs::UTF_16LE),
            (Encoding::Utf16Be, encoding_rs::UTF_16BE),
        ] {
            let bytes = |unit: &u16| match encoding {
                Encoding::Utf16Le => unit.to_le_bytes(),
                _ => unit.to_be_bytes(),
            };
            let mut all: Vec<u8> = units.iter().flat_map(bytes).collect();
            if odd {
                all.push(0);
            }
            let (one, other) = all.split_at(cut.min(all.len()));
            let expected = library.decode_without_bom_handling_and_without_replacement(&all);
            proptest::prop_assert_eq!(
                decoded(encoding, &[one, other]).ok(),
                expected.map(|text| text.into_owned())
            );
        }
    }
}
