//! The contract, served.

use agency_guest::{
    Blob, Fault, Problem,
    exports::{
        descriptor, envelope,
        message::{self, Response},
        notification,
    },
    imports::{blobs, clock, facts, ids, settings, types},
    json, problem, unknown_operation,
};
use serde_json::{Map, Value, json};
use soap::Version;

use crate::{
    convert::{self, HostPowers, INTERMEDIARY},
    describe::{self, LARGEST_ANSWER, UPLOAD},
    wire::{self, Acknowledgement, Class, Moment, Parameters, Settings},
};

/// Before the application request, when the profile asks for it.
const XML_DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The contract's exports, served by the protocol. What it does needs the sandbox; natively it only compiles.
#[derive(Debug)]
pub struct Component;

impl descriptor::Guest for Component {
    fn describe() -> descriptor::Description {
        describe::description()
    }

    fn check_settings() -> Result<Vec<descriptor::AdjustedLimits>, Problem> {
        read_settings()?
            .check()
            .map_err(convert::settings_problem)?;
        Ok(Vec::new())
    }
}

impl envelope::Guest for Component {
    fn build(
        operation: String,
        parameters: String,
        payload: Option<&blobs::Blob>,
        _attachments: Vec<envelope::Attachment>,
        _cursor: Option<String>,
    ) -> Result<envelope::Request, Problem> {
        if operation != UPLOAD {
            return Err(unknown_operation(&operation));
        }
        let missing = || {
            problem(
                Fault::Caller,
                "payload.missing",
                "",
                "an upload needs the application message as its payload; hand one over",
            )
        };
        build_upload(&parameters, payload.ok_or_else(missing)?)
    }
}

impl message::Guest for Component {
    fn parse(
        operation: String,
        response: Response<'_>,
        sending: message::Sending,
    ) -> Result<message::Outcome, Problem> {
        if operation != UPLOAD {
            return Err(unknown_operation(&operation));
        }
        let acknowledgement = match response {
            Response::Answered(answer) => {
                let body = Blob::read_all(answer.body, LARGEST_ANSWER)?;
                wire::read_answer(
                    &read_settings()?,
                    answer.status,
                    &body,
                    sending.earlier_sendings,
                )
                .map_err(convert::answer_problem)?
            }
            Response::Unanswered => unanswered(),
        };
        outcome(acknowledgement, &sending.memo)
    }
}

impl notification::Guest for Component {
    fn validate(_call: notification::Call<'_>) -> notification::Verdict {
        let reason = problem(
            Fault::Counterparty,
            "call.unknown",
            "",
            "this component takes no calls",
        );
        let reply = notification::Reply {
            status: 404,
            headers: Vec::new(),
            body: None,
        };
        notification::Verdict::Rejected(notification::Rejection { reply, reason })
    }
}

fn build_upload(parameters: &str, payload: &blobs::Blob) -> Result<envelope::Request, Problem> {
    let settings = read_settings()?;
    let parameters: Parameters = json::parameters(parameters)?;
    parameters.check().map_err(convert::parameter_problem)?;
    check_payload(&settings, payload)?;
    let reference = parameters.reference.clone().unwrap_or_else(ids::compact);
    let now = convert::moment(clock::now())?;
    let moment = Moment(&now);
    let content = Blob::base64(payload)?;
    let request = wire::application_request(
        &settings,
        &parameters,
        (&reference, moment),
        content,
        &mut HostPowers,
    )
    .map_err(convert::upload_problem)?;
    let declaration = if settings.wire.xml_declaration {
        XML_DECLARATION
    } else {
        ""
    };
    let request = convert::document(request, declaration)?;
    let body = convert::document(
        wire::soap_request(&settings, moment, Blob::base64(request.handle())?),
        "",
    )?;
    Ok(envelope::Request {
        target: envelope::Target::Http(envelope::HttpTarget {
            method: "POST".into(),
            url: settings.url,
        }),
        headers: headers(
            settings.wire.soap_version.into(),
            &settings.wire.soap_action,
        ),
        body: body.into_handle()?,
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        memo: reference.clone(),
        reference,
        tls_role: Some(INTERMEDIARY.into()),
        // The same reference means the same bytes: Customs recognises a repetition by it.
        keep_bytes: true,
    })
}

/// The settings as they stand: `check_settings` has judged them, once, before they came to serve.
fn read_settings() -> Result<Settings, Problem> {
    json::settings(&settings::read())
}

fn check_payload(settings: &Settings, payload: &blobs::Blob) -> Result<(), Problem> {
    let (size, largest) = (payload.size(), settings.largest_payload_bytes);
    if size > largest {
        let message = format!(
            "the application message has {size} bytes, at most {largest} are taken (setting largest-payload-bytes)"
        );
        return Err(problem(Fault::Caller, "payload.too-large", "", message));
    }
    Ok(())
}

fn headers(version: Version, action: &str) -> Vec<types::Header> {
    version
        .http_headers(action)
        .into_iter()
        .map(|(name, value)| types::Header { name, value })
        .collect()
}

/// No acknowledgement at all (technical guide 2015 p. 13): the state is unknown and the reference stays.
fn unanswered() -> Acknowledgement {
    Acknowledgement {
        class: Class::UnknownOutcome,
        code: "none".into(),
        text: "no answer came".into(),
        reference: None,
        message_information: Vec::new(),
    }
}

fn outcome(acknowledgement: Acknowledgement, memo: &str) -> Result<message::Outcome, Problem> {
    let reference = acknowledgement
        .reference
        .clone()
        .unwrap_or_else(|| memo.to_owned());
    Ok(message::Outcome {
        class: convert::retry_class(acknowledgement.class),
        events: events(&acknowledgement, &reference)?,
        code: acknowledgement.code,
        text: acknowledgement.text,
        reference,
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
    })
}

/// A message that Customs has taken is a fact; everything else is a matter between the host and Customs.
fn events(
    acknowledgement: &Acknowledgement,
    reference: &str,
) -> Result<Vec<facts::Event>, Problem> {
    if !matches!(acknowledgement.class, Class::Done | Class::AlreadyAccepted) {
        return Ok(Vec::new());
    }
    let noted = acknowledgement
        .message_information
        .iter()
        .map(|(name, content)| (name.clone(), Value::from(content.as_str())));
    let data = json!({
        "reference": reference,
        "code": acknowledgement.code,
        "messageInformation": Map::from_iter(noted),
    });
    Ok(vec![facts::Event {
        kind: "upload-acknowledged".into(),
        data: json::write(&data)?,
        deduplication_key: format!("upload-acknowledged/{reference}"),
    }])
}
