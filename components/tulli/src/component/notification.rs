// SPDX-License-Identifier: Apache-2.0
//! From calls to verdicts.

use agency_guest::{
    Problem, ToEvent, accept, check_caller, counterparty_problem,
    exports::notification::{Call, HttpCall, Verdict},
    head, hexadecimal,
    imports::{blobs::DigestAlgorithm, clock, trust::Peer},
    internal, judge_http, load_labelled, moment, read_settings, reject, reject_mismatch,
    reject_with,
};
use agency_http::Reply;
use canonical_xml::{Element, NoBlob};
use soap::{StandardCode, Version};

use super::facts::message_available;
use crate::{
    convert::{self, CUSTOMS},
    describe::NOTIFY,
    events::UnknownOperationCalled,
    wire::{self, InvalidCall, Moment, Notification, RefusalReply, ReplyFormat, Settings},
};

/// Judges a call.
pub(super) fn validate(call: &Call<'_>) -> Verdict {
    judge_http("Customs", call, judge)
}

fn judge(call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let settings: Settings = read_settings()?;
    let context = match wire::check_head(&settings, &head(call)) {
        Ok(context) => context,
        Err(mismatch) => return reject_mismatch(mismatch),
    };
    if let Err(reason) = check_certificate(&settings, call.peer) {
        return Ok(reject(403, reason));
    }
    let body = load_labelled(
        call.body,
        context.charset.as_deref(),
        &wire::message_limits(),
    )?;
    let moment = moment(clock::now())?;
    match wire::read_call(&settings, &context, &body) {
        Ok((Notification::MessageWaits(information), format)) => {
            let (event, follow_up) = message_available(&information)?;
            let code = &settings.notification.accepted_code;
            let reply = responded(&settings, &format, &moment, (code, "OK"))?;
            accept(NOTIFY, vec![event], vec![follow_up], &reply)
        }
        Ok((Notification::Unknown(namespace, name), format)) => {
            unknown_operation(call, (&namespace, &name), &format)
        }
        Err(invalid) => reject_invalid(&settings, invalid, &moment),
    }
}

/// Customs has begun to call something new. Somebody has to know; nobody here can answer it.
fn unknown_operation(
    call: &HttpCall<'_>,
    (namespace, name): (&str, &str),
    format: &ReplyFormat,
) -> Result<Verdict, Problem> {
    let digest = call.body.digest(DigestAlgorithm::Sha256);
    let digest = digest.map_err(|_| internal("a call could not be digested"))?;
    let data = UnknownOperationCalled { namespace, name };
    let text = "This operation is not known here.";
    let reply = fault(format.version, StandardCode::Sender, text, &[])?;
    let event = data.event(&hexadecimal(&digest))?;
    accept(NOTIFY, vec![event], Vec::new(), &reply)
}

fn reject_invalid(
    settings: &Settings,
    invalid: InvalidCall,
    moment: &str,
) -> Result<Verdict, Problem> {
    let text = "The request does not conform to the interface.";
    let reply = match &invalid.reply {
        RefusalReply::Fault(version, code) => {
            fault(*version, *code, text, &invalid.not_understood)?
        }
        RefusalReply::Response(format) => responded(
            settings,
            format,
            moment,
            (&settings.notification.refused_code, text),
        )?,
    };
    reject_with(&reply, convert::call_problem(invalid.error))
}

/// Guide 2015 p. 8: Customs shows a client certificate.
fn check_certificate(settings: &Settings, peer: Option<&Peer>) -> Result<(), Problem> {
    if !settings.notification.client_certificate {
        return Ok(());
    }
    let advice = "; if Customs does not use one, set notification.client-certificate to false";
    check_caller(CUSTOMS, peer, advice, |caller| {
        if wire::is_customs(settings, &caller.serial_number) {
            return Ok(());
        }
        Err(counterparty_problem(
            "caller.not-customs",
            "",
            "the caller's certificate is somebody else's: its serialNumber is not listed in the setting customs-serial-numbers",
        ))
    })
}

/// Guide 2015 p. 27. HTTP says 200 whatever the code, since the operation has been answered.
fn responded(
    settings: &Settings,
    format: &ReplyFormat,
    moment: &str,
    result: (&str, &str),
) -> Result<Reply, Problem> {
    let message = wire::response(settings, format, Moment(moment), result);
    soap_reply(200, format.version, &message)
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
    let reply = Reply::soap(status, version, message);
    reply.map_err(|_| internal("an answer could not be written"))
}
