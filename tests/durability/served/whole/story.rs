// SPDX-License-Identifier: Apache-2.0
//! What was asked, sent, brought and taken, and whether all of it goes together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::SystemTime,
};

/// Agencies that are called, by the names of their tables.
pub(crate) const CUSTOMS: &str = "tulli";
pub(crate) const REST: &str = "suomifi-rest";
pub(crate) const MAIL: &str = "suomifi-mail";

/// A submission that was answered 202.
#[derive(Debug, Clone)]
pub(crate) struct Submitted {
    pub(crate) agency: &'static str,
    /// What the message is known by, at the agency as well.
    pub(crate) token: String,
    pub(crate) conversation: Option<String>,
    /// Number of its operation. Within a conversation, submissions come one after the other.
    pub(crate) id: u64,
    /// Whether there is nothing wrong with it. What is wrong with others may be found after they were queued, and before anything leaves.
    pub(crate) is_sound: bool,
}

/// Something that an agency took.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) agency: &'static str,
    pub(crate) token: String,
}

/// Something that came whole to an agency.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) token: String,
    /// A digest of what came.
    pub(crate) bytes: String,
    /// Whether the agency said that it has not taken it.
    pub(crate) is_refused: bool,
}

/// How an operation ended, by its number.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) end: String,
    pub(crate) entry: Option<u64>,
}

/// An entry of the inbox, at the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) position: u64,
    pub(crate) agency: String,
    /// The operation that brought it, if one did.
    pub(crate) operation: Option<u64>,
    /// Kind and key of each event.
    pub(crate) events: Vec<(String, String)>,
    pub(crate) is_acknowledged: bool,
}

/// An entry that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Delivered {
    pub(crate) position: u64,
    pub(crate) epoch: u64,
    /// When it was asked for.
    pub(crate) begun: SystemTime,
    /// When it was there.
    pub(crate) ended: SystemTime,
    pub(crate) until: SystemTime,
}

/// What a client wants with an entry that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Want {
    Ack,
    Nack,
    Extend,
}

/// What a client has said of an entry.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) position: u64,
    pub(crate) epoch: u64,
    pub(crate) want: Want,
    /// When it was answered, and with which status; none where nobody knows.
    pub(crate) answer: Option<(SystemTime, u16)>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) submitted: Vec<Submitted>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) ended: BTreeMap<u64, Ended>,
    pub(crate) kept: Vec<Kept>,
    pub(crate) delivered: Vec<Delivered>,
    pub(crate) said: Vec<Said>,
}

/// What it came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) sent: usize,
    pub(crate) given_up: usize,
    pub(crate) refused: usize,
    pub(crate) conversations: usize,
    pub(crate) resent: usize,
    pub(crate) entries: usize,
    pub(crate) deliveries: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations done, {} given up because mail knows no repetition, {} refused before anything left; {} conversations in order; \
             {} uploads came more than once, in the same bytes wherever one may have been taken; {} entries, handed out {} times, each acknowledged once; \
             0 missing, 0 twice",
            self.sent,
            self.given_up,
            self.refused,
            self.conversations,
            self.resent,
            self.entries,
            self.deliveries
        )
    }
}

/// Events that tell the end of an operation.
const RESULTS: [&str; 5] = [
    "upload-acknowledged",
    "message-sent",
    "send-failed",
    "silta.operation-refused",
    "silta.operation-given-up",
];

/// Judges all of it, or says what is wrong first.
pub(crate) fn judge(story: &Story) -> Result<Told, String> {
    let mut told = Told {
        entries: story.kept.len(),
        deliveries: story.delivered.len(),
        ..Told::default()
    };
    judge_ends(story, &mut told)?;
    judge_order(story, &mut told)?;
    judge_bytes(story, &mut told)?;
    judge_events(story)?;
    judge_deliveries(story)?;
    Ok(told)
}

