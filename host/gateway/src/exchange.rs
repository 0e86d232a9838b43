//! One call and its answer.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Incoming},
    http::request,
};
use rustls_pki_types::CertificateDer;
use silta::{
    Agency, Blob,
    exchange::{Call, Header, HttpCall},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    answer::{Answer, Kind},
    inbox::Inbox,
    judge,
    limits::ListenerLimits,
    setup::ListenerSetup,
};

/// The other end of a connection.
pub(crate) struct Peer {
    address: String,
    certificates: Vec<Vec<u8>>,
    left_unread: AtomicBool,
}

impl Peer {
    /// `chain` is what the client showed, the end certificate first.
    pub(crate) fn new(address: SocketAddr, chain: Option<&[CertificateDer<'_>]>) -> Self {
        let chain = chain.unwrap_or_default();
        Self {
            // A dual-stack socket shows IPv4 callers as IPv6 ones; no list of addresses is written that way.
            address: address.ip().to_canonical().to_string(),
            certificates: chain.iter().map(|one| one.to_vec()).collect(),
            left_unread: AtomicBool::new(false),
        }
    }

    /// Whether a call was answered before it had been read whole.
    pub(crate) fn left_unread(&self) -> bool {
        self.left_unread.load(Ordering::SeqCst)
    }
}

/// An agency that is called.
struct Route {
    agency: Agency,
    /// Its share of the sandbox.
    share: Arc<Semaphore>,
}

/// What calls are answered with.
pub(crate) struct Exchange {
    routes: BTreeMap<String, Route>,
    inbox: Arc<dyn Inbox>,
    limits: ListenerLimits,
}

impl Exchange {
    pub(crate) fn new(setup: ListenerSetup) -> Self {
        let share = setup.limits.calls_per_agency as usize;
        let route = |(id, agency)| {
            let share = Arc::new(Semaphore::new(share));
            (id, Route { agency, share })
        };
        Self {
            routes: setup.routes.into_iter().map(route).collect(),
            inbox: setup.inbox,
            limits: setup.limits,
        }
    }

    pub(crate) fn limits(&self) -> &ListenerLimits {
        &self.limits
    }

    /// Answers a call, whatever happens, and tells the log.
    pub(crate) async fn answer(
        &self,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let begun = Instant::now();
        let id = first_segment(request.uri().path()).to_owned();
        let Some(route) = self.routes.get(&id) else {
            let unread = !request.body().is_end_stream();
            let answer = Answer::refusal(404, "agency.unknown");
            return self.finish(answer, unread, peer, ("", begun));
        };
        let (head, mut body) = request.into_parts();
        let (answer, unread) = match self.read(route, &mut body).await {
            Ok(read) => {
                let call = call(&head, read, peer);
                (self.judge(&id, route, call).await, false)
            }
            Err(refusal) => (refusal, !body.is_end_stream()),
        };
        self.finish(answer, unread, peer, (&id, begun))
    }

    /// Reads a body within the time and the size there are for it.
    async fn read(&self, route: &Route, body: &mut Incoming) -> Result<Bytes, Answer> {
        let limit = match route.agency.inbound_limit() {
            Ok(Some(limit)) => limit,
            Ok(None) => return Err(Answer::refusal(404, "agency.not-called")),
            // It could not be put into service, and may be at any moment.
            Err(_) => return Err(Answer::failure("agency.not-serving")),
        };
        let too_large = || Answer::refusal(413, "call.too-large");
        if body.size_hint().lower() > limit {
            return Err(too_large());
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let reading = Limited::new(body, limit).collect();
        match timeout(self.limits.body_time, reading).await {
            Ok(Ok(read)) => Ok(read.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(Answer::refusal(400, "call.broken-off")),
            Err(_) => Err(Answer::refusal(408, "call.too-slow")),
        }
    }

    /// Has the call judged, and committed if it is let in, on a thread that may block.
    async fn judge(&self, id: &str, route: &Route, call: HttpCall) -> Answer {
        let at = SystemTime::now();
        let (id, agency) = (id.to_owned(), route.agency.clone());
        let (inbox, share) = (Arc::clone(&self.inbox), Arc::clone(&route.share));
        let judging = async move {
            // Held by the thread and not by the one who waits for it: while a component goes on, its share is in use.
            let place = share.acquire_owned().await;
            let judging = tokio::task::spawn_blocking(move || {
                let _place = place;
                judge::judge(&agency, &id, &Call::Http(call), at, &*inbox)
            });
            judging.await
        };
        match timeout(self.limits.answer_time, judging).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Answer::failure("gateway.crash"),
            Err(_) => Answer::failure("gateway.too-slow"),
        }
    }

    fn finish(
        &self,
        answer: Answer,
        unread: bool,
        peer: &Peer,
        (agency, begun): (&str, Instant),
    ) -> Response<Full<Bytes>> {
        if unread {
            peer.left_unread.store(true, Ordering::SeqCst);
        }
        report(&answer, agency, begun);
        answer.into_response(unread)
    }
}

/// The call as it came.
fn call(head: &request::Parts, body: Bytes, peer: &Peer) -> HttpCall {
    let target = head.uri.path_and_query();
    HttpCall {
        method: head.method.to_string(),
        target: target.map_or("/", |target| target.as_str()).to_owned(),
        headers: headers(&head.headers),
        body: Blob::from(body),
        peer_certificates: peer.certificates.clone(),
        peer_address: peer.address.clone(),
    }
}

/// Names in lower case. A value that is not UTF-8 is read as ISO 8859-1 (RFC 9110 §5.5), which loses nothing.
fn headers(headers: &HeaderMap) -> Vec<Header> {
    let text = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
    };
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}

/// `tulli` of `/tulli/notify`.
fn first_segment(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or_default();
    path.split('/').next().unwrap_or_default()
}

/// What failed is for the operator to look at; the rest is business as usual.
fn report(answer: &Answer, agency: &str, begun: Instant) {
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (status, generation) = (answer.status(), answer.generation);
    let (verdict, code) = (answer.kind.name(), answer.code.as_str());
    if answer.kind == Kind::Failed {
        let detail = answer.detail.as_str();
        tracing::error!(target: "silta::gateway", agency, generation, status, verdict, code, detail, micros, "call not answered");
    } else {
        tracing::info!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "call answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agency_is_the_first_segment_as_it_stands() {
        for (path, segment) in [
            ("/tulli/notify", "tulli"),
            ("/tulli", "tulli"),
            ("/tulli/", "tulli"),
            ("/", ""),
            ("*", ""),
            ("//tulli", ""),
            ("/t%75lli/notify", "t%75lli"),
            ("/TULLI", "TULLI"),
        ] {
            assert_eq!(first_segment(path), segment, "{path}");
        }
    }
}
