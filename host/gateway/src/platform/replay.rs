// SPDX-License-Identifier: Apache-2.0
//! What is held goes on; what ended badly is done once more.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use silta_store::record::Submitted;
use utoipa::ToSchema;

use super::{
    operations::{self, lost_to_end, under_way},
    problem::{self, Problem, ProblemBody},
    state::Platform,
    token::{Client, Permission},
};
use crate::operation::{self, NotReplayed, Replayed};

/// What is carried out now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Replayed)]
pub(crate) struct ReplayedView {
    /// Number of the operation that is carried out now: the same, where it was held.
    #[schema(example = 18)]
    id: u64,
    /// Agency that it is for.
    #[schema(example = "courier")]
    agency: String,
    /// The operation.
    #[schema(example = "deliver")]
    operation: String,
    /// Where its state is: what `Location` says.
    #[schema(example = "/v1/operations/18")]
    href: String,
    /// Of one that was submitted anew: the one that it does once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 17)]
    replay_of: Option<u64>,
}

/// Replay an operation.
///
/// One that is held goes on, as by `resume`. One that the agency refused, or that was given up, is submitted anew, with the same parameters and files and in the same conversation, as an
/// operation of its own; `replayOf` names the old one. That is done once: asked again, the answer is the same. What was done is not replayed, nor is a run of a poll. Whoever decides so
/// answers for it: what the agency may have taken may take effect twice.
#[utoipa::path(
    post,
    path = "/v1/operations/{id}/replay",
    operation_id = "replayOperation",
    tag = "operations",
    params(("id" = u64, Path, description = "Number of the operation.", example = 17)),
    responses(
        (status = 202, description = "It goes on, or is queued anew, or was before.", body = ReplayedView,
            headers(("Location" = String, description = "Where the operation's state is."))),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is carried out at this moment, waits for its time, was done, is a run of a poll, or has moved on meanwhile.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "Its files have been removed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn replay(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<u64>, PathRejection>,
) -> Result<Response, Problem> {
    client.allow(&[Permission::Decide])?;
    let operation = operations::operation(&platform, &client, path).await?;
    let (old, agency) = (operation.id.0, operation.agency.clone());
    let name = operation.wish.operation.clone();
    let by = client.actor();
    let replayed = platform
        .ask(move |store| operation::replay(store, &operation, by))
        .await?;
    let token = client.token().id.as_str();
    let id = match replayed {
        Replayed::Resumed => {
            tracing::info!(target: "silta::platform", token, id = old, "somebody let an operation that was held go on");
            old
        }
        Replayed::Anew(Submitted::New(new)) => {
            tracing::info!(target: "silta::platform", token, id = old, new = new.0, "somebody had an operation that ended badly submitted anew");
            new.0
        }
        Replayed::Anew(Submitted::Known(new)) => new.0,
        Replayed::Not(why) => return Err(why.into()),
    };
    let href = format!("/v1/operations/{id}");
    let location = HeaderValue::try_from(&href);
    let location = location.map_err(|_| Problem::internal("location.unusable"))?;
    let replayed = ReplayedView {
        id,
        agency,
        operation: name,
        href,
        replay_of: (id != old).then_some(old),
    };
    let mut response = (StatusCode::ACCEPTED, Json(replayed)).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

impl From<NotReplayed> for Problem {
    fn from(why: NotReplayed) -> Self {
        let not = |code, detail| Self::new(problem::NOT_REPLAYED, code, detail);
        match why {
            NotReplayed::UnderWay => under_way(),
            NotReplayed::Over => lost_to_end(),
            NotReplayed::Waits => not(
                "operation.not-held",
                "the operation is neither held nor over: it goes on by itself",
            ),
            NotReplayed::Moved => not(
                "operation.moved-on",
                "the operation has moved on since this request has read it: somebody else may have decided on it",
            ),
            NotReplayed::Done => not(
                "operation.done",
                "the operation was done; to have it done once more, submit another one",
            ),
            NotReplayed::Poll => not(
                "operation.poll",
                "the operation is a run of a poll, which is run again by itself",
            ),
            NotReplayed::Gone => Self::new(
                problem::OVER,
                "operation.content-gone",
                "files of the operation have been removed; submit another one with them",
            ),
        }
    }
}
