// SPDX-License-Identifier: Apache-2.0
//! Golden calls: recorded calls of a component that any host can do again (`tests/hosts/README.md` has the format).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use silta::{
    Secrets,
    exchange::{RecordedAnswer, RecordedCall},
    observe::PerformedCall,
};

use crate::{
    case::{Case, Cases},
    error::TestingError,
    exercise::Exercise,
    folder::{entries, read, write},
    host::MockHost,
};

/// What names of files of golden calls end with.
const ENDING: &str = ".json";

/// A file with a recorded call, named after the case that it is of; or an empty one, which is to have the recording of its case.
#[derive(Debug)]
pub struct Golden {
    name: String,
    path: PathBuf,
    call: Option<GoldenCall>,
    /// Whether the file has keys or anchors for hosts that sign and judge anew.
    is_judged_anew: bool,
}

/// Whether a call was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// The file has it now.
    Kept,
    /// The file stays as it is; why.
    NotKept(String),
}

/// What a golden call has: everything that the component was told, and what it returned.
#[derive(Clone, PartialEq)]
pub struct GoldenCall {
    /// Name of the component.
    pub component: String,
    /// The call, in the form in which the runtime does it again; its limits are the usual ones.
    pub recorded: RecordedCall,
    /// Values of the secrets that the component may compare with, by role, the current one first. They are made up.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// What the function returned.
    pub result: Value,
}

/// Without content.
impl std::fmt::Debug for GoldenCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoldenCall")
            .field("component", &self.component)
            .field("recorded", &self.recorded)
            .finish_non_exhaustive()
    }
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    component: String,
    function: String,
    surroundings: Surroundings,
    arguments: Vec<Value>,
    answers: Vec<RecordedAnswer>,
    result: Value,
}

/// What the component was deployed with.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Surroundings {
    settings: Map<String, Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<String, Vec<String>>,
    /// For hosts that sign and judge anew. Here the recorded answers count. What is recorded here has none of these.
    #[serde(skip_serializing)]
    keys: Value,
    #[serde(skip_serializing)]
    anchors: Value,
    #[serde(skip_serializing)]
    pins: Value,
    #[serde(skip_serializing)]
    sha1: bool,
}

impl Surroundings {
    /// Whether they have what only hosts read that sign and judge anew.
    fn is_judged_anew(&self) -> bool {
        let fields = [&self.keys, &self.anchors, &self.pins];
        self.sha1
            || fields
                .iter()
                .any(|field| field.as_object().is_some_and(|field| !field.is_empty()))
    }
}

impl Golden {
    /// Those in a folder, in order of name: each file `NAME.json` is one.
    ///
    /// # Errors
    /// A file cannot be read, is no golden call, or is something else that nothing would read.
    pub fn in_folder(folder: &Path) -> Result<Vec<Self>, TestingError> {
        let mut all = Vec::new();
        for entry in entries(folder)? {
            let path = folder.join(&entry);
            if let Some(name) = entry.strip_suffix(ENDING) {
                let (call, is_judged_anew) = GoldenCall::read(&path)?.unzip();
                all.push(Self {
                    name: name.to_owned(),
                    call,
                    is_judged_anew: is_judged_anew.unwrap_or_default(),
                    path,
                });
            } else if !entry.ends_with(".md") {
                let reason = "it is no golden call; those are files with names that end in .json";
                return Err(TestingError::malformed(path, reason));
            }
        }
        Ok(all)
    }

    /// The name of its file, without the ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is recorded; `None` of an empty file.
    pub fn call(&self) -> Option<&GoldenCall> {
        self.call.as_ref()
    }

    /// Records the last call of the case of the same name, and writes it in the place of what there is. A case that cannot be run, comes to a defect, does not reach the component, or is another call at a
    /// second run is not recorded; nor is anything written in the place of a file that has keys or anchors for hosts that sign and judge anew, whose answers would not be theirs.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record(&self, cases: &Cases, host: &MockHost) -> Result<Recording, TestingError> {
        let mut cases = cases.iter();
        let Some(case) = cases.find(|case| case.name() == self.name) else {
            let why = format!(
                "there is no case `{}` that a call could be recorded of; name the file after a case",
                self.name
            );
            return Ok(Recording::NotKept(why));
        };
        if self.is_judged_anew {
            let why = "the file has keys or anchors for hosts that sign and judge anew, and those of a case are others; empty the file to have the case recorded without any";
            return Ok(Recording::NotKept(why.into()));
        }
        Ok(match GoldenCall::twice(case, host) {
            Ok(call) => {
                call.write(&self.path)?;
                Recording::Kept
            }
            Err(why) => {
                Recording::NotKept(format!("the case `{}` is not recorded: {why}", self.name))
            }
        })
    }
}

