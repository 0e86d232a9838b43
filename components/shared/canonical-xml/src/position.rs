// SPDX-License-Identifier: Apache-2.0
//! Where in a document something stands.

use std::fmt;

/// A place in a source document. Both numbers start at 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, ended by LF, CRLF or a lone CR (XML 1.0 §2.11).
    pub line: u32,
    /// Character within the line.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Turns byte offsets, asked for in rising order, into positions. Each byte is looked at once, so that a document
/// on one long line does not cost the square of its length.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    position: Position,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            offset: 0,
            position: Position { line: 1, column: 1 },
        }
    }

    /// The position of the character at `offset`; an offset already passed gives the last position.
    pub(crate) fn advance_to(&mut self, offset: usize) -> Position {
        let bytes = self.text.as_bytes();
        for (index, &byte) in bytes.iter().enumerate().take(offset).skip(self.offset) {
            let ends_line =
                byte == b'\n' || (byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends_line {
                self.position.line = self.position.line.saturating_add(1);
                self.position.column = 1;
            } else if !is_continuation(byte) {
                self.position.column = self.position.column.saturating_add(1);
            }
        }
        self.offset = self.offset.max(offset);
        self.position
    }
}

/// Whether a byte continues a character of UTF-8 rather than beginning one.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_of_all_three_kinds_and_characters() {
        let mut cursor = Cursor::new("ä\nb\r\nc\rdd");
        let at = |line, column| Position { line, column };
        assert_eq!(cursor.advance_to(0), at(1, 1));
        assert_eq!(cursor.advance_to(2), at(1, 2));
        assert_eq!(cursor.advance_to(3), at(2, 1));
        assert_eq!(cursor.advance_to(6), at(3, 1));
        assert_eq!(cursor.advance_to(9), at(4, 2));
        assert_eq!(cursor.advance_to(4), at(4, 2));
    }
}
