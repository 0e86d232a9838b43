// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox: taken out for a while, acknowledged, handed back.
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
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use serde::Deserialize;
use silta_store::{
    Store, StoreError,
    record::{Entry, Lease, LeaseWish, LeasedEntry, Position, Settled},
};
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

use super::{
    operations,
    problem::{self, Problem, ProblemBody},
    query::{Query, wrong},
    state::Platform,
    token::{Client, Permission},
    unpushed,
    view::{EntryView, LeaseView, LeasedList, LeasedView},
};
use crate::telemetry::SpanKind;

/// For how long entries are given out where nobody says so.
const LEASE_SECONDS: u64 = 60;

/// Entries that are given out where nobody says how many.
const ENTRIES: u64 = 10;

/// Bytes of the bodies of `ack`, `nack` and `extend`.
const LARGEST_SETTLEMENT: usize = 4 << 10;

/// Take entries out of the inbox.
///
/// Entries that nobody has and nobody has acknowledged are given out, by position, for the time of `lease`: until then, nobody else gets them. What a webhook pushes is not given out. Each is acknowledged (`ack`) when it has been
/// handled, handed back (`nack`) when it could not be, or its lease extended (`extend`). Where there is none, the request waits for `wait` seconds. An entry may be given out again:
/// whoever handles it does so in a way that a second time does no harm, by the deduplication keys of its events.
#[utoipa::path(
    get,
    path = "/v1/inbox",
    operation_id = "takeEntries",
    tag = "inbox",
    params(
        ("wait" = Option<u64>, Query, description = "Seconds to wait for entries. Default 0; the most is `wait-seconds`.", minimum = 0, maximum = 3600),
        ("limit" = Option<u64>, Query, description = "So many at most. Default 10; the most is `page-rows`.", minimum = 1, maximum = 1000),
        ("agency" = Option<String>, Query, description = "Those of one agency.", example = "courier"),
        ("lease" = Option<u64>, Query, description = "Seconds for which they are given out. Default 60; the most is `lease-seconds`.", minimum = 1, maximum = 604800),
    ),
    responses(
        (status = 200, description = "The entries; none where nothing came in time.", body = LeasedList),
        (status = 400, description = "The query cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn take(
    State(platform): State<Arc<Platform>>,
    client: Client,
    uri: Uri,
) -> Result<Response, Problem> {
    client.allow(&[Permission::Inbox])?;
    let mut query = Query::read(&uri, &["wait", "limit", "agency", "lease"])?;
    let limits = &platform.limits;
    let wait = query.number("wait", 0..=limits.wait_seconds.into(), 0)?;
    let rows = u64::from(limits.page_rows);
    let limit = query.number("limit", 1..=rows, ENTRIES.min(rows))?;
    let most = u64::from(limits.lease_seconds);
    let lease = query.number("lease", 1..=most, LEASE_SECONDS.min(most))?;
    let agency = query.text("agency");
    let agencies = match &agency {
        None => client.agencies_in_turn(),
        Some(_) => operations::agencies(&client, agency)?,
    };
    let taking = Taking {
        platform: &platform,
        owner: &client.token().id,
        agencies,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
        lease: Duration::from_secs(lease),
    };
    let deadline = Instant::now() + Duration::from_secs(wait);
    let leased = taking.wait(&client, deadline).await?;
    leased.tell();
    answer(leased)
}

/// What a request wants to take out.
struct Taking<'a> {
    platform: &'a Arc<Platform>,
    owner: &'a str,
    /// Of these agencies; of all, when there are none.
    agencies: Vec<String>,
    limit: u32,
    lease: Duration,
}

