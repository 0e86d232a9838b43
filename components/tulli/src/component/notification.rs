//! From calls to verdicts.

use agency_guest::{
    Blob, BlobWriter, Fault, Problem, caller_problem,
    exports::notification::{Acceptance, Call, HttpCall, Rejection, Reply, Verdict},
    imports::{blobs::DigestAlgorithm, clock, trust, types::Header},
    load_labelled, problem,
};
use canonical_xml::{Element, NoBlob, to_bytes};
use serde_json::json;
use soap::{StandardCode, Version};

use super::{
    facts::{event, message_available},
    parsing::limits,
    read_settings,
};
use crate::{
    convert::{self, CUSTOMS},
    describe::NOTIFY,
    wire::{
        self, Head, Misdirected, Moment, Notification, RefusalReply, Settings, Shape, Unusable,
    },
};

/// Judges a call. What cannot be judged for a reason of our own is turned away in a way that invites to try again.
pub(super) fn validate(call: &Call<'_>) -> Verdict {
    let Call::Http(call) = call else {
        let reason = refusal(
            "call.mail",
            "",
            "Customs sends no mail, and this component takes none",
        );
        return rejected(550, reason);
    };
    let judged = read_settings().and_then(|settings| judge(&settings, call));
    judged.unwrap_or_else(|reason| rejected(503, reason))
}

fn judge(settings: &Settings, call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let field = |name: &str| {
        let fields = call.headers.iter();
        let mut named = fields.filter(|field| field.name.eq_ignore_ascii_case(name));
        named.next().map(|field| field.value.as_str())
    };
    let head = Head {
        method: &call.method,
        target: &call.target,
        content_type: field("Content-Type"),
        soap_action: field("SOAPAction"),
        address: &call.peer_address,
    };
    let told = match wire::check_head(settings, head) {
        Ok(told) => told,
        Err(misdirected) => return Ok(turned_away(misdirected)),
    };
    if let Err(reason) = check_caller(settings, &call.peer_certificates) {
        return Ok(rejected(403, reason));
    }
    let body = load_labelled(call.body, told.charset.as_deref(), &limits())?;
    let moment = convert::moment(clock::now())?;
    match wire::read_call(settings, &told, &body) {
        Ok((Notification::MessageWaits(information), shape)) => {
            let (event, follow_up) = message_available(&information)?;
            let code = &settings.notification.accepted_code;
            let reply = || responded(settings, &shape, &moment, (code, "OK"));
            Ok(Verdict::Accepted(Acceptance {
                operation: NOTIFY.into(),
                events: vec![event],
                documents: Vec::new(),
                follow_ups: vec![follow_up],
                reply: reply()?,
                reply_to_duplicate: reply()?,
            }))
        }
        Ok((Notification::Unknown(namespace, name), shape)) => {
            unknown_operation(call, (&namespace, &name), &shape)
        }
        Err(unusable) => unusable_call(settings, unusable, &moment),
    }
}

/// Customs has begun to call something new. Somebody has to know; nobody here can answer it.
fn unknown_operation(
    call: &HttpCall<'_>,
    (namespace, name): (&str, &str),
    shape: &Shape,
) -> Result<Verdict, Problem> {
    let digest = call.body.digest(DigestAlgorithm::Sha256);
    let digest = digest.map_err(|_| agency_guest::internal("a call could not be digested"))?;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let data = json!({"namespace": namespace, "name": name});
    let reply = || {
        fault(
            shape.version,
            StandardCode::Sender,
            "This operation is not known here.",
            &[],
        )
    };
    Ok(Verdict::Accepted(Acceptance {
        operation: NOTIFY.into(),
        events: vec![event("unknown-operation-called", &digest, &data)?],
        documents: Vec::new(),
        follow_ups: Vec::new(),
        reply: reply()?,
        reply_to_duplicate: reply()?,
    }))
}

