// SPDX-License-Identifier: Apache-2.0
//! Counts, and refuses what goes over a limit.

use std::fmt;

use super::Measure;

/// A component has more of something than any that is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeExceeded {
    /// What it has too much of.
    pub measure: Measure,
    /// The limit, which is part of the program.
    pub allowed: u64,
    /// What was found. Counting ends there, so that the whole may have more.
    pub found: u64,
    /// Where, such as `function 17 of core module 0` (numbered as tools number them); empty for the whole component.
    pub place: String,
}

impl fmt::Display for SizeExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            measure,
            allowed,
            found,
            place,
        } = self;
        let place = if place.is_empty() { "it" } else { place };
        write!(
            f,
            "{place} has {found} {}, the limit `{}` is {allowed}. A component of an agency protocol has far fewer; check that this is one, and that it was built with optimisation",
            measure.unit(),
            measure.name(),
        )
    }
}

impl std::error::Error for SizeExceeded {}

/// What has been counted: sums over the component, or the highest of one item.
#[derive(Debug, Default)]
pub(super) struct Tally([u64; Measure::ALL.len()]);

impl Tally {
    /// What was counted of each measure.
    pub(super) fn into_counts(self) -> Vec<(Measure, u64)> {
        Measure::ALL.iter().copied().zip(self.0).collect()
    }

    /// Adds to what the whole component has.
    pub(super) fn add(&mut self, measure: Measure, amount: u64) -> Result<(), SizeExceeded> {
        self.add_at(measure, amount, &"")
    }

    /// The same, found in a place.
    pub(super) fn add_at(
        &mut self,
        measure: Measure,
        amount: u64,
        place: &dyn fmt::Display,
    ) -> Result<(), SizeExceeded> {
        let counted = self.0.get(measure as usize).copied().unwrap_or_default();
        self.at_most(measure, counted.saturating_add(amount), place)
    }

    /// Notes what one item has.
    pub(super) fn at_most(
        &mut self,
        measure: Measure,
        found: u64,
        place: &dyn fmt::Display,
    ) -> Result<(), SizeExceeded> {
        if let Some(highest) = self.0.get_mut(measure as usize) {
            *highest = found.max(*highest);
        }
        if found <= measure.limit() {
            return Ok(());
        }
        Err(SizeExceeded {
            measure,
            allowed: measure.limit(),
            found,
            place: place.to_string(),
        })
    }
}
