// SPDX-License-Identifier: Apache-2.0
//! Answers to what was asked of Customs.

use agency_http::AnswerError;
use canonical_xml::ElementRef;
use roxmltree::Node;
use tulli::wire::{
    Answer, Entry, Operation, Received, Settings, check_echo, fingerprint, not_xml,
    read_acknowledgement, read_answer, read_download, read_list,
};

use super::{
    Body, check_error, check_information, check_waiting, decoded, load, named, only, reply,
    soap_body, trimmed,
};
use crate::peer;

const OPERATIONS: [Operation; 4] = [
    Operation::Upload,
    Operation::DownloadList,
    Operation::Download,
    Operation::CheckConnectivity,
];

/// What a check of connectivity has sent, in the seeds.
const SENT: &str = "Terve";

/// Longest text that is handed on, in characters.
const LONGEST: usize = 1000;

/// Panics unless answers are read the same each time; what is read of them stands there, at one place only; and a status matters to
/// what is no message of Customs alone.
pub(super) fn check(
    settings: &Settings,
    (bytes, body): (&[u8], &Body),
    other: Option<Node<'_, '_>>,
) {
    let again = load(bytes);
    for operation in OPERATIONS {
        let told = |body, status| {
            let told = read(settings, operation, (body, status));
            told.map(|answer| {
                let path = answer.response.map(ElementRef::path);
                (answer.class, answer.code, answer.text, path)
            })
        };
        assert_eq!(told(body, 200), told(&again, 200));
        let answer = match read(settings, operation, (body, 200)) {
            Ok(answer) => answer,
            Err(error) => {
                check_error(&error);
                assert_ne!(operation, Operation::Upload);
                let code = told(body, 502).map(|(_, code, ..)| code);
                assert_eq!(code, Ok("http-502".into()));
                continue;
            }
        };
        assert!(!answer.code.is_empty());
        if answer.code == "http-200" {
            assert!(answer.response.is_none() && !answer.text.is_empty());
            let code = told(body, 502).map(|(_, code, ..)| code);
            assert_eq!(code, Ok("http-502".into()));
            continue;
        }
        assert_eq!(told(body, 200), told(body, 502));
        if let Some(other) = other {
            check_answer(settings, &answer, other);
        }
        if let Some(response) = answer.response {
            check_result(settings, (operation, response), other);
        }
    }
}

fn read<'d>(
    settings: &Settings,
    operation: Operation,
    (body, status): (&'d Body, u16),
) -> Result<Answer<'d>, AnswerError> {
    let received = Received {
        status,
        action: None,
        message: body.as_ref().map_err(not_xml),
    };
    read_answer(settings, operation, received, 0)
}

/// The code and the text are those of the answer, of which there is one.
fn check_answer(settings: &Settings, answer: &Answer<'_>, envelope: Node<'_, '_>) {
    let short = |text: String| text.chars().take(LONGEST).collect::<String>();
    let Some(response) = answer.response else {
        let texts = || peer::elements(envelope.document());
        let stands_there = |text: &str| {
            texts().any(|element| {
                let there = short(trimmed(element));
                // A code that is a QName is told without its prefix.
                there == text || there.rsplit(':').next() == Some(text)
            })
        };
        assert!(answer.code == "fault" || stands_there(&answer.code));
        assert!(answer.text.is_empty() || stands_there(&answer.text));
        return;
    };
    let namespace = settings.wire.service_namespace.as_deref();
    let response = only(soap_body(envelope), namespace, response.local());
    let header = only(response, namespace, "ResponseHeader");
    let code = trimmed(only(header, namespace, "ResponseCode"));
    assert_eq!(answer.code, short(code));
    let texts = named(header, namespace, "ResponseText");
    assert!(texts.len() <= 1);
    let text = texts.first().copied().map(trimmed).unwrap_or_default();
    assert_eq!(answer.text, short(text));
}

