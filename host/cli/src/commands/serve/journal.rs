use std::{
    io::Write,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde_json::json;
use silta::time::Moment;
use silta_gateway::{Arrival, Inbox, InboxError, KnownKeys, Receipt};

use crate::received;

/// Writes each arrival as a line of JSON, and remembers in memory which ones it has written.
pub(super) struct Journal<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    known: KnownKeys,
    output: W,
}

impl<W: Write> Journal<W> {
    /// A journal that goes where `output` goes. That should not keep back anything once it has been written to.
    pub(super) fn new(output: W) -> Self {
        let known = KnownKeys::default();
        Self {
            state: Mutex::new(State { known, output }),
        }
    }
}

impl<W: Write + Send> Inbox for Journal<W> {
    /// Only what has been written is remembered: whoever reads the lines may have gone away, and then nothing has been received.
    fn commit(&self, arrival: &Arrival) -> Result<Receipt, InboxError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(new) = state.known.unknown(arrival) else {
            return Ok(Receipt::Duplicate);
        };
        let line = line(&new);
        let written = state.output.write_all(line.as_bytes());
        written
            .and_then(|()| state.output.flush())
            .map_err(InboxError::new)?;
        state.known.remember(&new);
        Ok(Receipt::New)
    }
}

fn line(arrival: &Arrival) -> String {
    let acceptance = &arrival.acceptance;
    let documents = acceptance.documents.iter();
    let line = json!({
        "agency": arrival.agency,
        "generation": arrival.generation,
        "at": timestamp(arrival.at),
        "operation": acceptance.operation,
        "events": received::events_json(&acceptance.events),
        "documents": documents.map(received::document_json).collect::<Vec<_>>(),
        "followUps": received::follow_ups_json(&acceptance.follow_ups),
    });
    format!("{line}\n")
}

/// RFC 3339, in UTC; empty for a time that nobody's clock shows.
fn timestamp(at: SystemTime) -> String {
    Moment::from_system_time(at).map_or_else(String::new, |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use std::io;

    use silta::{
        Blob,
        exchange::{Acceptance, Event, Reply},
    };

    use super::*;

    /// Takes what is written, unless it is told that it cannot.
    #[derive(Default)]
    struct Output {
        written: Vec<u8>,
        fails: bool,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.fails {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.written.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn arrival(key: &str) -> Arrival {
        let reply = Reply {
            status: 200,
            headers: Vec::new(),
            body: Blob::empty(),
        };
        let event = Event {
            kind: "happened".into(),
            data: r#"{"a": 1}"#.into(),
            deduplication_key: key.into(),
        };
        Arrival {
            agency: "tulli".into(),
            generation: 3,
            at: SystemTime::UNIX_EPOCH,
            acceptance: Acceptance {
                operation: "notify".into(),
                events: vec![event],
                documents: Vec::new(),
                follow_ups: Vec::new(),
                reply: reply.clone(),
                reply_to_duplicate: reply,
            },
        }
    }

    #[test]
    fn arrivals_are_lines_of_json() {
        let journal = Journal::new(Output::default());
        assert_eq!(journal.commit(&arrival("1")).unwrap(), Receipt::New);
        assert_eq!(journal.commit(&arrival("1")).unwrap(), Receipt::Duplicate);
        assert_eq!(journal.commit(&arrival("2")).unwrap(), Receipt::New);
        let written = journal.state.into_inner().unwrap().output.written;
        let text = String::from_utf8(written).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
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
    fn what_nobody_takes_has_not_been_received() {
        let journal = Journal::new(Output::default());
        journal.state.lock().unwrap().output.fails = true;
        journal.commit(&arrival("1")).unwrap_err();
        journal.state.lock().unwrap().output.fails = false;
        assert_eq!(journal.commit(&arrival("1")).unwrap(), Receipt::New);
    }
}
