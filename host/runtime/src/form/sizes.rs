// SPDX-License-Identifier: Apache-2.0
//! How many bytes the texts of a value have in its form, told without a copy of it. Names of cases and numbers, which are few, are left out.

use crate::{
    blob::Blob,
    convert::Parsed,
    exchange::{
        BuildInput, Call, CertificateChain, Document, Event, FollowUp, Header, MailReply, Problem,
        Reply, Request, Response, Sending, Target, Verdict,
    },
};

/// Bytes of texts.
fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().map(|text| text.len() as u64).sum()
}

/// Of a name that the component chose, such as that of a role.
pub(crate) fn name(name: &str) -> u64 {
    texts([name])
}

fn optional(text: &Option<String>) -> u64 {
    texts(text.as_deref())
}

/// Of bytes in pieces: as many where they are text, of their base64 otherwise.
fn of_segments<'a>(segments: impl Iterator<Item = &'a [u8]>) -> u64 {
    let (mut size, mut text) = (0, Utf8::default());
    for segment in segments {
        size += segment.len() as u64;
        text.push(segment);
    }
    match text.is_whole() {
        true => size,
        false => size.div_ceil(3) * 4,
    }
}

/// Whether pieces are UTF-8 together: a character may stand across two of them.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character whose rest is to come, and how much of it there is.
    begun: ([u8; 4], usize),
    is_other: bool,
}

