// SPDX-License-Identifier: Apache-2.0
//! Paths: naming elements from outside.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::checks;

use super::ElementRef;

/// The way from the root to elements: `/Envelope/Body`.
///
/// A step is a local name, whatever its namespace, or `{namespace}local`, and may end with the position among the siblings that fit,
/// from 1: `/Order/Item[2]`. Without a position, all that fit are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Step {
    namespace: Option<String>,
    local: String,
    ordinal: Option<usize>,
}

/// A text that is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a path is written like `/Envelope/Body`, `/{{namespace}}Envelope/Body` or `/Order/Item[2]`; step {step} is not"
)]
pub struct PathError {
    /// Which step is wrong, from 1.
    pub step: usize,
}

impl Path {
    /// The elements below `root`, itself included, that the path leads to, in document order.
    pub(super) fn find<'d>(&self, root: ElementRef<'d>) -> Vec<ElementRef<'d>> {
        let mut steps = self.steps.iter();
        let mut found: Vec<_> = steps
            .next()
            .filter(|first| first.fits(root) && first.ordinal.unwrap_or(1) == 1)
            .map(|_| root)
            .into_iter()
            .collect();
        for step in steps {
            found = found
                .into_iter()
                .flat_map(|parent| step.below(parent))
                .collect();
        }
        found
    }
}

impl Step {
    fn fits(&self, element: ElementRef<'_>) -> bool {
        element.local() == self.local
            && self
                .namespace
                .as_ref()
                .is_none_or(|namespace| element.namespace() == namespace)
    }

    fn below<'d>(&self, parent: ElementRef<'d>) -> Vec<ElementRef<'d>> {
        let fitting = parent.children().filter(|child| self.fits(*child));
        match self.ordinal {
            None => fitting.collect(),
            Some(ordinal) => fitting.skip(ordinal - 1).take(1).collect(),
        }
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut steps = Vec::new();
        while steps.is_empty() || !rest.is_empty() {
            let number = steps.len() + 1;
            let (step, tail) = parse_step(rest).ok_or(PathError { step: number })?;
            steps.push(step);
            rest = tail;
        }
        Ok(Self { steps })
    }
}

fn parse_step(text: &str) -> Option<(Step, &str)> {
    let text = text.strip_prefix('/')?;
    // A namespace may hold slashes.
    let (namespace, rest) = match text.strip_prefix('{') {
        Some(text) => text
            .split_once('}')
            .map(|(uri, rest)| (Some(uri.to_owned()), rest))?,
        None => (None, text),
    };
    let (step, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (local, ordinal) = match step.strip_suffix(']') {
        None => (step, None),
        Some(step) => {
            let (local, ordinal) = step.split_once('[')?;
            // Parsing alone would let a sign pass, and leading zeros.
            let is_plain = ordinal.starts_with(|first: char| matches!(first, '1'..='9'));
            let ordinal = ordinal.parse().ok().filter(|_| is_plain)?;
            (local, Some(ordinal))
        }
    };
    let step = Step {
        namespace,
        local: checks::is_ncname(local).then(|| local.to_owned())?,
        ordinal,
    };
    Some((step, tail))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Step {
            namespace,
            local,
            ordinal,
        } in &self.steps
        {
            f.write_str("/")?;
            if let Some(namespace) = namespace {
                write!(f, "{{{namespace}}}")?;
            }
            f.write_str(local)?;
            if let Some(ordinal) = ordinal {
                write!(f, "[{ordinal}]")?;
            }
        }
        Ok(())
    }
}