impl Taking<'_> {
    /// Entries as soon as there are some, or none when the time is over or the program stops.
    async fn wait(&self, client: &Client, deadline: Instant) -> Result<Leased, Problem> {
        // Before the first look: what comes after it is seen.
        let mut seen = self.platform.lookout.subscribe();
        let leased = self.lease().await?;
        if !leased.entries.is_empty() || deadline <= Instant::now() {
            return Ok(leased);
        }
        let allowed = client.token().limits.waiting;
        let setting = "platform.tokens.limits.waiting";
        let own = client.wait().ok_or_else(|| {
            Problem::too_many(setting, allowed.into(), "requests of this token wait")
        })?;
        let all = Arc::clone(&self.platform.waiting).try_acquire_owned();
        let all = all.map_err(|_| {
            let allowed = self.platform.limits.waiting;
            Problem::too_many("platform.limits.waiting", allowed.into(), "requests wait")
        })?;
        let _waiting = (own, all, self.platform.metrics.platform.wait());
        loop {
            tokio::select! {
                () = self.platform.stopping.cancelled() => return Ok(leased),
                () = sleep_until(deadline) => return Ok(leased),
                changed = seen.changed() => {
                    if changed.is_err() {
                        return Ok(leased);
                    }
                }
            }
            let is_for_us = seen.borrow_and_update().is_for(&self.agencies);
            if is_for_us {
                let leased = self.lease().await?;
                if !leased.entries.is_empty() {
                    return Ok(leased);
                }
            }
        }
    }

    /// Takes out what there is: of one agency after the other, where it is not for all.
    async fn lease(&self) -> Result<Leased, Problem> {
        let wish = |agency: Option<&String>, limit| LeaseWish {
            owner: self.owner.to_owned(),
            agency: agency.cloned(),
            limit,
            duration: self.lease,
            ..LeaseWish::default()
        };
        let wishes: Vec<LeaseWish> = match self.agencies.is_empty() {
            true => vec![wish(None, self.limit)],
            false => self
                .agencies
                .iter()
                .map(|agency| wish(Some(agency), self.limit))
                .collect(),
        };
        let (limit, platform) = (self.limit as usize, Arc::clone(self.platform));
        let asked = self.platform.ask(move |store| {
            let mut leased = Leased {
                platform,
                entries: Vec::new(),
            };
            for wish in wishes {
                let left = limit.saturating_sub(leased.entries.len());
                let limit = u32::try_from(left).unwrap_or(u32::MAX);
                if limit > 0 {
                    let wish = LeaseWish { limit, ..wish };
                    let pushed = &leased.platform.pushed;
                    let more = unpushed::lease(store, &wish, pushed)?;
                    leased.entries.extend(more);
                }
            }
            leased.entries.sort_by_key(|one| one.entry.position);
            Ok(leased)
        });
        asked.await
    }
}

/// Entries that were taken out. Dropped before they have gone to the connection, they are handed back.
struct Leased {
    platform: Arc<Platform>,
    entries: Vec<LeasedEntry>,
}

