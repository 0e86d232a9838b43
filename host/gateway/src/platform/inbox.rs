// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox: shown; taken out for a while (`taking`); acknowledged, handed back, kept for longer (`settlement`).

mod leased;
pub(super) mod settlement;
pub(super) mod taking;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use silta_store::record::{Entry, Position};

use super::{
    problem::{Problem, ProblemBody},
    state::Platform,
    token::{Client, Permission},
    view::EntryView,
};

/// For how long entries are given out where nobody says so.
const LEASE_SECONDS: u64 = 60;

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
