// SPDX-License-Identifier: Apache-2.0
//! VieKohteita: what citizens write.

use agency_guest::{
    Problem, ToEvent, counterparty_problem,
    exports::notification::Verdict,
    imports::facts::{Event, ReceivedDocument},
    reject_with,
};
use suomifi_messages::{
    AttachedFile, CitizenMessage, ReturnChannelTransport, SoapReference, Thread, Transport,
};
use ws_security::Part;

use super::{
    attachments,
    naming::{self, is_plain},
    origin::Origin,
};
use crate::wire::{
    self, CallCode, Customer, ItemAnswer, ItemRefusal, ItemState, Message, ReferenceKind,
};

/// What a call has come to so far.
#[derive(Default)]
struct Taken {
    events: Vec<Event>,
    /// Bytes of their data.
    bytes: usize,
    documents: Vec<ReceivedDocument>,
    /// Our ids of the messages that are stored.
    ids: Vec<String>,
    answers: Vec<Answered>,
}

/// What becomes of a Kohde.
struct Answered {
    mailbox_id: Option<String>,
    customers: Vec<Customer>,
    outcome: Result<String, ItemRefusal>,
}

/// Answers a call Kohde by Kohde: a bad one fails no other. Where all are bad the call is rejected, though answered with TilaKoodi 0 and the state of each: it would be
/// accepted with nothing to store otherwise, and nobody here would ever learn that citizens' messages were turned away.
pub(super) fn take(origin: &Origin<'_>, items: &[Part<'_>]) -> Result<Verdict, Problem> {
    let mut taken = Taken::default();
    for item in items {
        let (mailbox_id, customers) = wire::identity(*item);
        let outcome = store(origin, *item, &mut taken)?;
        taken.answers.push(Answered {
            mailbox_id,
            customers,
            outcome,
        });
    }
    let reply = reply(origin, &taken.answers, ItemState::STORED)?;
    let refusals = taken.answers.iter().enumerate();
    let refusals =
        refusals.filter_map(|(index, answer)| Some((index, answer.outcome.as_ref().err()?)));
    if taken.ids.is_empty()
        && let Some((_, first)) = refusals.clone().next()
    {
        let error = &first.error;
        let message = format!(
            "none of the {} Kohde of the call is stored, and each is answered with its state; the first with {}: {} ({})",
            items.len(),
            first.state.number(),
            error.message,
            error.code
        );
        return reject_with(
            &reply,
            counterparty_problem("call.nothing-stored", error.path.clone(), message),
        );
    }
    for (index, refusal) in refusals {
        let state = refusal.state.number();
        origin.refused(index + 1, items.len(), state, &refusal.error);
    }
    let to_duplicate = self::reply(origin, &taken.answers, origin.settings.duplicate_state())?;
    origin.accept(taken.events, taken.documents, &reply, &to_duplicate)
}

fn reply(
    origin: &Origin<'_>,
    answers: &[Answered],
    stored: ItemState,
) -> Result<agency_http::Reply, Problem> {
    let items = answers.iter().map(|answer| {
        let (own_id, state, description) = match &answer.outcome {
            Ok(own_id) if stored == ItemState::STORED => {
                (Some(own_id.as_str()), stored, "The message is stored.")
            }
            Ok(own_id) => (
                Some(own_id.as_str()),
                stored,
                "A message with this AsiointitiliTunniste is stored already.",
            ),
            Err(refusal) => (None, refusal.state, refusal.error.message.as_str()),
        };
        ItemAnswer {
            mailbox_id: answer.mailbox_id.as_deref(),
            own_id,
            customers: &answer.customers,
            state,
            description,
        }
    });
    let items: Vec<_> = items.collect();
    origin.reply(CallCode::SUCCEEDED, "OK", &items)
}