fn unusable_call(
    settings: &Settings,
    unusable: Unusable,
    moment: &str,
) -> Result<Verdict, Problem> {
    let text = "The call cannot be used: it is not as the interface has it.";
    let reply = match &unusable.reply {
        RefusalReply::Fault(version, code) => {
            fault(*version, *code, text, &unusable.not_understood)?
        }
        RefusalReply::Response(shape) => responded(
            settings,
            shape,
            moment,
            (&settings.notification.refused_code, text),
        )?,
    };
    let reason = convert::call_problem(unusable.error);
    Ok(Verdict::Rejected(Rejection { reply, reason }))
}

/// Guide 2015 p. 8: Customs shows a client certificate. An issuer may have issued certificates to others than Customs; what is pinned is meant.
fn check_caller(settings: &Settings, chain: &[Vec<u8>]) -> Result<(), Problem> {
    if !settings.notification.client_certificate {
        return Ok(());
    }
    if chain.is_empty() {
        let message = "the caller has shown no client certificate; if Customs does not use one, set notification.client-certificate to false";
        return Err(refusal("caller.no-certificate", "", message));
    }
    match trust::identify(CUSTOMS, chain, trust::Purpose::TlsClient, clock::now()) {
        Ok(caller) if caller.pinned || wire::is_customs(settings, &caller.serial_number) => Ok(()),
        Ok(_) => {
            let message = "the caller's certificate is somebody else's: its serialNumber is none of the setting customs-serial-numbers";
            Err(refusal("caller.not-customs", "", message))
        }
        Err(error) => Err(caller_problem(CUSTOMS, &error)),
    }
}

fn turned_away(misdirected: Misdirected) -> Verdict {
    let (status, code, message) = match misdirected {
        Misdirected::Path => (
            404,
            "call.other-path",
            "the call is for another path than the setting notification.path",
        ),
        Misdirected::Method => (
            405,
            "call.other-method",
            "notifications come by POST, and the call does not",
        ),
        Misdirected::MediaType => (
            415,
            "call.not-soap",
            "the call is not SOAP by its Content-Type: neither text/xml nor application/soap+xml",
        ),
        Misdirected::Package => (
            415,
            "call.multipart",
            "the call is a package that may hold attachments (multipart/related, as of MTOM), which is not read here; send the envelope alone",
        ),
        Misdirected::Address => (
            403,
            "caller.other-address",
            "the call comes from an address that is none of the setting notification.source-addresses",
        ),
    };
    let mut reply = empty(status);
    if status == 405 {
        reply.headers.push(header("Allow", "POST"));
    }
    let reason = refusal(code, "", message);
    Verdict::Rejected(Rejection { reply, reason })
}

fn refusal(code: &str, path: &str, message: impl Into<String>) -> Problem {
    problem(Fault::Counterparty, code, path, message)
}

fn rejected(status: u16, reason: Problem) -> Verdict {
    let reply = empty(status);
    Verdict::Rejected(Rejection { reply, reason })
}

fn empty(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: None,
    }
}

/// Guide 2015 p. 27. HTTP says 200 whatever the code, since the operation has been answered.
fn responded(
    settings: &Settings,
    shape: &Shape,
    moment: &str,
    result: (&str, &str),
) -> Result<Reply, Problem> {
    let message = wire::response(settings, shape, Moment(moment), result);
    soap_reply(200, shape.version, &message)
}

fn fault(
    version: Version,
    code: StandardCode,
    text: &str,
    not_understood: &[(String, String)],
) -> Result<Reply, Problem> {
    let (status, message) = wire::refusal(version, code, text, not_understood);
    soap_reply(status, version, &message)
}

fn soap_reply(status: u16, version: Version, message: &Element<NoBlob>) -> Result<Reply, Problem> {
    let bytes = to_bytes(message);
    let bytes = bytes.map_err(|_| agency_guest::internal("an answer could not be written"))?;
    let mut writer = BlobWriter::new();
    writer.bytes(&bytes);
    let media_type = format!("{}; charset=utf-8", version.media_type());
    Ok(Reply {
        status,
        headers: vec![header("Content-Type", &media_type)],
        body: Some(writer.finish().and_then(Blob::into_handle)?),
    })
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.into(),
        value: value.into(),
    }
}
