// SPDX-License-Identifier: Apache-2.0
//! `silta submit`: an operation, queued by a gateway that serves.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use silta::{Blob, exchange::Attachment, observe::hexadecimal};
use silta_gateway::platform::PlatformRequest;

use super::{Completion, build};
use crate::{
    api::{Api, encoded},
    failure::Failure,
    files,
    output::{print, print_json},
};

/// Arguments of `silta submit`.
#[derive(Debug, Args)]
pub(crate) struct SubmitArguments {
    /// Agency, by the name of its table in the configuration of the gateway.
    agency: String,
    /// Operation, such as `upload`; `silta describe` lists them.
    operation: String,
    #[command(flatten)]
    api: Api,
    /// Parameters of the operation, a file with one JSON object; `-` for standard input. Without it, `{}`.
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// What is to be delivered, where the operation delivers something.
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// A file that goes along, where the operation takes such; may be repeated.
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The same request under the same key is queued once, however often it is sent.
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
    /// Operations of a conversation go one after the other.
    #[arg(long, value_name = "NAME")]
    conversation: Option<String>,
    /// It is not carried out before this moment, such as 2027-01-31T09:00:00+02:00.
    #[arg(long, value_name = "MOMENT")]
    not_before: Option<String>,
    /// Show the answer as JSON.
    #[arg(long)]
    json: bool,
}

impl SubmitArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &SubmitArguments) -> Result<Completion, Failure> {
    let form = form(arguments)?;
    let path = format!(
        "/v1/agencies/{}/operations/{}",
        encoded(&arguments.agency),
        encoded(&arguments.operation)
    );
    let boundary = form.boundary();
    let mut headers = vec![(
        "Content-Type".to_owned(),
        format!("multipart/form-data; boundary={boundary}"),
    )];
    if let Some(key) = &arguments.idempotency_key {
        let escaped = key.replace('\\', r"\\").replace('"', r#"\""#);
        headers.push(("Idempotency-Key".to_owned(), format!("\"{escaped}\"")));
    }
    let answer = arguments.api.ask(PlatformRequest {
        method: "POST".to_owned(),
        path,
        headers,
        body: form.body(&boundary),
    })?;
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (arguments.json, told.get("id")) {
        (true, _) => print_json(&told)?,
        (false, Some(id)) => print(&format!(
            "queued as operation {id}; `silta operations show {id}` tells how far it has come\n"
        ))?,
        (false, None) => print("queued\n")?,
    }
    Ok(Completion::Done)
}

/// Parts of a form: what stands in the head of each beside its name, and its content.
pub(super) struct Form(pub(super) Vec<(String, Blob)>);

fn form(arguments: &SubmitArguments) -> Result<Form, Failure> {
    let parameters = match &arguments.params {
        Some(path) => files::read_text(path, build::LARGEST_PARAMETERS)?,
        None => "{}".to_owned(),
    };
    let plain = |name: &str| format!("form-data; name=\"{name}\"");
    let mut parts = vec![(plain("parameters"), parameters.into_bytes().into())];
    for (name, text) in [
        ("conversation", &arguments.conversation),
        ("notBefore", &arguments.not_before),
    ] {
        if let Some(text) = text {
            parts.push((plain(name), text.clone().into_bytes().into()));
        }
    }
    if let Some(path) = &arguments.payload {
        let payload = files::read_blob(path, build::LARGEST_CONTENT)?;
        parts.push((plain("payload"), payload));
    }
    for path in &arguments.attach {
        let Attachment {
            name,
            media_type,
            content,
        } = build::attachment(path, files::read_blob(path, build::LARGEST_CONTENT)?);
        // As browsers write it (RFC 7578 §4.2 leaves it to them).
        let name = name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        let head = format!(
            "form-data; name=\"attachment\"; filename=\"{name}\"\r\nContent-Type: {media_type}"
        );
        parts.push((head, content));
    }
    Ok(Form(parts))
}

impl Form {
    /// A digest of everything: no content has it in it.
    pub(super) fn boundary(&self) -> String {
        let digests = self.0.iter().map(|(_, content)| content.sha256());
        let digests: Vec<u8> = digests.flatten().collect();
        hexadecimal(&Blob::from(digests).sha256())
    }

    /// The body, with the contents shared.
    pub(super) fn body(&self, boundary: &str) -> Blob {
        let mut segments = Vec::new();
        let mut first = "";
        for (head, content) in &self.0 {
            let head = format!("{first}--{boundary}\r\nContent-Disposition: {head}\r\n\r\n");
            segments.extend(Blob::from(head.into_bytes()).to_segments());
            segments.extend(content.to_segments());
            first = "\r\n";
        }
        let end = format!("\r\n--{boundary}--\r\n");
        segments.extend(Blob::from(end.into_bytes()).to_segments());
        segments.into()
    }
}
