// SPDX-License-Identifier: Apache-2.0
//! Pages that keep themselves up to date: server-sent events (HTML Living Standard §9.2), of which each has what the page shows now.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::layout::Content;

/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// After so long without an event, a comment shows that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long somebody may take nothing.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A stream of events, until its page is gone, its reader is, or the gateway stops.
pub(super) struct LiveBody(mpsc::Receiver<Bytes>);

/// What a stream is about.
pub(super) struct Live {
    /// Looks at the page. May block.
    pub(super) look: Arc<dyn Fn() -> Look + Send + Sync>,
    /// What its reader has seen last.
    pub(super) seen: String,
    pub(super) stopping: CancellationToken,
    /// One of as many as there may be.
    pub(super) place: OwnedSemaphorePermit,
}

/// What a look at a page gives.
pub(super) enum Look {
    Shows(Content),
    /// It cannot be made at the moment.
    Nothing,
    /// What it is about is gone.
    Gone,
}

impl Live {
    /// Begins.
    pub(super) fn start(self) -> LiveBody {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(self.run(sender));
        LiveBody(receiver)
    }

    async fn run(mut self, sender: mpsc::Sender<Bytes>) {
        let mut clock = interval(LOOK);
        let mut last = Instant::now();
        let mut text = "retry: 3000\n\n".to_owned();
        loop {
            let look = Arc::clone(&self.look);
            let Ok(seen) = tokio::task::spawn_blocking(move || look()).await else {
                break;
            };
            let is_gone = matches!(seen, Look::Gone);
            match seen {
                Look::Gone => text += "event: gone\ndata:\n\n",
                Look::Nothing => {}
                Look::Shows(content) => {
                    let revision = content.revision();
                    if revision != self.seen {
                        text += &event(&revision, &content.html);
                        self.seen = revision;
                    }
                }
            }
            if text.is_empty() && last.elapsed() >= KEEP_ALIVE {
                text += ": still here\n\n";
            }
            if !text.is_empty() {
                let sent = sender.send(std::mem::take(&mut text).into());
                if !matches!(timeout(TIMEOUT, sent).await, Ok(Ok(()))) {
                    break;
                }
                last = Instant::now();
            }
            if is_gone {
                break;
            }
            tokio::select! {
                () = self.stopping.cancelled() => break,
                () = sender.closed() => break,
                _ = clock.tick() => {}
            }
        }
        drop(self.place);
    }
}

/// An event: each line of what it has is a line of its own.
fn event(revision: &str, html: &str) -> String {
    let lines = html.lines().map(|line| format!("data: {line}\n"));
    format!(
        "id: {revision}\nevent: content\n{}\n",
        lines.collect::<String>()
    )
}

impl Body for LiveBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let polled = self.0.poll_recv(context);
        polled.map(|received| received.map(|bytes| Ok(Frame::data(bytes))))
    }
}
