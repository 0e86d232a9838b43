// SPDX-License-Identifier: Apache-2.0
//! DownloadList and Download: what is asked for (guide 2015 pp. 21–26).

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp, civil::Date};
use rfc3339::{Day, Moment};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Item, Settings, Value, text::check_text};

/// Longest storage id. What Customs gives is not public; it is opaque here.
const LONGEST_STORAGE_ID: usize = 256;

/// Longest text to be sent back.
const LONGEST_ECHO: usize = 256;

/// JSON pointer of the parameter that is wrong, and what is wrong with it.
pub type ParameterError = (&'static str, String);

/// Parameters of DownloadList. Without any, the window goes on where the last one ended, and is at most as long as the setting list.longest-window-minutes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ListParameters {
    /// Begin of the window, RFC 3339 with an offset, such as `2026-01-31T12:00:00+02:00`. Customs recommends times over dates.
    pub start_timestamp: Option<String>,
    /// End of the window; now when left out.
    pub end_timestamp: Option<String>,
    /// First day of the window in Finland, such as `2026-01-31`, in place of the times.
    pub start_date: Option<String>,
    /// Last day of the window; today in Finland when left out.
    pub end_date: Option<String>,
    /// Further criteria by the name of their element, out of those in the setting wire.list-filters.
    pub filters: BTreeMap<String, String>,
}

/// Parameters of Download.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DownloadParameters {
    /// Storage id of the message, from a list or a notification.
    pub storage_id: String,
}

/// Parameters of CheckConnectivity.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct EchoParameters {
    /// What Customs is to send back, 1 to 256 characters. A word of greeting when left out.
    pub content: Option<String>,
}

/// What a list is asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criteria {
    /// From when to when.
    pub window: Window,
    /// Element names and values, in the order of the schema.
    pub filters: Vec<(Cow<'static, str>, String)>,
}

/// From when to when, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Two times.
    Times(Timestamp, Timestamp),
    /// Two days in Finland.
    Dates(Date, Date),
}

/// Where the list after this one begins, an overlap before a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continuation {
    /// The time if this list is read: its end.
    pub end: Timestamp,
    /// The time if it is not, where there is none yet: the next list begins where this one did.
    pub again: Option<Timestamp>,
}

impl Continuation {
    /// For whoever reads the answer: both times.
    pub fn memo(&self) -> String {
        match self.again {
            Some(again) => format!("{} {again}", self.end),
            None => self.end.to_string(),
        }
    }

    /// The cursor to hand out, from the memo; none leaves the last one as it is.
    pub fn cursor(memo: &str, is_read: bool) -> Option<&str> {
        let mut times = memo.split_whitespace();
        let (end, again) = (times.next(), times.next());
        if is_read { end } else { again }
    }
}

impl Window {
    /// Begin and end as XML Schema has them, times in UTC.
    pub fn texts(&self) -> (String, String) {
        match self {
            Self::Times(start, end) => (start.to_string(), end.to_string()),
            Self::Dates(start, end) => (start.to_string(), end.to_string()),
        }
    }
}

impl ListParameters {
    /// What to ask for, and where the next list begins; nowhere new after one whose window was given, which is a look aside. `cursor` is where the last
    /// one ended; what is none of ours ([`read_cursor`]) is as none.
    ///
    /// # Errors
    /// The first parameter that is wrong.
    pub fn criteria(
        &self,
        settings: &Settings,
        now: Timestamp,
        cursor: Option<&str>,
    ) -> Result<(Criteria, Option<Continuation>), ParameterError> {
        let (window, continuation) = match self.given_window(now)? {
            Some(Window::Dates(..))
                if !has_place_for_days(&settings.wire.layouts.download_list) =>
            {
                let message = "there is no place for days in a list as the setting wire.layouts.download-list has it; give times";
                return Err(("/startDate", message.into()));
            }
            Some(window) => (window, None),
            None => {
                let (start, end) = next_window(settings, now, cursor);
                // What was stored since the begin of a first list is still to be listed, however long lists fail.
                let is_first = cursor.and_then(read_cursor).is_none();
                let again = is_first.then(|| later(start, settings.list.overlap_minutes));
                (Window::Times(start, end), Some(Continuation { end, again }))
            }
        };
        let filters = self.ordered_filters(settings)?;
        Ok((Criteria { window, filters }, continuation))
    }

