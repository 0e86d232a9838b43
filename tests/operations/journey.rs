// SPDX-License-Identifier: Apache-2.0
//! An agency and what sends to it, run after run: each in a process of its own, as far as the host can tell.

use std::{
    fs,
    future::poll_fn,
    io,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, SystemTime},
};

use artifacts::Artifact;
use silta::{
    Agency, ChangingSecret, Deployment, Ready, Runtime, SecretFile, SecretValues, Secrets,
    exchange::{Attachment, Outcome, RetryClass},
    time::Clock,
};
use silta_gateway::{
    operation::{Content, Keep, Progress, RunError, Sender, Stopped},
    outbound::{Blocking, ConnectSettings, HttpClient},
};
use tempfile::TempDir;

use super::{
    agency,
    server::{Entry, Server, settings},
};
use crate::support::host::compiled;

/// The password that the operator has configured; 24 characters of base64.
pub(crate) const FIRST: &str = "Zmlyc3QtcGFzc3dvcmQtMQ==";

/// An agency, and where its passwords are kept.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) threads: Blocking,
    folder: TempDir,
    clock: LateClock,
}

/// The clock of the machine, some seconds later.
#[derive(Clone, Default)]
pub(crate) struct LateClock(Arc<AtomicU64>);

impl LateClock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for LateClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            server: Server::start(agency::Agency::new(FIRST)),
            threads: Blocking::new().unwrap(),
            folder: TempDir::new().unwrap(),
            clock: LateClock::default(),
        }
    }

    pub(crate) fn clock(&self) -> LateClock {
        self.clock.clone()
    }

    /// What sends, in a new process.
    pub(crate) fn process(&self) -> Sender {
        self.sender(self.courier(), settings())
    }

    /// The component in a new process.
    pub(crate) fn courier(&self) -> Agency {
        self.courier_with("")
    }

    /// The same with more settings, which begin with a comma.
    pub(crate) fn courier_with(&self, more: &str) -> Agency {
        let url = self.server.url();
        self.deploy(artifacts::COURIER, |it| {
            self.set_up(it, (&url, "tester"), more)
        })
    }

    /// The component in a new process, and a candidate there that asks at this URL as this user.
    pub(crate) fn courier_and_candidate(&self, asks: (&str, &str), number: u64) -> (Agency, Ready) {
        let (runtime, url) = (self.runtime(), self.server.url());
        let deployment = || Deployment::from_bytes(artifacts::COURIER.bytes);
        let serving = self.set_up(deployment(), (&url, "tester"), "");
        let candidate = self.set_up(deployment(), asks, "").with_generation(number);
        let agency = runtime.deploy("courier", serving).unwrap();
        (agency, runtime.prepare("courier", candidate).unwrap())
    }

    fn set_up(&self, deployment: Deployment, (url, user): (&str, &str), more: &str) -> Deployment {
        let settings = format!(r#"{{"url": "{url}", "user": "{user}"{more}}}"#);
        let password = Arc::new(self.password_file());
        let secrets = Secrets::new().with_changing("password", password, "a file");
        deployment.with_settings(settings).with_secrets(secrets)
    }

    /// A component that compares what it is given with the passwords, in a new process.
    pub(crate) fn comparing(&self) -> Agency {
        let password = Arc::new(self.password_file());
        let secrets = Secrets::new().with_changing("rotating", password, "a file");
        self.deploy(artifacts::ROGUE, |deployment| {
            deployment.with_secrets(secrets)
        })
    }

    /// What breaks rules, in a new process.
    pub(crate) fn rogue(&self) -> Sender {
        self.sender(self.rogue_agency(), self.server.settings_by_proxy())
    }

    /// The component that breaks rules, in a new process.
    pub(crate) fn rogue_agency(&self) -> Agency {
        self.deploy(artifacts::ROGUE, |deployment| deployment)
    }

    /// A folder of this test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn sender(&self, agency: Agency, settings: ConnectSettings) -> Sender {
        Sender::new(agency, HttpClient::new(settings).unwrap(), None)
    }

    fn deploy(&self, artifact: Artifact, with: impl FnOnce(Deployment) -> Deployment) -> Agency {
        let deployment = Deployment::from_bytes(artifact.bytes);
        let runtime = self.runtime();
        runtime.deploy(artifact.name, with(deployment)).unwrap()
    }

    /// A new process.
    fn runtime(&self) -> Runtime {
        Runtime::builder()
            .concurrent_calls(16)
            .clock(self.clock.clone())
            .keep_compiled_in(compiled())
            .build()
            .unwrap()
    }

    pub(crate) fn password_path(&self) -> PathBuf {
        self.folder.path().join("password.json")
    }

    fn password_file(&self) -> SecretFile {
        SecretFile::open(self.password_path(), vec![FIRST.as_bytes().to_vec()]).unwrap()
    }

    /// The passwords as a new process reads them.
    pub(crate) fn passwords(&self) -> Arc<SecretValues> {
        self.password_file().values().unwrap()
    }

    pub(crate) fn in_memory(&self) -> Kept {
        Kept::in_memory()
    }

    pub(crate) fn in_file(&self) -> Kept {
        Kept::new(Place::File(self.folder.path().join("state")))
    }

    /// Runs an operation once, in a process.
    pub(crate) fn run(&self, sender: &Sender, task: &Task, kept: &mut Kept) -> Told {
        let mut progress = kept.load().unwrap_or_else(|| task.progress());
        let stopped = self
            .threads
            .run(sender.run(&mut progress, &task.content, kept));
        told(stopped, &mut progress, kept)
    }

    /// The same until it has been polled so often; then it is dropped where it is.
    pub(crate) fn run_for(&self, polls: usize, task: &Task, kept: &mut Kept) -> Option<Told> {
        let sender = self.process();
        let mut progress = kept.load().unwrap_or_else(|| task.progress());
        let stopped = self.threads.run(async {
            let mut future = pin!(sender.run(&mut progress, &task.content, kept));
            let mut left = polls;
            poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(None);
                }
                left -= 1;
                future.as_mut().poll(context).map(Some)
            })
            .await
        });
        stopped.map(|stopped| told(stopped, &mut progress, kept))
    }

    /// Runs an operation, each time in a new process, until it is done or refused.
    pub(crate) fn journey(&self, task: &Task, kept: &mut Kept) -> Vec<Told> {
        let mut all = Vec::new();
        while all.len() < 60 {
            let told = self.run(&self.process(), task, kept);
            let is_over = matches!(told, Told::Done(_) | Told::Refused(_));
            all.push(told);
            if is_over {
                return all;
            }
        }
        panic!("it comes to no end: {all:?}");
    }
}

