// SPDX-License-Identifier: Apache-2.0
//! The store that a configuration names.

use std::path::Path;

use silta::time::Moment;
use silta_config::Config;
use silta_store::{
    OpenError, SqliteStore, SqliteVisitor, StoreError, Timestamp,
    record::{Actor, Way},
};

use crate::{configuration_file::ConfigurationFile, failure::Failure, host};

/// Opens the store of a configuration, which lies in `file`, for this process alone; makes it where there is none.
pub(crate) fn open(file: &Path, config: &Config) -> Result<SqliteStore, Failure> {
    let store = config.store()?;
    SqliteStore::open(&store.folder, store.settings).map_err(|error| not_opened(file, &error))
}

/// Looks into the store of a configuration, whoever has it.
pub(crate) fn visit(named: &ConfigurationFile) -> Result<SqliteVisitor, Failure> {
    let file = named.path()?;
    let config = Config::read(&file)?;
    SqliteVisitor::open(&config.store()?.folder).map_err(|error| not_opened(&file, &error))
}

/// A store that cannot be opened. The text of an error says what to do.
fn not_opened(file: &Path, error: &OpenError) -> Failure {
    host::in_configuration(
        file.to_owned(),
        "store.folder".to_owned(),
        error.to_string(),
    )
}

/// A store that did not do what it was asked to.
pub(crate) fn failed(error: &StoreError) -> Failure {
    let text = error.to_string();
    match error {
        StoreError::Refused(_) => Failure::caller("store.refused", "", &text),
        StoreError::Unknown(_) => Failure::internal("store.outcome-unknown", &text),
        StoreError::Unavailable { .. } => Failure::internal("store.unavailable", &text),
        _ => Failure::internal("store.failed", &text),
    }
}

/// Whoever runs this program, for what is kept of who did what.
pub(crate) fn actor() -> Actor {
    // Asked of the system: variables of the environment say what somebody likes.
    Actor {
        way: Way::COMMAND_LINE,
        name: format!("uid {}", nix::unistd::geteuid()),
        address: String::new(),
    }
}

/// RFC 3339, in UTC; empty for what is beyond the calendar.
pub(crate) fn moment(at: Timestamp) -> String {
    Moment::from_system_time(at.to_system_time()).map_or_else(String::new, |at| at.to_string())
}
