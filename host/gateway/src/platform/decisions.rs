// SPDX-License-Identifier: Apache-2.0
//! Decisions on what serves an agency: rolling back, and putting into service what is on trial or ending its trial.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Request, State},
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    agencies::stands,
    deploy_mode::PromotionMode,
    deployments::{deployer, not_read},
    json,
    problem::{Problem, ProblemBody},
    small_body,
    state::Platform,
    token::{Client, Permission},
    view_generation::AgencyView,
};
use crate::generations::{DeployError, Deployer, TrialOrder};

/// Bytes of the body of a decision.
const DECISION_BYTES: usize = 8 << 10;

/// Why somebody rolls back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RollbackBody {
    /// For whoever looks at the history. At most 500 characters are kept.
    #[serde(default)]
    why: String,
    /// Number of the generation that is to be replaced: where another one serves by now, nothing is done. Without it, a request that is sent twice undoes itself.
    #[schema(example = 17)]
    serving: Option<u64>,
}

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

/// Roll an agency back.
///
/// The generation that served before serves again, at once: it has stayed ready. Where it did by other settings or keys than there are now, its component serves by these, as a generation of its
/// own. Asked once more, what was rolled back serves again: name the generation that is to be replaced (`serving`), and nothing is done twice. It stays in force until somebody deploys a component,
/// or the configuration names another one.
#[utoipa::path(
    post,
    path = "/v1/agencies/{agency}/rollback",
    operation_id = "rollBack",
    tag = "generations",
    params(("agency" = String, Path, description = "Agency, by the name of its table in the configuration.", example = "courier")),
    request_body(content = Option<RollbackBody>),
    responses(
        (status = 503, description = "A deployment is under way, or the store cannot record it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 200, description = "It serves, and that is durable.", body = AgencyView),
        (status = 400, description = "The body cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The agency is not served here.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in time.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "No generation served before that is ready, or another one than `serving` does by now.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "What served before may not serve any more. Nothing has changed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn roll_back(
    State(platform): State<Arc<Platform>>,
    decision: Decision<RollbackBody>,
) -> Result<Json<AgencyView>, Problem> {
    let (agency, body) = (decision.agency.clone(), &decision.body);
    let (serving, wanted) = (body.serving, decision.client.wants(&body.why));
    let decided =
        decision.carried_out(&platform, move |it| it.roll_back(&agency, serving, &wanted));
    decided.await
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
        (status = 409, description = "Nothing is on trial, another one than `trial` is by now, it lacks something, does not go on for the moment, or serves a share of the conversations already.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn promote(
    State(platform): State<Arc<Platform>>,
    decision: Decision<PromotionBody>,
) -> Result<Json<AgencyView>, Problem> {
    let body = &decision.body;
    let canary = body.mode.with(body.share)?;
    let order = decision.on_trial(body.trial, body.anyway, &body.why);
    let decided = decision.carried_out(&platform, move |it| match canary {
        None => it.promote(&order),
        Some(of_thousand) => it.promote_to_canary(&order, of_thousand),
    });
    decided.await
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
    decision: Decision<DiscardBody>,
) -> Result<Json<AgencyView>, Problem> {
    let body = &decision.body;
    let order = decision.on_trial(body.trial, false, &body.why);
    let decided = decision.carried_out(&platform, move |it| it.discard(&order));
    decided.await
}

/// What somebody decides on an agency that the token may decide on.
pub(crate) struct Decision<T> {
    client: Client,
    agency: String,
    /// What the request says; nothing is as good as an object without members.
    body: T,
}

impl<T: DeserializeOwned + Default> FromRequest<Arc<Platform>> for Decision<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Arc<Platform>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let client = Client::from_request_parts(&mut parts, platform).await?;
        client.allow(&[Permission::Deploy])?;
        let path = Path::<String>::from_request_parts(&mut parts, platform).await;
        let Path(agency) = path.map_err(|_| Problem::not_found("agency"))?;
        client.allow_agency(&agency)?;
        let body = small_body::read(body, DECISION_BYTES).await?;
        let body = match body.is_empty() {
            true => T::default(),
            false => json::read(&body).map_err(|error| not_read(&error))?,
        };
        Ok(Self {
            client,
            agency,
            body,
        })
    }
}

impl<T> Decision<T> {
    /// What is decided on what is on trial.
    fn on_trial(&self, number: Option<u64>, anyway: bool, why: &str) -> TrialOrder {
        TrialOrder {
            agency: self.agency.clone(),
            number,
            anyway,
            wanted: self.client.wants(why),
        }
    }

    /// Carries it out, and says how the agency stands then.
    async fn carried_out(
        self,
        platform: &Platform,
        decide: impl FnOnce(&dyn Deployer) -> Result<u64, DeployError> + Send + 'static,
    ) -> Result<Json<AgencyView>, Problem> {
        let (client, deployer) = (self.client, deployer(platform)?);
        let decided = tokio::task::spawn_blocking(move || {
            let decided = decide(&*deployer);
            // Whoever goes away meanwhile has asked all the same.
            drop(client);
            decided
        });
        decided
            .await
            .map_err(|_| Problem::internal("gateway.crash"))??;
        stands(platform, self.agency).await.map(Json)
    }
}
