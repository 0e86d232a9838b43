// SPDX-License-Identifier: Apache-2.0
//! The operation DownloadList (technical guide 2015, table 2 [seed p21–23]).

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use roxmltree::Node;

use super::answer::Writer;
use super::call::Call;
use super::codes::Finding;
use super::delivery_queue::DeliveryQueue;
use super::fields::{self, FieldError, filled, timestamp};
use super::inspection::{Inspection, Refusal};
use super::mailbox::Message;
use super::misbehaviour::Misbehaviour;
use super::setup::CustomsSetup;
use super::wire::WireNames;
use crate::finland;
use crate::xml::{Children, plain_text};

const CRITERIA: &str = "DownloadMessageListFilteringCriteria";

/// Gives lists of what is waiting.
pub(super) struct Lists {
    interval: Duration,
    clock_tolerance: Duration,
    queue: Arc<DeliveryQueue>,
}

impl Lists {
    pub(super) fn new(setup: &CustomsSetup, queue: Arc<DeliveryQueue>) -> Self {
        Self {
            interval: setup.list_interval,
            clock_tolerance: setup.clock_tolerance,
            queue,
        }
    }

    /// Checks the request and lists what is waiting.
    pub(super) fn answer(
        &self,
        call: &Call<'_, '_>,
        inspection: &mut Inspection,
    ) -> Result<String, Refusal> {
        let wire = call.writer.wire;
        let parts = call.parts(CRITERIA);
        let (header, criteria) = parts.map_err(Refusal::because(Finding::RequestHeader))?;
        let customer = call.check_header(header, inspection)?;
        let criteria =
            Criteria::read(wire, criteria).map_err(Refusal::because(Finding::Criteria))?;
        inspection.passed("search-criteria");
        self.check_window(wire, &criteria)?;
        inspection.passed("search-window");
        let mailboxes = &self.queue.mailboxes;
        if !mailboxes.may_list(&customer, self.interval) {
            return Err(Refusal::message(
                Finding::TooFrequent,
                format!("the last list is less than {:?} old", self.interval),
            ));
        }
        inspection.passed("list-interval");
        let mut messages = mailboxes.between(&customer, criteria.start, criteria.end);
        messages.retain(|message| criteria.fits(wire, message));
        inspection.record.listed = Some(messages.len());
        let twice = inspection.record.misbehaviour == Some(Misbehaviour::ListTwice);
        Ok(list(call.writer, &criteria, &messages, twice))
    }

    /// The end may not lie before the start, nor in the future (guesses both; the first speaks for itself).
    fn check_window(&self, wire: &WireNames, criteria: &Criteria<'_>) -> Result<(), Refusal> {
        if criteria.end < criteria.start {
            return Err(Refusal::message(
                Finding::Criteria,
                "the search window ends before it starts",
            ));
        }
        let first = criteria.fields.first();
        let is_in_days = first.is_some_and(|(name, _)| *name == wire.start_date);
        // A window in days ends with the day that is still going on.
        let now = Timestamp::now();
        let latest = match is_in_days {
            true => last_of(now.to_zoned(finland::time_zone()).date()),
            false => now.checked_add(self.clock_tolerance).ok(),
        };
        if latest.is_some_and(|latest| criteria.end > latest) {
            return Err(Refusal::message(
                Finding::Criteria,
                "the search window ends in the future",
            ));
        }
        Ok(())
    }
}

/// `twice` lists every message two times over.
fn list(writer: Writer<'_>, criteria: &Criteria<'_>, messages: &[Message], twice: bool) -> String {
    let mut rest = writer.record(CRITERIA, &criteria.fields);
    for message in messages {
        let information = writer.record("MessageInformation", &message.information(writer.wire));
        rest += &information;
        if twice {
            rest += &information;
        }
    }
    rest
}

/// What is asked for.
struct Criteria<'a> {
    start: Timestamp,
    end: Timestamp,
    /// As asked, to be echoed.
    fields: Vec<(&'a str, String)>,
    filters: Vec<(&'a str, &'a str)>,
}

