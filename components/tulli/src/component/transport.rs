// SPDX-License-Identifier: Apache-2.0
//! The message in an answer, out of whatever HTTP has it in.

use agency_guest::{
    Problem,
    exports::message::Answer,
    fields,
    imports::blobs::{self, BlobError},
    internal,
};
use agency_http::{AnswerError, Fields, check_coding};
use soap::{MULTIPART_RELATED, MediaType, MediaTypeError, PackageError, root_part};

/// A message, and what is known of it before it is read.
pub(super) struct Message<'a> {
    whole: &'a blobs::Blob,
    /// The part of a package that it is.
    part: Option<blobs::Blob>,
    media_type: Option<MediaType>,
}

impl Message<'_> {
    /// Its bytes.
    pub(super) fn blob(&self) -> &blobs::Blob {
        self.part.as_ref().unwrap_or(self.whole)
    }

    /// The label of its encoding.
    pub(super) fn charset(&self) -> Option<&str> {
        self.media_type.as_ref()?.charset()
    }

    /// The action that its media type names.
    pub(super) fn action(&self) -> Option<&str> {
        self.media_type.as_ref()?.action()
    }
}

/// Finds the message. One in a package (MTOM, SOAP with Attachments) is read if nothing is attached to it.
///
/// # Errors
/// The inner error says why there is none that can be read; the outer one is a problem of our own.
pub(super) fn message<'a>(
    answer: &Answer<'a>,
) -> Result<Result<Message<'a>, AnswerError>, Problem> {
    let fields = fields(&answer.headers);
    let coding = check_coding(&fields, answer.body.size());
    let media_type = match coding.and_then(|()| media_type(&fields)) {
        Ok(media_type) => media_type,
        Err(error) => return Ok(Err(error)),
    };
    let is_package = |media_type: &&MediaType| media_type.essence() == MULTIPART_RELATED;
    let Some(package) = media_type.as_ref().filter(is_package) else {
        return Ok(Ok(Message {
            whole: answer.body,
            part: None,
            media_type,
        }));
    };
    let root = match root_part(answer.body, package)? {
        Ok(root) => root,
        Err(error) => return Ok(Err(not_readable(error))),
    };
    let length = root.content.end.saturating_sub(root.content.start);
    let part = answer.body.slice(root.content.start, length);
    let part = part.map_err(|_: BlobError| internal("a part of an answer could not be had"))?;
    Ok(Ok(Message {
        whole: answer.body,
        part: Some(part),
        media_type: root.media_type,
    }))
}

/// What the answer says it is. What cannot be read tells nothing; two that differ would tell two things.
fn media_type(fields: &Fields<'_>) -> Result<Option<MediaType>, AnswerError> {
    let mut found: Option<MediaType> = None;
    for value in fields.all("Content-Type") {
        let one = match MediaType::parse(value) {
            Ok(one) => one,
            Err(MediaTypeError::Malformed) => continue,
            Err(error) => return Err(ambiguous(error.to_string())),
        };
        if found.as_ref().is_some_and(|other| *other != one) {
            return Err(ambiguous(
                "the answer has two fields Content-Type that differ; one is to be sent",
            ));
        }
        found = Some(one);
    }
    Ok(found)
}

fn ambiguous(message: impl Into<String>) -> AnswerError {
    AnswerError::whole("answer.media-type", message)
}

fn not_readable(error: PackageError) -> AnswerError {
    let code = match error {
        PackageError::Attachments => "answer.attachments",
        _ => "answer.multipart",
    };
    AnswerError::whole(code, error.to_string())
}
