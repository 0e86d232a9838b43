// SPDX-License-Identifier: Apache-2.0
//! Customs changes its interface while declarations go there: another namespace, and a signature that covers something else. The agency is swapped for a generation that
//! speaks so, rolled back by mistake, and swapped again; what Customs has refused meanwhile is done once more, and every declaration has been taken once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::Blob;

use super::{
    AGENCY, UPLOAD, US,
    customs::{self, Customs},
    journal::{Journal, Party, Seen},
    parameters,
    platform::Platform,
    unexpected,
};
use crate::{failure::Failure, host::Served, project::CONFIGURATION};

/// The namespace of what is signed, as Customs has it from now on.
pub(super) const NAMESPACE: &str = "http://tulli.fi/schema/external/common/dme/v2";

/// What the signature covers from now on: the whole application request.
const FORM: &str = "enveloped-root";

/// What Customs says of a request whose namespace it does not know. It comes before the signature is looked at.
const REFUSED: &str = "453";

/// So many declarations are seen to fare as they must before the next thing happens.
const SEEN: usize = 2;

/// Who submits at the same time.
const CLIENTS: usize = 2;

/// Longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Declarations under way.
struct Traffic<'a> {
    platform: &'a Platform,
    parameters: Value,
    is_over: AtomicBool,
    /// Operations by number: whether Customs has taken the declaration, or refused it.
    ended: Mutex<BTreeMap<u64, bool>>,
    /// What was refused and has been done once more.
    replayed: Mutex<BTreeSet<u64>>,
}

/// Plays it, with a line for each thing that happens.
pub(super) fn changes(
    journal: &mut Journal,
    (folder, served): (&Path, &mut Served),
    (customs, platform): (&Customs, &Platform),
) -> Result<(), Failure> {
    let traffic = Traffic {
        platform,
        parameters: customs::unanswered(parameters(folder)?),
        is_over: AtomicBool::new(false),
        ended: Mutex::default(),
        replayed: Mutex::default(),
    };
    let before = customs.taken().len();
    let submitted = thread::scope(|scope| {
        let submitting = (0..CLIENTS).map(|client| {
            let traffic = &traffic;
            scope.spawn(move || traffic.submit(client))
        });
        let submitting: Vec<_> = submitting.collect();
        let played = traffic.play(journal, (folder, served), customs);
        traffic.is_over.store(true, Ordering::SeqCst);
        let mut submitted = Vec::new();
        for client in submitting {
            let payloads = client
                .join()
                .map_err(|_| unexpected("a client has crashed"))?;
            submitted.extend(payloads?);
        }
        played?;
        Ok::<_, Failure>(submitted)
    })?;
    let way = (Party::Platform, Party::Customs);
    journal.step("none lost", way, || {
        traffic.replay()?;
        let mut taken = customs.taken().split_off(before);
        let mut expected = submitted;
        taken.sort();
        expected.sort();
        if taken != expected {
            return Err(unexpected(&format!(
                "{} declarations were submitted, and Customs has taken {}",
                expected.len(),
                taken.len()
            )));
        }
        let (all, again) = (expected.len(), traffic.replayed().len());
        let text = format!(
            "{all} declarations submitted meanwhile, {again} of them refused and done once more: each taken once, 0 lost"
        );
        let facts = json!({"submitted": all, "doneOnceMore": again, "taken": taken.len()});
        Ok(((), Seen::new(&text, facts)))
    })
}

