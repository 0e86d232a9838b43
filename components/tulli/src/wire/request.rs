// SPDX-License-Identifier: Apache-2.0
//! The SOAP messages that ask something of Customs (guide 2015 pp. 14, 17–26).

use std::borrow::Cow;

use canonical_xml::{Base64Text, Element};

use super::{Criteria, Settings, Value, Window, layout::Maker};

/// When a message is written, as an XML Schema dateTime with an offset.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a>(
    /// Such as `2026-01-31T12:00:00Z`.
    pub &'a str,
);

/// What is asked.
#[derive(Debug)]
pub enum Asking<'a, B> {
    /// Upload: to take the application request of this base64 text (p. 18).
    Upload(Base64Text<B>),
    /// DownloadList: what waits (p. 22).
    DownloadList(&'a Criteria),
    /// Download: the message of this storage id (p. 25).
    Download(&'a str),
    /// CheckConnectivity: to send this text back (its name is in the contents of the guide only).
    CheckConnectivity(&'a str),
}

/// The SOAP message: the header that all requests have (table 6), and what the operation adds. `reference` is that of the upload, or an id of this request.
pub fn soap_request<B>(
    settings: &Settings,
    (reference, moment): (&str, Moment<'_>),
    asking: Asking<'_, B>,
) -> Element<B> {
    let (profile, names) = (&settings.wire, &settings.wire.names);
    let maker = Maker::new(
        &profile.prefixes,
        profile.request_namespace(),
        &profile.service_prefix,
    );
    let (name, layout) = match asking {
        Asking::Upload(_) => (&names.upload_request, &profile.layouts.upload),
        Asking::DownloadList(_) => (&names.download_list_request, &profile.layouts.download_list),
        Asking::Download(_) => (&names.download_request, &profile.layouts.download),
        Asking::CheckConnectivity(_) => {
            let layout = &profile.layouts.check_connectivity;
            (&names.check_connectivity_request, layout)
        }
    };
    let common = |value: Value| match value {
        Value::Intermediary => Some(settings.intermediary.as_str()),
        Value::Timestamp => Some(moment.0),
        Value::Date => moment.0.get(..10),
        Value::Reference => Some(reference),
        Value::Language => Some(settings.language.code()),
        Value::Software => Some(&*settings.software),
        Value::Environment => Some(&*settings.environment),
        Value::Builder => Some(settings.builder()),
        _ => None,
    };
    let root = maker.element(name.clone());
    let request = if layout.is_empty() {
        usual(settings, &maker, moment, (root, asking))
    } else {
        let mut asking = Asked::new(asking);
        let filled = maker.arrange(root, layout, |value, name, leaf| match common(value) {
            Some(text) => Some(leaf.with_text(text)),
            None => asking.fill(value, name, leaf),
        });
        filled.0
    };
    let blocks = &profile.layouts.soap_header;
    let blocks = if blocks.is_empty() {
        Vec::new()
    } else {
        let (root, _) = maker.arrange(Element::new("", "Header"), blocks, |value, _, leaf| {
            common(value).map(|text| leaf.with_text(text))
        });
        root.into_children().collect()
    };
    soap::envelope(profile.soap_version.into(), blocks, vec![request])
}

/// The request as public documents have it.
fn usual<B>(
    settings: &Settings,
    maker: &Maker<'_>,
    moment: Moment<'_>,
    (root, asking): (Element<B>, Asking<'_, B>),
) -> Element<B> {
    let names = &settings.wire.names;
    let element = |name: &Cow<'static, str>| maker.element(name.clone());
    let header = element(&names.request_header).with_children([
        element(&names.intermediary_business_id).with_text(&settings.intermediary),
        element(&names.timestamp).with_text(moment.0),
        element(&names.language).with_text(settings.language.code()),
        element(&names.intermediary_software_info).with_text(&*settings.software),
    ]);
    let content = match asking {
        Asking::Upload(request) => element(&names.application_request_message).with_base64(request),
        Asking::DownloadList(criteria) => {
            let (start, end) = match criteria.window {
                Window::Times(..) => (&names.start_timestamp, &names.end_timestamp),
                Window::Dates(..) => (&names.start_date, &names.end_date),
            };
            let (from, to) = criteria.window.texts();
            let window = [element(start).with_text(from), element(end).with_text(to)];
            let filters = criteria
                .filters
                .iter()
                .map(|(name, value)| element(name).with_text(value));
            let content = element(&names.list_criteria).with_children(window);
            content.with_children(filters)
        }
        Asking::Download(storage_id) => {
            let id = maker
                .leaf(names.message_storage_id.clone())
                .with_text(storage_id);
            element(&names.download_criteria).with_child(id)
        }
        Asking::CheckConnectivity(text) => maker.leaf(names.echo_content.clone()).with_text(text),
    };
    root.with_children([header, content])
}

/// What is asked, for a layout to take from.
struct Asked<'a, B> {
    message: Option<Base64Text<B>>,
    criteria: Option<(&'a Criteria, (String, String))>,
    storage_id: Option<&'a str>,
    echo: Option<&'a str>,
}

impl<'a, B> Asked<'a, B> {
    fn new(asking: Asking<'a, B>) -> Self {
        let mut asked = Self {
            message: None,
            criteria: None,
            storage_id: None,
            echo: None,
        };
        match asking {
            Asking::Upload(message) => asked.message = Some(message),
            Asking::DownloadList(criteria) => {
                asked.criteria = Some((criteria, criteria.window.texts()));
            }
            Asking::Download(id) => asked.storage_id = Some(id),
            Asking::CheckConnectivity(text) => asked.echo = Some(text),
        }
        asked
    }

    fn fill(&mut self, value: Value, name: &str, leaf: Element<B>) -> Option<Element<B>> {
        if value == Value::ApplicationRequest {
            return self.message.take().map(|message| leaf.with_base64(message));
        }
        let text = match value {
            Value::StorageId => self.storage_id,
            Value::Echo => self.echo,
            value => self.criterion(value, name),
        };
        text.map(|text| leaf.with_text(text))
    }

    fn criterion(&self, value: Value, name: &str) -> Option<&str> {
        let (criteria, (start, end)) = self.criteria.as_ref()?;
        match (value, criteria.window) {
            (Value::StartTimestamp, Window::Times(..)) | (Value::StartDate, Window::Dates(..)) => {
                Some(start)
            }
            (Value::EndTimestamp, Window::Times(..)) | (Value::EndDate, Window::Dates(..)) => {
                Some(end)
            }
            (Value::Filter, _) => {
                let mut filters = criteria.filters.iter();
                let found = filters.find(|(filter, _)| *filter == name);
                found.map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }
}
