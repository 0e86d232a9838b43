// SPDX-License-Identifier: Apache-2.0
//! VieKohdeTiloja: statuses of messages.

use agency_guest::{Problem, ToEvent, exports::notification::Verdict, imports::facts::Event};
use agency_http::AnswerError;
use suomifi_messages::{
    DeliveryStatus, ReturnChannelTransport, SoapReference, Transport, Unrecognized,
};
use ws_security::Part;

use super::{
    naming::{self, is_plain},
    origin::Origin,
};
use crate::wire::{self, CallCode, CallRefusal, StatusItem};

/// Answers a call. The operation's answer has no state for a Kohde, so that none is refused: what cannot be told becomes an event for somebody to look at.
pub(super) fn take(origin: &Origin<'_>, items: &[Part<'_>]) -> Result<Verdict, Problem> {
    let mut events: Vec<Event> = Vec::new();
    let (mut bytes, most) = (0, origin.settings.notification.largest_events_bytes);
    for item in items {
        let event = match wire::read_status(origin.settings, *item) {
            Ok(status) => told(origin, *item, &status)?,
            Err(error) => unreadable(origin, *item, &error)?,
        };
        // The same status twice in one call is one.
        let key = &event.deduplication_key;
        if !events.iter().any(|known| known.deduplication_key == *key) {
            bytes += event.data.len();
            events.push(event);
        }
        if bytes > most {
            return origin.refuse(too_large(most));
        }
    }
    let reply = origin.reply(CallCode::SUCCEEDED, "OK", &[])?;
    origin.accept(events, Vec::new(), &reply, &reply)
}

/// More than the host takes of one call.
fn too_large(most: usize) -> CallRefusal {
    let message = format!(
        "the texts of the call come to more than {most} bytes; send fewer Kohde at a time, or have the setting notification.largest-events-bytes raised"
    );
    CallRefusal {
        code: CallCode::PROCESSING,
        error: AnswerError::whole("call.too-large", message),
    }
}

fn told(origin: &Origin<'_>, item: Part<'_>, status: &StatusItem) -> Result<Event, Problem> {
    let reference = status.reference.clone();
    let reference = reference.filter(|reference| is_plain(reference));
    let about = reference.clone();
    let name = name(origin, item, status)?;
    let time = status.time.as_ref();
    let at = time.and_then(|time| Some(time.moment?.to_string()));
    let message_id = status.mailbox_id.clone();
    let is_named = message_id.is_some() || status.reference.is_some();
    match status.status().filter(|_| is_named) {
        Some(known) => DeliveryStatus {
            status: known,
            at,
            message_id,
            reference,
            service_id: origin.authority.service_id.clone(),
            recipient: recipient(status),
            acknowledged_by: None,
            tracking_code: None,
            transport: transport(origin, status),
        }
        .event_about(&name, about.as_deref()),
        None => Unrecognized {
            message_id,
            reference,
            at,
            code: status.code.clone(),
            advice: advice(status, is_named).into(),
            transport: transport(origin, status),
        }
        .event_about(&name, about.as_deref()),
    }
}

fn advice(status: &StatusItem, is_named: bool) -> &'static str {
    match (is_named, &status.code, status.number()) {
        (false, ..) => {
            "the status names no message: neither AsiointitiliTunniste nor ViranomaisTunniste is there; ask the service which one it is of"
        }
        (true, None, _) => "there is no KohteenTila; ask the service for the status of the message",
        (true, Some(_), None) => {
            "KohteenTila is no number; ask the service for the status of the message"
        }
        (true, Some(_), Some(_)) => {
            "KohteenTila is not one of the documented values of this operation (200, 202, 220, 230); look it up in the service's document"
        }
    }
}

fn recipient(status: &StatusItem) -> Option<suomifi_messages::Person> {
    let customer = status.customer.as_ref()?;
    customer.id.as_ref()?;
    Some(customer.person(None))
}

/// What tells a status from others: the message, the code and the time. The service's own id of the message is unique for each mailbox; ours is not, so that whose mailbox it is
/// takes part there, by a digest.
fn name(origin: &Origin<'_>, item: Part<'_>, status: &StatusItem) -> Result<String, Problem> {
    let message = match (&status.mailbox_id, &status.reference) {
        (Some(id), _) => naming::part(id)?,
        (None, Some(reference)) => {
            let customer = status.customer.as_ref();
            let customer = customer.and_then(|customer| customer.id.as_deref());
            let digest = naming::digest(&[reference, customer.unwrap_or_default()])?;
            format!("{}/{digest}", naming::part(reference)?)
        }
        (None, None) => return naming::content_digest(origin.source, item),
    };
    let code = naming::part(status.code.as_deref().unwrap_or("none"))?;
    let time = match &status.time {
        Some(time) => match time.moment {
            Some(moment) => moment.to_string(),
            None => naming::part(&time.written)?,
        },
        None => "none".into(),
    };
    Ok(format!("{message}/{code}/{time}"))
}

fn transport(origin: &Origin<'_>, status: &StatusItem) -> Transport {
    // A reference that no request of ours can have is kept here.
    let odd = status
        .reference
        .iter()
        .filter(|reference| !is_plain(reference));
    let references = odd.map(|reference| SoapReference {
        id: Some(reference.clone()),
        kind: Some("ViranomaisTunniste".into()),
    });
    let customer = status.customer.as_ref();
    Transport::ReturnChannel(Box::new(ReturnChannelTransport {
        authority_addresses: status.authority_addresses.clone(),
        references: references.collect(),
        code: status.number(),
        description: status.description.clone(),
        title: status.title.clone(),
        time: status.time.as_ref().map(|time| time.written.clone()),
        customer_mail: customer.and_then(|customer| customer.mail.clone()),
        customer_mobile: customer.and_then(|customer| customer.mobile.clone()),
        ..origin.transport()
    }))
}

/// A Kohde that cannot be read as one. The service is answered all the same: it has no way of being told which one it is.
fn unreadable(origin: &Origin<'_>, item: Part<'_>, error: &AnswerError) -> Result<Event, Problem> {
    let data = Unrecognized {
        message_id: None,
        reference: None,
        at: None,
        code: None,
        advice: format!(
            "a Kohde of VieKohdeTiloja cannot be read ({} at {}: {}); ask the service for the status of the message that it is of",
            error.code, error.path, error.message
        ),
        transport: Transport::ReturnChannel(Box::new(origin.transport())),
    };
    data.event(&naming::content_digest(origin.source, item)?)
}
