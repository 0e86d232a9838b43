//! Certificates of simulators.

use std::path::Path;

use crate::{failure::Failure, files};

/// A key, or a chain of certificates, has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

/// The folder with the certificates.
pub(super) struct Pki<'a> {
    pub(super) folder: &'a Path,
}

impl Pki<'_> {
    pub(super) fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.folder.join(name);
        files::read_text(&path, LARGEST_PEM)
    }

    /// What is wrong with one of its files.
    pub(super) fn wrong(&self, name: &str, what: &str) -> Failure {
        let path = self.folder.join(name).display().to_string();
        let message = format!("{path}: {what}; `silta init` makes a folder of files that do");
        Failure::caller("sim.certificates", path, &message)
    }
}
