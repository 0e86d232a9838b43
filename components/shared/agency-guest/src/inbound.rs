// SPDX-License-Identifier: Apache-2.0
//! From calls to verdicts: what HTTP says of a call, and what is answered.

use agency_http::{Fields, Head, Reply, RequestMismatch};

use crate::{
    Blob, Problem,
    bindings::{
        exports::silta::agency::notification::{
            Acceptance, Call, HttpCall, Rejection, Reply as ContractReply, Verdict,
        },
        silta::agency::{
            facts::{Event, FollowUp},
            types::Header,
        },
    },
    blob::unexpected,
    counterparty_problem,
};

/// Judges a call by HTTP. What cannot be judged for a reason of our own, a problem of `judge`, is answered with 503, which invites to try again; `agency`
/// sends no mail.
pub fn judge_http(
    agency: &str,
    call: &Call<'_>,
    judge: impl FnOnce(&HttpCall<'_>) -> Result<Verdict, Problem>,
) -> Verdict {
    match call {
        Call::Http(call) => judge(call).unwrap_or_else(|reason| reject(503, reason)),
        Call::Mail(_) => {
            let message = format!("{agency} sends no mail, and this component takes none");
            reject(550, counterparty_problem("call.mail", "", message))
        }
    }
}

/// What HTTP says of a call.
pub fn head<'a>(call: &'a HttpCall<'_>) -> Head<'a> {
    Head {
        method: &call.method,
        target: &call.target,
        address: &call.peer_address,
        fields: fields(&call.headers),
    }
}

/// The header fields of a call or an answer.
pub fn fields(headers: &[Header]) -> Fields<'_> {
    let fields = headers.iter();
    fields
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect()
}

/// Accepts a call as an operation, with the same reply if it is a repetition.
///
/// # Errors
/// A problem of fault `internal` when the reply cannot be written.
pub fn accept(
    operation: &str,
    events: Vec<Event>,
    follow_ups: Vec<FollowUp>,
    reply: &Reply,
) -> Result<Verdict, Problem> {
    let reply = contract_reply(reply)?;
    Ok(Verdict::Accepted(Acceptance {
        operation: operation.into(),
        events,
        documents: Vec::new(),
        follow_ups,
        reply_to_duplicate: again(&reply)?,
        reply,
    }))
}

/// The same reply once more; its body is shared.
fn again(reply: &ContractReply) -> Result<ContractReply, Problem> {
    let body = reply.body.as_ref();
    let body = body.map(|body| body.slice(0, body.size()).map_err(unexpected));
    Ok(ContractReply {
        status: reply.status,
        headers: reply.headers.clone(),
        body: body.transpose()?,
    })
}

/// Rejects a call with a status alone.
pub fn reject(status: u16, reason: Problem) -> Verdict {
    let reply = ContractReply {
        status,
        headers: Vec::new(),
        body: None,
    };
    Verdict::Rejected(Rejection { reply, reason })
}

/// Rejects a call with a reply.
///
/// # Errors
/// A problem of fault `internal` when the reply cannot be written.
pub fn reject_with(reply: &Reply, reason: Problem) -> Result<Verdict, Problem> {
    let reply = contract_reply(reply)?;
    Ok(Verdict::Rejected(Rejection { reply, reason }))
}

/// Rejects a call that is not for the endpoint.
///
/// # Errors
/// As [`reject_with`].
pub fn reject_mismatch(mismatch: RequestMismatch) -> Result<Verdict, Problem> {
    let reply = Reply::from(&mismatch);
    reject_with(
        &reply,
        counterparty_problem(mismatch.code, "", mismatch.message),
    )
}

/// A reply as the contract has it, with its body in the host.
///
/// # Errors
/// A problem of fault `internal` when it cannot be written.
pub fn contract_reply(reply: &Reply) -> Result<ContractReply, Problem> {
    let body = reply.body.as_ref();
    let body = body.map(|bytes| Blob::of(bytes).and_then(Blob::into_handle));
    let headers = reply.headers.iter().map(|(name, value)| Header {
        name: (*name).into(),
        value: value.clone(),
    });
    Ok(ContractReply {
        status: reply.status,
        headers: headers.collect(),
        body: body.transpose()?,
    })
}
