// SPDX-License-Identifier: Apache-2.0
//! Taking entries out.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{Method, Uri, header},
    response::{IntoResponse, Response},
};
use silta_store::record::LeaseWish;
use tokio::time::{Instant, sleep_until};

use super::{LEASE_SECONDS, leased::Leased};
use crate::platform::{
    operations,
    problem::{self, Problem, ProblemBody},
    query::Query,
    state::Platform,
    token::{Client, Permission},
    unpushed,
    view::LeasedList,
};

/// Entries that are given out where nobody says how many.
const ENTRIES: u64 = 10;

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
    method: Method,
    uri: Uri,
) -> Result<Response, Problem> {
    client.allow(&[Permission::Inbox])?;
    if method == Method::HEAD {
        // Its answer has no body: entries would be given out that nobody gets.
        return Ok(([(header::ALLOW, "GET")], head_takes_nothing()).into_response());
    }
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
    leased.answer()
}

fn head_takes_nothing() -> Problem {
    let detail = "HEAD would have entries given out, and its answer none of them; ask by GET, or for the state of the gateway at the operator's /health/ready";
    Problem::new(problem::METHOD_NOT_ALLOWED, "route.method", detail)
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
        if !leased.is_empty() || deadline <= Instant::now() {
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
                if !leased.is_empty() {
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
            let mut leased = Leased::none(platform);
            for wish in wishes {
                let left = limit.saturating_sub(leased.len());
                let limit = u32::try_from(left).unwrap_or(u32::MAX);
                if limit > 0 {
                    let wish = LeaseWish { limit, ..wish };
                    let more = unpushed::lease(store, &wish, leased.pushed())?;
                    leased.add(more);
                }
            }
            Ok(leased.in_order())
        });
        asked.await
    }
}
