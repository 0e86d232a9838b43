// SPDX-License-Identifier: Apache-2.0
//! Lines and contents on a connection, plain or within TLS.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::inspection::Arrived;

/// A stream, plain or within TLS.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// Octets read at once.
const CHUNK: usize = 16 << 10;

/// A connection with what has been read and not used.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    unread: Vec<u8>,
    idle_limit: Duration,
}

impl Wire {
    pub(super) fn new(stream: impl Duplex + 'static, idle_limit: Duration) -> Self {
        Self {
            stream: Box::new(stream),
            unread: Vec::new(),
            idle_limit,
        }
    }

    /// Whether more has come than belongs before TLS (RFC 3207 §5).
    pub(super) fn has_early_octets(&self) -> bool {
        !self.unread.is_empty()
    }

    /// The stream, for TLS.
    pub(super) fn into_stream(self) -> Box<dyn Duplex> {
        self.stream
    }

    /// A line without its CRLF, of at most `limit` octets; the error says what is wrong with it.
    pub(super) async fn line(&mut self, limit: usize) -> io::Result<Result<Vec<u8>, &'static str>> {
        let end = loop {
            let end = self.unread.iter().position(|octet| *octet == b'\n');
            match end {
                Some(end) => break end,
                // Nobody says that much in one line.
                None if self.unread.len() > limit * 16 => {
                    return Err(invalid("a line does not end"));
                }
                None => self.fill().await?,
            }
        };
        let rest = self.unread.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.unread, rest);
        if line.len() > limit {
            return Ok(Err("the line is too long"));
        }
        if !line.ends_with(b"\r\n") {
            return Ok(Err("the line does not end with CR and LF"));
        }
        line.truncate(line.len() - 2);
        Ok(Ok(line))
    }

    /// A content up to the line of one dot; its octets beyond `limit` are counted and not kept. `None` when `cut` octets have come.
    pub(super) async fn content(
        &mut self,
        limit: usize,
        cut: Option<usize>,
    ) -> io::Result<Option<Arrived>> {
        let mut reading = Reading {
            arrived: Arrived::default(),
            limit,
            at: At::LineStart,
        };
        let mut come = 0_usize;
        loop {
            if self.unread.is_empty() {
                self.fill().await?;
            }
            let mut used = 0;
            for octet in &self.unread {
                used += 1;
                if reading.next(*octet) {
                    self.unread.drain(..used);
                    return Ok(Some(reading.arrived));
                }
                if cut.is_some_and(|cut| come + used >= cut) {
                    return Ok(None);
                }
            }
            come += used;
            self.unread.clear();
        }
    }

    pub(super) async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let written = async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        };
        timeout(self.idle_limit, written)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Byte by byte, in this time.
    pub(super) async fn write_slowly(&mut self, octets: &[u8], time: Duration) -> io::Result<()> {
        let pause = time / u32::try_from(octets.len()).unwrap_or(u32::MAX).max(1);
        for octet in octets {
            sleep(pause).await;
            self.write(&[*octet]).await?;
        }
        Ok(())
    }

    /// Ends the connection in an orderly way, as far as the other side lets it.
    pub(super) async fn close(&mut self) {
        let _ = timeout(self.idle_limit, self.stream.shutdown()).await;
    }

    async fn fill(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let read = timeout(self.idle_limit, self.stream.read(&mut chunk)).await;
        let read = read
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long"))??;
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the connection ended",
            ));
        }
        self.unread.extend(chunk.get(..read).unwrap_or_default());
        Ok(())
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A content as it goes by (RFC 5321 §4.5.2).
struct Reading {
    arrived: Arrived,
    limit: usize,
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    LineStart,
    Dot,
    DotCr,
    Within,
    Cr,
}

impl Reading {
    /// Whether this octet ends the content.
    fn next(&mut self, octet: u8) -> bool {
        match (self.at, octet) {
            (At::LineStart, b'.') => self.at = At::Dot,
            (At::Dot, b'\r') => self.at = At::DotCr,
            (At::DotCr, b'\n') => return true,
            (At::DotCr, _) => {
                self.arrived.has_lone_dot = true;
                self.push(b'\r');
                self.push(octet);
            }
            (At::Dot, _) => {
                self.arrived.has_lone_dot |= octet != b'.';
                self.push(octet);
            }
            _ => self.push(octet),
        }
        false
    }

    fn push(&mut self, octet: u8) {
        self.arrived.size += 1;
        if self.arrived.size <= self.limit {
            self.arrived.octets.push(octet);
        }
        self.at = match (self.at, octet) {
            (At::Cr, b'\n') => At::LineStart,
            (_, b'\r') => At::Cr,
            _ => At::Within,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(octets: &[u8]) -> (Arrived, Vec<u8>) {
        let (own, mut other) = tokio::io::duplex(1 << 16);
        other.write_all(octets).await.unwrap();
        let mut wire = Wire::new(own, Duration::from_secs(5));
        let arrived = wire.content(20, None).await.unwrap().unwrap();
        (arrived, wire.unread)
    }

    #[test]
    fn contents_end_with_a_dot_and_lose_the_doubled_ones() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (arrived, unread) = read(b"a\r\n..b\r\n\n.\n\r.\r\n.\r\nQUIT\r\n").await;
            assert_eq!(arrived.octets, b"a\r\n.b\r\n\n.\n\r.\r\n");
            assert!(!arrived.has_lone_dot);
            assert_eq!(unread, b"QUIT\r\n");
            assert!(read(b".\r\n").await.0.octets.is_empty());
            for lone in [&b".a\r\n.\r\n"[..], b".\n\r\n.\r\n", b".\ra\r\n.\r\n"] {
                assert!(read(lone).await.0.has_lone_dot, "{lone:?}");
            }
            let (arrived, _) = read(b"123456789012345678901\r\n.\r\n").await;
            assert_eq!((arrived.octets.len(), arrived.size), (20, 23));
        });
    }
}
