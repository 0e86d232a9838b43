// SPDX-License-Identifier: Apache-2.0
//! What layouts are judged by before they serve: no value is lost, and what they make can be written.

use std::borrow::Cow;

use agency_http::SettingError;
use canonical_xml::{Element, NoBlob, is_ncname, to_bytes};

use super::{
    Item, Profile, SignatureForm, Value,
    layout::{Maker, Prefixes},
};

/// A layout, and what its message can say.
struct Judged<'p> {
    pointer: &'static str,
    items: &'p [Item],
    /// What has to be there exactly once.
    needed: &'static [Value],
    /// What may be there, besides what is needed.
    known: &'static [Value],
    /// What all requests may say as well.
    is_request: bool,
}

/// What every request may say.
const COMMON: [Value; 8] = [
    Value::Intermediary,
    Value::Builder,
    Value::Timestamp,
    Value::Date,
    Value::Reference,
    Value::Language,
    Value::Software,
    Value::Environment,
];

/// Judges what no message could be made of, and what would be left out of it for ever.
///
/// # Errors
/// The first layout that cannot work.
pub(super) fn check(profile: &Profile) -> Result<(), SettingError> {
    for judged in all(profile) {
        if !judged.items.is_empty() {
            let checked = judged.check(profile);
            checked.map_err(|message| SettingError::new(judged.pointer, message))?;
        }
    }
    Ok(())
}

fn all(profile: &Profile) -> [Judged<'_>; 7] {
    use Value::{
        Application, ApplicationRequest, Builder, Code, Content, ContentFormat, Date, Declarant,
        Echo, EndDate, EndTimestamp, Environment, Filter, Intermediary, Language, Reference,
        Signature, Software, StartDate, StartTimestamp, StorageId, Text, Timestamp,
    };
    let layouts = &profile.layouts;
    let request = |pointer, items, needed, known| Judged {
        pointer,
        items,
        needed,
        known,
        is_request: true,
    };
    let other = |pointer, items, needed, known| Judged {
        is_request: false,
        ..request(pointer, items, needed, known)
    };
    [
        request(SOAP_HEADER, &layouts.soap_header, &[], &[]),
        request(
            "/wire/layouts/upload",
            &layouts.upload,
            &[ApplicationRequest],
            &[],
        ),
        request(
            DOWNLOAD_LIST,
            &layouts.download_list,
            &[StartTimestamp, EndTimestamp],
            &[StartDate, EndDate, Filter],
        ),
        request(
            "/wire/layouts/download",
            &layouts.download,
            &[StorageId],
            &[],
        ),
        request(
            "/wire/layouts/check-connectivity",
            &layouts.check_connectivity,
            &[Echo],
            &[],
        ),
        other(
            APPLICATION_REQUEST,
            &layouts.application_request,
            &[Reference, Content],
            &[
                Declarant,
                Builder,
                Intermediary,
                Software,
                Application,
                Environment,
                Language,
                Timestamp,
                Date,
                ContentFormat,
                Signature,
            ],
        ),
        other(
            "/wire/layouts/notify-response",
            &layouts.notify_response,
            &[Code],
            &[Text, Timestamp, Date, Intermediary, Software],
        ),
    ]
}

const SOAP_HEADER: &str = "/wire/layouts/soap-header";
const DOWNLOAD_LIST: &str = "/wire/layouts/download-list";
const APPLICATION_REQUEST: &str = "/wire/layouts/application-request";

