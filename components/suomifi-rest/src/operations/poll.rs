// SPDX-License-Identifier: Apache-2.0
//! What has happened: a page of events, on from the cursor. A page that is not empty says that more may wait.

use agency_guest::{
    BuildInput, Problem, ToEvent, UnreadableEntries,
    exports::{envelope::Request, message::Outcome},
    imports::{
        clock,
        facts::{Event as ContractEvent, FollowUp},
        ids,
        log::{self, Level},
    },
    json::{self, NoParameters},
    moment, sha256,
};
use agency_http::RetryClass;
use serde::{Deserialize, Serialize};
use serde_json::json;
use suomifi_messages::{DeliveryStatus, RestTransport, Transport, Unrecognized};

use super::{
    outcome::{Given, Judged, judge, outcome, unreadable},
    request::Draft,
};
use crate::{
    events::EventsRestarted,
    operation::Operation,
    wire::{
        Call, Event, EventType, OnInvalidCursor, Page, PageEntry, Remedy, Settings, encoded,
        read_page, redacted,
    },
};

/// Longest text of a time that goes along with a follow-up, in bytes: what is no time may be anything.
const LONGEST_TIME: usize = 64;

/// A listing under way.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Listing {
    /// Where the page begins; none is the oldest event that there is. Not in a memo, which may be too small for it.
    after: Option<String>,
    /// Whether it goes on from somewhere.
    is_going_on: bool,
    /// Pages that were read.
    pages: u32,
    /// Whether the list was begun anew.
    is_restarted: bool,
}

pub(crate) fn build(settings: &Settings, input: &BuildInput<'_>) -> Result<Request, Problem> {
    let NoParameters {} = json::parameters(&input.parameters)?;
    let listing = match &input.step {
        Some(step) => serde_json::from_str(step)
            .map_err(|_| agency_guest::internal("the step of a list cannot be read"))?,
        None => Listing {
            after: input.cursor.clone(),
            is_going_on: input.cursor.is_some(),
            ..Listing::default()
        },
    };
    let path = events_path(listing.after.as_deref());
    let memo = Listing {
        after: None,
        ..listing
    };
    Ok(Draft::get(path, ids::compact(), json::write(&memo)?)?.request(settings))
}

/// Path of the events behind a place in the list, or of the oldest.
pub(super) fn events_path(after: Option<&str>) -> String {
    match after {
        None => "/v2/events".to_owned(),
        Some(token) => format!("/v2/events?continuationToken={}", encoded(token)),
    }
}

pub(crate) fn parse(given: &Given<'_>) -> Result<Outcome, Problem> {
    let listing: Listing = match given.sending.memo.as_str() {
        "" => Listing::default(),
        _ => given.carried()?,
    };
    let judged = judge(given, Call::Events)?;
    if !judged.is_taken() {
        return refused(given, &listing, &judged);
    }
    let page = match read_page(&judged.body) {
        Ok(page) => page,
        Err(error) => return Ok(unreadable(given, judged, &error)),
    };
    let mut told = outcome(given, &judged);
    tell(given.settings, &page, &judged, &mut told)?;
    let pages = listing.pages.saturating_add(1);
    if !page.entries.is_empty() {
        if pages < given.settings.events.pages_per_run {
            told.next_step = Some(json::write(&Listing {
                after: Some(page.token.clone()),
                is_going_on: true,
                pages,
                is_restarted: listing.is_restarted,
            })?);
        } else {
            told.more_waits = true;
        }
    }
    told.cursor = Some(page.token);
    Ok(told)
}

/// A refusal; of the place in the list, where the list can be begun anew.
fn refused(given: &Given<'_>, listing: &Listing, judged: &Judged) -> Result<Outcome, Problem> {
    let told = outcome(given, judged);
    let is_place = judged.action.remedy == Remedy::Restart && listing.is_going_on;
    if !is_place || listing.is_restarted {
        return Ok(told);
    }
    let advice = "the service does not take the place in the list of events";
    if given.settings.events.on_invalid_cursor == OnInvalidCursor::Stop {
        let text = format!("{}; {advice}: begin without a cursor", told.text);
        return Ok(Outcome { text, ..told });
    }
    log::write(
        Level::Warning,
        "the service does not take the place in the list of events, which is begun anew",
    );
    let at = moment(clock::now())?;
    let data = EventsRestarted {
        at: at.clone(),
        advice:
            "events are kept for 60 days: if the list had not been read for so long, some are lost"
                .into(),
    };
    Ok(Outcome {
        class: RetryClass::Done.into(),
        text: format!("{}; {advice}, which is begun anew", told.text),
        events: vec![data.event(&at)?],
        next_step: Some(json::write(&Listing {
            is_restarted: true,
            pages: listing.pages,
            ..Listing::default()
        })?),
        ..told
    })
}

fn tell(
    settings: &Settings,
    page: &Page<'_>,
    judged: &Judged,
    outcome: &mut Outcome,
) -> Result<(), Problem> {
    let mut unreadable_entries = UnreadableEntries::default();
    for entry in &page.entries {
        match entry {
            PageEntry::Read(event) if event.kind == Some(EventType::FromEndUser) => {
                outcome.follow_ups.push(to_be_fetched(event));
            }
            PageEntry::Read(event) => outcome.events.push(told(settings, event, judged)?),
            PageEntry::Unreadable {
                position,
                text,
                error,
            } => {
                let event = unreadable_entries.event(*position, text, error)?;
                outcome.events.push(event);
            }
        }
    }
    Ok(())
}

/// The message of a citizen is fetched by an operation of its own, so that one that cannot be fetched holds up no others.
fn to_be_fetched(event: &Event) -> FollowUp {
    let time = event.time_text.as_deref();
    let time = time.filter(|time| time.len() <= LONGEST_TIME);
    let parameters = json!({
        "messageId": event.message_id.to_string(),
        "serviceId": event.service_id,
        "eventTime": time,
    });
    FollowUp {
        operation: Operation::FetchMessage.name().into(),
        parameters: parameters.to_string(),
        deduplication_key: format!("fetch-message/{}", event.message_id),
    }
}

fn told(settings: &Settings, event: &Event, judged: &Judged) -> Result<ContractEvent, Problem> {
    let is_kept = settings.events.store_personal_receipt_data;
    let metadata = match is_kept {
        true => event.metadata.clone(),
        false => redacted(event.metadata.clone()),
    };
    let transport = Transport::Rest(Box::new(RestTransport {
        kind: Some(event.type_text.clone()),
        event_time: event.time_text.clone(),
        metadata: Some(metadata),
        ..judged.transport()
    }));
    let name = match event.name() {
        Ok(name) => name,
        Err(text) => format!("{}/{}", event.message_id, sha256(text.as_bytes())?),
    };
    let message_id = Some(event.message_id.to_string());
    let about = event.external_id.as_deref();
    match event.kind.and_then(EventType::status) {
        Some(status) => DeliveryStatus {
            status,
            at: event.at.clone(),
            message_id,
            reference: event.external_id.clone(),
            service_id: event.service_id.clone(),
            recipient: None,
            acknowledged_by: event.confirmed_by.clone().filter(|_| is_kept),
            tracking_code: event.tracking_code.clone(),
            transport,
        }
        .event_about(&name, about),
        None => Unrecognized {
            message_id,
            reference: event.external_id.clone(),
            at: event.at.clone(),
            code: Some(event.type_text.clone()),
            advice: "the service has a type of event that this version does not know; it is kept as it came, and nothing follows from it"
                .into(),
            transport,
        }
        .event_about(&name, about),
    }
}
