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
        Phase, Revision, ServeOrder, VERSION, decode, encode,
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
        let not_servable = || Why::NotServable {
            agency: order.agency.clone(),
            number: order.number,
        };
        let text = format!("SELECT {COLUMNS} FROM generation WHERE agency = ?1 AND number = ?2");
        let found = self.one(&text, (&order.agency, column(order.number)), row)?;
        let generation = found.map(read).transpose()?.ok_or_else(not_servable)?;
        let is_rejected = matches!(generation.outcome, GenerationOutcome::Rejected(_));
        match !is_rejected && self.has_component(&generation.component)? {
            true => Ok(generation),
            false => Err(not_servable().into()),
        }
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
        if is_another {
            self.retire_others(order, earlier)?;
            generation.serve(self.now, order);
            self.write_generation(&generation)?;
            let text = "UPDATE generation SET kept = number IN (?2, ?3) WHERE agency = ?1 AND kept <> (number IN (?2, ?3))";
            let kept = (&order.agency, order.number, earlier.unwrap_or_default());
            self.run(text, kept)?;
        }
        Ok(DesiredAgency {
            component: generation.component.to_string(),
            settings: generation.settings,
            phase: Phase::Serve,
            generation: Some(order.number),
            earlier,
            configured: order.configured.clone(),
        })
    }

    /// Those that may serve are those whose components are kept.
    fn retire_others(&self, order: &ServeOrder, earlier: Option<u64>) -> Result<(), Failure> {
        let text = format!(
            "SELECT {COLUMNS} FROM generation WHERE agency = ?1 AND number <> ?2 AND kept AND version <= ?3"
        );
        for found in self.all(&text, (&order.agency, order.number, VERSION), row)? {
            let mut generation = read(found)?;
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
