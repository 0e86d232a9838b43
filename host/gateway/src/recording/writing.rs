// SPDX-License-Identifier: Apache-2.0
//! The thread that seals recorded calls and writes them.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, SystemTime},
};

use serde_json::Value;
use silta::{observe::PerformedCall, time::Moment};
use silta_bundles::{Answer, Bundle, Content, Folder, Header};

use super::settings::RecordingSettings;
use crate::metrics::{RecordingCounts, RecordingOutcome};

/// How often bundles that are too old are looked for while none is written.
const TIDY: Duration = Duration::from_secs(3600);

/// Until nobody hands over any more.
pub(super) fn write_all(
    waiting: &Receiver<PerformedCall>,
    mut folder: Folder,
    settings: &RecordingSettings,
    counts: &RecordingCounts,
) {
    loop {
        let call = match waiting.recv_timeout(TIDY) {
            Ok(call) => call,
            Err(RecvTimeoutError::Timeout) => {
                counts.removed(folder.tidy(SystemTime::now()));
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let agency = call.call.agency.clone();
        match write(call, &mut folder, settings) {
            Ok(removed) => {
                counts.removed(removed);
                counts.ended(&agency, RecordingOutcome::Kept);
            }
            Err(error) => {
                counts.ended(&agency, RecordingOutcome::Failed);
                tracing::error!(target: "silta::record", agency, %error, "a call was not recorded; the call itself is not concerned. Look at record.folder");
            }
        }
    }
}

/// Seals a call and keeps it; how many others had to go.
fn write(
    call: PerformedCall,
    folder: &mut Folder,
    settings: &RecordingSettings,
) -> Result<u64, Box<dyn std::error::Error>> {
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
