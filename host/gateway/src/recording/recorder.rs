// SPDX-License-Identifier: Apache-2.0
//! What the runtime tells of calls, on their threads; it is written on another.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
};

use silta::observe::{
    CallId, CallRecord, LogLevel, Observer, PerformedCall, Records, Refusal, TracingObserver,
    Withheld,
};
use silta_bundles::Folder;

use super::{
    sampling::Sampling,
    settings::{RecordedFunction, RecordingSettings},
    writing,
};
use crate::metrics::{RecordingCounts, RecordingOutcome};

/// Records a share of the calls of a runtime whose observer it is; tells everything else to the program's log.
pub struct Recorder {
    settings: Arc<RecordingSettings>,
    sampling: Sampling,
    counts: RecordingCounts,
    /// None once it has stopped.
    waiting: Mutex<Option<(SyncSender<PerformedCall>, JoinHandle<()>)>>,
}

impl Recorder {
    /// Opens the folder, and begins. What it counts, a [`Gateway`](crate::Gateway) shows that is made with it.
    ///
    /// # Errors
    /// The folder cannot be used, or the system refuses a thread.
    pub fn start(settings: RecordingSettings) -> io::Result<Self> {
        let folder = Folder::open(&settings.folder, settings.room)?;
        let (settings, counts) = (Arc::new(settings), RecordingCounts::default());
        let (sender, receiver) = mpsc::sync_channel(settings.most_waiting);
        let thread = thread::Builder::new().name("silta-recorder".to_owned());
        let (with, count) = (Arc::clone(&settings), counts.clone());
        let thread = thread.spawn(move || writing::write_all(&receiver, folder, &with, &count))?;
        Ok(Self {
            settings,
            sampling: Sampling::default(),
            counts,
            waiting: Mutex::new(Some((sender, thread))),
        })
    }

    /// What it counts.
    pub fn counts(&self) -> RecordingCounts {
        self.counts.clone()
    }

    /// Writes what waits, and records nothing more.
    pub fn stop(&self) {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((sender, thread)) = waiting {
            drop(sender);
            let _ = thread.join();
        }
    }

    fn hand_over(&self, call: PerformedCall) {
        let agency = call.call.agency.clone();
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((sender, _)) = &*waiting else {
            return;
        };
        match sender.try_send(call) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.counts.ended(&agency, RecordingOutcome::NoRoom),
            // The thread is gone, which it never should be.
            Err(TrySendError::Disconnected(_)) => {
                self.counts.ended(&agency, RecordingOutcome::Failed);
            }
        }
    }
}

impl Observer for Recorder {
    fn called(&self, record: &CallRecord) {
        TracingObserver.called(record);
    }

    fn refused(&self, refusal: &Refusal) {
        TracingObserver.refused(refusal);
    }

    fn logged(&self, call: &CallId, level: LogLevel, line: &str) {
        TracingObserver.logged(call, level, line);
    }

    fn records(&self, call: &CallId, function: &'static str) -> Records {
        let share = self.settings.share_of(&call.agency);
        let mut functions = share.functions.iter().copied().map(RecordedFunction::name);
        let is_drawn = !call.is_self_test
            && functions.any(|name| name == function)
            && self.sampling.draws(share.of_thousand);
        match is_drawn {
            true => Records::WithoutSecrets {
                most_bytes: self.settings.most_bytes,
            },
            false => Records::Nothing,
        }
    }

    fn performed(&self, call: PerformedCall) {
        self.hand_over(call);
    }

    fn withheld(&self, call: &CallId, why: Withheld) {
        let outcome = match why {
            Withheld::Secret => RecordingOutcome::Withheld,
            Withheld::TooLarge => RecordingOutcome::TooLarge,
        };
        self.counts.ended(&call.agency, outcome);
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("folder", &self.settings.folder)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        fs,
        path::Path,
        time::{Duration, SystemTime},
    };

    use serde_json::json;
    use silta::{Limits, observe::ServedBy};
    use silta_bundles::{Bundle, OpeningKey, Room};

    use super::*;
    use crate::recording::RecordingShare;

