// SPDX-License-Identifier: Apache-2.0
//! A store in a folder.

mod access;
mod acts;
mod arrivals;
mod backup;
mod bodies;
mod cluster;
mod connection;
mod failure;
mod files;
mod folder;
mod generations;
mod inbox;
mod open_error;
mod operation_listing;
mod operations;
mod page_limit;
mod queue;
mod runs;
mod schema;
mod upkeep;
mod visitor;
mod work;
mod writer;

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{
    error::{Cause, StoreError},
    pace::Pace,
    record::{KEPT_REJECTIONS, KEPT_RUNS},
    time::{Clock, SystemClock},
    wakeups::Bell,
};
use connection::Look;
use failure::{Failure, cause, is_fatal};
use files::Files;
use folder::Folder;
pub use open_error::OpenError;
pub use visitor::SqliteVisitor;
use work::Work;
use writer::{Command, Message, Writer};

/// When to ask again what could not be done for the moment.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Readers that are kept for the next who read.
const IDLE_READERS: usize = 8;

/// How a [`SqliteStore`] works.
#[derive(Clone)]
pub struct SqliteSettings {
    /// The largest content that stands in a row, in bytes; a larger one is a file. By default 1 MiB.
    pub largest_row: u64,
    /// The most bytes that the database takes, files of large contents not among them: then it is full, before the disk is. Of these 256 KiB, or a sixteenth of small databases, are
    /// kept for taking entries out, without which nothing could be removed. By default as many as there are.
    pub most_bytes: Option<u64>,
    /// The most commands that share a transaction. By default 256.
    pub group: usize,
    /// Commands that wait at most, for all that ask; who comes then waits for a place. By default 1,024.
    pub queue: usize,
    /// How many runs of an operation are kept, the last ones; at least 1. By default [`KEPT_RUNS`].
    pub kept_runs: u32,
    /// How many generations of an agency that were refused are kept, the last ones; at least 1. By default [`KEPT_REJECTIONS`].
    pub kept_rejections: u32,
    /// Bytes of the log from which it is moved into the database. By default 8 MiB.
    pub log_bytes: u64,
    /// After how long a store that was closed by a failure is tried again. By default 1 s.
    pub reopen_after: Duration,
    /// The clock. By default that of the machine.
    pub clock: Arc<dyn Clock>,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self {
            largest_row: 1 << 20,
            most_bytes: None,
            group: 256,
            queue: 1_024,
            kept_runs: KEPT_RUNS,
            kept_rejections: KEPT_REJECTIONS,
            log_bytes: 8 << 20,
            reopen_after: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
        }
    }
}

/// Keeps everything in a folder: a SQLite database in write-ahead mode that waits for the disk, and a file for each large content.
///
/// One process has a store at a time. Its commands are run by a thread of their own, many in one transaction; what one answers is on the disk. A failure
/// of the disk closes the store: who asked is told that the outcome is unknown, [`ready`](crate::Store::ready) says why, and it is opened anew, as soon as
/// that is possible, after a look at its structure. Dropping it closes it.
pub struct SqliteStore {
    shared: Arc<Shared>,
    queue: Option<SyncSender<Message>>,
    writer: Option<JoinHandle<()>>,
    /// Nobody else has the store as long as this is open.
    _lock: File,
}

/// What the threads share.
struct Shared {
    folder: Folder,
    settings: SqliteSettings,
    files: Arc<Files>,
    bell: Arc<Bell>,
    pace: Pace,
    /// Why it is closed, if it is.
    closed: Mutex<Option<Cause>>,
    readers: Mutex<Vec<Connection>>,
    groups: AtomicU64,
    commands: AtomicU64,
}

/// How many commands shared how many transactions since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitCounts {
    /// Transactions.
    pub groups: u64,
    /// Commands in them.
    pub commands: u64,
}

