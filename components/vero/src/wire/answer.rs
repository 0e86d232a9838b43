// SPDX-License-Identifier: Apache-2.0
//! What the interface answers to lists (its own description is behind a login).

use agency_http::AnswerError;
use serde_json::value::RawValue;

use super::{
    Notification, Profile,
    json::{self, Members},
    notification,
};

/// The state of a subscription's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The subscription.
    pub subscription: i64,
    /// `active` (notifications are delivered), `fail` (delivery was cut) or `pending` (the health check runs); or something new.
    pub status: String,
}

/// An entry of a list: one that cannot be read hides none of the others.
#[derive(Debug)]
pub enum Entry<'j, T> {
    /// What it is.
    Read(T),
    /// What is wrong with it.
    Unreadable(Unreadable<'j>),
}

/// An entry that cannot be read.
pub struct Unreadable<'j> {
    /// Which entry of the list, from 1.
    pub position: usize,
    /// The entry as it stands. It may name persons.
    pub text: &'j str,
    /// The subscription that an entry of subscriptions is about, where that can be read.
    pub subscription: Option<i64>,
    /// What is wrong with it.
    pub error: AnswerError,
}

impl std::fmt::Debug for Unreadable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {}: {:?}", self.position, self.error)
    }
}

/// Whether a body is JSON at all, or nothing. What is neither was said by somebody before the interface: a page of a proxy, or a message cut short.
///
/// # Errors
/// Line and column of where it ceases to be JSON.
pub fn check_json(body: &[u8]) -> Result<(), String> {
    let text = json::text(body)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Err(error) if !text.trim().is_empty() => Err(json::place(&error)),
        _ => Ok(()),
    }
}

/// Reads a list of notifications. Who they concern is left where it is: in the answer.
///
/// # Errors
/// [`AnswerError`] for what has no list.
pub fn read_notifications<'j>(
    profile: &Profile,
    body: &'j [u8],
) -> Result<Vec<Entry<'j, Notification>>, AnswerError> {
    let names = [
        &*profile.notification_key,
        &*profile.notification_type,
        &*profile.subscription_id,
        &*profile.timestamp,
    ];
    let [key, kind, subscription, timestamp] = names;
    entries(
        body,
        (&profile.notifications, None),
        &names,
        |pointer, members| {
            let wrong = |name| move |expected: String| incomplete(pointer, name, &expected);
            Ok(Notification {
                key: integer(pointer, members, key)?,
                kind: notification::kind(&text(pointer, members, kind)?).map_err(wrong(kind))?,
                subscription: integer(pointer, members, subscription)?,
                timestamp: notification::timestamp(&text(pointer, members, timestamp)?)
                    .map_err(wrong(timestamp))?,
                extra: 0,
            })
        },
    )
}

/// Reads a list of subscriptions.
///
/// # Errors
/// [`AnswerError`] for what has no list.
pub fn read_subscriptions<'j>(
    profile: &Profile,
    body: &'j [u8],
) -> Result<Vec<Entry<'j, Registration>>, AnswerError> {
    let names = [&*profile.subscription_id, &*profile.registration_status];
    let [subscription, status] = names;
    let list = (&*profile.subscriptions, Some(subscription));
    entries(body, list, &names, |pointer, members| {
        Ok(Registration {
            subscription: integer(pointer, members, subscription)?,
            status: text(pointer, members, status)?,
        })
    })
}

