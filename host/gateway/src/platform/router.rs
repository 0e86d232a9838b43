// SPDX-License-Identifier: Apache-2.0
//! From a request to its answer, whatever happens in between.

use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::{body::Frame, service::Service};
use hyper_util::service::TowerToHyperService;

use super::{
    openapi,
    problem::{self, Problem},
    state::Platform,
    unread::Watched,
};

/// Answers requests.
pub(crate) struct Answering {
    routes: TowerToHyperService<Router>,
    platform: Arc<Platform>,
}

/// The route that a request went to.
#[derive(Clone)]
struct Route(MatchedPath);

impl Answering {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        let (routes, _) = openapi::routes();
        let routes = routes
            .route_layer(middleware::from_fn(tell_route))
            .fallback(no_route)
            .method_not_allowed_fallback(no_method)
            .with_state(Arc::clone(&platform));
        Self {
            routes: TowerToHyperService::new(routes),
            platform,
        }
    }

    /// Answers, and counts the answer.
    pub(crate) async fn answer(
        &self,
        request: hyper::Request<Watched>,
    ) -> Result<Response, Infallible> {
        let method = request.method().clone();
        let request = request.map(Body::new);
        let response = Caught(Box::pin(self.routes.call(request))).await;
        let mut response = response.unwrap_or_else(|_| {
            tracing::error!(target: "silta::platform", code = "gateway.crash", "a request ended by a defect of this program");
            Ok(Problem::internal("gateway.crash").into_response())
        })?;
        let route = response.extensions_mut().remove::<Route>();
        let route = route.as_ref().map_or("none", |route| route.0.as_str());
        let status = response.status();
        if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            // A length of 0 would be that of what is not sent (RFC 9110 §8.6).
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::new(NoContent);
        }
        let metrics = &self.platform.metrics.platform;
        metrics.answered(route, method_name(&method), status.as_u16());
        tracing::debug!(target: "silta::platform", route, %method, status = status.as_u16(), "answered");
        Ok(response)
    }
}

/// A method as a label: those of other people's making are one.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    }
}

async fn tell_route(route: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Route(route));
    response
}

async fn no_route() -> Problem {
    Problem::new(
        problem::NOT_FOUND,
        "route.unknown",
        "there is no such path; /v1/openapi.json describes those that there are",
    )
}

async fn no_method() -> Problem {
    let detail = "the path does not have this method";
    Problem::new(problem::METHOD_NOT_ALLOWED, "route.method", detail)
}

/// A future whose panic is an answer.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.0.as_mut();
        // After a panic it is not polled again, and what it shared is kept by locks that outlive one.
        match catch_unwind(AssertUnwindSafe(|| inner.poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}

struct Panicked;

/// A body that is none, and of whose size nothing is said.
struct NoContent;

impl hyper::body::Body for NoContent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn a_panic_is_caught() {
        let mut caught = pin!(Caught(Box::pin(async { panic!("as told") })));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let polled: Poll<Result<(), Panicked>> = caught.as_mut().poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Err(Panicked))));
    }
}
