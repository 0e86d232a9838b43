// SPDX-License-Identifier: Apache-2.0
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use serde_json::{Value, json};
use silta::time::Moment;
use silta_gateway::{Arrival, Inbox, InboxError, KnownKeys, Receipt};

use crate::{output::json_line, received, records::Records};

/// Writes each arrival as a line of JSON, and remembers in memory which ones it has written.
///
/// A reader that has stopped reading holds up whose records it reads and nobody else: what is known is known by agency, and nothing that another
/// agency needs is held while a record waits for its reader.
pub(crate) struct Journal {
    known: Mutex<BTreeMap<String, Arc<Mutex<KnownKeys>>>>,
    destination: Destination,
}

/// Where records go.
enum Destination {
    /// One after the other into standard output.
    Shared(Records),
    /// Each agency's into a file of its own.
    ByAgency(BTreeMap<String, Records>),
}

impl Journal {
    /// A journal on standard output.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn on_standard_output() -> io::Result<Self> {
        Ok(Self::at(Destination::Shared(
            Records::standard_output()?.synced(),
        )))
    }

    /// A journal in a folder, in the file `AGENCY.jsonl` of each agency, which is appended to. Each record is on disk before it counts.
    ///
    /// # Errors
    /// A file cannot be written to; its name, and why.
    pub(crate) fn in_folder<'a>(
        folder: &Path,
        agencies: impl Iterator<Item = &'a str>,
    ) -> Result<Self, (String, io::Error)> {
        let open = |agency: &str| {
            let name = journal_file(agency);
            let opened = Records::open(&folder.join(&name));
            let records = opened.map_err(|error| (name, error))?;
            Ok((agency.to_owned(), records.synced()))
        };
        let files = agencies.map(open).collect::<Result<_, _>>()?;
        Ok(Self::at(Destination::ByAgency(files)))
    }

    fn at(destination: Destination) -> Self {
        let known = Mutex::default();
        Self { known, destination }
    }

    fn records(&self, agency: &str) -> Result<&Records, InboxError> {
        match &self.destination {
            Destination::Shared(records) => Ok(records),
            Destination::ByAgency(files) => files
                .get(agency)
                .ok_or_else(|| InboxError::new("this agency has no file for its records")),
        }
    }

    fn known(&self, agency: &str) -> Arc<Mutex<KnownKeys>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(agency.to_owned()).or_default().clone()
    }
}

impl Inbox for Journal {
    /// Only what has been written is remembered: whoever reads the lines may have gone away, and then nothing has been received.
    fn commit(&self, arrival: Arrival) -> Result<Receipt, InboxError> {
        let agency = arrival.agency.clone();
        let known = self.known(&agency);
        // Held until the record is written, so that the same arrival cannot be written by another call meanwhile.
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(new) = known.unknown(arrival) else {
            return Ok(Receipt::Duplicate);
        };
        let records = self.records(&agency)?;
        records
            .append(&json_line(&record(&new)))
            .map_err(InboxError::new)?;
        known.remember(&new);
        Ok(Receipt::New)
    }

    fn check(&self, agency: &str) -> Result<(), InboxError> {
        self.records(agency)?.check().map_err(InboxError::new)
    }
}

/// Name of the file that the records of an agency go to.
pub(crate) fn journal_file(agency: &str) -> String {
    format!("{agency}.jsonl")
}

fn record(arrival: &Arrival) -> Value {
    let documents = arrival.documents.iter();
    json!({
        "agency": arrival.agency,
        "generation": arrival.generation,
        "at": timestamp(arrival.at),
        "operation": arrival.operation,
        "events": received::events_json(&arrival.events),
        "documents": documents.map(received::document_json).collect::<Vec<_>>(),
        "followUps": received::follow_ups_json(&arrival.follow_ups),
    })
}

/// RFC 3339, in UTC; empty for a time before the year 1 or after 9999.
fn timestamp(at: SystemTime) -> String {
    Moment::from_system_time(at).map_or_else(String::new, |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use silta::exchange::Event;

    use super::*;

    fn arrival(agency: &str, key: &str) -> Arrival {
        let event = Event {
            kind: "happened".into(),
            data: r#"{"a": 1}"#.into(),
            deduplication_key: key.into(),
            about: None,
        };
        Arrival {
            agency: agency.into(),
            generation: 3,
            at: SystemTime::UNIX_EPOCH,
            operation: "notify".into(),
            events: vec![event],
            documents: Vec::new(),
            follow_ups: Vec::new(),
        }
    }

    fn journal(folder: &Path) -> Journal {
        Journal::in_folder(folder, ["tulli", "vero"].into_iter()).unwrap()
    }

    #[test]
    fn arrivals_are_lines_of_json_in_the_file_of_their_agency() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        let commit = |agency, key| journal.commit(arrival(agency, key)).unwrap();
        assert_eq!(commit("tulli", "1"), Receipt::New);
        assert_eq!(commit("tulli", "1"), Receipt::Duplicate);
        assert_eq!(commit("tulli", "2"), Receipt::New);
        // Keys count for their agency.
        assert_eq!(commit("vero", "1"), Receipt::New);
        journal.commit(arrival("other", "1")).unwrap_err();
        let lines = |name: &str| -> Vec<Value> {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        };
        assert_eq!(lines("vero.jsonl").len(), 1);
        let lines = lines("tulli.jsonl");
        assert_eq!(lines.len(), 2);
        let expected = json!({
            "agency": "tulli",
            "generation": 3,
            "at": "1970-01-01T00:00:00Z",
            "operation": "notify",
            "events": [{"kind": "happened", "data": {"a": 1}, "deduplicationKey": "1"}],
            "documents": [],
            "followUps": [],
        });
        assert_eq!(lines[0], expected);
    }

    #[test]
    fn what_is_not_written_has_not_been_received() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        let file = folder.path().join("tulli.jsonl");
        fs::remove_file(&file).unwrap();
        journal.check("tulli").unwrap_err();
        journal.commit(arrival("tulli", "1")).unwrap_err();
        journal.commit(arrival("tulli", "1")).unwrap_err();
        journal.check("vero").unwrap();
        assert_eq!(journal.commit(arrival("vero", "1")).unwrap(), Receipt::New);
    }
}
