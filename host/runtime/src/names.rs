// SPDX-License-Identifier: Apache-2.0
//! Names in certificates as text, and what object identifiers are called.

use x509_parser::{
    asn1_rs::{Any, Tag, ToDer},
    objects::{oid_registry, oid2abbrev, oid2sn},
    oid_registry::Oid,
    x509::X509Name,
};

/// Curves that the registry does not know but people ask about (RFC 5639 §4.1).
const CURVES: [(&str, &str); 4] = [
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.132.0.10", "secp256k1"),
];

/// A name as people read it: attributes in the order of the certificate, joined by `, `, those of one relative name by ` + `;
/// types and values as RFC 4514 §2.3 and §2.4 write them.
///
/// What would move the text about or hide a part of it (control and bidirectional characters) is escaped too.
pub(crate) fn text(name: &X509Name<'_>) -> String {
    let relative = name.iter().map(|relative| {
        let attributes = relative.iter().map(|attribute| {
            let value = match string(attribute.attr_value()) {
                Some(value) => escaped(&value),
                None => in_hexadecimal(attribute.attr_value()),
            };
            format!("{}={value}", kind(attribute.attr_type()))
        });
        attributes.collect::<Vec<_>>().join(" + ")
    });
    relative.collect::<Vec<_>>().join(", ")
}

/// The first attribute of that type, unescaped; empty when there is none or it is no character string.
pub(crate) fn attribute(name: &X509Name<'_>, oid: &Oid<'_>) -> String {
    let first = name.iter_by_oid(oid).next();
    first
        .and_then(|attribute| string(attribute.attr_value()))
        .unwrap_or_default()
}

/// Longest object identifier that is written out, in bytes: those there are have fewer than 20, and strangers may write as many as a certificate has.
const LONGEST_IDENTIFIER: usize = 32;

/// What an object identifier with that content is called, with its number: `certificatePolicies (2.5.29.32)`.
pub(crate) fn identifier(content: &[u8]) -> String {
    let bytes = content.len();
    if bytes > LONGEST_IDENTIFIER {
        return format!("an object identifier of {bytes} bytes");
    }
    let oid = Oid::new(content.into());
    let number = oid.to_id_string();
    let curve = CURVES.iter().find(|(curve, _)| *curve == number);
    match curve
        .map(|(_, name)| *name)
        .or_else(|| oid2sn(&oid, oid_registry()).ok())
    {
        Some(name) => format!("{name} ({number})"),
        None => number,
    }
}

/// A character string of any type that a name may have (DirectoryString, RFC 5280 §4.1.2.4, and those of single attributes);
/// `None` for another type, and for one whose octets are not what its type says.
fn string(value: &Any<'_>) -> Option<String> {
    let tag = u8::try_from(value.tag().0).ok()?;
    characters(tag, value.data)
}