/// An operation with its input.
pub(crate) struct Task {
    pub(crate) agency: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) parameters: &'static str,
    pub(crate) content: Content,
}

impl Task {
    pub(crate) fn plain(operation: &'static str) -> Self {
        Self {
            agency: "courier",
            operation,
            parameters: "{}",
            content: Content::default(),
        }
    }

    /// One of the rogue component's.
    pub(crate) fn rogue() -> Self {
        Self {
            agency: "rogue",
            ..Self::plain("behave")
        }
    }

    /// A message with so many attachments.
    pub(crate) fn delivery(attachments: usize) -> Self {
        let attachment = |number: usize| Attachment {
            name: format!("{number}.txt"),
            media_type: "text/plain".into(),
            content: format!("attachment {number}").into_bytes().into(),
        };
        Self {
            parameters: r#"{"recipient": "r", "subject": "s"}"#,
            content: Content {
                payload: Some(b"text".to_vec().into()),
                attachments: (1..=attachments).map(attachment).collect(),
            },
            ..Self::plain("deliver")
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress::new(self.agency, self.operation, self.parameters, &self.content)
    }
}

/// What a run told.
#[derive(Debug)]
pub(crate) enum Told {
    Done(Box<Outcome>),
    /// Nothing of the last request left.
    NotSent,
    /// Some of it may have arrived, and no answer came.
    Unknown,
    /// The agency said no, with this code.
    Refused(String),
    /// A reason of our own.
    Failed(RunError),
}

impl Told {
    /// Its name, for comparisons.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::NotSent => "not sent",
            Self::Unknown => "unknown",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }
}

