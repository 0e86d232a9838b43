// SPDX-License-Identifier: Apache-2.0
//! From a request to a page.

mod deciding;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use askama::Template;
use axum::body::Body;
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
};
use silta_store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    about, act, acts, agencies,
    assets::asset,
    entries, expiries,
    facts::{Facts, NoPage},
    fields::Fields,
    guard::Guard,
    language::{COOKIE, Language},
    layout::{Content, Prose, framed},
    live::{Live, Look},
    operation, operations, overview,
    route::Route,
    sent::Remembered,
    setup::{PageSetup, WrongPage},
    trials,
    words::Words,
};
use crate::metrics::Metrics;

/// Only what comes from here, and nothing within a page that is not a file of ours. `Referrer-Policy` is not `no-referrer`, since browsers send no
/// `Origin` with forms then.
const FIELDS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("vary", "Accept-Language, Cookie"),
];

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const EVENTS: &str = "text/event-stream; charset=utf-8";

/// What nginx, and other proxies after it, would gather otherwise until it is worth sending.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const NO: HeaderValue = HeaderValue::from_static("no");

/// The operator's pages.
pub(crate) struct Page {
    facts: Arc<Facts>,
    guard: Arc<Guard>,
    streams: Arc<Semaphore>,
    live_streams: u32,
    stopping: CancellationToken,
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) remote: IpAddr,
    pub(crate) local: IpAddr,
}

/// What cannot be answered as it was asked, in words.
#[derive(Template)]
#[template(path = "told.html")]
struct Told {
    w: &'static Words,
    text: &'static str,
    /// Where to look instead.
    back: String,
}

impl Page {
    pub(crate) fn new(
        setup: PageSetup,
        store: Arc<dyn Store>,
        metrics: Metrics,
        stopping: CancellationToken,
    ) -> Result<Self, WrongPage> {
        Ok(Self {
            guard: Arc::new(Guard::new(setup.hosts, setup.user)?),
            facts: Arc::new(Facts {
                store,
                agencies: setup.agencies,
                certificates: setup.certificates,
                metrics,
                actions: setup.actions,
                deployer: setup.deployer,
                sent: Remembered::default(),
                counted: Mutex::default(),
            }),
            streams: Arc::new(Semaphore::new(setup.live_streams as usize)),
            live_streams: setup.live_streams,
            stopping,
        })
    }

    /// Answers.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let headers = request.headers();
        if !self.guard.is_asked_for_us(headers, peer.local) {
            // RFC 9110 §15.5.20.
            let text = "the operator's page is not asked for by this name; use its address, or name the host in `operator.hosts`\n";
            return answered(421, TEXT, text);
        }
        let path = request.uri().path();
        let mut language = Language::of(headers);
        if *request.method() == Method::POST {
            return match Route::of(path, None) {
                Some((Route::Decide(id, act), _)) => {
                    self.decide(request, peer, (id.0, act), language).await
                }
                Some((Route::RollBack(agency), _)) => {
                    self.roll_back(request, peer, agency, language).await
                }
                Some((Route::Trial(agency, act), _)) => {
                    self.decide_trial(request, peer, (agency, act), language)
                        .await
                }
                _ => not_allowed("GET, HEAD"),
            };
        }
        if *request.method() != Method::GET && *request.method() != Method::HEAD {
            return not_allowed("GET, HEAD, POST");
        }
        if let Some((media_type, bytes)) = asset(path) {
            return answered(200, media_type, bytes);
        }
        let query = request.uri().query();
        if path == "/live" {
            return self.live(request.headers(), query, language);
        }
        let Some((route, chosen)) = Route::of(path, query) else {
            let told = (language.words().not_found, language.words().not_found_text);
            return told_at(404, language, told, "/");
        };
        language = chosen.unwrap_or(language);
        let mut response = self.show(route, language).await;
        if chosen.is_some() {
            let year = 365 * 24 * 60 * 60;
            let tag = language.tag();
            let cookie = format!("{COOKIE}={tag}; Path=/; Max-Age={year}; SameSite=Lax; HttpOnly");
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
        }
        response
    }

    async fn show(&self, route: Route, language: Language) -> Response<Body> {
        let (facts, guard) = (Arc::clone(&self.facts), Arc::clone(&self.guard));
        let asked = route.clone();
        let made = tokio::task::spawn_blocking(move || content(&facts, &guard, language, &asked));
        let made = made.await.unwrap_or(Err(NoPage::Broken));
        let here = (route.address(), route.section());
        let framed =
            made.and_then(|content| framed(&content, language, (&here.0, here.1), route.is_live()));
        match framed {
            Ok(html) => answered(200, HTML, html),
            Err(error) => no_page(error, language),
        }
    }

    /// What a page shows, again and again.
    fn live(&self, headers: &HeaderMap, query: Option<&str>, language: Language) -> Response<Body> {
        let fields = Fields::read(query.unwrap_or_default());
        let of = fields.text("of").unwrap_or_default();
        let (path, query) = of.split_once('?').unwrap_or((of, ""));
        let route = Route::of(path, Some(query)).filter(|(route, _)| route.is_live());
        let Some((route, _)) = route else {
            return answered(
                404,
                TEXT,
                "`of` names no page that keeps itself up to date\n",
            );
        };
        let Ok(place) = Arc::clone(&self.streams).try_acquire_owned() else {
            let text = format!(
                "{} pages keep themselves up to date already, which is `operator.live-streams`; close one, or raise it\n",
                self.live_streams
            );
            return answered(503, TEXT, text);
        };
        let seen = headers.get("last-event-id");
        let seen = seen.and_then(|seen| seen.to_str().ok());
        let seen = seen.or_else(|| fields.text("since")).unwrap_or_default();
        let (facts, guard) = (Arc::clone(&self.facts), Arc::clone(&self.guard));
        let look = move || match content(&facts, &guard, language, &route) {
            Ok(content) => Look::Shows(content),
            Err(NoPage::Missing) => Look::Gone,
            // Later the store may answer.
            Err(_) => Look::Nothing,
        };
        let live = Live {
            look: Arc::new(look),
            seen: seen.to_owned(),
            stopping: self.stopping.clone(),
            place,
        };
        let mut response = respond(200, EVENTS, Body::new(live.start()));
        response.headers_mut().insert(BUFFERING, NO);
        response
    }
}

