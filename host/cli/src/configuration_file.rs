// SPDX-License-Identifier: Apache-2.0
//! Which configuration file a command works by.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::Args;
use silta_config::ConfigError;

use crate::failure::Failure;

/// The variable that names a configuration file.
const VARIABLE: &str = "SILTA_CONFIG";

/// The configuration file of the folder that a command is run in.
const USUAL: &str = "silta.toml";

/// The option `--config`, and what stands in for it.
#[derive(Debug, Args)]
pub(crate) struct ConfigurationFile {
    /// Configuration file [default: the one that the variable SILTA_CONFIG names, or else silta.toml in this folder].
    #[arg(long = "config", value_name = "FILE")]
    named: Option<PathBuf>,
}

impl ConfigurationFile {
    /// The file to read.
    ///
    /// # Errors
    /// None is named, and there is none in this folder; or the variable names one that is not there.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        self.named()?.ok_or_else(|| {
            let message = format!(
                "there is no configuration file: name one with --config FILE, or in the variable {VARIABLE}, or stand in a folder that has a {USUAL}; `silta init DIR` makes one"
            );
            Failure::command_line(&message)
        })
    }

    /// The same, where a command can do without.
    ///
    /// # Errors
    /// The variable names a file that is not there: nothing else on the command line would say where that name comes from.
    pub(crate) fn named(&self) -> Result<Option<PathBuf>, Failure> {
        if let Some(named) = &self.named {
            return Ok(Some(named.clone()));
        }
        let value = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        match value.map(PathBuf::from) {
            Some(file) if file.exists() => Ok(Some(file)),
            Some(file) => {
                let reason = format!(
                    "there is no such file, and the variable {VARIABLE} names it; correct the variable, or name a file with --config"
                );
                Err(ConfigError {
                    file,
                    place: None,
                    field: String::new(),
                    reason,
                }
                .into())
            }
            None => Ok(Path::new(USUAL).exists().then(|| PathBuf::from(USUAL))),
        }
    }

    /// Whether it is named on the command line.
    pub(crate) fn is_named(&self) -> bool {
        self.named.is_some()
    }
}
