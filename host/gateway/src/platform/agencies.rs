// SPDX-License-Identifier: Apache-2.0
//! How agencies stand: which component serves, which did before, and which is on trial.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::Uri,
};
use serde::Serialize;
use silta_store::record::{Generation, GenerationListing};
use utoipa::ToSchema;

use super::{
    operations::ROWS,
    problem::{Problem, ProblemBody},
    query::{self, Query},
    state::Platform,
    token::{Client, Permission},
    view_generation::{AgencyView, GenerationList, GenerationView},
};
use crate::generations::standing;

/// How agencies stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgencyList {
    /// The agencies that the token is for.
    agencies: Vec<AgencyView>,
}

/// List how agencies stand.
#[utoipa::path(
    get,
    path = "/v1/agencies",
    operation_id = "listAgencies",
    tag = "generations",
    responses((status = 200, description = "The agencies.", body = AgencyList)),
    security(("token" = [])),
)]
pub(crate) async fn list(
    State(platform): State<Arc<Platform>>,
    client: Client,
) -> Result<Json<AgencyList>, Problem> {
    client.allow(&[Permission::Read, Permission::Deploy])?;
    let ids = platform.agencies.keys();
    let ids: Vec<_> = ids
        .filter(|id| client.token().is_for(id))
        .cloned()
        .collect();
    let mut agencies = Vec::new();
    let may_deploy = client.token().may.contains(&Permission::Deploy);
    for id in ids {
        let stands = stands(&platform, id).await?;
        agencies.push(match may_deploy {
            true => stands,
            false => stands.without_reason(),
        });
    }
    Ok(Json(AgencyList { agencies }))
}

/// List generations of an agency.
///
/// The last first; those that were refused among them, and why in words where the token may `deploy`.
#[utoipa::path(
    get,
    path = "/v1/agencies/{agency}/generations",
    operation_id = "listGenerations",
    tag = "generations",
    params(
        ("agency" = String, Path, description = "Agency, by the name of its table in the configuration.", example = "courier"),
        ("before" = Option<u64>, Query, description = "Those before this number. Default the last ones.", minimum = 0, maximum = 9223372036854775807i64),
        ("limit" = Option<u64>, Query, description = "So many at most. Default 100; the most is `page-rows`.", minimum = 1, maximum = 1000),
    ),
    responses(
        (status = 200, description = "The generations.", body = GenerationList),
        (status = 400, description = "The query cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The agency is not served here.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn show(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Json<GenerationList>, Problem> {
    client.allow(&[Permission::Read, Permission::Deploy])?;
    let Path(agency) = path.map_err(|_| Problem::not_found("agency"))?;
    client.allow_agency(&agency)?;
    if !platform.agencies.contains_key(&agency) {
        return Err(Problem::not_found("agency"));
    }
    let mut query = Query::read(&uri, &["before", "limit"])?;
    let limit = query.number("limit", 1..=platform.limits.page_rows.into(), ROWS)?;
    let listing = GenerationListing {
        agency,
        before: query.number("before", 0..=query::LARGEST, 0)?,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    };
    let found: Vec<Generation> = platform
        .ask(move |store| store.generations(&listing))
        .await?;
    let last = found.last().map(|generation| generation.number);
    let may_deploy = client.token().may.contains(&Permission::Deploy);
    let view = |generation: Generation| match GenerationView::from(generation) {
        view if may_deploy => view,
        view => view.without_reason(),
    };
    let is_full = found.len() as u64 == limit;
    Ok(Json(GenerationList {
        more: last.filter(|last| is_full && *last > 1),
        generations: found.into_iter().map(view).collect(),
    }))
}

/// How an agency stands, with what is on trial.
pub(super) async fn stands(platform: &Platform, id: String) -> Result<AgencyView, Problem> {
    let agency = platform.agencies.get(&id);
    let agency = agency.ok_or_else(|| Problem::not_found("agency"))?;
    let agency = agency.agency().clone();
    let deployer = platform.deployer.clone();
    let asked = platform.ask(move |store| {
        let standing = standing(store, &id, &agency)?;
        let trial = deployer.and_then(|it| it.trial(&id));
        Ok((id, standing, trial))
    });
    let (id, standing, trial) = asked.await?;
    Ok(AgencyView::new(id, standing, trial))
}
