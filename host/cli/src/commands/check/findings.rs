// SPDX-License-Identifier: Apache-2.0
//! What was looked at, and what was found.

use std::time::SystemTime;

use serde_json::{Value, json};
use silta::observe::masked;
use silta_config::{ComponentSource, Config, ConfigError, Expiry, Exposed, Remaining};

use crate::output::printable_line;

/// Code of an error in a file of the configuration: the same that other commands end with.
pub(super) const FILE: &str = "configuration.file";

/// Code of a certificate, an anchor or a revocation list that has run out.
pub(super) const EXPIRED: &str = "validity.over";

/// Code of one that will within 30 days.
pub(super) const EXPIRING: &str = "validity.ending";

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// In order.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A thing that was looked at.
#[derive(Debug)]
struct Finding {
    level: Level,
    /// Stable code, for programs; empty for what is in order.
    code: String,
    at: ConfigError,
}

/// Everything that was looked at, in that order.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Something in order; `at` says where it stands and what it is.
    pub(super) fn ok(&mut self, at: ConfigError) {
        self.add(Level::Ok, "", at);
    }

    /// Something else.
    pub(super) fn add(&mut self, level: Level, code: &str, at: ConfigError) {
        self.0.push(Finding {
            level,
            code: code.to_owned(),
            at,
        });
    }

    /// What was found, unless that is an error in a file of the configuration, which is told.
    pub(super) fn told<T>(&mut self, found: Result<T, ConfigError>) -> Option<T> {
        found
            .map_err(|error| self.add(Level::Error, FILE, error))
            .ok()
    }

    /// Errors in files of the configuration.
    pub(super) fn add_errors(&mut self, errors: Vec<ConfigError>) {
        for error in errors {
            self.add(Level::Error, FILE, error);
        }
    }

    /// What runs out within 30 days, or has: with the level of the latter, and a sentence on what that means. Says whether there is any.
    pub(super) fn add_expiries(
        &mut self,
        config: &Config,
        expiries: &[Expiry],
        (now, over, meaning): (SystemTime, Level, &str),
    ) -> bool {
        let before = self.0.len();
        for expiry in expiries {
            let Some(notice) = expiry.notice(now) else {
                continue;
            };
            let (level, code, notice) = match expiry.remaining(now) {
                Remaining::Nothing => (over, EXPIRED, format!("{notice}{meaning}")),
                _ => (Level::Warning, EXPIRING, notice),
            };
            self.add(level, code, config.wrong_file(&expiry.field, notice));
        }
        self.0.len() > before
    }

    /// Files with secrets that everybody can read or change.
    pub(super) fn add_exposed(&mut self, exposed: Vec<Exposed>) {
        for Exposed { field, file } in exposed {
            let warning = ConfigError {
                file,
                place: None,
                field,
                reason: Exposed::NOTICE.to_owned(),
            };
            self.add(Level::Warning, "file.exposed", warning);
        }
    }

    /// How many there are of a level.
    pub(super) fn number(&self, level: Level) -> usize {
        let of_level = self.0.iter().filter(|finding| finding.level == level);
        of_level.count()
    }

    /// A line for each, and one that counts them.
    pub(super) fn as_text(&self) -> String {
        let mut text = String::new();
        for Finding { level, code, at } in &self.0 {
            let code = match code.as_str() {
                "" => String::new(),
                code => format!(" [{code}]"),
            };
            let line = masked(&format!("{:7}  {at}{code}", level.name())).into_owned();
            text += &printable_line(&line);
            text.push('\n');
        }
        let [ok, warnings, errors] =
            [Level::Ok, Level::Warning, Level::Error].map(|level| self.number(level));
        text += &format!("{ok} in order, warnings: {warnings}, errors: {errors}\n");
        text
    }

    /// The same for programs.
    pub(super) fn as_json(&self) -> Value {
        let findings = self.0.iter().map(|Finding { level, code, at }| {
            json!({
                "level": level.name(),
                "code": (!code.is_empty()).then(|| masked(code)),
                "file": masked(&at.file.display().to_string()),
                "line": at.place.map(|(line, _)| line),
                "column": at.place.map(|(_, column)| column),
                "field": masked(&at.field),
                "message": masked(&at.reason),
            })
        });
        json!({
            "findings": findings.collect::<Vec<_>>(),
            "ok": self.number(Level::Ok),
            "warnings": self.number(Level::Warning),
            "errors": self.number(Level::Error),
        })
    }
}

/// Something about the component of an agency, with its file if it has one.
pub(super) fn at_component(config: &Config, id: &str, reason: String) -> ConfigError {
    let field = format!("agencies.{id}.component");
    match config.component(id) {
        Ok(ComponentSource::File(_)) => config.wrong_file(&field, reason),
        _ => config.wrong(&field, reason),
    }
}
