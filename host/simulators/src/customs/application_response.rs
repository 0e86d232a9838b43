// SPDX-License-Identifier: Apache-2.0
//! The ApplicationResponse document (technical guide 2015, table 16 [seed p16]; names and order are guesses).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::answer::now;
use super::mailbox::Message;
use super::wire::WireNames;
use crate::xml::escape;

/// The document without a signature: what the message is, and its blocks of content.
pub(super) fn write(wire: &WireNames, environment: &str, message: &Message) -> String {
    let reply = &message.reply;
    let fields: String = [
        (&wire.message_storage_id, Some(message.storage_id.as_str())),
        (&wire.declarant_business_id, reply.declarant.as_deref()),
        (&wire.message_builder_business_id, reply.builder.as_deref()),
        (&wire.application, reply.application.as_deref()),
        (&wire.environment, Some(environment)),
        (&wire.timestamp, Some(now().as_str())),
        (&wire.reference, reply.reference.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(element(name, &escape(value?))))
    .collect();
    let blocks: String = message
        .blocks()
        .map(|(format, bytes)| {
            let format = element(&wire.content_format, format);
            let content = element(&wire.content, &STANDARD.encode(bytes));
            element(&wire.application_content, &format!("{format}{content}"))
        })
        .collect();
    let namespace = escape(&wire.application_namespace);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ar:ApplicationResponse xmlns:ar=\"{namespace}\">{fields}{blocks}</ar:ApplicationResponse>"
    )
}

/// The document with one byte of the reply in it changed: the last one of a text, so that it stays well-formed
/// XML if it was that.
pub(super) fn tampered(document: &str, message: &Message) -> String {
    let mut changed = message.reply.xml.clone();
    let is_end_of_text = |pair: &[u8]| matches!(pair, [text, b'<'] if text.is_ascii_alphanumeric());
    let place = changed
        .windows(2)
        .rposition(is_end_of_text)
        .unwrap_or_default();
    if let Some(byte) = changed.get_mut(place) {
        *byte = if *byte == b'X' { b'Y' } else { b'X' };
    }
    let (from, to) = (
        STANDARD.encode(&message.reply.xml),
        STANDARD.encode(changed),
    );
    document.replacen(&from, &to, 1)
}

fn element(name: &str, content: &str) -> String {
    format!("<ar:{name}>{content}</ar:{name}>")
}