/// What the operation adds.
fn check_result(
    settings: &Settings,
    (operation, response): (Operation, ElementRef<'_>),
    envelope: Option<Node<'_, '_>>,
) {
    let namespace = settings.wire.service_namespace.as_deref();
    let there = envelope.map(|envelope| only(soap_body(envelope), namespace, response.local()));
    match operation {
        Operation::Upload => match read_acknowledgement(settings, response) {
            Err(error) => check_error(&error),
            Ok(information) => {
                if let Some(there) = there
                    && let [element] = named(there, namespace, "MessageInformation").as_slice()
                {
                    check_information(&information, *element);
                } else {
                    assert!(there.is_none() || information.fields.is_empty());
                }
            }
        },
        Operation::DownloadList => check_list(settings, response, there),
        Operation::Download => check_download(settings, response, there),
        Operation::CheckConnectivity => match check_echo(settings, response, SENT) {
            Err(error) => check_error(&error),
            Ok(()) => {
                if let Some(there) = there {
                    check_sent_back(only(there, namespace, "EchoContent"));
                }
            }
        },
    }
}

/// Each message that waits is told of once, what cannot be read is told of with its place, and nothing is left out.
fn check_list(settings: &Settings, response: ElementRef<'_>, there: Option<Node<'_, '_>>) {
    let (mut list, mut unreadable) = (Vec::new(), Vec::new());
    for entry in read_list(settings, response) {
        match entry {
            Entry::Waiting(information) => {
                check_waiting(&information);
                list.push(information);
            }
            Entry::Unreadable(found) => {
                check_error(&found.error);
                assert_eq!(fingerprint(found.element), fingerprint(found.element));
                unreadable.push(found.position);
            }
        }
    }
    let Some(there) = there else {
        return;
    };
    let namespace = settings.wire.service_namespace.as_deref();
    let beside = ["ResponseHeader", "DownloadMessageListFilteringCriteria"];
    let beside: Vec<_> = beside
        .iter()
        .flat_map(|name| named(there, namespace, name))
        .collect();
    let entries = there.children().filter(Node::is_element);
    let entries: Vec<_> = entries.filter(|entry| !beside.contains(entry)).collect();
    if list.is_empty() && unreadable.is_empty() {
        assert!(entries.len() <= 1, "{} entries are left out", entries.len());
        return;
    }
    let told = |id: &str| {
        let mut all = list
            .iter()
            .filter(|one| one.storage_id.as_deref() == Some(id));
        let first = all.next();
        assert!(all.next().is_none(), "{id:?} is told of twice");
        first
    };
    let mut ids: Vec<String> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        if unreadable.contains(&(index + 1)) {
            continue;
        }
        let id = trimmed(only(entry, namespace, "MessageStorageId"));
        let information = told(&id);
        assert!(information.is_some(), "{id:?} is left out");
        if !ids.contains(&id) {
            // The first with that id may be one that cannot be read.
            if let Some(information) = information
                && unreadable.is_empty()
            {
                check_information(information, entry);
            }
            ids.push(id);
        }
    }
    // Of what cannot be read, the key alone may be told.
    assert!(list.len() <= ids.len() + unreadable.len());
}

/// The message is the one that was asked for, and is an application response or none.
fn check_download(settings: &Settings, response: ElementRef<'_>, there: Option<Node<'_, '_>>) {
    let (found, message) = match read_download(settings, response, "") {
        Ok(found) => found,
        Err(error) => {
            check_error(&error);
            assert!(read_download(settings, response, "S-1").is_err());
            return;
        }
    };
    assert_eq!(message.parent(), Some(response));
    assert_eq!(message.local(), "ApplicationResponseMessage");
    match read_download(settings, response, "S-1") {
        Err(error) => {
            check_error(&error);
            assert!(found.storage_id.is_some_and(|id| id != "S-1"));
        }
        Ok((same, _)) => {
            assert!(found.storage_id.as_deref().is_none_or(|id| id == "S-1"));
            assert_eq!(same, found);
        }
    }
    let namespace = settings.wire.service_namespace.as_deref();
    let text = there.map(|there| trimmed(only(there, namespace, message.local())));
    if let Some(bytes) = text.as_deref().and_then(decoded) {
        reply::check_bytes(&bytes);
    }
}

/// The very characters came back, however they are wrapped.
fn check_sent_back(echo: Node<'_, '_>) {
    let all = echo.descendants().filter_map(|node| match node.is_text() {
        true => node.text(),
        false => None,
    });
    let dense = all.flat_map(str::chars).filter(|c| !c.is_whitespace());
    let mut back: Vec<_> = dense.collect();
    let mut sent: Vec<_> = SENT.chars().collect();
    back.sort_unstable();
    sent.sort_unstable();
    assert_eq!(back, sent);
}
