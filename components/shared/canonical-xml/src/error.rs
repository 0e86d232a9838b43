// SPDX-License-Identifier: Apache-2.0
//! What was wrong with a document, and where.

use thiserror::Error;

use crate::encoding::Encoding;
use crate::limits::Limit;
use crate::position::Cursor;

/// A document that is not accepted. The sender is at fault, but for [`ReadErrorKind::Limit`] and
/// [`ReadErrorKind::UnsupportedEncoding`], which say of themselves that they are limits of the receiver.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {kind}")]
#[non_exhaustive]
pub struct ReadError {
    /// What is wrong. Its text repeats nothing of the document.
    pub kind: ReadErrorKind,
    /// Line, from 1.
    pub line: u32,
    /// Character within the line, from 1; a byte order mark is not counted.
    pub column: u32,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// One of the [`Limits`](crate::Limits) is exceeded: a limit of the receiver, not a mistake of the sender.
    #[error(
        "more than {maximum} {limit}: that is a limit of the receiver, not a mistake in the document. Whoever runs the receiver can raise it (`{}` of its XML reader), or the sender can split the document",
        .limit.name()
    )]
    Limit {
        /// Which limit.
        limit: Limit,
        /// Its value.
        maximum: usize,
    },
    /// The bytes are not UTF-8 (XML 1.0 §4.3.3).
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// The XML declaration does not have the form of XML 1.0 §2.8.
    #[error("the XML declaration is malformed")]
    MalformedDeclaration,
    /// The declared version does not begin with `1.` (XML 1.0 §2.8, production 26).
    #[error("the document is not XML 1.0")]
    UnsupportedVersion,
    /// The document is in, or said to be in, an encoding that is not read: a limit of this reader, not a mistake of the sender.
    #[error(
        "the document is in an encoding that is not read here, which is a limit of the receiver; read are UTF-8, UTF-16 with a byte order mark, ISO-8859-1, ISO-8859-15 and windows-1252"
    )]
    UnsupportedEncoding,
    /// What begins as gzip or a ZIP does.
    #[error(
        "this is compressed (gzip or ZIP) and nothing says so; send the document itself, or say by HTTP's Content-Encoding that it is gzip"
    )]
    Compressed,
    /// A label that names no encoding (XML 1.0 §4.3.3 wants those that IANA registers).
    #[error(
        "the encoding that the document is said to be in is no registered name; write UTF-8 and say so"
    )]
    UnknownEncoding,
    /// Byte order mark, the label that came with the document, and declaration contradict each other, or the bytes.
    #[error(
        "the label of the document's encoding is not that of its bytes or its byte order mark; say in `charset` and in the declaration what the bytes are"
    )]
    ContradictoryEncoding,
    /// UTF-16 of unknown byte order (XML 1.0 §4.3.3, RFC 7303 §3.3).
    #[error(
        "the document is in UTF-16 without a byte order mark; begin it with the mark, or name UTF-16LE or UTF-16BE"
    )]
    UnmarkedUtf16,
    /// Bytes that are no character in the encoding which the document is said to be in.
    #[error("the document is said to be in {0}, and these bytes are no character in it")]
    NotInEncoding(Encoding),
    /// A byte beyond ASCII in a document that is said to be in ASCII, or in an encoding that is read only as far as it is ASCII.
    #[error(
        "a byte that is not ASCII, in a document whose label says ASCII, or an encoding that is read here as far as it is ASCII; send UTF-8 and say so"
    )]
    NotAscii,
    /// An XML declaration anywhere but at the very beginning (XML 1.0 §2.8).
    #[error("an XML declaration stands after the beginning of the document")]
    LateDeclaration,
    /// A document type declaration, refused wherever it stands.
    #[error("document type declarations are not accepted")]
    DocumentType,
    /// XML 1.0 §2.2 has no place for the character.
    #[error("a character that XML 1.0 does not allow")]
    IllegalCharacter,
    /// A character reference to such a character (XML 1.0 §4.1, Legal Character).
    #[error("a reference to a character that XML 1.0 does not allow")]
    IllegalReference,
    /// An entity that is not one of the five predefined, or a reference of no known form.
    #[error("an unknown entity or malformed character reference")]
    UnknownEntity,
    /// `&` that begins no reference.
    #[error("an ampersand that begins no reference; it must be written as &amp;")]
    BareAmpersand,
    /// `]]>` in text (XML 1.0 §2.4).
    #[error("`]]>` in text")]
    CdataEndInText,
    /// `--` in a comment, or `-` at its end (XML 1.0 §2.5).
    #[error("`--` within a comment")]
    DoubleHyphenInComment,
    /// `<!` that begins neither comment nor CDATA.
    #[error("unknown markup after `<!`")]
    UnknownMarkup,
    /// A tag, comment, CDATA section, processing instruction or value that does not end.
    #[error("markup is not closed before the end of the document")]
    UnclosedMarkup,
    /// Elements still open at the end of the document.
    #[error("an element is not closed before the end of the document")]
    UnclosedElement,
    /// An end tag that does not match the start tag (XML 1.0 §3, Element Type Match).
    #[error("an end tag does not match the open element")]
    MismatchedEndTag,
    /// A document without an element.
    #[error("the document has no root element")]
    NoRoot,
    /// A second element after the root (XML 1.0 §2.1).
    #[error("a second root element")]
    SecondRoot,
    /// Text other than white space, a reference or CDATA before or after the root.
    #[error("text outside the root element")]
    TextOutsideRoot,
    /// A name that is no QName (Namespaces in XML 1.0 §4), or a processing instruction target that is no NCName (§7).
    #[error("a malformed name")]
    MalformedName,
    /// The target `xml` in any case, reserved by XML 1.0 §2.6.
    #[error("a processing instruction with a reserved target")]
    ReservedTarget,
    /// An attribute that does not have the form of XML 1.0 §3.1.
    #[error("a malformed attribute")]
    MalformedAttribute,
    /// No white space before an attribute (XML 1.0 §3.1).
    #[error("no white space before an attribute")]
    MissingWhiteSpace,
    /// `<` in an attribute value (XML 1.0 §3.1, No < in Attribute Values).
    #[error("`<` in an attribute value; it must be written as &lt;")]
    LessThanInAttribute,
    /// Two attributes of one name, as written or as expanded (Namespaces in XML 1.0 §6.3).
    #[error("two attributes of the same name")]
    DuplicateAttribute,
    /// A prefix without a declaration (Namespaces in XML 1.0 §5, Prefix Declared).
    #[error("a prefix that is not declared")]
    UnboundPrefix,
    /// A declaration or name that misuses `xml` or `xmlns`, or undeclares a prefix (Namespaces in XML 1.0 §3, §5).
    #[error("a namespace declaration that is not allowed")]
    NamespaceMisuse,
}

