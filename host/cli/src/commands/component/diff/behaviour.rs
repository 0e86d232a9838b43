// SPDX-License-Identifier: Apache-2.0
//! What comes of the same cases under both components.

use silta_testing::{Case, Cases, Difference, MockHost, Rendering};

use super::{super::cases::mock_host, Component};
use crate::failure::Failure;

/// What came of cases under both.
pub(super) struct Behaviour {
    /// How many came to the same.
    pub(super) same: usize,
    /// Those that did not.
    pub(super) other: Vec<Other>,
    /// Those of which nothing came under either, so that nobody knows.
    pub(super) not_run: Vec<NotRun>,
}

/// A case that could not be run with either component, or is a defect of both.
pub(super) struct NotRun {
    pub(super) case: String,
    /// Why not under the older one.
    pub(super) old: String,
    /// Why not under the newer one.
    pub(super) new: String,
}

/// A case that comes to something else under the newer component.
pub(super) struct Other {
    pub(super) case: String,
    pub(super) differences: Vec<Difference>,
}

impl Behaviour {
    pub(super) fn of(old: &Component, new: &Component, cases: &Cases) -> Result<Self, Failure> {
        let (old, new) = (mock_host(old.bytes.clone())?, mock_host(new.bytes.clone())?);
        let mut behaviour = Self {
            same: 0,
            other: Vec::new(),
            not_run: Vec::new(),
        };
        for case in cases.iter() {
            behaviour.add(case, &old, &new);
        }
        Ok(behaviour)
    }

    pub(super) fn is_same(&self) -> bool {
        self.other.is_empty() && self.not_run.is_empty()
    }

    fn add(&mut self, case: &Case, old: &MockHost, new: &MockHost) {
        let name = case.name().to_owned();
        let differences = match (case.render(old), case.render(new)) {
            (Ok(old), Ok(new)) => new.differences_from(&old),
            (Err(old), Err(new)) => {
                let case = name;
                self.not_run.push(NotRun { case, old, new });
                return;
            }
            (old, new) => vec![Difference {
                place: "the whole case".into(),
                expected: Some(told(old)),
                found: Some(told(new)),
            }],
        };
        match differences.is_empty() {
            true => self.same += 1,
            false => self.other.push(Other {
                case: name,
                differences,
            }),
        }
    }
}

fn told(came: Result<Rendering, String>) -> String {
    match came {
        Ok(_) => "a result".to_owned(),
        Err(why) => why,
    }
}