/// Stores a Kohde, and gives our own id of it.
///
/// The inner error is the sender's, the outer one ours.
fn store(
    origin: &Origin<'_>,
    item: Part<'_>,
    taken: &mut Taken,
) -> Result<Result<String, ItemRefusal>, Problem> {
    let settings = origin.settings;
    let message = match wire::read_message(settings, item) {
        Ok(message) => message,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if message.unknown > 0 {
        origin.lines.warn(&format!(
            "{} elements of {} that nobody here knows were passed over",
            message.unknown,
            item.path()
        ));
    }
    // Without an id of the service's, what the message says is what tells it from others.
    let own_id = match &message.mailbox_id {
        Some(id) => naming::part(id)?,
        None => naming::content_digest(origin.source, item)?,
    };
    if taken.ids.contains(&own_id) {
        return Ok(Err(ItemRefusal::new(
            ItemState::EXISTS,
            "message.repeated",
            item.path(),
            "another Kohde of the same call has this AsiointitiliTunniste, or says the same, and is stored; this one is not",
        )));
    }
    let body = match body(origin, &message, item)? {
        Ok(body) => body,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let before = taken.documents.len();
    let files = attachments::decode(origin, &message.attachments, before)?;
    let files = match files {
        Ok(files) => files,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let most = settings.notification.largest_events_bytes;
    let room = most.saturating_sub(taken.bytes);
    let events = events(origin, &message, (&own_id, &body), &files.told, room)?;
    let Some((events, bytes)) = events else {
        return Ok(Err(ItemRefusal::new(
            ItemState::OTHER,
            "message.call-too-large",
            item.path(),
            format!(
                "with this one the texts of the call come to more than {most} bytes; send fewer at a time, or have the setting notification.largest-events-bytes raised"
            ),
        )));
    };
    taken.bytes += bytes;
    taken.events.extend(events);
    taken.documents.extend(files.documents);
    taken.ids.push(own_id.clone());
    Ok(Ok(own_id))
}

/// The events of a message and the bytes of their data: one for each customer, or one where there is none. `None` as soon as they have more than `room`, since one Kohde may name
/// any number of customers.
fn events(
    origin: &Origin<'_>,
    message: &Message<'_>,
    (own_id, body): (&str, &str),
    attachments: &[AttachedFile],
    room: usize,
) -> Result<Option<(Vec<Event>, usize)>, Problem> {
    let customers: Vec<_> = match message.customers.as_slice() {
        [] => vec![None],
        customers => customers.iter().map(Some).collect(),
    };
    let (mut events, mut bytes) = (Vec::new(), 0);
    for customer in &customers {
        let name = match customer {
            // One id of the service's, several mailboxes. Never their owners' ids themselves.
            Some(customer) if customers.len() > 1 => {
                let id = customer.id.as_deref().unwrap_or_default();
                format!("{own_id}/{}", naming::digest(&[own_id, id])?)
            }
            _ => own_id.to_owned(),
        };
        let told = event(origin, message, (own_id, body), *customer, attachments);
        let thread = told.thread.as_ref();
        let reference = thread.and_then(|thread| thread.reference.as_deref());
        let event = told.event_about(&name, reference)?;
        bytes += event.data.len();
        if bytes > room {
            return Ok(None);
        }
        events.push(event);
    }
    Ok(Some((events, bytes)))
}

/// KuvausTeksti, wherever it lies.
fn body(
    origin: &Origin<'_>,
    message: &Message<'_>,
    item: Part<'_>,
) -> Result<Result<String, ItemRefusal>, Problem> {
    let Some(text) = message.body else {
        return Ok(Ok(String::new()));
    };
    let most = origin.settings.messages.largest_text_bytes;
    let Some(body) = wire::read_text(origin.source, text, most)? else {
        return Ok(Err(ItemRefusal::new(
            ItemState::OTHER,
            "message.text-too-long",
            format!("{}/KuvausTeksti", item.path()),
            format!(
                "KuvausTeksti has more than {most} bytes; whoever runs the receiver can raise the setting messages.largest-text-bytes"
            ),
        )));
    };
    let field = (
        origin.settings.maxima.body,
        Some(body.as_str()),
        "KuvausTeksti",
        "body",
    );
    let checked = wire::check_lengths(|| item.path(), &[field]);
    Ok(checked.map(|()| body))
}

fn event(
    origin: &Origin<'_>,
    message: &Message<'_>,
    (own_id, body): (&str, &str),
    customer: Option<&Customer>,
    attachments: &[AttachedFile],
) -> CitizenMessage {
    let sent = message.sent.as_ref();
    let message_id = message.mailbox_id.as_deref().unwrap_or(own_id);
    CitizenMessage {
        message_id: message_id.to_owned(),
        service_id: origin.authority.service_id.clone(),
        sent_at: sent.and_then(|sent| Some(sent.moment?.to_string())),
        sender: customer.map(|customer| customer.person(message.sender_name.as_deref())),
        agent: None,
        title: message.title.clone(),
        body: body.to_owned(),
        thread: thread(message),
        attachments: attachments.to_vec(),
        transport: Transport::ReturnChannel(Box::new(ReturnChannelTransport {
            authority_addresses: message.authority_addresses.clone(),
            references: references(message),
            sender_name: message.sender_name.clone(),
            time: sent.map(|sent| sent.written.clone()),
            customer_mail: customer.and_then(|customer| customer.mail.clone()),
            customer_mobile: customer.and_then(|customer| customer.mobile.clone()),
            ..origin.transport()
        })),
    }
}

fn references(message: &Message<'_>) -> Vec<SoapReference> {
    let references = message.references.iter();
    references
        .map(|reference| SoapReference {
            id: reference.id.clone(),
            kind: reference.kind.clone(),
        })
        .collect()
}

/// The first reference of a kind.
fn first(message: &Message<'_>, kind: ReferenceKind) -> Option<String> {
    let mut references = message.references.iter();
    let found = references.find(|reference| reference.of_kind() == Some(kind))?;
    found.id.clone()
}

fn thread(message: &Message<'_>) -> Option<Thread> {
    let thread = Thread {
        reference: thread_reference(message),
        message_id: first(message, ReferenceKind::Mailbox),
    };
    let is_said = thread.reference.is_some() || thread.message_id.is_some();
    is_said.then_some(thread)
}

/// Our reference of the message that is answered. One that no request of ours can have stays with the fields of the interface.
fn thread_reference(message: &Message<'_>) -> Option<String> {
    first(message, ReferenceKind::Authority).filter(|reference| is_plain(reference))
}
