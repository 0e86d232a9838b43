// SPDX-License-Identifier: Apache-2.0
//! Generations of agencies, and the components of those that may serve.

use rusqlite::{Connection, Row};

use super::{
    bodies, cluster,
    failure::Failure,
    files::Files,
    work::{Prepared, Work, column, rows},
};
use crate::{
    content::{Content, Digest},
    error::Why,
    record::{
        BodyId, DesiredAgency, Generation, GenerationListing, GenerationOutcome, NewGeneration,
        Phase, Revision, ServeOrder, Trial, VERSION, decode, encode,
    },
};

/// Columns of a record: agency, number, version, text.
const COLUMNS: &str = "agency, number, version, record";

fn row(row: &Row<'_>) -> rusqlite::Result<(String, u64, u32, String)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn read(
    (agency, number, version, text): (String, u64, u32, String),
) -> Result<Generation, Failure> {
    let what = || format!("generation {number} of {agency}");
    Ok(decode(what, version, &text)?)
}

fn not_servable(agency: &str, number: u64) -> Why {
    Why::NotServable {
        agency: agency.to_owned(),
        number,
    }
}

pub(super) fn list(
    connection: &Connection,
    listing: &GenerationListing,
) -> Result<Vec<Generation>, Failure> {
    let limit = rows("generations", listing.limit)?;
    let text = format!(
        "SELECT {COLUMNS} FROM generation WHERE agency = ?1 AND (?2 = 0 OR number < ?2) ORDER BY number DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let values = (&listing.agency, column(listing.before), limit);
    let found = statement.query_map(values, row)?;
    found.map(|found| read(found?)).collect()
}

pub(super) fn component(
    connection: &Connection,
    files: &Files,
    digest: &Digest,
) -> Result<Option<Content>, Failure> {
    let text = "SELECT body FROM component WHERE digest = ?1";
    let mut statement = connection.prepare_cached(text)?;
    let mut found = statement.query((digest.0,))?;
    match found.next()? {
        Some(row) => bodies::body(connection, files, BodyId(row.get(0)?)),
        None => Ok(None),
    }
}

impl Work<'_> {
    /// Without a component for one that cannot serve.
    pub(super) fn record_generation(
        &mut self,
        wish: &NewGeneration,
        component: Option<Prepared>,
    ) -> Result<Generation, Failure> {
        let text = "SELECT coalesce(max(number), 0) FROM generation WHERE agency = ?1";
        let last: Option<u64> = self.one(text, (&wish.agency,), |row| row.get(0))?;
        let generation = Generation::new(last.unwrap_or_default() + 1, self.now, wish);
        let digest = generation.component;
        let is_kept = component.is_some();
        if let Some(component) = component {
            self.keep_component(&digest, component)?;
        }
        let text = "INSERT INTO generation (agency, number, digest, kept, version, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let record = encode(&generation)?;
        let (agency, number) = (&generation.agency, generation.number);
        self.run(text, (agency, number, digest.0, is_kept, VERSION, record))?;
        if !is_kept {
            self.remove_rejections(agency)?;
        }
        Ok(generation)
    }

    /// All but the last ones. The largest number stays, since numbers go on from it.
    fn remove_rejections(&self, agency: &str) -> Result<(), Failure> {
        let text = "DELETE FROM generation WHERE agency = ?1 AND number IN
            (SELECT number FROM generation WHERE agency = ?1 AND NOT kept AND version <= ?2
                AND json_extract(record, '$.outcome.is') = 'rejected' ORDER BY number DESC LIMIT -1 OFFSET ?3)";
        self.run(text, (agency, VERSION, self.kept_rejections))?;
        Ok(())
    }

    /// In the place of the same one, which may have been damaged since.
    fn keep_component(&mut self, digest: &Digest, component: Prepared) -> Result<(), Failure> {
        let text = "SELECT body FROM component WHERE digest = ?1";
        let kept: Option<u64> = self.one(text, (digest.0,), |row| row.get(0))?;
        let stored = self.store(component)?;
        let text = "INSERT INTO component (digest, body) VALUES (?1, ?2)
            ON CONFLICT (digest) DO UPDATE SET body = excluded.body";
        self.run(text, (digest.0, stored.body.0))?;
        kept.map_or(Ok(()), |kept| self.remove_body(BodyId(kept)))
    }

    pub(super) fn serve_generations(
        &mut self,
        expected: Revision,
        orders: &[ServeOrder],
    ) -> Result<Revision, Failure> {
        let mut desired = cluster::desired(self.connection)?;
        if desired.revision != expected {
            return Err(Why::Revised(desired.revision).into());
        }
        let mut servable = Vec::new();
        for order in orders {
            servable.push(self.servable(order)?);
        }
        for (order, generation) in orders.iter().zip(servable) {
            let served = desired.value.agencies.get(&order.agency).cloned();
            let next = self.put_into_service(order, generation, served.unwrap_or_default())?;
            desired.value.agencies.insert(order.agency.clone(), next);
        }
        self.remove_components()?;
        self.set_desired(expected, &desired.value)
    }

    fn servable(&self, order: &ServeOrder) -> Result<Generation, Failure> {
        let not_servable = || not_servable(&order.agency, order.number);
        let generation = self.generation(&order.agency, order.number)?;
        let generation = generation.ok_or_else(not_servable)?;
        let is_rejected = matches!(generation.outcome, GenerationOutcome::Rejected(_));
        match !is_rejected && self.has_component(&generation.component)? {
            true => Ok(generation),
            false => Err(not_servable().into()),
        }
    }

    fn generation(&self, agency: &str, number: u64) -> Result<Option<Generation>, Failure> {
        let text = format!("SELECT {COLUMNS} FROM generation WHERE agency = ?1 AND number = ?2");
        let found = self.one(&text, (agency, column(number)), row)?;
        found.map(read).transpose()
    }

    pub(super) fn keep_trial(
        &mut self,
        agency: &str,
        number: u64,
        trial: &Trial,
    ) -> Result<(), Failure> {
        let not_servable = || not_servable(agency, number);
        let mut desired = cluster::desired(self.connection)?;
        let generation = self.generation(agency, number)?;
        let mut generation = generation.ok_or_else(not_servable)?;
        let of_agency = desired.value.agencies.get_mut(agency);
        let of_agency = of_agency.ok_or_else(not_servable)?;
        let is_prepared = generation.outcome == GenerationOutcome::Prepared;
        let is_other = of_agency.trial.is_some_and(|other| other != number);
        if !is_prepared || is_other || !self.has_component(&generation.component)? {
            return Err(not_servable().into());
        }
        generation.try_on(trial);
        self.write_generation(&generation)?;
        let is_kept = trial.end.is_none();
        let before = of_agency.trial;
        of_agency.trial = is_kept.then_some(number);
        if !is_kept {
            let text = "UPDATE generation SET kept = 0 WHERE agency = ?1 AND number = ?2";
            self.run(text, (agency, column(number)))?;
            self.remove_components()?;
        }
        if before.is_some() != is_kept {
            self.set_desired(desired.revision, &desired.value)?;
        }
        Ok(())
    }

    /// What is desired of the agency then.
    fn put_into_service(
        &self,
        order: &ServeOrder,
        mut generation: Generation,
        served: DesiredAgency,
    ) -> Result<DesiredAgency, Failure> {
        let is_another = served.generation != Some(order.number);
        let earlier = served.earlier_after(&generation);
        let trial = served.trial_after(&generation);
        if is_another {
            self.retire_others(order, (earlier, trial))?;
            generation.serve(self.now, order);
            self.write_generation(&generation)?;
            let text = "UPDATE generation SET kept = number IN (?2, ?3, ?4) WHERE agency = ?1 AND kept <> (number IN (?2, ?3, ?4))";
            let kept = (
                &order.agency,
                order.number,
                earlier.unwrap_or_default(),
                trial.unwrap_or_default(),
            );
            self.run(text, kept)?;
        }
        Ok(DesiredAgency {
            component: generation.component.to_string(),
            settings: generation.settings,
            phase: Phase::Serve,
            generation: Some(order.number),
            earlier,
            trial,
            configured: order.configured.clone(),
        })
    }

    /// Those that may serve are those whose components are kept.
    fn retire_others(
        &self,
        order: &ServeOrder,
        (earlier, trial): (Option<u64>, Option<u64>),
    ) -> Result<(), Failure> {
        let text = format!(
            "SELECT {COLUMNS} FROM generation WHERE agency = ?1 AND number <> ?2 AND kept AND version <= ?3"
        );
        for found in self.all(&text, (&order.agency, order.number, VERSION), row)? {
            let mut generation = read(found)?;
            if Some(generation.number) == trial {
                continue;
            }
            generation.replaced(self.now, order);
            generation.retire(earlier);
            self.write_generation(&generation)?;
        }
        Ok(())
    }

    fn write_generation(&self, generation: &Generation) -> Result<(), Failure> {
        let text =
            "UPDATE generation SET version = ?3, record = ?4 WHERE agency = ?1 AND number = ?2";
        let (agency, number) = (&generation.agency, generation.number);
        self.run(text, (agency, number, VERSION, encode(generation)?))?;
        Ok(())
    }

    fn has_component(&self, digest: &Digest) -> Result<bool, Failure> {
        let text = "SELECT 1 FROM component WHERE digest = ?1";
        let found = self.one(text, (digest.0,), |row| row.get::<_, u8>(0))?;
        Ok(found.is_some())
    }

    /// Of those that no generation is kept with.
    fn remove_components(&mut self) -> Result<(), Failure> {
        let text = "DELETE FROM component WHERE NOT EXISTS
            (SELECT 1 FROM generation WHERE generation.digest = component.digest AND kept) RETURNING body";
        for body in self.all(text, (), |row| Ok(BodyId(row.get(0)?)))? {
            self.remove_body(body)?;
        }
        Ok(())
    }
}
