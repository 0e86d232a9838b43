// SPDX-License-Identifier: Apache-2.0
//! One call and its reply.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Instant, SystemTime},
};

use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Incoming},
    http::request,
};
use silta::{
    Blob, Terms,
    exchange::{Call, Header, HttpCall},
};
use tokio::time::timeout;

use crate::{
    agency::ServedAgency,
    call_queue::NotDone,
    inbound::{
        body::{self, BodyError, ReceivedBody},
        byte_budget::ByteBudget,
        commit::{self, Keeper},
        connection_table::ConnectionTable,
        head,
        hourly_room::HourlyRoom,
        limits::ListenerLimits,
        log_summary::{LogSummary, Severity},
        peer::Peer,
        proxy::{Told, TrustedProxies, Unknown},
        reply::{HttpReply, ReplyBody, ReplyKind},
        setup::ListenerSetup,
    },
    inbox::Inbox,
    metrics::Metrics,
};

/// Handles calls.
pub(crate) struct CallHandler {
    /// By the first segment of the path.
    routes: BTreeMap<String, ServedAgency>,
    inbox: Arc<dyn Inbox>,
    proxies: Option<TrustedProxies>,
    limits: ListenerLimits,
    connections: Arc<ConnectionTable>,
    bodies: Arc<ByteBudget>,
    summary: LogSummary,
    /// For rejected calls that are kept; none are without it.
    rejected: Option<Arc<HourlyRoom>>,
    metrics: Metrics,
}

