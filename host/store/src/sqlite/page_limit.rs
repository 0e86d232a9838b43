// SPDX-License-Identifier: Apache-2.0
//! How large a database may become, with a reserve for what makes room.
//!
//! Taking an entry out changes rows, which may need another page. A database that was filled to the last page could not have its entries acknowledged, so that nothing in it would ever be
//! removed. So what brings something new leaves a few pages.

use rusqlite::Connection;

/// Bytes of a page, SQLite's default.
const PAGE: u64 = 4096;

/// Pages of the reserve, a sixteenth of small databases.
const RESERVE: u64 = 64;

/// In pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageLimit {
    most: u64,
    reserve: u64,
}

impl PageLimit {
    pub(super) fn of(most_bytes: u64) -> Self {
        let most = (most_bytes / PAGE).max(1);
        Self {
            most,
            reserve: (most / 16).min(RESERVE),
        }
    }

    /// Leaves the reserve alone from now on. A database that is larger already stays as it is, and takes nothing more.
    pub(super) fn keep_reserve(self, connection: &Connection) -> rusqlite::Result<()> {
        set(connection, self.most - self.reserve)
    }

    /// Commands may use the reserve from now on.
    fn use_reserve(self, connection: &Connection) -> rusqlite::Result<()> {
        set(connection, self.most)
    }
}

/// What commands may use one after the other: the limit is set only where that changes.
pub(super) struct Allowance {
    /// None where the database may become as large as it likes.
    limit: Option<PageLimit>,
    has_reserve: bool,
}

impl Allowance {
    /// Of a connection that leaves the reserve alone.
    pub(super) fn new(limit: Option<PageLimit>) -> Self {
        Self {
            limit,
            has_reserve: false,
        }
    }

    /// From now on: whether the reserve may be used.
    pub(super) fn allow(&mut self, connection: &Connection, reserve: bool) -> rusqlite::Result<()> {
        let Some(limit) = self.limit.filter(|_| self.has_reserve != reserve) else {
            return Ok(());
        };
        match reserve {
            true => limit.use_reserve(connection)?,
            false => limit.keep_reserve(connection)?,
        }
        self.has_reserve = reserve;
        Ok(())
    }
}

fn set(connection: &Connection, pages: u64) -> rusqlite::Result<()> {
    // It answers with what it has become.
    let text = format!("PRAGMA max_page_count = {}", pages.max(1));
    connection.query_row(&text, (), |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_within_the_limit() {
        for (bytes, most, reserve) in [
            (0, 1, 0),
            (PAGE * 15, 15, 0),
            (PAGE * 256, 256, 16),
            (1 << 30, 262_144, 64),
        ] {
            assert_eq!(PageLimit::of(bytes), PageLimit { most, reserve });
        }
    }

    #[test]
    fn the_limit_is_set_where_it_changes_and_nowhere_else() {
        let connection = Connection::open_in_memory().unwrap();
        let most = || connection.query_row("PRAGMA max_page_count", (), |row| row.get::<_, u64>(0));
        let limit = PageLimit::of(PAGE * 256);
        limit.keep_reserve(&connection).unwrap();
        let mut allowance = Allowance::new(Some(limit));
        for (reserve, expected) in [(false, 240), (true, 256), (false, 240), (true, 256)] {
            allowance.allow(&connection, reserve).unwrap();
            assert_eq!(most(), Ok(expected));
            // By somebody else: it stays as long as the same is allowed.
            set(&connection, 250).unwrap();
            allowance.allow(&connection, reserve).unwrap();
            assert_eq!(most(), Ok(250));
        }
        let before = most();
        Allowance::new(None).allow(&connection, true).unwrap();
        assert_eq!(most(), before);
    }
}
