// SPDX-License-Identifier: Apache-2.0
//! A relay's connection: what was received and not read yet, and replies that wait to be sent.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use crate::inbound::mail::{
    reply::Reply,
    wire::{LineFlaw, end_of_line},
};

/// Bytes asked of the system at a time.
const READ: usize = 16 << 10;

/// Replies are sent when there is nothing left to read, as RFC 2920 §3.2 advises, or when they are so many bytes.
const MOST_REPLIES: usize = 4 << 10;

/// How long, and how much, is read and thrown away before a connection is closed: bytes left unread would have it reset, and the reset may
/// overtake the last reply.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1 << 20;

/// The other end has gone, or does not take replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// Why there is no command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoLine {
    /// See [`Gone`].
    Gone,
    /// What came is no line.
    Flaw(LineFlaw),
}

/// A connection with its buffers.
pub(super) struct MailStream<S> {
    stream: S,
    received: Vec<u8>,
    replies: Vec<u8>,
    reply_time: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> MailStream<S> {
    /// `reply_time` is how long the other end may take to take replies.
    pub(super) fn new(stream: S, reply_time: Duration) -> Self {
        Self {
            stream,
            received: Vec::new(),
            replies: Vec::new(),
            reply_time,
        }
    }

    /// The next command line without its CRLF. May be dropped and called again.
    pub(super) async fn line(&mut self, limit: usize) -> Result<Vec<u8>, NoLine> {
        loop {
            if let Some(end) = end_of_line(&self.received, limit).map_err(NoLine::Flaw)? {
                let line = self.received.get(..end).unwrap_or_default().to_vec();
                self.consume(end + 2);
                return Ok(line);
            }
            self.more().await.map_err(|Gone| NoLine::Gone)?;
        }
    }

    /// Sends the replies and waits for more bytes. May be dropped and called again.
    pub(super) async fn more(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        self.received.reserve(READ);
        match self.stream.read_buf(&mut self.received).await {
            Ok(0) | Err(_) => Err(Gone),
            Ok(_) => Ok(()),
        }
    }

    /// What was received and not consumed.
    pub(super) fn received(&self) -> &[u8] {
        &self.received
    }

    /// Forgets the first bytes of it.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.received.drain(..bytes.min(self.received.len()));
    }

    /// Puts a reply behind those that wait.
    pub(super) async fn reply(&mut self, reply: &Reply) -> Result<(), Gone> {
        self.write(&reply.line()).await
    }

    /// The same for a reply of several lines, or one without an enhanced code.
    pub(super) async fn write(&mut self, lines: &str) -> Result<(), Gone> {
        self.replies.extend_from_slice(lines.as_bytes());
        match self.replies.len() < MOST_REPLIES {
            true => Ok(()),
            false => self.flush().await,
        }
    }

    /// Sends the replies. May be dropped and called again.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        let (stream, replies) = (&mut self.stream, &mut self.replies);
        let sending = async {
            while !replies.is_empty() {
                let sent = stream.write(replies).await?;
                if sent == 0 {
                    return Err(std::io::ErrorKind::WriteZero.into());
                }
                replies.drain(..sent);
            }
            stream.flush().await
        };
        match timeout(self.reply_time, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// The connection itself, and how many bytes were received on it that nobody has read: they are gone.
    pub(super) fn into_inner(self) -> (S, usize) {
        (self.stream, self.received.len())
    }

    /// Sends the replies and closes the connection, within bounds.
    pub(super) async fn close(mut self) {
        if self.flush().await.is_err() {
            return;
        }
        let closing = async {
            self.stream.shutdown().await?;
            let mut rest = self.stream.take(LINGER_BYTES);
            tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
        };
        // The other end may end its connection as it likes.
        let _ = timeout(LINGER_TIME, closing).await;
    }
}