impl Judged<'_> {
    fn check(&self, profile: &Profile) -> Result<(), String> {
        for item in self.items {
            let fault = place_fault(&item.at, &profile.prefixes);
            let fault = fault.or_else(|| self.fault(item, profile));
            if let Some(message) = fault {
                return Err(format!("`{}`: {message}", item.at));
            }
        }
        let count = |value: Value| {
            let found = self.items.iter().filter(|item| item.value == Some(value));
            found.count()
        };
        for value in self.needed {
            if count(*value) != 1 {
                let name = name(*value);
                return Err(format!("the value {name} has to be there exactly once"));
            }
        }
        if count(Value::Signature) > 1 {
            return Err("the value \"signature\" is there more than once".into());
        }
        if count(Value::StartDate) != count(Value::EndDate) {
            return Err(
                "a window of days has a begin and an end: \"start-date\" and \"end-date\"".into(),
            );
        }
        let mut filters = profile.list_filters.iter();
        let is_missing =
            |filter: &&Cow<'_, str>| !self.items.iter().any(|item| is_filter(item, filter));
        if self.pointer == DOWNLOAD_LIST
            && let Some(filter) = filters.find(is_missing)
        {
            return Err(format!(
                "`{filter}` of wire.list-filters has no place here: it needs an item of that name with the value \"filter\""
            ));
        }
        // Of the two kinds of windows, a message has one.
        self.write(profile, &[Value::StartDate, Value::EndDate])?;
        self.write(profile, &[Value::StartTimestamp, Value::EndTimestamp])
    }

    /// What is wrong with an item besides its place.
    fn fault(&self, item: &Item, profile: &Profile) -> Option<String> {
        let is_attribute = attribute(&item.at);
        if self.pointer == SOAP_HEADER && item.at.starts_with('@') {
            return Some("the first step of a place is a header block, which is an element".into());
        }
        let value = item.value?;
        if item.text.is_some() {
            return Some("an item has a value or a text, not both".into());
        }
        let is_known = self.needed.contains(&value)
            || self.known.contains(&value)
            || (self.is_request && COMMON.contains(&value));
        if !is_known {
            let common = if self.is_request { &COMMON[..] } else { &[] };
            let known = self.needed.iter().chain(self.known).chain(common);
            let known: Vec<String> = known.map(|value| name(*value)).collect();
            return Some(format!(
                "the value {} is not known in this message, so that it would always be left out; known are {}",
                name(value),
                known.join(", ")
            ));
        }
        match value {
            Value::Signature if is_attribute || item.at.contains('/') => Some(
                "the signature is an element and stands directly in the application request".into(),
            ),
            Value::Content | Value::ApplicationRequest if is_attribute => Some(format!(
                "an attribute cannot hold the value {}, which may be long; it needs an element",
                name(value)
            )),
            Value::Filter => {
                let mut filters = profile.list_filters.iter();
                let is_known = filters.any(|filter| is_filter(item, filter));
                (!is_known).then(|| {
                    "no filter of that name is in wire.list-filters, so that nobody can ask for it"
                        .into()
                })
            }
            _ => None,
        }
    }

    /// Makes the message with everything but the values in `without`, and writes it.
    fn write(&self, profile: &Profile, without: &[Value]) -> Result<(), String> {
        let is_application = self.pointer == APPLICATION_REQUEST;
        let (namespace, prefix) = if is_application {
            (
                profile.application_request_namespace(),
                &*profile.application_prefix,
            )
        } else {
            (profile.request_namespace(), &*profile.service_prefix)
        };
        let maker = Maker::new(&profile.prefixes, namespace, prefix);
        let root = if self.pointer == SOAP_HEADER {
            Element::new("", "Header")
        } else {
            maker.element("Message".into())
        };
        let id = &profile.id_attribute;
        let (mut root, _) = maker.arrange(root, self.items, |value, _, leaf| {
            let mut leaf: Element<NoBlob> = leaf.with_text("1");
            if value == Value::Content && profile.signature_form == SignatureForm::ContentById {
                leaf.push_attribute(id.clone(), profile.content_id.clone());
            }
            (!without.contains(&value)).then_some(leaf)
        });
        let signed = match profile.signature_form {
            SignatureForm::EnvelopedById => {
                let signed = &profile.application_request_id;
                if is_application {
                    root.push_attribute(id.clone(), signed.clone());
                }
                Some(signed)
            }
            SignatureForm::ContentById => Some(&profile.content_id),
            SignatureForm::EnvelopedRoot => None,
        };
        to_bytes(&root).map_err(|error| error.to_string())?;
        let Some(signed) = signed.filter(|_| is_application) else {
            return Ok(());
        };
        let has_id = |element: &&Element<NoBlob>| {
            let mut attributes = element.attributes().iter();
            attributes.any(|attribute| attribute.name().is("", id) && attribute.value() == *signed)
        };
        let elements = std::iter::once(&root).chain(root.descendants());
        if elements.filter(has_id).count() == 1 {
            return Ok(());
        }
        Err(format!(
            "the attribute `{id}` says `{signed}` more than once, so that it does not say what is signed"
        ))
    }
}

/// What is wrong with a place.
fn place_fault(at: &str, prefixes: &Prefixes) -> Option<String> {
    let (around, name) = match at.rsplit_once('/') {
        Some((around, name)) => (Some(around), name),
        None => (None, at),
    };
    let name = name.strip_prefix('@').unwrap_or(name);
    let around = around.into_iter().flat_map(|around| around.split('/'));
    for step in around.chain([name]) {
        let (prefix, local) = match step.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, step),
        };
        if !is_ncname(local) {
            return Some(format!(
                "`{step}` is no name; a place is names with `/` between them, the last one perhaps with `@`"
            ));
        }
        if let Some(prefix) = prefix
            && !prefixes.contains_key(prefix)
        {
            return Some(format!("the prefix `{prefix}` is not in wire.prefixes"));
        }
    }
    None
}

/// Whether a place is an attribute.
fn attribute(at: &str) -> bool {
    let last = at.rsplit('/').next().unwrap_or(at);
    last.starts_with('@')
}

/// Whether an item is the place of a filter.
fn is_filter(item: &Item, filter: &str) -> bool {
    let local = item.at.rsplit(['/', ':', '@']).next();
    item.value == Some(Value::Filter) && local == Some(filter)
}

/// As settings have it.
fn name(value: Value) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}