    fn given_window(&self, now: Timestamp) -> Result<Option<Window>, ParameterError> {
        if self.start_date.is_some() || self.end_date.is_some() {
            for (pointer, other) in [
                ("/startTimestamp", &self.start_timestamp),
                ("/endTimestamp", &self.end_timestamp),
            ] {
                if other.is_some() {
                    return Err((pointer, "a window has times or dates; leave one out".into()));
                }
            }
            let today = finnish_time::today(now);
            let (start, end) = (&self.start_date, &self.end_date);
            let form = "a day such as 2026-01-31";
            let start = given("/startDate", start, form, day)?;
            let end = parsed("/endDate", end, form, day)?.unwrap_or(today);
            in_order(("/startDate", start), ("/endDate", end), today)?;
            return Ok(Some(Window::Dates(start, end)));
        }
        if self.start_timestamp.is_none() && self.end_timestamp.is_none() {
            return Ok(None);
        }
        let form = "a time with an offset such as 2026-01-31T12:00:00+02:00";
        let start = given("/startTimestamp", &self.start_timestamp, form, timestamp)?;
        let end = parsed("/endTimestamp", &self.end_timestamp, form, timestamp)?.unwrap_or(now);
        in_order(("/startTimestamp", start), ("/endTimestamp", end), now)?;
        Ok(Some(Window::Times(start, end)))
    }

    fn ordered_filters(
        &self,
        settings: &Settings,
    ) -> Result<Vec<(Cow<'static, str>, String)>, ParameterError> {
        let known = &settings.wire.list_filters;
        if self
            .filters
            .keys()
            .any(|name| !known.iter().any(|known| known == name))
        {
            let message = "only the elements listed in the setting wire.list-filters can be filtered by; add it there, or leave it out";
            return Err(("/filters", message.into()));
        }
        let mut filters = Vec::with_capacity(self.filters.len());
        for name in known {
            if let Some(value) = self.filters.get(&**name) {
                check_text("/filters", value)?;
                filters.push((name.clone(), value.clone()));
            }
        }
        Ok(filters)
    }
}

/// Whether a window of days can be asked for.
fn has_place_for_days(layout: &[Item]) -> bool {
    let has_days = |item: &Item| item.value == Some(Value::StartDate);
    layout.is_empty() || layout.iter().any(has_days)
}

impl DownloadParameters {
    /// Judges what types cannot.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub fn check(&self) -> Result<(), ParameterError> {
        if is_storage_id(&self.storage_id) {
            return Ok(());
        }
        let message = format!(
            "a storage id is 1 to {LONGEST_STORAGE_ID} characters without white space; take it from a list or a notification"
        );
        Err(("/storageId", message))
    }
}

impl EchoParameters {
    /// What is to be sent back.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub fn text(&self) -> Result<&str, ParameterError> {
        let text = self.content.as_deref().unwrap_or("Terve");
        check_text("/content", text)?;
        // White space around could be lost on the way without anybody being wrong.
        if text.trim() != text || text.len() > LONGEST_ECHO {
            let message = format!(
                "the text has at most {LONGEST_ECHO} bytes and neither begins nor ends with white space"
            );
            return Err(("/content", message));
        }
        Ok(text)
    }
}

/// Whether a text can be a storage id.
pub(super) fn is_storage_id(text: &str) -> bool {
    (1..=LONGEST_STORAGE_ID).contains(&text.chars().count())
        && !text.contains(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
        })
}

