// SPDX-License-Identifier: Apache-2.0
//! The counter-proof: writers that leave something out, under the same power cuts. Each of them has to be found out, and the careful ones not.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use silta_store::record::{Position, Receipt};

use crate::{
    disk::Keep,
    history::{History, Log},
    place::Place,
    plan::{Plan, child, finish},
};

/// Where a writer writes.
const FOLDER: &str = "plain";

/// The calls within which the power fails.
const MOST_CALLS: u64 = 600;

/// How a writer writes a key before it says that it has it.
struct Writer {
    name: &'static str,
    /// SQLite's `synchronous`, for a row for each key.
    synchronous: &'static str,
    /// A file for each key beside its row; what of it is synced.
    file: Option<FileSync>,
    is_careful: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileSync {
    Nothing,
    Bytes,
    BytesAndName,
}

const WRITERS: [Writer; 6] = [
    writer("rows-off", "OFF", None, false),
    writer("rows-normal", "NORMAL", None, false),
    writer("rows-full", "FULL", None, true),
    writer("files-unsynced", "FULL", Some(FileSync::Nothing), false),
    writer("files-without-name", "FULL", Some(FileSync::Bytes), false),
    writer("files-synced", "FULL", Some(FileSync::BytesAndName), true),
];

const fn writer(
    name: &'static str,
    synchronous: &'static str,
    file: Option<FileSync>,
    is_careful: bool,
) -> Writer {
    Writer {
        name,
        synchronous,
        file,
        is_careful,
    }
}

/// As many rounds with each of the writers.
pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let mut random = plan.random();
    let mut findings = Vec::new();
    for writer in &WRITERS {
        let (mut said, mut missing) = (0, 0);
        for round in 0..plan.rounds {
            let place = Place::new(random.next())?;
            let mounted = place.mount()?;
            // Not before there is a table.
            place.drive.disk().cut_after(80 + random.below(MOST_CALLS));
            let folder = place.at().join(FOLDER);
            let mut command = child(&["careless", writer.name], [&folder, &place.logs()])?;
            let process = command.stderr(Stdio::null()).spawn()?;
            let cut = place.run_until_off(process, Duration::ZERO)?;
            ensure!(cut, "{}, round {round}: it ended by itself", writer.name);
            mounted.unmount()?;
            match writer.is_careful {
                // Whatever is kept, nothing of theirs is missing.
                true => drop(place.restart()),
                false => place.drive.disk().restart(Keep::Nothing),
            }
            let mounted = place.mount()?;
            let found = finish(child(&["missing", writer.name], [&folder, &place.logs()])?);
            mounted.unmount()?;
            let found = found?;
            let (of, gone) = found.trim().split_once(' ').context("no two numbers")?;
            said += of.parse::<usize>()?;
            missing += gone.parse::<usize>()?;
        }
        let (name, seed) = (writer.name, plan.seed);
        ensure!(said > 0, "{name} has said nothing; seed {seed}");
        match writer.is_careful {
            true => ensure!(
                missing == 0,
                "{name} is careful, and {missing} of {said} are missing; seed {seed}"
            ),
            false => ensure!(
                missing > 0,
                "{name} is careless, and nothing of {said} was missed; seed {seed}"
            ),
        }
        findings.push(format!("{name} {missing} of {said}"));
    }
    Ok(format!("missing: {}", findings.join(", ")))
}

fn bytes(key: &str) -> Vec<u8> {
    key.bytes().cycle().take(3_000).collect()
}

/// The process that looks: how many keys the writer said it had, and how many of them are missing. A database that cannot be read has none.
pub(crate) fn count_missing(name: &str, folder: &Path, logs: &Path) -> Result<()> {
    let writer = find(name)?;
    let keys = History::read(logs)?.acknowledged_keys();
    let connection = Connection::open(folder.join("db")).ok();
    let has_row = |key: &String| {
        let text = "SELECT bytes FROM kept WHERE key = ?1";
        let row = connection
            .as_ref()
            .map(|connection| connection.query_row(text, (key,), |row| row.get::<_, Vec<u8>>(0)));
        row.is_some_and(|row| row.is_ok_and(|row| row == bytes(key)))
    };
    let has_file = |key: &String| {
        writer.file.is_none() || fs::read(folder.join(key)).is_ok_and(|found| found == bytes(key))
    };
    let missing = keys.iter().filter(|key| !has_row(key) || !has_file(key));
    println!("{} {}", keys.len(), missing.count());
    Ok(())
}

fn find(name: &str) -> Result<&'static Writer> {
    let writer = WRITERS.iter().find(|writer| writer.name == name);
    writer.with_context(|| format!("there is no writer {name}"))
}

/// The process that writes, until it is killed.
pub(crate) fn run(name: &str, folder: &Path, logs: &Path) -> Result<()> {
    let writer = find(name)?;
    fs::create_dir(folder)?;
    let parent = folder.parent().context("a drive has a folder")?;
    File::open(parent)?.sync_all()?;
    let connection = Connection::open(folder.join("db"))?;
    // As our store does it: the name is durable before there is a row.
    File::open(folder)?.sync_all()?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; PRAGMA wal_autocheckpoint = 50;
        CREATE TABLE kept (key TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
        writer.synchronous
    ))?;
    let mut log = Log::open(logs, "careless")?;
    for number in 0_u64.. {
        let key = number.to_string();
        log.asked(&key)?;
        if let Some(sync) = writer.file {
            let mut file = File::create_new(folder.join(&key))?;
            file.write_all(&bytes(&key))?;
            if sync != FileSync::Nothing {
                file.sync_all()?;
            }
            if sync == FileSync::BytesAndName {
                File::open(folder)?.sync_all()?;
            }
        }
        let row = "INSERT INTO kept VALUES (?1, ?2)";
        connection.execute(row, (&key, bytes(&key)))?;
        log.committed(&key, Receipt::New(Position(number)))?;
    }
    Ok(())
}
