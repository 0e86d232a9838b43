// SPDX-License-Identifier: Apache-2.0
//! Header fields.

/// The header fields of a call or an answer, in their order. Names are compared without regard to ASCII case.
#[derive(Debug, Clone, Default)]
pub struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    /// The values of the fields of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter();
        let named = fields.filter(move |(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }

    /// The value of the first field of that name.
    pub fn first(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name_in_any_case() {
        let fields = Fields::from_iter([("a", "1"), ("B", "2"), ("A", "3")]);
        assert_eq!(fields.all("A").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!((fields.first("b"), fields.first("c")), (Some("2"), None));
    }
}
