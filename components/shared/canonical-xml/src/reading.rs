// SPDX-License-Identifier: Apache-2.0
//! Which encoding a document is in, and how it becomes text.
//!
//! Three may tell: what came with the document (`charset` of a Content-Type), its byte order mark, and its declaration. The first goes before
//! the last (RFC 7303 §3, XML 1.0 §4.3.3); a mark that contradicts either is refused, since two readers could read two documents.

mod decode;
mod label;

use std::borrow::Cow;

use crate::encoding::Encoding;
use crate::error::ReadErrorKind;

pub(crate) use decode::Decoder;
use label::Label;

/// How the bytes of a document are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// What they are decoded from.
    pub(crate) encoding: Encoding,
    /// Bytes of the byte order mark.
    pub(crate) mark: u32,
    /// What the declaration may say.
    pub(crate) declared: Declared,
    /// Only ASCII bytes may occur: the label is true of nothing else.
    pub(crate) ascii_only: bool,
}

/// What the encoding in an XML declaration may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// Anything that has the form of a name: what came with the document has decided.
    Anything,
    /// A name of the encoding that the bytes are in, or none.
    Encoding(Encoding),
    /// The name that the bytes were read by, or none.
    AsRead(Label),
}

/// How much of a document is looked at to find its declaration, in bytes. Those there are have about fifty.
pub(crate) const HEAD: usize = 512;

impl Reading {
    /// From the first bytes of a document and the label that came with it.
    pub(crate) fn of(head: &[u8], external: Option<&str>) -> Result<Self, ReadErrorKind> {
        let mark = Mark::of(head)?;
        match external {
            Some(label) => Self::labelled(mark, Label::of(label)?),
            None => Self::unlabelled(mark, head),
        }
    }

    /// What came with the document decides; a mark has to agree.
    fn labelled(mark: Option<Mark>, label: Label) -> Result<Self, ReadErrorKind> {
        use ReadErrorKind::{ContradictoryEncoding, UnmarkedUtf16, UnsupportedEncoding};
        let encoding = match (label, mark) {
            (Label::Utf8, None | Some(Mark::Utf8)) => Encoding::Utf8,
            (Label::Utf16 | Label::Utf16Le, Some(Mark::Utf16Le)) => Encoding::Utf16Le,
            (Label::Utf16 | Label::Utf16Be, Some(Mark::Utf16Be)) => Encoding::Utf16Be,
            (Label::Utf16Le, None) => Encoding::Utf16Le,
            (Label::Utf16Be, None) => Encoding::Utf16Be,
            (Label::Utf16, None) => return Err(UnmarkedUtf16),
            (Label::OneByte(encoding), None) => encoding,
            (Label::Ascii | Label::AsciiAndMore, None) => Encoding::Utf8,
            (Label::Other, _) => return Err(UnsupportedEncoding),
            (_, Some(_)) => return Err(ContradictoryEncoding),
        };
        Ok(Self {
            encoding,
            mark: mark.map_or(0, Mark::length),
            declared: Declared::Anything,
            ascii_only: matches!(label, Label::Ascii | Label::AsciiAndMore),
        })
    }

    /// The mark, then the declaration (XML 1.0 §4.3.3 and appendix F).
    fn unlabelled(mark: Option<Mark>, head: &[u8]) -> Result<Self, ReadErrorKind> {
        if let Some(mark) = mark {
            let encoding = mark.encoding();
            return Ok(Self {
                encoding,
                mark: mark.length(),
                declared: Declared::Encoding(encoding),
                ascii_only: false,
            });
        }
        if let Some(encoding) = unmarked_utf16(head) {
            return Self::unmarked(encoding, head);
        }
        // A declaration that is malformed is refused where it is read.
        let declared = declared(head);
        let label = declared.map_or(Ok(Label::Utf8), |name| Label::of(&name))?;
        let (encoding, ascii_only) = match label {
            Label::Utf8 => (Encoding::Utf8, false),
            Label::OneByte(encoding) => (encoding, false),
            Label::Ascii | Label::AsciiAndMore => (Encoding::Utf8, true),
            // The declaration could not be read if it were true.
            Label::Utf16 | Label::Utf16Le | Label::Utf16Be => {
                return Err(ReadErrorKind::ContradictoryEncoding);
            }
            Label::Other => return Err(ReadErrorKind::UnsupportedEncoding),
        };
        Ok(Self {
            encoding,
            mark: 0,
            declared: Declared::AsRead(label),
            ascii_only,
        })
    }

