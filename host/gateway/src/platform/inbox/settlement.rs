// SPDX-License-Identifier: Apache-2.0
//! What is done with an entry that was given out: it is acknowledged, handed back, or kept for longer.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::{Deserialize, de::DeserializeOwned};
use silta_store::{
    Store, StoreError,
    record::{Lease, Position, Settled},
};
use utoipa::ToSchema;

use super::LEASE_SECONDS;
use crate::platform::{
    json,
    problem::{self, Problem, ProblemBody},
    query::wrong,
    small_body,
    state::Platform,
    token::{Client, Permission},
    view::LeaseView,
};

/// Bytes of the bodies of `ack`, `nack` and `extend`.
const LARGEST_SETTLEMENT: usize = 4 << 10;

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
    settlement: Settlement<Acknowledgement>,
) -> Result<StatusCode, Problem> {
    let (position, epoch) = (settlement.position, settlement.asked.epoch);
    let settled = settlement.settle(&platform, move |store| {
        store.acknowledge(position, Some(epoch))
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
    settlement: Settlement<Refusal>,
) -> Result<StatusCode, Problem> {
    let (position, asked) = (settlement.position, &settlement.asked);
    if asked.delay_seconds > LONGEST_DELAY {
        let detail = format!("`delaySeconds` has to be a number from 0 to {LONGEST_DELAY}");
        return Err(wrong("request.form", detail).at("/delaySeconds"));
    }
    let (lease, delay) = (
        lease(position, asked.epoch),
        Duration::from_secs(asked.delay_seconds),
    );
    let settled = settlement.settle(&platform, move |store| store.hand_back(&lease, delay));
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
    settlement: Settlement<Extension>,
) -> Result<Json<LeaseView>, Problem> {
    let (position, asked) = (settlement.position, &settlement.asked);
    let most = u64::from(platform.limits.lease_seconds);
    if !(1..=most).contains(&asked.lease_seconds) {
        let detail = format!("`leaseSeconds` has to be a number from 1 to {most}");
        return Err(wrong("request.form", detail).at("/leaseSeconds"));
    }
    let lease = lease(position, asked.epoch);
    let duration = Duration::from_secs(asked.lease_seconds);
    let extended = settlement.settle(&platform, move |store| store.extend_lease(&lease, duration));
    let extended = extended.await?.ok_or_else(lost)?;
    Ok(Json((&extended).into()))
}

/// A request about an entry that was given out.
pub(crate) struct Settlement<T> {
    client: Client,
    position: Position,
    /// The body.
    asked: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Platform>> for Settlement<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Arc<Platform>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let client = Client::from_request_parts(&mut parts, platform).await?;
        client.allow(&[Permission::Inbox])?;
        let path = Path::from_request_parts(&mut parts, platform).await;
        let Path(position) = path.map_err(|_| Problem::not_found("entry"))?;
        if !is_json(&parts.headers) {
            let detail = "the body has to be application/json";
            return Err(Problem::new(
                problem::MEDIA_TYPE,
                "request.media-type",
                detail,
            ));
        }
        let bytes = small_body::read(body, LARGEST_SETTLEMENT).await?;
        let asked = json::read(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let detail = format!(
                "the body is not the JSON object that it has to be, at line {line}, column {column}"
            );
            wrong("request.form", detail)
        })?;
        Ok(Self {
            client,
            position: Position(position),
            asked,
        })
    }
}

impl<T> Settlement<T> {
    /// Changes the entry, unless the client may not know of it or somebody else has it, by the name of the token.
    /// Two questions to the store, one after the other; the epoch tells whether the entry has changed hands between them.
    async fn settle<R: Send + 'static>(
        self,
        platform: &Platform,
        change: impl FnOnce(&dyn Store) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, Problem> {
        let (client, position) = (self.client, self.position);
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
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE);
    let named = named.and_then(|value| value.to_str().ok());
    let essence = named.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
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
