// SPDX-License-Identifier: Apache-2.0
//! `silta record list`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta_bundles::{Folder, Header};
use silta_config::Config;

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    output::{print, print_json, section},
    recorded_calls::read_bundle,
};

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    config: ConfigurationFile,
    /// Folder of the bundles, in place of the one that the configuration names.
    #[arg(long, value_name = "DIR", conflicts_with = "named")]
    dir: Option<PathBuf>,
    /// Those of one agency, by the name of its table in the configuration.
    #[arg(long)]
    agency: Option<String>,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Show them as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// One that cannot be read is told in its place, and does not hide the others.
pub(super) fn run(arguments: &ListArguments) -> Result<Completion, Failure> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None => configured(&arguments.config)?,
    };
    let bundles = Folder::bundles(&folder);
    let bundles = bundles.map_err(|error| Failure::unreadable(&folder, &error))?;
    let read = bundles.into_iter().rev().map(|path| {
        let header = read_bundle(&path).map(|bundle| bundle.header().clone());
        (path, header)
    });
    let is_wanted = |header: &Result<Header, Failure>| match (header, &arguments.agency) {
        (Ok(header), Some(agency)) => header.agency == *agency,
        (Err(_), Some(_)) => false,
        (_, None) => true,
    };
    let listed = read.filter(|(_, header)| is_wanted(header));
    let listed: Vec<_> = listed.take(arguments.limit as usize).collect();
    match arguments.json {
        true => {
            let all: Vec<Value> = listed.iter().map(|(path, it)| as_json(path, it)).collect();
            print_json(&json!({ "bundles": all }))?;
        }
        false => {
            let heads = ["at", "agency", "operation", "generation", "result", "file"];
            let rows = listed.iter().map(|(path, it)| row(path, it)).collect();
            print(&section(
                &format!("recorded calls in {}", folder.display()),
                &heads,
                rows,
            ))?;
        }
    }
    Ok(Completion::Done)
}

fn configured(config: &ConfigurationFile) -> Result<PathBuf, Failure> {
    let file = config.path()?;
    Config::read(&file)?.recorded_folder().ok_or_else(|| {
        let message = format!(
            "{} has no table [record], so that nothing is recorded; add it, or name a folder of bundles with --dir",
            file.display()
        );
        Failure::configuration("record.none", &message)
    })
}

fn as_json(path: &Path, header: &Result<Header, Failure>) -> Value {
    match header {
        Ok(header) => json!({ "file": path, "header": header }),
        Err(failure) => {
            json!({ "file": path, "error": { "code": failure.code(), "message": failure.message() } })
        }
    }
}

fn row(path: &Path, header: &Result<Header, Failure>) -> Vec<String> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = file.into_owned();
    match header {
        Ok(header) => vec![
            header.at.clone(),
            header.agency.clone(),
            header.operation.clone(),
            header.generation.to_string(),
            header.result.clone(),
            file,
        ],
        Err(failure) => {
            let mut row = vec![String::new(); 4];
            row.extend([failure.code().to_owned(), file]);
            row
        }
    }
}
