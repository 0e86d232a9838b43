// SPDX-License-Identifier: Apache-2.0
//! Character sets.

use encoding_rs::{ISO_8859_15, WINDOWS_1252};

/// A character set that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::suomifi_mail) enum Charset {
    Ascii,
    Utf8,
    Latin1,
    Latin9,
    Windows1252,
}

/// By one of its names.
pub(in crate::suomifi_mail) fn charset(name: &str) -> Option<Charset> {
    Some(match name.to_ascii_lowercase().as_str() {
        "us-ascii" | "ascii" => Charset::Ascii,
        "utf-8" => Charset::Utf8,
        "iso-8859-1" | "latin1" => Charset::Latin1,
        "iso-8859-15" => Charset::Latin9,
        "windows-1252" => Charset::Windows1252,
        _ => return None,
    })
}

impl Charset {
    /// The text, if all of its octets are of the set.
    pub(in crate::suomifi_mail) fn text(self, octets: &[u8]) -> Option<String> {
        let by = |encoding: &'static encoding_rs::Encoding| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(octets);
            text.map(|text| text.into_owned())
        };
        match self {
            Self::Ascii if !octets.is_ascii() => None,
            Self::Ascii | Self::Utf8 => String::from_utf8(octets.to_vec()).ok(),
            Self::Latin1 => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
            Self::Latin9 => by(ISO_8859_15),
            Self::Windows1252 => by(WINDOWS_1252),
        }
    }
}
