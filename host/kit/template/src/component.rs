// SPDX-License-Identifier: Apache-2.0
//! The contract, served.

use agency_guest::{
    Blob, BlobWriter, BuildInput, Component, EventData, Fault, Problem, ToEvent, accept,
    check_caller,
    exports::{
        descriptor::{AdjustedLimits, Description},
        envelope::{HttpTarget, Request, Target},
        message::{Outcome, Response, Sending},
        notification::{Call, HttpCall, Verdict},
    },
    head,
    imports::{ids, types::Header},
    internal, json, judge_http, not_before, outcome, problem, read_settings, reject,
    reject_mismatch, unknown_operation,
};
use agency_http::{Endpoint, JSON, Path, Reply, RequestMismatch, RetryClass, is_of_media_type};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    describe::{self, ANNOUNCE, CALLERS, CLIENT, LARGEST_MESSAGE, NOTIFY},
    wire::{self, Notification, Settings},
};

/// The contract, served. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct TheAgency;

impl Component for TheAgency {
    fn describe() -> Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        let settings: Settings = read_settings()?;
        settings.check()?;
        Ok(describe::adjusted(&settings))
    }

    fn build(operation: &str, input: BuildInput<'_>) -> Result<Request, Problem> {
        let settings: Settings = read_settings()?;
        match operation {
            ANNOUNCE => build_announcement(&settings, &input),
            other => Err(unknown_operation(other)),
        }
    }

    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        match operation {
            ANNOUNCE => parse_announcement(response, sending),
            other => Err(unknown_operation(other)),
        }
    }

    fn validate(call: &Call<'_>) -> Verdict {
        judge_http("AGENCY_ID", call, judge)
    }
}

/// What is announced; its content is the payload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// Who gets the parcel.
    recipient: String,
}

/// Data of the event `parcel-announced`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Announced {
    /// Our reference.
    reference: String,
    /// The agency's number.
    id: String,
}

impl EventData for Announced {
    const KIND: &'static str = "parcel-announced";
    const SUMMARY: &'static str = "The agency knows of a parcel.";
}

impl EventData for Notification {
    const KIND: &'static str = "parcel-notified";
    const SUMMARY: &'static str = "Something has become of a parcel.";
}

fn build_announcement(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let parameters: Parameters = json::parameters(&input.parameters)?;
    let content = input.payload.ok_or_else(|| {
        let message = "the content is the payload, and there is none";
        problem(Fault::Caller, "payload.missing", "", message)
    })?;
    let reference = ids::compact();
    let head = wire::announcement_head(&reference, &parameters.recipient);
    let mut body = BlobWriter::new();
    body.bytes(head.map_err(|_| internal("a body is no JSON"))?.as_bytes());
    // The content stays in the host, whatever its size.
    body.base64(content);
    body.bytes(b"\"}");
    let header = |name: &str, value: &str| Header {
        name: name.into(),
        value: value.into(),
    };
    Ok(Request {
        target: Target::Http(HttpTarget {
            method: "POST".into(),
            url: format!("{}/announcements", settings.url),
        }),
        headers: vec![header("Content-Type", JSON), header("Accept", JSON)],
        secret_headers: Vec::new(),
        body: body.finish()?.into_handle()?,
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        memo: reference.clone(),
        reference,
        tls_role: Some(CLIENT.into()),
        keep_bytes: true,
    })
}

fn parse_announcement(response: &Response<'_>, sending: &Sending) -> Result<Outcome, Problem> {
    let again = sending.earlier_sendings > 0;
    let Response::Answered(answer) = response else {
        let class = wire::class(None, again);
        return Ok(outcome(class, "none".into(), "no answer came".into()));
    };
    let class = wire::class(Some(answer.status), again);
    let told = outcome(class, format!("http-{}", answer.status), String::new());
    if !matches!(class, RetryClass::Done | RetryClass::AlreadyAccepted) {
        return Ok(Outcome {
            not_before: not_before(answer, told.class),
            ..told
        });
    }
    let reference = sending.memo.clone();
    let id = wire::read_taken(&Blob::read_all(answer.body, LARGEST_MESSAGE)?)?;
    let announced = Announced {
        reference: reference.clone(),
        id,
    };
    Ok(Outcome {
        events: vec![announced.event_about(&reference, Some(&reference))?],
        reference,
        ..told
    })
}

fn judge(call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let settings: Settings = read_settings()?;
    let endpoint = Endpoint {
        path: Path::Set(&settings.notification_path),
        method: "POST",
        addresses: &[],
    };
    let checked = endpoint.check(&head(call), |media_type| {
        match is_of_media_type(media_type, JSON) {
            true => Ok(()),
            false => Err(RequestMismatch::media_type(
                "body.other-media-type",
                "notifications are JSON",
            )),
        }
    });
    if let Err(mismatch) = checked {
        return reject_mismatch(mismatch);
    }
    // Whoever has a certificate of these issuers may call. Judge here whom it names, if they certify others too.
    if let Err(reason) = check_caller(CALLERS, call.peer, "", |_| Ok(())) {
        return Ok(reject(403, reason));
    }
    let body = Blob::read_all(call.body, LARGEST_MESSAGE)?;
    let notification = match wire::read_notification(&body) {
        Ok(notification) => notification,
        Err(error) => return Ok(reject(400, error.into())),
    };
    let event = notification.event_about(&notification.number, Some(&notification.reference))?;
    accept(NOTIFY, vec![event], Vec::new(), &Reply::empty(204))
}
