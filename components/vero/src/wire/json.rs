//! JSON objects as they stand, so that a property that is there twice is noticed.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// The properties of an object in their order.
#[derive(Debug)]
pub(super) struct Members(pub(super) Vec<(String, Value)>);

impl Members {
    /// The one property of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// The first name that is there more than once. In a tree rather than in hashes, which a stranger could foresee here: nothing in a component is random.
    pub(super) fn repeated(&self) -> Option<&str> {
        let mut names = BTreeSet::new();
        let mut repeated = self.0.iter().filter(|(name, _)| !names.insert(name));
        repeated.next().map(|(name, _)| name.as_str())
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
