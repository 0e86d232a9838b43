// SPDX-License-Identifier: Apache-2.0
//! From calls to verdicts.

use agency_guest::{
    Problem,
    exports::notification::{Call, HttpCall, Verdict},
    head, internal, judge_http, load_labelled, read_settings, reject, reject_mismatch, reject_with,
};
use agency_http::AnswerError;
use canonical_xml::Document;

use super::{
    messages,
    origin::{Lines, Origin, soap_reply},
    security, statuses,
};
use crate::wire::{
    self, Authority, CallCode, CallContext, CallRefusal, InvalidCall, OnMismatch, Opened,
    Operation, Settings, SignatureFailure,
};

/// Judges a call. What cannot be judged for a reason of our own is answered with 503 and no code of the interface, which invites to try again.
pub(super) fn validate(call: &Call<'_>) -> Verdict {
    judge_http("Suomi.fi", call, judge)
}

fn judge(call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let settings: Settings = read_settings()?;
    let context = match wire::check_head(&settings, &head(call)) {
        Ok(context) => context,
        Err(mismatch) => return reject_mismatch(mismatch),
    };
    if let Err(reason) = security::check_connection(&settings, call.peer)? {
        return Ok(reject(403, reason));
    }
    let limits = wire::message_limits(&settings);
    let body = load_labelled(call.body, context.charset.as_deref(), &limits)?;
    match wire::open(&settings, &context, &body) {
        Ok(opened) => match &body {
            Ok(document) => answer(call, (&settings, &context), opened, document),
            Err(_) => Err(internal("a call that is no XML was opened")),
        },
        Err(invalid) => reject_invalid(invalid),
    }
}

/// There is no telling what was called, so that there is no code to answer with (SOAP 1.1 §4.4, §6.2).
fn reject_invalid(invalid: InvalidCall) -> Result<Verdict, Problem> {
    let reply = wire::fault(invalid.code, &invalid.error.message);
    reject_with(&soap_reply(500, &reply)?, invalid.error.into())
}

/// Answers in the response of the operation that was called.
fn answer(
    call: &HttpCall<'_>,
    (settings, context): (&Settings, &CallContext),
    opened: Opened,
    document: &Document<'_>,
) -> Result<Verdict, Problem> {
    let mut origin = Origin {
        settings,
        operation: opened.operation,
        source: call.body,
        // Nobody has vouched for it yet. It goes into an answer and nowhere else.
        authority: Authority::unverified(settings, document),
        return_channel_url: opened.return_channel_url.clone(),
        signer: None,
        lines: Lines::default(),
    };
    let received = match security::judge(&settings.signature, call.body, document)? {
        Ok(received) => received,
        Err(reason) => return reject_unsigned(&origin, reason),
    };
    origin.signer = security::signer(&received);
    for (error, choice) in contradictions(settings, context, &opened) {
        match choice {
            OnMismatch::Log => {
                let line = format!("{}: {}", error.code, error.message);
                origin.lines.warn(&line);
            }
            OnMismatch::Reject => {
                let code = CallCode::INVALID;
                return origin.refuse(CallRefusal { code, error });
            }
        }
    }
    let called = received.body.children().next();
    let called = called.ok_or_else(|| internal("the operation of a call has gone"))?;
    let called = wire::read_call(settings, opened.operation, called);
    origin.authority = called.authority;
    match (called.items, opened.operation) {
        (Ok(items), Operation::Messages) => messages::take(&origin, &items),
        (Ok(items), Operation::Statuses) => statuses::take(&origin, &items),
        (Err(refusal), _) => origin.refuse(refusal),
    }
}

/// What the call says of itself against what it is, and what to do about each.
fn contradictions(
    settings: &Settings,
    context: &CallContext,
    opened: &Opened,
) -> impl Iterator<Item = (AnswerError, OnMismatch)> {
    let rules = &settings.notification;
    let action = context.contradiction(opened.operation);
    let action = action.map(|error| (error, rules.on_other_action));
    let url = opened.contradiction(settings);
    let url = url.map(|error| (error, rules.on_other_url));
    [action, url].into_iter().flatten()
}

fn reject_unsigned(origin: &Origin<'_>, reason: Problem) -> Result<Verdict, Problem> {
    let reply = match origin.settings.signature.on_failure {
        SignatureFailure::Answer => origin.reply(CallCode::SIGNATURE, &reason.message, &[])?,
        SignatureFailure::Fault => soap_reply(500, &wire::failed_check(&reason.message))?,
    };
    reject_with(&reply, reason)
}