/// The same by its tag and its octets.
pub(crate) fn characters(tag: u8, octets: &[u8]) -> Option<String> {
    match Tag(tag.into()) {
        Tag::Utf8String => std::str::from_utf8(octets).ok().map(str::to_owned),
        // Subsets of ASCII by their definition; what strays from it is decoded like the next.
        Tag::PrintableString | Tag::NumericString | Tag::Ia5String | Tag::VisibleString
            if octets.is_ascii() =>
        {
            Some(octets.iter().copied().map(char::from).collect())
        }
        // Nobody writes T.61: issuers of the nineties put ISO 8859-1 there, and every reader takes it as that.
        Tag::PrintableString | Tag::T61String => {
            Some(octets.iter().copied().map(char::from).collect())
        }
        Tag::BmpString => {
            let (units, rest) = octets.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let decoded: Result<String, _> = char::decode_utf16(units).collect();
            decoded.ok().filter(|_| rest.is_empty())
        }
        Tag::UniversalString => {
            let (units, rest) = octets.as_chunks::<4>();
            let units = units.iter().map(|unit| u32::from_be_bytes(*unit));
            let decoded: Option<String> = units.map(char::from_u32).collect();
            decoded.filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

/// The type of an attribute by its short name, or by its number (RFC 4514 §2.3).
fn kind(oid: &Oid<'_>) -> String {
    match oid2abbrev(oid, oid_registry()) {
        Ok(name) => name.to_owned(),
        Err(_) => oid.to_id_string(),
    }
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::with_capacity(value.len());
    for (place, character) in value.chars().enumerate() {
        let is_edge = character == ' ' && (place == 0 || place == last);
        if matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || is_edge
            || character == '#' && place == 0
        {
            text.push('\\');
            text.push(character);
        } else if character.is_control() || is_directional(character) {
            let mut octets = [0; 4];
            for octet in character.encode_utf8(&mut octets).bytes() {
                text.push_str(&format!("\\{octet:02X}"));
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// Characters that change the direction of what stands around them, and line separators (Unicode UAX #9 §2).
fn is_directional(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `#` and the value in DER, for what is no character string (RFC 4514 §2.4).
fn in_hexadecimal(value: &Any<'_>) -> String {
    let der = value.to_der_vec().unwrap_or_default();
    let digits: String = der.iter().map(|octet| format!("{octet:02X}")).collect();
    format!("#{digits}")
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::FromDer;

    use super::*;

    /// A name of one common name, of that string type.
    fn name(tag: u8, octets: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let value = [wrap(6, &[0x55, 4, 3]), wrap(tag, octets)].concat();
        wrap(0x30, &wrap(0x31, &wrap(0x30, &value)))
    }

    fn shown(tag: u8, octets: &[u8]) -> (String, String) {
        let der = name(tag, octets);
        let (_, name) = X509Name::from_der(&der).unwrap();
        let common = x509_parser::oid_registry::OID_X509_COMMON_NAME;
        (text(&name), attribute(&name, &common))
    }

    #[test]
    fn every_type_of_string_is_read() {
        let wide = |size: usize| -> Vec<u8> {
            let characters = "Ääni €".chars();
            let units = characters.map(|character| u32::from(character).to_be_bytes());
            units.flat_map(|unit| unit[4 - size..].to_vec()).collect()
        };
        for (tag, octets, expected) in [
            (12, "Ääni €".as_bytes(), "Ääni €"),
            (19, b"Test Oy", "Test Oy"),
            // What PrintableString does not allow, and issuers write all the same.
            (19, b"a*b@c", "a*b@c"),
            (20, b"\xC4\xE4ni", "Ääni"),
            (22, b"a@example.com", "a@example.com"),
            (18, b"0245 442", "0245 442"),
            (26, b"Test", "Test"),
            (30, &wide(2), "Ääni €"),
            (28, &wide(4), "Ääni €"),
            (30, b"\xD8\x3D\xDE\x00", "\u{1F600}"),
        ] {
            assert_eq!(
                shown(tag, octets),
                (format!("CN={expected}"), expected.to_owned()),
                "{tag}"
            );
        }
    }

    #[test]
    fn what_is_no_string_is_shown_in_hexadecimal_and_is_no_attribute() {
        for (tag, octets, expected) in [
            (4, &[1, 2][..], "CN=#04020102"),
            (30, &[0], "CN=#1E0100"),
            (30, &[0xD8, 0], "CN=#1E02D800"),
            (28, &[0, 0x11, 0, 0], "CN=#1C0400110000"),
        ] {
            assert_eq!(shown(tag, octets), (expected.to_owned(), String::new()));
        }
    }

    #[test]
    fn what_would_mislead_is_escaped() {
        for (value, expected) in [
            ("Oy, CN=Customs", "CN=Oy\\, CN=Customs"),
            (" #x ", "CN=\\ #x\\ "),
            ("#x", "CN=\\#x"),
            ("a\nb", "CN=a\\0Ab"),
            ("a\u{202E}b", "CN=a\\E2\\80\\AEb"),
            ("a\"+;<>\\b", "CN=a\\\"\\+\\;\\<\\>\\\\b"),
        ] {
            assert_eq!(shown(12, value.as_bytes()).0, expected);
        }
    }

    #[test]
    fn identifiers_have_names_where_they_are_known() {
        for (numbers, expected) in [
            (&[2_u64, 5, 29, 32][..], "certificatePolicies (2.5.29.32)"),
            (
                &[1, 3, 36, 3, 3, 2, 8, 1, 1, 7],
                "brainpoolP256r1 (1.3.36.3.3.2.8.1.1.7)",
            ),
            (&[1, 2, 246, 99, 1], "1.2.246.99.1"),
        ] {
            assert_eq!(identifier(Oid::from(numbers).unwrap().as_bytes()), expected);
        }
    }
}
