// SPDX-License-Identifier: Apache-2.0
//! Events, for followers that keep their position themselves.

use std::sync::Arc;

use axum::{Json, extract::State, http::Uri};
use silta_store::record::{Listing, MOST_ROWS, Position};

use super::{
    operations::{ROWS, agencies},
    problem::{Problem, ProblemBody},
    query::{self, Query},
    state::Platform,
    token::{Client, Permission},
    view::{EventList, ListedEvent},
};

/// Entries that one request looks at, however few of their events are wanted.
const ENTRIES: usize = 5_000;

/// List events.
///
/// By the positions of their entries, whether these were acknowledged or not; nothing is taken out. Those of an entry come together, so that there may be more than `limit`. Ask again with `after`
/// set to the `after` of the answer, also where it has no event: entries that have none of those asked for are passed over.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "listEvents",
    tag = "events",
    params(
        ("after" = Option<u64>, Query, description = "Those of entries behind this position. Default 0.", minimum = 0, maximum = 9223372036854775807i64),
        ("agency" = Option<String>, Query, description = "Those of one agency.", example = "courier"),
        ("kind" = Option<String>, Query, description = "Those of one kind.", example = "delivered"),
        ("limit" = Option<u64>, Query, description = "So many, and the rest of the last entry's. Default 100; the most is `page-rows`.", minimum = 1, maximum = 1000),
    ),
    responses(
        (status = 200, description = "The events.", body = EventList),
        (status = 400, description = "The query cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn list(
    State(platform): State<Arc<Platform>>,
    client: Client,
    uri: Uri,
) -> Result<Json<EventList>, Problem> {
    client.allow(&[Permission::Read])?;
    let mut query = Query::read(&uri, &["after", "agency", "kind", "limit"])?;
    let rows = u64::from(platform.limits.page_rows);
    let limit = query.number("limit", 1..=rows, ROWS.min(rows))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let after = query.number("after", 0..=query::LARGEST, 0)?;
    let agencies = agencies(&client, query.text("agency"))?;
    let kind = query.text("kind");
    let asked = platform.ask(move |store| {
        let (mut listing, mut looked) = (
            Listing {
                after: Position(after),
                newest_first: false,
                agency: match agencies.as_slice() {
                    [one] => Some(one.clone()),
                    _ => None,
                },
                waiting: false,
                limit: MOST_ROWS,
            },
            0,
        );
        let mut list = EventList {
            events: Vec::new(),
            after,
            more: true,
        };
        while list.more && list.events.len() < limit && looked < ENTRIES {
            let page = store.list(&listing)?;
            list.more = page.len() == MOST_ROWS as usize;
            for entry in page {
                if list.events.len() >= limit {
                    list.more = true;
                    break;
                }
                looked += 1;
                list.after = entry.position.0;
                listing.after = entry.position;
                if agencies.is_empty() || agencies.contains(&entry.agency) {
                    let kind = kind.clone();
                    let wanted = move |event: &silta_store::record::Event| {
                        kind.as_ref().is_none_or(|kind| *kind == event.kind)
                    };
                    list.events.extend(ListedEvent::of(entry, wanted));
                }
            }
        }
        Ok(list)
    });
    Ok(Json(asked.await?))
}
