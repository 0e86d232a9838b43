//! One call and its reply.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Incoming},
    http::request,
};
use silta::{
    Agency, Blob,
    exchange::{Call, Header, HttpCall},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    inbound::{
        body::{self, BodyError, ReceivedBody},
        byte_budget::ByteBudget,
        commit,
        connection_table::ConnectionTable,
        head,
        limits::ListenerLimits,
        log_summary::{LogSummary, Severity},
        peer::Peer,
        reply::{HttpReply, ReplyKind},
        setup::ListenerSetup,
    },
    inbox::Inbox,
};

/// An agency that is called.
struct Route {
    agency: Agency,
    /// Its concurrency of the sandbox.
    concurrency: Arc<Semaphore>,
    /// What of it callers without an accepted call may use.
    stranger_concurrency: Arc<Semaphore>,
}

/// What calls are answered with.
pub(crate) struct CallHandler {
    routes: BTreeMap<String, Route>,
    inbox: Arc<dyn Inbox>,
    limits: ListenerLimits,
    connections: Arc<ConnectionTable>,
    bodies: Arc<ByteBudget>,
    summary: LogSummary,
}

impl CallHandler {
    pub(crate) fn new(setup: ListenerSetup) -> Self {
        let limits = setup.limits;
        let concurrency = limits.calls_per_agency as usize;
        let route = |(id, agency)| {
            let route = Route {
                agency,
                concurrency: Arc::new(Semaphore::new(concurrency)),
                stranger_concurrency: Arc::new(Semaphore::new(concurrency - concurrency / 4)),
            };
            (id, route)
        };
        Self {
            routes: setup.routes.into_iter().map(route).collect(),
            inbox: setup.inbox,
            limits,
            connections: Arc::new(ConnectionTable::new(&limits)),
            bodies: Arc::new(ByteBudget::new(limits.body_bytes_at_once)),
            summary: LogSummary::default(),
        }
    }

    pub(crate) fn limits(&self) -> &ListenerLimits {
        &self.limits
    }

    pub(crate) fn connections(&self) -> &Arc<ConnectionTable> {
        &self.connections
    }

    pub(crate) fn bodies(&self) -> &ByteBudget {
        &self.bodies
    }

    pub(crate) fn summary(&self) -> &LogSummary {
        &self.summary
    }

    /// Answers a call, whatever happens, and tells the log.
    pub(crate) async fn handle(
        &self,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        peer.start_call();
        let begun = Instant::now();
        let (head, mut body) = request.into_parts();
        let id = first_segment(head.uri.path());
        let (reply, agency, unread) = match self.route(peer, &head, id) {
            Ok(route) => {
                let (reply, unread) = self.respond(id, route, (peer, &head, &mut body)).await;
                (reply, id, unread)
            }
            Err(refusal) => (*refusal, "", !body.is_end_stream()),
        };
        peer.start_reply(unread);
        if matches!(reply.kind, ReplyKind::Accepted | ReplyKind::Duplicate) {
            peer.call_accepted();
        }
        self.report(&reply, agency, peer, begun);
        reply.into_response(unread)
    }

    /// hyper has refused, and answered, what it could not read as a call.
    pub(crate) fn report_parse_error(&self, peer: &Peer, error: &hyper::Error) {
        let (status, code) = if error.is_parse_too_large() {
            (431, "call.head-too-large")
        } else if peer.progress().has_unknown_coding() {
            (501, "call.transfer-coding")
        } else {
            (400, "call.unreadable")
        };
        peer.leave_unread();
        self.report(&HttpReply::refusal(status, code), "", peer, Instant::now());
    }

    /// Which agency a call is for, if its head leaves no doubt.
    fn route(
        &self,
        peer: &Peer,
        head: &request::Parts,
        id: &str,
    ) -> Result<&Route, Box<HttpReply>> {
        if let Some(unsupported) = peer.unsupported() {
            let reply = HttpReply::refusal(403, unsupported.code());
            return Err(Box::new(reply.with_text(&unsupported.to_string())));
        }
        let refused = |status, code| Box::new(HttpReply::refusal(status, code));
        head::check(head).map_err(|refusal| refused(refusal.status, refusal.code))?;
        let route = self.routes.get(id);
        route.ok_or_else(|| refused(404, "agency.unknown"))
    }

