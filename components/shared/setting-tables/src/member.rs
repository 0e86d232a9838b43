// SPDX-License-Identifier: Apache-2.0
//! What all tables share.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// The name of a field as it is in JSON: hyphens in the place of underscores.
///
/// # Panics
/// When the name is not of that length, which an array of its length never brings about.
#[expect(
    clippy::indexing_slicing,
    reason = "while the compiler runs; it would be an error there"
)]
pub const fn kebab<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let bytes = name.as_bytes();
    let mut kebab = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        kebab[at] = match bytes[at] {
            b'_' => b'-',
            byte => byte,
        };
        at += 1;
    }
    kebab
}

/// Members of an object that have come.
pub struct Members {
    names: &'static [&'static str],
    /// A bit for each.
    seen: u64,
}

impl Members {
    /// None yet, of some names.
    pub fn of(names: &'static [&'static str]) -> Self {
        Self { names, seen: 0 }
    }

    /// The number of the next member; none at the end of the object.
    ///
    /// # Errors
    /// It is unknown, or has come before.
    #[inline(never)]
    pub fn next<'de, A: MapAccess<'de>>(
        &mut self,
        object: &mut A,
    ) -> Result<Option<usize>, A::Error> {
        let Some(number) = object.next_key_seed(Name(self.names))? else {
            return Ok(None);
        };
        let bit = 1_u64 << number;
        match (self.seen & bit, self.names.get(number)) {
            (0, _) => {
                self.seen |= bit;
                Ok(Some(number))
            }
            (_, name) => Err(A::Error::duplicate_field(name.copied().unwrap_or_default())),
        }
    }

    /// Whether a member has come that has to be there.
    ///
    /// # Errors
    /// It has not.
    #[inline(never)]
    pub fn required<E: Error>(&self, number: usize) -> Result<(), E> {
        match (self.seen >> number & 1, self.names.get(number)) {
            (0, Some(name)) => Err(E::missing_field(name)),
            _ => Ok(()),
        }
    }
}

/// Reads the value of a member in the place of what a field has: a function for each type, not for each field.
///
/// # Errors
/// The value cannot be read; the field has what it had.
#[inline(never)]
pub fn put<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut T,
    object: &mut A,
) -> Result<(), A::Error> {
    *field = object.next_value()?;
    Ok(())
}

/// Finds a name among those of a table.
#[derive(Clone, Copy)]
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<usize, D::Error> {
        name.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let found = self.0.iter().position(|known| *known == name);
        found.ok_or_else(|| E::unknown_field(name, self.0))
    }
}
