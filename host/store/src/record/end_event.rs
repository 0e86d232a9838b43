// SPDX-License-Identifier: Apache-2.0
use serde::Serialize;

use super::{arrival::Event, ids::OperationId, operation::End};

/// The data of the event.
#[derive(Serialize)]
struct Told<'a> {
    operation: u64,
    name: &'a str,
    code: &'a str,
    text: &'a str,
}

impl End {
    /// The kind of the event that says that an operation ended this way; none for one that is done, of which its component tells.
    pub fn event_kind(self) -> Option<&'static str> {
        match self {
            Self::Done => None,
            Self::Refused => Some("silta.operation-refused"),
            Self::GivenUp => Some("silta.operation-given-up"),
        }
    }
}

impl Event {
    /// The gateway's own event of an operation that ended badly, so that whoever reads only the inbox hears of it. Its data is
    /// `{"operation": 7, "name": "upload", "code": "…", "text": "…"}`: number and name of the operation, the agency's code or one of our own, and why, in
    /// words. The deduplication key is of the operation. `None` for one that is done.
    pub fn of_end(
        id: OperationId,
        name: &str,
        end: End,
        (code, text): (&str, &str),
    ) -> Option<Self> {
        let kind = end.event_kind()?;
        let told = Told {
            operation: id.0,
            name,
            code,
            text,
        };
        Some(Self {
            kind: kind.to_owned(),
            // Numbers and texts: there is nothing in it that JSON has not.
            data: serde_json::to_string(&told).unwrap_or_default(),
            deduplication_key: format!("silta.operation-{id}"),
            about: None,
        })
    }
}
