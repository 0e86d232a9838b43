// SPDX-License-Identifier: Apache-2.0
//! Answers judged by the table, and outcomes made of them.

use agency_guest::{
    Problem, ToEvent,
    exports::message::{Answer, Outcome, Response, Sending},
    fields,
    imports::{clock, log},
    internal, later, moment, not_before, outcome as plain_outcome,
};
use agency_http::{AnswerError, RetryClass, check_coding};
use serde::de::DeserializeOwned;
use suomifi_messages::{OutcomeUnresolved, RestTransport};

use crate::{
    operation::TOKEN,
    wire::{self, Action, Call, ErrorBody, LONGEST_TEXT, Settings},
};

/// What `parse` is given.
pub(crate) struct Given<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) response: &'a Response<'a>,
    pub(crate) sending: &'a Sending,
}

impl<'a> Given<'a> {
    pub(super) fn answer(&self) -> Option<&'a Answer<'a>> {
        match self.response {
            Response::Answered(answer) => Some(answer),
            _ => None,
        }
    }

    /// What `build` has left for this request: in the memo, or as the step that it was built of.
    pub(super) fn carried<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let memo = Some(&self.sending.memo).filter(|memo| !memo.is_empty());
        let text = memo.or(self.sending.step.as_ref());
        let read = text.and_then(|text| serde_json::from_str(text).ok());
        read.ok_or_else(|| internal("what was left for the answer cannot be read"))
    }
}

/// An answer, or the lack of one, and what to do after it.
pub(crate) struct Judged {
    pub(super) call: Call,
    pub(super) status: Option<u16>,
    pub(super) action: Action,
    pub(super) error: ErrorBody,
    /// Body of an answer with a good status; empty where it is not read.
    pub(super) body: Vec<u8>,
    pub(super) trace_id: Option<String>,
}

impl Judged {
    pub(super) fn is_taken(&self) -> bool {
        matches!(
            self.action.class,
            RetryClass::Done | RetryClass::AlreadyAccepted
        )
    }

    /// The service's code, or `http-NNN`, or `none`.
    pub(super) fn code(&self) -> String {
        match (self.error.code(), self.status) {
            (Some(code), _) => code.to_owned(),
            (None, Some(status)) => format!("http-{status}"),
            (None, None) => "none".into(),
        }
    }

    /// What the interface has of its own.
    pub(super) fn transport(&self) -> RestTransport {
        RestTransport {
            trace_id: self.trace_id.clone(),
            ..RestTransport::default()
        }
    }
}

/// Judges what came of a request by the table. The body of an attachment stays where it is.
pub(super) fn judge(given: &Given<'_>, call: Call) -> Result<Judged, Problem> {
    let Some(answer) = given.answer() else {
        let error = ErrorBody::default();
        return Ok(Judged {
            call,
            status: None,
            action: wire::action(call, None, &error),
            error,
            body: Vec::new(),
            trace_id: None,
        });
    };
    let is_good = (200..300).contains(&answer.status);
    let (body, flaw) = match call {
        Call::CitizenAttachment if is_good => (Vec::new(), None),
        _ => read(given.settings, answer)?,
    };
    let mut error = match is_good {
        true => ErrorBody::default(),
        false => wire::read_error(&body),
    };
    let mut action = wire::action(call, Some(answer.status), &error);
    if let (true, Some(flaw)) = (is_good, flaw) {
        action = wire::unreadable(call);
        error.text = flaw;
    }
    if answer.status == 403 && !given.settings.renew_on_403_once {
        action.renews_token = false;
    }
    let trace_id = fields(&answer.headers).first("traceId");
    let trace_id = trace_id
        .filter(|id| wire::is_trace_id(id))
        .map(str::to_owned);
    Ok(Judged {
        call,
        status: Some(answer.status),
        action,
        error,
        body,
        trace_id,
    })
}

/// The body as far as it is read, and what is wrong with it.
fn read(settings: &Settings, answer: &Answer<'_>) -> Result<(Vec<u8>, Option<String>), Problem> {
    let size = answer.body.size();
    if let Err(error) = check_coding(&fields(&answer.headers), size) {
        return Ok((Vec::new(), Some(error.message)));
    }
    let most = settings.largest_answer_bytes;
    let length = u32::try_from(size).unwrap_or(u32::MAX).min(most);
    let body = answer.body.read(0, length);
    let body = body.map_err(|_| internal("the body of an answer cannot be read"))?;
    let flaw = (size > most.into()).then(|| {
        format!(
            "the answer has {size} bytes; raise the setting largest-answer-bytes, which is {most}"
        )
    });
    Ok((body, flaw))
}

