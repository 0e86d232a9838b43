// SPDX-License-Identifier: Apache-2.0
//! From parameters to requests.

use agency_guest::{
    Blob, BuildInput, Fault, Problem,
    exports::envelope::{HttpTarget, Request, Target},
    imports::{
        blobs::{self, BlobError},
        ids, log,
        types::Header,
    },
    internal,
    json::{self, NoParameters},
    problem, read_settings,
};
use agency_http::JSON;

use crate::{
    describe::{CALLBACK, CLIENT, Operation, RegisterParameters, ReplaceParameters},
    wire::{LONGEST_MEMO, Settings},
};

pub(super) fn build(operation: Operation, input: BuildInput<'_>) -> Result<Request, Problem> {
    let settings: Settings = read_settings()?;
    let wire = &settings.wire;
    let parameters = &input.parameters;
    match operation {
        Operation::RegisterPush => {
            let parameters: RegisterParameters = json::parameters(parameters)?;
            let url = &parameters.callback_url;
            let (secret, memo) = match url.is_empty() {
                true => (None, "end"),
                false => {
                    check_callback(url, "; an empty one ends the push")?;
                    (Some(SentSecret::InForce), "begin")
                }
            };
            register(&settings, url, secret, memo)
        }
        Operation::ReplaceCallbackSecret => {
            let parameters: ReplaceParameters = json::parameters(parameters)?;
            let url = &parameters.callback_url;
            if url.is_empty() {
                return Err(wrong_callback("the URL is empty, and that would end the push instead; name the URL that is registered".into()));
            }
            check_callback(url, "")?;
            register(&settings, url, Some(SentSecret::Next), "replace")
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

/// Which secret goes along with a registration.
#[derive(Clone, Copy)]
enum SentSecret {
    /// The one that calls repeat now.
    InForce,
    /// The one that is to replace it.
    Next,
}

/// A registration, or its end without a secret. The secret is put in by the host; it is in base64, so that it is JSON as it stands.
fn register(
    settings: &Settings,
    url: &str,
    secret: Option<SentSecret>,
    memo: &str,
) -> Result<Request, Problem> {
    let names = &settings.wire;
    let unwritten = |_| internal("the registration could not be written");
    let mut head = format!("{{{}:{}", quoted(&names.callback_url)?, quoted(url)?);
    let writer = blobs::Writer::new();
    if let Some(secret) = secret {
        head.push_str(&format!(",{}:\"", quoted(&names.secret)?));
        writer.write(head.as_bytes()).map_err(unwritten)?;
        match secret {
            SentSecret::InForce => {
                let appended = writer.append_secret(CALLBACK);
                appended.map_err(|_| missing_secret())?;
            }
            SentSecret::Next => {
                let appended = writer.append_next_secret(CALLBACK);
                appended.map_err(|error| match error {
                    BlobError::UnknownRole(_) => no_next_secret(),
                    other => unwritten(other),
                })?;
            }
        }
        head = "\"".into();
    }
    head.push('}');
    writer.write(head.as_bytes()).map_err(unwritten)?;
    let body = writer.finish().map_err(unwritten)?;
    let line = ("POST", &*names.register_push_path);
    request(settings, line, Some(body), memo.into())
}

/// A URL that can be called, and ends as the requirements have it; not within a query. What an empty one is, `advice` tells.
fn check_callback(url: &str, advice: &str) -> Result<(), Problem> {
    https_url::check_base(url).map_err(|error| wrong_callback(format!("{error}{advice}")))?;
    if !url.ends_with("/Notify/v1") || url.len() > LONGEST_URL {
        return Err(wrong_callback(format!(
            "the URL has to end with /Notify/v1 and have at most {LONGEST_URL} characters{advice}"
        )));
    }
    Ok(())
}

fn wrong_callback(message: String) -> Problem {
    problem(Fault::Caller, "parameter.invalid", "/callbackUrl", message)
}

pub(super) fn missing_secret() -> Problem {
    let message = "no secret is configured for the role `callback`; add it to the agency's secrets";
    secret_problem("secret.missing", message)
}

/// A build alone makes no next value: whoever carries the operation out has it made, and kept, first.
fn no_next_secret() -> Problem {
    let message = "there is no new value for the secret `callback`: the host makes and keeps one when it carries the operation out, and needs a place for it; configure `secrets-folder` and a first value, and have the operation sent";
    secret_problem("secret.not-rotatable", message)
}

fn secret_problem(code: &str, message: &str) -> Problem {
    let path = format!("/secrets/{CALLBACK}");
    problem(Fault::Configuration, code, path, message)
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
        None => Blob::of(b"")?.into_handle()?,
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
