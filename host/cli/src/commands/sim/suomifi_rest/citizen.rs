// SPDX-License-Identifier: Apache-2.0
//! Citizens' messages in files.

use std::path::Path;

use serde::Deserialize;
use silta_simulators::suomifi_rest::{Attachment, CitizenMessage, Party};

use crate::{failure::Failure, files};

/// What stands in the file; nothing else may.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Message {
    service_id: String,
    sender: Person,
    on_behalf: Option<Person>,
    title: String,
    body: String,
    #[serde(default)]
    attachments: Vec<File>,
    reply_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    /// Relative to the folder of the message.
    file: String,
    media_type: String,
}

/// A text has 40 000 characters at most.
const LARGEST_MESSAGE: u64 = 1 << 20;

/// What an answer of the service can hold, as gateways have it.
const LARGEST_ATTACHMENT: u64 = 10 << 20;

/// Reads a message, and the files that go with it.
pub(super) fn read(path: &Path) -> Result<CitizenMessage, Failure> {
    let text = files::read_text(path, LARGEST_MESSAGE)?;
    // Line and column only: the library's own words may quote what is personal.
    let message: Message = serde_json::from_str(&text).map_err(|error| {
        let path = path.display().to_string();
        let message = format!(
            "{path}:{}:{}: is no citizen's message; it has serviceId, sender {{id, name}}, title and body, and may have onBehalf {{id, name}}, replyTo, attachments [{{file, mediaType}}]",
            error.line(),
            error.column()
        );
        Failure::caller("sim.deposit", path, &message)
    })?;
    let folder = files::folder_of(path);
    let attachments = message.attachments.iter().map(|file| {
        let path = folder.join(&file.file);
        let bytes = files::read_blob(&path, LARGEST_ATTACHMENT)?.to_vec();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Attachment::new(name, file.media_type.clone(), bytes))
    });
    let attachments = attachments.collect::<Result<_, Failure>>()?;
    let party = |person: Person| Party::new(person.id, person.name);
    let (sender, title) = (party(message.sender), message.title);
    let mut read = CitizenMessage::new(message.service_id, sender, title, message.body);
    read.on_behalf = message.on_behalf.map(party);
    read.attachments = attachments;
    read.reply_to = message.reply_to;
    Ok(read)
}
