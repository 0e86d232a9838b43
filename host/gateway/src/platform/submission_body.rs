// SPDX-License-Identifier: Apache-2.0
//! The body of a submission: JSON, or a form with files. Bytes are copied once, into the blocks that component and store share.

use std::time::{Duration, SystemTime};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use silta::{Blob, exchange::Attachment, time::Moment};

use super::{
    json,
    limits::PlatformLimits,
    multipart::{MultipartError, PartHead, Piece, Reader},
    problem::{self, Problem},
    query::wrong,
};
use crate::{
    blocks::Blocks,
    inbound::{BudgetExhausted, Reservation},
};

/// What is to be done.
#[derive(Default)]
pub(crate) struct Submitted {
    /// One JSON object, as it was written.
    pub(crate) parameters: String,
    pub(crate) conversation: Option<String>,
    pub(crate) not_before: Option<SystemTime>,
    pub(crate) payload: Option<Blob>,
    pub(crate) attachments: Vec<Attachment>,
}

/// The body as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct JsonBody<'a> {
    #[serde(borrow)]
    parameters: &'a RawValue,
    conversation: Option<String>,
    not_before: Option<String>,
}

/// The longest name of a conversation, in bytes.
const LONGEST_CONVERSATION: usize = 200;

/// The longest name of a file and of a media type, in bytes.
const LONGEST_NAME: usize = 255;

/// Media type of a part that names none (RFC 7578 §4.4).
const TEXT: &str = "text/plain";

/// Reads a body.
pub(crate) struct SubmissionReader<'a> {
    pub(crate) limits: &'a PlatformLimits,
    /// Bytes of the body, and the setting that says so.
    pub(crate) limit: (u64, &'static str),
    /// The bytes that it takes of those of all.
    pub(crate) reservation: Reservation,
}

impl SubmissionReader<'_> {
    /// Reads the body of a request with these header fields; what it takes of the bytes at once is given back when the second is dropped.
    pub(crate) async fn read(
        mut self,
        headers: &HeaderMap,
        body: &mut Body,
    ) -> Result<(Submitted, Reservation), Problem> {
        let (limit, setting) = self.limit;
        let declared = body.size_hint().lower();
        if declared > limit {
            return Err(too_large("bytes of a body", limit, setting));
        }
        let content_type = headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next();
        let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
        if is_coded(headers) {
            let detail = "the body has a content coding; send it without";
            return Err(
                Problem::new(problem::MEDIA_TYPE, "request.coded", detail).with(
                    header::ACCEPT_ENCODING,
                    HeaderValue::from_static("identity"),
                ),
            );
        }
        let mut form = match essence.as_str() {
            "application/json" => Form::Json(Blocks::new(None)),
            "multipart/form-data" => {
                let head_limit = self.limits.part_header_bytes as usize;
                let reader = Reader::new(content_type.unwrap_or_default(), head_limit);
                Form::Multipart(Box::new((reader.map_err(Problem::from)?, Parts::default())))
            }
            _ => {
                let detail = "the body has to be application/json or multipart/form-data";
                return Err(Problem::new(
                    problem::MEDIA_TYPE,
                    "request.media-type",
                    detail,
                ));
            }
        };
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| wrong("request.broken-off", "the body broke off"))?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            size += bytes.len() as u64;
            if size > limit {
                return Err(too_large("bytes of a body", limit, setting));
            }
            self.take(&mut form, &bytes)?;
        }
        let submitted = match form {
            Form::Json(blocks) => whole(&blocks.finish().to_vec())?,
            Form::Multipart(form) => {
                let (reader, parts) = *form;
                reader.finish().map_err(Problem::from)?;
                parts.submitted()?
            }
        };
        Ok((submitted, self.reservation))
    }

    fn take(&mut self, form: &mut Form, bytes: &[u8]) -> Result<(), Problem> {
        let (limits, reservation) = (self.limits, &mut self.reservation);
        let mut pay = |size| {
            let paid = reservation.grow(size);
            paid.map_err(|BudgetExhausted| no_room())
        };
        match form {
            Form::Json(blocks) => {
                blocks.push(bytes, &mut pay)?;
                check_parameters(blocks.size(), limits)
            }
            Form::Multipart(form) => {
                let (reader, parts) = &mut **form;
                reader.feed(bytes, &mut |piece| parts.take(piece, limits, &mut pay))
            }
        }
    }
}

