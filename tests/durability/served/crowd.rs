// SPDX-License-Identifier: Apache-2.0
//! Callers in numbers: as fast as they are answered, or at a rate whether they are or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Barrier, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Answer, Client, Connection, HONEST, stranger},
    history::Key,
    program::Program,
    recorded::Recorded,
};

/// A call that nobody of a crowd could make until so long after its time is not made: then the crowd is too small for the rate.
const LATE: Duration = Duration::from_secs(1);

/// After so many calls a caller takes another connection: a known one, a stranger.
const RECONNECT: (u64, u64) = (50, 10);

/// What the calls of a kind of caller are.
type Calls<'a> = Box<dyn Fn(u64) -> (Key, Vec<u8>) + Sync + 'a>;

/// Callers of a kind.
pub(crate) struct Crowd<'a> {
    pub(crate) agency: &'static str,
    pub(crate) is_known: bool,
    client: Client,
    /// The address of a known caller.
    from: Ipv4Addr,
    calls: Calls<'a>,
    numbers: AtomicU64,
    to: SocketAddr,
}

/// How many call, how often, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) callers: usize,
    /// Calls a second, of all of them together; as many as are answered if there is none.
    pub(crate) rate: Option<f64>,
    pub(crate) time: Duration,
}

/// What became of calls.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How long those took that were answered well.
    pub(crate) accepted: Vec<Duration>,
    /// Those that may come again later.
    pub(crate) put_off: Vec<Duration>,
    /// Those that the component refused.
    pub(crate) rejected: Vec<Duration>,
    /// Without an answer.
    pub(crate) unanswered: u64,
    /// Not made, since all callers waited for answers.
    pub(crate) not_made: u64,
    /// What must not be.
    pub(crate) wrong: BTreeMap<String, u64>,
    pub(crate) asked: BTreeSet<Key>,
    pub(crate) acknowledged: BTreeSet<Key>,
}

