// SPDX-License-Identifier: Apache-2.0
//! What comes of the same cases under both components.

use silta_testing::{Case, Cases, Difference, MockHost};

use super::{super::cases::mock_host, Component};
use crate::failure::Failure;

/// What came of cases under both.
pub(super) struct Behaviour {
    /// How many came to the same.
    pub(super) same: usize,
    /// Those that did not.
    pub(super) other: Vec<Other>,
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
        };
        for case in cases.iter() {
            match differences(case, &old, &new) {
                differences if differences.is_empty() => behaviour.same += 1,
                differences => behaviour.other.push(Other {
                    case: case.name().to_owned(),
                    differences,
                }),
            }
        }
        Ok(behaviour)
    }

    pub(super) fn is_same(&self) -> bool {
        self.other.is_empty()
    }
}

fn differences(case: &Case, old: &MockHost, new: &MockHost) -> Vec<Difference> {
    match (case.render(old), case.render(new)) {
        (Ok(old), Ok(new)) => new.differences_from(&old),
        (Err(old), Err(new)) if old == new => Vec::new(),
        (old, new) => {
            let told = |came: Result<_, String>| match came {
                Ok(_) => "a result".to_owned(),
                Err(why) => why,
            };
            vec![Difference {
                place: "the whole case".into(),
                expected: Some(told(old)),
                found: Some(told(new)),
            }]
        }
    }
}
