// SPDX-License-Identifier: Apache-2.0
//! `silta init`: a folder to start from.

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
    project::{self, CONFIGURATION, DECLARATION, PARAMETERS},
};

/// Arguments of `silta init`.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Folder to make; it may exist if it is empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Makes the folder and says what is in it and what to try.
pub(crate) fn run(arguments: &InitArguments) -> Result<Completion, Failure> {
    let folder = &arguments.folder;
    let made = make(folder)?;
    // Nothing is left behind that nobody was told of.
    deliver_bytes(printable(&report(folder)).as_bytes())?;
    take_place(made.path(), folder).map_err(|error| Failure::unwritable(folder, &error))?;
    Ok(Completion::Done)
}

/// Everything, in a folder beside its place that vanishes unless it is moved there.
fn make(folder: &Path) -> Result<TempDir, Failure> {
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
    project::write(temporary.path(), project::EXAMPLE_URL)?;
    Ok(temporary)
}

fn refuse_occupied(folder: &Path) -> Result<(), Failure> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
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

fn report(folder: &Path) -> String {
    let at = |name: &str| shell_word(&folder.join(name).display().to_string());
    format!(
        "\
Made {folder}:

  {CONFIGURATION:27} configuration, every setting explained
  pki/                        certificates for tests, each NAME.pem with its private key NAME.key.pem:
      ca                      the authority that issued all but `vero`
      customs                 TLS server certificate of a simulated Customs
      gateway                 TLS server certificate of `silta serve`, where agencies call
      customs-signing         what a simulated Customs signs replies with, and shows to notification services
      intermediary            TLS client certificate
      builder                 certificate that declarations are signed with
      vero-callback           no certificate: a secret that the Tax Administration is given and repeats
      vero-ca, vero           an authority of its own, and what a simulated Vero API serves and pushes with
  {DECLARATION:27} a small declaration, made up
  {PARAMETERS:27} the parameters of its upload

Keys, ids and data are for tests only. To build a signed upload of the example (nothing is sent):

  silta build tulli upload --config {config} --params {params} --payload {payload} --out upload.xml

To run a simulated Customs where the configuration looks for it:

  silta sim tulli --pki {pki}
",
        folder = folder.display(),
        config = at(CONFIGURATION),
        params = at(PARAMETERS),
        payload = at(DECLARATION),
        pki = at("pki"),
    )
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_folder_that_is_not_empty_and_leaves_it_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("mine");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("precious"), "x").unwrap();
        make(&folder).unwrap_err();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn fills_a_new_folder_and_an_empty_one() {
        let parent = tempfile::tempdir().unwrap();
        let empty = parent.path().join("empty");
        fs::create_dir(&empty).unwrap();
        for folder in [parent.path().join("new"), empty] {
            let made = make(&folder).unwrap();
            take_place(made.path(), &folder).unwrap();
            drop(made);
            for file in [CONFIGURATION, DECLARATION, PARAMETERS, "pki/ca.pem"] {
                assert!(folder.join(file).is_file(), "{file}");
            }
        }
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
    }

    #[test]
    fn commands_shown_survive_a_shell() {
        assert_eq!(shell_word("a/b.toml"), "a/b.toml");
        assert_eq!(shell_word("my dir/it's"), r"'my dir/it'\''s'");
    }
}
