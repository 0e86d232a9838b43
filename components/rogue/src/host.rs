// SPDX-License-Identifier: Apache-2.0
//! What the host is asked for in more than one place, and what it answers.

use agency_guest::{Blob, Fault, Problem, counterparty_problem, imports::blobs, problem};

/// Largest body that is read.
pub(crate) const LARGEST_BODY: u32 = 64 * 1024;

/// The body as text.
pub(crate) fn read_text(body: &blobs::Blob) -> Result<String, Problem> {
    let bytes = Blob::read_all(body, LARGEST_BODY)?;
    String::from_utf8(bytes)
        .map_err(|_| counterparty_problem("body.not-text", "", "the body is not text in UTF-8"))
}

/// A blob of these bytes.
pub(crate) fn blob_of(bytes: &[u8]) -> Result<blobs::Blob, Problem> {
    let writer = blobs::Writer::new();
    writer.write(bytes).map_err(report_blob)?;
    writer.finish().map_err(report_blob)
}

/// What the host answered to a violation, handed on so that a test sees it.
pub(crate) fn report(reason: &str, path: &str, detail: &str) -> Problem {
    problem(Fault::Caller, &format!("told.{reason}"), path, detail)
}

pub(crate) fn report_blob(error: blobs::BlobError) -> Problem {
    match error {
        blobs::BlobError::OutOfRange(size) => report("out-of-range", "", &size.to_string()),
        blobs::BlobError::InvalidBase64(offset) => {
            report("invalid-base64", "", &offset.to_string())
        }
        blobs::BlobError::Sealed => report("sealed", "", ""),
        blobs::BlobError::UnknownRole(role) => report("unknown-role", "", &role),
        blobs::BlobError::Finished => report("finished", "", ""),
    }
}
