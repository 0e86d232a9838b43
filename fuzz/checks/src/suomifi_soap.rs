// SPDX-License-Identifier: Apache-2.0
//! Calls of the Suomi.fi return channel, read by the protocol of its component, without the sandbox around it.

use std::fmt::Write as _;

use canonical_xml::{
    Canonicalization, Document, Encoding, Limits, LoadError, Method, ReadError, ReadErrorKind,
    Subset, canonicalize, to_bytes,
};
use roxmltree::Node;
use soap::{Content, Envelope, Version};
use suomifi_viestit::wire::{
    CallCode, CallContext, CustomerIds, ItemAnswer, ItemRefusal, ItemShape, ItemState, Message,
    NAMESPACE, Operation, Settings, Shape, StatusItem, fault, identity, message_limits, open,
    read_call, read_message, read_status, read_text, response,
};
use ws_security::Part;

use crate::document;
use crate::memory::{Gathered, Memory};
use crate::peer;

/// What has been read, or why it has not.
type Body = Result<Document<'static>, ReadError>;

/// Panics unless a call is read the same each time, and the same from its canonical form; what is taken for a Kohde is one, as another parser sees it too; refusals name a
/// code and a place; and whatever goes back can be read again, with a state for each Kohde.
pub fn check(input: &[u8]) {
    let bytes = document::of(input);
    for settings in [Settings::default(), strict()] {
        let body = load(&settings, &bytes);
        let told = tell(&settings, &bytes, &body);
        assert_eq!(told, tell(&settings, &bytes, &load(&settings, &bytes)));
        if let Ok(document) = &body
            && told.is_call
        {
            check_peer(document, &bytes, &told);
            check_written(&settings, (document, &bytes), &told);
        }
    }
}

/// Settings of an operator who leaves nothing open.
fn strict() -> Settings {
    let mut settings = Settings {
        shape: Shape::Strict,
        customer_ids: CustomerIds::Kept,
        ..Settings::default()
    };
    settings.messages.customer_required = false;
    settings.attachments.unique_names = true;
    settings.attachments.extensions.clear();
    settings.attachments.media_types.clear();
    settings.maxima.title = Some(10);
    settings.response.item_shape = ItemShape::Spec11;
    settings
}

/// The document as the component has it: long texts stay in the source.
fn load(settings: &Settings, bytes: &[u8]) -> Body {
    let limits = Limits {
        bytes: 1 << 20,
        ..message_limits(settings)
    };
    Document::load(&Memory(bytes), &limits).map_err(|error| match error {
        LoadError::Read(error) => error,
        LoadError::Source(never) => match never {},
    })
}

/// All that is read of a call.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    text: String,
    /// Whether it is a call of one of the operations.
    is_call: bool,
    operation: Option<Operation>,
    /// How many Kohde there are, where the call is in order.
    items: Option<usize>,
}

fn tell(settings: &Settings, bytes: &[u8], body: &Body) -> Told {
    let context = CallContext {
        charset: None,
        action: None,
        path: settings.notification.path.to_string(),
    };
    let opened = match open(settings, &context, body) {
        Ok(opened) => opened,
        Err(invalid) => {
            check_place(&invalid.error);
            let message = to_bytes(&fault(invalid.code, &invalid.error.message));
            check_fault(&message.unwrap_or_default());
            return Told {
                text: format!("{invalid:?}"),
                is_call: false,
                operation: None,
                items: None,
            };
        }
    };
    let mut text = format!("{opened:?}");
    let mut items = None;
    if let Ok(document) = body
        && let Ok(envelope) = Envelope::of(document)
        && let Some(called) = envelope.body().children().next()
    {
        let called = read_call(settings, opened.operation, Part::Unsigned(called));
        let call_id = called.authority.call_id.as_deref();
        let _ = write!(text, "{:?}", called.authority);
        match called.items {
            Ok(found) => {
                items = Some(found.len());
                tell_items(settings, opened.operation, bytes, &found, &mut text);
                check_answer(settings, opened.operation, call_id, &found);
            }
            Err(refusal) => {
                check_place(&refusal.error);
                assert_ne!(refusal.code, CallCode::SUCCEEDED);
                let _ = write!(text, "{refusal:?}");
            }
        }
    }
    Told {
        text,
        is_call: true,
        operation: Some(opened.operation),
        items,
    }
}