/// Where a list goes on, if that can be read.
pub fn read_cursor(cursor: &str) -> Option<Timestamp> {
    timestamp(cursor)
}

/// A window that overlaps with the last one, since what was being stored at its end may be dated before it. After a pause it is cut, and the next one
/// goes on from there: however long the pause, no list is longer than those before it.
fn next_window(
    settings: &Settings,
    now: Timestamp,
    cursor: Option<&str>,
) -> (Timestamp, Timestamp) {
    let list = &settings.list;
    let (from, back) = match cursor.and_then(read_cursor) {
        // A clock that was set back must not make a window that ends before it begins.
        Some(last) => (last.min(now), list.overlap_minutes),
        None => (now, list.window_minutes),
    };
    let start = from.saturating_sub(SignedDuration::from_mins(back.into()));
    let start = start.unwrap_or(Timestamp::MIN);
    (start, later(start, list.longest_window_minutes).min(now))
}

fn later(time: Timestamp, minutes: u32) -> Timestamp {
    let later = time.saturating_add(SignedDuration::from_mins(minutes.into()));
    later.unwrap_or(Timestamp::MAX)
}

/// Reads an RFC 3339 time. What lies in the last hours of the calendar is as late as can be reckoned with.
fn timestamp(text: &str) -> Option<Timestamp> {
    let moment: Moment = text.parse().ok()?;
    let nanoseconds = i32::try_from(moment.nanoseconds()).ok()?;
    let timestamp = Timestamp::new(moment.seconds(), nanoseconds);
    Some(timestamp.unwrap_or(Timestamp::MAX))
}

/// Reads an RFC 3339 day.
fn day(text: &str) -> Option<Date> {
    let day: Day = text.parse().ok()?;
    let [month, day_of_month] = [day.month(), day.day()].map(i8::try_from);
    Date::new(
        i16::try_from(day.year()).ok()?,
        month.ok()?,
        day_of_month.ok()?,
    )
    .ok()
}

fn given<T>(
    pointer: &'static str,
    text: &Option<String>,
    form: &str,
    read: fn(&str) -> Option<T>,
) -> Result<T, ParameterError> {
    let missing = || (pointer, format!("the window needs its begin; give {form}"));
    parsed(pointer, text, form, read)?.ok_or_else(missing)
}

