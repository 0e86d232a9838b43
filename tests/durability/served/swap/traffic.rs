// SPDX-License-Identifier: Apache-2.0
//! All that goes between the program, the agencies and a platform while components are swapped.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta_simulators::{
    customs::Reply,
    suomifi::Algorithms,
    suomifi_mail,
    suomifi_rest::{CitizenMessage, Party},
};

use super::stage::{MAILBOX, Stage};
use crate::{
    agencies::{ATTACHMENT_BYTES, Agencies, Answer, Caller},
    history::History,
    program::Program,
    whole::{self, Wish, until},
};

/// Those who call at once: enough that 200 calls a second are made when each takes 80 ms.
const CALLERS: u64 = 16;

/// Long enough for whatever is asked again.
const PATIENCE: Duration = Duration::from_secs(60);

/// From one thing that Customs, a citizen or a clerk does to the next.
const PAUSE: Duration = Duration::from_millis(250);

/// Agencies that call over HTTPS until they are told to stop: the Tax Administration and Suomi.fi.
pub(super) struct Load {
    callers: Vec<thread::JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    shared: Arc<Shared>,
    caller: Caller,
}

#[derive(Default)]
struct Shared {
    history: History,
    times: Mutex<(Vec<Took>, u64)>,
}

/// When a call began, and how long it took.
pub(super) type Took = (Instant, Duration);

pub(super) struct Times {
    pub(super) history: History,
    pub(super) took: Vec<Took>,
    pub(super) failed: u64,
}

impl Load {
    /// Each caller begins a call in each `pace`, if its last one has been answered.
    pub(super) fn begin(program: &Program, pace: Duration) -> Self {
        // Every other caller's Suomi.fi signs as its published policy says, the others' so that it costs the machine less.
        let algorithms = [Algorithms::Sha1, Algorithms::Sha256];
        let agencies = algorithms.map(|by| Agencies::signing(program, ATTACHMENT_BYTES, by));
        let is_over = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared::default());
        let callers = (0..CALLERS).map(|number| {
            let [by_policy, cheap] = &agencies;
            let agencies = if number.is_multiple_of(2) {
                by_policy
            } else {
                cheap
            };
            let caller = agencies.caller(number).without_customs();
            let (shared, is_over) = (Arc::clone(&shared), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    let took = shared.call(&caller);
                    thread::sleep(pace.saturating_sub(took));
                }
            })
        });
        Self {
            callers: callers.collect(),
            is_over,
            shared,
            caller: agencies[0].caller(CALLERS).without_customs(),
        }
    }

    /// Whether all of them still call.
    pub(super) fn is_whole(&self) -> bool {
        !self.callers.iter().any(thread::JoinHandle::is_finished)
    }

    pub(super) fn end(self) -> Times {
        self.is_over.store(true, Ordering::SeqCst);
        for caller in self.callers {
            caller.join().unwrap();
        }
        self.shared.history.ask_what_is_left(&self.caller, PATIENCE);
        let Ok(shared) = Arc::try_unwrap(self.shared) else {
            panic!("somebody calls still");
        };
        let times = shared.times.into_inner();
        let (took, failed) = times.unwrap_or_else(PoisonError::into_inner);
        Times {
            history: shared.history,
            took,
            failed,
        }
    }
}

impl Shared {
    fn call(&self, caller: &Caller) -> Duration {
        let call = self.history.next(caller);
        let begun = Instant::now();
        let answer = self.history.ask(caller, call);
        let took = begun.elapsed();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.0.push((begun, took));
        times.1 += u64::from(answer != Answer::Yes);
        took
    }
}

/// What Customs and citizens have written, and how often a clerk has had the push registered.
#[derive(Default)]
pub(super) struct Written {
    /// Storage ids of Customs' messages.
    deposited: Mutex<Vec<String>>,
    by_rest: AtomicUsize,
    pub(super) registered: AtomicUsize,
}

impl Written {
    /// Customs lays messages into the mailbox, and notifies of each, until it is over.
    pub(super) fn deposit(&self, stage: &Stage, is_over: &AtomicBool) {
        let recipient = stage.scene.program.intermediary();
        repeatedly(is_over, |number| {
            let reply = Reply::new(&recipient, format!("<Note>{number}</Note>"));
            let id = stage.scene.called.customs.deposit(reply).unwrap();
            self.deposited().push(id);
        });
    }

    /// Citizens write, by mail and so that they are asked for by REST, until it is over.
    pub(super) fn write(&self, stage: &Stage, is_over: &AtomicBool) {
        repeatedly(is_over, |number| {
            let mail = suomifi_mail::CitizenMessage::sample(number);
            stage.scene.called.mail.write(mail, MAILBOX).unwrap();
            let citizen = Party::new("010190-900P", "Aino Esimerkki");
            let message =
                CitizenMessage::new("silta_palvelu", citizen, "Kysymys", "Milloin aukeatte?");
            stage.scene.called.rest.deposit(message).unwrap();
            self.by_rest.fetch_add(1, Ordering::SeqCst);
        });
    }

    /// A clerk has the Tax Administration's push registered, each time after the last one has been, until it is over.
    pub(super) fn register(&self, stage: &Stage, is_over: &AtomicBool) {
        let callback = stage.scene.program.url(crate::agencies::VERO_PATH);
        repeatedly(is_over, |number| {
            let wish = Wish {
                agency: "vero",
                operation: "register-push",
                key: format!("registration-{number}"),
                conversation: None,
                parameters: json!({ "callbackUrl": callback }),
                payload: None,
            };
            let whole::Answer::Came(202, operation) = stage.scene.platform.submit(&wish) else {
                panic!("a registration was not queued");
            };
            let path = format!("/v1/operations/{}", operation["id"]);
            until("the push is registered", || {
                let told = stage.scene.platform.get(&path);
                matches!(told, whole::Answer::Came(200, told) if told["ended"]["end"] == "done")
            });
            self.registered.fetch_add(1, Ordering::SeqCst);
        });
    }

    /// Storage ids of all that Customs has notified of.
    pub(super) fn deposited(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.deposited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages citizens have written that are asked for.
    pub(super) fn by_rest(&self) -> usize {
        self.by_rest.load(Ordering::SeqCst)
    }

    /// Whether the platform has had all that agencies know.
    pub(super) fn is_complete(&self, stage: &Stage) -> bool {
        let (scene, called) = (&stage.scene, &stage.scene.called);
        let mails = called.mail.deliveries();
        let mails = mails.iter().filter(|mail| mail.is_taken()).count();
        let downloads = self.deposited().len() + called.replies();
        let books = scene.books();
        let is_complete = books.number("tulli", "message-downloaded") >= downloads
            && books.number("suomifi-rest", "citizen-message") >= self.by_rest()
            && books.called("suomifi-mail") >= mails;
        drop(books);
        is_complete && scene.is_complete() && scene.is_idle() && nothing_waits(&scene.program)
    }
}

/// Whether everything in the inbox has been acknowledged.
fn nothing_waits(program: &Program) -> bool {
    let listed = program.run(&["inbox", "list", "--json", "--limit", "1"]);
    let listed: Value = serde_json::from_slice(&listed).unwrap();
    listed["entries"].as_array().unwrap().is_empty()
}

/// Does something again and again, with a number, until it is over.
fn repeatedly(is_over: &AtomicBool, mut what: impl FnMut(usize)) {
    let mut number = 0;
    while !is_over.load(Ordering::SeqCst) {
        what(number);
        number += 1;
        thread::sleep(PAUSE);
    }
}