impl ReadErrorKind {
    /// A code that stays the same over releases and languages, for programs: what kind of document is refused, not every
    /// way to get it wrong.
    pub fn code(self) -> &'static str {
        match self {
            Self::Limit { .. } => "xml.limit",
            Self::NotUtf8
            | Self::UnsupportedEncoding
            | Self::Compressed
            | Self::UnknownEncoding
            | Self::ContradictoryEncoding
            | Self::UnmarkedUtf16
            | Self::NotInEncoding(_)
            | Self::NotAscii => "xml.encoding",
            Self::UnsupportedVersion => "xml.version",
            Self::DocumentType => "xml.document-type",
            Self::UnknownEntity => "xml.entity",
            Self::IllegalCharacter | Self::IllegalReference => "xml.illegal-character",
            Self::DuplicateAttribute => "xml.duplicate-attribute",
            Self::UnboundPrefix | Self::NamespaceMisuse => "xml.namespace",
            _ => "xml.malformed",
        }
    }

    pub(crate) fn limit(limit: Limit, maximum: usize) -> Self {
        Self::Limit { limit, maximum }
    }
}

/// An error while the place is still a byte offset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    offset: usize,
    kind: ReadErrorKind,
}

impl Fault {
    pub(crate) fn new(offset: usize, kind: ReadErrorKind) -> Self {
        Self { offset, kind }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn kind(&self) -> ReadErrorKind {
        self.kind
    }

    pub(crate) fn in_document(self, text: &str) -> ReadError {
        let position = Cursor::new(text).advance_to(self.offset);
        ReadError {
            kind: self.kind,
            line: position.line,
            column: position.column,
        }
    }
}
