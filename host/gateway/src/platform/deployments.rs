// SPDX-License-Identifier: Apache-2.0
//! Components that are to serve.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, body::Body, extract::State};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    deploy_mode::ModeBody,
    json,
    problem::{self, Problem, ProblemBody},
    query::wrong,
    state::Platform,
    submission_body::{no_room, too_large},
    token::{Client, Permission},
    view_generation::GenerationView,
};
use crate::{
    generations::{DeployOrder, Deployer, Offered, PackageBytes},
    inbound::Reservation,
};

/// Components that are to serve.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DeploymentBody {
    /// By the names of the agencies' tables in the configuration: all of them serve, or none.
    components: BTreeMap<String, ComponentBody>,
    /// Why, for whoever looks at the history. At most 500 characters are kept.
    #[serde(default)]
    #[schema(example = "Customs has a new interface")]
    why: String,
    /// Whether an earlier version may follow a later one, and another component the same version.
    #[serde(default)]
    allow_downgrade: bool,
    /// Whether they serve, which is the default, are tried beside what serves, or serve a share of the conversations.
    #[serde(default)]
    mode: ModeBody,
    /// With `shadow`: of a thousand calls, so many are done again; with `canary`: of a thousand conversations, they serve so many. Default that of the configuration (`[agencies.ID.trial]`: `share`,
    /// `canary-share`).
    #[schema(minimum = 1, maximum = 1000)]
    share: Option<u32>,
}

/// A component, with the other files of its package where it comes in one; or where it is (`reference`), and nothing else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ComponentBody {
    /// The component, in base64.
    #[schema(content_encoding = "base64")]
    component: Option<String>,
    /// Where the gateway fetches the component and its package from: an OCI registry of the configuration (`[registries.NAME]`), and a digest. A tag alone is refused: what it names may change.
    #[schema(
        example = "registry.example.fi/agencies/tulli@sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )]
    reference: Option<String>,
    /// The text of `NAME.manifest.json`.
    manifest: Option<String>,
    /// The text of `NAME.signatures.json`.
    signatures: Option<String>,
}

/// What serves now, or is on trial.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deployed {
    /// The generations that serve now, or are on trial, by agency.
    generations: Vec<GenerationView>,
}