    fn settings(folder: &Path, key: &OpeningKey) -> RecordingSettings {
        RecordingSettings {
            key: key.public(),
            folder: folder.to_owned(),
            room: Room {
                bundles: 10,
                bytes: 1 << 20,
                age: Duration::from_secs(100),
            },
            most_bytes: 100,
            most_waiting: 1,
            contract: "0.1.0".into(),
            share: RecordingShare {
                of_thousand: 1000,
                functions: [RecordedFunction::Build].into(),
            },
            shares: BTreeMap::from([(
                "vero".to_owned(),
                RecordingShare {
                    of_thousand: 0,
                    functions: RecordedFunction::ALL.into(),
                },
            )]),
        }
    }

    fn id(agency: &str, is_self_test: bool) -> CallId {
        CallId {
            agency: agency.into(),
            generation: 7,
            operation: "upload/../x".into(),
            is_self_test,
        }
    }

    fn call(payload: usize) -> PerformedCall {
        PerformedCall {
            call: id("tulli", false),
            served_by: ServedBy::default(),
            settings: "{}".into(),
            limits: Limits::default(),
            at: SystemTime::UNIX_EPOCH,
            function: "envelope.build",
            arguments: vec![json!({ "text": "x".repeat(payload) })],
            answers: Vec::new(),
            result: json!({"tag": "ok"}),
        }
    }

    #[test]
    fn what_is_recorded_is_of_the_share_the_kinds_and_no_self_test() {
        let temporary = tempfile::tempdir().unwrap();
        let (key, _) = OpeningKey::generate().unwrap();
        let recorder = Recorder::start(settings(temporary.path(), &key)).unwrap();
        let recorded = Records::WithoutSecrets { most_bytes: 100 };
        assert_eq!(
            recorder.records(&id("tulli", false), "envelope.build"),
            recorded
        );
        for (call, function) in [
            (id("tulli", true), "envelope.build"),
            (id("tulli", false), "message.parse"),
            (id("vero", false), "envelope.build"),
        ] {
            assert_eq!(recorder.records(&call, function), Records::Nothing);
        }
    }

    #[test]
    fn a_call_is_a_bundle_and_one_that_is_withheld_or_cannot_be_written_is_counted() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("recorded");
        let (key, _) = OpeningKey::generate().unwrap();
        let recorder = Recorder::start(settings(&folder, &key)).unwrap();
        let number = |outcome| recorder.counts().number("tulli", outcome);
        recorder.withheld(&id("tulli", false), Withheld::TooLarge);
        recorder.withheld(&id("tulli", false), Withheld::Secret);
        recorder.performed(call(97));
        recorder.stop();
        assert_eq!(number(RecordingOutcome::TooLarge), 1);
        assert_eq!(number(RecordingOutcome::Withheld), 1);
        assert_eq!(number(RecordingOutcome::Kept), 1);
        let bundles = Folder::bundles(&folder).unwrap();
        let file = fs::read(&bundles[0]).unwrap();
        let bundle = Bundle::read(&file).unwrap();
        assert_eq!(
            (bundle.header().at.as_str(), bundles.len()),
            ("1970-01-01T00:00:00Z", 1)
        );
        let content = bundle.open(&key).unwrap();
        assert_eq!(content.limits["memory-bytes"], 16 << 20);
        assert_eq!(
            serde_json::from_value::<Limits>(content.limits).unwrap(),
            Limits::default()
        );
        // One that has stopped takes nothing more, and nobody notices.
        recorder.performed(call(1));
        let recorder = Recorder::start(settings(&folder, &key)).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        recorder.performed(call(1));
        recorder.stop();
        assert_eq!(
            recorder.counts().number("tulli", RecordingOutcome::Failed),
            1
        );
    }

    #[test]
    fn a_call_for_which_there_is_no_room_is_counted_and_does_not_wait() {
        let temporary = tempfile::tempdir().unwrap();
        let (key, _) = OpeningKey::generate().unwrap();
        let (sender, receiver) = mpsc::sync_channel(1);
        let recorder = Recorder {
            settings: Arc::new(settings(temporary.path(), &key)),
            sampling: Sampling::default(),
            counts: RecordingCounts::default(),
            waiting: Mutex::new(Some((sender, thread::spawn(|| {})))),
        };
        recorder.performed(call(1));
        recorder.performed(call(2));
        assert_eq!(
            recorder.counts().number("tulli", RecordingOutcome::NoRoom),
            1
        );
        assert_eq!(receiver.recv().unwrap().arguments, call(1).arguments);
    }
}
