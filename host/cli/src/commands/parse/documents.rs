// SPDX-License-Identifier: Apache-2.0
use std::{
    fs,
    path::{Path, PathBuf},
};

use silta::exchange::Document;

use crate::{failure::Failure, files};

/// A document of the answer, and where it has been written, if it was to be.
#[derive(Debug)]
pub(crate) struct WrittenDocument<'a> {
    pub(crate) document: &'a Document,
    pub(crate) file: Option<PathBuf>,
}

/// Documents of an answer in their folder. Unless they are kept they are removed again, so that nothing is left behind that nobody was told of.
#[derive(Debug)]
pub(crate) struct Documents<'a> {
    written: Vec<WrittenDocument<'a>>,
    /// The folder, where it was missing.
    made: Option<PathBuf>,
}

impl<'a> Documents<'a> {
    /// Writes documents into a folder, made where it is missing. Without a folder there is nothing to write.
    pub(crate) fn write(documents: &'a [Document], folder: Option<&Path>) -> Result<Self, Failure> {
        let mut made = None;
        if let Some(folder) = folder {
            made = (!folder.exists()).then(|| folder.to_owned());
            files::ensure_folder(folder)?;
        }
        let mut all = Self {
            written: Vec::new(),
            made,
        };
        for document in documents {
            let add = |folder| files::add(folder, &safe_name(&document.name), &document.content);
            let file = folder.map(add).transpose()?;
            all.written.push(WrittenDocument { document, file });
        }
        Ok(all)
    }

    /// Each document, and where it lies.
    pub(crate) fn written(&self) -> &[WrittenDocument<'a>] {
        &self.written
    }

    /// Leaves them where they are.
    pub(crate) fn keep(mut self) {
        self.written.clear();
        self.made = None;
    }
}

impl Drop for Documents<'_> {
    fn drop(&mut self) {
        // What cannot be removed again is at least whole.
        for file in self
            .written
            .iter()
            .filter_map(|written| written.file.as_ref())
        {
            let _ = fs::remove_file(file);
        }
        if let Some(folder) = &self.made {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Longest file name in bytes: well below what file systems allow (255), with room for a number.
const LONGEST_NAME: usize = 120;

/// Names that stand for devices on Windows, with or without an extension.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];

/// A file name made from what an agency said: no folders, nothing hidden, nothing that a file system or a screen takes for something else.
fn safe_name(name: &str) -> String {
    let harmless = |c: char| {
        if c.is_alphanumeric() || " ._-+,()".contains(c) {
            c
        } else {
            '_'
        }
    };
    let replaced: String = name.chars().map(harmless).collect();
    let trimmed = replaced.trim_matches([' ', '.']);
    let name = shortened(trimmed);
    if name.is_empty() {
        return "document".to_owned();
    }
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    if DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return format!("_{name}");
    }
    name
}

/// Cut in the stem, so that the extension stays.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let room = LONGEST_NAME - extension.len();
    let stem = stem.get(..stem.floor_char_boundary(room)).unwrap_or(stem);
    format!("{stem}{extension}")
}

#[cfg(test)]
mod tests {
    use silta::Blob;

    use super::*;

    #[test]
    fn ordinary_names_stay() {
        for name in ["reply.pdf", "Päätös 1 (kopio).xml", "a-b_c+d,e.zip"] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn names_lead_nowhere_and_hide_nothing() {
        for (name, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            (r"C:\boot.ini", "C__boot.ini"),
            ("/", "_"),
            ("..", "document"),
            ("", "document"),
            (" . ", "document"),
            (".bashrc", "bashrc"),
            ("a\0b\nc", "a_b_c"),
            ("invoice\u{202e}fdp.exe", "invoice_fdp.exe"),
            ("trailing. ", "trailing"),
            ("nul.txt", "_nul.txt"),
            ("COM1", "_COM1"),
            ("-rf", "-rf"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = safe_name(&format!("{}.pdf", "ä".repeat(300)));
        assert!(name.len() <= LONGEST_NAME, "{}", name.len());
        assert!(name.ends_with("ä.pdf"));
    }

    #[test]
    fn documents_of_one_name_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let document = |content: &str| Document {
            name: "../reply.xml".into(),
            media_type: "application/xml".into(),
            content: Blob::from(content.as_bytes()),
        };
        let documents = [document("one"), document("two")];
        let target = folder.path().join("new/documents");
        let all = Documents::write(&documents, Some(&target)).unwrap();
        let written = all.written();
        let read = |index: usize| fs::read_to_string(written[index].file.as_ref().unwrap());
        assert_eq!(read(0).unwrap(), "one");
        assert_eq!(read(1).unwrap(), "two");
        assert!(
            written
                .iter()
                .all(|one| one.file.as_ref().unwrap().starts_with(&target))
        );
    }
    #[test]
    fn documents_that_are_not_kept_are_removed_again() {
        let folder = tempfile::tempdir().unwrap();
        let document = Document {
            name: "reply.xml".into(),
            media_type: "application/xml".into(),
            content: Blob::from(b"one".as_slice()),
        };
        let documents = [document];
        let target = folder.path().join("new");
        drop(Documents::write(&documents, Some(&target)).unwrap());
        assert!(!target.exists());
        Documents::write(&documents, Some(&target)).unwrap().keep();
        drop(Documents::write(&documents, Some(&target)).unwrap());
        let names: Vec<_> = fs::read_dir(&target)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["reply.xml"]);
    }
}
