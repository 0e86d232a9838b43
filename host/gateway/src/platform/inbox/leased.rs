// SPDX-License-Identifier: Apache-2.0
//! Entries that were taken out, until they have gone to a connection.
//!
//! **A client that is gone.** While a request waits, nothing is taken out for it: entries are leased in the moment in which they are answered, so that a connection that is closed before costs
//! nothing. What was leased and did not get as far as the connection is handed back at once. What did and was not read there (a machine that lost its power, say) looks like what is being
//! handled, and comes again when its lease ends; its length is the client's choice. A first lease that is short until the answer has been read would need a sign of that, which HTTP does not
//! have: what the system has taken to send is not what a client has read. That sign is the first `extend`, so whoever wants to be safe takes short leases and extends them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use silta_store::record::LeasedEntry;

use crate::{
    platform::{
        problem::Problem,
        state::Platform,
        view::{LeasedList, LeasedView},
    },
    telemetry::SpanKind,
    webhooks::EntryFilter,
};

/// Entries that were taken out. Dropped before they have gone to the connection, they are handed back.
pub(super) struct Leased {
    platform: Arc<Platform>,
    entries: Vec<LeasedEntry>,
}

impl Leased {
    /// None yet.
    pub(super) fn none(platform: Arc<Platform>) -> Self {
        Self {
            platform,
            entries: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What webhooks push, and nobody is given here.
    pub(super) fn pushed(&self) -> &[EntryFilter] {
        &self.platform.pushed
    }

    pub(super) fn add(&mut self, more: Vec<LeasedEntry>) {
        self.entries.extend(more);
    }

    /// By their positions.
    pub(super) fn in_order(mut self) -> Self {
        self.entries.sort_by_key(|one| one.entry.position);
        self
    }

    /// The answer that they are given out in.
    pub(super) fn answer(self) -> Result<Response, Problem> {
        let list = LeasedList {
            entries: self.entries.iter().map(LeasedView::from).collect(),
        };
        let bytes = serde_json::to_vec(&list).map_err(|_| Problem::internal("answer.unusable"))?;
        let body = LeasedBody {
            bytes: Some(bytes.into()),
            leased: self,
        };
        let mut response = Response::new(Body::new(body));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(response)
    }

    /// That an entry is taken out is a step of its trace.
    pub(super) fn tell(&self) {
        for LeasedEntry { entry, lease } in &self.entries {
            let what = ("take", SpanKind::Server);
            let of = entry.received.trace.as_deref();
            let step = self.platform.metrics.spans.step(what, of);
            let mut step = step.of(&entry.agency, &entry.received.operation);
            step.say("silta.entry", lease.id.0);
            step.came_to("leased", false);
        }
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        if entries.is_empty() {
            return;
        }
        let store = Arc::clone(&self.platform.store);
        self.platform.runtime.spawn_blocking(move || {
            for leased in entries {
                // What cannot be handed back comes again when its lease ends.
                let _ = store.hand_back(&leased.lease, Duration::ZERO);
            }
        });
    }
}

/// An answer with entries. Once the connection has taken its bytes, they are no longer handed back.
struct LeasedBody {
    bytes: Option<Bytes>,
    leased: Leased,
}

impl hyper::body::Body for LeasedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = self.bytes.take();
        if bytes.is_some() {
            self.leased.entries.clear();
        }
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
