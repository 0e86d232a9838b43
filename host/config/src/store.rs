// SPDX-License-Identifier: Apache-2.0
//! `[store]`: where what agencies bring is kept, and for how long.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use silta_store::{SqliteSettings, record::Retention};

use crate::{error::ConfigError, load::Config};

/// Where what agencies bring is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The folder.
    pub folder: PathBuf,
    /// How the store works.
    pub settings: SqliteSettings,
    /// What is removed.
    pub retention: Retention,
    /// How often that is done.
    pub look: Duration,
}

/// Records of each kind that are removed at once: others write in between.
const PRUNED_AT_ONCE: u32 = 500;

/// Nodes that were last heard of so long ago are gone.
const NODES_AGE: Duration = days(30);

const LARGEST_ROW: RangeInclusive<u64> = 1..=64 << 20;
const PER_WRITE: RangeInclusive<u32> = 1..=10_000;
const KEPT: RangeInclusive<u32> = 1..=1_000;
const LOOK_MINUTES: RangeInclusive<u32> = 1..=7 * 24 * 60;

/// SQLite needs some pages for its tables.
const SMALLEST_DATABASE: u64 = 1 << 20;

impl Config {
    /// Where what agencies bring is kept, by default where the table `[store]` is left out.
    ///
    /// # Errors
    /// A number is out of its range.
    pub fn store(&self) -> Result<StoreConfig, ConfigError> {
        let table = &*self.content.store;
        let (keep, field) = (&*table.retention, "store.retention");
        self.within(
            "store.largest-row-bytes",
            table.largest_row_bytes,
            &LARGEST_ROW,
        )?;
        self.within(
            "store.arrivals-per-write",
            table.arrivals_per_write,
            &PER_WRITE,
        )?;
        self.within("store.kept-runs", table.kept_runs, &KEPT)?;
        self.within("store.kept-rejections", table.kept_rejections, &KEPT)?;
        self.within(
            &format!("{field}.look-minutes"),
            keep.look_minutes,
            &LOOK_MINUTES,
        )?;
        if let Some(most) = table.most_bytes {
            self.within(
                "store.most-bytes",
                most,
                &(SMALLEST_DATABASE..=i64::MAX as u64),
            )?;
        }
        Ok(StoreConfig {
            folder: self.resolve(&table.folder),
            settings: SqliteSettings {
                largest_row: table.largest_row_bytes,
                most_bytes: table.most_bytes,
                group: table.arrivals_per_write as usize,
                kept_runs: table.kept_runs,
                kept_rejections: table.kept_rejections,
                ..SqliteSettings::default()
            },
            retention: Retention {
                acknowledged_age: Some(days(keep.acknowledged_days)),
                acknowledged_bytes: keep.acknowledged_bytes,
                unacknowledged_age: keep.unacknowledged_days.map(days),
                ended_age: Some(days(keep.ended_days)),
                keys_age: Some(days(keep.keys_days)),
                acts_age: Some(days(keep.acts_days)),
                nodes_age: Some(NODES_AGE),
                limit: PRUNED_AT_ONCE,
            },
            look: Duration::from_secs(60 * u64::from(keep.look_minutes)),
        })
    }

    pub(crate) fn within<N: PartialOrd + std::fmt::Display>(
        &self,
        field: &str,
        value: N,
        range: &RangeInclusive<N>,
    ) -> Result<(), ConfigError> {
        if range.contains(&value) {
            return Ok(());
        }
        let (least, most) = (range.start(), range.end());
        let reason = format!("this is {value}, and has to be a number from {least} to {most}");
        Err(self.error(field.to_owned(), reason))
    }
}

const fn days(days: u32) -> Duration {
    Duration::from_secs(24 * 60 * 60 * days as u64)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn store(table: &str) -> Result<StoreConfig, ConfigError> {
        Config::parse("/etc/silta/silta.toml", table.to_owned())?.store()
    }

    #[test]
    fn left_out_it_is_beside_the_configuration_and_keeps_what_nobody_acknowledged() {
        let store = store("").unwrap();
        assert_eq!(store.folder, Path::new("/etc/silta/store"));
        assert_eq!(store.retention.acknowledged_age, Some(days(30)));
        assert_eq!(store.retention.unacknowledged_age, None);
        assert_eq!(store.retention.acts_age, Some(days(400)));
        assert_eq!(store.look, Duration::from_secs(3600));
    }

    #[test]
    fn each_number_is_taken() {
        let store = store(
            "[store]\nfolder = \"/var/lib/silta\"\nmost-bytes = 2000000\narrivals-per-write = 3\nlargest-row-bytes = 5\nkept-runs = 8\nkept-rejections = 9\n\
             [store.retention]\nacknowledged-days = 1\nacknowledged-bytes = 7\nunacknowledged-days = 2\nended-days = 3\nkeys-days = 4\nacts-days = 6\nlook-minutes = 5\n",
        )
        .unwrap();
        assert_eq!(store.folder, Path::new("/var/lib/silta"));
        let settings = &store.settings;
        assert_eq!((settings.most_bytes, settings.group), (Some(2_000_000), 3));
        assert_eq!((settings.largest_row, settings.kept_runs), (5, 8));
        assert_eq!(settings.kept_rejections, 9);
        let keep = &store.retention;
        assert_eq!(keep.acknowledged_age, Some(days(1)));
        assert_eq!(keep.acknowledged_bytes, Some(7));
        assert_eq!(keep.unacknowledged_age, Some(days(2)));
        assert_eq!(
            (keep.ended_age, keep.keys_age),
            (Some(days(3)), Some(days(4)))
        );
        assert_eq!(keep.acts_age, Some(days(6)));
        assert_eq!(store.look, Duration::from_secs(300));
    }

    #[test]
    fn what_is_out_of_range_is_told_with_its_field() {
        for (table, field) in [
            ("[store]\nlargest-row-bytes = 0", "store.largest-row-bytes"),
            ("[store]\nkept-runs = 0", "store.kept-runs"),
            ("[store]\nkept-runs = 1001", "store.kept-runs"),
            ("[store]\nkept-rejections = 0", "store.kept-rejections"),
            ("[store]\nmost-bytes = 10", "store.most-bytes"),
            (
                "[store]\narrivals-per-write = 0",
                "store.arrivals-per-write",
            ),
            (
                "[store.retention]\nlook-minutes = 0",
                "store.retention.look-minutes",
            ),
        ] {
            let error = store(table).unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.reason.contains("from"), "{error}");
        }
    }
}