/// Deploy components.
///
/// Each is judged: the files of its package and their signature, its version beside that of what serves, its size, imports and contract; it is compiled, described, configured with what the
/// configuration has for its agency, and self-tested. Then all of them are recorded, and serve from the next call on; calls under way keep what they began with. Where one is refused none
/// serves, what served goes on, and the refusal is in the history. With the mode `shadow` they are judged in the same way, and then tried beside what serves: one at a time of an agency. `code` is of the step. At most `body-bytes`. What a `reference` names is fetched first, once, by its digest, from a registry of
/// the configuration, and then judged as what comes in the body is; `code` begins with `registry.` where it cannot be had; that is in the history as well, with the reference in the place of a component.
#[utoipa::path(
    post,
    path = "/v1/deployments",
    operation_id = "deployComponents",
    tag = "generations",
    request_body = DeploymentBody,
    responses(
        (status = 503, description = "Another deployment is under way, a component could not be judged, a registry does not answer, or the store cannot record it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 200, description = "They serve, or are on trial, and that is durable.", body = Deployed),
        (status = 400, description = "The body cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "An agency is not served here.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Something is on trial already.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A component may not serve. Nothing has changed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn deploy(
    State(platform): State<Arc<Platform>>,
    client: Client,
    body: Body,
) -> Result<Json<Deployed>, Problem> {
    client.allow(&[Permission::Deploy])?;
    let deployer = deployer(&platform)?;
    let (bytes, reserved) = read(&platform, &client, body).await?;
    let order: DeploymentBody = json::read(&bytes).map_err(|error| not_read(&error))?;
    drop(bytes);
    if order.components.is_empty() {
        return Err(wrong("request.form", "`components` names no agency").at("/components"));
    }
    for agency in order.components.keys() {
        client.allow_agency(agency)?;
    }
    let components = order.components.into_iter().map(|(agency, component)| {
        let offered = component.offered();
        let offered = offered.map_err(|(code, field, detail)| {
            wrong(code, detail).at(format!("/components/{agency}{field}"))
        })?;
        Ok((agency, offered))
    });
    let order = DeployOrder {
        components: components.collect::<Result<_, Problem>>()?,
        wanted: client.wants(&order.why),
        allow_downgrade: order.allow_downgrade,
        mode: order.mode.with(order.share)?,
    };
    let deployed = tokio::task::spawn_blocking(move || {
        let mut reserved = reserved;
        let deployed = deployer.deploy(order, &mut |bytes| reserved.grow(bytes).is_ok());
        // Whoever goes away meanwhile has asked all the same.
        drop((reserved, client));
        deployed
    });
    let deployed = deployed
        .await
        .map_err(|_| Problem::internal("gateway.crash"))??;
    Ok(Json(Deployed {
        generations: deployed.into_iter().map(GenerationView::from).collect(),
    }))
}

pub(super) fn deployer(platform: &Platform) -> Result<Arc<dyn Deployer>, Problem> {
    let deployer = platform.deployer.clone();
    deployer.ok_or_else(|| {
        let detail = "components are not deployed by this program";
        Problem::new(problem::NOT_FOUND, "deployment.not-here", detail)
    })
}

/// Reads a body within the limits of bodies, and on the account of the bytes at once: those of the body, and of what it decodes to.
async fn read(
    platform: &Platform,
    client: &Client,
    mut body: Body,
) -> Result<(Vec<u8>, Reservation), Problem> {
    let of_all = (platform.limits.body_bytes, "platform.limits.body-bytes");
    let of_token = client.token().limits.body_bytes;
    let of_token = of_token.map(|limit| (limit, "platform.tokens.limits.body-bytes"));
    let (limit, setting) = of_token.filter(|own| own.0 < of_all.0).unwrap_or(of_all);
    let mut reserved = platform.bytes.reserve(true);
    let mut bytes = Vec::new();
    let reading = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| wrong("request.broken-off", "the body broke off"))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if (bytes.len() + data.len()) as u64 > limit {
                return Err(too_large("bytes of a body", limit, setting));
            }
            let twice = (data.len() as u64).saturating_mul(2);
            reserved.grow(twice).map_err(|_| no_room())?;
            bytes.extend_from_slice(&data);
        }
        Ok(())
    };
    let time = platform.limits.body_time;
    match tokio::time::timeout(time, reading).await {
        Ok(read) => read?,
        Err(_) => {
            let detail = format!(
                "the body did not come within {} ms (`platform.limits.body-milliseconds`)",
                time.as_millis()
            );
            let code = "request.too-slow";
            return Err(Problem::new(problem::BODY_TOO_SLOW, code, detail));
        }
    }
    Ok((bytes, reserved))
}

impl ComponentBody {
    /// What is wrong otherwise: code, field, sentence.
    fn offered(self) -> Result<Offered, (&'static str, &'static str, &'static str)> {
        let has_texts = self.manifest.is_some() || self.signatures.is_some();
        match (self.component, self.reference) {
            (Some(component), None) => {
                let component = BASE64_STANDARD.decode(component).map_err(|_| {
                    let detail = "`component` has to be base64 (RFC 4648 §4)";
                    ("request.not-base64", "/component", detail)
                })?;
                Ok(Offered::Files(PackageBytes {
                    component,
                    manifest: self.manifest.map(String::into_bytes),
                    signatures: self.signatures.map(String::into_bytes),
                }))
            }
            (None, Some(reference)) if !has_texts => Ok(Offered::Reference(reference)),
            _ => {
                let detail = "there has to be either `component`, with the texts of its package if it has one, or `reference` alone";
                Err(("request.form", "", detail))
            }
        }
    }
}

/// Where it cannot be read, and nothing of it.
pub(super) fn not_read(error: &serde_json::Error) -> Problem {
    let place = format!("at line {}, column {}", error.line(), error.column());
    match error.is_data() {
        true => {
            let detail = format!(
                "the body has another form {place}; /v1/openapi.json says which it has to have"
            );
            wrong("request.form", detail)
        }
        false => wrong("request.not-json", format!("the body is not JSON {place}")),
    }
}