/// The entries of a list of that name, each read for itself. Of one that cannot be read, `key` may be readable all the same.
fn entries<'j, T>(
    body: &'j [u8],
    (name, key): (&str, Option<&str>),
    names: &[&str],
    read: impl Fn(&str, &Members<'_, 'j>) -> Result<T, AnswerError>,
) -> Result<Vec<Entry<'j, T>>, AnswerError> {
    let (pointer, list) = list(body, name)?;
    let read_entry = |pointer: &str, text: &'j str| {
        let members = Members::read(names, text).map_err(|_| AnswerError {
            code: "answer.incomplete",
            path: pointer.to_owned(),
            message: "this entry is no object".into(),
        })?;
        check_repeated(pointer, &members)?;
        read(pointer, &members)
    };
    let entry = |(index, entry): (usize, &'j RawValue)| {
        let text = entry.get();
        match read_entry(&format!("{pointer}/{index}"), text) {
            Ok(entry) => Entry::Read(entry),
            Err(error) => Entry::Unreadable(Unreadable {
                position: index + 1,
                text,
                subscription: key.and_then(|key| key_of(names, key, text)),
                error,
            }),
        }
    };
    Ok(list.into_iter().enumerate().map(entry).collect())
}

/// The number under a name in an entry that says it once.
#[inline(never)] // it is needed seldom
fn key_of(names: &[&str], key: &str, text: &str) -> Option<i64> {
    let members = Members::read(names, text).ok()?;
    let is_said_once = members.repeated() != Some(key);
    integer("", &members, key).ok().filter(|_| is_said_once)
}

/// The list under a name, or the whole answer when that is a list, with its JSON pointer. Some write an empty list as null, or as one entry that is null.
fn list<'j>(body: &'j [u8], name: &str) -> Result<(String, Vec<&'j RawValue>), AnswerError> {
    let not_json = |path| AnswerError {
        code: "answer.not-json",
        path,
        message: "the answer is not JSON in UTF-8 (RFC 8259)".into(),
    };
    let text = json::text(body).map_err(not_json)?;
    let no_json = |error: serde_json::Error| not_json(json::place(&error));
    let (pointer, list) = if text.trim_start().starts_with('{') {
        let names = [name];
        let members = Members::read(&names, text).map_err(no_json)?;
        check_repeated("", &members)?;
        (format!("/{name}"), members.get(name).unwrap_or_default())
    } else {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(no_json)?;
        (String::new(), text)
    };
    // It is JSON, so that whatever cannot be read is no list.
    let entries: Result<Option<Vec<&RawValue>>, _> = serde_json::from_str(list);
    let mut entries = entries
        .map(Option::unwrap_or_default)
        .map_err(|_| AnswerError {
            code: "answer.incomplete",
            path: pointer.clone(),
            message:
                "there is no list where one belongs; if the names have changed, set them in wire"
                    .into(),
        })?;
    if let [only] = entries.as_slice()
        && only.get() == "null"
    {
        entries.clear();
    }
    Ok((pointer, entries))
}

fn check_repeated(pointer: &str, members: &Members<'_, '_>) -> Result<(), AnswerError> {
    let path = match members.repeated() {
        None => return Ok(()),
        Some("") => pointer.to_owned(),
        Some(name) => format!("{pointer}/{name}"),
    };
    Err(AnswerError {
        code: "property.repeated",
        path,
        message: "a property is there more than once, so that it says nothing".into(),
    })
}

fn integer(pointer: &str, members: &Members<'_, '_>, name: &str) -> Result<i64, AnswerError> {
    let found = members.get(name);
    let found = found.and_then(|text| serde_json::from_str(text).ok());
    found.ok_or_else(|| incomplete(pointer, name, "an integer of 64 bits"))
}

fn text(pointer: &str, members: &Members<'_, '_>, name: &str) -> Result<String, AnswerError> {
    let found = members.get(name);
    let found = found.and_then(|text| serde_json::from_str(text).ok());
    let found = found.filter(|text: &String| !text.is_empty());
    found.ok_or_else(|| incomplete(pointer, name, "a string that is not empty"))
}

fn incomplete(pointer: &str, name: &str, expected: &str) -> AnswerError {
    AnswerError {
        code: "answer.incomplete",
        path: format!("{pointer}/{name}"),
        message: format!("this has to be {expected}; if the names have changed, set them in wire"),
    }
}