impl CallHandler {
    pub(crate) fn new(setup: ListenerSetup, metrics: Metrics) -> Self {
        let limits = setup.limits;
        Self {
            routes: setup.routes,
            inbox: setup.inbox,
            proxies: setup.proxies,
            limits,
            connections: Arc::new(ConnectionTable::new(&limits)),
            bodies: Arc::new(ByteBudget::new(limits.body_bytes_at_once)),
            summary: LogSummary::default(),
            rejected: (limits.rejected_calls_per_hour > 0)
                .then(|| Arc::new(HourlyRoom::of(limits.rejected_calls_per_hour))),
            metrics,
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

    /// Replies to a call, whatever happens, and logs it.
    pub(crate) async fn handle(
        &self,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<ReplyBody> {
        peer.start_call();
        let start = Instant::now();
        let (mut head, mut body) = request.into_parts();
        let routed = self.told(peer, &mut head);
        let routed = routed.and_then(|told| Ok((self.route(peer, &head)?, told)));
        let (reply, agency, unread) = match routed {
            Err(refusal) => (*refusal, "", !body.is_end_stream()),
            Ok((agency, told)) => match self.read(agency, peer, &mut body).await {
                Err(refusal) => (refusal, agency.id(), !body.is_end_stream()),
                Ok(body) => {
                    let call = http_call(&head, peer, told);
                    let reply = self.validate(agency, peer, (call, body)).await;
                    (reply, agency.id(), false)
                }
            },
        };
        peer.start_reply(unread);
        if matches!(reply.kind, ReplyKind::Accepted | ReplyKind::Duplicate) {
            peer.call_accepted();
        }
        self.report(&reply, agency, peer, start);
        reply.into_response(unread)
    }

    /// Logs what hyper has refused, and replied to, because it is not HTTP.
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

    /// Who a call is from, as far as a proxy has to say that.
    fn told(&self, peer: &Peer, head: &mut request::Parts) -> Result<Told, Box<HttpReply>> {
        let Some(proxies) = &self.proxies else {
            return Ok(Told::Peer);
        };
        let told = proxies.take(peer.origin(), &mut head.headers, &self.limits);
        told.map_err(|unknown| match unknown {
            Unknown::ByCaller(code) => Box::new(HttpReply::refusal(400, code)),
            Unknown::ByProxy { code, detail } => {
                Box::new(HttpReply::failure(code).with_detail(detail))
            }
        })
    }

    /// The agency that is called, if the head says one thing only.
    fn route(&self, peer: &Peer, head: &request::Parts) -> Result<&ServedAgency, Box<HttpReply>> {
        if let Some(unsupported) = peer.unsupported() {
            let reply = HttpReply::refusal(403, unsupported.code());
            return Err(Box::new(reply.with_text(&unsupported.to_string())));
        }
        let refused = |status, code| Box::new(HttpReply::refusal(status, code));
        head::check(head).map_err(|refusal| refused(refusal.status, refusal.code))?;
        let agency = self.routes.get(first_segment(head.uri.path()));
        agency.ok_or_else(|| refused(404, "agency.unknown"))
    }

    /// Reads a body within the limits on its time and size and the budget for bodies.
    async fn read(
        &self,
        agency: &ServedAgency,
        peer: &Peer,
        body: &mut Incoming,
    ) -> Result<ReceivedBody, HttpReply> {
        let limit = match agency.agency().inbound_limit() {
            Ok(Some(limit)) => limit,
            Ok(None) => return Err(HttpReply::refusal(404, "agency.not-called")),
            // It could not be put into service, and may be at any moment.
            Err(_) => return Err(HttpReply::failure("agency.not-serving")),
        };
        let reading = body::read(body, limit, self.bodies.reserve(peer.is_known()));
        match timeout(self.limits.body_time, reading).await {
            Ok(Ok(_)) if !peer.call_received() => {
                // The connection has been closed for another one: without anybody to reply to, nothing may be committed.
                Err(HttpReply::retry_later("gateway.connections"))
            }
            Ok(Ok(body)) => Ok(body),
            Ok(Err(BodyError::TooLarge)) => Err(HttpReply::refusal(413, "call.too-large")),
            Ok(Err(BodyError::BrokenOff)) => Err(HttpReply::refusal(400, "call.broken-off")),
            Ok(Err(BodyError::NoRoom)) => Err(HttpReply::retry_later("gateway.body-bytes-at-once")),
            Err(_) => Err(HttpReply::refusal(408, "call.too-slow")),
        }
    }

    /// Has the call validated, and committed if it is accepted, on a thread that may block.
    async fn validate(
        &self,
        agency: &ServedAgency,
        peer: &Peer,
        (call, body): (HttpCall, ReceivedBody),
    ) -> HttpReply {
        let at = SystemTime::now();
        let ReceivedBody { body, reservation } = body;
        let call = Call::Http(HttpCall { body, ..call });
        let is_known = peer.is_known();
        let terms = Terms {
            answered_by: Some(Instant::now() + self.limits.answer_time),
            is_stranger: !is_known,
        };
        let (inbox, metrics) = (Arc::clone(&self.inbox), self.metrics.clone());
        let (judging, rejected) = (agency.clone(), self.rejected.clone());
        // Shorter than the time for an answer, so that who waited in vain is told that.
        let longest_wait = self.limits.queue_time.min(self.limits.answer_time * 9 / 10);
        let validation = agency.run(is_known, longest_wait, move || {
            // Held by the thread and not by the task that waits for it: the component may go on after the time for the reply.
            let _held = reservation;
            let keeper = Keeper::new(&*inbox, &metrics).with_room(rejected.as_deref());
            commit::validate(&judging, (call, terms), at, keeper)
        });
        match timeout(self.limits.answer_time, validation).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(NotDone::NoPlaceInTime)) => HttpReply::retry_later("gateway.queue-milliseconds"),
            Ok(Err(NotDone::Panicked)) => HttpReply::failure("gateway.crash"),
            Err(_) => HttpReply::failure("gateway.too-slow"),
        }
    }

    /// Logs a line for each call of a known caller and counts those of strangers.
    fn report(&self, reply: &HttpReply, agency: &str, peer: &Peer, start: Instant) {
        let took = start.elapsed();
        self.metrics.call(agency, reply.kind.name(), took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (status, generation) = (reply.status(), reply.generation);
        let (verdict, code, detail) = (reply.kind.name(), &*reply.code, &*reply.detail);
        let is_failure = reply.kind == ReplyKind::Failed;
        let is_put_off = reply.kind == ReplyKind::Refused && status == 503;
        match (peer.is_known(), is_put_off) {
            (false, _) if is_failure => self.summary.fail(agency, code, detail),
            (false, true) => self.summary.count(Severity::LimitReached, verdict, code),
            (false, false) => self.summary.count(Severity::Expected, verdict, code),
            (true, _) if is_failure => {
                tracing::error!(target: "silta::gateway", agency, generation, status, verdict, code, detail, micros, "call not answered");
            }
            (true, true) => {
                tracing::warn!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "call put off");
            }
            (true, false) => {
                tracing::info!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "call answered");
            }
        }
    }
}

/// The call as it came, without its body.
fn http_call(head: &request::Parts, peer: &Peer, told: Told) -> HttpCall {
    let (certificates, address) = match told {
        Told::Peer => (peer.certificates(), None),
        Told::Behind {
            certificates,
            address,
        } => (certificates, address),
    };
    let target = head.uri.path_and_query();
    HttpCall {
        method: head.method.to_string(),
        target: target.map_or("/", |target| target.as_str()).to_owned(),
        headers: headers(&head.headers),
        body: Blob::empty(),
        peer_certificates: certificates,
        peer_address: address.unwrap_or_else(|| peer.address().to_owned()),
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
