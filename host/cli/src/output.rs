// SPDX-License-Identifier: Apache-2.0
//! Results for people and for programs, on standard output; what is said beside them, on standard error.

mod escaping;
mod streams;

use std::io;

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use serde::Serialize;

use crate::failure::Failure;

pub(crate) use escaping::{is_deceptive, json_line, printable, printable_json, printable_line};
pub(crate) use streams::{check_standard_output, write_all, write_to_standard_error};

/// Lines above and below the header only.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'));

/// Longest name, in columns, that is kept on one line.
const LONGEST_NAME: u16 = 32;

/// Blanks around the content of a cell.
const PADDING: u16 = 2;

/// Width of tables where there is no terminal to ask.
const WIDTH: u16 = 120;

/// Writes text for people to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(printable(text).as_bytes())
}

/// Writes text for people to standard error, whether or not anybody can read it.
pub(crate) fn say(text: &str) {
    write_to_standard_error(printable(text).as_bytes());
}

/// Writes bytes to standard output as they are. A reader that has gone is no failure: it has read what it wanted to.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    match streams::write_to_standard_output(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::no_output(&error)),
    }
}

/// Writes bytes to standard output as they are, where something depends on their being read: a reader that has gone is a failure.
pub(crate) fn deliver_bytes(bytes: &[u8]) -> Result<(), Failure> {
    streams::write_to_standard_output(bytes).map_err(|error| Failure::no_output(&error))
}

/// Writes a value to standard output as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print_bytes(pretty_json(value)?.as_bytes())
}

/// A value as JSON for people to look at, with a line break at its end.
pub(crate) fn pretty_json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::internal("output.json", &format!("the result is not JSON: {error}"))
    })?;
    Ok(format!("{}\n", printable_json(&text)))
}

/// Names and values, one pair a line, the values aligned.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = facts.iter().map(|(name, value)| {
        let value = if value.is_empty() { "–" } else { value };
        let value = printable(value).replace('\n', &format!("\n{:width$}  ", ""));
        let line = format!("{name:width$}  {value}");
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

/// A heading over a table, whose first column has names.
pub(crate) fn section(heading: &str, header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return format!("\n{heading}: none\n");
    }
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec());
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)).collect::<Vec<_>>());
    }
    // Names are looked for and copied, so they stay whole, unless they are whole sentences.
    let longest = table.column_max_content_widths().into_iter().next();
    if let Some(names) = table.column_mut(0) {
        let width = Width::Fixed(longest.unwrap_or_default().min(LONGEST_NAME) + PADDING);
        names.set_constraint(ColumnConstraint::LowerBoundary(width));
    }
    format!("\n{heading}\n{}\n", table.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_aligned() {
        let text = facts(&[("a", "1".into()), ("long", "2\n3".into())]);
        assert_eq!(text, "a     1\nlong  2\n      3\n");
    }
}
