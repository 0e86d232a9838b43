// SPDX-License-Identifier: Apache-2.0
//! Certificates of simulators.

use std::path::Path;

use silta::pem;
use silta_simulators::SimulatorError;

use crate::{failure::Failure, files};

/// A key, or a chain of certificates, has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

/// How the names of files with private keys end.
const KEY: &str = ".key.pem";

/// The folder with the certificates, and what a simulator's setup is made of.
pub(super) struct Pki<'a> {
    pub(super) folder: &'a Path,
    /// Fields of the setup, and the file or option that each comes from.
    pub(super) fields: &'static [(&'static str, &'static str)],
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

    /// Why a simulator does not start, by the names that the user knows.
    pub(super) fn explain(&self, error: &SimulatorError) -> Failure {
        match error {
            SimulatorError::Pem(field) => self.wrong(self.source(field), "holds no usable PEM"),
            SimulatorError::Credential { field, .. } => self.wrong(
                self.source(field),
                "does not work together with its private key",
            ),
            SimulatorError::Anchors { field, .. } => {
                self.wrong(self.source(field), "cannot verify anybody")
            }
            SimulatorError::Issuer(field) => {
                self.wrong(self.source(field), "cannot issue with its private key")
            }
            SimulatorError::Url(field) => {
                let option = self.source(field);
                Failure::command_line(&format!(
                    "{option}: is not an https URL with a host; correct it"
                ))
            }
            SimulatorError::Host(field) => {
                let option = self.source(field);
                Failure::command_line(&format!(
                    "{option}: is neither a DNS name nor an address; correct it"
                ))
            }
            SimulatorError::Address(field) => {
                let option = self.source(field);
                Failure::command_line(&format!("{option}: is no mail address; correct it"))
            }
            SimulatorError::Folder(error) => {
                let message =
                    format!("--drop: the folder cannot be made ({error}); name another one");
                Failure::caller("sim.folder", "--drop", &message)
            }
            SimulatorError::Dialect(lacks) => {
                let message = format!("--schemas: the package {lacks}; leave out --notify");
                Failure::caller("schemas.not-spoken", "--schemas", &message)
            }
            SimulatorError::Listen(error) => {
                let message =
                    format!("--listen: nobody can listen there ({error}); name another address");
                Failure::caller("sim.not-listening", "--listen", &message)
            }
            other => {
                let message = format!("the simulator does not start: {other}");
                Failure::internal("sim.not-started", &message)
            }
        }
    }

    /// Where a field of the setup comes from.
    fn source(&self, field: &'static str) -> &'static str {
        let found = self.fields.iter().find(|(name, _)| *name == field);
        found.map_or(field, |(_, source)| *source)
    }

    /// What is wrong with one of its files.
    fn wrong(&self, name: &str, what: &str) -> Failure {
        let path = self.folder.join(name).display().to_string();
        let message = format!("{path}: {what}; `silta init` makes a folder of files that do");
        Failure::caller("sim.certificates", path, &message)
    }
}