fn parsed<T>(
    pointer: &'static str,
    text: &Option<String>,
    form: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, ParameterError> {
    let Some(text) = text else { return Ok(None) };
    match read(text) {
        Some(value) => Ok(Some(value)),
        None => Err((pointer, format!("this has to be {form} (RFC 3339)"))),
    }
}

fn in_order<T: PartialOrd>(
    (start_pointer, start): (&'static str, T),
    (end_pointer, end): (&'static str, T),
    latest: T,
) -> Result<(), ParameterError> {
    if end > latest {
        return Err((
            end_pointer,
            "the window ends in the future; end it now or before".into(),
        ));
    }
    if start > end {
        return Err((start_pointer, "the window begins after its end".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window(parameters: &str, now: &str, cursor: Option<&str>) -> (Window, Option<Continuation>) {
        let parameters: ListParameters = serde_json::from_str(parameters).unwrap();
        let found = parameters.criteria(&Settings::usual(), at(now), cursor);
        let (criteria, continuation) = found.unwrap();
        (criteria.window, continuation)
    }

    #[test]
    fn a_window_of_days_ends_today_in_finland() {
        for (now, end) in [
            // Half past eleven at night in winter, and half past midnight.
            ("2026-12-10T21:30:00Z", "2026-12-10"),
            ("2026-12-10T22:30:00Z", "2026-12-11"),
            // The same in summer.
            ("2026-07-10T20:30:00Z", "2026-07-10"),
            ("2026-07-10T21:30:00Z", "2026-07-11"),
            // Both nights of change.
            ("2026-03-28T21:59:59Z", "2026-03-28"),
            ("2026-03-28T22:00:00Z", "2026-03-29"),
            ("2026-03-29T20:59:59Z", "2026-03-29"),
            ("2026-03-29T21:00:00Z", "2026-03-30"),
            ("2026-10-24T20:59:59Z", "2026-10-24"),
            ("2026-10-24T21:00:00Z", "2026-10-25"),
            ("2026-10-25T21:59:59Z", "2026-10-25"),
            ("2026-10-25T22:00:00Z", "2026-10-26"),
            // The end of the year.
            ("2026-12-31T21:59:59Z", "2026-12-31"),
            ("2026-12-31T22:00:00Z", "2027-01-01"),
        ] {
            let (window, continuation) = window(r#"{"startDate": "2026-01-31"}"#, now, None);
            assert_eq!(window.texts().1, end, "{now}");
            assert_eq!(continuation, None);
        }
    }

    #[test]
    fn a_day_that_has_not_begun_in_finland_is_in_the_future() {
        let tomorrow = r#"{"startDate": "2026-12-10", "endDate": "2026-12-11"}"#;
        let parameters: ListParameters = serde_json::from_str(tomorrow).unwrap();
        let judge = |now| {
            let found = parameters.criteria(&Settings::usual(), at(now), None);
            found.map(|_| ()).map_err(|(pointer, _)| pointer)
        };
        assert_eq!(judge("2026-12-10T21:59:59Z"), Err("/endDate"));
        assert_eq!(judge("2026-12-10T22:00:00Z"), Ok(()));
    }

    #[test]
    fn after_a_pause_the_lists_catch_up_without_a_gap() {
        let now = at("2026-11-30T06:00:00Z");
        let longest = SignedDuration::from_hours(24);
        let mut cursor = at("2026-11-20T15:00:00Z");
        let mut lists = 0;
        while cursor < now {
            let text = cursor.to_string();
            let (window, next) = window("{}", &now.to_string(), Some(&text));
            let Window::Times(start, end) = window else {
                panic!("a list goes on by days")
            };
            assert!(start <= cursor && end.duration_since(start) <= longest);
            assert_eq!(next, Some(Continuation { end, again: None }));
            assert!(end > cursor);
            cursor = end;
            lists += 1;
        }
        // 231 hours, 23 and a half at a time.
        assert_eq!((cursor, lists), (now, 10));
        let (again, _) = window("{}", "2026-11-30T06:00:00Z", Some("2026-11-30T06:00:00Z"));
        assert_eq!(again.texts().0, "2026-11-30T05:30:00Z");
    }

    #[test]
    fn a_given_window_is_as_long_as_it_is_given() {
        let given = r#"{"startTimestamp": "2026-01-01T00:00:00Z"}"#;
        let (window, continuation) = window(given, "2026-11-30T06:00:00Z", None);
        assert_eq!(window.texts().1, "2026-11-30T06:00:00Z");
        assert_eq!(continuation, None);
    }

    #[test]
    fn a_first_list_that_fails_keeps_its_begin_until_one_is_read() {
        let mut cursor: Option<String> = None;
        // Three days of disturbance, then an answer.
        for (now, end) in [
            ("2026-11-27T15:00:00Z", "2026-11-27T15:00:00Z"),
            ("2026-11-27T15:05:00Z", "2026-11-27T15:05:00Z"),
            ("2026-11-30T06:00:00Z", "2026-11-28T14:00:00Z"),
        ] {
            let (window, continuation) = window("{}", now, cursor.as_deref());
            let texts = window.texts();
            assert_eq!(
                (texts.0.as_str(), texts.1.as_str()),
                ("2026-11-27T14:00:00Z", end)
            );
            let memo = continuation.unwrap().memo();
            assert_eq!(Continuation::cursor(&memo, true), Some(end));
            let again = Continuation::cursor(&memo, false);
            assert_eq!(again.is_some(), cursor.is_none());
            cursor = again.map(str::to_owned).or(cursor);
        }
        assert_eq!(Continuation::cursor("", true), None);
    }
}
