// SPDX-License-Identifier: Apache-2.0
//! Operations: how far they have come, and what somebody decides on them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, Uri},
};
use silta_store::{
    StoreError,
    record::{Decided, Decision, Operation, OperationId, OperationListing, OperationPhase},
};

use super::{
    problem::{self, Problem, ProblemBody},
    query::{self, Query, wrong},
    state::Platform,
    token::{ALL_AGENCIES, Client, Permission},
    view::{OperationList, OperationView, moment},
};
use crate::operation::Progress;

/// Rows of an answer where nobody says how many.
pub(crate) const ROWS: u64 = 100;

/// List operations.
///
/// By their numbers. What was sent of each is told where one is asked for alone. `state=held` lists those that wait for a decision.
#[utoipa::path(
    get,
    path = "/v1/operations",
    operation_id = "listOperations",
    tag = "operations",
    params(
        ("agency" = Option<String>, Query, description = "Those of one agency.", example = "courier"),
        ("operation" = Option<String>, Query, description = "Those of one operation, by its name.", example = "deliver"),
        ("state" = Option<super::view::StateView>, Query, description = "Those that have come so far."),
        ("after" = Option<u64>, Query, description = "Those behind this number. Default 0.", minimum = 0, maximum = 9223372036854775807i64),
        ("limit" = Option<u64>, Query, description = "So many at most. Default 100; the most is `page-rows`.", minimum = 1, maximum = 1000),
    ),
    responses(
        (status = 200, description = "The operations.", body = OperationList),
        (status = 400, description = "The query cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn list(
    State(platform): State<Arc<Platform>>,
    client: Client,
    uri: Uri,
) -> Result<Json<OperationList>, Problem> {
    client.allow(&[Permission::Read])?;
    let mut query = Query::read(&uri, &["agency", "operation", "state", "after", "limit"])?;
    let limit = query.number("limit", 1..=platform.limits.page_rows.into(), ROWS)?;
    let listing = OperationListing {
        after: OperationId(query.number("after", 0..=query::LARGEST, 0)?),
        newest_first: false,
        agencies: agencies(&client, query.text("agency"))?,
        operation: query.text("operation"),
        phase: query.text("state").as_deref().map(phase).transpose()?,
        submitted_under: None,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    };
    let page = platform
        .ask(move |store| store.operations(&listing))
        .await?;
    let is_full = page.operations.len() as u64 == limit;
    let last = page.operations.last().map(|operation| operation.id.0);
    let operations = page.operations.into_iter();
    let operations = operations.map(|operation| OperationView::new(operation, page.now, &client));
    Ok(Json(OperationList {
        now: moment(page.now),
        operations: operations.collect(),
        more: last.filter(|_| is_full),
    }))
}

/// Agencies whose records are shown: the one that is asked for, or those that the token is for; none for all.
pub(crate) fn agencies(client: &Client, asked: Option<String>) -> Result<Vec<String>, Problem> {
    match asked {
        Some(agency) => {
            client.allow_agency(&agency)?;
            Ok(vec![agency])
        }
        None if client.token().is_for(ALL_AGENCIES) => Ok(Vec::new()),
        None => Ok(client.token().agencies.clone()),
    }
}

fn phase(name: &str) -> Result<OperationPhase, Problem> {
    let found = OperationPhase::ALL
        .into_iter()
        .find(|phase| phase.name() == name);
    found.ok_or_else(|| {
        let names = OperationPhase::ALL.map(OperationPhase::name).join("`, `");
        wrong("query.state", format!("`state` has to be one of `{names}`"))
    })
}

/// Show an operation.
#[utoipa::path(
    get,
    path = "/v1/operations/{id}",
    operation_id = "showOperation",
    tag = "operations",
    params(("id" = u64, Path, description = "Number of the operation.", example = 17)),
    responses(
        (status = 200, description = "The operation, and how far it has come.", body = OperationView),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn show(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<Json<OperationView>, Problem> {
    client.allow(&[Permission::Read])?;
    let operation = operation(&platform, &client, path).await?;
    let (id, progress) = (operation.id, operation.state.progress);
    let asked = platform.ask(move |store| {
        let body = match progress {
            Some(progress) => store.body(progress)?,
            None => None,
        };
        Ok((store.now()?, store.runs(id)?, body))
    });
    let (now, runs, body) = asked.await?;
    let view = OperationView::new(operation, now, &client).with_runs(runs);
    let progress = body
        .map(|body| Progress::from_bytes(&body.to_vec()))
        .transpose();
    match progress {
        Ok(None) => Ok(Json(view)),
        Ok(Some(progress)) => Ok(Json(view.with_progress(&progress))),
        Err(error) => {
            tracing::error!(target: "silta::platform", id = id.0, %error, "the progress of an operation cannot be read");
            Err(Problem::internal("operation.unreadable-progress"))
        }
    }
}

/// The operation of a path, if the client may know of it.
pub(crate) async fn operation(
    platform: &Platform,
    client: &Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<Operation, Problem> {
    let unknown = || Problem::not_found("operation");
    let Path(id) = path.map_err(|_| unknown())?;
    let found = platform.ask(move |store| store.operation(OperationId(id)));
    let found = found.await?;
    found
        .filter(|operation| client.token().is_for(&operation.agency))
        .ok_or_else(unknown)
}

/// Resume an operation.
///
/// One that is held, or waits, goes on now. Whoever decides so answers for it: what the agency may have taken may take effect twice.
#[utoipa::path(
    post,
    path = "/v1/operations/{id}/resume",
    operation_id = "resumeOperation",
    tag = "operations",
    params(("id" = u64, Path, description = "Number of the operation.", example = 17)),
    responses(
        (status = 204, description = "It goes on."),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is carried out at this moment.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "It is over.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn resume(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Problem> {
    decide(&platform, &client, path, Decision::Resume).await
}

/// Cancel an operation.
///
/// One that nobody carries out at the moment ends as given up. What the agency may have taken is not taken back.
#[utoipa::path(
    post,
    path = "/v1/operations/{id}/cancel",
    operation_id = "cancelOperation",
    tag = "operations",
    params(("id" = u64, Path, description = "Number of the operation.", example = 17)),
    responses(
        (status = 204, description = "It is over."),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is carried out at this moment.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "It is over already.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn cancel(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Problem> {
    decide(&platform, &client, path, Decision::Cancel).await
}

async fn decide(
    platform: &Platform,
    client: &Client,
    path: Result<Path<u64>, PathRejection>,
    decision: Decision,
) -> Result<StatusCode, Problem> {
    client.allow(&[Permission::Decide])?;
    let id = operation(platform, client, path).await?.id;
    let by = client.actor();
    let decided = platform
        .ask(move |store| -> Result<_, StoreError> { store.decide(id, None, decision, &by) });
    match decided.await? {
        Decided::Done => {
            let token = &client.token().id;
            tracing::info!(target: "silta::platform", token, id = id.0, ?decision, "somebody decided on an operation");
            Ok(StatusCode::NO_CONTENT)
        }
        Decided::UnderWay => Err(under_way()),
        Decided::Over => Err(lost_to_end()),
        // Asked without an epoch, it holds whatever was before.
        Decided::Moved => Err(Problem::internal("decision.unexpected")),
    }
}

pub(crate) fn under_way() -> Problem {
    let detail = "the operation is carried out at this moment";
    Problem::new(problem::UNDER_WAY, "operation.under-way", detail)
}

/// It ended before anybody could decide on it.
pub(crate) fn lost_to_end() -> Problem {
    let detail = "the operation has ended";
    Problem::new(problem::OVER, "operation.over", detail)
}