/// Bytes of a body that is refused which are read all the same.
const DISCARDED: u64 = 8 << 20;

/// Time in which they are.
const DISCARDED_TIME: Duration = Duration::from_secs(5);

/// Reads on and keeps nothing: a client that is still sending when its connection is closed does not get to read why.
pub(crate) async fn discard(body: &mut Body) {
    let discarding = async {
        let mut size = 0;
        while let Some(Ok(frame)) = body.frame().await {
            size += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
            if size > DISCARDED {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARDED_TIME, discarding).await;
}

enum Form {
    Json(Blocks),
    Multipart(Box<(Reader, Parts)>),
}

/// Parts of a form, as far as they have come.
#[derive(Default)]
struct Parts {
    number: u32,
    open: Option<(Slot, Blocks)>,
    parameters: Option<String>,
    submitted: Submitted,
    not_before: Option<String>,
}

/// What a part is.
enum Slot {
    Parameters,
    Conversation,
    NotBefore,
    Payload,
    Attachment { name: String, media_type: String },
}

impl Parts {
    fn take(
        &mut self,
        piece: Piece<'_>,
        limits: &PlatformLimits,
        pay: &mut impl FnMut(u64) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        match piece {
            Piece::Begin(head) => {
                self.number += 1;
                if self.number > limits.parts {
                    let setting = "platform.limits.parts";
                    return Err(too_large("parts of a form", limits.parts.into(), setting));
                }
                self.open = Some((self.slot(head)?, Blocks::new(None)));
                Ok(())
            }
            Piece::Bytes(bytes) => {
                let Some((slot, blocks)) = &mut self.open else {
                    return Ok(());
                };
                blocks.push(bytes, pay)?;
                match slot {
                    Slot::Payload | Slot::Attachment { .. } => Ok(()),
                    _ => check_parameters(blocks.size(), limits),
                }
            }
            Piece::End => match self.open.take() {
                Some((slot, blocks)) => self.fill(slot, blocks.finish()),
                None => Ok(()),
            },
        }
    }

    fn slot(&self, head: PartHead) -> Result<Slot, Problem> {
        let once = |is_there: bool, slot: Slot| match is_there {
            true => Err(wrong(
                "form.part-twice",
                "a part other than `attachment` is there twice",
            )),
            false => Ok(slot),
        };
        match head.name.as_str() {
            "parameters" => once(self.parameters.is_some(), Slot::Parameters),
            "conversation" => once(self.submitted.conversation.is_some(), Slot::Conversation),
            "notBefore" => once(self.not_before.is_some(), Slot::NotBefore),
            "payload" => once(self.submitted.payload.is_some(), Slot::Payload),
            "attachment" => attachment(head),
            _ => Err(wrong(
                "form.unknown-part",
                "a part has a name that is not known here; known are `parameters`, `conversation`, `notBefore`, `payload` and `attachment`",
            )),
        }
    }

    fn fill(&mut self, slot: Slot, content: Blob) -> Result<(), Problem> {
        match slot {
            Slot::Parameters => self.parameters = Some(text("parameters", &content)?),
            Slot::Conversation => {
                self.submitted.conversation = Some(text("conversation", &content)?);
            }
            Slot::NotBefore => self.not_before = Some(text("notBefore", &content)?),
            Slot::Payload => self.submitted.payload = Some(content),
            Slot::Attachment { name, media_type } => self.submitted.attachments.push(Attachment {
                name,
                media_type,
                content,
            }),
        }
        Ok(())
    }

    fn submitted(self) -> Result<Submitted, Problem> {
        let parameters = self.parameters.ok_or_else(|| {
            wrong("form.no-parameters", "the form has no part `parameters`").at("/parameters")
        })?;
        let raw: &RawValue = serde_json::from_str(&parameters).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let detail =
                format!("the part `parameters` is not JSON at line {line}, column {column}");
            wrong("request.not-json", detail).at("/parameters")
        })?;
        Ok(Submitted {
            parameters: object(raw)?,
            conversation: conversation(self.submitted.conversation)?,
            not_before: self.not_before.as_deref().map(moment).transpose()?,
            ..self.submitted
        })
    }
}

