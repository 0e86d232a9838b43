// SPDX-License-Identifier: Apache-2.0
use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::{print, print_json, printable},
};

/// The outcome of a step.
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

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    Platform,
    Gateway,
    Customs,
    TaxAdministration,
    Suomifi,
}

impl Party {
    fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Gateway => "gateway",
            Self::Customs => "Customs",
            Self::TaxAdministration => "tax admin.",
            Self::Suomifi => "Suomi.fi",
        }
    }
}

/// From whom to whom something goes; both are the same where somebody does something alone.
pub(super) type Way = (Party, Party);

/// Notes each step with its moment, and shows it: at once to people, all at the end to programs.
#[derive(Debug)]
pub(super) struct Journal {
    json: bool,
    begun: Instant,
    steps: Vec<Value>,
}

impl Journal {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            begun: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// Runs a step.
    pub(super) fn step<T>(
        &mut self,
        name: &str,
        (from, to): Way,
        work: impl FnOnce() -> Result<(T, Seen), Failure>,
    ) -> Result<T, Failure> {
        let start = Instant::now();
        let at = milliseconds(start.duration_since(self.begun).as_secs_f64());
        let (result, seen) = work()?;
        let took = milliseconds(start.elapsed().as_secs_f64());
        self.steps.push(json!({
            "step": name.replace(' ', "-").to_ascii_lowercase(),
            "at": at,
            "from": from.name(),
            "to": to.name(),
            "milliseconds": took,
            "result": seen.text,
            "facts": seen.facts,
        }));
        if !self.json {
            let way = match from == to {
                true => from.name().to_owned(),
                false => format!("{} → {}", from.name(), to.name()),
            };
            let (seconds, text) = (at / 1000.0, printable(&seen.text));
            print(&format!(
                "{seconds:6.2} s  {way:<21} {name:<11} {took:>6.0} ms  {text}\n"
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

/// Thousandths of them are what a clock can vouch for.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1_000_000.0).round() / 1000.0
}
