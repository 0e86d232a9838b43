// SPDX-License-Identifier: Apache-2.0
//! What Customs says under names of its own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Contents by the local names of their elements.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct NamedValues<'a>(BTreeMap<&'a str, Contents<'a>>);

/// The content of an element, or the contents of those with one name in their order.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Contents<'a> {
    /// Of one.
    One(&'a str),
    /// Of several.
    Several(Vec<&'a str>),
}

impl<'a> From<&'a [(String, String)]> for NamedValues<'a> {
    fn from(fields: &'a [(String, String)]) -> Self {
        let mut object = BTreeMap::new();
        for (name, content) in fields {
            match object.get_mut(name.as_str()) {
                None => {
                    object.insert(name.as_str(), Contents::One(content));
                }
                Some(contents) => contents.add(content),
            }
        }
        Self(object)
    }
}

impl<'a> Contents<'a> {
    fn add(&mut self, content: &'a str) {
        match self {
            Self::One(first) => *self = Self::Several(vec![first, content]),
            Self::Several(several) => several.push(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_there_again_has_a_list() {
        let fields = [("b", "1"), ("a", "2"), ("b", "3"), ("b", "1")];
        let fields = fields.map(|(name, content)| (name.to_owned(), content.to_owned()));
        let json = |fields: &[_]| serde_json::to_string(&NamedValues::from(fields)).unwrap();
        assert_eq!(json(&fields), r#"{"a":"2","b":["1","3","1"]}"#);
        assert_eq!(json(&[]), "{}");
    }
}