impl SqliteStore {
    /// Opens the store in a folder, and makes it where there is none. When this returns, everything that was ever acknowledged is on the disk.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, settings: SqliteSettings) -> Result<Self, OpenError> {
        let folder = Folder::prepare(path)?;
        let lock = folder.lock()?;
        folder.prepare_database()?;
        let shared = Arc::new(Shared {
            files: Arc::new(Files::new(folder.bodies())),
            folder,
            bell: Arc::default(),
            pace: Pace::new(settings.clock.clone()),
            closed: Mutex::default(),
            readers: Mutex::default(),
            groups: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            settings,
        });
        let (connection, now, sequence) = writer::open(&shared, Look::Quick)?;
        shared.pace.start_from(now);
        let (queue, commands) = sync_channel(shared.settings.queue);
        let writer = Writer {
            shared: shared.clone(),
            queue: commands,
            connection: Some(connection),
            now,
            sequence,
            retry: Instant::now(),
        };
        let thread = std::thread::Builder::new().name("silta-store".into());
        let started = thread.spawn(move || writer.run());
        let started = started.map_err(folder::file(path))?;
        Ok(Self {
            shared,
            queue: Some(queue),
            writer: Some(started),
            _lock: lock,
        })
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.shared.folder.path().to_owned()
    }

    /// How many commands shared how many transactions.
    pub fn commits(&self) -> CommitCounts {
        CommitCounts {
            groups: self.shared.groups.load(Ordering::Relaxed),
            commands: self.shared.commands.load(Ordering::Relaxed),
        }
    }

    /// Tries at once to open a store again that was closed by a failure.
    ///
    /// # Errors
    /// Why it is still closed.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let (done, finished) = sync_channel(1);
        if let Some(queue) = &self.queue
            && queue.send(Message::Reopen(done)).is_ok()
        {
            let _ = finished.recv();
        }
        self.shared.check_open()
    }

    /// Has the writer run a command, and waits until the disk has it.
    fn write<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(false, run)
    }

    /// The same for a command that takes something out, or gives it out to be taken out: it finds room in a database that is full ([`PageLimit`](page_limit::PageLimit)).
    fn make_room<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(true, run)
    }

    fn run<T: Send + 'static>(
        &self,
        makes_room: bool,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.check_open()?;
        let (answer, answered) = sync_channel(1);
        let command = Command {
            run: Some(run),
            value: None,
            makes_room,
            answer,
        };
        let gone = || StoreError::Unknown(Cause::new("the thread that writes has ended"));
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue
            .send(Message::Run(Box::new(command)))
            .map_err(|_| gone())?;
        answered.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Reads what is committed.
    fn read<T>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.shared.check_open()?;
        let connection = self.shared.reader()?;
        match run(&connection) {
            Ok(answer) => {
                self.shared.take_back(connection);
                Ok(answer)
            }
            Err(Failure::Answer(error)) => {
                self.shared.take_back(connection);
                Err(error)
            }
            Err(Failure::Sqlite(error)) => {
                let cause = cause("reading", &error);
                if is_fatal(&error)
                    && let Some(queue) = &self.queue
                {
                    // What cannot be read may not be what is written either: the store is closed, and looked at.
                    let _ = queue.send(Message::Failed(cause.clone()));
                }
                Err(StoreError::Broken(cause))
            }
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The thread ends when nobody can ask any more; then the lock is given up.
        self.queue = None;
        self.shared.readers().clear();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("folder", &self.shared.folder.path())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SqliteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteSettings")
            .field("largest_row", &self.largest_row)
            .field("most_bytes", &self.most_bytes)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn check_open(&self) -> Result<(), StoreError> {
        match &*self.reason() {
            None => Ok(()),
            Some(reason) => Err(self.unavailable(reason.clone())),
        }
    }

    /// What is answered while it is closed.
    fn closed(&self) -> StoreError {
        let reason = self.reason().clone();
        self.unavailable(reason.unwrap_or_else(|| Cause::new("it is being opened")))
    }

    fn unavailable(&self, reason: Cause) -> StoreError {
        StoreError::Unavailable {
            reason,
            retry_after: self.settings.reopen_after,
        }
    }

    fn close(&self, reason: Cause) {
        *self.reason() = Some(reason);
        self.readers().clear();
    }

    fn open(&self) {
        *self.reason() = None;
    }

    fn count(&self, commands: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.commands.fetch_add(commands as u64, Ordering::Relaxed);
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        if let Some(reader) = self.readers().pop() {
            return Ok(reader);
        }
        let opened = connection::reader(&self.folder.database());
        opened.map_err(|error| StoreError::Broken(Cause::new(error.to_string())))
    }

    fn take_back(&self, reader: Connection) {
        let mut readers = self.readers();
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reason(&self) -> MutexGuard<'_, Option<Cause>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
