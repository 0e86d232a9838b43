// SPDX-License-Identifier: Apache-2.0
use std::{thread, time::Duration};

use silta_store::record::{Entry, MOST_ROWS, Position};

use super::{Completion, FollowArguments, acknowledge, report};
use crate::{
    failure::Failure,
    output::{deliver_bytes, json_line, printable},
    store::{self, failed},
};

/// Between two looks whether anything was committed.
const PAUSE: Duration = Duration::from_millis(100);

/// Entries that are read at once.
const PAGE: u32 = if MOST_ROWS < 100 { MOST_ROWS } else { 100 };

/// Until it is ended, or has shown as many as were asked for.
pub(super) fn run(arguments: &FollowArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let mut after = Position(arguments.selection.after);
    let mut left = arguments.count.unwrap_or(u64::MAX);
    let mut seen = None;
    while left > 0 {
        // Before the look: what is committed meanwhile makes for another one.
        let version = store.version().map_err(|error| failed(&error))?;
        if seen == Some(version) {
            thread::sleep(PAUSE);
            continue;
        }
        let listing = arguments.selection.listing(after, PAGE);
        let entries = store.list(&listing).map_err(|error| failed(&error))?;
        if entries.is_empty() {
            seen = Some(version);
        }
        for entry in entries {
            if left == 0 {
                break;
            }
            tell(&store, &entry, arguments.json)?;
            if arguments.acknowledge {
                acknowledge(&store, entry.position)?;
            }
            after = entry.position;
            left -= 1;
        }
    }
    Ok(Completion::Done)
}

/// A reader that has gone ends it: what nobody reads is not acknowledged.
fn tell(store: &silta_store::SqliteVisitor, entry: &Entry, json: bool) -> Result<(), Failure> {
    let text = match json {
        true => json_line(&report::as_json(store, entry)?),
        false => printable(&report::as_line(entry)),
    };
    deliver_bytes(text.as_bytes())
}
