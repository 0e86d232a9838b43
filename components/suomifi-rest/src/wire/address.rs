// SPDX-License-Identifier: Apache-2.0
//! Postal addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Flaw, countries::is_country};

/// Most characters of a field of an address, and of a postal code (description, `Address`).
const LONGEST_FIELD: usize = 256;
const LONGEST_POSTAL_CODE: usize = 64;

/// A postal address. Line breaks in a field become a space: the field is one line of the letter.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Address {
    /// Name, 1 to 256 characters.
    #[schemars(extend("x-personal" = true))]
    pub name: String,
    /// Second row, such as a company or a department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-personal" = true))]
    pub additional_name: Option<String>,
    /// Street and number, or a box; 1 to 256 characters.
    #[schemars(extend("x-personal" = true))]
    pub street_address: String,
    /// Postal code, 1 to 64 characters.
    pub zip_code: String,
    /// Town, 1 to 256 characters.
    pub city: String,
    /// Country: a code of two capital letters (ISO 3166-1), or `XK`, `XX`. Neither a name nor a code of three letters.
    pub country_code: String,
}

/// Shows nobody.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Address {
    /// The address as it is sent.
    ///
    /// # Errors
    /// The first field that the service would refuse; its pointer goes on from `pointer`.
    pub fn checked(&self, pointer: &str) -> Result<Self, Flaw> {
        let field =
            |name: &str, text: &str, longest| line(&format!("{pointer}/{name}"), text, longest);
        let additional = self.additional_name.as_deref();
        let additional = additional.map(|text| field("additionalName", text, LONGEST_FIELD));
        let address = Self {
            name: field("name", &self.name, LONGEST_FIELD)?,
            additional_name: additional.transpose()?,
            street_address: field("streetAddress", &self.street_address, LONGEST_FIELD)?,
            zip_code: field("zipCode", &self.zip_code, LONGEST_POSTAL_CODE)?,
            city: field("city", &self.city, LONGEST_FIELD)?,
            country_code: self.country_code.clone(),
        };
        match is_country(&address.country_code) {
            true => Ok(address),
            false => Err(Flaw::invalid(
                format!("{pointer}/countryCode"),
                "this is no code of a country: two capital letters of ISO 3166-1, or XK, XX",
            )),
        }
    }
}

/// A field as one line of a letter.
fn line(pointer: &str, text: &str, longest: usize) -> Result<String, Flaw> {
    let words = text.split(['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']);
    let words: Vec<_> = words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.is_empty() {
        return Err(Flaw::invalid(
            pointer,
            "this is empty; give at least one character",
        ));
    }
    // The unit is not documented; whoever has so many characters in an address has a mistake in it.
    if line.encode_utf16().count() > longest {
        let message = format!("this has more than {longest} characters; shorten it");
        return Err(Flaw::invalid(pointer, message));
    }
    match line.contains(char::is_control) {
        true => Err(Flaw::invalid(
            pointer,
            "this has a control character in it; take it out",
        )),
        false => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address {
            name: "Ääkkönen Oy".into(),
            additional_name: None,
            street_address: "Testikatu 1".into(),
            zip_code: "00100".into(),
            city: "Helsinki".into(),
            country_code: "FI".into(),
        }
    }

    #[test]
    fn line_breaks_become_spaces() {
        let address = Address {
            street_address: " Testikatu 1\r\n\n A 2 ".into(),
            ..address()
        };
        let sent = address.checked("/a").unwrap();
        assert_eq!(sent.street_address, "Testikatu 1 A 2");
    }

    #[test]
    fn each_field_has_its_limits() {
        let refused = |change: fn(&mut Address)| {
            let mut address = address();
            change(&mut address);
            address.checked("/a").map_err(|flaw| flaw.pointer).err()
        };
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|it| it.name = "ä".repeat(256)), None);
        assert_eq!(refused(|it| it.zip_code = "1".repeat(64)), None);
        for (change, pointer) in [
            (
                (|it| it.name = "ä".repeat(257)) as fn(&mut Address),
                "/a/name",
            ),
            (|it| it.name = "\n".into(), "/a/name"),
            (|it| it.city = String::new(), "/a/city"),
            (|it| it.city = "a\u{7}b".into(), "/a/city"),
            (|it| it.zip_code = "1".repeat(65), "/a/zipCode"),
            (
                |it| it.additional_name = Some(" ".into()),
                "/a/additionalName",
            ),
            (|it| it.country_code = "FIN".into(), "/a/countryCode"),
            (|it| it.country_code = "fi".into(), "/a/countryCode"),
        ] {
            assert_eq!(refused(change).as_deref(), Some(pointer));
        }
    }
}
