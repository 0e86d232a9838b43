// SPDX-License-Identifier: Apache-2.0
//! What the API says of itself.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    problem::{KINDS, Problem, ProblemBody},
    state::Platform,
};

/// Describe the API: this document.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    operation_id = "describeApi",
    tag = "service",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")),
)]
pub(crate) async fn openapi(State(platform): State<Arc<Platform>>) -> Response {
    let mut response = Response::new(Body::from(platform.openapi.clone()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// A kind of problems.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemKind {
    /// What `type` of such a problem is.
    #[serde(rename = "type")]
    #[schema(example = "/v1/problems/submission-refused")]
    kind: String,
    /// The kind in a few words.
    title: &'static str,
    /// HTTP status of its answers.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What to do.
    remedy: &'static str,
}

/// Explain a kind of problems.
#[utoipa::path(
    get,
    path = "/v1/problems/{name}",
    operation_id = "explainProblem",
    tag = "service",
    params(("name" = String, Path, description = "Last part of the `type` of a problem.", example = "submission-refused")),
    responses(
        (status = 200, description = "The kind.", body = ProblemKind),
        (status = 404, description = "There is no such kind.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn problem(
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ProblemKind>, Problem> {
    let unknown = || Problem::not_found("problem");
    let Path(name) = path.map_err(|_| unknown())?;
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(unknown)?;
    Ok(Json(ProblemKind {
        kind: format!("/v1/problems/{}", kind.name),
        title: kind.title,
        status: kind.status.as_u16(),
        remedy: kind.remedy,
    }))
}
