//! A stream that waits for its reader, and for its writer, within bounds.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

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
pub(crate) struct Pace(AtomicU8);

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicU8::new(Phase::Head as u8))
    }
}

impl Pace {
    pub(crate) fn enter(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::SeqCst);
    }

    pub(crate) fn phase(&self) -> Phase {
        let phases = [Phase::Idle, Phase::Head, Phase::Call, Phase::Answer];
        let now = self.0.load(Ordering::SeqCst);
        let known = phases.into_iter().find(|phase| *phase as u8 == now);
        known.unwrap_or(Phase::Call)
    }
}

/// Called once each time an answer has gone; says how long to wait for the next call.
pub(crate) type OnIdle = Box<dyn Fn() -> Duration + Send + Sync>;

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
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
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wait(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