impl Leased {
    /// That an entry is taken out is a step of its trace.
    fn tell(&self) {
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

fn answer(leased: Leased) -> Result<Response, Problem> {
    let list = LeasedList {
        entries: leased.entries.iter().map(LeasedView::from).collect(),
    };
    let bytes = serde_json::to_vec(&list).map_err(|_| Problem::internal("answer.unusable"))?;
    let body = LeasedBody {
        bytes: Some(bytes.into()),
        leased,
    };
    let mut response = Response::new(Body::new(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
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

/// Show an entry. Nothing is taken out.
#[utoipa::path(
    get,
    path = "/v1/inbox/{position}",
    operation_id = "showEntry",
    tag = "inbox",
    params(("position" = u64, Path, description = "Position of the entry.", example = 23)),
    responses(
        (status = 200, description = "The entry.", body = EntryView),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn show(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<Json<EntryView>, Problem> {
    client.allow(&[Permission::Read, Permission::Inbox])?;
    let Path(position) = path.map_err(|_| Problem::not_found("entry"))?;
    Ok(Json(entry(&platform, &client, position).await?.into()))
}

/// An entry, if the client may know of it.
pub(crate) async fn entry(
    platform: &Platform,
    client: &Client,
    position: u64,
) -> Result<Entry, Problem> {
    let found = platform.ask(move |store| store.show(Position(position)));
    let found = found.await?;
    found
        .filter(|entry| client.token().is_for(&entry.agency))
        .ok_or_else(|| Problem::not_found("entry"))
}

/// What `ack` is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    /// `epoch` of the lease.
    #[schema(example = 1)]
    epoch: u64,
}

/// What `nack` is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Refusal {
    /// `epoch` of the lease.
    #[schema(example = 1)]
    epoch: u64,
    /// Seconds after which it is given out again. Default 0; at most 604,800.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604800, default = 0)]
    delay_seconds: u64,
}

/// What `extend` is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Extension {
    /// `epoch` of the lease.
    #[schema(example = 1)]
    epoch: u64,
    /// Seconds from now for which the lease is to last. Default 60; the most is `lease-seconds`.
    #[serde(default = "lease_seconds")]
    #[schema(minimum = 1, maximum = 604800, default = 60)]
    lease_seconds: u64,
}

fn lease_seconds() -> u64 {
    LEASE_SECONDS
}

/// The longest delay of a refusal, in seconds: a week.
const LONGEST_DELAY: u64 = 604_800;

/// Acknowledge an entry.
///
/// It has been handled: it is not given out again, and is removed after a while. Acknowledged twice with the same epoch, it is answered alike.
#[utoipa::path(
    post,
    path = "/v1/inbox/{position}/ack",
    operation_id = "acknowledgeEntry",
    tag = "inbox",
    params(("position" = u64, Path, description = "Position of the entry.", example = 23)),
    request_body(content = Acknowledgement, content_type = "application/json"),
    responses(
        (status = 204, description = "It is acknowledged, durably."),
        (status = 400, description = "The request cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another has it by now, or it was handed back.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 4 KiB.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn acknowledge(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
    headers: axum::http::HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let (position, asked) = settlement::<Acknowledgement>(&client, path, (&headers, body)).await?;
    let settled = settle(&platform, client, position, move |store| {
        store.acknowledge(position, Some(asked.epoch))
    });
    settled_as(settled.await?)
}

/// Hand an entry back.
///
/// It could not be handled: it is given out again after a while, with another epoch.
#[utoipa::path(
    post,
    path = "/v1/inbox/{position}/nack",
    operation_id = "refuseEntry",
    tag = "inbox",
    params(("position" = u64, Path, description = "Position of the entry.", example = 23)),
    request_body(content = Refusal, content_type = "application/json"),
    responses(
        (status = 204, description = "It is handed back, durably."),
        (status = 400, description = "The request cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another has it by now, or it was handed back or acknowledged.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 4 KiB.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn refuse(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
    headers: axum::http::HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let (position, asked) = settlement::<Refusal>(&client, path, (&headers, body)).await?;
    if asked.delay_seconds > LONGEST_DELAY {
        let detail = format!("`delaySeconds` has to be a number from 0 to {LONGEST_DELAY}");
        return Err(wrong("request.form", detail).at("/delaySeconds"));
    }
    let (lease, delay) = (
        lease(position, asked.epoch),
        Duration::from_secs(asked.delay_seconds),
    );
    let settled = settle(&platform, client, position, move |store| {
        store.hand_back(&lease, delay)
    });
    settled_as(settled.await?)
}

/// Extend the lease of an entry.
#[utoipa::path(
    post,
    path = "/v1/inbox/{position}/extend",
    operation_id = "extendLease",
    tag = "inbox",
    params(("position" = u64, Path, description = "Position of the entry.", example = 23)),
    request_body(content = Extension, content_type = "application/json"),
    responses(
        (status = 200, description = "The lease, as it is now.", body = LeaseView),
        (status = 400, description = "The request cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another has it by now, or it was handed back or acknowledged.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 4 KiB.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn extend(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
    headers: axum::http::HeaderMap,
    body: Body,
) -> Result<Json<LeaseView>, Problem> {
    let (position, asked) = settlement::<Extension>(&client, path, (&headers, body)).await?;
    let most = u64::from(platform.limits.lease_seconds);
    if !(1..=most).contains(&asked.lease_seconds) {
        let detail = format!("`leaseSeconds` has to be a number from 1 to {most}");
        return Err(wrong("request.form", detail).at("/leaseSeconds"));
    }
    let lease = lease(position, asked.epoch);
    let duration = Duration::from_secs(asked.lease_seconds);
    let extended = settle(&platform, client, position, move |store| {
        store.extend_lease(&lease, duration)
    });
    let extended = extended.await?.ok_or_else(lost)?;
    Ok(Json((&extended).into()))
}

/// What is to become of an entry: its position, and the body.
async fn settlement<T: for<'de> Deserialize<'de>>(
    client: &Client,
    path: Result<Path<u64>, PathRejection>,
    (headers, body): (&axum::http::HeaderMap, Body),
) -> Result<(Position, T), Problem> {
    client.allow(&[Permission::Inbox])?;
    let Path(position) = path.map_err(|_| Problem::not_found("entry"))?;
    let essence = headers.get(header::CONTENT_TYPE);
    let essence = essence
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = essence.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "the body has to be application/json";
        return Err(Problem::new(
            problem::MEDIA_TYPE,
            "request.media-type",
            detail,
        ));
    }
    let bytes = super::small_body::read(body, LARGEST_SETTLEMENT).await?;
    let asked = serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let detail = format!(
            "the body is not the JSON object that it has to be, at line {line}, column {column}"
        );
        wrong("request.form", detail)
    })?;
    Ok((Position(position), asked))
}

/// Changes an entry, unless the client may not know of it or somebody else has it, by the name of the token.
async fn settle<T: Send + 'static>(
    platform: &Platform,
    client: Client,
    position: Position,
    change: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let settled = platform.ask(move |store| {
        let found = store.show(position)?;
        let found = found.filter(|entry| client.token().is_for(&entry.agency));
        let Some(entry) = found else {
            return Ok(Err(Problem::not_found("entry")));
        };
        let owner = entry.delivery.owner;
        match owner.is_some_and(|owner| owner != client.token().id) {
            true => Ok(Err(lost())),
            false => change(store).map(Ok),
        }
    });
    settled.await?
}

fn lease(id: Position, epoch: u64) -> Lease<Position> {
    Lease {
        id,
        epoch,
        until: Default::default(),
    }
}

fn settled_as(settled: Settled) -> Result<StatusCode, Problem> {
    match settled {
        Settled::Done => Ok(StatusCode::NO_CONTENT),
        Settled::Stale => Err(lost()),
    }
}

fn lost() -> Problem {
    Problem::new(
        problem::LEASE_LOST,
        "lease.stale",
        "the epoch is not the one of the entry's lease, or the entry was handed back or acknowledged",
    )
}
