// SPDX-License-Identifier: Apache-2.0
//! Groups of a message that is made up: how often each is there, and what of a choice.

use std::{collections::BTreeSet, ops::Range};

use xml_schema::{Particle, Term};

use super::{At, ComposeError, Composer, begins};

impl Composer<'_> {
    /// A group as often as the entries in it need it, or as it has to be there.
    pub(super) fn group<'s>(
        &self,
        all: &[Particle<'s>],
        (least, most): (u32, Option<u32>),
        at: &mut At<'s>,
    ) -> Result<String, ComposeError> {
        let entries = at.entries.clone();
        let rooms = all.iter().filter_map(|one| self.room(one, at));
        let shares = shares(&entries, rooms.max());
        if most.is_some_and(|most| shares.len() > most as usize) {
            return Err(ComposeError::TooMany(at.told()));
        }
        let mut written = String::new();
        for number in 0..shares.len().max(least as usize) {
            let share = shares.get(number).cloned();
            let is_over = share.is_none();
            at.entries = share.unwrap_or(entries.end..entries.end);
            let before = written.len();
            for one in all {
                written += &self.particle(one, at)?;
            }
            // A group of nothing may be there without end.
            if is_over && written.len() == before {
                break;
            }
        }
        at.entries = entries;
        Ok(written)
    }

    /// Each alternative in which something is said, as often as its entries need it; otherwise the first that can be written.
    pub(super) fn choice<'s>(
        &self,
        all: &[Particle<'s>],
        (least, most): (u32, Option<u32>),
        at: &mut At<'s>,
    ) -> Result<String, ComposeError> {
        let wanted = all.iter().filter(|one| self.is_wanted_in(one, at));
        let wanted: Vec<_> = wanted.collect();
        if wanted.is_empty() {
            return self.first(all, least, at);
        }
        let most = most.map_or(usize::MAX, |most| most as usize);
        let chosen = match wanted.len() > most {
            true => vec![self.covering(&wanted, at)?],
            false => wanted,
        };
        let entries = at.entries.clone();
        let mut count = 0;
        let mut written = String::new();
        for one in &chosen {
            for share in shares(&entries, self.room(one, at)) {
                count += 1;
                at.entries = share;
                written += &self.particle(one, at)?;
            }
        }
        if count > most {
            return Err(ComposeError::TooMany(at.told()));
        }
        at.entries = entries.end..entries.end;
        let missing = (least as usize).saturating_sub(count);
        if missing > 0 {
            written += &self.first(all, u32::try_from(missing).unwrap_or(u32::MAX), at)?;
        }
        at.entries = entries;
        Ok(written)
    }

    /// The alternative in which all is said that is said in any of them.
    fn covering<'p, 's>(
        &self,
        wanted: &[&'p Particle<'s>],
        at: &mut At<'s>,
    ) -> Result<&'p Particle<'s>, ComposeError> {
        let mut said = Vec::new();
        for one in wanted {
            said.push(self.said_in(one, at));
        }
        let whole: BTreeSet<&str> = said.iter().flatten().copied().collect();
        let found = wanted.iter().zip(&said).find(|(_, said)| **said == whole);
        let (found, _) = found.ok_or_else(|| ComposeError::TooMany(at.told()))?;
        Ok(found)
    }

    /// What is said in it, by name; entries have none.
    fn said_in<'s>(&self, particle: &Particle<'s>, at: &mut At<'s>) -> BTreeSet<&'static str> {
        match &particle.term {
            Term::Any => BTreeSet::new(),
            Term::Element(element) => {
                at.way.push(element.name());
                let places = self.form.places.iter().filter(|place| {
                    begins(&place.way, &at.way) && self.said_at(place, at.entry).is_some()
                });
                let mut said: BTreeSet<&'static str> = places.map(|place| place.value).collect();
                if self.holds_entries(at) {
                    said.insert("");
                }
                at.way.pop();
                said
            }
            Term::Sequence(all) | Term::Choice(all) | Term::All(all) => {
                let mut said = BTreeSet::new();
                for one in all {
                    said.extend(self.said_in(one, at));
                }
                said
            }
        }
    }

    /// The first alternative that can be written, where nothing is said in any.
    fn first<'s>(
        &self,
        all: &[Particle<'s>],
        least: u32,
        at: &mut At<'s>,
    ) -> Result<String, ComposeError> {
        let mut failed = None;
        for one in all {
            // What failed half-way leaves where it was.
            let before = at.clone();
            let mut written = String::new();
            let mut tried = Ok(String::new());
            for _ in 0..least.max(1) {
                tried = self.particle(one, at);
                match &tried {
                    Ok(part) if !part.is_empty() => written += part,
                    _ => break,
                }
            }
            match tried {
                Ok(_) => return Ok(written),
                Err(error) => {
                    *at = before;
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(String::new()), Err)
    }

    /// How many entries there is room for in one of these; none where entries are in none of it.
    fn room<'s>(&self, particle: &Particle<'s>, at: &mut At<'s>) -> Option<usize> {
        let most = particle.most.map_or(usize::MAX, |most| most as usize);
        match &particle.term {
            Term::Any => None,
            Term::Element(element) => {
                at.way.push(element.name());
                let is_entry = at.entry.is_none() && self.is_entry(at);
                at.way.pop();
                is_entry.then_some(most)
            }
            Term::Sequence(all) | Term::Choice(all) | Term::All(all) => {
                let mut rooms = Vec::new();
                for one in all {
                    rooms.extend(self.room(one, at));
                }
                rooms
                    .into_iter()
                    .max()
                    .map(|room| room.saturating_mul(most))
            }
        }
    }
}

/// Entries in parts, each of what there is room for; one part where they are not in it.
fn shares(entries: &Range<usize>, room: Option<usize>) -> Vec<Range<usize>> {
    let room = room.unwrap_or(usize::MAX).max(1);
    let count = entries.len().div_ceil(room).max(1);
    let share = |number: usize| {
        let start = entries.start.saturating_add(number.saturating_mul(room));
        start..start.saturating_add(room).min(entries.end)
    };
    (0..count).map(share).collect()
}