/// Each submission has taken effect once and has one result; nothing else has taken effect.
fn judge_ends(story: &Story, told: &mut Told) -> Result<(), String> {
    let mut effects: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for effect in &story.effects {
        let key = (effect.agency, effect.token.as_str());
        *effects.entry(key).or_default() += 1;
    }
    let results = results(&story.kept);
    let (mut tokens, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for submitted in &story.submitted {
        let Submitted {
            agency, token, id, ..
        } = submitted;
        if !tokens.insert((*agency, token.as_str())) || !ids.insert(*id) {
            return Err(format!("queued more than once: {submitted:?}"));
        }
        let Some(ended) = story.ended.get(id) else {
            return Err(format!("answered 202, and has not ended: {submitted:?}"));
        };
        let times = effects.get(&(*agency, token.as_str()));
        let times = times.copied().unwrap_or_default();
        let is_right = match (submitted.is_sound, ended.end.as_str()) {
            (true, "done") => times == 1,
            // Whether a mail without a reply was taken, nobody knows: somebody has decided that it is not sent again.
            (true, "givenUp") => *agency == MAIL && times <= 1,
            (false, "refused") => times == 0,
            _ => false,
        };
        if !is_right {
            return Err(format!(
                "taken {times} times, and ended {}: {submitted:?}",
                ended.end
            ));
        }
        match ended.end.as_str() {
            "done" => told.sent += 1,
            "givenUp" => told.given_up += 1,
            _ => told.refused += 1,
        }
        let results = results.get(id).map_or(&[][..], Vec::as_slice);
        if results.is_empty() || ended.entry != Some(results[0]) || results.len() > 1 {
            return Err(format!(
                "operation {id} ended with entry {:?}, and has the results {results:?}",
                ended.entry
            ));
        }
    }
    match effects.keys().find(|effect| !tokens.contains(*effect)) {
        Some(effect) => Err(format!("was not queued, and has taken effect: {effect:?}")),
        None => Ok(()),
    }
}

/// By operation, the entries that tell its end.
fn results(kept: &[Kept]) -> BTreeMap<u64, Vec<u64>> {
    let mut results: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for kept in kept {
        let mut events = kept.events.iter();
        let is_result = events.any(|(kind, _)| RESULTS.contains(&kind.as_str()));
        if let Some(id) = kept.operation.filter(|_| is_result) {
            results.entry(id).or_default().push(kept.position);
        }
    }
    results
}

/// What belongs to a conversation takes effect, and comes to the inbox, in the order in which it was submitted.
fn judge_order(story: &Story, told: &mut Told) -> Result<(), String> {
    let mut conversations: BTreeMap<_, Vec<&Submitted>> = BTreeMap::new();
    for submitted in &story.submitted {
        if let Some(name) = &submitted.conversation {
            let name = (submitted.agency, name);
            conversations.entry(name).or_default().push(submitted);
        }
    }
    let places = story.effects.iter().enumerate();
    let places: BTreeMap<_, usize> = places
        .map(|(place, effect)| ((effect.agency, &effect.token), place))
        .collect();
    let place = |it: &Submitted| places.get(&(it.agency, &it.token)).copied();
    told.conversations = conversations.len();
    for (name, mut submitted) in conversations {
        submitted.sort_by_key(|it| it.id);
        let effects: Vec<usize> = submitted.iter().filter_map(|it| place(it)).collect();
        let ended = submitted.iter().filter_map(|it| story.ended.get(&it.id));
        let entries: Vec<u64> = ended.filter_map(|ended| ended.entry).collect();
        if !effects.is_sorted() || !entries.is_sorted() {
            return Err(format!(
                "{name:?} is out of order: taken {effects:?}, brought {entries:?}"
            ));
        }
    }
    Ok(())
}

/// Other bytes come only after an agency has said of all before that it has not taken them.
fn judge_bytes(story: &Story, told: &mut Told) -> Result<(), String> {
    let mut attempts: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for attempt in &story.attempts {
        attempts.entry(&attempt.token).or_default().push(attempt);
    }
    for (token, attempts) in attempts {
        told.resent += usize::from(attempts.len() > 1);
        let mut doubtful: Option<&str> = None;
        for attempt in attempts {
            if doubtful.is_some_and(|bytes| bytes != attempt.bytes) {
                return Err(format!(
                    "other bytes after some of which nobody knows: {token}"
                ));
            }
            if !attempt.is_refused {
                doubtful = Some(&attempt.bytes);
            }
        }
    }
    Ok(())
}

/// No event is there twice, and everything has been acknowledged.
fn judge_events(story: &Story) -> Result<(), String> {
    let mut keys = BTreeSet::new();
    for kept in &story.kept {
        if !kept.is_acknowledged {
            return Err(format!("nobody has acknowledged entry {}", kept.position));
        }
        for (kind, key) in &kept.events {
            if !key.is_empty() && !keys.insert((&kept.agency, key)) {
                return Err(format!(
                    "there more than once: a {kind} of {} ({key})",
                    kept.agency
                ));
            }
        }
    }
    Ok(())
}

/// Each entry was handed out, to one at a time, and never after its acknowledgement.
fn judge_deliveries(story: &Story) -> Result<(), String> {
    let mut delivered: BTreeMap<u64, Vec<&Delivered>> = BTreeMap::new();
    for one in &story.delivered {
        delivered.entry(one.position).or_default().push(one);
    }
    let mut said: BTreeMap<u64, Vec<&Said>> = BTreeMap::new();
    for one in &story.said {
        said.entry(one.position).or_default().push(one);
    }
    for kept in &story.kept {
        let position = kept.position;
        let Some(delivered) = delivered.get_mut(&position) else {
            return Err(format!("entry {position} was acknowledged by nobody"));
        };
        delivered.sort_by_key(|one| one.epoch);
        let said = said.remove(&position).unwrap_or_default();
        judge_one(delivered, &said)
            .map_err(|wrong| format!("entry {position}: {wrong}; {delivered:?}, {said:?}"))?;
    }
    let known: BTreeSet<u64> = story.kept.iter().map(|kept| kept.position).collect();
    match delivered.keys().find(|position| !known.contains(position)) {
        Some(position) => Err(format!("entry {position} was handed out and is not there")),
        None => Ok(()),
    }
}

fn judge_one(delivered: &[&Delivered], said: &[&Said]) -> Result<(), &'static str> {
    let acknowledged = |epoch: Option<u64>| {
        let acks = said.iter().filter(|said| said.want == Want::Ack);
        let acks = acks.filter(move |said| epoch.is_none_or(|epoch| said.epoch == epoch));
        acks.filter_map(|said| said.answer.filter(|(_, status)| *status == 204))
    };
    let Some(first) = acknowledged(None).map(|(at, _)| at).min() else {
        // The answer to it was lost with the program.
        let mut acks = said.iter().filter(|said| said.want == Want::Ack);
        return match acks.any(|said| said.answer.is_none()) {
            true => Ok(()),
            false => Err("acknowledged without having been told to"),
        };
    };
    if delivered.iter().any(|one| one.begun > first) {
        return Err("handed out after it had been acknowledged");
    }
    let epochs: BTreeSet<u64> = delivered.iter().map(|one| one.epoch).collect();
    let acknowledging = epochs
        .iter()
        .filter(|epoch| acknowledged(Some(**epoch)).next().is_some());
    if acknowledging.count() > 1 {
        return Err("acknowledged by two who had it");
    }
    for (one, next) in delivered.iter().zip(delivered.iter().skip(1)) {
        if one.epoch == next.epoch {
            return Err("handed out twice under one lease");
        }
        // Handed back, or extended: another moment counts.
        let is_moved = said
            .iter()
            .any(|said| said.epoch == one.epoch && said.want != Want::Ack);
        if !is_moved && next.ended < one.until {
            return Err("handed out while another had it");
        }
    }
    Ok(())
}