/// An outcome with what the table and the answer say.
pub(super) fn outcome(given: &Given<'_>, judged: &Judged) -> Outcome {
    let action = &judged.action;
    let class = match given.sending.earlier_sendings {
        0 => action.class,
        _ => action.class_in_doubt,
    };
    let outcome = plain_outcome(class, judged.code(), text(judged));
    let asked = given
        .answer()
        .and_then(|answer| not_before(answer, outcome.class));
    let own = action.wait_seconds.map(|wait| later(clock::now(), wait));
    let latest = [asked, own]
        .into_iter()
        .flatten()
        .max_by_key(|at| at.seconds);
    note(judged, &outcome);
    Outcome {
        not_before: latest,
        refused_secret: action.renews_token.then(|| TOKEN.to_owned()),
        ..outcome
    }
}

/// The outcome of a good status whose body is not what belongs there.
pub(super) fn unreadable(given: &Given<'_>, judged: Judged, error: &AnswerError) -> Outcome {
    let unreadable = Judged {
        action: wire::unreadable(judged.call),
        error: ErrorBody {
            text: format!("{} ({} at {})", error.message, error.code, error.path),
            ..ErrorBody::default()
        },
        ..judged
    };
    outcome(given, &unreadable)
}

/// Nobody knows, and the same is not sent again: somebody has to look.
pub(super) fn with_end(
    given: &Given<'_>,
    mut outcome: Outcome,
    reference: Option<&str>,
    advice: &str,
) -> Result<Outcome, Problem> {
    let earlier = given.sending.earlier_sendings;
    let is_unknown = outcome.class == RetryClass::UnknownOutcome.into();
    if is_unknown && given.settings.resending.is_last_sending(earlier) {
        let at = moment(clock::now())?;
        let data = OutcomeUnresolved {
            reference: reference.map(str::to_owned),
            at: at.clone(),
            code: outcome.code.clone(),
            sendings: u64::from(earlier) + 1,
            advice: advice.to_owned(),
        };
        let name = format!("{}/{at}", reference.unwrap_or("password"));
        outcome.events.push(data.event_about(&name, reference)?);
    }
    Ok(outcome)
}

fn text(judged: &Judged) -> String {
    let words = match (judged.error.text.as_str(), judged.status) {
        ("", None) => "no answer came",
        ("", Some(_)) if !judged.is_taken() => "the answer says nothing more",
        (words, _) => words,
    };
    let advice = advice(judged);
    let trace = judged.trace_id.as_ref();
    let trace = trace
        .map(|id| format!("traceId {id}"))
        .filter(|_| !judged.is_taken());
    let parts = [words, advice, trace.as_deref().unwrap_or_default()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("; ").chars().take(LONGEST_TEXT).collect()
}

fn advice(judged: &Judged) -> &'static str {
    match (judged.call, judged.status) {
        (Call::Token, Some(400 | 401)) => {
            "the service does not take the user name or the password: compare them, and do not try often, which may lock the account"
        }
        (Call::ChangePassword, Some(400)) => {
            "the password was not changed: the token or the password is not taken, the new one is too weak, or it is too early; nothing is tried for an hour"
        }
        (_, Some(403)) => {
            "have the service's owner look whether the address that Silta calls from is on its list and whether the system has the rights"
        }
        (Call::Message | Call::Upload | Call::Events | Call::Mailboxes, Some(404)) => {
            "compare the setting url"
        }
        _ => "",
    }
}

fn note(judged: &Judged, outcome: &Outcome) {
    let level = match (judged.is_taken(), judged.action.is_alarm) {
        (true, _) => log::Level::Debug,
        (false, true) => log::Level::Error,
        (false, false) => log::Level::Warning,
    };
    let trace = judged.trace_id.as_deref().unwrap_or("-");
    let line = format!("{:?}: {}, traceId {trace}", judged.call, outcome.code);
    log::write(level, &line);
}
