// SPDX-License-Identifier: Apache-2.0
//! What records calls while they are served.

use std::sync::Arc;

use silta_config::Config;
use silta_gateway::recording::Recorder;

use crate::{commands::version::contract_version, failure::Failure, host};

/// Begins to record, as the table `[record]` says; `None` without it.
///
/// # Errors
/// The table, or what it names, cannot be used.
pub(super) fn start(config: &Config) -> Result<Option<Arc<Recorder>>, Failure> {
    let Some(settings) = config.recording(contract_version())? else {
        return Ok(None);
    };
    let folder = settings.folder.clone();
    let recorder = Recorder::start(settings).map_err(|error| {
        let reason = host::not_opened(&error);
        host::in_configuration(folder, "record.folder".to_owned(), reason)
    })?;
    Ok(Some(Arc::new(recorder)))
}
