// SPDX-License-Identifier: Apache-2.0
//! A case, and folders of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use silta::time::Moment;

use crate::{
    error::TestingError,
    exercise::Exercise,
    folder::{CASE, EXPECTED, EXPECTED_FILE, SETTINGS, entries, read, read_input, read_object},
    rendering::Rendering,
};

/// When a case happens that does not say.
const USUAL_TIME: &str = "2026-07-01T00:00:00Z";

/// Cases in order of name, at least one.
#[derive(Debug)]
pub struct Cases(Vec<Case>);

impl Cases {
    /// Those in a folder: each folder in it is a case. `settings.json` beside them has the settings that all have.
    ///
    /// # Errors
    /// There is none; a file cannot be read, is not what it has to be, or is one that no case reads and that would test nothing.
    pub fn in_folder(folder: &Path) -> Result<Self, TestingError> {
        let settings = read_object(&folder.join(SETTINGS))?.unwrap_or_default();
        let mut cases = Vec::new();
        for name in entries(folder)? {
            let path = folder.join(&name);
            if path.is_dir() {
                cases.push(Case::read(path, name, &settings)?);
            } else if name != SETTINGS && !name.ends_with(".md") {
                let reason = "no case reads it; files of a case lie in a folder of its own";
                return Err(TestingError::malformed(path, reason));
            }
        }
        match cases.is_empty() {
            true => Err(TestingError::NoCases(folder.to_owned())),
            false => Ok(Self(cases)),
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Case> {
        self.0.iter()
    }
}

/// A folder with `case.json`, which says what the component is called with, the files that it names, and `expected.json` with what has to come of it.
#[derive(Debug)]
pub struct Case {
    name: String,
    folder: PathBuf,
    pub(crate) at: SystemTime,
    pub(crate) settings: Map<String, Value>,
    pub(crate) exercise: Exercise,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) expected: Option<Rendering>,
}

/// What cases of all exercises have.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Frame {
    /// What it is for, for people.
    about: Option<String>,
    /// When it happens.
    now: Option<String>,
    /// Settings, over those that all cases have.
    settings: Map<String, Value>,
}

/// Names of the fields of [`Frame`].
const FRAME: [&str; 3] = ["about", "now", "settings"];

impl Case {
    fn read(
        folder: PathBuf,
        name: String,
        usual: &Map<String, Value>,
    ) -> Result<Self, TestingError> {
        let path = folder.join(CASE);
        let malformed = |reason: String| TestingError::malformed(&path, reason);
        let fields = read_object(&path)?;
        let mut fields = fields.ok_or_else(|| malformed("is missing".into()))?;
        let frame: Map<String, Value> = FRAME
            .iter()
            .filter_map(|name| fields.remove_entry(*name))
            .collect();
        let frame: Frame =
            serde_json::from_value(frame.into()).map_err(|error| malformed(error.to_string()))?;
        let exercise: Exercise =
            serde_json::from_value(fields.into()).map_err(|error| malformed(error.to_string()))?;
        if let Some(unread) = exercise.unread() {
            return Err(malformed(unread.to_owned()));
        }
        let mut settings = usual.clone();
        settings.extend(frame.settings);
        let now = frame.now.as_deref().unwrap_or(USUAL_TIME);
        let at = now.parse::<Moment>().ok();
        let at = at.and_then(|moment| moment.to_system_time());
        let no_time = || malformed(format!("now: `{now}` is no time such as {USUAL_TIME}"));
        let at = at.ok_or_else(no_time)?;
        let mut files = BTreeMap::new();
        for name in exercise.files() {
            files.insert(name.to_owned(), read_input(&folder, name)?);
        }
        let expected = read_expected(&folder)?;
        check_all_read(&folder, &files, expected.as_ref())?;
        Ok(Self {
            name,
            folder,
            at,
            settings,
            exercise,
            files,
            expected,
        })
    }

    /// The name of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// What has to come of a case, with the files that belong to it.
fn read_expected(folder: &Path) -> Result<Option<Rendering>, TestingError> {
    let Some(value) = read_object(&folder.join(EXPECTED))? else {
        return Ok(None);
    };
    let value = Value::from(value);
    let mut files = BTreeMap::new();
    for name in entries(folder)? {
        if name.starts_with(EXPECTED_FILE) && name != EXPECTED {
            let bytes = read(&folder.join(&name))?;
            files.insert(name, bytes);
        }
    }
    Ok(Some(Rendering { value, files }))
}

fn check_all_read(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    expected: Option<&Rendering>,
) -> Result<(), TestingError> {
    for name in entries(folder)? {
        let is_expected = expected.is_some_and(|expected| expected.files.contains_key(&name));
        let is_own = [CASE, EXPECTED].contains(&name.as_str());
        if !(is_own || is_expected || files.contains_key(&name)) {
            let reason = "nothing in case.json reads it; name it there, or remove it";
            return Err(TestingError::malformed(folder.join(name), reason));
        }
    }
    Ok(())
}
