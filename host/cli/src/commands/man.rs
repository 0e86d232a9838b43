// SPDX-License-Identifier: Apache-2.0
//! `silta man`: the manual, a page for each command.

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    output::{print, print_bytes},
};

/// Arguments of `silta man`.
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Folder to write the pages into, a file for each such as silta-build.1; made where it is missing. Left out: all pages go to standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Writes the pages.
pub(crate) fn run(arguments: &ManArguments, program: Command) -> Result<Completion, Failure> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    collect(&program, &mut pages)?;
    let Some(folder) = &arguments.out else {
        let text: Vec<u8> = pages.into_iter().flat_map(|page| page.text).collect();
        print_bytes(&text)?;
        return Ok(Completion::Done);
    };
    files::ensure_folder(folder)?;
    for page in &pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).map_err(|error| Failure::unwritable(&path, &error))?;
    }
    print(&format!("{}: {} pages\n", folder.display(), pages.len()))?;
    Ok(Completion::Done)
}

/// What every page is of.
const SOURCE: &str = concat!("silta ", env!("CARGO_PKG_VERSION"));

struct Page {
    file: String,
    text: Vec<u8>,
}

/// The page of a command, and those of its own commands after it.
fn collect(command: &Command, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let man = Man::new(command.clone()).source(SOURCE).manual("Silta");
    let file = man.get_filename();
    let mut text = Vec::new();
    man.render(&mut text)
        .map_err(|error| Failure::internal("man.not-made", &format!("{file}: {error}")))?;
    pages.push(Page { file, text });
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|command| collect(command, pages))
}
