// SPDX-License-Identifier: Apache-2.0
//! `silta wire`: an agency's schema package against the settings of its component.

mod edit;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use silta::Blob;
use silta_schemas::{
    Package, PackageLimits,
    customs::{self, Comparison},
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    files::{self, Output},
    output::{print, print_json, section},
};

/// The agency whose packages are known.
const CUSTOMS: &str = "tulli";

/// Arguments of `silta wire`.
#[derive(Debug, Args)]
pub(crate) struct WireArguments {
    /// Agency, by the name of its table in the configuration: tulli.
    agency: String,
    /// Its schema package: a ZIP or a folder.
    #[arg(long, value_name = "PACKAGE")]
    schemas: PathBuf,
    #[command(flatten)]
    config: ConfigurationFile,
    /// Write the settings into the configuration file. What it was is kept beside it, with .bak behind its name. Comments stay, but for those within the tables
    /// `names`, `layouts`, `prefixes` and `soap-actions`, which are written anew.
    #[arg(long)]
    write: bool,
    /// Show the comparison as JSON.
    #[arg(long)]
    json: bool,
}

impl WireArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Shows what the package says, and writes it if asked to and if all that is required is settled.
pub(crate) fn run(arguments: &WireArguments) -> Result<Completion, Failure> {
    if arguments.agency != CUSTOMS {
        let message = format!(
            "packages of `{}` are not known; those of {CUSTOMS} are",
            arguments.agency
        );
        return Err(Failure::command_line(&message));
    }
    let package = open(&arguments.schemas)?;
    let comparison = customs::compare(&package);
    let config = match arguments.write {
        true => Some(arguments.config.path()?),
        false => arguments.config.named()?,
    };
    let old = config.as_deref().map(read).transpose()?;
    let new = edit::edited(
        old.as_deref().unwrap_or_default(),
        CUSTOMS,
        &comparison.wire,
    )
    .map_err(|reason| {
        let file = config.as_deref().map(Path::display);
        let file = file.map_or_else(String::new, |file| file.to_string());
        Failure::configuration("config", &format!("{file}: {reason}"))
    })?;
    let difference = edit::difference(old.as_deref().unwrap_or_default(), &new);
    let is_settled = comparison.unsettled().next().is_none();
    let written = match (&config, &old) {
        (Some(config), Some(old)) if arguments.write && is_settled && *old != new => {
            Some(write(config, old, new)?)
        }
        _ => None,
    };
    show(arguments, &comparison, (&difference, written.as_deref()))?;
    Ok(match is_settled {
        true => Completion::Done,
        false => Completion::NotDone,
    })
}

/// Reads a package that is named on the command line.
pub(crate) fn open(path: &Path) -> Result<Package, Failure> {
    Package::open(path, &PackageLimits::default()).map_err(|error| {
        let at = path.display().to_string();
        let message = format!("{at}: {error}");
        Failure::caller("schemas", at, &message)
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
}

/// Keeps what the file was, and writes what it is to be. The result is the name of the backup.
fn write(config: &Path, old: &str, new: String) -> Result<String, Failure> {
    let name = config.file_name().unwrap_or_default().to_string_lossy();
    let content = Blob::from(old.as_bytes().to_vec());
    let backup = files::add(files::folder_of(config), &format!("{name}.bak"), &content)?;
    Output::prepare(config, &Blob::from(new.into_bytes()))?.finish()?;
    Ok(backup.display().to_string())
}

fn show(
    arguments: &WireArguments,
    comparison: &Comparison,
    (difference, backup): (&str, Option<&str>),
) -> Result<(), Failure> {
    if arguments.json {
        return print_json(&json!({
            "rows": comparison.rows,
            "unknown": comparison.unknown,
            "wire": comparison.wire,
            "unsettled": comparison.unsettled().count(),
            "backup": backup,
        }));
    }
    let rows = comparison.rows.iter().map(|row| {
        let or_dash = |text: &str| match text {
            "" => "–".to_owned(),
            text => text.to_owned(),
        };
        vec![
            row.setting.clone(),
            or_dash(&row.ours),
            or_dash(row.theirs.as_deref().unwrap_or_default()),
            or_dash(row.place.as_deref().unwrap_or_default()),
            row.certainty.to_string(),
        ]
    });
    let header = ["setting", "our default", "the package", "where", "how sure"];
    let mut text = section("Settings below wire", &header, rows.collect());
    let open: Vec<_> = comparison.unsettled().collect();
    text += &list(
        "Required and not settled",
        open.iter().map(|row| match &row.theirs {
            Some(theirs) => format!("{}: {theirs}", row.setting),
            None => format!(
                "{}: nothing in the package is like it; set it by hand",
                row.setting
            ),
        }),
    );
    text += &list(
        "In the package, and not known here",
        comparison.unknown.iter().cloned(),
    );
    text += &list("silta.toml", difference.lines().map(str::to_owned));
    if let Some(backup) = backup {
        text += &format!("\nwritten; what it was is in {backup}\n");
    }
    print(&text)
}

fn list(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.map(|line| format!("  {line}\n")).collect();
    match lines.as_str() {
        "" => format!("\n{heading}: nothing\n"),
        lines => format!("\n{heading}:\n{lines}"),
    }
}
