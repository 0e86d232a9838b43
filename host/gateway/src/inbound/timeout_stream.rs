//! A stream that waits for its reader, and for its writer, within bounds.

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

/// How far a connection is with its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for a call.
    Idle,
    /// Its head has begun; this is where a connection begins.
    Head,
    /// It is read and judged: its time is kept by whoever does that.
    Call,
    /// Its answer is on its way.
    Answer,
}

/// The phase of a connection, known to the stream and to whoever answers.
#[derive(Debug)]
pub(crate) struct Pace {
    phase: AtomicU8,
    not_understood: AtomicBool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            phase: AtomicU8::new(Phase::Head as u8),
            not_understood: AtomicBool::new(false),
        }
    }
}

impl Pace {
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }

    pub(crate) fn phase(&self) -> Phase {
        let phases = [Phase::Idle, Phase::Head, Phase::Call, Phase::Answer];
        let now = self.phase.load(Ordering::SeqCst);
        let known = phases.into_iter().find(|phase| *phase as u8 == now);
        known.unwrap_or(Phase::Call)
    }

    /// Whether the last head was refused for a transfer coding that is not understood.
    pub(crate) fn is_not_understood(&self) -> bool {
        self.not_understood.load(Ordering::SeqCst)
    }
}

/// Called once each time an answer has gone; says how long to wait for the next call.
pub(crate) type OnIdle = Box<dyn Fn() -> Duration + Send + Sync>;

/// The answer to a head with a transfer coding that is not understood.
const NOT_UNDERSTOOD: &[u8] =
    b"HTTP/1.1 501 Not Implemented\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// How large a head can be.
    pub(crate) head_bytes: usize,
    /// For the head of a call, from its first byte, or from the beginning of the connection.
    pub(crate) head: Duration,
    /// For taking an answer.
    pub(crate) answer: Duration,
}

/// Fails when what was written has not been taken in time, and when a head has not come in time; ends when no call comes in time.
///
/// The time for an answer begins when there is no room for more, and ends when everything has gone; that for a head begins with its first byte. Bytes
/// that trickle do not begin them anew.
pub(crate) struct Impatient<S> {
    stream: S,
    times: Times,
    pace: Arc<Pace>,
    on_idle: OnIdle,
    /// The beginning of what was read since the last call: its head, if it is one.
    head: Vec<u8>,
    writing: Option<Pin<Box<Sleep>>>,
    reading: Pin<Box<Sleep>>,
}

impl<S> Impatient<S> {
    pub(crate) fn new(stream: S, times: Times, pace: Arc<Pace>, on_idle: OnIdle) -> Self {
        Self {
            stream,
            times,
            pace,
            on_idle,
            head: Vec::new(),
            writing: None,
            reading: Box::pin(sleep(times.head)),
        }
    }

    /// Whether there is patience left for what has to wait.
    fn wait<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            return polled;
        }
        let patience = self.times.answer;
        let writing = self
            .writing
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(writing.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// How many bytes the HTTP library's own refusal of a head has, if it is one for a transfer coding that is not understood.
    ///
    /// Of such a message nobody can tell where it ends, and the library says 400 for that (RFC 9112 §6.3). The sender is told more by 501 (§6.1).
    fn own_refusal(&self, bytes: &[u8]) -> Option<usize> {
        let is_own = matches!(self.pace.phase(), Phase::Idle | Phase::Head);
        let is_refusal = is_own && bytes.starts_with(b"HTTP/1.1 400 ");
        let is_for_coding = is_refusal && head::has_other_transfer_coding(&self.head);
        is_for_coding.then(|| {
            self.pace.not_understood.store(true, Ordering::SeqCst);
            bytes.len()
        })
    }

    fn read_within(&mut self, time: Duration) {
        self.reading.as_mut().reset(Instant::now() + time);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let phase = self.pace.phase();
        if read.is_ready() {
            if matches!(phase, Phase::Idle | Phase::Head) {
                let new = buffer.filled().get(before..).unwrap_or_default();
                let room = self.times.head_bytes.saturating_sub(self.head.len());
                self.head.extend_from_slice(new.get(..room).unwrap_or(new));
            }
            if phase == Phase::Idle && buffer.filled().len() > before {
                self.pace.enter(Phase::Head);
                let time = self.times.head;
                self.read_within(time);
            }
            return read;
        }
        match phase {
            Phase::Call | Phase::Answer => Poll::Pending,
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match self.own_refusal(bytes) {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(size) => {
                let answer = Pin::new(&mut self.stream).poll_write(context, NOT_UNDERSTOOD);
                // So few bytes are taken whole or not at all.
                answer.map_ok(|_| size)
            }
        };
        self.wait(context, written)
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
        self.wait(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.writing = None;
            if self.pace.phase() == Phase::Answer {
                self.pace.enter(Phase::Idle);
                self.head = Vec::new();
                let time = (self.on_idle)();
                self.read_within(time);
            }
        }
        self.wait(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.wait(context, shut)
    }
}
