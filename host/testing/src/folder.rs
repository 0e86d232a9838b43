// SPDX-License-Identifier: Apache-2.0
//! Folders of cases: what is in them, and what may not be.

use std::{
    fs,
    io::{self, Read},
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

/// Most bytes of a file of a case. A case is there to be read; the largest payloads of agencies are a tenth of it.
const MOST_BYTES: u64 = 64 << 20;

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

/// The bytes of a file that goes into a case; its name is that of a file in the folder that is neither the case nor its result, and leads nowhere else.
pub(crate) fn read_input(folder: &Path, name: &str) -> Result<Vec<u8>, TestingError> {
    let why = if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        "files of a case lie in its folder"
    } else if name == CASE || name.starts_with(EXPECTED_FILE) {
        "that is the case itself, or what has to come of it; give the input a name of its own"
    } else {
        return read(&folder.join(name));
    };
    let reason = format!("names the file `{name}`; {why}");
    Err(TestingError::malformed(folder.join(CASE), reason))
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TestingError> {
    let unreadable = |source| TestingError::file(path, source);
    let found = fs::symlink_metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        let reason = "it is no regular file; put the content itself there";
        return Err(TestingError::malformed(path, reason));
    }
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path)
        .map_err(unreadable)?
        .take(MOST_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= MOST_BYTES => Ok(bytes),
        _ => {
            let reason = format!(
                "it is larger than {MOST_BYTES} bytes, the most that a file of a case may have; test with less"
            );
            Err(TestingError::malformed(path, reason))
        }
    }
}

/// The object in a file of JSON; `None` where there is no file.
pub(crate) fn read_object(path: &Path) -> Result<Option<Map<String, Value>>, TestingError> {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(TestingError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let object = serde_json::from_slice(&bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = std::env::temp_dir().join(format!("silta-cases-{}", std::process::id()));
        fs::create_dir_all(folder.join("folder")).unwrap();
        fs::write(folder.join("most"), "").unwrap();
        let most = fs::File::options().write(true).open(folder.join("most"));
        let most = most.unwrap();
        most.set_len(MOST_BYTES).unwrap();
        assert_eq!(
            read_input(&folder, "most").unwrap().len() as u64,
            MOST_BYTES
        );
        most.set_len(MOST_BYTES + 1).unwrap();
        for (name, says) in [
            ("most", "67108864 bytes"),
            ("folder", "no regular file"),
            ("case.json", "the case itself"),
            ("expected.body", "what has to come of it"),
            ("../most", "lie in its folder"),
        ] {
            let refused = read_input(&folder, name).unwrap_err();
            assert_eq!(refused.code(), "case.malformed", "{name}");
            assert!(refused.to_string().contains(says), "{refused}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
