// SPDX-License-Identifier: Apache-2.0
//! The contract's types to ours and back. No judgement here.

/// A function from one enum to another whose variants have the same names.
macro_rules! mirror {
    ($function:ident: $from:ty => $to:ty { $($variant:ident),+ $(,)? }) => {
        pub(crate) fn $function(from: $from) -> $to {
            match from {
                $(<$from>::$variant => <$to>::$variant,)+
            }
        }
    };
}

mod description;

use std::time::{Duration, SystemTime};

use wasmtime::component::Resource;

use crate::{
    bindings::{
        exports::silta::agency::{envelope, message, notification},
        silta::agency::{facts, keys, log, trust, types},
    },
    blob::Blob,
    exchange::{
        Acceptance, Document, Event, Fault, FollowUp, Header, HttpTarget, MailAnswer, MailReply,
        Outcome, Problem, Rejected, Reply, Request, RetryClass, SecretHeader, SmtpTarget, Target,
        Verdict,
    },
    keys::SignatureAlgorithm,
    observe::{LogLevel, masked, shown_name},
    time,
    trust::{Purpose, VerificationAlgorithm},
};

pub(crate) use description::{adjusted_limits, description};

/// Takes a blob over from the component.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Resource<Blob>) -> wasmtime::Result<Blob>;

pub(crate) fn instant(at: SystemTime) -> types::Instant {
    let (seconds, nanoseconds) = time::to_parts(at);
    types::Instant {
        seconds,
        nanoseconds,
    }
}

pub(crate) fn problem(problem: types::Problem) -> Problem {
    Problem {
        fault: fault(problem.fault),
        code: problem.code,
        path: shown_place(&problem.path),
        message: shown_message(&problem.message),
    }
}

/// Longest quotation in a message, in characters. Components quote names of their own, and names of members that somebody else made up.
const LONGEST_QUOTATION: usize = 120;

/// A message without personal identity codes, whose quotations, between backticks, are cut where no name is that long.
fn shown_message(message: &str) -> String {
    let message = masked(message);
    let pieces = message.split('`').enumerate();
    let pieces = pieces.map(|(number, piece)| {
        let end = piece.char_indices().nth(LONGEST_QUOTATION);
        match end.filter(|_| number % 2 == 1) {
            Some((end, _)) => format!("{}…", piece.get(..end).unwrap_or_default()),
            None => piece.to_owned(),
        }
    });
    pieces.collect::<Vec<_>>().join("`")
}

/// Longest place that is told, in characters: deeper ones are told by their beginning.
const LONGEST_PLACE: usize = 512;

/// A place is made of names that somebody else chose: of elements, of members, of parameters.
fn shown_place(path: &str) -> String {
    let shown: Vec<String> = masked(path).split('/').map(shown_name).collect();
    let shown = shown.join("/");
    match shown.char_indices().nth(LONGEST_PLACE) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

pub(crate) fn wire_headers(headers: Vec<Header>) -> Vec<types::Header> {
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| types::Header { name, value })
        .collect()
}

pub(crate) fn request(request: envelope::Request, take: Take<'_>) -> wasmtime::Result<Request> {
    let target = match request.target {
        envelope::Target::Http(target) => Target::Http(HttpTarget {
            method: target.method,
            url: target.url,
        }),
        envelope::Target::Smtp(target) => Target::Smtp(SmtpTarget {
            sender: target.sender,
            recipients: target.recipients,
        }),
    };
    Ok(Request {
        target,
        headers: headers(request.headers),
        secret_headers: secret_headers(request.secret_headers),
        body: take(request.body)?,
        timeout: Duration::from_millis(request.timeout_milliseconds.into()),
        reference: request.reference,
        tls_role: request.tls_role,
        keep_bytes: request.keep_bytes,
        memo: request.memo,
    })
}

/// An outcome as it came, with what an operation was to obtain: its value, and its lifetime in seconds.
pub(crate) type Parsed = (Outcome, Option<(Blob, u32)>);

pub(crate) fn outcome(outcome: message::Outcome, take: Take<'_>) -> wasmtime::Result<Parsed> {
    let obtained = match outcome.obtained {
        Some(obtained) => Some((take(obtained.value)?, obtained.lifetime_seconds)),
        None => None,
    };
    // A moment that no clock can show is as good as one that is not said.
    let not_before = |at: types::Instant| time::from_parts(at.seconds, at.nanoseconds);
    let outcome = Outcome {
        class: retry_class(outcome.class),
        code: outcome.code,
        text: outcome.text,
        reference: outcome.reference,
        events: events(outcome.events),
        documents: documents(outcome.documents, take)?,
        follow_ups: follow_ups(outcome.follow_ups),
        cursor: outcome.cursor,
        more_waits: outcome.more_waits,
        next_step: outcome.next_step,
        not_before: outcome.not_before.and_then(not_before),
        obtained: None,
        refused_secret: outcome.refused_secret,
    };
    Ok((outcome, obtained))
}