impl Traffic<'_> {
    fn play(
        &self,
        journal: &mut Journal,
        (folder, served): (&Path, &mut Served),
        customs: &Customs,
    ) -> Result<(), Failure> {
        journal.step("new wire", (Party::Customs, Party::Customs), || {
            self.until(SEEN, true)?;
            customs.speak_the_new_wire();
            let refused = self.until(SEEN, false)?;
            let text = format!("another namespace, another form of signature: declarations are refused, for the namespace ({REFUSED}); the platform goes on submitting");
            let facts = json!({"refused": refused, "code": REFUSED});
            Ok(((), Seen::new(&text, facts)))
        })?;
        journal.step("swap", US, || {
            configure(folder)?;
            served.swap(&folder.join(CONFIGURATION), AGENCY)?;
            let number = served.agency.generation_info()?.number;
            let again = self.replay()?;
            self.until(SEEN, true)?;
            let text = format!("generation {number} speaks the new form: {again} refused ones done once more and taken, and so is what comes");
            Ok(((), Seen::new(&text, json!({"generation": number, "doneOnceMore": again}))))
        })?;
        journal.step("roll back", US, || {
            let number = served.agency.roll_back()?.number;
            let refused = self.until(SEEN, false)?;
            let text = format!("back to generation {number}, as if by mistake: refused again");
            Ok((
                (),
                Seen::new(&text, json!({"generation": number, "refused": refused})),
            ))
        })?;
        journal.step("forward", US, || {
            let number = served.agency.roll_back()?.number;
            let again = self.replay()?;
            self.until(SEEN, true)?;
            let text = format!(
                "generation {number} again, a swap of pointers: {again} done once more and taken"
            );
            Ok((
                (),
                Seen::new(&text, json!({"generation": number, "doneOnceMore": again})),
            ))
        })
    }

    /// One declaration after the other, each until it has ended: what was in them.
    fn submit(&self, client: usize) -> Result<Vec<String>, Failure> {
        let mut submitted = Vec::new();
        while !self.is_over.load(Ordering::SeqCst) {
            let payload = format!("<Declaration>{client}-{}</Declaration>", submitted.len());
            let blob = Blob::from(payload.as_bytes());
            let id = self
                .platform
                .submit((AGENCY, UPLOAD), &self.parameters, Some(blob))?;
            submitted.push(payload);
            let (end, code) = self.platform.end(id)?;
            let is_taken = end == "done";
            if !is_taken && code != REFUSED {
                let other = format!("a declaration was neither taken nor refused: {end} ({code})");
                return Err(unexpected(&other));
            }
            self.ended().insert(id, is_taken);
        }
        Ok(submitted)
    }

    /// Waits until so many more declarations have been taken, or refused.
    fn until(&self, more: usize, are_taken: bool) -> Result<usize, Failure> {
        let count = || {
            self.ended()
                .values()
                .filter(|taken| **taken == are_taken)
                .count()
        };
        let (begun, before) = (Instant::now(), count());
        loop {
            match count().saturating_sub(before) {
                seen if seen >= more => return Ok(seen),
                _ if begun.elapsed() > TIMEOUT => {
                    let fared = if are_taken { "taken" } else { "refused" };
                    return Err(unexpected(&format!("declarations are not {fared}")));
                }
                _ => thread::sleep(PAUSE),
            }
        }
    }

    /// Has all that was refused done once more, which has to be taken now; how many there were.
    fn replay(&self) -> Result<usize, Failure> {
        let ended = self.ended().clone();
        let refused = ended.iter().filter(|(_, is_taken)| !**is_taken);
        let refused: BTreeSet<u64> = refused.map(|(id, _)| *id).collect();
        let left: Vec<u64> = refused.difference(&self.replayed()).copied().collect();
        for id in &left {
            let again = self.platform.replay(*id)?;
            if self.platform.end(again)?.0 != "done" {
                return Err(unexpected("what was done once more was not taken"));
            }
            self.replayed().insert(*id);
        }
        Ok(left.len())
    }

    fn ended(&self) -> MutexGuard<'_, BTreeMap<u64, bool>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replayed(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.replayed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has declarations sent as fast as they come.
pub(super) fn hurry(folder: &Path) -> Result<(), Failure> {
    change(
        folder,
        "\n#calls-per-minute = 60\n",
        "\ncalls-per-minute = 6000\n",
    )
}

/// Writes into the configuration what is spoken from now on.
fn configure(folder: &Path) -> Result<(), Failure> {
    let table = format!(
        "\n[agencies.tulli.settings.wire]\napplication-namespace = \"{NAMESPACE}\"\nsignature-form = \"{FORM}\"\n"
    );
    change(folder, "\n#[agencies.tulli.settings.wire]\n", &table)
}

/// Changes what `silta init` wrote.
fn change(folder: &Path, from: &str, to: &str) -> Result<(), Failure> {
    let path = folder.join(CONFIGURATION);
    let text = fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, &error))?;
    if !text.contains(from) {
        let missing = format!("the configuration has no line `{}`", from.trim());
        return Err(unexpected(&missing));
    }
    fs::write(&path, text.replacen(from, to, 1)).map_err(|error| Failure::unwritable(&path, &error))
}
