// SPDX-License-Identifier: Apache-2.0
//! The encodings that are read.

use std::fmt;

/// An encoding of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8 (RFC 3629), and ASCII, which is the beginning of it.
    #[default]
    Utf8,
    /// UTF-16, the low byte first (RFC 2781).
    Utf16Le,
    /// UTF-16, the high byte first (RFC 2781).
    Utf16Be,
    /// ISO-8859-1, whose bytes are the first 256 characters of Unicode.
    Iso8859_1,
    /// ISO-8859-15, which has `€`, `Š` and `Ž`.
    Iso8859_15,
    /// windows-1252. The five bytes that its table leaves out are refused.
    Windows1252,
}

impl Encoding {
    /// Its preferred MIME name, as IANA registers it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Iso8859_1 => "ISO-8859-1",
            Self::Iso8859_15 => "ISO-8859-15",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Whether ASCII bytes are ASCII characters in it, and all others are not.
    pub(crate) fn agrees_on_ascii(self) -> bool {
        !matches!(self, Self::Utf16Le | Self::Utf16Be)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
