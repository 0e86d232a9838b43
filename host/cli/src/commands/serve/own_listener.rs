// SPDX-License-Identifier: Apache-2.0
//! A listener whose certificate is read again when its files have changed: for mail, and for the platform's API.

use std::{net::SocketAddr, path::Path, time::Duration};

use silta_config::{Expiry, Snapshot};
use silta_gateway::{Listener, ListenerError, ServerIdentity};

use super::upkeep::{Upkeep, Words};
use crate::{failure::Failure, host};

/// A listener, kept up to date.
pub(super) struct OwnListener {
    /// None until it is started, and where none is configured.
    listener: Option<Listener>,
    upkeep: Upkeep,
    words: Words,
}

impl OwnListener {
    /// For one that is to be started, with files that were like this just before they were read.
    pub(super) fn since(files: Snapshot, interval: Duration, words: Words) -> Self {
        Self {
            listener: None,
            upkeep: Upkeep::since(files, interval),
            words,
        }
    }

    /// It has been started; where.
    pub(super) fn started(&mut self, listener: Listener) -> SocketAddr {
        let address = listener.address();
        self.listener = Some(listener);
        address
    }

    /// Looks whether its files have changed, and has it answer with the certificate that they hold then. Says after what time to look again.
    pub(super) fn look(
        &mut self,
        files: impl FnOnce() -> Snapshot,
        identity: impl FnOnce() -> Result<Option<ServerIdentity>, Failure>,
    ) -> Duration {
        let Some(listener) = &self.listener else {
            return self.upkeep.interval();
        };
        let look = self.upkeep.look(files());
        if look.is_to_be_read {
            let used = identity().map(|identity| {
                if let Some(identity) = identity {
                    listener.renew(identity);
                }
            });
            self.upkeep.read_again(used, &self.words);
        }
        look.next
    }

    /// When its certificates end, those of this field of the configuration.
    pub(super) fn expiries(&self, field: &str) -> Vec<Expiry> {
        let validities = self.listener.as_ref().map(Listener::validities);
        Expiry::of_own(field, None, &validities.unwrap_or_default())
    }
}

/// Why one cannot be started, or its certificate not be renewed: by the field of the configuration that is at fault, if one is.
pub(super) fn explain(file: &Path, error: &ListenerError, field: Option<String>) -> Failure {
    match field {
        Some(field) => host::in_configuration(file.to_owned(), field, error.to_string()),
        None => Failure::internal("serve.not-started", &error.to_string()),
    }
}
