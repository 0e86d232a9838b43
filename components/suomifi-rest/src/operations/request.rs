// SPDX-License-Identifier: Apache-2.0
//! Requests: what all have, and bodies with secrets in them.

use agency_guest::{
    Blob, Fault, Problem,
    exports::envelope::{HttpTarget, Request, SecretHeader, Target},
    imports::{blobs, types::Header},
    internal, problem,
};
use agency_http::JSON;

use crate::{
    operation::TOKEN,
    wire::{AroundSecret, Flaw, Settings},
};

/// What a request has of its own.
pub(super) struct Draft {
    pub(super) method: &'static str,
    /// Path and query, behind the URL of the settings.
    pub(super) path: String,
    pub(super) body: blobs::Blob,
    /// Media type of the body; none for no body.
    pub(super) content_type: Option<String>,
    pub(super) reference: String,
    pub(super) memo: String,
    /// Whether the token goes along in a header field.
    pub(super) has_token: bool,
    /// Whether a repetition has to be of the same bytes.
    pub(super) keep_bytes: bool,
}

impl Draft {
    /// A question, with the token.
    pub(super) fn get(path: String, reference: String, memo: String) -> Result<Self, Problem> {
        Ok(Self {
            method: "GET",
            path,
            body: Blob::of(b"")?.into_handle()?,
            content_type: None,
            reference,
            memo,
            has_token: true,
            keep_bytes: false,
        })
    }

    /// JSON, with the token.
    pub(super) fn post(path: &str, body: blobs::Blob, reference: String, memo: String) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            body,
            content_type: Some(JSON.into()),
            reference,
            memo,
            has_token: true,
            keep_bytes: false,
        }
    }

    pub(super) fn request(self, settings: &Settings) -> Request {
        let header = |name: &str, value: &str| Header {
            name: name.into(),
            value: value.into(),
        };
        let content_type = self.content_type.iter();
        let content_type = content_type.map(|value| header("Content-Type", value));
        let headers = [header("Accept", JSON)].into_iter().chain(content_type);
        let authorization = self.has_token.then(|| SecretHeader {
            name: "Authorization".into(),
            prefix: settings.auth_scheme.prefix().into(),
            role: TOKEN.into(),
        });
        Request {
            target: Target::Http(HttpTarget {
                method: self.method.into(),
                url: format!("{}{}", settings.url, self.path),
            }),
            headers: headers.collect(),
            secret_headers: authorization.into_iter().collect(),
            body: self.body,
            timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
            reference: self.reference,
            tls_role: None,
            keep_bytes: self.keep_bytes,
            memo: self.memo,
        }
    }
}

/// A part of a body.
pub(super) enum Part<'a> {
    Text(&'a str),
    Secret(&'a str),
    NextSecret(&'a str),
}

/// A body with secrets in it, which the host puts in. Their form is such that they stand in JSON as they are.
pub(super) fn with_secrets(parts: &[Part<'_>]) -> Result<blobs::Blob, Problem> {
    let writer = blobs::Writer::new();
    for part in parts {
        let written = match part {
            Part::Text(text) => writer.write(text.as_bytes()),
            Part::Secret(role) => writer.append_secret(role),
            Part::NextSecret(role) => writer.append_next_secret(role),
        };
        written.map_err(unwritten)?;
    }
    writer.finish().map_err(unwritten)
}

/// The same with one secret.
pub(super) fn around_secret(around: &AroundSecret, role: &str) -> Result<blobs::Blob, Problem> {
    with_secrets(&[
        Part::Text(&around.before),
        Part::Secret(role),
        Part::Text(&around.after),
    ])
}

fn unwritten(error: blobs::BlobError) -> Problem {
    match error {
        blobs::BlobError::UnknownRole(role) => problem(
            Fault::Configuration,
            "secret.missing",
            format!("/secrets/{role}"),
            format!("there is no value for the secret `{role}`; add it to the agency's secrets"),
        ),
        _ => internal("a body could not be written"),
    }
}

/// What is wrong with the input, told to whoever has to mend it.
pub(super) fn refused(flaw: Flaw) -> Problem {
    let fault = match flaw.is_configuration {
        true => Fault::Configuration,
        false => Fault::Caller,
    };
    problem(fault, flaw.code, flaw.pointer, flaw.message)
}