pub(crate) fn names(told: &[Told]) -> Vec<&'static str> {
    told.iter().map(Told::name).collect()
}

/// The outcome of a run. What is done is handed over, and counts as over.
pub(crate) fn told(
    stopped: Result<Stopped, RunError>,
    progress: &mut Progress,
    kept: &mut Kept,
) -> Told {
    let stopped = match stopped {
        Ok(stopped) => stopped,
        Err(RunError::Credential { stopped, .. }) => *stopped,
        Err(error) => return Told::Failed(error),
    };
    match stopped {
        Stopped::NotSent(_) => Told::NotSent,
        Stopped::Outcome(_, Some(_)) => Told::Unknown,
        Stopped::Outcome(outcome, None)
            if matches!(
                outcome.class,
                RetryClass::Done | RetryClass::AlreadyAccepted
            ) =>
        {
            progress.end(&outcome, SystemTime::now());
            match kept.keep(progress) {
                Ok(()) => Told::Done(outcome),
                Err(error) => Told::Failed(error.into()),
            }
        }
        Stopped::Outcome(outcome, None) => Told::Refused(outcome.code),
        Stopped::Misunderstood(problem) => Told::Refused(problem.code),
    }
}

/// Where progress is kept, and when that fails.
pub(crate) struct Kept {
    place: Place,
    /// How often it was asked to keep something.
    pub(crate) calls: usize,
    /// At which call it fails, and whether it has kept it all the same.
    pub(crate) fails: Option<(usize, HasKept)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasKept {
    Yes,
    No,
}

enum Place {
    Memory(Option<Vec<u8>>),
    File(PathBuf),
}

impl Kept {
    pub(crate) fn in_memory() -> Self {
        Self::new(Place::Memory(None))
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            calls: 0,
            fails: None,
        }
    }

    pub(crate) fn load(&self) -> Option<Progress> {
        let bytes = match &self.place {
            Place::Memory(bytes) => bytes.clone()?,
            Place::File(path) => fs::read(path).ok()?,
        };
        Some(Progress::from_bytes(&bytes).unwrap())
    }

    pub(crate) fn forget(&mut self) {
        match &mut self.place {
            Place::Memory(bytes) => *bytes = None,
            Place::File(path) => drop(fs::remove_file(path)),
        }
    }
}

impl Keep for Kept {
    fn keep(&mut self, progress: &Progress) -> io::Result<()> {
        self.calls += 1;
        let fails = self.fails.filter(|(call, _)| *call == self.calls);
        if matches!(fails, Some((_, HasKept::No))) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let kept = progress.to_blob().to_vec();
        match &mut self.place {
            Place::Memory(bytes) => *bytes = Some(kept),
            Place::File(path) => fs::write(path, kept)?,
        }
        match fails {
            Some(_) => Err(io::ErrorKind::Interrupted.into()),
            None => Ok(()),
        }
    }
}

/// The external ids that came in requests, processed or not.
pub(crate) fn external_ids(journal: &[Entry]) -> Vec<String> {
    let ids = journal.iter().map(|entry| entry.call.text("externalId"));
    let mut ids: Vec<_> = ids.filter(|id| !id.is_empty()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// How often requests for a path came whole.
pub(crate) fn arrivals(journal: &[Entry], path: &str) -> usize {
    let to = |entry: &&Entry| entry.call.target == path;
    journal.iter().filter(to).count()
}

/// What the agency was asked for, in order.
pub(crate) fn paths(world: &World) -> Vec<String> {
    let journal = world.server.journal();
    journal.into_iter().map(|it| it.call.target).collect()
}