fn check_place(error: &agency_http::AnswerError) {
    assert!(!error.code.is_empty(), "{error:?}");
    assert!(!error.path.is_empty(), "{error:?}");
    assert!(!error.message.is_empty(), "{error:?}");
}

fn tell_items(
    settings: &Settings,
    operation: Operation,
    bytes: &[u8],
    items: &[Part<'_>],
    text: &mut String,
) {
    for item in items {
        match operation {
            Operation::Messages => match read_message(settings, *item) {
                Ok(message) => tell_message(bytes, &message, text),
                Err(refusal) => tell_refusal(&refusal, text),
            },
            Operation::Statuses => match read_status(settings, *item) {
                Ok(status) => tell_status(&status, text),
                Err(error) => {
                    check_place(&error);
                    let _ = write!(text, "{error:?}");
                }
            },
        }
    }
}

fn tell_refusal(refusal: &ItemRefusal, text: &mut String) {
    check_place(&refusal.error);
    assert_ne!(refusal.state, ItemState::STORED);
    let _ = write!(text, "{refusal:?}");
}

fn tell_message(bytes: &[u8], message: &Message<'_>, text: &mut String) {
    for customer in &message.customers {
        let id = customer.person_id();
        // What is an id, is one in the form that the register has.
        if let Some(id) = &id {
            assert!(
                is_in_its_form(id.expose()),
                "an id in another form than its own"
            );
        }
        let _ = write!(
            text,
            "{:?}{:?}{:?}{:?}{:?}",
            customer.id,
            customer.id_type,
            customer.mail,
            customer.mobile,
            id.map(|id| id.expose().to_owned())
        );
    }
    let whole = |part: Option<canonical_xml::Text<'_>>| {
        part.map(|part| match read_text(&Memory(bytes), part, u64::MAX) {
            Ok(read) => read,
            Err(never) => match never {},
        })
    };
    let _ = write!(
        text,
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{}",
        message.mailbox_id,
        message.references,
        message.title,
        message.sent,
        message.sender_name,
        whole(message.body),
        message.authority_addresses,
        message.unknown
    );
    for attachment in &message.attachments {
        // A name that may become that of a file leads nowhere.
        let name = attachment.name.as_deref().unwrap_or("a");
        assert!(!name.contains(['/', '\\']) && !matches!(name, "" | "." | ".."));
        assert!(!name.contains(char::is_control));
        let _ = write!(
            text,
            "{:?}{:?}{:?}{:?}{:?}{:?}{}",
            attachment.name,
            attachment.media_type,
            attachment.description,
            attachment.url,
            attachment.announced_kilobytes,
            whole(attachment.content),
            attachment.path()
        );
    }
}

/// Whether an id is written as its register writes it.
fn is_in_its_form(id: &str) -> bool {
    id.trim() == id && id.to_uppercase() == id && (9..=11).contains(&id.len())
}

fn tell_status(status: &StatusItem, text: &mut String) {
    assert!(status.status().is_none() || status.number().is_some());
    let customer = status.customer.as_ref();
    let _ = write!(
        text,
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        status.reference,
        customer.map(|customer| (customer.id.clone(), customer.id_type.clone())),
        status.mailbox_id,
        status.code,
        status.time,
        status.description,
        status.authority_addresses,
        status.title
    );
}

