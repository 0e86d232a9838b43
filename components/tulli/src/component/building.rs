// SPDX-License-Identifier: Apache-2.0
//! From parameters to requests.

use agency_guest::{
    Blob, BuildInput, Encoded, Fault, Problem,
    exports::envelope::{HttpTarget, Request, Target},
    imports::{blobs, clock, ids, log, types},
    json, moment, problem, read_settings,
};
use canonical_xml::Element;
use soap::Version;

use crate::{
    convert::{self, HostCrypto, INTERMEDIARY},
    wire::{
        self, Asking, DownloadParameters, EchoParameters, ListParameters, Moment, Operation,
        Settings, UploadParameters,
    },
};

/// Before the application request, when the profile asks for it.
const XML_DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// What is particular to one request.
struct RequestParts {
    message: Element<Encoded>,
    reference: String,
    memo: String,
    keep_bytes: bool,
}

pub(super) fn build(operation: Operation, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let settings: Settings = read_settings()?;
    let (parameters, cursor) = (&input.parameters, input.cursor.as_deref());
    let now = clock::now();
    let moment = moment(now)?;
    let moment = Moment(&moment);
    let built = match operation {
        Operation::Upload => upload(
            &settings,
            json::parameters(parameters)?,
            moment,
            input.payload,
        ),
        Operation::DownloadList => {
            let parameters: ListParameters = json::parameters(parameters)?;
            let now = convert::timestamp(now)?;
            let (criteria, continuation) = parameters
                .criteria(&settings, now, cursor)
                .map_err(convert::parameter_problem)?;
            if cursor.is_some_and(|cursor| wire::read_cursor(cursor).is_none()) {
                let line = "where the last list ended cannot be read, so that this one begins as a first one does: what was stored meanwhile may have to be listed by its days";
                log::write(log::Level::Warning, line);
            }
            let memo = continuation.map(|next| next.memo()).unwrap_or_default();
            let asking = Asking::DownloadList(&criteria);
            let id = ids::compact();
            let message = wire::soap_request(&settings, (&id, moment), asking);
            Ok(asked(message, id, memo))
        }
        Operation::Download => {
            let parameters: DownloadParameters = json::parameters(parameters)?;
            parameters.check().map_err(convert::parameter_problem)?;
            let id = parameters.storage_id;
            let message = wire::soap_request(&settings, (&id, moment), Asking::Download(&id));
            Ok(asked(message, id.clone(), id))
        }
        Operation::CheckConnectivity => {
            let parameters: EchoParameters = json::parameters(parameters)?;
            let text = parameters.text().map_err(convert::parameter_problem)?;
            let id = ids::compact();
            let asking = Asking::CheckConnectivity(text);
            let message = wire::soap_request(&settings, (&id, moment), asking);
            Ok(asked(message, id, text.to_owned()))
        }
    }?;
    request(settings, operation, built)
}

/// A request that changes nothing at Customs and can be built anew at any time.
fn asked(message: Element<Encoded>, reference: String, memo: String) -> RequestParts {
    RequestParts {
        message,
        reference,
        memo,
        keep_bytes: false,
    }
}

fn upload(
    settings: &Settings,
    parameters: UploadParameters,
    moment: Moment<'_>,
    payload: Option<&blobs::Blob>,
) -> Result<RequestParts, Problem> {
    let missing = || {
        let message = "an upload needs the application message as its payload; hand one over";
        problem(Fault::Caller, "payload.missing", "", message)
    };
    let payload = payload.ok_or_else(missing)?;
    parameters.check().map_err(convert::parameter_problem)?;
    check_payload(settings, payload)?;
    let reference = parameters.reference.clone().unwrap_or_else(ids::compact);
    let request = wire::application_request(
        settings,
        &parameters,
        (&reference, moment),
        Blob::base64(payload)?,
        &mut HostCrypto,
    )
    .map_err(convert::upload_problem)?;
    let declaration = if settings.wire.xml_declaration {
        XML_DECLARATION
    } else {
        ""
    };
    let request = convert::document(request, declaration)?;
    let asking = Asking::Upload(Encoded::text(request));
    Ok(RequestParts {
        message: wire::soap_request(settings, (&reference, moment), asking),
        memo: reference.clone(),
        reference,
        // The same reference means the same bytes: Customs recognises a repetition by it.
        keep_bytes: true,
    })
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

fn request(
    settings: Settings,
    operation: Operation,
    built: RequestParts,
) -> Result<Request, Problem> {
    Ok(Request {
        target: Target::Http(HttpTarget {
            method: "POST".into(),
            url: settings.url,
        }),
        headers: headers(
            settings.wire.soap_version.into(),
            settings.wire.action(operation.id()),
        ),
        secret_headers: Vec::new(),
        body: convert::document(built.message, "")?.into_handle()?,
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        reference: built.reference,
        tls_role: Some(INTERMEDIARY.into()),
        keep_bytes: built.keep_bytes,
        memo: built.memo,
    })
}

fn headers(version: Version, action: &str) -> Vec<types::Header> {
    version
        .http_headers(action)
        .into_iter()
        .map(|(name, value)| types::Header { name, value })
        .collect()
}
