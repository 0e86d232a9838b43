// SPDX-License-Identifier: Apache-2.0
//! What Customs sends, read by the protocol of its component, without the sandbox around it.

mod answer;
mod archive;
mod call;
mod parameters;
mod reply;

use std::net::Ipv4Addr;

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use agency_http::AnswerError;
use canonical_xml::{Document, Encoding, Limits, LoadError, ReadError};
use roxmltree::Node;
use tulli::wire::{MessageInformation, ReplySignature, Settings};

use crate::document;
use crate::memory::Memory;
use crate::peer;

/// Largest document and text, as the component has it.
const LARGEST: usize = 8 << 20;

/// What has been read, or why it has not.
type Body = Result<Document<'static>, ReadError>;

/// Panics unless what is taken for a message of Customs is one, as another parser sees it too, and what goes out because of it can be
/// read again.
///
/// The first byte tells what an input is: `{` parameters with a cursor and a time, `/` the head of a call, `P` an archive. All else is a
/// document, and is taken in turn for the answer of each operation, for a call, for an application response and for what such a one holds.
pub fn check(input: &[u8]) {
    match input.first() {
        Some(b'{') => parameters::check(input),
        Some(b'/') => call::check_head(input),
        Some(b'P') => archive::check(input),
        _ => check_document(&document::of(input)),
    }
}

fn check_document(bytes: &[u8]) {
    let body = load(bytes);
    let text = peer::prepared(bytes);
    let other = text.as_deref().map(roxmltree::Document::parse);
    // The other parser wants `xml` declared for elements; that it refuses nothing else that is accepted is for the reader's own check.
    let other = other.and_then(Result::ok);
    // In another encoding, it sees another text.
    let is_utf8 = |body: &Document<'_>| body.encoding() == Encoding::Utf8;
    let other = other.filter(|_| body.as_ref().map_or(true, is_utf8));
    let other = other.as_ref().map(roxmltree::Document::root_element);
    for settings in [Settings::usual(), strict()] {
        answer::check(&settings, (bytes, &body), other);
        call::check(&settings, (bytes, &body), other);
    }
    reply::check(bytes, &body, other);
}

/// The document as the component has it: long texts stay in the source.
fn load(bytes: &[u8]) -> Body {
    let limits = Limits {
        bytes: LARGEST,
        text_length: LARGEST,
        ..Limits::default()
    };
    Document::load(&Memory(bytes), &limits).map_err(|error| match error {
        LoadError::Read(error) => error,
        LoadError::Source(never) => match never {},
    })
}

/// Settings of an operator who leaves nothing open.
fn strict() -> Settings {
    let mut settings = Settings::usual();
    settings.reply.signature = ReplySignature::Required;
    settings.list.window_minutes = u32::MAX;
    settings.list.overlap_minutes = 0;
    settings.notification.source_addresses = vec![Ipv4Addr::new(192, 0, 2, 1).into()];
    let wire = &mut settings.wire;
    wire.service_namespace = Some("http://tulli.fi/schema/corporateservice/v1".into());
    wire.notification_namespace = Some("http://tulli.fi/schema/notificationservice/v1".into());
    wire.application_namespace = Some("http://tulli.fi/schema/external/common/dme/v1".into());
    wire.list_filters = vec!["MessageType".into(), "DeclarantBusinessId".into()];
    settings
}

/// Whoever has to mend it is told where and what.
fn check_error(error: &AnswerError) {
    assert!(!error.code.is_empty(), "{error:?}");
    assert!(!error.path.is_empty(), "{error:?}");
    assert!(!error.message.is_empty(), "{error:?}");
}

/// A message that can be fetched has a key that cannot be mistaken for two.
fn check_waiting(information: &MessageInformation) {
    let id = information.storage_id.as_deref().unwrap_or_default();
    assert!(!id.is_empty());
    assert!(
        !id.contains(|character: char| character.is_whitespace() || character.is_control()),
        "{id:?}"
    );
}

/// What is noted of a message is what the element says, in its order.
fn check_information(information: &MessageInformation, element: Node<'_, '_>) {
    let fields = &information.fields;
    let children: Vec<_> = children(element).collect();
    assert_eq!(fields.len(), children.len());
    for ((name, content), child) in fields.iter().zip(children) {
        assert_eq!(name, child.tag_name().name());
        if !child.has_children() || child.children().all(|inner| inner.is_text()) {
            assert_eq!(*content, trimmed(child));
        }
    }
}

fn children<'a, 'i>(element: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    element.children().filter(Node::is_element)
}

/// The children of this local name, in this namespace if there is one.
fn named<'a, 'i>(parent: Node<'a, 'i>, namespace: Option<&str>, local: &str) -> Vec<Node<'a, 'i>> {
    let is_meant = |child: &Node<'_, '_>| {
        let name = child.tag_name();
        let is_in = |namespace| name.namespace().unwrap_or_default() == namespace;
        name.name() == local && namespace.is_none_or(is_in)
    };
    children(parent).filter(is_meant).collect()
}

/// The one of them, which must be alone.
fn only<'a, 'i>(parent: Node<'a, 'i>, namespace: Option<&str>, local: &str) -> Node<'a, 'i> {
    match named(parent, namespace, local).as_slice() {
        [alone] => *alone,
        found => panic!("{} times {local} were taken for one", found.len()),
    }
}

/// The content of a SOAP body.
fn soap_body<'a, 'i>(envelope: Node<'a, 'i>) -> Node<'a, 'i> {
    only(envelope, envelope.tag_name().namespace(), "Body")
}

fn trimmed(element: Node<'_, '_>) -> String {
    peer::text_of(element).trim().to_owned()
}

/// The bytes that a text is the base64 of, white space aside; `None` if it is no base64, or of nothing.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let dense: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .collect();
    STANDARD
        .decode(dense)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}
