// SPDX-License-Identifier: Apache-2.0
//! `silta wire`: an agency's schema package against the settings of its component.

mod edit;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use silta::Blob;
use silta_schemas::{
    Package, PackageLimits,
    customs::{self, Comparison, Row},
    openapi, suomifi,
};

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::Failure,
    files::{self, Output},
    output::{print, print_json, section},
};

/// The agencies whose packages are known.
const CUSTOMS: &str = "tulli";
const SUOMIFI: &str = "suomifi-viestit";
const SUOMIFI_REST: &str = "suomifi-rest";

/// Arguments of `silta wire`.
#[derive(Debug, Args)]
pub(crate) struct WireArguments {
    /// Agency, by the name of its table in the configuration: tulli; or suomifi-viestit or suomifi-rest, whose settings are shown and not written.
    agency: String,
    /// Its schema package: a ZIP or a folder; of suomifi-rest the OpenAPI file, in JSON.
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
    match arguments.agency.as_str() {
        CUSTOMS => of_customs(arguments),
        SUOMIFI | SUOMIFI_REST => of_suomifi(arguments),
        other => {
            let message = format!(
                "packages of `{other}` are not known; those of {CUSTOMS}, {SUOMIFI} and {SUOMIFI_REST} are"
            );
            Err(Failure::command_line(&message))
        }
    }
}

/// What differs of Suomi.fi messages. Their settings are decisions of the operator, and stay theirs.
fn of_suomifi(arguments: &WireArguments) -> Result<Completion, Failure> {
    if arguments.write {
        let message = format!(
            "--write: settings of {} are not written; set those of the table that you want in the configuration file",
            arguments.agency
        );
        return Err(Failure::command_line(&message));
    }
    if arguments.config.is_named() {
        let message = format!(
            "--config: packages of {} are compared with the defaults of its component, not with a configuration file; `silta check --schemas` judges by the settings of one",
            arguments.agency
        );
        return Err(Failure::command_line(&message));
    }
    let comparison = match arguments.agency.as_str() {
        SUOMIFI_REST => of_openapi(&arguments.schemas)?,
        _ => suomifi::compare(&open(&arguments.schemas)?),
    };
    show(arguments, "Settings and messages", &comparison, None)?;
    Ok(completion(&comparison))
}

fn of_openapi(path: &Path) -> Result<Comparison, Failure> {
    let unreadable = |error| Failure::unreadable(path, &error);
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut content = Vec::new();
    // One byte more than the limit is refused as too much.
    let limit = openapi::LARGEST as u64 + 1;
    file.take(limit)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    openapi::compare(&content).map_err(|error| {
        let at = path.display().to_string();
        let message = format!("{at}: {error}");
        Failure::caller("schemas", at, &message)
    })
}

fn completion(comparison: &Comparison) -> Completion {
    match comparison.unsettled().next() {
        None => Completion::Done,
        Some(_) => Completion::NotDone,
    }
}

fn of_customs(arguments: &WireArguments) -> Result<Completion, Failure> {
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
    let is_settled = completion(&comparison) == Completion::Done;
    let written = match (&config, &old) {
        (Some(config), Some(old)) if arguments.write && is_settled && *old != new => {
            Some(write(config, old, new)?)
        }
        _ => None,
    };
    let settings = (difference.as_str(), written.as_deref());
    show(
        arguments,
        "Settings below wire",
        &comparison,
        Some(settings),
    )?;
    Ok(completion(&comparison))
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
    title: &str,
    comparison: &Comparison,
    settings: Option<(&str, Option<&str>)>,
) -> Result<(), Failure> {
    let backup = settings.and_then(|(_, backup)| backup);
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
    let mut text = section(title, &header, rows.collect());
    let open: Vec<_> = comparison.unsettled().collect();
    text += &list(
        "Required and not settled",
        open.iter().map(|row| match &row.theirs {
            Some(_) => told(row),
            None => format!("{}; set it by hand", told(row)),
        }),
    );
    text += &list(
        "In the package, and not known here",
        comparison.unknown.iter().cloned(),
    );
    if let Some((difference, _)) = settings {
        text += &list("silta.toml", difference.lines().map(str::to_owned));
    }
    if let Some(backup) = backup {
        text += &format!("\nwritten; what it was is in {backup}\n");
    }
    print(&text)
}

/// Something that is not settled.
pub(crate) fn told(row: &Row) -> String {
    match &row.theirs {
        Some(theirs) => format!("{}: {theirs}", row.setting),
        None => format!("{}: nothing in the package is like it", row.setting),
    }
}

fn list(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.map(|line| format!("  {line}\n")).collect();
    match lines.as_str() {
        "" => format!("\n{heading}: nothing\n"),
        lines => format!("\n{heading}:\n{lines}"),
    }
}
