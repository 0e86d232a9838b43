// SPDX-License-Identifier: Apache-2.0
//! Fields of queries and forms (`application/x-www-form-urlencoded`).

/// Fields by their names. Of several of one name, the last counts.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// A field that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().rev();
        let found = fields.find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

/// A path with a query of those fields that are there.
pub(super) fn href(path: &str, fields: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut is_empty = true;
    for (name, value) in fields {
        if let Some(value) = value {
            query.append_pair(name, value);
            is_empty = false;
        }
    }
    match is_empty {
        true => path.to_owned(),
        false => format!("{path}?{}", query.finish()),
    }
}
