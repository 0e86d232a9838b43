//! The message in an answer, out of whatever HTTP has it in.

use agency_guest::{
    Fault, Problem,
    exports::message::Answer,
    imports::blobs::{self, BlobError},
    internal, problem,
};
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
pub(super) fn message<'a>(answer: &Answer<'a>) -> Result<Message<'a>, Problem> {
    let media_type = media_type(answer)?;
    let is_package = |media_type: &&MediaType| media_type.essence() == MULTIPART_RELATED;
    let Some(package) = media_type.as_ref().filter(is_package) else {
        return Ok(Message {
            whole: answer.body,
            part: None,
            media_type,
        });
    };
    let root = root_part(answer.body, package)?.map_err(refused)?;
    let length = root.content.end.saturating_sub(root.content.start);
    let part = answer.body.slice(root.content.start, length);
    let part = part.map_err(|_: BlobError| internal("a part of an answer could not be had"))?;
    Ok(Message {
        whole: answer.body,
        part: Some(part),
        media_type: root.media_type,
    })
}

/// What the answer says it is. What cannot be read tells nothing; two that differ would tell two things.
fn media_type(answer: &Answer<'_>) -> Result<Option<MediaType>, Problem> {
    let fields = answer.headers.iter();
    let named = fields.filter(|field| field.name.eq_ignore_ascii_case("Content-Type"));
    let mut found: Option<MediaType> = None;
    for field in named {
        let one = match MediaType::parse(&field.value) {
            Ok(one) => one,
            Err(MediaTypeError::Malformed) => continue,
            Err(error) => return Err(ambiguous(&error.to_string())),
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

fn ambiguous(message: &str) -> Problem {
    problem(
        Fault::Counterparty,
        "answer.media-type",
        "",
        format!("{message}; until then it is not known what the answer says"),
    )
}

fn refused(error: PackageError) -> Problem {
    let code = match error {
        PackageError::Attachments => "answer.attachments",
        _ => "answer.multipart",
    };
    problem(Fault::Counterparty, code, "", error.to_string())
}