impl Utf8 {
    fn push(&mut self, segment: &[u8]) {
        let mut rest = segment;
        // Byte by byte until the begun character is one, or none.
        while self.begun.1 > 0 && !self.is_other {
            let Some((first, after)) = rest.split_first() else {
                return;
            };
            rest = after;
            self.byte(*first);
        }
        if self.is_other {
            return;
        }
        if let Err(error) = str::from_utf8(rest) {
            match error.error_len() {
                Some(_) => self.is_other = true,
                None => {
                    let begun = rest.get(error.valid_up_to()..).unwrap_or_default();
                    begun.iter().for_each(|byte| self.byte(*byte));
                }
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        let (begun, length) = &mut self.begun;
        if let Some(place) = begun.get_mut(*length) {
            *place = byte;
            *length += 1;
        }
        match str::from_utf8(begun.get(..*length).unwrap_or_default()) {
            Ok(_) => *length = 0,
            Err(error) => self.is_other |= error.error_len().is_some(),
        }
    }

    fn is_whole(&self) -> bool {
        !self.is_other && self.begun.1 == 0
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> u64 {
    of_segments([bytes].into_iter())
}

pub(crate) fn blob(blob: &Blob) -> u64 {
    of_segments(blob.segments())
}

pub(crate) fn pieces<B: AsRef<[u8]>>(pieces: &[B]) -> u64 {
    pieces.iter().map(|piece| bytes(piece.as_ref())).sum()
}

fn headers(headers: &[Header]) -> u64 {
    let headers = headers.iter();
    texts(headers.flat_map(|(name, value)| [name.as_str(), value.as_str()]))
}

pub(crate) fn arguments_of_build(input: &BuildInput) -> u64 {
    let attachments = input.attachments.iter();
    let attachments: u64 = attachments
        .map(|file| texts([file.name.as_str(), &file.media_type]) + blob(&file.content))
        .sum();
    texts([input.operation.as_str(), &input.parameters])
        + input.payload.as_ref().map_or(0, blob)
        + attachments
        + optional(&input.cursor)
        + optional(&input.step)
}

pub(crate) fn arguments_of_parse(operation: &str, response: &Response, sending: &Sending) -> u64 {
    let response = match response {
        Response::Answered(answer) => headers(&answer.headers) + blob(&answer.body),
        Response::MailAnswered(answer) => {
            let recipients = answer.recipients.iter();
            let recipients =
                recipients.map(|it| texts([it.recipient.as_str()]) + mail_reply(&it.reply));
            mail_reply(&answer.reply) + recipients.sum::<u64>()
        }
        Response::Unanswered => 0,
    };
    texts([operation, &sending.memo]) + optional(&sending.step) + response
}

fn mail_reply(reply: &MailReply) -> u64 {
    texts([reply.enhanced.as_str(), &reply.text])
}

pub(crate) fn arguments_of_validate(call: &Call) -> u64 {
    match call {
        Call::Http(call) => {
            texts([call.method.as_str(), &call.target, &call.peer_address])
                + headers(&call.headers)
                + blob(&call.body)
                + call.peer_certificates.as_ref().map_or(0, peer)
        }
        Call::Mail(call) => {
            let connection = &call.connection;
            let recipients = call.recipients.iter().map(String::as_str);
            texts([call.sender.as_str(), &connection.peer_address])
                + texts(recipients)
                + blob(&call.content)
                + optional(&connection.tls)
                + connection.peer_certificates.as_ref().map_or(0, peer)
        }
    }
}

pub(crate) fn peer(chain: &CertificateChain) -> u64 {
    pieces(chain.certificates())
}

pub(crate) fn request(request: &Request) -> u64 {
    let target = match &request.target {
        Target::Http(target) => texts([target.method.as_str(), &target.url]),
        Target::Smtp(target) => {
            let recipients = target.recipients.iter().map(String::as_str);
            texts([target.sender.as_str()]) + texts(recipients)
        }
    };
    let secret_headers = request.secret_headers.iter();
    let secret_headers = secret_headers.map(|it| texts([it.name.as_str(), &it.prefix, &it.role]));
    target
        + headers(&request.headers)
        + secret_headers.sum::<u64>()
        + blob(&request.body)
        + texts([request.reference.as_str(), &request.memo])
        + optional(&request.tls_role)
}

pub(crate) fn outcome((outcome, obtained): &Parsed) -> u64 {
    let obtained = obtained.as_ref();
    texts([outcome.code.as_str(), &outcome.text, &outcome.reference])
        + events(&outcome.events)
        + documents(&outcome.documents)
        + follow_ups(&outcome.follow_ups)
        + optional(&outcome.cursor)
        + optional(&outcome.next_step)
        + obtained.map_or(0, |(value, _)| blob(value))
        + optional(&outcome.refused_secret)
}

pub(crate) fn verdict(verdict: &Verdict) -> u64 {
    match verdict {
        Verdict::Accepted(acceptance) => {
            texts([acceptance.operation.as_str()])
                + events(&acceptance.events)
                + documents(&acceptance.documents)
                + follow_ups(&acceptance.follow_ups)
                + reply(&acceptance.reply)
                + reply(&acceptance.reply_to_duplicate)
        }
        Verdict::Rejected(rejected) => reply(&rejected.reply) + problem(&rejected.reason),
    }
}

pub(crate) fn problem(problem: &Problem) -> u64 {
    texts([problem.code.as_str(), &problem.path, &problem.message])
}

fn events(events: &[Event]) -> u64 {
    let events = events.iter();
    let sizes = events
        .map(|it| texts([it.kind.as_str(), &it.data, &it.deduplication_key]) + optional(&it.about));
    sizes.sum()
}

fn documents(documents: &[Document]) -> u64 {
    let documents = documents.iter();
    let sizes = documents.map(|it| texts([it.name.as_str(), &it.media_type]) + blob(&it.content));
    sizes.sum()
}

fn follow_ups(follow_ups: &[FollowUp]) -> u64 {
    let follow_ups = follow_ups.iter();
    let sizes =
        follow_ups.map(|it| texts([it.operation.as_str(), &it.parameters, &it.deduplication_key]));
    sizes.sum()
}

fn reply(reply: &Reply) -> u64 {
    headers(&reply.headers) + blob(&reply.body)
}

#[cfg(test)]
mod tests;
