// SPDX-License-Identifier: Apache-2.0
//! What somebody has confirmed in a form: done, and answered.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, Response, body::Incoming, header};
use tokio::time::timeout;

use super::{Page, Peer, no_page, see_other, told_at};
use crate::operator::page::{
    act::{self, Acted},
    agencies,
    facts::{Facts, NoPage},
    fields::Fields,
    generation_decision::{Confirmed, Decided},
    guard::{Guard, is_from_us},
    language::Language,
    route::{Act, TrialAct},
    trials,
    words::Words,
};

/// Bytes of a form, and the time for it.
const FORM_BYTES: usize = 4 << 10;
const FORM_TIME: Duration = Duration::from_secs(10);

/// Why nobody may decide: a status, and a text of a language.
type Refusal = (u16, fn(&Words) -> &'static str);

impl Page {
    pub(super) async fn decide(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        (id, act): (u64, Act),
        language: Language,
    ) -> Response<Body> {
        let w = language.words();
        let back = format!("/operations/{id}");
        let refused = |status, text| told_at(status, language, (w.refused_request, text), &back);
        let (user, form) = match self.may_decide(request, peer).await {
            Ok(allowed) => allowed,
            Err((status, text)) => return refused(status, text(w)),
        };
        let confirmed = act::Confirmed {
            id: silta_store::record::OperationId(id),
            act,
            token: form.text("token").unwrap_or_default().to_owned(),
            epoch: form.number("epoch").unwrap_or_default(),
            address: peer.remote,
            user,
        };
        let (facts, guard) = (Arc::clone(&self.facts), Arc::clone(&self.guard));
        let acted = tokio::task::spawn_blocking(move || act::decide(&facts, &guard, &confirmed));
        match acted.await {
            Ok(Acted::Done(id) | Acted::Known(id)) => see_other(&format!("/operations/{id}")),
            Ok(Acted::Outdated) => refused(409, w.wrong_token),
            Ok(Acted::UnderWay) => refused(409, w.under_way),
            Ok(Acted::Over) => refused(410, w.is_over),
            Ok(Acted::NotReplayable(why)) => refused(409, act::not_replayable(Some(why), w)),
            Ok(Acted::Gone) => refused(410, w.content_gone),
            Ok(Acted::Missing) => told_at(404, language, (w.not_found, w.not_found_text), "/"),
            Ok(Acted::Unread(error)) => no_page(NoPage::Store(error), language),
            Ok(Acted::Unclear) | Err(_) => {
                told_at(503, language, (w.unclear, w.unclear_text), &back)
            }
        }
    }

    pub(super) async fn roll_back(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        agency: String,
        language: Language,
    ) -> Response<Body> {
        let form = (agency, "serving", language.words().wrong_token);
        self.decide_on_generation(request, peer, form, language, agencies::roll_back)
            .await
    }

    pub(super) async fn decide_trial(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        (agency, act): (String, TrialAct),
        language: Language,
    ) -> Response<Body> {
        let form = (agency, "trial", language.words().trial_changed);
        let decide = move |facts: &Facts, guard: &Guard, confirmed: &Confirmed| {
            trials::decide(facts, guard, (act, confirmed))
        };
        self.decide_on_generation(request, peer, form, language, decide)
            .await
    }

    /// Of a form: the agency, the field with the number of the generation, and what is said where things are otherwise by now.
    async fn decide_on_generation(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        (agency, generation, outdated): (String, &str, &'static str),
        language: Language,
        decide: impl FnOnce(&Facts, &Guard, &Confirmed) -> Decided + Send + 'static,
    ) -> Response<Body> {
        let w = language.words();
        let back = format!("/agencies/{agency}");
        let refused = |status, text| told_at(status, language, (w.refused_request, text), &back);
        let (user, form) = match self.may_decide(request, peer).await {
            Ok(allowed) => allowed,
            Err((status, text)) => return refused(status, text(w)),
        };
        let confirmed = Confirmed {
            agency,
            token: form.text("token").unwrap_or_default().to_owned(),
            generation: form.number(generation).unwrap_or_default(),
            why: form.text("why").unwrap_or_default().to_owned(),
            address: peer.remote,
            user,
        };
        let (facts, guard) = (Arc::clone(&self.facts), Arc::clone(&self.guard));
        let decided = tokio::task::spawn_blocking(move || decide(&facts, &guard, &confirmed));
        match decided.await {
            Ok(Decided::Done) => see_other(&back),
            Ok(Decided::Outdated) => refused(409, outdated),
            Ok(Decided::NoEarlier) => refused(409, w.no_earlier),
            Ok(Decided::Missing) => told_at(404, language, (w.not_found, w.not_found_text), "/"),
            Ok(Decided::Unread(error)) => no_page(NoPage::Store(error), language),
            Ok(Decided::Unclear) | Err(_) => {
                told_at(503, language, (w.unclear, w.unclear_text), &back)
            }
        }
    }

    /// Who decides, and the form; or why nobody may.
    async fn may_decide(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> Result<(Option<String>, Fields), Refusal> {
        if !self.facts.actions {
            return Err((403, |w| w.actions_are_off));
        }
        let headers = request.headers();
        if !is_from_us(headers) {
            return Err((403, |w| w.wrong_origin));
        }
        let user = self.guard.user(headers, peer.remote);
        let user = user.map_err(|_| -> Refusal { (403, |w| w.no_user) })?;
        match form(request).await {
            Some(form) => Ok((user, form)),
            None => Err((400, |w| w.wrong_token)),
        }
    }
}

/// The fields of a form, if it is one and comes whole, in time and within its limit.
async fn form(request: Request<Incoming>) -> Option<Fields> {
    let media_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    let body = Limited::new(request.into_body(), FORM_BYTES).collect();
    let body = timeout(FORM_TIME, body).await.ok()?.ok()?;
    let text = String::from_utf8(body.to_bytes().to_vec()).ok()?;
    Some(Fields::read(&text))
}
