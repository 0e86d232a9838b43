// SPDX-License-Identifier: Apache-2.0
//! Which entries a receiver gets.

use silta_store::record::Entry;

/// Which entries of the inbox somebody gets; all, where nothing is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Those of these agencies; of all, where there is none.
    pub agencies: Vec<String>,
    /// Those that have an event of one of these kinds; with any events or none, where there is none.
    pub kinds: Vec<String>,
}

impl EntryFilter {
    /// Whether an entry is among them.
    pub fn takes(&self, entry: &Entry) -> bool {
        let is_of_agency = self.agencies.is_empty() || self.agencies.contains(&entry.agency);
        is_of_agency
            && (self.kinds.is_empty()
                || entry
                    .received
                    .events
                    .iter()
                    .any(|event| self.kinds.contains(&event.kind)))
    }
}

#[cfg(test)]
mod tests {
    use silta_store::record::{Delivery, Event, Position, Provenance, Received, Source};

    use super::*;

    fn entry(agency: &str, kinds: &[&str]) -> Entry {
        let events = kinds.iter().map(|kind| Event {
            kind: (*kind).to_owned(),
            ..Event::default()
        });
        Entry {
            position: Position(1),
            agency: agency.to_owned(),
            received: Received {
                operation: "o".to_owned(),
                source: Source::Call,
                provenance: Provenance::default(),
                at: Default::default(),
                committed: Default::default(),
                events: events.collect(),
                documents: Vec::new(),
                follow_ups: Vec::new(),
                trace: None,
            },
            delivery: Delivery::default(),
        }
    }

    #[test]
    fn what_is_not_named_does_not_count() {
        let filter = |agencies: &[&str], kinds: &[&str]| EntryFilter {
            agencies: agencies.iter().map(|it| (*it).to_owned()).collect(),
            kinds: kinds.iter().map(|it| (*it).to_owned()).collect(),
        };
        for (filter, takes) in [
            (filter(&[], &[]), [true, true, true]),
            (filter(&["a"], &[]), [true, false, true]),
            (filter(&[], &["x"]), [true, false, false]),
            (filter(&["b"], &["x"]), [false, false, false]),
            (filter(&["b"], &["z", "y"]), [false, true, false]),
        ] {
            let entries = [entry("a", &["w", "x"]), entry("b", &["y"]), entry("a", &[])];
            assert_eq!(
                entries.map(|entry| filter.takes(&entry)),
                takes,
                "{filter:?}"
            );
        }
    }
}
