// SPDX-License-Identifier: Apache-2.0
//! Spans that wait, and the one task that sends them. Whoever ends a step puts its span into a queue with a bound and goes on: a collector that is slow or gone costs spans, never time.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc as threads,
    },
    time::Duration,
};

use silta::Blob;
use tokio::{runtime::Handle, sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    super::span::{Span, SpanSink},
    OtlpSetup, message,
};
use crate::{
    metrics::SpanMetrics,
    outbound::{HttpOutcome, HttpRequest},
};

/// The most spans of one request.
const BATCH: usize = 512;

/// How long the first span of a request waits for others.
const LINGER: Duration = Duration::from_secs(1);

/// Time for an answer, as the protocol has it by default.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Bytes of an answer, of which only a number is read.
const ANSWER_LIMIT: u64 = 64 << 10;

/// Pauses before a request is sent again. After the last its spans are dropped; the queue has taken those that came meanwhile, up to its bound.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// How long what waits may be sent once the gateway has stopped.
const LAST_TIME: Duration = Duration::from_secs(2);

/// Spans on their way to a collector.
pub(crate) struct Exporting {
    queue: mpsc::Sender<Span>,
    metrics: SpanMetrics,
    stopping: CancellationToken,
    in_hand: Arc<AtomicU64>,
    ended: threads::Receiver<Infallible>,
}

impl Exporting {
    /// Begins; and who takes spans for it.
    pub(crate) fn start(
        setup: OtlpSetup,
        runtime: &Handle,
        metrics: SpanMetrics,
    ) -> (Self, Arc<dyn SpanSink>) {
        let (queue, waiting) = mpsc::channel(setup.most_waiting.max(1));
        let (running, ended) = threads::channel::<Infallible>();
        let stopping = CancellationToken::new();
        let in_hand = Arc::new(AtomicU64::new(0));
        let exporter = Exporter {
            setup,
            metrics: metrics.clone(),
            stopping: stopping.clone(),
            in_hand: Arc::clone(&in_hand),
            is_failing: false,
        };
        runtime.spawn(async move {
            exporter.export(waiting).await;
            drop(running);
        });
        let sink = Arc::new(Queue {
            queue: queue.clone(),
            metrics: metrics.clone(),
        });
        let exporting = Self {
            queue,
            metrics,
            stopping,
            in_hand,
            ended,
        };
        (exporting, sink)
    }

    /// Sends what waits, for two seconds at most, and drops the rest.
    pub(crate) fn finish(self) {
        self.stopping.cancel();
        let Self {
            queue,
            metrics,
            in_hand,
            ended,
            ..
        } = self;
        // It ends when nothing is sent any more: by dropping its sender.
        let in_time = ended.recv_timeout(LAST_TIME) != Err(threads::RecvTimeoutError::Timeout);
        let waiting = queue.max_capacity().saturating_sub(queue.capacity()) as u64;
        let left = waiting.saturating_add(in_hand.load(Ordering::SeqCst));
        if !in_time || left > 0 {
            metrics.dropped("stopped", left);
            tracing::warn!(target: "silta::telemetry", left, "the collector did not take all spans before the gateway stopped");
        }
    }
}

/// Takes spans where work goes on.
struct Queue {
    queue: mpsc::Sender<Span>,
    metrics: SpanMetrics,
}

impl SpanSink for Queue {
    fn take(&self, span: Span) {
        if self.queue.try_send(span).is_err() {
            self.metrics.dropped("queue-full", 1);
        }
    }
}

/// The task.
struct Exporter {
    setup: OtlpSetup,
    metrics: SpanMetrics,
    stopping: CancellationToken,
    /// Spans that were taken out of the queue and of which nobody knows yet what becomes of them.
    in_hand: Arc<AtomicU64>,
    is_failing: bool,
}

/// What came of a request.
enum Sent {
    /// Taken, but for so many spans.
    Taken(u64),
    /// It may be taken later.
    Later(String),
    /// It will not be taken.
    Never(String),
}

impl Exporter {
    async fn export(mut self, mut waiting: mpsc::Receiver<Span>) {
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                _ = waiting.recv_many(&mut batch, BATCH) => {}
                () = self.stopping.cancelled() => break,
            }
            self.gather(&mut waiting, &mut batch).await;
            self.send(&batch).await;
        }
        // Once each: there is no time to wait for a collector.
        while let Ok(first) = waiting.try_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(span) = waiting.try_recv()
            {
                batch.push(span);
            }
            self.send(&batch).await;
        }
    }

    /// Waits a moment for more spans.
    async fn gather(&self, waiting: &mut mpsc::Receiver<Span>, batch: &mut Vec<Span>) {
        let until = Instant::now() + LINGER;
        while batch.len() < BATCH {
            tokio::select! {
                taken = waiting.recv_many(batch, BATCH - batch.len()) => if taken == 0 { return },
                () = tokio::time::sleep_until(until) => return,
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Sends spans until they are taken, or for long enough, and counts them.
    async fn send(&mut self, batch: &[Span]) {
        self.in_hand.store(batch.len() as u64, Ordering::SeqCst);
        self.try_to_send(batch).await;
        self.in_hand.store(0, Ordering::SeqCst);
    }

    async fn try_to_send(&mut self, batch: &[Span]) {
        let body = Blob::from(message::body(batch));
        let mut pauses = PAUSES.into_iter();
        loop {
            let why = match self.post(body.clone()).await {
                Sent::Taken(rejected) => {
                    // Whatever it says: there were no more.
                    let rejected = rejected.min(batch.len() as u64);
                    self.metrics.exported(batch.len() as u64 - rejected);
                    self.metrics.dropped("rejected", rejected);
                    return self.tell(None);
                }
                Sent::Never(why) => {
                    self.metrics.dropped("rejected", batch.len() as u64);
                    return self.tell(Some(why));
                }
                Sent::Later(why) => why,
            };
            self.tell(Some(why));
            let pause = pauses.next().filter(|_| !self.stopping.is_cancelled());
            let Some(pause) = pause else {
                return self.metrics.dropped("not-taken", batch.len() as u64);
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled() => {}
            }
        }
    }

    async fn post(&self, body: Blob) -> Sent {
        let request = HttpRequest {
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
            timeout: ANSWER_TIME,
            answer_limit: ANSWER_LIMIT,
            ..HttpRequest::new("POST", self.setup.url.as_str())
        };
        match self.setup.http.send(request).await {
            HttpOutcome::Answered(answer) => {
                let why = || format!("it answers with status {}", answer.status);
                match answer.status {
                    200..=299 => Sent::Taken(message::rejected(&answer.body.to_vec())),
                    // "Retryable Response Codes" of the protocol.
                    429 | 502 | 503 | 504 => Sent::Later(why()),
                    _ => Sent::Never(why()),
                }
            }
            // The same spans twice are the same spans.
            HttpOutcome::Unknown(fact) => Sent::Later(fact.to_string()),
            HttpOutcome::NotSent(fact) => Sent::Later(fact.to_string()),
        }
    }

    /// Tells the operator when that changes.
    fn tell(&mut self, why: Option<String>) {
        let is_failing = why.is_some();
        if std::mem::replace(&mut self.is_failing, is_failing) == is_failing {
            return;
        }
        match why {
            Some(why) => {
                tracing::warn!(target: "silta::telemetry", why, "the collector does not take spans; they are tried again, and dropped and counted (`silta_spans_dropped`) where too many wait. Nothing else waits for it");
            }
            None => tracing::info!(target: "silta::telemetry", "the collector takes spans again"),
        }
    }
}

#[cfg(test)]
mod tests;
