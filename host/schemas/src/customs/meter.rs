// SPDX-License-Identifier: Apache-2.0
//! How much of a package is looked at: types refer to each other, so that a small file can declare messages without end.

use std::cell::{Cell, RefCell};

use xml_schema::{Declared, Particle, Term};

use crate::Package;

/// Elements and attributes of one message. Those of agencies have below 100.
pub(super) const OF_A_MESSAGE: usize = 1000;

/// Elements within elements.
pub(super) const DEEPEST: usize = 32;

/// Elements and attributes of all messages and global elements together.
const OF_ALL: usize = 10_000_000;

/// A package, and how much of it may still be looked at.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub(super) package: &'s Package,
    pub(super) meter: &'s Meter,
}

pub(super) struct Meter {
    left: Cell<usize>,
    /// What was over a limit of one message, with its place.
    over: RefCell<Vec<String>>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            left: Cell::new(OF_ALL),
            over: RefCell::default(),
        }
    }
}

impl Meter {
    /// Whether there is room for what stands in an element; it is counted.
    pub(super) fn take(&self, count: usize) -> bool {
        let left = self.left.get().checked_sub(count);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Notes a message that was left, for what is told.
    pub(super) fn note(&self, element: Declared<'_>) {
        let (file, position) = element.place();
        let told = format!("{} ({file}:{})", element.name().local(), position.line);
        let mut over = self.over.borrow_mut();
        if !over.contains(&told) {
            over.push(told);
        }
    }

    /// What is told of messages that were left.
    pub(super) fn told(&self) -> Option<String> {
        let over = self.over.borrow();
        let first: Vec<&str> = over.iter().take(5).map(String::as_str).collect();
        let more = over.len() - first.len();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!over.is_empty()).then(|| {
            format!(
                "over a limit of the reader ({OF_A_MESSAGE} elements and attributes of one message, {DEEPEST} elements within elements), and not looked at: {}{more}",
                first.join(", ")
            )
        })
    }

    /// The limit of all, if that was met.
    pub(super) fn met(&self) -> Option<usize> {
        (self.left.get() == 0).then_some(OF_ALL)
    }
}

/// How many particles there are.
pub(super) fn size(particle: &Particle<'_>) -> usize {
    match &particle.term {
        Term::Any | Term::Element(_) => 1,
        Term::Sequence(all) | Term::All(all) | Term::Choice(all) => {
            all.iter().map(size).sum::<usize>() + 1
        }
    }
}
