// SPDX-License-Identifier: Apache-2.0
//! The SOAP messages that ask something of Customs (guide 2015 pp. 14, 17–26).

use std::{borrow::Cow, sync::Arc};

use canonical_xml::{Base64Text, Element};

use super::{Criteria, Settings, Window};

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

/// The SOAP message: the header that all requests have (table 6), and what the operation adds.
pub fn soap_request<B>(
    settings: &Settings,
    moment: Moment<'_>,
    asking: Asking<'_, B>,
) -> Element<B> {
    let (profile, names) = (&settings.wire, &settings.wire.names);
    let namespace: Arc<str> = profile.request_namespace().into();
    let element = |name: &Cow<'static, str>| Element::new(Arc::clone(&namespace), name.clone());
    let header = element(&names.request_header).with_children([
        element(&names.intermediary_business_id).with_text(&settings.intermediary),
        element(&names.timestamp).with_text(moment.0),
        element(&names.language).with_text(settings.language.code()),
        element(&names.intermediary_software_info).with_text(&*settings.software),
    ]);
    let (name, content) = match asking {
        Asking::Upload(request) => {
            let message = element(&names.application_request_message).with_base64(request);
            (&names.upload_request, message)
        }
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
            (&names.download_list_request, content.with_children(filters))
        }
        Asking::Download(storage_id) => {
            let id = element(&names.message_storage_id).with_text(storage_id);
            let content = element(&names.download_criteria).with_child(id);
            (&names.download_request, content)
        }
        Asking::CheckConnectivity(text) => {
            let content = element(&names.echo_content).with_text(text);
            (&names.check_connectivity_request, content)
        }
    };
    let request = element(name).with_children([header, content]);
    soap::envelope(profile.soap_version.into(), Vec::new(), vec![request])
}
