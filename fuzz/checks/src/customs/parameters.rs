// SPDX-License-Identifier: Apache-2.0
//! What Customs is asked for, by parameters that anybody may have written.

use canonical_xml::NoBlob;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tulli::wire::{
    Asking, Continuation, Criteria, DownloadParameters, EchoParameters, ListParameters, Moment,
    ParameterError, Settings, UploadParameters, Window, read_cursor, soap_request,
};

use super::{
    call::{entries, parsed, written},
    strict,
};

/// Panics unless a window that comes out is one, ends not after now and leaves no gap behind the last one; parameters are refused
/// with their place; and what is let through can be written and is read as it was given.
///
/// The first line are the parameters, the second is the cursor, none if empty, the third the time.
pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (json, cursor, now) = (line(), line(), line());
    let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
    let now = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    for settings in [Settings::usual(), strict()] {
        if let Ok(parameters) = serde_json::from_str::<ListParameters>(json) {
            match parameters.criteria(&settings, now, cursor) {
                Err(error) => check_error(&error),
                Ok((criteria, continuation)) => {
                    check_window(&criteria.window, now);
                    check_way(&parameters, &criteria, (continuation, now, cursor));
                    check_request(&settings, &criteria);
                }
            }
        }
        check_others(&settings, json);
    }
}

fn check_error((pointer, message): &ParameterError) {
    assert!(pointer.starts_with('/') && !message.is_empty(), "{pointer}");
}

fn check_window(window: &Window, now: Timestamp) {
    let (start, end) = window.texts();
    match window {
        Window::Times(from, to) => {
            assert!(from <= to && *to <= now, "{window:?}, now {now}");
            assert_eq!(start.parse().ok(), Some(*from));
            assert_eq!(end.parse().ok(), Some(*to));
        }
        Window::Dates(from, to) => {
            assert!(from <= to, "{window:?}");
            assert_eq!(start.parse::<Date>().ok(), Some(*from));
            assert_eq!(end.parse::<Date>().ok(), Some(*to));
            // The day has begun in Finland in summer, three hours ahead of UTC.
            let begun = to.to_zoned(TimeZone::UTC);
            let begun = begun.map(|day| day.timestamp().as_second() - 3 * 3600);
            assert!(
                begun.is_ok_and(|begun| begun <= now.as_second()),
                "{window:?}, now {now}"
            );
        }
    }
}

/// Only a window that was not given goes on from the last one, and nothing is missed between the two.
fn check_way(
    parameters: &ListParameters,
    criteria: &Criteria,
    (continuation, now, cursor): (Option<Continuation>, Timestamp, Option<&str>),
) {
    let given = [
        &parameters.start_timestamp,
        &parameters.end_timestamp,
        &parameters.start_date,
        &parameters.end_date,
    ];
    assert_eq!(
        continuation.is_some(),
        given.iter().all(|given| given.is_none())
    );
    if let Some(next) = continuation {
        let Window::Times(start, end) = criteria.window else {
            panic!("a list goes on by days");
        };
        assert_eq!(end, next.end);
        let last = cursor.and_then(read_cursor);
        check_memo(&next, last, start);
        assert!(
            last.is_none_or(|last| start <= last && (end == now || end > last)),
            "a gap behind {last:?}, or no way on from it"
        );
    }
    assert_eq!(criteria.filters.len(), parameters.filters.len());
    for (name, value) in &criteria.filters {
        assert_eq!(parameters.filters.get(&**name), Some(value));
    }
}

/// 0000-01-01T00:00:00Z, in seconds since 1970.
const YEAR_0: i64 = -62_167_219_200;

/// What is handed out goes on from the end, or, after a first list that failed, from its begin.
fn check_memo(next: &Continuation, last: Option<Timestamp>, start: Timestamp) {
    let memo = next.memo();
    let read = |is_read| Continuation::cursor(&memo, is_read).and_then(read_cursor);
    // Times are written to the nanosecond. RFC 3339 has no years before 0.
    let written = |time: &Timestamp| time.as_second() >= YEAR_0;
    assert_eq!(read(true), Some(next.end).filter(written));
    assert_eq!(read(false), next.again.filter(written));
    assert_eq!(next.again.is_some(), last.is_none());
    assert!(next.again.is_none_or(|again| again >= start));
}

/// What is asked reads as it was meant.
fn check_request(settings: &Settings, criteria: &Criteria) {
    let leaves = asked(settings, Asking::DownloadList(criteria));
    let (start, end) = criteria.window.texts();
    let mut expected = vec![start, end];
    expected.extend(criteria.filters.iter().map(|(_, value)| value.clone()));
    assert_eq!(leaves, expected);
}

/// The parameters of the other operations.
fn check_others(settings: &Settings, json: &str) {
    if let Ok(parameters) = serde_json::from_str::<DownloadParameters>(json) {
        match parameters.check() {
            Err(error) => check_error(&error),
            Ok(()) => {
                let id = &parameters.storage_id;
                assert!(!id.contains(char::is_whitespace));
                assert_eq!(asked(settings, Asking::Download(id)), [id.as_str()]);
            }
        }
    }
    if let Ok(parameters) = serde_json::from_str::<EchoParameters>(json) {
        match parameters.text() {
            Err(error) => check_error(&error),
            Ok(text) => assert_eq!(asked(settings, Asking::CheckConnectivity(text)), [text]),
        }
    }
    if let Ok(parameters) = serde_json::from_str::<UploadParameters>(json)
        && let Err(error) = parameters.check()
    {
        check_error(&error);
    }
}

/// The texts of what a request asks for, as Customs reads them.
fn asked(settings: &Settings, asking: Asking<'_, NoBlob>) -> Vec<String> {
    let message = written(&soap_request(
        settings,
        ("fuzzing", Moment("2026-07-01T00:00:00Z")),
        asking,
    ));
    let document = parsed(&message);
    let (_, entries) = entries(&document);
    let [request] = entries.as_slice() else {
        panic!("a request has {} entries", entries.len());
    };
    let content = request.children().last();
    let all = content.map(|content| std::iter::once(content).chain(content.descendants()));
    let leaves = all
        .into_iter()
        .flatten()
        .filter(|element| element.children().next().is_none());
    let texts = leaves.filter_map(|leaf| leaf.text().to_str());
    texts.map(String::from).collect()
}
