// SPDX-License-Identifier: Apache-2.0
//! Secrets that are obtained, rotated, put into header fields or used as keys.

use agency_guest::{
    Problem,
    exports::envelope::{Request, SecretHeader},
    imports::{blobs, secrets},
};

use super::{
    request,
    trespass::{report_secret, sealed},
};
use crate::{
    host::{blob_of, report_blob},
    parameters::Parameters,
};

type Done = Result<Request, Problem>;
type Payload<'a> = Option<&'a blobs::Blob>;

pub(super) fn authenticate(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let (empty, role) = (blob_of(b"")?, &parameters.role);
    let code = match parameters.way.as_str() {
        "sealed" => secrets::authenticate(role, &sealed(role)?),
        _ => secrets::authenticate(role, payload.unwrap_or(&empty)),
    };
    Ok(request(blob_of(&code.map_err(report_secret)?)?))
}

pub(super) fn is_authentic(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let empty = blob_of(b"")?;
    let code = blob_of(parameters.text.as_bytes())?.decode_base64();
    let code = code.map_err(report_blob)?;
    let size = u32::try_from(code.size()).unwrap_or_default();
    let code = code.read(0, size).map_err(report_blob)?;
    let role = &parameters.role;
    let found = match parameters.way.as_str() {
        "sealed" => secrets::is_authentic(role, &sealed(role)?, &code),
        _ => secrets::is_authentic(role, payload.unwrap_or(&empty), &code),
    };
    let found = found.map_err(report_secret)?;
    Ok(request(blob_of(found.to_string().as_bytes())?))
}

pub(super) fn insert_next(parameters: &Parameters, _: Payload<'_>) -> Done {
    let writer = blobs::Writer::new();
    let appended = writer.append_next_secret(&parameters.role);
    appended.map_err(report_blob)?;
    let blob = writer.finish().map_err(report_blob)?;
    if parameters.way == "read" {
        blob.read(0, 1).map_err(report_blob)?;
    }
    Ok(request(blob))
}

/// `text` is the name of the header field, `Authorization` when it is empty.
pub(super) fn use_token(parameters: &Parameters, _: Payload<'_>) -> Done {
    let or = |given: &str, otherwise: &str| match given {
        "" => otherwise.to_owned(),
        given => given.to_owned(),
    };
    Ok(Request {
        secret_headers: vec![SecretHeader {
            name: or(&parameters.text, "Authorization"),
            prefix: or(&parameters.way, "Bearer "),
            role: or(&parameters.role, "token"),
        }],
        ..request(blob_of(b"")?)
    })
}
