// SPDX-License-Identifier: Apache-2.0
//! A command inside its transaction.

use std::{io, sync::Arc};

use rusqlite::{Connection, OptionalExtension};

use super::{
    failure::Failure,
    files::{Files, Pin},
};
use crate::{
    content::{Content, Digest},
    error::{Cause, StoreError, Why},
    record::{BodyId, MOST_ROWS, StoredDocument},
    time::Timestamp,
};

/// What a command works with.
pub(super) struct Work<'c> {
    pub(super) connection: &'c Connection,
    /// The store's time, the same for the whole command.
    pub(super) now: Timestamp,
    /// The last number that was given out.
    pub(super) sequence: u64,
    /// How many runs of an operation are kept.
    pub(super) kept_runs: u32,
    /// How many generations of an agency that were refused are kept.
    pub(super) kept_rejections: u32,
    /// Files that a row named and no longer names.
    pub(super) released: Vec<Digest>,
}

/// A content on its way into a row: copied into one piece, or a durable file already.
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) media_type: String,
    size: u64,
    digest: Digest,
    /// In the row.
    bytes: Option<Vec<u8>>,
    /// Or in a file, which stays until the command has run.
    _pin: Option<Pin>,
}

impl Prepared {
    /// Done by the thread that asks, so that files are written side by side.
    pub(super) fn new(
        content: &Content,
        largest_row: u64,
        files: &Arc<Files>,
    ) -> Result<Self, StoreError> {
        let is_file = content.size() > largest_row;
        let pin = is_file
            .then(|| files.keep(content))
            .transpose()
            .map_err(not_kept)?;
        Ok(Self {
            name: String::new(),
            media_type: String::new(),
            size: content.size(),
            digest: content.digest(),
            bytes: (!is_file).then(|| content.to_vec()),
            _pin: pin,
        })
    }
}

/// Nothing was committed, and the file that is not there harms nobody.
fn not_kept(error: io::Error) -> StoreError {
    StoreError::Unavailable {
        reason: Cause::new(format!(
            "a large content could not be written to its file: {}",
            error.kind()
        )),
        retry_after: super::RETRY_AFTER,
    }
}

impl Work<'_> {
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn run(&self, text: &str, values: impl rusqlite::Params) -> Result<usize, Failure> {
        Ok(self.connection.prepare_cached(text)?.execute(values)?)
    }

    pub(super) fn one<T>(
        &self,
        text: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Failure> {
        Ok(self
            .connection
            .prepare_cached(text)?
            .query_row(values, read)
            .optional()?)
    }

    pub(super) fn all<T>(
        &self,
        text: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut statement = self.connection.prepare_cached(text)?;
        let rows = statement.query_map(values, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn store(&mut self, prepared: Prepared) -> Result<StoredDocument, Failure> {
        let id = BodyId(self.next());
        let row = (id.0, prepared.size, prepared.digest.0, prepared.bytes);
        self.run(
            "INSERT INTO body (id, size, digest, bytes) VALUES (?1, ?2, ?3, ?4)",
            row,
        )?;
        Ok(StoredDocument {
            name: prepared.name,
            media_type: prepared.media_type,
            size: prepared.size,
            sha256: prepared.digest,
            body: id,
        })
    }

    pub(super) fn store_all(
        &mut self,
        prepared: Vec<Prepared>,
    ) -> Result<Vec<StoredDocument>, Failure> {
        prepared
            .into_iter()
            .map(|prepared| self.store(prepared))
            .collect()
    }

    pub(super) fn remove_body(&mut self, body: BodyId) -> Result<(), Failure> {
        let text = "DELETE FROM body WHERE id = ?1 RETURNING digest, bytes IS NULL";
        let removed = self.one(text, (body.0,), |row| {
            Ok((Digest(row.get(0)?), row.get(1)?))
        })?;
        if let Some((digest, true)) = removed {
            self.released.push(digest);
        }
        Ok(())
    }
}

/// Refuses to answer with too many rows.
pub(super) fn rows(what: &'static str, limit: u32) -> Result<u32, StoreError> {
    if limit > MOST_ROWS {
        let too_many = Why::TooMany {
            what,
            asked: limit.into(),
            allowed: MOST_ROWS.into(),
        };
        return Err(too_many.into());
    }
    Ok(limit)
}

/// A number as a column holds it. What is larger than all of them names nothing, and the largest does not, either.
pub(super) fn column(number: u64) -> u64 {
    number.min(i64::MAX as u64)
}

/// What stands behind `?1` in the order of a column of numbers, and that order.
pub(super) fn sequence(column: &str, newest_first: bool) -> (String, String) {
    match newest_first {
        true => (
            format!("(?1 = 0 OR {column} < ?1)"),
            format!("{column} DESC"),
        ),
        false => (format!("{column} > ?1"), column.to_owned()),
    }
}
