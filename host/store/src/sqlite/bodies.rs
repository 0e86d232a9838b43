// SPDX-License-Identifier: Apache-2.0
//! Contents, and why one cannot be read.

use std::{fmt, io};

use rusqlite::Connection;

use super::{RETRY_AFTER, failure::Failure, files::Files, work::column};
use crate::{
    content::{Content, Digest},
    error::{Cause, StoreError},
    record::BodyId,
};

/// The content of a body, if it is what was given.
pub(super) fn body(
    connection: &Connection,
    files: &Files,
    id: BodyId,
) -> Result<Option<Content>, Failure> {
    match read_body(connection, files, id)? {
        None => Ok(None),
        Some(Ok(content)) => Ok(Some(content)),
        Some(Err(wrong)) => Err(wrong.into_error(id).into()),
    }
}

/// Why a content cannot be read.
pub(super) enum Wrong {
    /// Not now: the file is there, and cannot be opened or read.
    Unread(io::Error),
    /// It is gone, or is another one.
    Damaged(String),
}

impl Wrong {
    fn into_error(self, id: BodyId) -> StoreError {
        let reason = Cause::new(format!("body {id}: {self}"));
        match self {
            Self::Unread(_) => StoreError::Unavailable {
                reason,
                retry_after: RETRY_AFTER,
            },
            Self::Damaged(_) => StoreError::Broken(reason),
        }
    }
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Damaged("its file is gone".to_owned()),
            _ => Self::Unread(error),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => write!(f, "its file cannot be read: {error}"),
            Self::Damaged(what) => f.write_str(what),
        }
    }
}

/// The content, or what is wrong with it.
pub(super) fn read_body(
    connection: &Connection,
    files: &Files,
    id: BodyId,
) -> Result<Option<Result<Content, Wrong>>, Failure> {
    let text = "SELECT digest, bytes FROM body WHERE id = ?1";
    let mut statement = connection.prepare_cached(text)?;
    let mut rows = statement.query((column(id.0),))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let digest = Digest(row.get(0)?);
    let content = match row.get::<_, Option<Vec<u8>>>(1)? {
        Some(bytes) => Ok(Content::from(bytes)),
        None => files.read(&digest).map_err(Wrong::from),
    };
    let is_right = |content: &Content| content.digest() == digest;
    Ok(Some(content.and_then(|content| match is_right(&content) {
        true => Ok(content),
        false => Err(Wrong::Damaged(
            "its digest is another: it has been damaged".to_owned(),
        )),
    })))
}
