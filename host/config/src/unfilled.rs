// SPDX-License-Identifier: Apache-2.0
//! Values that somebody still has to fill in.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    error::ConfigError,
    load::Config,
    place::{key, place},
};

/// How a value begins that stands for one that is not known yet. What follows says what belongs there.
const FILL_IN: &str = "FILL IN";

impl Config {
    /// An error for each value that is still to be filled in, in the order of the file.
    pub(crate) fn unfilled(&self) -> Vec<ConfigError> {
        // Whoever reads the whole of it has told what is no TOML.
        let Ok(document) = DeTable::parse(&self.text) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        of_table(document.get_ref(), "", &mut found);
        found.sort_by_key(|(_, offset)| *offset);
        let errors = found.into_iter().map(|(field, offset)| ConfigError {
            file: self.file.clone(),
            place: Some(place(&self.text, offset)),
            field,
            reason: format!(
                "this begins with `{FILL_IN}`: put the value here that the text asks for"
            ),
        });
        errors.collect()
    }
}

fn of_table(table: &DeTable<'_>, above: &str, found: &mut Vec<(String, usize)>) {
    for (name, value) in table {
        let name = key(name.get_ref());
        let field = match above {
            "" => name,
            above => format!("{above}.{name}"),
        };
        of_value(value, &field, found);
    }
}

fn of_value(value: &Spanned<DeValue<'_>>, field: &str, found: &mut Vec<(String, usize)>) {
    match value.get_ref() {
        DeValue::String(text) if text.starts_with(FILL_IN) => {
            found.push((field.to_owned(), value.span().start));
        }
        DeValue::Table(table) => of_table(table, field, found),
        DeValue::Array(values) => {
            for (value, number) in values.iter().zip(1..) {
                of_value(value, &format!("{field}[{number}]"), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
[agencies.vero]
component = \"builtin\"
[agencies.vero.settings]
environment = \"FIP\"
url = \"FILL IN: the URL of the interface\"
names = [\"a\", \"FILL IN\"]
wire = { form = \"FILL IN: one of them\" }
";

    #[test]
    fn each_value_that_is_to_be_filled_in_is_told_with_its_place() {
        let error = Config::parse("silta.toml", TEXT.to_owned()).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "silta.toml:5:7: agencies.vero.settings.url: this begins with `FILL IN`"
            ),
            "{error}"
        );
        let filled = Config::parse("silta.toml", TEXT.replace("FILL IN", "filled in")).unwrap();
        assert!(filled.unfilled().is_empty());
        let unfilled = Config {
            text: TEXT.to_owned(),
            ..filled
        };
        let fields: Vec<_> = unfilled
            .unfilled()
            .into_iter()
            .map(|error| error.field)
            .collect();
        let settings = "agencies.vero.settings";
        assert_eq!(
            fields,
            [
                format!("{settings}.url"),
                format!("{settings}.names[2]"),
                format!("{settings}.wire.form")
            ]
        );
    }
}