pub(crate) fn wire_mail_answer(answer: MailAnswer) -> message::MailAnswer {
    let recipients = answer.recipients.into_iter();
    let recipients = recipients.map(|recipient| message::RecipientReply {
        recipient: recipient.recipient,
        reply: wire_mail_reply(recipient.reply),
    });
    message::MailAnswer {
        reply: wire_mail_reply(answer.reply),
        recipients: recipients.collect(),
    }
}

fn wire_mail_reply(reply: MailReply) -> message::MailReply {
    message::MailReply {
        code: reply.code,
        enhanced: reply.enhanced,
        text: reply.text,
    }
}

pub(crate) fn verdict(verdict: notification::Verdict, take: Take<'_>) -> wasmtime::Result<Verdict> {
    Ok(match verdict {
        notification::Verdict::Accepted(acceptance) => Verdict::Accepted(Acceptance {
            operation: acceptance.operation,
            events: events(acceptance.events),
            documents: documents(acceptance.documents, take)?,
            follow_ups: follow_ups(acceptance.follow_ups),
            reply: reply(acceptance.reply, take)?,
            reply_to_duplicate: reply(acceptance.reply_to_duplicate, take)?,
        }),
        notification::Verdict::Rejected(rejection) => Verdict::Rejected(Rejected {
            reply: reply(rejection.reply, take)?,
            reason: problem(rejection.reason),
        }),
    })
}

mirror!(fault: types::Fault => Fault { Caller, Counterparty, Configuration, Internal });

mirror!(retry_class: message::RetryClass => RetryClass {
    Done,
    RetryLaterSameReference,
    RetryLaterNewReference,
    UnknownOutcome,
    FixFirst,
    Denied,
    AlreadyAccepted,
});

mirror!(log_level: log::Level => LogLevel { Debug, Info, Warning, Error });

mirror!(purpose: trust::Purpose => Purpose { TlsClient, DocumentSigner, TlsServer });

mirror!(verification_algorithm: trust::VerificationAlgorithm => VerificationAlgorithm {
    RsaSha1,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
});

/// Algorithms that signatures are made with go both ways.
macro_rules! signature_algorithms {
    ($($variant:ident),+ $(,)?) => {
        mirror!(signature_algorithm: keys::SignatureAlgorithm => SignatureAlgorithm { $($variant),+ });
        mirror!(wire_signature_algorithm: SignatureAlgorithm => keys::SignatureAlgorithm { $($variant),+ });
    };
}

signature_algorithms!(
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    EcdsaP256Sha256,
    EcdsaP384Sha384,
);

fn headers(headers: Vec<types::Header>) -> Vec<Header> {
    headers
        .into_iter()
        .map(|header| (header.name, header.value))
        .collect()
}

fn secret_headers(headers: Vec<envelope::SecretHeader>) -> Vec<SecretHeader> {
    let convert = |header: envelope::SecretHeader| SecretHeader {
        name: header.name,
        prefix: header.prefix,
        role: header.role,
    };
    headers.into_iter().map(convert).collect()
}

fn events(events: Vec<facts::Event>) -> Vec<Event> {
    events
        .into_iter()
        .map(|event| Event {
            kind: event.kind,
            data: event.data,
            deduplication_key: event.deduplication_key,
            about: event.about,
        })
        .collect()
}

fn follow_ups(follow_ups: Vec<facts::FollowUp>) -> Vec<FollowUp> {
    let convert = |follow_up: facts::FollowUp| FollowUp {
        operation: follow_up.operation,
        parameters: follow_up.parameters,
        deduplication_key: follow_up.deduplication_key,
    };
    follow_ups.into_iter().map(convert).collect()
}

fn documents(
    documents: Vec<facts::ReceivedDocument>,
    take: Take<'_>,
) -> wasmtime::Result<Vec<Document>> {
    let mut convert = |document: facts::ReceivedDocument| {
        Ok(Document {
            name: document.name,
            media_type: document.media_type,
            content: take(document.content)?,
        })
    };
    documents.into_iter().map(&mut convert).collect()
}

fn reply(reply: notification::Reply, take: Take<'_>) -> wasmtime::Result<Reply> {
    let body = reply.body.map(take).transpose()?.unwrap_or_default();
    Ok(Reply {
        status: reply.status,
        headers: headers(reply.headers),
        body,
    })
}
