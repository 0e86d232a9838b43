// SPDX-License-Identifier: Apache-2.0
//! Commands and replies (RFC 5321 §4).

use bytes::Buf;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::answer::MailReply;
use crate::outbound::{client_key::Asked, reason::Reason, tls_reason::of_connection};

/// Most bytes of a reply with all its lines; those of usual relays have some hundred.
const MOST_REPLY_BYTES: usize = 16 << 10;

/// Bytes read at once.
const CHUNK: usize = 1 << 10;

/// A stream, plain or within TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A relay that replies to commands, one by one.
pub(super) struct Dialogue {
    stream: Box<dyn Stream>,
    /// Read, and not yet part of a reply.
    unread: Vec<u8>,
}

/// A reply, line by line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Lines {
    pub(super) fn reply(&self) -> MailReply {
        MailReply::new(self.code, &self.lines)
    }

    /// The reply as a refusal of a command, unless it has this code.
    pub(super) fn expect(self, code: u16, command: &'static str) -> Result<Self, Reason> {
        match self.code == code {
            true => Ok(self),
            false => Err(Reason::RelayRefused {
                command,
                reply: self.reply(),
            }),
        }
    }
}

impl Dialogue {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            unread: Vec::new(),
        }
    }

    /// Sends a command and reads the reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<Lines, Reason> {
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    pub(super) async fn write(&mut self, mut bytes: impl Buf) -> Result<(), Reason> {
        let broken = |error| of_connection(&error, Asked::No);
        let stream = &mut self.stream;
        stream.write_all_buf(&mut bytes).await.map_err(broken)?;
        stream.flush().await.map_err(broken)
    }

    /// Reads a reply.
    pub(super) async fn reply(&mut self) -> Result<Lines, Reason> {
        let mut whole: Option<Lines> = None;
        let mut bytes = 0;
        loop {
            let line = self.line(MOST_REPLY_BYTES - bytes).await?;
            bytes += line.len();
            let (code, is_last, text) = parsed(&line)?;
            let reply = whole.get_or_insert_with(|| Lines {
                code,
                lines: Vec::new(),
            });
            if reply.code == 220 && code >= 400 {
                // Some relays begin to greet before they look whom: the refusal counts.
                reply.code = code;
            }
            if reply.code != code {
                return Err(Reason::NoSmtp {
                    detail: "the lines of a reply have different codes",
                });
            }
            reply.lines.push(text);
            if is_last && let Some(reply) = whole {
                return Ok(reply);
            }
        }
    }

    /// The stream, for TLS, unless the relay has said more than its consent (RFC 3207 §5).
    pub(super) fn into_stream(self) -> Result<Box<dyn Stream>, Reason> {
        match self.unread.is_empty() {
            true => Ok(self.stream),
            false => Err(Reason::EarlyBytes),
        }
    }

    /// A line of at most `limit` bytes with its CRLF.
    async fn line(&mut self, limit: usize) -> Result<Vec<u8>, Reason> {
        let too_long = Err(Reason::NoSmtp {
            detail: "a reply has more than 16 KiB",
        });
        let mut looked_at = 0;
        loop {
            let new = self.unread.get(looked_at..).unwrap_or_default();
            if let Some(place) = new.iter().position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(looked_at + place + 1);
                let line = std::mem::replace(&mut self.unread, rest);
                return if line.len() > limit {
                    too_long
                } else {
                    Ok(line)
                };
            }
            looked_at = self.unread.len();
            if looked_at >= limit {
                return too_long;
            }
            let mut chunk = [0; CHUNK];
            let read = self.stream.read(&mut chunk).await;
            match read.map_err(|error| of_connection(&error, Asked::No))? {
                0 => return Err(Reason::Closed),
                read => self
                    .unread
                    .extend_from_slice(chunk.get(..read).unwrap_or_default()),
            }
        }
    }
}

