// SPDX-License-Identifier: Apache-2.0
//! Folders of cases: what is in them, and what may not be.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::error::TestingError;

/// What a case is.
pub(crate) const CASE: &str = "case.json";

/// What has to come of it.
pub(crate) const EXPECTED: &str = "expected.json";

/// Beside the cases: settings that all of them have.
pub(crate) const SETTINGS: &str = "settings.json";

/// What names of files begin with that hold a part of what has to come of a case.
pub(crate) const EXPECTED_FILE: &str = "expected.";

/// Names in a folder, in order; hidden ones are nobody's.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, TestingError> {
    let unreadable = |source| TestingError::file(folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The bytes of a file of a case; its name is that of a file in the folder, and leads nowhere else.
pub(crate) fn read(folder: &Path, name: &str) -> Result<Vec<u8>, TestingError> {
    let path = folder.join(name);
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        let reason = format!("names the file `{name}`; files of a case lie in its folder");
        return Err(TestingError::malformed(folder.join(CASE), reason));
    }
    fs::read(&path).map_err(|source| TestingError::file(path, source))
}

/// The object in a file of JSON; `None` where there is no file.
pub(crate) fn read_object(path: &Path) -> Result<Option<Map<String, Value>>, TestingError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(TestingError::file(path, error)),
    };
    let object = serde_json::from_str(&text);
    let malformed = |error: serde_json::Error| {
        TestingError::malformed(path, format!("it is not one JSON object: {error}"))
    };
    object.map(Some).map_err(malformed)
}

/// Writes a file.
pub(crate) fn write(path: PathBuf, bytes: &[u8]) -> Result<(), TestingError> {
    fs::write(&path, bytes).map_err(|source| TestingError::file(path, source))
}

/// Removes a file.
pub(crate) fn remove(path: PathBuf) -> Result<(), TestingError> {
    fs::remove_file(&path).map_err(|source| TestingError::file(path, source))
}