/// Whether there is a content coding; `identity` is none (RFC 9110 §12.5.3), and some clients name it all the same.
fn is_coded(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
    codings.any(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

fn attachment(head: PartHead) -> Result<Slot, Problem> {
    let name = head.file_name.unwrap_or_default();
    let is_name = (1..=LONGEST_NAME).contains(&name.len())
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\'));
    if !is_name {
        let detail = format!(
            "a part `attachment` needs a `filename` of 1 to {LONGEST_NAME} bytes, without folder and control characters"
        );
        return Err(wrong("form.file-name", detail).at("/attachment"));
    }
    let media_type = head.media_type.unwrap_or_else(|| TEXT.to_owned());
    let is_media_type = media_type.len() <= LONGEST_NAME
        && media_type.contains('/')
        && media_type.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_media_type {
        let detail = "the `Content-Type` of a part `attachment` is no media type";
        return Err(wrong("form.media-type", detail).at("/attachment"));
    }
    Ok(Slot::Attachment { name, media_type })
}

fn whole(body: &[u8]) -> Result<Submitted, Problem> {
    let body: JsonBody<'_> = json::read(body).map_err(|error| {
        let place = format!("at line {}, column {}", error.line(), error.column());
        match error.is_data() {
            true => wrong(
                "request.form",
                format!(
                    "the body has another form {place}: it is an object with `parameters`, and may have the texts `conversation` and `notBefore`"
                ),
            ),
            false => wrong("request.not-json", format!("the body is not JSON {place}")),
        }
    })?;
    Ok(Submitted {
        parameters: object(body.parameters)?,
        conversation: conversation(body.conversation)?,
        not_before: body.not_before.as_deref().map(moment).transpose()?,
        ..Submitted::default()
    })
}

fn object(raw: &RawValue) -> Result<String, Problem> {
    match raw.get().starts_with('{') {
        true => Ok(raw.get().to_owned()),
        false => {
            let detail = "`parameters` has to be a JSON object";
            Err(wrong("request.form", detail).at("/parameters"))
        }
    }
}

fn conversation(name: Option<String>) -> Result<Option<String>, Problem> {
    let is_wrong = |name: &String| {
        !(1..=LONGEST_CONVERSATION).contains(&name.len()) || name.contains(char::is_control)
    };
    if name.as_ref().is_some_and(is_wrong) {
        let detail = format!(
            "`conversation` has to have 1 to {LONGEST_CONVERSATION} bytes, and no control characters"
        );
        return Err(wrong("request.form", detail).at("/conversation"));
    }
    Ok(name)
}

fn moment(text: &str) -> Result<SystemTime, Problem> {
    let moment = text.parse::<Moment>().ok();
    moment.and_then(Moment::to_system_time).ok_or_else(|| {
        let detail =
            "`notBefore` has to be a moment by RFC 3339, such as 2027-01-31T09:00:00+02:00";
        wrong("request.form", detail).at("/notBefore")
    })
}

fn text(part: &str, content: &Blob) -> Result<String, Problem> {
    json::text(content.to_vec()).map_err(|_| {
        let detail = format!("the part `{part}` is not text in UTF-8");
        wrong("form.not-text", detail).at(format!("/{part}"))
    })
}

fn check_parameters(size: u64, limits: &PlatformLimits) -> Result<(), Problem> {
    match size > limits.parameter_bytes.into() {
        true => Err(too_large(
            "bytes of parameters",
            limits.parameter_bytes.into(),
            "platform.limits.parameter-bytes",
        )),
        false => Ok(()),
    }
}

pub(crate) fn too_large(what: &str, allowed: u64, setting: &str) -> Problem {
    let detail = format!("at most {allowed} {what} are taken (`{setting}`)");
    Problem::new(problem::TOO_LARGE, "request.too-large", detail)
}

pub(crate) fn no_room() -> Problem {
    Problem::unavailable(
        "limit.reached",
        "other requests use all bytes that may be held at once (`platform.limits.bytes-at-once`)",
    )
}

impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Self {
        let detail = format!("the form cannot be read: {error}");
        match error {
            MultipartError::LongHead => Self::new(problem::TOO_LARGE, "request.too-large", detail),
            _ => wrong("request.form", detail),
        }
    }
}
