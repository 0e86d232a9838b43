// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use toml::Spanned;

use crate::{
    error::ConfigError,
    load::{Config, list_limit},
    read::{self, LIMIT, Limit},
};

/// What the files that a part of a configuration names held at a time. Two that are equal tell that nothing has changed.
///
/// Files are read by their path each time, since they may be replaced by others of their name or by links. Kept are digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(Vec<(PathBuf, Result<Vec<u8>, String>)>);

impl Config {
    /// Of an agency: its keys, certificates, anchors, revocation lists and secrets, and the name of the folder in which the host keeps those that it replaces.
    ///
    /// # Errors
    /// The agency is not configured. A file that cannot be read is part of the snapshot.
    pub fn snapshot(&self, agency: &str) -> Result<Snapshot, ConfigError> {
        let table = self.agency(agency)?;
        let keys = table.keys.values();
        let keys = keys.flat_map(|key| [&key.private_key, &key.certificates]);
        let secrets = table.secrets.values().flat_map(|secret| &secret.files);
        let sets = table.anchors.values();
        let anchors = sets
            .clone()
            .flat_map(|set| [&set.certificates, &set.pinned, &set.list_signers]);
        let anchors = anchors.chain([&table.tls.server_anchors]).flatten();
        let lists = sets.filter_map(|set| Some((set.revocation_lists.as_ref()?, list_limit(set))));
        let files = keys.chain(secrets).chain(anchors);
        let files = files.map(|path| (path, LIMIT)).chain(lists);
        let Snapshot(mut files) = self.take(files);
        // What is in it is the host's own.
        let folder = table.secrets_folder.as_ref();
        files.extend(folder.map(|path| (self.resolve(path.as_ref()), Ok(Vec::new()))));
        Ok(Snapshot(files))
    }

    /// Of the configuration file itself.
    pub fn own_snapshot(&self) -> Snapshot {
        let fingerprint = read::fingerprint(&self.file, LIMIT);
        Snapshot(vec![(self.file.clone(), fingerprint)])
    }

    /// Of the listener: its key and certificates. Empty without a listener.
    pub fn listener_snapshot(&self) -> Snapshot {
        let listener = self.content.listener.as_ref();
        let pairs = listener.into_iter().flat_map(|table| table.pairs());
        let files = pairs.flat_map(|(_, key, certificates)| [key, certificates]);
        self.take(files.map(|path| (path, LIMIT)))
    }

    pub(super) fn take<'a>(
        &self,
        files: impl Iterator<Item = (&'a Spanned<PathBuf>, Limit)>,
    ) -> Snapshot {
        let files = files.map(|(path, limit)| {
            let path = self.resolve(path.as_ref());
            let fingerprint = read::fingerprint(&path, limit);
            (path, fingerprint)
        });
        Snapshot(files.collect())
    }
}
