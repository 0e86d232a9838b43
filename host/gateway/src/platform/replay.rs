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
use silta_store::{
    Store, StoreError,
    record::{
        Decided, Decision, Document, End, IdempotencyKey, Operation, OperationId, OperationPhase,
        StoredDocument, Submission, Submitted,
    },
};
use utoipa::ToSchema;

use super::{
    operations::{self, lost_to_end, under_way},
    problem::{self, Problem, ProblemBody},
    state::Platform,
    token::{Client, Permission},
};

/// Whose idempotency keys those of replays are: no token has such an id.
const REPLAYS: &str = "silta replay";

/// What is carried out now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replayed {
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
        (status = 202, description = "It goes on, or is queued anew, or was before.", body = Replayed,
            headers(("Location" = String, description = "Where the operation's state is."))),
        (status = 404, description = "There is none, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is carried out at this moment, waits for its time, was done, or is a run of a poll.", body = ProblemBody, content_type = "application/problem+json"),
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
    let answered = platform.ask(move |store| decide(store, &operation)).await?;
    let token = client.token().id.as_str();
    let id = match answered {
        Answered::Resumed => {
            tracing::info!(target: "silta::platform", token, id = old, "somebody let an operation that was held go on");
            old
        }
        Answered::Anew(Submitted::New(new)) => {
            tracing::info!(target: "silta::platform", token, id = old, new = new.0, "somebody had an operation that ended badly submitted anew");
            new.0
        }
        Answered::Anew(Submitted::Known(new)) => new.0,
        Answered::Not(why) => return Err(why.into()),
    };
    let href = format!("/v1/operations/{id}");
    let location = HeaderValue::try_from(&href);
    let location = location.map_err(|_| Problem::internal("location.unusable"))?;
    let replayed = Replayed {
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

enum Answered {
    Resumed,
    Anew(Submitted),
    Not(Why),
}

/// Why there is nothing to do once more.
#[derive(Clone, Copy)]
enum Why {
    UnderWay,
    Waits,
    Over,
    Done,
    Poll,
    Gone,
}

impl From<Why> for Problem {
    fn from(why: Why) -> Self {
        let not = |code, detail| Self::new(problem::NOT_REPLAYED, code, detail);
        match why {
            Why::UnderWay => under_way(),
            Why::Over => lost_to_end(),
            Why::Waits => not(
                "operation.not-held",
                "the operation is neither held nor over: it goes on by itself",
            ),
            Why::Done => not(
                "operation.done",
                "the operation was done; to have it done once more, submit another one",
            ),
            Why::Poll => not(
                "operation.poll",
                "the operation is a run of a poll, which is run again by itself",
            ),
            Why::Gone => Self::new(
                problem::OVER,
                "operation.content-gone",
                "files of the operation have been removed; submit another one with them",
            ),
        }
    }
}

fn decide(store: &dyn Store, operation: &Operation) -> Result<Answered, StoreError> {
    let not = |why| Ok(Answered::Not(why));
    match operation.state.phase(store.now()?) {
        OperationPhase::Held => Ok(match store.decide(operation.id, Decision::Resume)? {
            Decided::Done => Answered::Resumed,
            Decided::UnderWay => Answered::Not(Why::UnderWay),
            Decided::Over => Answered::Not(Why::Over),
        }),
        OperationPhase::Running => not(Why::UnderWay),
        OperationPhase::Queued | OperationPhase::Waiting => not(Why::Waits),
        OperationPhase::Ended => {
            let ended = operation.state.ended.as_ref();
            if ended.is_none_or(|ended| ended.end == End::Done) {
                return not(Why::Done);
            }
            if operation.wish.poll.is_some() {
                return not(Why::Poll);
            }
            match anew(store, operation)? {
                Some(wish) => Ok(Answered::Anew(store.submit(&wish)?)),
                None => not(Why::Gone),
            }
        }
    }
}

/// The same once more; `None` where a file of it is gone.
fn anew(store: &dyn Store, operation: &Operation) -> Result<Option<Submission>, StoreError> {
    let OperationId(old) = operation.id;
    let wish = &operation.wish;
    let payload = match &wish.payload {
        None => None,
        Some(payload) => match store.body(payload.body)? {
            None => return Ok(None),
            payload => payload,
        },
    };
    let mut attachments = Vec::new();
    for StoredDocument {
        name,
        media_type,
        body,
        ..
    } in &wish.attachments
    {
        let Some(content) = store.body(*body)? else {
            return Ok(None);
        };
        attachments.push(Document {
            name: name.clone(),
            media_type: media_type.clone(),
            content,
        });
    }
    Ok(Some(Submission {
        agency: operation.agency.clone(),
        operation: wish.operation.clone(),
        parameters: wish.parameters.clone(),
        payload,
        attachments,
        lane: wish.lane.clone(),
        idempotency: Some(IdempotencyKey {
            client: REPLAYS.to_owned(),
            key: old.to_string(),
        }),
        replay_of: Some(operation.id),
        trace: wish.trace.clone(),
        ..Submission::default()
    }))
}
