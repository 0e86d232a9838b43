// SPDX-License-Identifier: Apache-2.0
//! The API, described: OpenAPI 3.1.

use std::sync::Arc;

use axum::Router;
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    agencies, decisions, deployments, documents, events, inbox, operations, problem::KINDS, replay,
    service, state::Platform, submit,
};

/// Routes, and what they are described by: one list for both.
pub(crate) fn routes() -> (Router<Arc<Platform>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::new()
        .routes(routes!(submit::submit))
        .routes(routes!(operations::list))
        .routes(routes!(operations::show))
        .routes(routes!(operations::resume))
        .routes(routes!(operations::cancel))
        .routes(routes!(replay::replay))
        .routes(routes!(inbox::taking::take))
        .routes(routes!(inbox::show))
        .routes(routes!(inbox::settlement::acknowledge))
        .routes(routes!(inbox::settlement::refuse))
        .routes(routes!(inbox::settlement::extend))
        .routes(routes!(documents::fetch))
        .routes(routes!(events::list))
        .routes(routes!(deployments::deploy))
        .routes(routes!(decisions::roll_back))
        .routes(routes!(decisions::promote))
        .routes(routes!(decisions::discard))
        .routes(routes!(agencies::list))
        .routes(routes!(agencies::show))
        .routes(routes!(service::openapi))
        .routes(routes!(service::problem))
        .split_for_parts()
}

/// The OpenAPI document of the platform's API, as it is served at `/v1/openapi.json`.
pub fn openapi() -> Value {
    let (_, described) = routes();
    // It is made of what JSON has.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.insert("info".to_owned(), info());
        members.insert("tags".to_owned(), tags());
        let servers = json!([{"url": "/", "description": "The gateway itself."}]);
        members.insert("servers".to_owned(), servers);
    }
    if let Some(components) = object(&mut document, "components") {
        components.insert("securitySchemes".to_owned(), json!({
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that `silta token new` makes: `silta_` and 43 characters. The configuration has its SHA-256, the agencies that it is for, and what it may be used for: `submit`, `read`, `inbox`, `decide`, `deploy`."
            }
        }));
    }
    let paths = object(&mut document, "paths");
    let items = paths.into_iter().flat_map(|paths| paths.values_mut());
    let operations = items.filter_map(Value::as_object_mut);
    let operations = operations.flat_map(|item| item.values_mut());
    for operation in operations {
        let is_secured = operation.get("security").is_some();
        if let Some(responses) = object(operation, "responses") {
            add_responses(responses, is_secured);
        }
    }
    document
}

fn object<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    value.get_mut(name)?.as_object_mut()
}

/// What any operation may be answered.
fn add_responses(responses: &mut Map<String, Value>, is_secured: bool) {
    let problem = |description: &str, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, description)| {
            let field = json!({"description": description, "schema": {"type": "string"}});
            ((*name).to_owned(), field)
        });
        json!({
            "description": description,
            "headers": fields.collect::<Map<_, _>>(),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        })
    };
    let retry = [("Retry-After", "Seconds to wait.")];
    let mut all = vec![("500", problem("A fault of the gateway.", &[]))];
    if is_secured {
        let challenge = [("WWW-Authenticate", "`Bearer` (RFC 6750 §3).")];
        all.push((
            "401",
            problem("There is no token, or none that is known.", &challenge),
        ));
        all.push(("403", problem("The token is not for this.", &challenge)));
        all.push((
            "429",
            problem(
                "More is under way than may be; `detail` names the limit.",
                &retry,
            ),
        ));
        all.push(("503", problem("It cannot be done at the moment.", &retry)));
    }
    for (status, response) in all {
        responses.insert(status.to_owned(), response);
    }
}

fn info() -> Value {
    let kinds = KINDS.iter().map(|kind| {
        format!(
            "- `/v1/problems/{}` ({}): {}. {}",
            kind.name,
            kind.status.as_u16(),
            kind.title,
            kind.remedy
        )
    });
    let kinds: Vec<String> = kinds.collect();
    let description = format!(
        "What an integration platform does with the gateway: it submits operations, takes what agencies have brought out of an inbox, fetches documents, and decides on operations that are held.\n\nWhat is answered with 2xx is durable. Whatever else is answered is `application/problem+json` (RFC 9457), but for what cannot be read as HTTP at all. Names with `-` are settings in `[platform.limits]` of the gateway's configuration.\n\n{}",
        kinds.join("\n")
    );
    json!({
        "title": "Silta, the platform's side",
        "version": "1",
        "description": description,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    })
}

fn tags() -> Value {
    json!([
        {"name": "operations", "description": "What is to be sent to agencies, and how far it has come."},
        {"name": "inbox", "description": "What agencies have brought, taken out for a while and acknowledged."},
        {"name": "events", "description": "The same for followers that keep their position themselves."},
        {"name": "generations", "description": "Which component serves an agency, and which did before; deploying another one, and rolling back."},
        {"name": "service", "description": "What the API says of itself; no token is needed."},
    ])
}
