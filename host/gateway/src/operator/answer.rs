// SPDX-License-Identifier: Apache-2.0
//! Paths and their answers.

use std::{convert::Infallible, sync::Arc};

use axum::body::Body;
use bytes::Bytes;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    OperatorSetup,
    measured::Measured,
    page::{Page, Peer},
};
use crate::metrics::Metrics;

const JSON: &str = "application/json";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

pub(super) struct Answers {
    setup: OperatorSetup,
    registry: Registry,
    measured: Arc<Measured>,
    page: Option<Page>,
    stopping: CancellationToken,
}

impl Answers {
    pub(super) fn new(
        setup: OperatorSetup,
        metrics: &Metrics,
        page: Option<Page>,
        stopping: CancellationToken,
    ) -> Self {
        let mut registry = Registry::with_prefix("silta");
        let measured = Arc::new(Measured::default());
        metrics.register(&mut registry);
        measured.register(&mut registry);
        Self {
            setup,
            registry,
            measured,
            page,
            stopping,
        }
    }

    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> Result<Response<Body>, Infallible> {
        let path = request.uri().path();
        let is_for_programs = path.starts_with("/health/") || path == "/metrics";
        if let Some(page) = self.page.as_ref().filter(|_| !is_for_programs) {
            return Ok(page.answer(request, peer).await);
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = answer(405, TEXT, "GET or HEAD only\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            answer.headers_mut().insert(header::ALLOW, allowed);
            return Ok(answer);
        }
        Ok(match request.uri().path() {
            "/health/live" => answer(200, JSON, json!({"live": true}).to_string()),
            "/health/ready" => self.ready().await,
            "/metrics" => self.metrics().await,
            _ => answer(
                404,
                TEXT,
                "there are /health/live, /health/ready and /metrics\n",
            ),
        })
    }

    /// 200 when an arrival could be kept and some agency is served; 503 with the reasons otherwise.
    async fn ready(&self) -> Response<Body> {
        let store = Arc::clone(&self.setup.store);
        let looked = tokio::task::spawn_blocking(move || store.ready()).await;
        let mut reasons: Vec<String> = Vec::new();
        match looked {
            Ok(Ok(())) => {}
            Ok(Err(error)) => reasons.push(error.to_string()),
            Err(_) => reasons.push("the store cannot be asked".to_owned()),
        }
        let agencies = self.setup.agencies.iter();
        let agencies = agencies.map(|(id, agency)| (id, agency.generation_info().is_ok()));
        let agencies: Vec<_> = agencies.collect();
        if agencies.iter().all(|(_, is_served)| !is_served) {
            reasons.push("no agency can be served; the log says why".to_owned());
        }
        if self.stopping.is_cancelled() {
            reasons.push("the program is being stopped".to_owned());
        }
        let shown = agencies.into_iter().map(|(id, is_served)| {
            let state = if is_served { "serving" } else { "stopped" };
            (id.clone(), Value::from(state))
        });
        let status = if reasons.is_empty() { 200 } else { 503 };
        let body = json!({
            "ready": reasons.is_empty(),
            "reasons": reasons,
            "agencies": shown.collect::<serde_json::Map<_, _>>(),
        });
        answer(status, JSON, body.to_string())
    }

    async fn metrics(&self) -> Response<Body> {
        let (measured, setup) = (Arc::clone(&self.measured), self.setup.clone());
        let look = move || measured.look(&*setup.store, &setup.agencies);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(look).await {
            // What is counted in memory is shown all the same, and `silta_ready` says 0.
            tracing::warn!(target: "silta::operator", %error, "the state of the store is not in the metrics");
        }
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => answer(200, OPEN_METRICS, text),
            Err(_) => answer(500, TEXT, "the metrics cannot be written\n"),
        }
    }
}

fn answer(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.into()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let media_type = HeaderValue::from_static(media_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    answer
}
