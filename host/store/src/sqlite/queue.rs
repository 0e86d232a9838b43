// SPDX-License-Identifier: Apache-2.0
//! Which operations are given out, and when.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    failure::Failure,
    operations::{COLUMNS, cursor, read},
    work::{Work, rows},
};
use crate::{
    key,
    record::{Claim, Claimed, Due, Lease, OperationId, VERSION, encode},
    time::Timestamp,
};

/// Operations that are given out as soon as their time has come, by an index and by what is asked for. The oldest of a lane comes first, whether it can be claimed or
/// not. Parameter 1 is the last version that is known.
macro_rules! candidates {
    ($index:literal, $asked:literal) => {
        concat!(
            "operation AS candidate ",
            $index,
            " WHERE ended IS NULL AND held IS NULL AND version <= ?1 AND ",
            $asked,
            " AND (lane IS NULL OR NOT EXISTS (
                SELECT 1 FROM operation AS earlier
                WHERE earlier.ended IS NULL AND earlier.lane IS NOT NULL
                AND earlier.agency = candidate.agency AND earlier.lane = candidate.lane AND earlier.id < candidate.id
            ))"
        )
    };
}

/// Those of a claim. Further parameters: agencies, names that are left out.
const CANDIDATES: &str = candidates!(
    "",
    "(?2 = '[]' OR agency IN (SELECT value FROM json_each(?2)))
    AND (?3 = '[]' OR coalesce(name, '') NOT IN (SELECT value FROM json_each(?3)))"
);

/// Those of one agency and name, by the index of these. Further parameters: the agency, the name.
const NAMED: &str = candidates!("INDEXED BY operation_named", "agency = ?2 AND name = ?3");

/// Open operations of an agency by their names. Parameter: the agency.
const OPEN: &str =
    "operation INDEXED BY operation_named WHERE ended IS NULL AND held IS NULL AND agency = ?1";

/// Operations of an agency and a name that somebody has. Parameters: the agency, the name, the time.
const LEASED: &str = "operation INDEXED BY operation_leased WHERE ended IS NULL AND held IS NULL AND owner IS NOT NULL AND agency = ?1 AND name = ?2 AND until > ?3";

/// How many of a name are out, and when the first lease of them ends.
fn leased(
    connection: &Connection,
    (agency, name): (&str, &str),
    now: Timestamp,
) -> Result<(u64, Option<Timestamp>), Failure> {
    let text = format!("SELECT count(*), min(until) FROM {LEASED}");
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<u64>>(1)?));
    let (number, first) = connection
        .prepare_cached(&text)?
        .query_row((agency, name, now.0), read)?;
    Ok((number, first.map(Timestamp)))
}

/// What a claim asks for, by agency and name; `None` where that cannot be told apart so: for all agencies, or with records whose name cannot be read.
///
/// Whoever asks for few operations among thousands of others must not look at those: a worker asks several times a second.
fn names(connection: &Connection, claim: &Claim) -> Result<Option<Vec<(String, String)>>, Failure> {
    if claim.agencies.is_empty() {
        return Ok(None);
    }
    let nameless = format!("SELECT EXISTS (SELECT 1 FROM {OPEN} AND name IS NULL)");
    let first = format!("SELECT min(name) FROM {OPEN}");
    let next = format!("SELECT min(name) FROM {OPEN} AND name > ?2");
    let name = |row: &Row<'_>| row.get::<_, Option<String>>(0);
    let mut found = Vec::new();
    for agency in &claim.agencies {
        let is_nameless: bool = connection
            .prepare_cached(&nameless)?
            .query_row((agency,), |row| row.get(0))?;
        if is_nameless {
            return Ok(None);
        }
        let mut known = connection
            .prepare_cached(&first)?
            .query_row((agency,), name)?;
        while let Some(last) = known {
            known = connection
                .prepare_cached(&next)?
                .query_row((agency, &last), name)?;
            if !claim.except.contains(&last) {
                found.push((agency.clone(), last));
            }
        }
    }
    Ok(Some(found))
}

/// Names of one agency of which as many are out as may be. Of several agencies, none is told: what is full in one of them may be free in another.
fn full(
    connection: &Connection,
    claim: &Claim,
    now: Timestamp,
) -> Result<Vec<(String, String)>, Failure> {
    let [agency] = &claim.agencies[..] else {
        return Ok(Vec::new());
    };
    let mut full = Vec::new();
    for limit in &claim.at_once {
        let name = limit.operation.as_str();
        let (out, _) = leased(connection, (agency, name), now)?;
        if out >= limit.most.into() && !claim.except.iter().any(|it| it == name) {
            full.push((agency.clone(), name.to_owned()));
        }
    }
    Ok(full)
}

/// What is asked for without some names.
fn without(claim: &Claim, names: &[(String, String)]) -> Claim {
    let names = names.iter().map(|(_, name)| name.clone());
    let mut others = claim.clone();
    others.except.extend(names);
    others
}

