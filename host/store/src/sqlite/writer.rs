// SPDX-License-Identifier: Apache-2.0
//! The one thread that writes.
//!
//! Commands wait in a queue. All that wait are run in one transaction, each in a savepoint of its own, and their answers leave after its COMMIT: the disk
//! is waited for once for all of them.

use std::{
    fs,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Instant,
};

use rusqlite::Connection;

use super::{
    RETRY_AFTER, Shared,
    connection::{self, Look, checkpoint},
    failure::{Failure, cause, is_fatal},
    folder::file,
    open_error::OpenError,
    page_limit::{Allowance, PageLimit},
    work::Work,
};
use crate::{
    content::Digest,
    error::{Cause, StoreError},
    time::Timestamp,
};

/// What the thread is asked.
pub(super) enum Message {
    /// A command.
    Run(Box<dyn Task>),
    /// Somebody who read met a failure of the disk.
    Failed(Cause),
    /// Open the store again now, if it is closed.
    Reopen(SyncSender<()>),
}

/// A command in the queue.
pub(super) trait Task: Send {
    /// Does it, and keeps its answer back.
    fn run(&mut self, work: &mut Work<'_>) -> Result<(), Failure>;

    /// Whether it takes something out, and so may use the pages that are kept for that.
    fn makes_room(&self) -> bool;

    /// Sends the answer, or the error instead of it.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A command with an answer.
pub(super) struct Command<F, T> {
    pub(super) run: Option<F>,
    pub(super) value: Option<T>,
    pub(super) makes_room: bool,
    pub(super) answer: SyncSender<Result<T, StoreError>>,
}

impl<F, T> Task for Command<F, T>
where
    F: FnOnce(&mut Work<'_>) -> Result<T, Failure> + Send,
    T: Send,
{
    fn run(&mut self, work: &mut Work<'_>) -> Result<(), Failure> {
        if let Some(run) = self.run.take() {
            self.value = Some(run(work)?);
        }
        Ok(())
    }

    fn makes_room(&self) -> bool {
        self.makes_room
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let lost = || StoreError::Broken(Cause::new("a command was not run"));
        let command = *self;
        let answer = outcome.and_then(|()| command.value.ok_or_else(lost));
        // Whoever asked may have gone.
        let _ = command.answer.send(answer);
    }
}

/// How a transaction ended.
enum Group {
    /// The disk has it. What each command came to, and the files that no row names any more.
    Committed(Vec<Result<(), StoreError>>, Vec<Digest>),
    /// It did not begin.
    NotBegun(StoreError),
    /// Nobody knows.
    Lost(Cause),
}

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Receiver<Message>,
    pub(super) connection: Option<Connection>,
    pub(super) now: Timestamp,
    pub(super) sequence: u64,
    /// When a closed store is tried again.
    pub(super) retry: Instant,
}

impl Writer {
    /// Until nobody can ask any more.
    pub(super) fn run(mut self) {
        loop {
            let message = match &self.connection {
                Some(_) => self
                    .queue
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
                None => {
                    let left = self.retry.saturating_duration_since(Instant::now());
                    self.queue.recv_timeout(left)
                }
            };
            match message {
                Ok(Message::Run(task)) if self.connection.is_some() => self.group(task),
                Ok(Message::Run(task)) => task.answer(Err(self.shared.closed())),
                Ok(Message::Failed(reason)) if self.connection.is_some() => self.close(reason),
                Ok(Message::Failed(_)) => {}
                Ok(Message::Reopen(done)) => {
                    self.reopen();
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.reopen(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(connection) = self.connection {
            // The next start does it where this one cannot.
            let _ = checkpoint(&connection, "TRUNCATE");
        }
    }

    /// Runs a command with all that wait behind it.
    fn group(&mut self, first: Box<dyn Task>) {
        let mut tasks = vec![first];
        let (mut reopen, mut failed) = (Vec::new(), None);
        while tasks.len() < self.shared.settings.group {
            match self.queue.try_recv() {
                Ok(Message::Run(task)) => tasks.push(task),
                // It is open.
                Ok(Message::Reopen(done)) => reopen.push(done),
                Ok(Message::Failed(reason)) => {
                    failed = Some(reason);
                    break;
                }
                Err(_) => break,
            }
        }
        match self.transact(&mut tasks) {
            Group::Committed(outcomes, released) => {
                self.shared.count(tasks.len());
                for (task, outcome) in tasks.into_iter().zip(outcomes) {
                    task.answer(outcome);
                }
                self.shared.bell.ring();
                self.tidy(released);
            }
            Group::NotBegun(error) => tasks
                .into_iter()
                .for_each(|task| task.answer(Err(error.clone()))),
            Group::Lost(cause) => {
                // Before the answers, so that whoever has one finds the store closed.
                self.close(cause.clone());
                let unknown = StoreError::Unknown(cause);
                tasks
                    .into_iter()
                    .for_each(|task| task.answer(Err(unknown.clone())));
            }
        }
        reopen.into_iter().for_each(|done| {
            let _ = done.send(());
        });
        if let Some(reason) = failed.filter(|_| self.connection.is_some()) {
            self.close(reason);
        }
    }

    fn transact(&mut self, tasks: &mut [Box<dyn Task>]) -> Group {
        let Some(connection) = &self.connection else {
            return Group::NotBegun(self.shared.closed());
        };
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            let cause = cause("a transaction cannot begin", &error);
            return match is_fatal(&error) {
                true => Group::Lost(cause),
                // Another program has it for the moment.
                false => Group::NotBegun(StoreError::Unavailable {
                    reason: cause,
                    retry_after: RETRY_AFTER,
                }),
            };
        }
        let mut work = Work {
            connection,
            now: self.now,
            sequence: self.sequence,
            kept_runs: self.shared.settings.kept_runs.max(1),
            kept_rejections: self.shared.settings.kept_rejections.max(1),
            released: Vec::new(),
        };
        match run(&mut work, tasks, &self.shared).and_then(|outcomes| {
            let row = (work.now.0, work.sequence);
            let text = "UPDATE meta SET now = ?1, sequence = ?2 WHERE id = 1";
            connection.prepare_cached(text)?.execute(row)?;
            connection.execute_batch("COMMIT")?;
            Ok(outcomes)
        }) {
            Ok(outcomes) => {
                (self.now, self.sequence) = (work.now, work.sequence);
                Group::Committed(outcomes, work.released)
            }
            Err(error) => Group::Lost(cause("a transaction did not end", &error)),
        }
    }

    /// What can be done after the answers have left.
    fn tidy(&mut self, mut released: Vec<Digest>) {
        released.extend(self.shared.files.take_loose());
        let Some(connection) = &self.connection else {
            return;
        };
        if let Err(error) = remove_files(connection, &self.shared, released) {
            self.close(cause("files of removed contents", &error));
            return;
        }
        let length = fs::metadata(self.shared.folder.log()).map_or(0, |log| log.len());
        if length > self.shared.settings.log_bytes
            && let Err(error) = checkpoint(connection, "PASSIVE")
        {
            self.close(cause("checkpoint", &error));
        }
    }

    fn close(&mut self, reason: Cause) {
        tracing::error!(target: "silta::store", %reason, "the store is closed");
        self.connection = None;
        self.shared.close(reason);
        self.retry = Instant::now() + self.shared.settings.reopen_after;
    }

    fn reopen(&mut self) {
        if self.connection.is_some() {
            return;
        }
        match open(&self.shared, Look::Thorough) {
            Ok((connection, now, sequence)) => {
                (self.now, self.sequence) = (now.max(self.now), sequence.max(self.sequence));
                self.connection = Some(connection);
                self.shared.open();
                tracing::info!(target: "silta::store", "the store is open again");
            }
            Err(error) => {
                let reason = Cause::new(error.to_string());
                tracing::error!(target: "silta::store", %reason, "the store stays closed");
                self.shared.close(reason);
                self.retry = Instant::now() + self.shared.settings.reopen_after;
            }
        }
    }
}

/// Runs each command in a savepoint. Only what ends the whole transaction is an error.
fn run(
    work: &mut Work<'_>,
    tasks: &mut [Box<dyn Task>],
    shared: &Shared,
) -> rusqlite::Result<Vec<Result<(), StoreError>>> {
    let connection = work.connection;
    let mut outcomes = Vec::with_capacity(tasks.len());
    let mut allowance = Allowance::new(shared.settings.most_bytes.map(PageLimit::of));
    for task in tasks {
        allowance.allow(connection, task.makes_room())?;
        work.now = shared.pace.go_on(work.now);
        let released = work.released.len();
        connection
            .prepare_cached("SAVEPOINT command")?
            .execute(())?;
        let outcome = match task.run(work) {
            Ok(()) => Ok(()),
            Err(Failure::Sqlite(error)) if is_fatal(&error) || connection.is_autocommit() => {
                return Err(error);
            }
            Err(failure) => {
                connection
                    .prepare_cached("ROLLBACK TO command")?
                    .execute(())?;
                work.released.truncate(released);
                Err(failure.into_error())
            }
        };
        connection.prepare_cached("RELEASE command")?.execute(())?;
        outcomes.push(outcome);
    }
    allowance.allow(connection, false)?;
    Ok(outcomes)
}

/// Opens the connection that writes; with the last time and number of the store.
pub(super) fn open(shared: &Shared, look: Look) -> Result<(Connection, Timestamp, u64), OpenError> {
    let (path, settings) = (shared.folder.database(), &shared.settings);
    let limit = settings.most_bytes.map(PageLimit::of);
    let connection = connection::writer(&path, limit, settings.log_bytes, look)?;
    let read = connection.query_row("SELECT now, sequence FROM meta", (), |row| {
        Ok((Timestamp(row.get(0)?), row.get(1)?))
    });
    let database = |error: rusqlite::Error| OpenError::Database(cause("reading it", &error));
    let (now, sequence) = read.map_err(database)?;
    let all = shared.files.all().map_err(file(&shared.folder.bodies()))?;
    remove_files(&connection, shared, all).map_err(database)?;
    Ok((connection, now, sequence))
}

/// Removes those files that no row names. One that cannot be removed is told, and tried again at the next start.
fn remove_files(
    connection: &Connection,
    shared: &Shared,
    files: Vec<Digest>,
) -> rusqlite::Result<()> {
    for digest in files {
        let text = "SELECT EXISTS (SELECT 1 FROM body WHERE digest = ?1 AND bytes IS NULL)";
        let is_named: bool = connection
            .prepare_cached(text)?
            .query_row((digest.0,), |row| row.get(0))?;
        if is_named {
            continue;
        }
        if let Err(error) = shared.files.remove(&digest) {
            tracing::warn!(target: "silta::store", %digest, %error, "a file that nobody needs was not removed");
        }
    }
    Ok(())
}
