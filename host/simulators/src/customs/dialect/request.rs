// SPDX-License-Identifier: Apache-2.0
//! A request of a dialect, judged, and put into the form that the operations read.

use roxmltree::{Document, Node};

use super::super::answer::now;
use super::super::operation::Operation;
use super::super::soap;
use super::super::wire::WireNames;
use super::{Dialect, Message, MessageForm, Name, Place, told};
use crate::business_id::BusinessId;
use crate::xml::{self, escape};

/// A request that is not in order.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Misread {
    /// No SOAP, or no operation of the service: for whoever reads the form of the simulator to say why.
    Unknown,
    /// SOAPAction is that of another operation, or none.
    SoapAction,
    /// Not valid by the package.
    Invalid(String),
}

/// The request in the form of `wire`. What the package has no place for and the operations demand is put in: the caller's business id, the time.
pub(in super::super) fn read(
    dialect: &dyn Dialect,
    wire: &WireNames,
    body: &[u8],
    (caller, soap_action): (Option<&BusinessId>, Option<&[u8]>),
) -> Result<String, Misread> {
    let document = xml::parse(body).map_err(|_| Misread::Unknown)?;
    let request =
        soap::content(&document, soap::ENVELOPE_NAMESPACE).map_err(|_| Misread::Unknown)?;
    let known = Operation::ALL.into_iter().find_map(|operation| {
        let form = dialect.form(Message::Request(operation))?;
        is(request, &form.element).then_some((operation, form))
    });
    let documents = known.map_or(0, |(operation, _)| {
        usize::from(operation == Operation::Upload)
    });
    if let Some(told) = told(&dialect.violations(body, documents)) {
        return Err(Misread::Invalid(told));
    }
    let (operation, form) = known.ok_or_else(|| {
        let name = request.tag_name().name();
        Misread::Invalid(format!("{name}: this is no request of the package"))
    })?;
    if soap_action != Some(format!("\"{}\"", form.soap_action).as_bytes()) {
        return Err(Misread::SoapAction);
    }
    check_headers(&document, form)?;
    let asked = Asked { request, form };
    let intermediary = caller.map_or("", BusinessId::as_str);
    let header = asked.element("intermediary", &wire.intermediary_business_id, intermediary)
        + &asked.element("timestamp", &wire.timestamp, &now());
    let content = format!(
        "<RequestHeader>{header}</RequestHeader>{}",
        asked.content(wire, operation)
    );
    let (namespace, name) = (escape(&wire.service_namespace), operation.request());
    Ok(format!(
        "<e:Envelope xmlns:e=\"{}\"><e:Body><{name} xmlns=\"{namespace}\">{content}</{name}></e:Body></e:Envelope>",
        soap::ENVELOPE_NAMESPACE
    ))
}

/// What a request says.
struct Asked<'a, 'i> {
    request: Node<'a, 'i>,
    form: &'a MessageForm,
}

impl Asked<'_, '_> {
    fn content(&self, wire: &WireNames, operation: Operation) -> String {
        match operation {
            Operation::Upload => {
                self.element("application-request", "ApplicationRequestMessage", "")
            }
            Operation::Download => format!(
                "<DownloadMessageFilteringCriteria>{}</DownloadMessageFilteringCriteria>",
                self.element("storage-id", &wire.message_storage_id, "")
            ),
            Operation::CheckConnectivity => self.element("echo", &wire.echo_content, ""),
            Operation::DownloadList => {
                let criteria = [
                    ("start-timestamp", &wire.start_timestamp),
                    ("end-timestamp", &wire.end_timestamp),
                    ("start-date", &wire.start_date),
                    ("end-date", &wire.end_date),
                ];
                let criteria = criteria.map(|(value, name)| {
                    let said = text(self.request, &self.form.places, value);
                    said.map_or_else(String::new, |said| element(name, &said))
                });
                format!(
                    "<DownloadMessageListFilteringCriteria>{}</DownloadMessageListFilteringCriteria>",
                    criteria.concat()
                )
            }
        }
    }

    /// An element with what is said, or otherwise this.
    fn element(&self, value: &str, name: &str, otherwise: &str) -> String {
        let said = text(self.request, &self.form.places, value);
        element(name, said.as_deref().unwrap_or(otherwise))
    }
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The schema says nothing of header blocks that are missing.
fn check_headers(document: &Document<'_>, form: &MessageForm) -> Result<(), Misread> {
    let is_header = |node: &Node<'_, '_>| node.has_tag_name((soap::ENVELOPE_NAMESPACE, "Header"));
    let header = document.root_element().children().find(is_header);
    let has =
        |name: &Name| header.is_some_and(|header| header.children().any(|block| is(block, name)));
    match form.headers.iter().find(|name| !has(name)) {
        None => Ok(()),
        Some((_, local)) => Err(Misread::Invalid(format!(
            "/Envelope/Header: the header block {local} is missing, which the binding demands"
        ))),
    }
}

/// Whether a node is an element of this name.
pub(super) fn is(node: Node<'_, '_>, (namespace, local): &Name) -> bool {
    let name = node.tag_name();
    node.is_element() && name.name() == local && name.namespace().unwrap_or_default() == namespace
}

/// The element at the end of a way, or the one whose attribute that is: of several the first.
pub(super) fn at<'a, 'i>(root: Node<'a, 'i>, place: &Place) -> Option<Node<'a, 'i>> {
    let steps = place.way.len() - usize::from(place.is_attribute);
    let mut steps = place.way.iter().take(steps);
    steps.try_fold(root, |node, step| {
        node.children().find(|child| is(*child, step))
    })
}

/// What is said there.
pub(super) fn text(root: Node<'_, '_>, places: &[Place], value: &str) -> Option<String> {
    let place = places.iter().find(|place| place.value == value)?;
    let element = at(root, place)?;
    if !place.is_attribute {
        // A comment is no text, and no signature covers it.
        let texts = element.children().filter(|child| child.is_text());
        return Some(texts.filter_map(|text| text.text()).collect());
    }
    let (namespace, local) = place.way.last()?;
    let mut attributes = element.attributes();
    let found = attributes.find(|attribute| {
        attribute.name() == local && attribute.namespace().unwrap_or_default() == namespace
    });
    found.map(|attribute| attribute.value().to_owned())
}
