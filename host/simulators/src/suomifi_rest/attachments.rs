// SPDX-License-Identifier: Apache-2.0
//! Files that were uploaded, until they are used.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::StatusCode;

use super::clock::since;
use super::fresh;
use super::limits::UPLOADS;
use super::refusal::Refusal;

/// A file that goes with a message. `Debug` shows its type and length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, as it is shown to whoever gets it.
    pub filename: String,
    /// Its media type.
    pub media_type: String,
    /// What it holds.
    pub bytes: Bytes,
}

impl Attachment {
    /// A file.
    pub fn new(
        filename: impl Into<String>,
        media_type: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        Self {
            filename: filename.into(),
            media_type: media_type.into(),
            bytes: bytes.into(),
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attachment({}, {} bytes)",
            self.media_type,
            self.bytes.len()
        )
    }
}

#[derive(Default)]
pub(super) struct Uploads {
    kept: HashMap<String, Upload>,
}

struct Upload {
    attachment: Attachment,
    at: SystemTime,
    is_used: bool,
}

/// What of a setup decides about uploads.
pub(super) struct Rules {
    /// How long an upload that no message uses is kept.
    pub(super) lifetime: Duration,
    /// Whether an upload that a message has used can be used again.
    pub(super) are_reusable: bool,
}

impl Uploads {
    /// Keeps a file; its attachmentId.
    pub(super) fn add(
        &mut self,
        rules: &Rules,
        attachment: Attachment,
        now: SystemTime,
    ) -> Result<String, Refusal> {
        self.kept
            .retain(|_, upload| upload.is_used || since(upload.at, now) < rules.lifetime);
        if self.kept.len() >= UPLOADS {
            let reason = format!("the simulator keeps {UPLOADS} uploads and no more");
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason));
        }
        let id = fresh::uuid();
        let upload = Upload {
            attachment,
            at: now,
            is_used: false,
        };
        self.kept.insert(id.clone(), upload);
        Ok(id)
    }

    /// The files of a message; nothing is used up yet.
    pub(super) fn find(
        &self,
        rules: &Rules,
        ids: &[&str],
        now: SystemTime,
    ) -> Result<Vec<Attachment>, Refusal> {
        let found = ids.iter().enumerate().map(|(place, id)| {
            let wrong = |what: &str| {
                Refusal::bad_request(format!("attachment {} {what}", place.saturating_add(1)))
            };
            let upload = self.kept.get(&id.to_ascii_lowercase());
            match upload {
                None => Err(wrong("has not been uploaded, or was removed unused")),
                Some(upload) if upload.is_used && !rules.are_reusable => {
                    Err(wrong("has been used in another message"))
                }
                Some(upload) if !upload.is_used && since(upload.at, now) >= rules.lifetime => {
                    Err(wrong("has not been uploaded, or was removed unused"))
                }
                Some(upload) => Ok(upload.attachment.clone()),
            }
        });
        found.collect()
    }

    pub(super) fn use_up(&mut self, ids: &[&str]) {
        for id in ids {
            if let Some(upload) = self.kept.get_mut(&id.to_ascii_lowercase()) {
                upload.is_used = true;
            }
        }
    }
}
