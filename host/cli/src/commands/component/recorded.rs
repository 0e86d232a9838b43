// SPDX-License-Identifier: Apache-2.0
//! Recorded calls that a component is judged by: which ones, and what came of each.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::Runtime;
use silta_testing::{Cases, Golden, MockHost, Recording};

use crate::{
    failure::Failure,
    recorded_calls::{
        Bundles, Comparison, Parted, Recorded, compare, read_golden, testing_failure,
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
    /// Only bundles of this agency, by the name that its table had. Left out: the component's own agency.
    #[arg(long, requires = "recorded")]
    agency: Option<String>,
}

impl RecordedArguments {
    pub(super) fn is_named(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// The bundles; `None` where none are named.
    pub(super) fn bundles(&self) -> Result<Option<Bundles>, Failure> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        Bundles::named(&self.recorded, key, self.agency.as_deref()).map(Some)
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
    /// It leaves the recording at a question without an answer, so that nothing is known.
    Unknown(String),
    /// It is an empty file.
    NothingRecorded,
    /// It was to be kept, and is none that can be; why, and how it parts from what was recorded.
    NotKept(String, Vec<Parted>),
    /// It could not be done again.
    Refused(Failure),
}

impl Again {
    /// Does bundles again, which are evidence, and stay as they are; `own` is the agency of the component. How many of other agencies were passed over.
    pub(super) fn of_bundles(
        bundles: &Bundles,
        (runtime, component): (&Runtime, &[u8]),
        own: &str,
    ) -> Result<(Vec<Self>, usize), Failure> {
        let mut all = Vec::new();
        let passed_over = bundles.each(Some(own), |recorded| {
            all.push(match recorded {
                Ok(recorded) => Self {
                    name: recorded.path.display().to_string(),
                    standing: standing(&recorded, runtime, component),
                },
                Err(failure) => Self {
                    name: failure.path().to_owned(),
                    standing: Standing::Refused(failure),
                },
            });
        })?;
        Ok((all, passed_over))
    }

    /// Why it could not be done again, where it could not.
    pub(super) fn refused(self) -> Option<Failure> {
        match self.standing {
            Standing::Refused(failure) => Some(failure),
            _ => None,
        }
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
            Standing::Unknown(why) => format!("{name}: FAILED\n  {why}\n"),
            Standing::NotKept(why, parted) => {
                format!("{name}: FAILED\n{}  {why}\n", told(parted))
            }
            Standing::Refused(failure) => {
                format!("{name}: FAILED\n  not done again: {}\n", failure.message())
            }
        }
    }

    pub(super) fn as_json(&self, named: &str) -> Value {
        let (verdict, parted, reason) = match &self.standing {
            Standing::Passed => ("passed", None, None),
            Standing::Failed(parted) => ("failed", Some(parted), None),
            Standing::Kept(parted) if parted.is_empty() => ("nothing-expected", None, None),
            Standing::Kept(parted) => ("failed", Some(parted), None),
            Standing::NothingRecorded => ("nothing-expected", None, Some(NOTHING_RECORDED)),
            Standing::NotKept(why, parted) if parted.is_empty() => {
                ("not-run", None, Some(why.as_str()))
            }
            Standing::NotKept(why, parted) => ("failed", Some(parted), Some(why.as_str())),
            Standing::Unknown(why) => ("not-run", None, Some(why.as_str())),
            Standing::Refused(failure) => ("not-run", None, Some(failure.message())),
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
    "the file is empty: --bless records the case of the same name into it";

fn told(parted: &[Parted]) -> String {
    let lines = parted.iter().map(|it| it.as_text("recorded", "now     "));
    let lines: Vec<String> = lines.collect();
    let indented = lines.join("\n");
    let indented = indented.lines().map(|line| format!("  {line}\n"));
    indented.collect()
}

fn standing(recorded: &Recorded, runtime: &Runtime, component: &[u8]) -> Standing {
    let replayed = match recorded.replay(runtime, component) {
        Ok(replayed) => replayed,
        Err(failure) => return Standing::Refused(failure),
    };
    match compare(&recorded.call, &recorded.as_recorded(), &replayed) {
        Comparison::Same => Standing::Passed,
        Comparison::Other(parted) => Standing::Failed(parted),
        Comparison::Unknown(why) => Standing::Unknown(why),
    }
}

/// Golden calls of a component, and what may be recorded anew.
pub(super) struct GoldenCalls(Vec<Golden>);

impl GoldenCalls {
    /// Those in a folder, at least one.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let all = read_golden(folder)?;
        if all.is_empty() {
            let message = format!(
                "{}: there are no golden calls; each is a file NAME.json, and into an empty one `silta component test --bless` records the case of the same name",
                folder.display()
            );
            return Err(Failure::file("golden.none-found", folder, &message));
        }
        Ok(Self(all))
    }

    /// Those of a crate, which need not have any.
    pub(super) fn of_crate(folder: &Path) -> Result<Self, Failure> {
        match folder.exists() {
            true => read_golden(folder).map(Self),
            false => Ok(Self(Vec::new())),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Golden> {
        self.0.iter()
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

    /// Does each again; `own` is the agency of the component.
    pub(super) fn run(&self, (runtime, component): (&Runtime, &[u8]), own: &str) -> Vec<Again> {
        let all = self.0.iter();
        let all = all.map(|golden| Again {
            name: golden.name().to_owned(),
            standing: match Recorded::golden(golden) {
                Some(recorded) => match of_own_agency(&recorded, own) {
                    Ok(()) => standing(&recorded, runtime, component),
                    Err(failure) => Standing::Refused(failure),
                },
                None => Standing::NothingRecorded,
            },
        });
        all.collect()
    }

    /// Does each again, and records those anew, from the cases of their names, that come out otherwise.
    pub(super) fn bless(
        &self,
        with: (&Runtime, &[u8]),
        cases: Option<&Cases>,
        host: &MockHost,
    ) -> Result<Vec<Again>, Failure> {
        let mut all = self.run(with, &host.description().agency);
        for (golden, again) in self.0.iter().zip(&mut all) {
            let parted = match std::mem::replace(&mut again.standing, Standing::Passed) {
                Standing::Failed(parted) => parted,
                Standing::NothingRecorded | Standing::Unknown(_) => Vec::new(),
                other => {
                    again.standing = other;
                    continue;
                }
            };
            let recording = match cases {
                Some(cases) => golden.record(cases, host).map_err(testing_failure)?,
                None => Recording::NotKept(
                    "there are no cases that a call could be recorded of; name their crate with --dir"
                        .to_owned(),
                ),
            };
            again.standing = match recording {
                Recording::Kept => Standing::Kept(parted),
                Recording::NotKept(why) => Standing::NotKept(why, parted),
            };
        }
        Ok(all)
    }
}

/// A golden call of another component says nothing of this one.
pub(super) fn of_own_agency(recorded: &Recorded, own: &str) -> Result<(), Failure> {
    if recorded.agency == own {
        return Ok(());
    }
    let message = format!(
        "{}: it is a golden call of {}, and the component is of {own}",
        recorded.path.display(),
        recorded.agency
    );
    Err(Failure::file(
        "golden.other-component",
        &recorded.path,
        &message,
    ))
}
