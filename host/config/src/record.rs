// SPDX-License-Identifier: Apache-2.0
//! `[record]`: which calls are recorded, whom for, and where.

use std::{collections::BTreeMap, ops::RangeInclusive, path::PathBuf, time::Duration};

use silta_bundles::{Room, SealingKey};
use silta_gateway::recording::{RecordingSettings, RecordingShare};

use crate::{error::ConfigError, load::Config, read::LIMIT};

const SHARE: RangeInclusive<u32> = 0..=1_000;
const BYTES: RangeInclusive<u64> = 1 << 10..=256 << 20;
const WAITING: RangeInclusive<u32> = 1..=1_024;
const BUNDLES: RangeInclusive<u32> = 1..=1_000_000;
const FOLDER_BYTES: RangeInclusive<u64> = 1 << 20..=i64::MAX as u64;
const DAYS: RangeInclusive<u32> = 1..=3_650;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

impl Config {
    /// What is recorded, for components of this version of the contract; `None` without the table `[record]`.
    ///
    /// # Errors
    /// A number is out of its range, an agency is not configured, or the key cannot be read or is no public key of X25519.
    pub fn recording(&self, contract: &str) -> Result<Option<RecordingSettings>, ConfigError> {
        let Some(table) = self.content.record.as_deref() else {
            return Ok(None);
        };
        self.within("record.share", table.share, &SHARE)?;
        self.within("record.most-bytes", table.most_bytes, &BYTES)?;
        self.within("record.most-waiting", table.most_waiting, &WAITING)?;
        self.within("record.most-bundles", table.most_bundles, &BUNDLES)?;
        self.within(
            "record.most-folder-bytes",
            table.most_folder_bytes,
            &FOLDER_BYTES,
        )?;
        self.within("record.keep-days", table.keep_days, &DAYS)?;
        let mut shares = BTreeMap::new();
        for (agency, own) in &table.agencies {
            let field = format!("record.agencies.{agency}");
            self.agency(agency)
                .map_err(|error| self.wrong(&field, error.reason))?;
            let of_thousand = own.share.unwrap_or(table.share);
            self.within(&format!("{field}.share"), of_thousand, &SHARE)?;
            let functions = own.calls.as_ref().unwrap_or(&table.calls).clone();
            let share = RecordingShare {
                of_thousand,
                functions,
            };
            shares.insert(agency.clone(), share);
        }
        let file = self.read_named(&table.key, "record.key", LIMIT)?;
        let key = SealingKey::read(&file).map_err(|error| {
            self.error_in(
                table.key.as_ref(),
                "record.key".to_owned(),
                error.to_string(),
            )
        })?;
        Ok(Some(RecordingSettings {
            key,
            folder: self.resolve(&table.folder),
            room: Room {
                bundles: table.most_bundles,
                bytes: table.most_folder_bytes,
                age: Duration::from_secs(DAY * u64::from(table.keep_days)),
            },
            most_bytes: table.most_bytes,
            most_waiting: table.most_waiting as usize,
            contract: contract.to_owned(),
            share: RecordingShare {
                of_thousand: table.share,
                functions: table.calls.clone(),
            },
            shares,
        }))
    }

    /// The folder of recorded calls; `None` without the table `[record]`.
    pub fn recorded_folder(&self) -> Option<PathBuf> {
        let table = self.content.record.as_deref()?;
        Some(self.resolve(&table.folder))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use silta_bundles::OpeningKey;
    use silta_gateway::recording::RecordedFunction;

    use super::*;

    fn recording(table: &str) -> Result<Option<RecordingSettings>, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let (key, _) = OpeningKey::generate().unwrap();
        fs::write(folder.path().join("record.key.pub"), key.public().to_pem()).unwrap();
        fs::write(folder.path().join("other.pub"), "no key").unwrap();
        let agency = "\n[agencies.tulli]\ncomponent = \"builtin\"\n";
        let text = format!("{table}{agency}");
        Config::parse(folder.path().join("silta.toml"), text)?.recording("0.1.0")
    }

    #[test]
    fn nothing_is_recorded_unless_it_is_said() {
        assert!(recording("").unwrap().is_none());
    }

    #[test]
    fn what_is_left_out_is_the_default_and_agencies_may_have_their_own() {
        let table = "[record]\nkey = \"record.key.pub\"\n[record.agencies.tulli]\nshare = 1000\ncalls = [\"build\"]";
        let settings = recording(table).unwrap().unwrap();
        assert_eq!(settings.share.of_thousand, 10);
        assert_eq!(settings.share.functions.len(), 3);
        assert_eq!(settings.room.age, Duration::from_secs(30 * DAY));
        assert!(settings.folder.ends_with("recorded"));
        let own = settings.shares.get("tulli").unwrap();
        assert_eq!(own.of_thousand, 1000);
        assert_eq!(own.functions, BTreeSet::from([RecordedFunction::Build]));
    }

    #[test]
    fn what_cannot_be_is_told_with_its_field() {
        for (rest, field) in [
            ("share = 1001", "record.share"),
            ("most-bytes = 1", "record.most-bytes"),
            ("most-waiting = 0", "record.most-waiting"),
            ("most-bundles = 0", "record.most-bundles"),
            ("most-folder-bytes = 5", "record.most-folder-bytes"),
            ("keep-days = 0", "record.keep-days"),
            (
                "[record.agencies.tulli]\nshare = 2000",
                "record.agencies.tulli.share",
            ),
            ("[record.agencies.vero]", "record.agencies.vero"),
        ] {
            let error =
                recording(&format!("[record]\nkey = \"record.key.pub\"\n{rest}")).unwrap_err();
            assert_eq!(error.field, field, "{error}");
        }
        let error = recording("[record]\nkey = \"other.pub\"").unwrap_err();
        assert_eq!(error.field, "record.key");
        assert!(error.reason.contains("silta record key"), "{error}");
    }
}
