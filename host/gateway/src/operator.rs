// SPDX-License-Identifier: Apache-2.0
//! For whoever operates the gateway: is it alive, is it ready, what does it count, and pages for people. HTTP without TLS, on an address of its own.

mod answer;
mod measured;
mod page;

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use silta::Agency;
use silta_store::Store;
use tokio::sync::Semaphore;

use crate::{
    half_open::{Answered, HalfOpen},
    inbound::ListenerError,
    metrics::Metrics,
    platform::WriteTimeout,
    server::{ServerContext, bind},
};
use answer::Answers;
pub use page::{CertificateEnd, Certificates, PageSetup, UserField, WrongPage};
use page::{Page, Peer};

/// Connections at once, beside those of pages that keep themselves up to date; more wait. Scrapers and probes have one each.
const CONNECTIONS: u32 = 32;

/// Time for the head of a request, and between two.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a client may take nothing of its answer.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// What the operator's server shows.
#[derive(Clone)]
pub struct OperatorSetup {
    /// Where it listens; port 0 is any free one. Whoever reaches it may read it, so it should be an address of this machine or of a network of its own.
    pub address: SocketAddr,
    /// The store whose state decides whether the gateway is ready.
    pub store: Arc<dyn Store>,
    /// Agencies whose calls are taken.
    pub agencies: Vec<(String, Agency)>,
    /// Pages for people at `/`; without it there are none.
    pub page: Option<PageSetup>,
}

impl fmt::Debug for OperatorSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorSetup")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Binds the address and starts answering; where it listens.
pub(crate) fn start(
    setup: OperatorSetup,
    metrics: &Metrics,
    context: ServerContext,
) -> Result<SocketAddr, ListenerError> {
    let page = setup.page.as_ref();
    page.map(|page| page.check(setup.address)).transpose()?;
    let streams = page.map_or(0, |page| page.live_streams);
    let connections = CONNECTIONS.saturating_add(streams);
    let (listener, address) = bind(setup.address).map_err(ListenerError::at(setup.address))?;
    context.expect_connections(connections);
    let stopping = context.cancellation.clone();
    let page = setup.page.clone().map(|page| {
        let (store, metrics) = (Arc::clone(&setup.store), metrics.clone());
        Page::new(page, store, metrics, stopping.clone())
    });
    let page = page.transpose()?;
    let answers = Arc::new(Answers::new(setup, metrics, page, stopping));
    let runtime = context.runtime.clone();
    runtime.spawn(serve(listener, answers, context, connections));
    Ok(address)
}

/// Whether an answer is a stream of events.
fn is_endless<B>(answer: &Response<B>) -> bool {
    let named = answer.headers().get(header::CONTENT_TYPE);
    named.is_some_and(|named| named.as_bytes().starts_with(b"text/event-stream"))
}

/// Until the gateway stops; then nothing more is accepted, and what is being asked is answered.
async fn serve(
    listener: std::net::TcpListener,
    answers: Arc<Answers>,
    context: ServerContext,
    connections: u32,
) {
    let ServerContext {
        cancellation,
        running,
        ..
    } = context;
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let places = Arc::new(Semaphore::new(connections as usize));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            () = cancellation.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, remote)) = accepted else {
            // No file descriptor is left, say: later there may be one.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // A connection that is gone already has no local end.
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        let peer = Peer {
            remote: remote.ip().to_canonical(),
            local: local.ip().to_canonical(),
        };
        let stream = WriteTimeout::new(stream, WRITE_TIME);
        let (stream, exchanges) = HalfOpen::new(stream);
        let (answers, cancellation) = (Arc::clone(&answers), cancellation.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let answers = Arc::clone(&answers);
                let exchange = request.body().is_end_stream().then(|| exchanges.begin());
                async move {
                    let answer = answers.answer(request, peer).await;
                    answer.map(|answer| {
                        // A page that keeps itself up to date ends when its reader is gone.
                        let exchange = exchange.filter(|_| !is_endless(&answer));
                        answer.map(|body| Answered::new(body, exchange))
                    })
                }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            let connection = http.serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            tokio::select! {
                // Whoever broke it off knows.
                _ = connection.as_mut() => {}
                () = cancellation.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(HEAD_TIME, connection).await;
                }
            }
            drop(place);
        });
    }
    drop(running);
}