pub(super) fn due(connection: &Connection, claim: &Claim, now: Timestamp) -> Result<Due, Failure> {
    let used = connection
        .prepare_cached("SELECT now FROM meta")?
        .query_row((), |row| row.get(0))?;
    // A time that was used is never gone behind.
    let now = Timestamp(used).max(now);
    let next = match names(connection, claim)? {
        Some(names) => first_of(connection, &names, (claim, now))?,
        None => {
            let full = full(connection, claim, now)?;
            let others = without(claim, &full);
            let next = first(connection, &others, now)?;
            let of_full = first_of(connection, &full, (claim, now))?;
            next.into_iter().chain(of_full).min()
        }
    };
    let next = next.map(|next| next.max(now));
    Ok(Due { now, next })
}

/// When the first of some names is due.
fn first_of(
    connection: &Connection,
    names: &[(String, String)],
    (claim, now): (&Claim, Timestamp),
) -> Result<Option<Timestamp>, Failure> {
    let text = format!("SELECT until FROM {NAMED} ORDER BY until LIMIT 1");
    let mut query = connection.prepare_cached(&text)?;
    let mut first: Option<u64> = None;
    for (agency, name) in names {
        let until = query.query_row((VERSION, agency, name), |row| row.get::<_, u64>(0));
        if let Some(mut until) = until.optional()? {
            if let Some(most) = claim.most_of(name)
                && let (out, Some(end)) = leased(connection, (agency, name), now)?
                && out >= most
            {
                until = until.max(end.0);
            }
            first = Some(first.map_or(until, |first| first.min(until)));
        }
    }
    Ok(first.map(Timestamp))
}

