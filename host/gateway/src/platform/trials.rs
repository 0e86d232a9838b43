// SPDX-License-Identifier: Apache-2.0
//! Decisions on components that are tried beside what serves.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    deploy_mode::PromotionMode,
    deployments::{allowed, carried_out, deployer, read_decision},
    problem::{Problem, ProblemBody},
    state::Platform,
    token::Client,
    view_generation::AgencyView,
};
use crate::generations::{DeployError, Deployer, TrialOrder, Wanted};

/// What somebody decides on a trial.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PromotionBody {
    /// For whoever looks at the history. At most 500 characters are kept.
    #[serde(default)]
    why: String,
    /// Number of the generation that is to serve: where another one is on trial by now, nothing is done.
    #[schema(example = 18)]
    trial: Option<u64>,
    /// Whether what it lacks does not matter.
    #[serde(default)]
    anyway: bool,
    /// Whether it serves, or what did calls again serves a share of the conversations first.
    #[serde(default)]
    mode: PromotionMode,
    /// With the mode `canary`: of a thousand conversations, it serves so many; that of `[agencies.ID.trial] canary-share` by default.
    #[schema(example = 50, minimum = 1, maximum = 1000)]
    share: Option<u32>,
}

/// Why somebody ends a trial.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DiscardBody {
    /// For whoever looks at the history. At most 500 characters are kept.
    #[serde(default)]
    why: String,
    /// Number of the generation whose trial is to end: where another one is on trial by now, nothing is done.
    #[schema(example = 18)]
    trial: Option<u64>,
}

/// Promote what is on trial.
///
/// It serves, at once: it is ready. Where it lacks something (`lacking`: calls or time, or too many differ) it is refused, unless `anyway` says that this does not matter. What
/// served is what a rollback returns to. With the mode `canary`, what did calls again serves a share of the conversations instead, and stays on trial.
#[utoipa::path(
    post,
    path = "/v1/agencies/{agency}/promote",
    operation_id = "promoteTrial",
    tag = "generations",
    params(("agency" = String, Path, description = "Agency, by the name of its table in the configuration.", example = "courier")),
    request_body(content = Option<PromotionBody>),
    responses(
        (status = 503, description = "A deployment is under way, or the store cannot record it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 200, description = "It serves, and that is durable.", body = AgencyView),
        (status = 400, description = "The body cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The agency is not served here.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in time.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Nothing is on trial, another one than `trial` is by now, it lacks something, or serves a share of the conversations already.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn promote(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Json<AgencyView>, Problem> {
    let agency = allowed(&client, path)?;
    let body: PromotionBody = read_decision(body).await?;
    let canary = body.mode.with(body.share)?;
    let order = TrialOrder {
        agency,
        number: body.trial,
        anyway: body.anyway,
        wanted: Wanted::new(&format!("token {}", client.token().id), &body.why),
    };
    decided(&platform, client, order, move |it, order| match canary {
        None => it.promote(order),
        Some(of_thousand) => it.promote_to_canary(order, of_thousand),
    })
    .await
}

/// Discard what is on trial.
///
/// The trial ends, with what was seen of it in the history. What serves goes on.
#[utoipa::path(
    post,
    path = "/v1/agencies/{agency}/discard",
    operation_id = "discardTrial",
    tag = "generations",
    params(("agency" = String, Path, description = "Agency, by the name of its table in the configuration.", example = "courier")),
    request_body(content = Option<DiscardBody>),
    responses(
        (status = 503, description = "A deployment is under way, or the store cannot record it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 200, description = "The trial has ended, and that is durable.", body = AgencyView),
        (status = 400, description = "The body cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The agency is not served here.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in time.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Nothing is on trial, or another one than `trial` is by now.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn discard(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Json<AgencyView>, Problem> {
    let agency = allowed(&client, path)?;
    let body: DiscardBody = read_decision(body).await?;
    let order = TrialOrder {
        agency,
        number: body.trial,
        anyway: false,
        wanted: Wanted::new(&format!("token {}", client.token().id), &body.why),
    };
    decided(&platform, client, order, |it, order| it.discard(order)).await
}

/// Carries out what is decided on a trial.
async fn decided(
    platform: &Platform,
    client: Client,
    order: TrialOrder,
    decide: impl FnOnce(&dyn Deployer, &TrialOrder) -> Result<u64, DeployError> + Send + 'static,
) -> Result<Json<AgencyView>, Problem> {
    let (deployer, agency) = (deployer(platform)?, order.agency.clone());
    carried_out(platform, (client, deployer), agency, move |it, _| {
        decide(it, &order)
    })
    .await
}
