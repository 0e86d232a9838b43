// SPDX-License-Identifier: Apache-2.0
//! What is logged goes to standard error, so that results can be piped: one event, one line, of a bounded length, and nothing in it that could
//! make it look like another.

use std::{
    env,
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

use silta::observe::masked;

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    failure::Failure,
    output::{is_deceptive, write_to_standard_error},
};

/// Says what is logged: a level, or levels by target, such as `warn,silta::component=debug`.
const VARIABLE: &str = "SILTA_LOG";

/// Starts logging as the variable says, or else as many times `-v` as were given. Where neither is, warnings of what is `expected` are left out: they are of refusals that
/// the command provokes.
pub(crate) fn start(verbose: u8, expected: &[&str]) -> Result<(), Failure> {
    let coloured = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || Lines { coloured })
        .with_ansi(coloured)
        // Of errors in writing there are none, and those in formatting are defects.
        .log_internal_errors(false)
        .with_filter(filter(verbose, expected)?);
    tracing_subscriber::registry().with(lines).init();
    Ok(())
}

fn filter(verbose: u8, expected: &[&str]) -> Result<Targets, Failure> {
    let Ok(wanted) = env::var(VARIABLE) else {
        let errors = expected.iter().map(|target| (*target, LevelFilter::ERROR));
        return Ok(match verbose {
            0 => ours(LevelFilter::WARN).with_targets(errors),
            1 => ours(LevelFilter::INFO),
            _ => ours(LevelFilter::DEBUG),
        });
    };
    if let Ok(level) = wanted.parse() {
        return Ok(ours(level));
    }
    wanted.parse().map_err(|error| {
        let remedy = "say a level (error, warn, info, debug, trace), or levels by target";
        Failure::command_line(&format!(
            "{VARIABLE}=`{wanted}` is not understood ({error}); {remedy}"
        ))
    })
}

/// The libraries below speak of their own inner workings; who wants that names them.
fn ours(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("silta", level)
}

/// Longest line, in bytes; of a longer one the beginning is written, and how much is left out.
const LONGEST_LINE: usize = 2 << 10;

/// Takes one event at a time, as the subscriber formats it.
struct Lines {
    /// Whether the subscriber's own colours are to be let through.
    coloured: bool,
}

impl Write for Lines {
    /// Never fails: that nobody reads the log is no reason for the program to stop.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = self.line(&String::from_utf8_lossy(event));
        write_to_standard_error(line.as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn line(&self, event: &str) -> String {
        let event = masked(event.trim_end_matches('\n'));
        let mut line = String::with_capacity(event.len() + 1);
        let mut rest = &*event;
        while let Some(c) = rest.chars().next() {
            let taken = self.colour(rest).unwrap_or_else(|| c.len_utf8());
            let (part, after) = rest.split_at(taken);
            if taken == c.len_utf8() && is_deceptive(c) {
                // Writing to a string cannot fail.
                let _ = write!(line, "{}", c.escape_default());
            } else {
                line.push_str(part);
            }
            rest = after;
        }
        shortened(line)
    }

    /// Length of the colour (ECMA-48 §8.3.117) that a text begins with. Escapes in what is logged have been written out by the subscriber.
    fn colour(&self, text: &str) -> Option<usize> {
        let parameters = text.strip_prefix("\u{1b}[").filter(|_| self.coloured)?;
        let length = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        parameters
            .get(length..)?
            .starts_with('m')
            .then_some(2 + length + 1)
    }
}

/// A line with its end, cut where it is too long.
fn shortened(mut line: String) -> String {
    let size = line.len();
    if size >= LONGEST_LINE {
        // Room for the words at the end.
        line.truncate(line.floor_char_boundary(LONGEST_LINE - 64));
        let left = size - line.len();
        let _ = write!(line, "… ({left} bytes left out)");
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(coloured: bool, event: &str) -> String {
        Lines { coloured }.line(event)
    }

    #[test]
    fn an_event_is_one_line_that_looks_like_what_it_is() {
        assert_eq!(line(false, "INFO a: b\n"), "INFO a: b\n");
        assert_eq!(
            line(false, "INFO a: x\nERROR forged\u{202e}y\u{1b}[2J\n"),
            "INFO a: x\\nERROR forged\\u{202e}y\\u{1b}[2J\n"
        );
        assert_eq!(line(false, "to 131052-900W\n"), "to ******-****\n");
    }

    #[test]
    fn colours_are_let_through_to_terminals_and_nothing_else_is() {
        let coloured = "\u{1b}[2mx\u{1b}[0m \u{1b}[1;31my";
        assert_eq!(line(true, coloured), format!("{coloured}\n"));
        assert_eq!(line(true, "\u{1b}[2Jx"), "\\u{1b}[2Jx\n");
        assert_eq!(line(true, "\u{1b}[12"), "\\u{1b}[12\n");
        assert_eq!(line(false, "\u{1b}[2mx"), "\\u{1b}[2mx\n");
    }

    #[test]
    fn lines_have_a_longest_length() {
        let longest = "ä".repeat(LONGEST_LINE / 2 - 1) + "b";
        assert_eq!(line(false, &longest), format!("{longest}\n"));
        for length in [LONGEST_LINE, 100_000] {
            let cut = line(false, &"ä".repeat(length));
            assert!(cut.len() <= LONGEST_LINE, "{}", cut.len());
            assert!(cut.ends_with("bytes left out)\n"), "{cut}");
        }
    }
}
