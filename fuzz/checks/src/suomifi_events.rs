// SPDX-License-Identifier: Apache-2.0
//! What Suomi.fi's REST interface answers, read by the protocol of its component, without the sandbox around it.

use serde_json::{Value, value::RawValue};
use suomifi_rest::wire::{
    ErrorBody, Event, Fetched, Fetching, LONGEST_TEXT, MessageId, Page, PageEntry, Settings,
    read_active, read_attachment_id, read_citizen_message, read_error, read_message_id, read_page,
    read_token,
};

/// An event that is in order.
const GOOD: &str = r#"{"type": "Electronic message read", "eventTime": "2026-06-20T10:00:00Z", "metadata": {"messageId": 7, "serviceId": "s"}}"#;

/// Largest step of an operation (contract).
const LARGEST_STEP: usize = 64 << 10;

/// Panics unless a page has as many entries as its list, each read or told of with its place, whatever stands beside it; refusals are told in one masked line; and what is carried from
/// step to step fits and comes to an end. The input is taken for each answer in turn, and for an event among good ones.
pub fn check(input: &[u8]) {
    check_page(input);
    check_among_good_ones(input);
    check_error(input);
    check_citizen_message(input);
    let settings = Settings::usual();
    if let Ok(token) = read_token(&settings, input) {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        assert!(token.token.bytes().all(is_plain) && token.lifetime_seconds > 0);
    }
    if let Ok(id) = read_attachment_id(input) {
        assert!(!id.is_empty() && !id.contains('/'), "{id}");
    }
    let _ = (read_message_id(input), read_active(input));
}

fn check_page(input: &[u8]) {
    let Ok(page) = read_page(input) else {
        return;
    };
    assert!(!page.token.is_empty());
    // Another reader of the same library: what it makes of the whole has as many entries.
    if let Ok(value) = serde_json::from_slice::<Value>(input) {
        let events = value.get("events").and_then(Value::as_array);
        assert_eq!(events.map(Vec::len), Some(page.entries.len()));
    }
    let again = read_page(input).map(|page| names(&page));
    assert_eq!(again, Ok(names(&page)));
    for (index, entry) in page.entries.iter().enumerate() {
        check_entry(index, entry);
    }
}

fn names(page: &Page<'_>) -> Vec<Result<String, String>> {
    let name = |entry: &PageEntry<'_>| match entry {
        PageEntry::Read(event) => event.name(),
        PageEntry::Unreadable { text, .. } => Err((*text).to_owned()),
    };
    page.entries.iter().map(name).collect()
}

fn check_entry(index: usize, entry: &PageEntry<'_>) {
    match entry {
        PageEntry::Read(event) => check_event(event),
        PageEntry::Unreadable {
            position, error, ..
        } => {
            assert_eq!(*position, index + 1);
            assert!(
                error.path.starts_with(&format!("/events/{index}")),
                "{error:?}"
            );
            assert!(!error.code.is_empty() && !error.message.is_empty());
        }
    }
}

fn check_event(event: &Event) {
    assert!(event.metadata.is_object());
    if let Ok(name) = event.name() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-/:.".contains(c);
        assert!(name.chars().all(is_plain), "{name}");
    }
    for text in [&event.service_id, &event.external_id, &event.tracking_code]
        .into_iter()
        .flatten()
    {
        assert!(
            !text.is_empty() && !text.contains(char::is_control),
            "{text:?}"
        );
    }
}

/// One bad event never loses another.
fn check_among_good_ones(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return;
    }
    let body = format!(r#"{{"events": [{GOOD}, {text}, {GOOD}], "continuationToken": "t"}}"#);
    let page = read_page(body.as_bytes());
    let Ok(page) = page else {
        panic!("a page is lost for an entry: {page:?}")
    };
    let [first, _, last] = &page.entries[..] else {
        panic!("{} entries of three", page.entries.len())
    };
    for good in [first, last] {
        let PageEntry::Read(event) = good else {
            panic!("{good:?}")
        };
        assert_eq!(event.message_id, MessageId(7));
    }
}

fn check_error(input: &[u8]) {
    let error: ErrorBody = read_error(input);
    assert!(error.text.chars().count() <= LONGEST_TEXT);
    assert!(!error.text.contains(char::is_control), "{:?}", error.text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    assert!(
        error
            .codes
            .iter()
            .all(|code| !code.is_empty() && code.chars().all(is_plain))
    );
    assert!(error.code().is_none_or(|code| error.has(code)));
}

fn check_citizen_message(input: &[u8]) {
    let Ok(message) = read_citizen_message(input) else {
        return;
    };
    let limits = (1000, 3);
    let attachments = message.attachments.len();
    let mut fetching = Fetching::new(message.message_id, None, None).with_message(message, limits);
    let mut fetched = 0;
    loop {
        fetching = fetching.carried();
        let step = serde_json::to_string(&fetching).unwrap_or_default();
        assert!((1..=LARGEST_STEP).contains(&step.len()), "{}", step.len());
        let Some(next) = fetching.next() else {
            break;
        };
        let id = next.attachment_id.as_deref().unwrap_or_default();
        assert!(!id.is_empty() && !id.contains('/') && id != "..", "{id}");
        fetched += 1;
        assert!(fetched <= 3);
        fetching = fetching.with_fetched(Fetched::Document, limits);
    }
    assert!(fetching.is_last() && fetching.fetched.len() <= attachments);
}