    /// UTF-16 in the one form that needs no mark: its declaration names the order of bytes.
    fn unmarked(encoding: Encoding, head: &[u8]) -> Result<Self, ReadErrorKind> {
        let low = usize::from(encoding == Encoding::Utf16Be);
        let bytes = head.iter().copied().take(2 * HEAD).skip(low).step_by(2);
        let bytes: Vec<u8> = bytes.collect();
        let label = declared(&bytes).map(|name| Label::of(&name)).transpose()?;
        match (label, encoding) {
            (Some(Label::Utf16Le), Encoding::Utf16Le)
            | (Some(Label::Utf16Be), Encoding::Utf16Be) => Ok(Self {
                encoding,
                mark: 0,
                declared: Declared::Encoding(encoding),
                ascii_only: false,
            }),
            (None | Some(Label::Utf16), _) => Err(ReadErrorKind::UnmarkedUtf16),
            _ => Err(ReadErrorKind::ContradictoryEncoding),
        }
    }

    /// The same for these bytes: where all are ASCII, whatever agrees with UTF-8 on those need not be decoded.
    pub(crate) fn for_bytes(self, bytes: &[u8]) -> Self {
        let is_other = self.encoding != Encoding::Utf8 && self.encoding.agrees_on_ascii();
        match is_other && bytes.is_ascii() {
            true => Self {
                encoding: Encoding::Utf8,
                ..self
            },
            false => self,
        }
    }
}

impl Declared {
    /// Judges the encoding that a declaration names.
    pub(crate) fn check(self, name: &str) -> Result<(), ReadErrorKind> {
        if !is_encoding_name(name) {
            return Err(ReadErrorKind::MalformedDeclaration);
        }
        let agrees = match (self, name) {
            (Self::Anything, _) => true,
            // One that stands too far from the beginning was not read by.
            (Self::AsRead(label), name) => Label::of(name)? == label,
            (Self::Encoding(encoding), name) => match Label::of(name)? {
                Label::Utf8 => encoding == Encoding::Utf8,
                Label::Utf16 => !encoding.agrees_on_ascii(),
                Label::Utf16Le => encoding == Encoding::Utf16Le,
                Label::Utf16Be => encoding == Encoding::Utf16Be,
                _ => false,
            },
        };
        match agrees {
            true => Ok(()),
            false => Err(ReadErrorKind::ContradictoryEncoding),
        }
    }
}

/// A byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Mark {
    /// XML 1.0 appendix F.1. The marks of UTF-32, EBCDIC, and what is compressed are told from rubbish so that nobody looks for it.
    fn of(head: &[u8]) -> Result<Option<Self>, ReadErrorKind> {
        match head {
            [0xFF, 0xFE, 0, 0, ..]
            | [0, 0, 0xFE, 0xFF, ..]
            | [b'<', 0, 0, 0, ..]
            | [0, 0, 0, b'<', ..]
            | [0x4C, 0x6F, 0xA7, 0x94, ..] => Err(ReadErrorKind::UnsupportedEncoding),
            [0x1F, 0x8B, ..] | [b'P', b'K', 3, 4, ..] => Err(ReadErrorKind::Compressed),
            [0xEF, 0xBB, 0xBF, ..] => Ok(Some(Self::Utf8)),
            [0xFF, 0xFE, ..] => Ok(Some(Self::Utf16Le)),
            [0xFE, 0xFF, ..] => Ok(Some(Self::Utf16Be)),
            _ => Ok(None),
        }
    }

    fn length(self) -> u32 {
        match self {
            Self::Utf8 => 3,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    fn encoding(self) -> Encoding {
        match self {
            Self::Utf8 => Encoding::Utf8,
            Self::Utf16Le => Encoding::Utf16Le,
            Self::Utf16Be => Encoding::Utf16Be,
        }
    }
}

/// UTF-16 without a mark, as far as it shows: a document begins with `<` or white space.
fn unmarked_utf16(head: &[u8]) -> Option<Encoding> {
    match head {
        [b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, ..] => Some(Encoding::Utf16Le),
        [0, b'<' | b' ' | b'\t' | b'\r' | b'\n', ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The encoding that a declaration at the beginning names, as far as that can be told before the document is text.
fn declared(head: &[u8]) -> Option<String> {
    const ENCODING: &str = "encoding";
    // Most documents begin otherwise.
    let rest = head.get(..HEAD).unwrap_or(head).strip_prefix(b"<?xml")?;
    let end = rest.windows(2).position(|two| two == b"?>")?;
    let content = rest.get(..end)?;
    let content: Cow<'_, str> = match std::str::from_utf8(content) {
        Ok(text) if text.is_ascii() => text.into(),
        _ => content.iter().copied().map(char::from).collect(),
    };
    // `<?xml-stylesheet` is another processing instruction.
    if !content.starts_with([' ', '\t', '\r', '\n']) {
        return None;
    }
    // Not by the search of the standard library, which prepares itself for long texts.
    let mut places = content.as_bytes().windows(ENCODING.len());
    let place = places.position(|word| word == ENCODING.as_bytes())?;
    let after = content.get(place + ENCODING.len()..)?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|quote| "'\"".contains(*quote))?;
    let (name, _) = after.strip_prefix(quote)?.split_once(quote)?;
    // Whatever else it is, the declaration is malformed, which shows when it is read.
    is_encoding_name(name).then(|| name.to_owned())
}

/// XML 1.0 production 81.
fn is_encoding_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests;