impl<'a> Criteria<'a> {
    /// Two times or two days, never mixed, the start first; then filters.
    fn read(wire: &'a WireNames, criteria: Node<'a, '_>) -> Result<Self, FieldError> {
        let namespace = wire.service_namespace.as_str();
        let mut children = Children::of(criteria)?;
        let mut fields = Vec::new();
        let (start, end) = match children.optional(namespace, &wire.start_timestamp) {
            Some(start) => {
                let end = children.required(namespace, &wire.end_timestamp)?;
                fields.push((wire.start_timestamp.as_str(), plain_text(start)?.to_owned()));
                fields.push((wire.end_timestamp.as_str(), plain_text(end)?.to_owned()));
                (timestamp(start)?, timestamp(end)?)
            }
            None => {
                let start = children.required(namespace, &wire.start_date)?;
                let end = children.required(namespace, &wire.end_date)?;
                fields.push((wire.start_date.as_str(), plain_text(start)?.to_owned()));
                fields.push((wire.end_date.as_str(), plain_text(end)?.to_owned()));
                (first_moment(start)?, last_moment(end)?)
            }
        };
        let mut filters = Vec::new();
        for name in &wire.list_filters {
            if let Some(filter) = children.optional(namespace, name) {
                let value = filled(filter)?;
                filters.push((name.as_str(), value));
                fields.push((name.as_str(), value.to_owned()));
            }
        }
        children.end()?;
        Ok(Self {
            start,
            end,
            fields,
            filters,
        })
    }

    fn fits(&self, wire: &WireNames, message: &Message) -> bool {
        let information = message.information(wire);
        self.filters.iter().all(|(name, wanted)| {
            information
                .iter()
                .any(|(field, value)| field == name && value == wanted)
        })
    }
}

fn first_moment(field: Node<'_, '_>) -> Result<Timestamp, FieldError> {
    day(field).and_then(|day| {
        let midnight = day.to_zoned(finland::time_zone()).ok();
        midnight
            .map(|midnight| midnight.timestamp())
            .ok_or_else(|| not_a_date(field))
    })
}

fn last_moment(field: Node<'_, '_>) -> Result<Timestamp, FieldError> {
    day(field).and_then(|day| last_of(day).ok_or_else(|| not_a_date(field)))
}

/// The last nanosecond of a day.
fn last_of(day: Date) -> Option<Timestamp> {
    let next = day
        .checked_add(1.day())
        .ok()?
        .to_zoned(finland::time_zone())
        .ok()?;
    next.timestamp().checked_sub(1.nanosecond()).ok()
}

/// `xs:date` without a zone, which is a Finnish day (Customs' guides for Intrastat and warehousing).
fn day(field: Node<'_, '_>) -> Result<Date, FieldError> {
    let text = plain_text(field)?;
    let has_shape = fields::matches_pattern(text, "0000-00-00");
    let day = has_shape.then(|| text.parse().ok()).flatten();
    day.ok_or_else(|| not_a_date(field))
}

fn not_a_date(field: Node<'_, '_>) -> FieldError {
    FieldError::Date(field.tag_name().name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_finnish() {
        let moments = |text: &str| {
            let source = format!("<d>{text}</d>");
            let document = roxmltree::Document::parse(&source).unwrap();
            let (first, last) = (
                first_moment(document.root_element()).ok()?,
                last_moment(document.root_element()).ok()?,
            );
            Some(format!("{first} {last}"))
        };
        assert_eq!(
            moments("2026-01-31").unwrap(),
            "2026-01-30T22:00:00Z 2026-01-31T21:59:59.999999999Z"
        );
        // The day on which summer time begins has 23 hours, the one on which it ends 25.
        assert_eq!(
            moments("2026-03-29").unwrap(),
            "2026-03-28T22:00:00Z 2026-03-29T20:59:59.999999999Z"
        );
        assert_eq!(
            moments("2026-10-25").unwrap(),
            "2026-10-24T21:00:00Z 2026-10-25T21:59:59.999999999Z"
        );
        for wrong in [
            "",
            "2026-02-30",
            "2026-1-1",
            "20260131",
            "2026-01-31Z",
            "9999-12-31",
        ] {
            assert!(moments(wrong).is_none(), "{wrong}");
        }
    }
}
