//! One call and its answer.

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
        body::{self, Held, NoBody},
        byte_budget::Budget,
        commit,
        connection_table::House,
        head,
        limits::ListenerLimits,
        log_summary::{Tally, Weight},
        peer::Peer,
        reply::{Answer, Kind},
        setup::ListenerSetup,
    },
    inbox::Inbox,
};

/// An agency that is called.
struct Route {
    agency: Agency,
    /// Its share of the sandbox.
    share: Arc<Semaphore>,
    /// What of it callers without an accepted call may use.
    for_strangers: Arc<Semaphore>,
}

/// What calls are answered with.
pub(crate) struct Exchange {
    routes: BTreeMap<String, Route>,
    inbox: Arc<dyn Inbox>,
    limits: ListenerLimits,
    house: Arc<House>,
    budget: Arc<Budget>,
    tally: Tally,
}

impl Exchange {
    pub(crate) fn new(setup: ListenerSetup) -> Self {
        let limits = setup.limits;
        let share = limits.calls_per_agency as usize;
        let route = |(id, agency)| {
            let route = Route {
                agency,
                share: Arc::new(Semaphore::new(share)),
                for_strangers: Arc::new(Semaphore::new(share - share / 4)),
            };
            (id, route)
        };
        Self {
            routes: setup.routes.into_iter().map(route).collect(),
            inbox: setup.inbox,
            limits,
            house: Arc::new(House::new(&limits)),
            budget: Arc::new(Budget::new(limits.body_bytes_at_once)),
            tally: Tally::default(),
        }
    }

    pub(crate) fn limits(&self) -> &ListenerLimits {
        &self.limits
    }

    pub(crate) fn house(&self) -> &Arc<House> {
        &self.house
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Answers a call, whatever happens, and tells the log.
    pub(crate) async fn answer(
        &self,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        peer.begins_call();
        let begun = Instant::now();
        let (head, mut body) = request.into_parts();
        let id = first_segment(head.uri.path());
        let (answer, agency, unread) = match self.route(peer, &head, id) {
            Ok(route) => {
                let (answer, unread) = self.judged(id, route, (peer, &head, &mut body)).await;
                (answer, id, unread)
            }
            Err(refusal) => (*refusal, "", !body.is_end_stream()),
        };
        peer.is_answered(unread);
        if matches!(answer.kind, Kind::Accepted | Kind::Duplicate) {
            peer.is_accepted();
        }
        self.report(&answer, agency, peer, begun);
        answer.into_response(unread)
    }

    /// hyper has refused, and answered, what it could not read as a call.
    pub(crate) fn refused_unread(&self, peer: &Peer, error: &hyper::Error) {
        let (status, code) = if error.is_parse_too_large() {
            (431, "call.head-too-large")
        } else if peer.pace().is_not_understood() {
            (501, "call.transfer-coding")
        } else {
            (400, "call.unreadable")
        };
        peer.leaves_unread();
        self.report(&Answer::refusal(status, code), "", peer, Instant::now());
    }

    /// Which agency a call is for, if its head leaves no doubt.
    fn route(&self, peer: &Peer, head: &request::Parts, id: &str) -> Result<&Route, Box<Answer>> {
        if let Some(unsupported) = peer.unsupported() {
            let answer = Answer::refusal(403, unsupported.code());
            return Err(Box::new(answer.with_text(&unsupported.to_string())));
        }
        let refused = |status, code| Box::new(Answer::refusal(status, code));
        head::check(head).map_err(|refusal| refused(refusal.status, refusal.code))?;
        let route = self.routes.get(id);
        route.ok_or_else(|| refused(404, "agency.unknown"))
    }

    /// The answer to a call for an agency, and whether some of the call was left unread.
    async fn judged(
        &self,
        id: &str,
        route: &Route,
        (peer, head, body): (&Peer, &request::Parts, &mut Incoming),
    ) -> (Answer, bool) {
        match self.read(route, peer, body).await {
            // The connection was closed for another, and nobody is there to be answered: nothing may be committed either.
            Ok(_) if !peer.has_call() => (Answer::for_later("gateway.connections"), false),
            Ok(held) => (self.judge(id, route, peer, (head, held)).await, false),
            Err(refusal) => (refusal, !body.is_end_stream()),
        }
    }

    /// Reads a body within the time, the size and the room there are for it.
    async fn read(&self, route: &Route, peer: &Peer, body: &mut Incoming) -> Result<Held, Answer> {
        let limit = match route.agency.inbound_limit() {
            Ok(Some(limit)) => limit,
            Ok(None) => return Err(Answer::refusal(404, "agency.not-called")),
            // It could not be put into service, and may be at any moment.
            Err(_) => return Err(Answer::failure("agency.not-serving")),
        };
        let reading = body::read(body, limit, self.budget.share(peer.is_known()));
        match timeout(self.limits.body_time, reading).await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(NoBody::TooLarge)) => Err(Answer::refusal(413, "call.too-large")),
            Ok(Err(NoBody::BrokenOff)) => Err(Answer::refusal(400, "call.broken-off")),
            Ok(Err(NoBody::NoRoom)) => Err(Answer::for_later("gateway.body-bytes-at-once")),
            Err(_) => Err(Answer::refusal(408, "call.too-slow")),
        }
    }

    /// Has the call judged, and committed if it is accepted, on a thread that may block.
    async fn judge(
        &self,
        id: &str,
        route: &Route,
        peer: &Peer,
        (head, held): (&request::Parts, Held),
    ) -> Answer {
        let at = SystemTime::now();
        let Held { body, share: held } = held;
        let call = Call::Http(HttpCall {
            body,
            ..call(head, peer)
        });
        let (id, agency) = (id.to_owned(), route.agency.clone());
        let inbox = Arc::clone(&self.inbox);
        let share = Arc::clone(&route.share);
        let for_strangers = (!peer.is_known()).then(|| Arc::clone(&route.for_strangers));
        let judging = async move {
            // Held by the thread and not by the one who waits for it: while a component goes on, its share is in use.
            let place_of_stranger = match for_strangers {
                Some(places) => Some(places.acquire_owned().await),
                None => None,
            };
            let place = share.acquire_owned().await;
            let judging = tokio::task::spawn_blocking(move || {
                let _held = (place_of_stranger, place, held);
                commit::judge(&agency, &id, &call, at, &*inbox)
            });
            judging.await
        };
        match timeout(self.limits.answer_time, judging).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Answer::failure("gateway.crash"),
            Err(_) => Answer::failure("gateway.too-slow"),
        }
    }

    /// A line for each call of a caller that has had an accepted one; strangers' calls are counted. What failed is for the operator to look at; the rest
    /// is business as usual.
    fn report(&self, answer: &Answer, agency: &str, peer: &Peer, begun: Instant) {
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (status, generation) = (answer.status(), answer.generation);
        let (verdict, code) = (answer.kind.name(), answer.code.as_str());
        let (detail, is_put_off) = (
            answer.detail.as_str(),
            answer.kind == Kind::Refused && status == 503,
        );
        if !peer.is_known() {
            match answer.kind {
                Kind::Failed => self.tally.fail(agency, code, detail),
                _ if is_put_off => self.tally.count(Weight::Limit, verdict, code),
                _ => self.tally.count(Weight::Stranger, verdict, code),
            }
        } else if answer.kind == Kind::Failed {
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