impl<'a> Crowd<'a> {
    /// The three agencies, each with its certificate if it has one, and strangers beside each.
    pub(crate) fn all(program: &Program, recorded: &'a Recorded) -> Vec<Self> {
        let vero_key = program.pem("vero.key");
        let vero =
            rustls::pki_types::pem::PemObject::from_pem_slice(program.pem("vero").as_bytes());
        let vero = Client::new(program, vec![vero.unwrap()], Some(&vero_key));
        let nobody = || Client::new(program, Vec::new(), None);
        let crowd = |agency, client, from, calls: Calls<'a>| Self {
            agency,
            is_known: from != Ipv4Addr::UNSPECIFIED,
            client,
            from,
            calls,
            numbers: AtomicU64::new(1),
            to: program.address(),
        };
        let strangers = Ipv4Addr::UNSPECIFIED;
        vec![
            crowd(
                "vero",
                vero,
                Ipv4Addr::new(127, 0, 1, 1),
                Box::new(|number| recorded.vero(number)),
            ),
            crowd(
                "tulli",
                Client::customs(program),
                HONEST,
                Box::new(|number| recorded.tulli(number)),
            ),
            crowd(
                "suomifi-viestit",
                nobody(),
                Ipv4Addr::new(127, 0, 1, 2),
                Box::new(|number| recorded.suomifi(number)),
            ),
            crowd(
                "vero",
                nobody(),
                strangers,
                Box::new(|number| recorded.vero(number)),
            ),
            crowd(
                "tulli",
                nobody(),
                strangers,
                Box::new(|number| recorded.tulli(number)),
            ),
            crowd(
                "suomifi-viestit",
                nobody(),
                strangers,
                Box::new(|number| recorded.altered(number)),
            ),
        ]
    }

    /// Calls once, on a connection of its own; whether it was answered well.
    pub(crate) fn call_once(&self, tally: &mut Tally) -> bool {
        let accepted = tally.accepted.len();
        self.call(self.from, &mut None, tally);
        tally.accepted.len() > accepted
    }

    fn work(&self, caller: usize, load: Load, (slots, ready): (&AtomicU64, &Barrier)) -> Tally {
        let (mut tally, mut made) = (Tally::default(), 0);
        let (from, reconnect) = match self.is_known {
            true => (self.from, RECONNECT.0),
            false => (stranger(caller), RECONNECT.1),
        };
        // What is refused here is connected again with the first call.
        let mut connection = self.client.connect(from, self.to).ok();
        ready.wait();
        let begun = Instant::now();
        loop {
            let slot = slots.fetch_add(1, Ordering::Relaxed);
            let now = begun.elapsed();
            let due = load
                .rate
                .map_or(now, |rate| Duration::from_secs_f64(slot as f64 / rate));
            if due >= load.time {
                return tally;
            }
            if now > due + LATE {
                tally.not_made += 1;
                continue;
            }
            thread::sleep(due.saturating_sub(now));
            made += 1;
            if made % reconnect == 0 {
                connection = None;
            }
            self.call(from, &mut connection, &mut tally);
        }
    }

    fn call(&self, from: Ipv4Addr, connection: &mut Option<Connection>, tally: &mut Tally) {
        let (key, call) = (self.calls)(self.numbers.fetch_add(1, Ordering::Relaxed));
        let begun = Instant::now();
        if self.is_known {
            tally.asked.insert(key.clone());
        }
        let open = match connection.take() {
            Some(open) => Ok(open),
            None => self.client.connect(from, self.to),
        };
        let answered = open.and_then(|mut open| {
            open.send(&call)?;
            Ok((open.answer()?, open))
        });
        let took = begun.elapsed();
        let Ok((answer, open)) = answered else {
            tally.unanswered += 1;
            return;
        };
        if answer.field("connection") != Some("close") {
            *connection = Some(open);
        }
        match (answer.status, self.is_known) {
            (429 | 503, _) => {
                if answer.field("retry-after").is_none() {
                    tally.count_wrong(&format!("{} without Retry-After", answer.status));
                }
                tally.put_off.push(took);
            }
            (200, true) if self.is_positive(&answer) => {
                tally.acknowledged.insert(key);
                tally.accepted.push(took);
            }
            (_, false) if !(answer.status == 200 && self.is_positive(&answer)) => {
                tally.rejected.push(took);
            }
            (status, is_known) => {
                tally.count_wrong(&format!("{}: {status}, known {is_known}", self.agency));
            }
        }
    }

    /// Whether an answer with status 200 says that the call need not come again.
    fn is_positive(&self, answer: &Answer) -> bool {
        let body = String::from_utf8_lossy(&answer.body);
        match self.agency {
            "vero" => body.is_empty(),
            "tulli" => body.contains("000"),
            _ => body.contains("TilaKoodi>0<"),
        }
    }
}

impl Tally {
    fn count_wrong(&mut self, what: &str) {
        *self.wrong.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.put_off.extend(other.put_off);
        self.rejected.extend(other.rejected);
        self.unanswered += other.unanswered;
        self.not_made += other.not_made;
        for (what, times) in other.wrong {
            *self.wrong.entry(what).or_default() += times;
        }
        self.asked.extend(other.asked);
        self.acknowledged.extend(other.acknowledged);
    }

    pub(crate) fn sort(&mut self) {
        self.accepted.sort();
        self.put_off.sort();
        self.rejected.sort();
    }

    /// Calls that were made.
    pub(crate) fn made(&self) -> u64 {
        let answered = self.accepted.len() + self.put_off.len() + self.rejected.len();
        answered as u64 + self.unanswered
    }
}

/// Has crowds call at the same time; the outcomes of known callers, and of strangers.
pub(crate) fn press(crowds: &[(&Crowd<'_>, Load)]) -> (Tally, Tally) {
    let (known, strangers) = (Mutex::default(), Mutex::default());
    let slots: Vec<AtomicU64> = crowds.iter().map(|_| AtomicU64::new(0)).collect();
    let callers = crowds.iter().map(|(_, load)| load.callers).sum();
    let ready = Barrier::new(callers);
    thread::scope(|scope| {
        for ((crowd, load), slots) in crowds.iter().zip(&slots) {
            for caller in 0..load.callers {
                let all: &Mutex<Tally> = if crowd.is_known { &known } else { &strangers };
                let ready = &ready;
                scope.spawn(move || {
                    let tally = crowd.work(caller, *load, (slots, ready));
                    all.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .add(tally);
                });
            }
        }
    });
    let done = |all: Mutex<Tally>| {
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.sort();
        all
    };
    (done(known), done(strangers))
}
