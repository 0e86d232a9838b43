// SPDX-License-Identifier: Apache-2.0
//! `silta build`: the request of an operation, into a file.

mod tls;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::{
    Blob, BuildInput,
    exchange::{Attachment, Request, SecretHeader, Target},
    observe::hexadecimal,
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::{Failure, Places},
    files::{self, Output},
    host,
    output::{facts, pretty_json, printable},
};
use tls::Tls;

/// Arguments of `silta build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// Agency, such as `tulli`.
    agency: String,
    /// Operation, such as `upload`; `silta describe` lists them.
    operation: String,
    #[command(flatten)]
    config: ConfigurationFile,
    /// Parameters of the operation, a file with one JSON object; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    params: PathBuf,
    #[command(flatten)]
    delivered: Delivered,
    /// The next step of the last outcome, for operations that take several exchanges.
    #[arg(long, value_name = "TEXT")]
    step: Option<String>,
    /// Where to write the body of the request. An existing file is replaced once the new one is whole; `-` is standard output, and what is shown
    /// goes to standard error then.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show the request as JSON; `silta parse --request-json` takes it.
    #[arg(long)]
    json: bool,
}

/// What an operation is given beside its parameters.
#[derive(Debug, Args)]
pub(crate) struct Delivered {
    /// What is to be delivered, where the operation delivers something.
    #[arg(long, value_name = "FILE")]
    pub(super) payload: Option<PathBuf>,
    /// A file that goes along, where the operation takes such; may be repeated.
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The cursor of the last outcome, for operations that poll.
    #[arg(long, value_name = "TEXT")]
    pub(super) cursor: Option<String>,
}

impl Delivered {
    /// Reads the payload, and then the attachments.
    ///
    /// # Errors
    /// A file cannot be read, or is too large.
    pub(crate) fn read(&self) -> Result<(Option<Blob>, Vec<Attachment>), Failure> {
        let read = |path: &PathBuf| files::read_blob(path, LARGEST_CONTENT);
        let payload = self.payload.as_ref().map(read).transpose()?;
        let attachments = self.attach.iter();
        let attachments = attachments.map(|path| Ok(attachment(path, read(path)?)));
        Ok((payload, attachments.collect::<Result<_, Failure>>()?))
    }
}

impl BuildArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Builds, writes the body, shows the rest.
pub(crate) fn run(arguments: &BuildArguments) -> Result<Completion, Failure> {
    // Beside what follows: identifiers and signatures need it. It has ended when this has.
    let _gathering = silta::gather_entropy();
    // Files first: reading them costs nothing, compiling the component does.
    let config = arguments.config.path()?;
    let input = input(arguments)?;
    let served = host::serve(&config, &arguments.agency)?;
    let places = Places {
        parameters: Some(&arguments.params),
        payload: arguments.delivered.payload.as_deref(),
        ..Places::of_configuration(&config, &arguments.agency)
    };
    let request = served
        .agency
        .build(input)
        .map_err(|error| places.explain(error))?;
    let role = request.tls_role.as_deref();
    let tls = Tls::of(&served.config, &arguments.agency, role);
    deliver(arguments, &request, &tls)?;
    Ok(Completion::Done)
}

/// The report has the memo, without which the answer cannot be understood: a body that nobody was told of is not left behind.
fn deliver(arguments: &BuildArguments, request: &Request, tls: &Tls<'_>) -> Result<(), Failure> {
    let body = Output::prepare(&arguments.out, &request.body)?;
    let report = match arguments.json {
        true => pretty_json(&as_json(arguments, request, tls))?,
        false => printable(&as_text(arguments, request, tls)),
    };
    body.finish_told(&report)
}

/// Parameters are a page of JSON; a larger file is another file.
pub(crate) const LARGEST_PARAMETERS: u64 = 1 << 20;

/// What memory can reasonably hold. How much an operation takes is the component's to say.
pub(crate) const LARGEST_CONTENT: u64 = 1 << 30;

