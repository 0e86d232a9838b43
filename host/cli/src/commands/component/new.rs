// SPDX-License-Identifier: Apache-2.0
//! `silta component new`.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use silta_kit::{Beginning, Sdk};

use super::{Completion, kit_failure};
use crate::{
    failure::Failure,
    output::{print, print_json},
};

/// The variable that names the SDK.
const VARIABLE: &str = "SILTA_SDK";

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// Name of the crate or package: lower-case letters, digits and hyphens.
    name: String,
    /// What to write the component in.
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// Id of the agency that the component speaks for. Left out: the name.
    #[arg(long)]
    agency: Option<String>,
    /// Folder to make; it may exist if it is empty. Left out: one of the name, in this folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Where the SDK's crates come from: the folder of a clone of Silta's repository, or its URL, which cargo fetches from. Left out: what the variable SILTA_SDK names. JavaScript needs none.
    #[arg(long, value_name = "PATH|URL")]
    sdk: Option<String>,
    /// Show the files as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// What a component may be begun in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// Rust: a crate, built by cargo.
    Rust,
    /// JavaScript: a package, built by Node with componentize-js.
    Js,
}

pub(super) fn run(arguments: &NewArguments) -> Result<Completion, Failure> {
    let NewArguments { name, .. } = arguments;
    let agency = arguments.agency.as_ref().unwrap_or(name);
    let folder = arguments.dir.clone().unwrap_or_else(|| name.into());
    let begun = match arguments.lang {
        Lang::Rust => Beginning::new(name, agency, sdk(arguments)?),
        Lang::Js if arguments.sdk.is_some() => {
            let message = "--sdk is for Rust: a component in JavaScript needs no SDK; leave it out";
            return Err(Failure::command_line(message));
        }
        Lang::Js => Beginning::in_javascript(name, agency),
    };
    let begun = begun.map_err(kit_failure)?;
    let files = begun.write(&folder).map_err(kit_failure)?;
    match arguments.json {
        true => print_json(&json!({ "folder": folder, "agency": agency, "files": files }))?,
        false => print(&report(arguments.lang, &folder, agency, files.len()))?,
    }
    Ok(Completion::Done)
}

fn sdk(arguments: &NewArguments) -> Result<Sdk, Failure> {
    let of_variable = || env::var(VARIABLE).ok().filter(|value| !value.is_empty());
    let named = arguments.sdk.clone().or_else(of_variable);
    let named = named.ok_or_else(|| {
        let message = format!(
            "where the SDK's crates come from is not said: name the folder of a clone of Silta's repository, or the repository's URL, with --sdk or in the variable {VARIABLE}"
        );
        Failure::command_line(&message)
    })?;
    Ok(Sdk::named(&named))
}

fn report(lang: Lang, folder: &Path, agency: &str, files: usize) -> String {
    let folder = folder.display();
    let what = match lang {
        Lang::Rust => "crate",
        Lang::Js => "package",
    };
    format!(
        "{folder}: a {what} of {files} files, a component for `{agency}` that works as it stands\n
silta component test --dir {folder}          # builds it, runs its cases, and says what comes out otherwise than expected
silta component test --dir {folder} --bless  # keeps what comes out, once you have read it
silta component build --dir {folder}         # the component as a file\n
{folder}/README.md says how to make your agency of it.\n"
    )
}
