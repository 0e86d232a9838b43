// SPDX-License-Identifier: Apache-2.0
//! Recorded calls that a component is judged by: which ones, and what came of each.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::Runtime;
use silta_testing::{Cases, Golden, MockHost};

use crate::{
    failure::Failure,
    recorded_calls::{
        Comparison, Parted, Recorded, compare, read_golden, read_key, testing_failure,
    },
};

/// Recorded calls, named on the command line.
#[derive(Debug, Args)]
pub(super) struct RecordedArguments {
    /// Bundle that `silta serve` has recorded, or a folder of them; may be repeated.
    #[arg(long, value_name = "BUNDLE", requires = "key")]
    recorded: Vec<PathBuf>,
    /// File of the private key that opens the bundles.
    #[arg(long, value_name = "FILE", requires = "recorded")]
    key: Option<PathBuf>,
    /// Only bundles of this agency, by the name that its table had.
    #[arg(long, requires = "recorded")]
    agency: Option<String>,
}

impl RecordedArguments {
    pub(super) fn is_named(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// The calls in the bundles; none where none are named.
    pub(super) fn read(&self) -> Result<Vec<Recorded>, Failure> {
        let Some(key) = &self.key else {
            return Ok(Vec::new());
        };
        Recorded::open_all(&self.recorded, &read_key(key)?, self.agency.as_deref())
    }
}

/// What came of a recorded call that was done again.
pub(super) struct Again {
    pub(super) name: String,
    standing: Standing,
}

enum Standing {
    Passed,
    /// It parts from what was recorded.
    Failed(Vec<Parted>),
    /// What came of it is what has to come of it from now on.
    Kept(Vec<Parted>),
    /// It is an empty file.
    NothingRecorded,
    /// It was to be kept, and is none that can be.
    NotKept(String),
}

impl Again {
    /// Does a bundle again: that is evidence, and stays as it is.
    pub(super) fn of(
        recorded: &Recorded,
        runtime: &Runtime,
        component: &[u8],
    ) -> Result<Self, Failure> {
        let name = recorded.path.display().to_string();
        let standing = standing(recorded, runtime, component)?;
        Ok(Self { name, standing })
    }

    pub(super) fn is_well(&self) -> bool {
        matches!(self.standing, Standing::Passed | Standing::Kept(_))
    }

    pub(super) fn is_kept(&self) -> bool {
        matches!(self.standing, Standing::Kept(_))
    }

    pub(super) fn as_text(&self) -> String {
        let name = &self.name;
        match &self.standing {
            Standing::Passed => format!("{name}: passed\n"),
            Standing::Failed(parted) => format!("{name}: FAILED\n{}", told(parted)),
            Standing::Kept(parted) if parted.is_empty() => {
                format!("{name}: kept, for the first time\n")
            }
            Standing::Kept(parted) => {
                format!("{name}: kept, it came out otherwise\n{}", told(parted))
            }
            Standing::NothingRecorded => format!("{name}: FAILED\n  {NOTHING_RECORDED}\n"),
            Standing::NotKept(why) => format!("{name}: FAILED\n  {why}\n"),
        }
    }

    pub(super) fn as_json(&self, named: &str) -> Value {
        let (verdict, parted, reason) = match &self.standing {
            Standing::Passed => ("passed", None, None),
            Standing::Failed(parted) => ("failed", Some(parted), None),
            Standing::Kept(parted) if parted.is_empty() => ("nothing-expected", None, None),
            Standing::Kept(parted) => ("failed", Some(parted), None),
            Standing::NothingRecorded => ("nothing-expected", None, Some(NOTHING_RECORDED)),
            Standing::NotKept(why) => ("not-run", None, Some(why.as_str())),
        };
        let parted = parted.into_iter().flatten();
        let differences = parted.map(|it| it.as_json("expected", "found"));
        json!({
            named: self.name,
            "verdict": verdict,
            "kept": self.is_kept(),
            "reason": reason,
            "differences": differences.collect::<Vec<_>>(),
        })
    }
}

const NOTHING_RECORDED: &str =
    "nothing is recorded: an empty file is a wish, which --bless records from the case of its name";

fn told(parted: &[Parted]) -> String {
    let lines = parted.iter().map(|it| it.as_text("recorded", "now     "));
    let lines: Vec<String> = lines.collect();
    let indented = lines.join("\n");
    let indented = indented.lines().map(|line| format!("  {line}\n"));
    indented.collect()
}

fn standing(recorded: &Recorded, runtime: &Runtime, component: &[u8]) -> Result<Standing, Failure> {
    let replayed = recorded.replay(runtime, component)?;
    Ok(
        match compare(&recorded.call, &recorded.as_recorded(), &replayed) {
            Comparison::Same => Standing::Passed,
            Comparison::Other(parted) => Standing::Failed(parted),
            Comparison::Unknown(why) => Standing::NotKept(why),
        },
    )
}

/// Golden calls of a component, and what may be recorded anew.
pub(super) struct GoldenCalls(Vec<Golden>);

impl GoldenCalls {
    /// Those in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        read_golden(folder).map(Self)
    }

    /// The same of a crate, which need not have any.
    pub(super) fn of_crate(folder: &Path) -> Result<Self, Failure> {
        match folder.exists() {
            true => Self::read(folder),
            false => Ok(Self(Vec::new())),
        }
    }

    /// What is recorded in them.
    pub(super) fn calls(&self) -> Vec<Recorded> {
        self.0.iter().filter_map(Recorded::golden).collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Golden::name)
    }

    /// Only those with these names; all where there are none.
    pub(super) fn retain(&mut self, names: &[String]) {
        self.0
            .retain(|it| names.is_empty() || names.iter().any(|name| name == it.name()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does each again.
    pub(super) fn run(&self, runtime: &Runtime, component: &[u8]) -> Result<Vec<Again>, Failure> {
        let all = self.0.iter();
        all.map(|golden| {
            Ok(Again {
                name: golden.name().to_owned(),
                standing: match Recorded::golden(golden) {
                    Some(recorded) => standing(&recorded, runtime, component)?,
                    None => Standing::NothingRecorded,
                },
            })
        })
        .collect()
    }

    /// Does each again, and records those anew, from the cases of their names, that come out otherwise.
    pub(super) fn bless(
        &self,
        runtime: &Runtime,
        component: &[u8],
        cases: Option<&Cases>,
        host: &MockHost,
    ) -> Result<Vec<Again>, Failure> {
        let mut ran = self.run(runtime, component)?;
        for (golden, again) in self.0.iter().zip(&mut ran) {
            let parted = match std::mem::replace(&mut again.standing, Standing::Passed) {
                Standing::Passed => continue,
                Standing::Failed(parted) | Standing::Kept(parted) => parted,
                _ => Vec::new(),
            };
            let recorded = match cases {
                Some(cases) => golden.record(cases, host).map_err(testing_failure)?,
                None => None,
            };
            again.standing = match recorded {
                Some(_) => Standing::Kept(parted),
                None => Standing::NotKept(format!(
                    "there is no case `{}` that a call could be recorded of; name the file after a case",
                    golden.name()
                )),
            };
        }
        Ok(ran)
    }
}
