// SPDX-License-Identifier: Apache-2.0
//! `silta init`: a folder to start from.

mod report;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use tempfile::TempDir;

use super::Completion;
use crate::{
    failure::Failure,
    files,
    output::{deliver_bytes, printable},
    project::{self, Contents, ExampleAgency, production},
};

/// Arguments of `silta init`.
#[derive(Debug, Args)]
#[cfg_attr(test, derive(Default))]
pub(crate) struct InitArguments {
    /// Folder to make; it may exist if it is empty. Left out: this one.
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
    /// Have tables and example files for this agency, ready for use, and for no other that is not named; may be repeated. Left out: those of
    /// Customs, and everything else as comments.
    #[arg(long, value_name = "NAME")]
    agency: Vec<ExampleAgency>,
    /// Have the table [listener] ready for use: where agencies call, see `silta serve`.
    #[arg(long)]
    listener: bool,
    /// Have nothing of a test in it: no certificates, no examples, the environments of production, and each value that only you know marked with FILL IN.
    #[arg(long)]
    production: bool,
    /// With --production: the folder that has what changes while the program runs (the store, the audit trail, secrets that it replaces), such as
    /// /var/lib/silta. It is not made. Left out: the folder of the configuration.
    #[arg(long, value_name = "DIR", requires = "production")]
    state: Option<PathBuf>,
}

/// Makes the folder and says what is in it and what to try.
pub(crate) fn run(arguments: &InitArguments) -> Result<Completion, Failure> {
    let folder = &arguments.folder;
    let contents = Contents::of(&arguments.agency, arguments.listener);
    let made = make(folder, &contents, arguments)?;
    let report = match arguments.production {
        true => report::of_production(folder, &contents, arguments.state.as_deref()),
        false => report::report(folder, &contents),
    };
    // Nothing is left behind that nobody was told of.
    deliver_bytes(printable(&report).as_bytes())?;
    take_place(made.path(), folder).map_err(|error| Failure::unwritable(folder, &error))?;
    Ok(Completion::Done)
}

/// Everything, in a folder beside its place that vanishes unless it is moved there.
fn make(folder: &Path, contents: &Contents, arguments: &InitArguments) -> Result<TempDir, Failure> {
    refuse_occupied(folder)?;
    let unwritable = |error: io::Error| Failure::unwritable(folder, &error);
    // Beside its place, so that what is made gets there by being renamed.
    let place = match fs::canonicalize(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(folder.to_owned()),
        found => found,
    };
    let temporary = tempfile::Builder::new()
        .prefix(".silta-init-")
        .tempdir_in(files::folder_of(&place.map_err(unwritable)?))
        .map_err(unwritable)?;
    match arguments.production {
        true => production::write(temporary.path(), contents, arguments.state.as_deref())
            .map_err(unwritable)?,
        false => project::write(temporary.path(), project::EXAMPLE_URL, contents)?,
    }
    Ok(temporary)
}

fn refuse_occupied(folder: &Path) -> Result<(), Failure> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        // It would be found in the way only when everything has been told as made.
        Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_symlink() => {
            let message = format!(
                "{}: is a link to what is not there; name a new folder, or make the one that it leads to",
                folder.display()
            );
            return Err(Failure::file("file.unwritable", folder, &message));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::unwritable(folder, &error)),
    };
    if occupied {
        let message = format!(
            "{}: exists and is not empty; name a new folder, or empty this one",
            folder.display()
        );
        return Err(Failure::file("folder.not-empty", folder, &message));
    }
    Ok(())
}

/// A folder that is there already stays the folder it is: somebody may stand in it.
fn take_place(made: &Path, folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(made, folder);
    }
    let mut moved = Vec::new();
    for entry in fs::read_dir(made)? {
        let entry = entry?;
        let target = folder.join(entry.file_name());
        if let Err(error) = fs::rename(entry.path(), &target) {
            // Back to where they are cleaned up from; the first error is the one to tell.
            for (from, to) in moved {
                let _ = fs::rename(to, from);
            }
            return Err(error);
        }
        moved.push((entry.path(), target));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{CONFIGURATION, DECLARATION, PARAMETERS};

    #[test]
    fn refuses_a_folder_that_is_not_empty_and_leaves_it_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("mine");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("precious"), "x").unwrap();
        make(&folder, &Contents::usual(), &InitArguments::default()).unwrap_err();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn fills_a_new_folder_and_an_empty_one() {
        let parent = tempfile::tempdir().unwrap();
        let empty = parent.path().join("empty");
        fs::create_dir(&empty).unwrap();
        for folder in [parent.path().join("new"), empty] {
            let made = make(&folder, &Contents::usual(), &InitArguments::default()).unwrap();
            take_place(made.path(), &folder).unwrap();
            drop(made);
            for file in [CONFIGURATION, DECLARATION, PARAMETERS, "pki/ca.pem"] {
                assert!(folder.join(file).is_file(), "{file}");
            }
        }
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
    }
}
