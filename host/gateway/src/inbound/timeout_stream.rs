// SPDX-License-Identifier: Apache-2.0
//! A stream that bounds the time for reading the head of a call, for waiting between calls, and for writing a reply.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use crate::inbound::head;

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for a call.
    Idle,
    /// Reads its head; a new connection begins here.
    Head,
    /// The call is handled: the handler keeps its time.
    Call,
    /// The reply is written.
    Reply,
}

/// The phase of a connection, shared by the stream and the handler.
#[derive(Debug)]
pub(crate) struct Progress {
    phase: AtomicU8,
    unknown_coding: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            phase: AtomicU8::new(Phase::Head as u8),
            unknown_coding: AtomicBool::new(false),
        }
    }
}

impl Progress {
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }

    pub(crate) fn phase(&self) -> Phase {
        let phases = [Phase::Idle, Phase::Head, Phase::Call, Phase::Reply];
        let now = self.phase.load(Ordering::SeqCst);
        let known = phases.into_iter().find(|phase| *phase as u8 == now);
        known.unwrap_or(Phase::Call)
    }

    /// Whether the last head was refused for an unknown transfer coding.
    pub(crate) fn has_unknown_coding(&self) -> bool {
        self.unknown_coding.load(Ordering::SeqCst)
    }
}

/// Called each time a reply has been written; returns how long to wait for the next call.
pub(crate) type OnIdle = Box<dyn Fn() -> Duration + Send + Sync>;

/// The reply to a head with an unknown transfer coding.
const UNKNOWN_CODING: &[u8] =
    b"HTTP/1.1 501 Not Implemented\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// Largest head in bytes.
    pub(crate) head_bytes: usize,
    /// For the head of a call, from its first byte or from the start of the connection.
    pub(crate) head: Duration,
    /// For taking a reply.
    pub(crate) write: Duration,
}

/// Fails when a reply is not taken in time or a head does not come in time; ends when no call comes in time.
///
/// The time for writing starts when the socket takes no more bytes and ends when everything is written; that for a head starts with its first byte.
/// Bytes that trickle do not restart them.
pub(crate) struct TimeoutStream<S> {
    stream: S,
    timeouts: Timeouts,
    progress: Arc<Progress>,
    on_idle: OnIdle,
    /// What was read since the last call, as far as it can be a head.
    head: Vec<u8>,
    writing: Option<Pin<Box<Sleep>>>,
    reading: Pin<Box<Sleep>>,
}

impl<S> TimeoutStream<S> {
    pub(crate) fn new(
        stream: S,
        timeouts: Timeouts,
        progress: Arc<Progress>,
        on_idle: OnIdle,
    ) -> Self {
        Self {
            stream,
            timeouts,
            progress,
            on_idle,
            head: Vec::new(),
            writing: None,
            reading: Box::pin(sleep(timeouts.head)),
        }
    }

    /// Lets a write that has to wait fail once its time is over.
    fn within_write_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            return polled;
        }
        let limit = self.timeouts.write;
        let writing = self.writing.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(writing.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Size of the HTTP library's own reply to a head, if it refuses an unknown transfer coding.
    ///
    /// Where such a message ends cannot be known, and the library says 400 for that (RFC 9112 §6.3). 501 tells the sender more (§6.1).
    fn own_refusal(&self, bytes: &[u8]) -> Option<usize> {
        let is_own = matches!(self.progress.phase(), Phase::Idle | Phase::Head);
        let is_refusal = is_own && bytes.starts_with(b"HTTP/1.1 400 ");
        let is_for_coding = is_refusal && head::has_other_transfer_coding(&self.head);
        is_for_coding.then(|| {
            self.progress.unknown_coding.store(true, Ordering::SeqCst);
            bytes.len()
        })
    }

    fn read_within(&mut self, time: Duration) {
        self.reading.as_mut().reset(Instant::now() + time);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let phase = self.progress.phase();
        if read.is_ready() {
            if matches!(phase, Phase::Idle | Phase::Head) {
                let new = buffer.filled().get(before..).unwrap_or_default();
                let room = self.timeouts.head_bytes.saturating_sub(self.head.len());
                self.head.extend_from_slice(new.get(..room).unwrap_or(new));
            }
            if phase == Phase::Idle && buffer.filled().len() > before {
                self.progress.enter(Phase::Head);
                let time = self.timeouts.head;
                self.read_within(time);
            }
            return read;
        }
        match phase {
            Phase::Call | Phase::Reply => Poll::Pending,
            Phase::Idle => {
                ready!(self.reading.as_mut().poll(context));
                // As if the other end had gone: nothing is owed.
                Poll::Ready(Ok(()))
            }
            Phase::Head => {
                ready!(self.reading.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match self.own_refusal(bytes) {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(size) => {
                let answer = Pin::new(&mut self.stream).poll_write(context, UNKNOWN_CODING);
                // So few bytes are taken whole or not at all.
                answer.map_ok(|_| size)
            }
        };
        self.within_write_timeout(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.first().map_or(&[] as &[u8], |first| first);
        if self.own_refusal(first).is_some() {
            return self.poll_write(context, first);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.within_write_timeout(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.writing = None;
            if self.progress.phase() == Phase::Reply {
                self.progress.enter(Phase::Idle);
                self.head = Vec::new();
                let time = (self.on_idle)();
                self.read_within(time);
            }
        }
        self.within_write_timeout(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.within_write_timeout(context, shut)
    }
}
