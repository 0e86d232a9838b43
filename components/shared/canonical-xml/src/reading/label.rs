// SPDX-License-Identifier: Apache-2.0
//! Names of encodings, as IANA registers them.

use crate::encoding::Encoding;
use crate::error::ReadErrorKind;

/// What a name of an encoding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Utf8,
    /// Either order of bytes; the mark tells.
    Utf16,
    Utf16Le,
    Utf16Be,
    Ascii,
    /// One byte for one character.
    OneByte(Encoding),
    /// Registered, not decoded here, and the same as ASCII on the bytes of ASCII.
    AsciiAndMore,
    /// Registered, and not decoded here.
    Other,
}

impl Label {
    /// Any registered name or alias, in any case. `UTF8`, `latin-9`, `cp1252` and the like are none, and are taken for what everybody means by
    /// them.
    pub(super) fn of(name: &str) -> Result<Self, ReadErrorKind> {
        let name = name.to_ascii_lowercase();
        let name = name.as_str();
        let known = KNOWN.iter().find(|(_, names)| names.contains(&name));
        if let Some((label, _)) = known {
            return Ok(*label);
        }
        if is_ascii_and_more(name) {
            return Ok(Self::AsciiAndMore);
        }
        if OTHERS.contains(&name) || is_code_page(name) {
            return Ok(Self::Other);
        }
        Err(ReadErrorKind::UnknownEncoding)
    }
}

/// The encodings that are read, by their names in lower case.
const KNOWN: [(Label, &[&str]); 8] = [
    (
        Label::Utf8,
        &["utf-8", "utf8", "csutf8", "unicode-1-1-utf-8"],
    ),
    (
        Label::Utf16,
        &["utf-16", "utf16", "csutf16", "iso-10646-ucs-2", "csunicode"],
    ),
    (Label::Utf16Le, &["utf-16le", "utf16le", "csutf16le"]),
    (Label::Utf16Be, &["utf-16be", "utf16be", "csutf16be"]),
    (
        Label::Ascii,
        &[
            "us-ascii",
            "ascii",
            "us",
            "ansi_x3.4-1968",
            "ansi_x3.4-1986",
            "iso-ir-6",
            "iso646-us",
            "iso_646.irv:1991",
            "ibm367",
            "cp367",
            "csascii",
        ],
    ),
    (
        Label::OneByte(Encoding::Iso8859_1),
        &[
            "iso-8859-1",
            "iso_8859-1",
            "iso_8859-1:1987",
            "iso8859-1",
            "iso88591",
            "iso-ir-100",
            "latin1",
            "latin-1",
            "l1",
            "ibm819",
            "cp819",
            "csisolatin1",
        ],
    ),
    (
        Label::OneByte(Encoding::Iso8859_15),
        &[
            "iso-8859-15",
            "iso_8859-15",
            "iso8859-15",
            "iso885915",
            "latin-9",
            "latin9",
            "csiso885915",
        ],
    ),
    (
        Label::OneByte(Encoding::Windows1252),
        &["windows-1252", "cp1252", "x-cp1252", "cswindows1252"],
    ),
];

/// The registered parts of ISO 8859 (there is no 12), Windows' code pages of one byte, and KOI8.
fn is_ascii_and_more(name: &str) -> bool {
    let number = |prefix: &str| name.strip_prefix(prefix)?.parse::<u16>().ok();
    let iso = number("iso-8859-").or_else(|| number("iso_8859-"));
    let windows = number("windows-").or_else(|| number("cp"));
    iso.is_some_and(|part| matches!(part, 2..=11 | 13 | 14 | 16))
        || windows.is_some_and(|page| matches!(page, 874 | 1250..=1258))
        || ["koi8-r", "koi8-u", "tis-620"].contains(&name)
}

/// IBM's code pages: most are EBCDIC, and none is read.
fn is_code_page(name: &str) -> bool {
    let number = name.strip_prefix("ibm").or_else(|| name.strip_prefix("cp"));
    let number = number.filter(|number| (3..=5).contains(&number.len()));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        || name.starts_with("ebcdic-")
}

/// Others that are met in XML, to be named for what they are.
const OTHERS: [&str; 32] = [
    "utf-7",
    "unicode-1-1-utf-7",
    "utf-32",
    "utf-32le",
    "utf-32be",
    "ucs-4",
    "iso-10646-ucs-4",
    "csucs4",
    "cesu-8",
    "scsu",
    "bocu-1",
    "iso-2022-jp",
    "iso-2022-jp-2",
    "iso-2022-kr",
    "iso-2022-cn",
    "iso-8859-8-i",
    "iso-8859-8-e",
    "iso-8859-6-i",
    "iso-8859-6-e",
    "shift_jis",
    "ms_kanji",
    "windows-31j",
    "euc-jp",
    "euc-kr",
    "gb2312",
    "gbk",
    "gb18030",
    "hz-gb-2312",
    "big5",
    "big5-hkscs",
    "macintosh",
    "hp-roman8",
];
