//! Certificates of simulators.

use std::path::Path;

use silta::pem;

use crate::{failure::Failure, files};

/// A key, or a chain of certificates, has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

/// How the names of files with private keys end.
const KEY: &str = ".key.pem";

/// The folder with the certificates.
pub(super) struct Pki<'a> {
    pub(super) folder: &'a Path,
}

impl Pki<'_> {
    pub(super) fn read(&self, name: &str) -> Result<String, Failure> {
        let path = self.folder.join(name);
        let text = files::read_text(&path, LARGEST_PEM)?;
        // Told here, with the line; simulators have rules of their own.
        let read = match name.ends_with(KEY) {
            true => pem::private_key(text.as_bytes()).map(drop),
            false => pem::certificates(text.as_bytes()).map(drop),
        };
        match read {
            Ok(()) => Ok(text),
            Err(error) => Err(self.wrong(name, &error.to_string())),
        }
    }

    /// What is wrong with one of its files.
    pub(super) fn wrong(&self, name: &str, what: &str) -> Failure {
        let path = self.folder.join(name).display().to_string();
        let message = format!("{path}: {what}; `silta init` makes a folder of files that do");
        Failure::caller("sim.certificates", path, &message)
    }
}
