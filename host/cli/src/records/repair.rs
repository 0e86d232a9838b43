// SPDX-License-Identifier: Apache-2.0
//! A last line without an end, and what is to be made of it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use serde::de::IgnoredAny;

/// How a file comes to end with a whole line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Repair {
    /// It does, or is empty.
    Nothing,
    /// It ends with the beginning of a record: cut it off from here, so many bytes.
    CutTo(u64, u64),
    /// It ends with so many bytes of a whole record without its end, or of something that is no record and nobody's to cut off.
    EndLine(u64),
}

/// Longest line that is looked for the beginning of; records are far shorter.
const LONGEST_LINE: u64 = 16 << 20;

/// How records begin: those of the audit trail, and those of the journals that earlier versions wrote.
const BEGINNINGS: [&[u8]; 2] = [b"{\"agency\":", b"{\"record\":"];

/// What is read at a time, from the end.
const BLOCK: u64 = 64 << 10;

impl Repair {
    /// What a file needs.
    pub(super) fn of(file: &mut File) -> io::Result<Self> {
        let size = file.seek(SeekFrom::End(0))?;
        if size == 0 || read(file, size - 1, size)? == b"\n" {
            return Ok(Self::Nothing);
        }
        let Some(begin) = last_line(file, size)? else {
            return Ok(Self::EndLine(size));
        };
        let line = read(file, begin, size)?;
        let is_whole = serde_json::from_slice::<IgnoredAny>(&line).is_ok();
        let is_torn = line.starts_with(b"{") && !is_whole;
        Ok(match is_torn && has_records(file, size)? {
            true => Self::CutTo(begin, size - begin),
            false => Self::EndLine(size - begin),
        })
    }
}

/// Whether the file begins as files of records do: any other was named by mistake, and nothing in it is ours to cut off.
fn has_records(file: &mut File, size: u64) -> io::Result<bool> {
    let longest = BEGINNINGS.iter().map(|beginning| beginning.len());
    let head = read(file, 0, size.min(longest.max().unwrap_or(0) as u64))?;
    Ok(BEGINNINGS
        .iter()
        .any(|beginning| head.starts_with(beginning) || beginning.starts_with(&head)))
}

/// Where the last line begins, unless it is too long.
fn last_line(file: &mut File, size: u64) -> io::Result<Option<u64>> {
    let mut end = size;
    while end > 0 && size - end <= LONGEST_LINE {
        let begin = end.saturating_sub(BLOCK);
        let block = read(file, begin, end)?;
        if let Some(index) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(begin + index as u64 + 1));
        }
        end = begin;
    }
    Ok((end == 0).then_some(0))
}

fn read(file: &mut File, begin: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.take(end - begin).read_to_end(&mut bytes)?;
    Ok(bytes)
}