/// What goes back is a message with the call's id and a state for each Kohde.
fn check_answer(
    settings: &Settings,
    operation: Operation,
    call_id: Option<&str>,
    items: &[Part<'_>],
) {
    let identities: Vec<_> = items.iter().map(|item| identity(*item)).collect();
    let answers = identities.iter().map(|(mailbox_id, customers)| ItemAnswer {
        mailbox_id: mailbox_id.as_deref(),
        own_id: mailbox_id.as_deref(),
        customers,
        state: ItemState::STORED,
        description: "stored",
    });
    let answers: Vec<_> = answers.collect();
    let code = (CallCode::SUCCEEDED, "OK");
    let message = to_bytes(&response(settings, operation, code, call_id, &answers));
    assert!(message.is_ok(), "an answer that cannot be written");
    let message = message.unwrap_or_default();
    let text = String::from_utf8_lossy(&message);
    let other = roxmltree::Document::parse(&text);
    let states = other.iter().flat_map(roxmltree::Document::descendants);
    let named = |local: &str| states.clone().filter(is_named(local)).count();
    if operation == Operation::Messages {
        assert!(named("KohteenTila") >= items.len());
        assert_eq!(named("Kohde"), items.len());
        assert_eq!(named("KohdeMaara"), 1);
    }
    assert_eq!(named("TilaKoodi"), 2);
}

fn is_named<'a, 'i>(local: &str) -> impl Fn(&Node<'a, 'i>) -> bool {
    let local = local.to_owned();
    move |node| node.has_tag_name((NAMESPACE, local.as_str()))
}

fn check_fault(message: &[u8]) {
    let document = Document::parse(message, &Limits::default());
    let is_fault = document.is_ok_and(|document| {
        let envelope = Envelope::of(&document);
        envelope.is_ok_and(|envelope| {
            envelope.version() == Version::V11
                && matches!(envelope.content(), Ok(Content::Fault(_)))
        })
    });
    assert!(is_fault, "a refusal is no fault");
}

/// Another parser sees as many Kohde, in the one place where they belong.
fn check_peer(document: &Document<'_>, bytes: &[u8], told: &Told) {
    let (Some(count), Some(operation)) = (told.items, told.operation) else {
        return;
    };
    let text = peer::prepared(bytes);
    let other = text.as_deref().map(roxmltree::Document::parse);
    let Some(Ok(other)) = other.filter(|_| document.encoding() == Encoding::Utf8) else {
        return;
    };
    let named = |parent: Node<'_, '_>, local: &str| {
        let children = parent.children();
        let found = children.filter(|child| child.has_tag_name((NAMESPACE, local)));
        found.map(|child| child.id()).collect::<Vec<_>>()
    };
    let within = |parents: Vec<roxmltree::NodeId>, local: &str| {
        let nodes = parents.into_iter().filter_map(|id| other.get_node(id));
        nodes
            .flat_map(|node| named(node, local))
            .collect::<Vec<_>>()
    };
    let envelope = other.root_element();
    let soap = envelope
        .tag_name()
        .namespace()
        .unwrap_or_default()
        .to_owned();
    let body = envelope
        .children()
        .find(|child| child.has_tag_name((soap.as_str(), "Body")));
    let called = body.map(|body| named(body, operation.element()));
    let query = within(called.unwrap_or_default(), "Kysely");
    let list = within(query, "Kohteet");
    assert_eq!(within(list, "Kohde").len(), count);
}

/// Of the canonical form of a document the same is read.
fn check_written(settings: &Settings, (document, bytes): (&Document<'_>, &[u8]), told: &Told) {
    let subset = Subset::document(document).without_comments();
    let form = Canonicalization::new(Method::Exclusive);
    let mut written = Gathered::from(bytes);
    // What is in a namespace that is no absolute URI has no canonical form.
    if canonicalize(&subset, &form, &mut written).is_err() {
        return;
    }
    let written = written.octets;
    let body = load(settings, &written);
    if let Err(error) = &body {
        let is_limit = matches!(error.kind, ReadErrorKind::Limit { .. });
        assert!(is_limit, "a canonical form that cannot be read: {error}");
        return;
    }
    assert_eq!(tell(settings, &written, &body).text, told.text);
}