impl GoldenCall {
    /// The call of a case that is the same at a second run; or why there is none.
    fn twice(case: &Case, host: &MockHost) -> Result<Self, String> {
        let call = Self::of(case, host)?;
        match Self::of(case, host)? == call {
            true => Ok(call),
            false => {
                Err("what the component asks or returns is something else at each run".to_owned())
            }
        }
    }

    fn of(case: &Case, host: &MockHost) -> Result<Self, String> {
        let mut rendered = Ok(());
        let performed = host.taped(|| rendered = case.render(host).map(drop));
        rendered?;
        // A deployment calls the component before a case does.
        let is_deployment = |call: &PerformedCall| call.function.starts_with("descriptor.");
        let is_deployed = matches!(case.exercise, Exercise::Deploy {});
        let performed = performed.filter(|call| is_deployment(call) == is_deployed);
        let performed = performed.ok_or("the component is not called in it")?;
        let PerformedCall {
            settings,
            limits: _,
            function,
            arguments,
            answers,
            result,
            ..
        } = performed;
        Ok(Self {
            component: host.description().agency.clone(),
            recorded: RecordedCall {
                function: function.to_owned(),
                settings,
                limits: silta::Limits::default(),
                arguments,
                answers,
            },
            secrets: host.secret_values(),
            result,
        })
    }

    /// With whether its file has keys or anchors for other hosts; `None` of an empty file.
    fn read(path: &Path) -> Result<Option<(Self, bool)>, TestingError> {
        let bytes = read(path)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let file: File = serde_json::from_slice(&bytes).map_err(|error| {
            let reason =
                format!("it is no golden call: {error}. Into an empty file `--bless` records the case of the same name");
            TestingError::malformed(path, reason)
        })?;
        let is_judged_anew = file.surroundings.is_judged_anew();
        let call = Self {
            component: file.component,
            recorded: RecordedCall {
                function: file.function,
                settings: Value::from(file.surroundings.settings).to_string(),
                limits: silta::Limits::default(),
                arguments: file.arguments,
                answers: file.answers,
            },
            secrets: file.surroundings.secrets,
            result: file.result,
        };
        Ok(Some((call, is_judged_anew)))
    }

    fn write(&self, path: &Path) -> Result<(), TestingError> {
        let call = self.clone();
        let file = File {
            component: call.component,
            function: call.recorded.function,
            surroundings: Surroundings {
                settings: serde_json::from_str(&call.recorded.settings).unwrap_or_default(),
                secrets: call.secrets,
                ..Surroundings::default()
            },
            arguments: call.recorded.arguments,
            answers: call.recorded.answers,
            result: call.result,
        };
        // Texts, numbers, lists and objects: none of that fails.
        let text = serde_json::to_string_pretty(&file).unwrap_or_default();
        write(path.to_owned(), format!("{text}\n").as_bytes())
    }

    /// Its secrets, for a deployment that does the call again.
    pub fn secrets(&self) -> Secrets {
        let roles = self.secrets.iter();
        roles.fold(Secrets::new(), |secrets, (role, values)| {
            let values = values.iter().map(|value| value.clone().into_bytes());
            secrets.with(role.as_str(), values.collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_golden_call_is_read_as_it_was_written_and_what_is_none_is_told() {
        let folder = std::env::temp_dir().join(format!("silta-golden-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let call = GoldenCall {
            component: "parcels".into(),
            recorded: RecordedCall {
                function: "envelope.build".into(),
                settings: r#"{"url":"https://parcels.example"}"#.into(),
                limits: silta::Limits::default(),
                arguments: vec![json!("send"), json!(null)],
                answers: vec![RecordedAnswer {
                    function: "ids.compact".into(),
                    arguments: Vec::new(),
                    answer: json!("00000000000001"),
                }],
            },
            secrets: BTreeMap::from([("callback".into(), vec!["Mock".into()])]),
            result: json!({"tag": "ok"}),
        };
        call.write(&folder.join("sent.json")).unwrap();
        write(folder.join("wish.json"), b"").unwrap();
        let all = Golden::in_folder(&folder).unwrap();
        let read: Vec<_> = all.iter().map(|it| (it.name(), it.call())).collect();
        assert_eq!(read, [("sent", Some(&call)), ("wish", None)]);
        for (name, content) in [("wish.json", r#"{"component": "parcels"}"#), ("other", "")] {
            write(folder.join(name), content.as_bytes()).unwrap();
            let refused = Golden::in_folder(&folder).unwrap_err();
            assert_eq!(refused.code(), "case.malformed");
            std::fs::remove_file(folder.join(name)).unwrap();
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
