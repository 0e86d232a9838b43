// SPDX-License-Identifier: Apache-2.0
use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::{print, print_json, printable},
};

/// What a step came to.
#[derive(Debug)]
pub(super) struct Seen {
    text: String,
    facts: Value,
}

impl Seen {
    /// In words, and as a JSON object.
    pub(super) fn new(text: &str, facts: Value) -> Self {
        let text = text.to_owned();
        Self { text, facts }
    }
}

/// Notes each step with its time, and shows it: at once to people, all at the end to programs.
#[derive(Debug)]
pub(super) struct Journal {
    json: bool,
    steps: Vec<Value>,
}

impl Journal {
    pub(super) fn new(json: bool) -> Self {
        let steps = Vec::new();
        Self { json, steps }
    }

    /// Runs a step.
    pub(super) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(T, Seen), Failure>,
    ) -> Result<T, Failure> {
        let start = Instant::now();
        let (result, seen) = work()?;
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        self.steps.push(json!({
            "step": name.replace(' ', "-").to_ascii_lowercase(),
            // Thousandths are what a clock can vouch for.
            "milliseconds": (milliseconds * 1000.0).round() / 1000.0,
            "result": seen.text,
            "facts": seen.facts,
        }));
        if !self.json {
            let (number, text) = (self.steps.len(), printable(&seen.text));
            print(&format!(
                "{number:2}  {name:<14}{milliseconds:>9.1} ms  {text}\n"
            ))?;
        }
        Ok(result)
    }

    /// Shows to programs what has been noted.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        if self.json {
            print_json(&self.steps)?;
        }
        Ok(())
    }
}
