//! Checks what a component returns against what the contract promises to those who act on it.

use crate::{
    error::Error,
    exchange::{
        Acceptance, Document, Event, FollowUp, Header, Outcome, Reply, Request, Target, Verdict,
    },
    objects,
    observe::CallId,
};

/// Longest memo of a request (`wit/exchange.wit`, record `request`).
const LONGEST_MEMO: usize = 4 << 10;

/// What is broken, if anything is.
type Kept = Result<(), &'static str>;

pub(crate) fn request(id: &CallId, request: &Request) -> Result<(), Error> {
    let kept = headers(&request.headers).and_then(|()| {
        if request.memo.len() > LONGEST_MEMO {
            return Err("the memo of the request is longer than 4 KiB");
        }
        if !is_line(&request.reference) {
            return Err("the reference of the request contains a control character");
        }
        target(&request.target)
    });
    kept.map_err(|what| broken(id, what))
}

pub(crate) fn outcome(id: &CallId, outcome: &Outcome) -> Result<(), Error> {
    facts(&outcome.events, &outcome.documents, &outcome.follow_ups).map_err(|what| broken(id, what))
}

pub(crate) fn verdict(id: &CallId, verdict: &Verdict) -> Result<(), Error> {
    let kept = match verdict {
        Verdict::Accepted(acceptance) => accepted(acceptance),
        Verdict::Rejected(rejected) => reply(&rejected.reply),
    };
    kept.map_err(|what| broken(id, what))
}

fn broken(id: &CallId, what: &'static str) -> Error {
    Error::Contract {
        agency: id.agency.clone(),
        operation: id.operation.clone(),
        what,
    }
}

fn accepted(acceptance: &Acceptance) -> Kept {
    facts(
        &acceptance.events,
        &acceptance.documents,
        &acceptance.follow_ups,
    )?;
    reply(&acceptance.reply)?;
    reply(&acceptance.reply_to_duplicate)
}

/// What line breaks could smuggle into a connection must not get there, whoever put it in.
fn target(target: &Target) -> Kept {
    match target {
        Target::Http(target) if !target.url.starts_with("https://") => {
            Err("the request goes to a URL that is not https")
        }
        Target::Http(target) if !is_line(&target.url) || !is_line(&target.method) => {
            Err("the request line contains a control character")
        }
        Target::Smtp(target) if target.recipients.is_empty() => Err("the mail has no recipient"),
        Target::Smtp(target)
            if !target
                .recipients
                .iter()
                .chain([&target.sender])
                .all(|path| is_line(path)) =>
        {
            Err("the envelope of the mail contains a control character")
        }
        _ => Ok(()),
    }
}

fn reply(reply: &Reply) -> Kept {
    if !(200..=599).contains(&reply.status) {
        return Err("the status of a reply is not between 200 and 599");
    }
    headers(&reply.headers)
}

fn headers(headers: &[Header]) -> Kept {
    if headers
        .iter()
        .all(|(name, value)| is_line(name) && is_line(value))
    {
        Ok(())
    } else {
        Err("a header field contains a control character")
    }
}

fn facts(events: &[Event], documents: &[Document], follow_ups: &[FollowUp]) -> Kept {
    if !events.iter().all(|event| is_object(&event.data)) {
        return Err("the data of an event is not one JSON object");
    }
    if !follow_ups.iter().all(|wish| is_object(&wish.parameters)) {
        return Err("the parameters of a follow-up are not one JSON object");
    }
    if !documents
        .iter()
        .all(|document| is_file_name(&document.name))
    {
        return Err("the name of a document is not a plain file name");
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
