// SPDX-License-Identifier: Apache-2.0
//! Checks what a component returns against what the contract promises to those who act on it.

use crate::{
    convert::Parsed,
    error::Error,
    exchange::{
        Acceptance, Document, Event, FollowUp, Header, Reply, Request, SecretHeader, Target,
        Verdict,
    },
    objects,
    observe::CallId,
};

/// Longest memo of a request (`wit/exchange.wit`, record `request`).
const LONGEST_MEMO: usize = 4 << 10;

/// Longest step (`wit/exchange.wit`, record `outcome`).
const LONGEST_STEP: usize = 64 << 10;

/// Largest secret that is obtained, in bytes: an access token has one or two thousand.
const LARGEST_SECRET: u64 = 64 << 10;

/// What of the contract a result violates: a clause about the component.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ContractViolation(&'static str);

impl ContractViolation {
    pub(super) fn in_call(self, id: &CallId) -> Error {
        Error::Contract {
            agency: id.agency.clone(),
            operation: id.operation.clone(),
            what: self.0,
        }
    }
}

type Checked = Result<(), ContractViolation>;

fn violated(what: &'static str) -> Checked {
    Err(ContractViolation(what))
}

pub(super) fn request(request: &Request) -> Checked {
    headers(&request.headers)?;
    secret_headers(&request.secret_headers, &request.target)?;
    if request.memo.len() > LONGEST_MEMO {
        return violated("the memo of the request is longer than 4 KiB");
    }
    if !is_line(&request.reference) {
        return violated("the reference of the request contains a control character");
    }
    target(&request.target)
}

pub(super) fn outcome((outcome, obtained): &Parsed) -> Checked {
    facts(&outcome.events, &outcome.documents, &outcome.follow_ups)?;
    if let Some((value, lifetime_seconds)) = obtained {
        if *lifetime_seconds == 0 {
            return violated("the lifetime of the secret that was obtained is 0");
        }
        if value.is_empty() || value.size() > LARGEST_SECRET {
            return violated("the secret that was obtained is empty or larger than 64 KiB");
        }
    }
    let is_done = outcome.class.is_done();
    if is_done && outcome.refused_secret.is_some() {
        return violated("a secret was refused, and the class says that the request was not");
    }
    let Some(step) = &outcome.next_step else {
        return Ok(());
    };
    if step.len() > LONGEST_STEP {
        return violated("the next step is longer than 64 KiB");
    }
    match is_done {
        true => Ok(()),
        false => violated("there is a next step after a step that is not done"),
    }
}

/// A mail has no header fields that the host writes, and what line breaks could smuggle into a connection must not get there.
fn secret_headers(headers: &[SecretHeader], target: &Target) -> Checked {
    if !headers.is_empty() && matches!(target, Target::Smtp(_)) {
        return violated("a mail has a header field with a secret");
    }
    let lines = |header: &SecretHeader| {
        let texts = [&header.name, &header.prefix, &header.role];
        texts.iter().all(|text| is_line(text))
    };
    match headers.iter().all(lines) {
        true => Ok(()),
        false => violated("a header field with a secret contains a control character"),
    }
}

pub(super) fn verdict(verdict: &Verdict) -> Checked {
    match verdict {
        Verdict::Accepted(acceptance) => accepted(acceptance),
        Verdict::Rejected(rejected) => reply(&rejected.reply),
    }
}

fn accepted(acceptance: &Acceptance) -> Checked {
    facts(
        &acceptance.events,
        &acceptance.documents,
        &acceptance.follow_ups,
    )?;
    reply(&acceptance.reply)?;
    reply(&acceptance.reply_to_duplicate)
}

/// What line breaks could smuggle into a connection must not get there, whoever put it in.
fn target(target: &Target) -> Checked {
    match target {
        Target::Http(target) if !target.url.starts_with("https://") => {
            violated("the request goes to a URL that is not https")
        }
        Target::Http(target) if !is_line(&target.url) || !is_line(&target.method) => {
            violated("the request line contains a control character")
        }
        Target::Smtp(target) if target.recipients.is_empty() => {
            violated("the mail has no recipient")
        }
        Target::Smtp(target)
            if !target
                .recipients
                .iter()
                .chain([&target.sender])
                .all(|path| is_line(path)) =>
        {
            violated("the envelope of the mail contains a control character")
        }
        _ => Ok(()),
    }
}

fn reply(reply: &Reply) -> Checked {
    if !(200..=599).contains(&reply.status) {
        return violated("the status of a reply is not between 200 and 599");
    }
    headers(&reply.headers)
}

fn headers(headers: &[Header]) -> Checked {
    if headers
        .iter()
        .all(|(name, value)| is_line(name) && is_line(value))
    {
        Ok(())
    } else {
        violated("a header field contains a control character")
    }
}

fn facts(events: &[Event], documents: &[Document], follow_ups: &[FollowUp]) -> Checked {
    if !events.iter().all(|event| is_object(&event.data)) {
        return violated("the data of an event is not one JSON object");
    }
    if !follow_ups
        .iter()
        .all(|follow_up| is_object(&follow_up.parameters))
    {
        return violated("the parameters of a follow-up are not one JSON object");
    }
    if !documents
        .iter()
        .all(|document| is_file_name(&document.name))
    {
        return violated("the name of a document is not a plain file name");
    }
    Ok(())
}

fn is_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn is_object(json: &str) -> bool {
    objects::check(json).is_ok()
}

/// A name that leads nowhere else, on any system.
fn is_file_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && is_line(name) && !name.contains(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blob;

    #[test]
    fn only_plain_file_names_pass() {
        let document = |name: &str| Document {
            name: name.into(),
            media_type: "text/plain".into(),
            content: Blob::empty(),
        };
        for name in ["reply.pdf", "päätös 1.pdf", "..pdf"] {
            assert_eq!(facts(&[], &[document(name)], &[]), Ok(()), "{name}");
        }
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "a\nb"] {
            assert!(facts(&[], &[document(name)], &[]).is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_objects_are_details() {
        let event = |data: &str| Event {
            kind: "k".into(),
            data: data.into(),
            deduplication_key: "d".into(),
            about: None,
        };
        assert_eq!(facts(&[event("{}")], &[], &[]), Ok(()));
        for data in ["", "[]", "null", "{", "{} {}", r#"{"a": 1, "a": 2}"#] {
            assert!(facts(&[event(data)], &[], &[]).is_err(), "{data:?}");
        }
    }

    #[test]
    fn replies_have_a_status_that_answers() {
        let with = |status| {
            reply(&Reply {
                status,
                headers: Vec::new(),
                body: Blob::empty(),
            })
        };
        assert_eq!((with(200), with(599)), (Ok(()), Ok(())));
        assert!(with(199).is_err() && with(600).is_err());
    }
}