/// When the first of all is due.
fn first(
    connection: &Connection,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Timestamp>, Failure> {
    let (agencies, except) = (encode(&claim.agencies)?, encode(&claim.except)?);
    // Where there is one already, the others are not looked at.
    let text = format!("SELECT EXISTS (SELECT 1 FROM {CANDIDATES} AND until <= ?4)");
    let is_due: bool = connection
        .prepare_cached(&text)?
        .query_row((VERSION, &agencies, &except, now.0), |row| row.get(0))?;
    if is_due {
        return Ok(Some(now));
    }
    let text = format!("SELECT min(until) FROM {CANDIDATES}");
    let read = |row: &Row<'_>| row.get::<_, Option<u64>>(0);
    let next = connection
        .prepare_cached(&text)?
        .query_row((VERSION, agencies, except), read)?;
    Ok(next.map(Timestamp))
}

pub(super) fn open_run(
    connection: &Connection,
    agency: &str,
    poll: &str,
) -> Result<Option<OperationId>, Failure> {
    let text = "SELECT min(id) FROM operation WHERE ended IS NULL AND lane IS NOT NULL AND agency = ?1 AND lane = ?2";
    let lane = key::lane(None, Some(poll));
    let found = connection
        .prepare_cached(text)?
        .query_row((agency, lane), |row| row.get::<_, Option<u64>>(0))
        .optional()?;
    Ok(found.flatten().map(OperationId))
}

impl Work<'_> {
    pub(super) fn hasten(&self, agency: &str, classes: &[String]) -> Result<u64, Failure> {
        let text = "UPDATE operation SET until = ?3
            WHERE agency = ?1 AND ended IS NULL AND held IS NULL AND owner IS NULL AND until > ?3 AND version <= ?4
            AND CASE WHEN json_valid(last) THEN last ->> '$.class' END IN (SELECT value FROM json_each(?2))";
        let values = (agency, encode(&classes)?, self.now.0, VERSION);
        Ok(self.run(text, values)? as u64)
    }

    /// The oldest of some names that are due, of each as many as may be out beside those that are.
    fn due_of(
        &self,
        names: &[(String, String)],
        (claim, limit): (&Claim, u32),
    ) -> Result<Vec<u64>, Failure> {
        let text = format!("SELECT id FROM {NAMED} AND until <= ?4 ORDER BY id LIMIT ?5");
        let mut free = Vec::new();
        for (agency, name) in names {
            let own = match claim.most_of(name) {
                None => limit,
                Some(most) => {
                    let (out, _) = leased(self.connection, (agency, name), self.now)?;
                    let left = most.saturating_sub(out).min(limit.into());
                    u32::try_from(left).unwrap_or(limit)
                }
            };
            let values = (VERSION, agency, name, self.now.0, own);
            free.extend(self.all(&text, values, |row| row.get::<_, u64>(0))?);
        }
        free.sort_unstable();
        free.truncate(limit as usize);
        Ok(free)
    }

    /// The oldest of all that are due.
    fn due_of_all(&self, claim: &Claim, limit: u32) -> Result<Vec<u64>, Failure> {
        let text = format!(
            "SELECT id, agency, coalesce(name, '') FROM {CANDIDATES} AND until <= ?4 ORDER BY id"
        );
        // What is full now is not looked at: there may be any number of it before the others.
        let others = without(claim, &full(self.connection, claim, self.now)?);
        let (agencies, except) = (encode(&others.agencies)?, encode(&others.except)?);
        let mut statement = self.connection.prepare_cached(&text)?;
        let mut due = statement.query((VERSION, agencies, except, self.now.0))?;
        let mut left: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut free = Vec::new();
        while free.len() < limit as usize
            && let Some(row) = due.next()?
        {
            let of: (String, String) = (row.get(1)?, row.get(2)?);
            if let Some(most) = claim.most_of(&of.1) {
                let known = match left.get(&of) {
                    Some(left) => *left,
                    None => {
                        let (out, _) = leased(self.connection, (&of.0, &of.1), self.now)?;
                        most.saturating_sub(out)
                    }
                };
                left.insert(of, known.saturating_sub(1));
                if known == 0 {
                    continue;
                }
            }
            free.push(row.get(0)?);
        }
        Ok(free)
    }

    pub(super) fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, Failure> {
        let limit = rows("operations", claim.limit)?;
        let free = match names(self.connection, claim)? {
            Some(names) => self.due_of(&names, (claim, limit))?,
            None => self.due_of_all(claim, limit)?,
        };
        let until = self.now.after(claim.duration);
        let take = format!(
            "UPDATE operation SET owner = ?2, until = ?3, epoch = epoch + 1 WHERE id = ?1 RETURNING {COLUMNS}"
        );
        let mut claimed = Vec::new();
        for id in free {
            let Some(operation) = self.one(&take, (id, &claim.owner, until.0), read)? else {
                continue;
            };
            let operation = operation?;
            let poll = operation.wish.poll.as_ref();
            let cursor = poll
                .map(|poll| cursor(self.connection, &operation.agency, poll))
                .transpose()?
                .flatten();
            let lease = Lease {
                id: operation.id,
                epoch: operation.state.epoch,
                until,
            };
            claimed.push(Claimed {
                operation,
                cursor,
                lease,
            });
        }
        Ok(claimed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::AtOnce,
        sqlite::schema::{MIGRATIONS, migrate},
    };

    /// A record that cannot be read has no name: then all names are gone through at once, and the limits hold as they do otherwise.
    #[test]
    fn beside_an_operation_without_a_name_the_limits_hold() {
        const NOW: Timestamp = Timestamp(100);
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        let queue = |id: u64, owner: Option<&str>, until: u64, record: &str| {
            let text = "INSERT INTO operation (id, agency, submitted, owner, until, version, record) VALUES (?1, 'vero', 0, ?2, ?3, 1, ?4)";
            connection
                .execute(text, (id, owner, until, record))
                .unwrap();
        };
        let (send, list) = (r#"{"operation":"send"}"#, r#"{"operation":"list"}"#);
        queue(1, Some("one"), 150, send);
        for id in 2..6 {
            queue(id, None, 0, send);
        }
        // Damaged, and not due yet.
        queue(6, None, 170, "damaged");
        let work = Work {
            connection: &connection,
            now: NOW,
            sequence: 0,
            kept_runs: 1,
            kept_rejections: 1,
            released: Vec::new(),
        };
        let claim = |most| Claim {
            agencies: vec!["vero".to_owned()],
            at_once: vec![AtOnce {
                operation: "send".to_owned(),
                most,
            }],
            limit: 3,
            ..Claim::default()
        };
        assert!(matches!(names(&connection, &claim(1)), Ok(None)));
        // The one that is out ends before the damaged one is due; nothing is due before.
        let next = |most| due(&connection, &claim(most), NOW).ok().unwrap().next;
        assert_eq!(next(1), Some(Timestamp(150)));
        assert_eq!(next(2), Some(NOW));
        let free = |most| work.due_of_all(&claim(most), 3).ok().unwrap();
        assert_eq!(free(1), [0; 0]);
        assert_eq!(free(2), [2]);
        assert_eq!(free(9), [2, 3, 4]);
        queue(7, None, 0, list);
        assert_eq!(free(1), [7]);
        assert_eq!(free(2), [2, 7]);
        assert_eq!(next(1), Some(NOW));
    }

    /// Whoever asks for one operation must not look at the thousands of others.
    #[test]
    fn operations_of_a_name_are_found_by_their_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &MIGRATIONS).unwrap();
        let plan = |text: &str| {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
                .unwrap();
            let mut lines = plan.raw_query();
            let mut text = String::new();
            while let Some(line) = lines.next().unwrap() {
                text += &line.get::<_, String>(3).unwrap();
                text.push('\n');
            }
            text
        };
        let claim = plan(&format!(
            "SELECT id FROM {NAMED} AND until <= 4 ORDER BY id LIMIT 5"
        ));
        assert!(
            claim.contains("operation_named (agency=? AND name=? AND until<?)"),
            "{claim}"
        );
        let due = plan(&format!("SELECT until FROM {NAMED} ORDER BY until LIMIT 1"));
        assert!(
            due.contains("operation_named (agency=? AND name=?)") && !due.contains("ORDER BY"),
            "{due}"
        );
        let leased = plan(&format!("SELECT count(*), min(until) FROM {LEASED}"));
        assert!(
            leased.contains("operation_leased (agency=? AND name=? AND until>?)"),
            "{leased}"
        );
        let names = plan(&format!("SELECT min(name) FROM {OPEN} AND name > 'a'"));
        assert!(
            names.contains("operation_named (agency=? AND name>?)"),
            "{names}"
        );
    }
}