    /// The reply to a call for an agency, and whether some of the call was left unread.
    async fn respond(
        &self,
        id: &str,
        route: &Route,
        (peer, head, body): (&Peer, &request::Parts, &mut Incoming),
    ) -> (HttpReply, bool) {
        match self.read(route, peer, body).await {
            // The connection was closed for another, and nobody is there to be answered: nothing may be committed either.
            Ok(_) if !peer.call_received() => {
                (HttpReply::retry_later("gateway.connections"), false)
            }
            Ok(held) => (self.validate(id, route, peer, (head, held)).await, false),
            Err(refusal) => (refusal, !body.is_end_stream()),
        }
    }

    /// Reads a body within the time, the size and the room there are for it.
    async fn read(
        &self,
        route: &Route,
        peer: &Peer,
        body: &mut Incoming,
    ) -> Result<ReceivedBody, HttpReply> {
        let limit = match route.agency.inbound_limit() {
            Ok(Some(limit)) => limit,
            Ok(None) => return Err(HttpReply::refusal(404, "agency.not-called")),
            // It could not be put into service, and may be at any moment.
            Err(_) => return Err(HttpReply::failure("agency.not-serving")),
        };
        let reading = body::read(body, limit, self.bodies.reserve(peer.is_known()));
        match timeout(self.limits.body_time, reading).await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(BodyError::TooLarge)) => Err(HttpReply::refusal(413, "call.too-large")),
            Ok(Err(BodyError::BrokenOff)) => Err(HttpReply::refusal(400, "call.broken-off")),
            Ok(Err(BodyError::NoRoom)) => Err(HttpReply::retry_later("gateway.body-bytes-at-once")),
            Err(_) => Err(HttpReply::refusal(408, "call.too-slow")),
        }
    }

    /// Has the call judged, and committed if it is accepted, on a thread that may block.
    async fn validate(
        &self,
        id: &str,
        route: &Route,
        peer: &Peer,
        (head, held): (&request::Parts, ReceivedBody),
    ) -> HttpReply {
        let at = SystemTime::now();
        let ReceivedBody {
            body,
            reservation: held,
        } = held;
        let call = Call::Http(HttpCall {
            body,
            ..call(head, peer)
        });
        let (id, agency) = (id.to_owned(), route.agency.clone());
        let inbox = Arc::clone(&self.inbox);
        let concurrency = Arc::clone(&route.concurrency);
        let stranger_concurrency =
            (!peer.is_known()).then(|| Arc::clone(&route.stranger_concurrency));
        let validation = async move {
            // Held by the thread and not by the one who waits for it: while a component goes on, its concurrency is in use.
            let stranger_permit = match stranger_concurrency {
                Some(permits) => Some(permits.acquire_owned().await),
                None => None,
            };
            let permit = concurrency.acquire_owned().await;
            let validation = tokio::task::spawn_blocking(move || {
                let _held = (stranger_permit, permit, held);
                commit::validate(&agency, &id, &call, at, &*inbox)
            });
            validation.await
        };
        match timeout(self.limits.answer_time, validation).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => HttpReply::failure("gateway.crash"),
            Err(_) => HttpReply::failure("gateway.too-slow"),
        }
    }

    /// A line for each call of a caller that has had an accepted one; strangers' calls are counted. What failed is for the operator to look at; the rest
    /// is business as usual.
    fn report(&self, reply: &HttpReply, agency: &str, peer: &Peer, begun: Instant) {
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (status, generation) = (reply.status(), reply.generation);
        let (verdict, code) = (reply.kind.name(), reply.code.as_str());
        let (detail, is_put_off) = (
            reply.detail.as_str(),
            reply.kind == ReplyKind::Refused && status == 503,
        );
        if !peer.is_known() {
            match reply.kind {
                ReplyKind::Failed => self.summary.fail(agency, code, detail),
                _ if is_put_off => self.summary.count(Severity::LimitReached, verdict, code),
                _ => self.summary.count(Severity::Expected, verdict, code),
            }
        } else if reply.kind == ReplyKind::Failed {
            tracing::error!(target: "silta::gateway", agency, generation, status, verdict, code, detail, micros, "call not answered");
        } else if is_put_off {
            tracing::warn!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "call put off");
        } else {
            tracing::info!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "call answered");
        }
    }
}

/// The call as it came, but for its body.
fn call(head: &request::Parts, peer: &Peer) -> HttpCall {
    let target = head.uri.path_and_query();
    HttpCall {
        method: head.method.to_string(),
        target: target.map_or("/", |target| target.as_str()).to_owned(),
        headers: headers(&head.headers),
        body: Blob::empty(),
        peer_certificates: peer.certificates(),
        peer_address: peer.address().to_owned(),
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