/// Code, whether it is the last line, and text: `250-text`, `250 text` or `250` (RFC 5321 §4.2).
fn parsed(line: &[u8]) -> Result<(u16, bool, String), Reason> {
    let wrong = |detail| Reason::NoSmtp { detail };
    let line = line
        .strip_suffix(b"\r\n")
        .ok_or_else(|| wrong("a line does not end with CR and LF"))?;
    let no_code = || wrong("a line does not begin with a code of three digits");
    let (code, rest) = line.split_at_checked(3).ok_or_else(no_code)?;
    let code = match code {
        [a @ b'2'..=b'5', b @ b'0'..=b'5', c @ b'0'..=b'9'] => [a, b, c]
            .into_iter()
            .fold(0, |code, digit| code * 10 + u16::from(digit - b'0')),
        _ => return Err(no_code()),
    };
    let (is_last, text) = match rest {
        [] => (true, &[][..]),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err(no_code()),
    };
    Ok((code, is_last, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Replies read from what a relay says, which then is silent for good.
    async fn replies(said: &[u8]) -> Vec<Result<Lines, Reason>> {
        let (own, mut other) = tokio::io::duplex(1 << 20);
        other.write_all(said).await.unwrap();
        drop(other);
        let mut dialogue = Dialogue::new(own);
        let mut replies = Vec::new();
        while replies.last().is_none_or(Result::is_ok) {
            replies.push(dialogue.reply().await);
        }
        replies
    }

    fn lines(code: u16, lines: &[&str]) -> Result<Lines, Reason> {
        Ok(Lines {
            code,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        })
    }

    #[tokio::test]
    async fn replies_have_lines() {
        let read = replies(b"250-a\r\n250-\r\n250 b\r\n354\r\n599 x\r\n").await;
        assert_eq!(read[..2], [lines(250, &["a", "", "b"]), lines(354, &[""])]);
        assert!(matches!(read[2], Err(Reason::NoSmtp { .. })));
        assert_eq!(replies(b"250-a\r\n250 b").await, [Err(Reason::Closed)]);
        let refused = replies(b"220-a\r\n220-b\r\n521 5.7.1 c\r\n").await;
        assert_eq!(refused[0], lines(521, &["a", "b", "5.7.1 c"]));
        for said in [
            &b"250-a\r\n251 b\r\n"[..],
            b"250-a\r\n451 b\r\n",
            b"220-a\r\n250 b\r\n",
            b"220-a\r\n521-b\r\n220 c\r\n",
            b"250 a\n",
            b"25 a\r\n",
            b"250a\r\n",
            b"150 a\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"\r\n",
        ] {
            let read = replies(said).await;
            assert!(matches!(read[..], [Err(Reason::NoSmtp { .. })]), "{said:?}");
        }
    }

    #[tokio::test]
    async fn a_reply_has_its_limit() {
        let long = |bytes: usize| format!("250 {}\r\n", "x".repeat(bytes - 6)).into_bytes();
        assert!(replies(&long(MOST_REPLY_BYTES)).await[0].is_ok());
        let over = replies(&long(MOST_REPLY_BYTES + 1)).await;
        assert!(matches!(over[..], [Err(Reason::NoSmtp { .. })]));
        let endless = "250-x\r\n".repeat(MOST_REPLY_BYTES / 7 + 1);
        let over = replies(endless.as_bytes()).await;
        assert!(matches!(over[..], [Err(Reason::NoSmtp { .. })]));
        let unended = vec![b'2'; 2 * MOST_REPLY_BYTES];
        let over = replies(&unended).await;
        assert!(matches!(over[..], [Err(Reason::NoSmtp { .. })]));
    }
    proptest! {
        /// Whatever a relay says is read as replies or refused by its reason.
        #[test]
        fn whatever_comes_is_read_or_refused(said in proptest::collection::vec(
            prop_oneof![Just(b'2'), Just(b'5'), Just(b'0'), Just(b'-'), Just(b' '), Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()],
            0..80,
        )) {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let read = runtime.unwrap().block_on(replies(&said));
            for reply in read.iter().flatten() {
                prop_assert!((200..=559).contains(&reply.code));
                prop_assert!(!reply.reply().to_string().contains(char::is_control));
            }
            let end = read.last().unwrap().as_ref().unwrap_err();
            let is_told = matches!(end, Reason::Closed | Reason::NoSmtp { .. });
            prop_assert!(is_told);
        }
    }
}
