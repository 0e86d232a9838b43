// SPDX-License-Identifier: Apache-2.0
//! From parameters to requests.

use agency_guest::{
    BlobWriter, BuildInput, Fault, Problem,
    exports::envelope::{HttpTarget, Request, Target},
    imports::{blobs, ids, log, types::Header},
    internal, json, problem, read_settings,
};
use agency_http::JSON;

use crate::{
    describe::{CALLBACK, CLIENT, NoParameters, Operation, RegisterParameters},
    wire::{LONGEST_MEMO, Settings},
};

pub(super) fn build(operation: Operation, input: BuildInput<'_>) -> Result<Request, Problem> {
    let settings: Settings = read_settings()?;
    let wire = &settings.wire;
    let parameters = &input.parameters;
    match operation {
        Operation::RegisterPush => {
            let parameters: RegisterParameters = json::parameters(parameters)?;
            let (body, memo) = registration(&settings, &parameters)?;
            request(
                &settings,
                ("POST", &wire.register_push_path),
                Some(body),
                memo,
            )
        }
        Operation::ListNotifications => {
            let NoParameters {} = json::parameters(parameters)?;
            list(&settings, &wire.list_notifications_path, String::new())
        }
        Operation::ListSubscriptions => {
            let NoParameters {} = json::parameters(parameters)?;
            // What was seen last, so that only what has changed is an event.
            let memo = input.cursor.filter(|cursor| {
                let fits = cursor.len() <= LONGEST_MEMO as usize;
                if !fits {
                    let line = format!(
                        "what the last list told of subscriptions has {} bytes, and {LONGEST_MEMO} can be carried: all of them are told again",
                        cursor.len()
                    );
                    log::write(log::Level::Warning, &line);
                }
                fits
            });
            list(
                &settings,
                &wire.list_subscriptions_path,
                memo.unwrap_or_default(),
            )
        }
    }
}

/// Longest URL that is registered.
const LONGEST_URL: usize = 2048;

fn list(settings: &Settings, path: &str, memo: String) -> Result<Request, Problem> {
    request(settings, (&settings.wire.list_method, path), None, memo)
}

/// The body, and what it is about: a registration, or its end. The secret is put in by the host; it is in base64, so that it is JSON as it stands.
fn registration(
    settings: &Settings,
    parameters: &RegisterParameters,
) -> Result<(blobs::Blob, String), Problem> {
    let url = &parameters.callback_url;
    if !url.is_empty() {
        check_callback(url).map_err(|message| {
            problem(Fault::Caller, "parameter.invalid", "/callbackUrl", message)
        })?;
    }
    let mut head = format!(
        "{{{}:{}",
        quoted(&settings.wire.callback_url)?,
        quoted(url)?
    );
    let writer = blobs::Writer::new();
    let unwritten = |_| internal("the registration could not be written");
    let memo = if url.is_empty() {
        "end"
    } else {
        head.push_str(&format!(",{}:\"", quoted(&settings.wire.secret)?));
        writer.write(head.as_bytes()).map_err(unwritten)?;
        writer
            .append_secret(CALLBACK)
            .map_err(|_| missing_secret())?;
        head = "\"".into();
        "begin"
    };
    head.push('}');
    writer.write(head.as_bytes()).map_err(unwritten)?;
    Ok((writer.finish().map_err(unwritten)?, memo.into()))
}

/// A URL that can be called, and ends as the requirements have it; not within a query.
fn check_callback(url: &str) -> Result<(), String> {
    https_url::check_base(url).map_err(|error| format!("{error}; an empty URL ends the push"))?;
    if !url.ends_with("/Notify/v1") || url.len() > LONGEST_URL {
        return Err(format!(
            "the URL has to end with /Notify/v1 and have at most {LONGEST_URL} characters; an empty one ends the push"
        ));
    }
    Ok(())
}

pub(super) fn missing_secret() -> Problem {
    let message = "no secret is configured for the role `callback`; add it to the agency's secrets";
    problem(
        Fault::Configuration,
        "secret.missing",
        format!("/secrets/{CALLBACK}"),
        message,
    )
}

fn quoted(text: &str) -> Result<String, Problem> {
    json::write(&text)
}

fn request(
    settings: &Settings,
    (method, path): (&str, &str),
    body: Option<blobs::Blob>,
    memo: String,
) -> Result<Request, Problem> {
    let header = |(name, value): (&str, &str)| Header {
        name: name.into(),
        value: value.into(),
    };
    let own = settings.wire.headers.iter();
    let mut headers: Vec<Header> = own
        .map(|(name, value)| header((name, value)))
        .chain([header(("Accept", JSON))])
        .collect();
    let body = match body {
        Some(body) => {
            headers.push(header(("Content-Type", JSON)));
            body
        }
        None => BlobWriter::new().finish()?.into_handle()?,
    };
    Ok(Request {
        target: Target::Http(HttpTarget {
            method: method.into(),
            url: format!("{}{path}", settings.url),
        }),
        headers,
        secret_headers: Vec::new(),
        body,
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        reference: ids::compact(),
        tls_role: Some(CLIENT.into()),
        // The same registration again does no harm, and the secret may have been replaced meanwhile.
        keep_bytes: false,
        memo,
    })
}
