// SPDX-License-Identifier: Apache-2.0
//! The thread that seals recorded calls and writes them.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use silta::{observe::PerformedCall, time::Moment};
use silta_bundles::{Answer, Bundle, Content, Folder, Header, Tidied};

use super::settings::RecordingSettings;
use crate::metrics::{RecordingCounts, RecordingOutcome};

/// How often bundles that are too old are looked for, and those of other processes.
const TIDY: Duration = Duration::from_secs(600);

/// Until nobody hands over any more.
pub(super) fn write_all(
    waiting: &Receiver<PerformedCall>,
    mut folder: Folder,
    settings: &RecordingSettings,
    counts: &RecordingCounts,
) {
    let mut removing = Removing::default();
    let mut tidied: Option<Instant> = None;
    loop {
        let since = tidied.map_or(TIDY, |at| at.elapsed());
        if since >= TIDY {
            removing.told(folder.tidy(SystemTime::now()), counts);
            tidied = Some(Instant::now());
            continue;
        }
        let call = match waiting.recv_timeout(TIDY.saturating_sub(since)) {
            Ok(call) => call,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let agency = call.call.agency.clone();
        match write(call, &mut folder, settings) {
            Ok(tidied) => {
                removing.told(tidied, counts);
                counts.ended(&agency, RecordingOutcome::Kept);
            }
            Err(error) => {
                counts.ended(&agency, RecordingOutcome::Failed);
                tracing::error!(target: "silta::record", agency, %error, "a call was not recorded; the call itself is not concerned. Look at record.folder");
            }
        }
    }
}

/// Bundles that had to go.
#[derive(Default)]
struct Removing {
    /// The last could not be removed, which is told once.
    is_failing: bool,
}

impl Removing {
    fn told(&mut self, tidied: Tidied, counts: &RecordingCounts) {
        counts.removed(tidied.removed);
        match tidied.failed {
            Some(error) if !self.is_failing => {
                tracing::error!(target: "silta::record", %error, "recorded calls that have to go cannot be removed, and are kept longer than record.keep-days; nothing is recorded while there is no room. Look at record.folder");
                self.is_failing = true;
            }
            Some(_) => {}
            None => self.is_failing = false,
        }
    }
}

/// Seals a call and keeps it; which others had to go.
fn write(
    call: PerformedCall,
    folder: &mut Folder,
    settings: &RecordingSettings,
) -> Result<Tidied, Box<dyn std::error::Error>> {
    let name = format!(
        "{}-{}",
        plain(&call.call.agency),
        plain(&call.call.operation)
    );
    let header = Header {
        function: call.function.to_owned(),
        at: Moment::from_system_time(call.at).map_or_else(String::new, |at| at.to_string()),
        generation: call.call.generation,
        component: call.served_by.component,
        version: call.served_by.version,
        revision: call.served_by.revision,
        contract: settings.contract.clone(),
        result: result(&call.result).to_owned(),
        agency: call.call.agency,
        operation: call.call.operation,
        ..Header::default()
    };
    let answers = call.answers.into_iter().map(|it| Answer {
        function: it.function,
        arguments: it.arguments,
        answer: it.answer,
    });
    let content = Content {
        settings: call.settings,
        limits: serde_json::to_value(&call.limits)?,
        arguments: call.arguments,
        answers: answers.collect(),
        result: call.result,
    };
    let bundle = Bundle::seal(header, &content, &settings.key)?;
    Ok(folder.keep(&name, &bundle.to_bytes(), SystemTime::now())?)
}

/// What came of it, in a word.
fn result(result: &Value) -> &str {
    result
        .get("tag")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A name as part of that of a file.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let plain = name.chars().map(|c| if is_plain(c) { c } else { '_' });
    plain.take(64).collect()
}