/// Where to look next.
fn see_other(place: &str) -> Response<Body> {
    let mut response = answered(303, TEXT, "");
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// What a page shows. May block.
fn content(
    facts: &Facts,
    guard: &Guard,
    language: Language,
    route: &Route,
) -> Result<Content, NoPage> {
    match route {
        Route::Overview => overview::content(facts, language),
        Route::Operations(filter) => operations::content(facts, language, filter),
        Route::Operation(id) => operation::content(facts, language, *id),
        Route::Decide(id, act) => act::confirm(facts, guard, language, (*id, *act)),
        Route::Inbox(filter) => entries::list(facts, language, filter),
        Route::Entry(position) => entries::content(facts, language, *position),
        Route::Acts(filter) => acts::content(facts, language, filter),
        Route::Certificates => expiries::content(facts, language),
        Route::About => about::content(facts, language),
        Route::Agency(id) => agencies::content(facts, language, id),
        Route::RollBack(id) => agencies::confirm(facts, guard, language, id),
        Route::Trial(id, act) => trials::confirm(facts, guard, language, (id, *act)),
    }
}

fn no_page(error: NoPage, language: Language) -> Response<Body> {
    let w = language.words();
    match error {
        NoPage::Missing => told_at(404, language, (w.not_found, w.not_found_text), "/"),
        NoPage::Store(error) => {
            tracing::error!(target: "silta::operator", %error, "the store cannot be read for the operator's page");
            told_at(503, language, (w.store_failed, w.store_failed_text), "/")
        }
        NoPage::Broken => {
            tracing::error!(target: "silta::operator", "a page of the operator's ended by a defect of this program");
            answered(500, TEXT, "the page cannot be made; the log says more\n")
        }
    }
}

/// A page that says why there is no other.
fn told_at(
    status: u16,
    language: Language,
    (heading, text): (&str, &'static str),
    back: &str,
) -> Response<Body> {
    let told = Told {
        w: language.words(),
        text,
        back: back.to_owned(),
    };
    let content = told.render().map(|html| Content {
        title: heading.to_owned(),
        html,
    });
    let framed = content
        .map_err(NoPage::from)
        .and_then(|content| framed(&content, language, (back, ""), false));
    match framed {
        Ok(html) => answered(status, HTML, html),
        Err(_) => answered(500, TEXT, "the page cannot be made\n"),
    }
}

fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = answered(405, TEXT, "this is not done here\n");
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(header::ALLOW, methods);
    response
}

fn answered(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    respond(status, media_type, Body::from(body.into()))
}

fn respond(status: u16, media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    for (name, value) in FIELDS {
        let name = HeaderName::from_static(name);
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
