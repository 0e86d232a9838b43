// SPDX-License-Identifier: Apache-2.0
//! The content of a mail, as it stands after DATA.

/// A carriage return or a line feed alone, which no content may have (RFC 5321 §2.3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareLineEnd;

/// How far a content has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All bytes were read, and the end has not come.
    More,
    /// The end has come; so many bytes belong to the content, and what follows is a command.
    Ended(usize),
}

/// Reads a content in pieces of any size: takes the dots away that were put before lines (RFC 5321 §4.5.2), and finds the line with one dot, which
/// alone is the end.
#[derive(Debug)]
pub struct ContentReader {
    state: State,
    line: u64,
    longest_line: u64,
}

/// What the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The end of a line, or none at all.
    LineStart,
    /// A byte within a line.
    Text,
    /// A carriage return within a line.
    Cr,
    /// A dot at the start of a line.
    Dot,
    /// A carriage return after that.
    DotCr,
}

impl Default for ContentReader {
    fn default() -> Self {
        Self {
            state: State::LineStart,
            line: 0,
            longest_line: 0,
        }
    }
}

impl ContentReader {
    /// Reads on, and hands out what belongs to the content, in pieces.
    ///
    /// # Errors
    /// A bare line end. Whatever follows means nothing.
    pub fn read(
        &mut self,
        received: &[u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<Progress, BareLineEnd> {
        let mut rest = received;
        while let Some((&byte, after)) = rest.split_first() {
            match (self.state, byte) {
                (State::LineStart, b'.') => self.state = State::Dot,
                (State::LineStart | State::Text, b'\r') => self.state = State::Cr,
                (State::Dot, b'\r') => self.state = State::DotCr,
                (State::Cr, b'\n') => {
                    self.hand_out(b"\r\n", &mut take);
                    self.line = 0;
                    self.state = State::LineStart;
                }
                (State::DotCr, b'\n') => return Ok(Progress::Ended(received.len() - after.len())),
                (State::Cr | State::DotCr, _) | (_, b'\n') => return Err(BareLineEnd),
                (State::LineStart | State::Text | State::Dot, _) => {
                    let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                    let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
                    self.hand_out(text, &mut take);
                    self.state = State::Text;
                    rest = after;
                    continue;
                }
            }
            rest = after;
        }
        Ok(Progress::More)
    }

    /// Bytes of the longest line so far, its CRLF included.
    pub fn longest_line(&self) -> u64 {
        self.longest_line
    }

    fn hand_out(&mut self, piece: &[u8], take: &mut impl FnMut(&[u8])) {
        self.line += piece.len() as u64;
        self.longest_line = self.longest_line.max(self.line);
        take(piece);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use smtp_proto::request::receiver::DataReceiver;

    use super::*;

    /// A content, and what follows it.
    type Content = (Vec<u8>, Vec<u8>);

    /// The content of bytes that come in these pieces, if it ends.
    fn read(pieces: &[&[u8]]) -> Result<Option<Content>, BareLineEnd> {
        let mut reader = ContentReader::default();
        let mut content = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            let progress = reader.read(piece, |part| content.extend_from_slice(part))?;
            if let Progress::Ended(bytes) = progress {
                let rest = [&piece[bytes..], &pieces[number + 1..].concat()].concat();
                return Ok(Some((content, rest)));
            }
        }
        Ok(None)
    }

    #[test]
    fn dots_are_taken_away_and_one_alone_is_the_end() {
        for (received, content, rest) in [
            (".\r\n", "", ""),
            ("a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"),
            ("..\r\n.a\r\n...\r\n.\r\n", ".\r\na\r\n..\r\n", ""),
            ("a.\r\nb\r\n\r\n.\r\n", "a.\r\nb\r\n\r\n", ""),
        ] {
            let expected = (content.as_bytes().to_vec(), rest.as_bytes().to_vec());
            assert_eq!(
                read(&[received.as_bytes()]),
                Ok(Some(expected)),
                "{received:?}"
            );
        }
        assert_eq!(read(&[b"a\r\n."]), Ok(None));
    }

    #[test]
    fn nothing_but_crlf_dot_crlf_is_an_end() {
        for end in [
            "\n.\n",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r\n",
            "\r\n.\r",
            "\r.\r",
            "\n\n.\r\n",
            "\r\r\n.\r\n",
            "\r\n.\r\r\n",
            "\n",
        ] {
            let received = format!("a{end}MAIL FROM:<a@example>\r\n.\r\n");
            assert_eq!(read(&[received.as_bytes()]), Err(BareLineEnd), "{end:?}");
        }
    }

    #[test]
    fn the_longest_line_is_told() {
        let mut reader = ContentReader::default();
        reader.read(b"abc\r\nabcdef", |_| ()).unwrap();
        reader.read(b"gh\r\na\r\n", |_| ()).unwrap();
        assert_eq!(reader.longest_line(), 10);
    }

    proptest! {
        #[test]
        fn pieces_and_another_reader_make_no_difference(
            tokens in proptest::collection::vec(prop_oneof![
                Just("\r\n"), Just("\r\n"), Just("."), Just("\r"), Just("\n"), Just("a"), Just("\r\n.\r\n"), Just("MAIL")
            ], 0..30),
            cut in 0_usize..60,
        ) {
            let received = tokens.concat().into_bytes();
            let whole = read(&[&received]);
            let (first, second) = received.split_at(cut.min(received.len()));
            prop_assert_eq!(&read(&[first, second]), &whole);
            let single: Vec<&[u8]> = received.chunks(1).collect();
            prop_assert_eq!(&read(&single), &whole);
            // The other one is more lenient, and begins after the CRLF of the command.
            if let Ok(Some((content, rest))) = whole {
                let with_start = [b"\r\n", received.as_slice()].concat();
                let mut bytes = with_start.iter();
                let mut other = Vec::new();
                prop_assert!(DataReceiver::new().ingest(&mut bytes, &mut other));
                prop_assert_eq!(&other[2..], content);
                prop_assert_eq!(bytes.as_slice(), rest);
            }
        }
    }
}