fn input(arguments: &BuildArguments) -> Result<BuildInput, Failure> {
    let parameters = files::read_text(&arguments.params, LARGEST_PARAMETERS)?;
    let (payload, attachments) = arguments.delivered.read()?;
    Ok(BuildInput {
        operation: arguments.operation.clone(),
        parameters,
        payload,
        attachments,
        cursor: arguments.delivered.cursor.clone(),
        step: arguments.step.clone(),
        next_secret_of: None,
    })
}

pub(crate) fn attachment(path: &Path, content: Blob) -> Attachment {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Attachment {
        media_type: media_type(&name).to_owned(),
        name: name.into_owned(),
        content,
    }
}

/// By the extension; the kinds of files that agencies take.
fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => "text/csv",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        "txt" => "text/plain",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xml" => "application/xml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn as_json(arguments: &BuildArguments, request: &Request, tls: &Tls<'_>) -> Value {
    let target = match &request.target {
        Target::Http(http) => json!({"kind": "http", "method": http.method, "url": http.url}),
        Target::Smtp(smtp) => {
            json!({"kind": "smtp", "sender": smtp.sender, "recipients": smtp.recipients})
        }
    };
    let header = |(name, value): &(String, String)| json!({"name": name, "value": value});
    let secret = |header: &SecretHeader| json!({"name": header.name, "prefix": header.prefix, "role": header.role});
    let mut shown = json!({
        "agency": arguments.agency,
        "operation": arguments.operation,
        "target": target,
        "headers": request.headers.iter().map(header).collect::<Vec<_>>(),
        "timeoutMilliseconds": u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
        "reference": request.reference,
        "tlsRole": request.tls_role,
        "tls": tls.as_json(),
        "keepBytes": request.keep_bytes,
        "memo": request.memo,
        "body": {
            "file": arguments.out.display().to_string(),
            "size": request.body.size(),
            "sha256": hexadecimal(&request.body.sha256()),
        },
    });
    if let Some(members) = shown.as_object_mut() {
        if !request.secret_headers.is_empty() {
            let secrets = request.secret_headers.iter().map(secret).collect();
            members.insert("secretHeaders".to_owned(), secrets);
        }
        if let Some(step) = &arguments.step {
            members.insert("step".to_owned(), step.as_str().into());
        }
    }
    shown
}

fn as_text(arguments: &BuildArguments, request: &Request, tls: &Tls<'_>) -> String {
    let target = match &request.target {
        Target::Http(http) => format!("{} {}", http.method, http.url),
        Target::Smtp(smtp) => format!(
            "mail from <{}> to <{}>",
            smtp.sender,
            smtp.recipients.join(">, <")
        ),
    };
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {value}"));
    let secrets = request.secret_headers.iter();
    let secrets = secrets.map(|header| {
        format!(
            "{}: {}[the secret `{}`]",
            header.name, header.prefix, header.role
        )
    });
    let headers: Vec<String> = headers.chain(secrets).collect();
    let keep_bytes = if request.keep_bytes {
        "yes: after an unknown outcome send these very bytes again"
    } else {
        "no"
    };
    let [role, certificate, key, anchors] = tls.facts();
    facts(&[
        ("target", target),
        ("headers", headers.join("\n")),
        ("timeout", format!("{} s", request.timeout.as_secs_f64())),
        ("reference", request.reference.clone()),
        role,
        certificate,
        key,
        anchors,
        ("keep bytes", keep_bytes.to_owned()),
        ("memo", request.memo.clone()),
        ("body", arguments.out.display().to_string()),
        ("size", format!("{} bytes", request.body.size())),
        ("SHA-256", hexadecimal(&request.body.sha256())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_have_a_name_without_folder_and_a_media_type() {
        let attachment = attachment(Path::new("a/b/Reply.PDF"), Blob::empty());
        assert_eq!(attachment.name, "Reply.PDF");
        assert_eq!(attachment.media_type, "application/pdf");
        assert_eq!(media_type("README"), "application/octet-stream");
    }
}
