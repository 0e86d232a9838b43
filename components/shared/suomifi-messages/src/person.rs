// SPDX-License-Identifier: Apache-2.0
//! Whose mailbox it is.

use std::fmt;

use finnish_ids::{BusinessId, PersonalIdentityCode};
use schemars::JsonSchema;
use serde::Serialize;

/// What an id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdType {
    /// Personal identity code (henkilötunnus); on the return channel `SSN`.
    PersonalIdentityCode,
    /// Business ID (Y-tunnus); on the return channel `CRN`.
    BusinessId,
}

/// The id of a mailbox's owner: well formed, in the form that the register has it. The separator of a personal identity code distinguishes people and is kept.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PersonId {
    /// The id, such as `010190-900P` or `2574261-7`.
    #[schemars(extend("x-personal" = true))]
    id: String,
    /// What it is.
    #[serde(rename = "type")]
    kind: IdType,
}

impl PersonId {
    /// An id of either type, told by its form. Letters of a personal identity code may be in lower case; blanks around it do not count. `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        Self::personal(text).or_else(|| Self::business(text))
    }

    /// A personal identity code.
    pub fn personal(text: &str) -> Option<Self> {
        let code = PersonalIdentityCode::parse(&text.trim().to_ascii_uppercase()).ok()?;
        Some(Self {
            id: code.expose().into(),
            kind: IdType::PersonalIdentityCode,
        })
    }

    /// A Business ID.
    pub fn business(text: &str) -> Option<Self> {
        let id = BusinessId::parse(text.trim()).ok()?;
        Some(Self {
            id: id.expose().into(),
            kind: IdType::BusinessId,
        })
    }

    /// The id in full. For the wire and for events, never for a log.
    pub fn expose(&self) -> &str {
        &self.id
    }

    /// What it is.
    pub fn kind(&self) -> IdType {
        self.kind
    }
}

/// Shows the type only.
impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonId")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Somebody who has a mailbox, or acts for somebody who has.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Who it is; null where the interface gave none, or one that is neither of the two types (`unreadableId`).
    pub id: Option<PersonId>,
    /// What stood in the place of an id and is none, as it came; null where there is none.
    #[schemars(extend("x-personal" = true))]
    pub unreadable_id: Option<String>,
    /// Name, as the interface gave it.
    #[schemars(extend("x-personal" = true))]
    pub name: Option<String>,
}

impl Person {
    /// A person by the texts that an interface gave.
    pub fn of(id: Option<&str>, name: Option<&str>) -> Self {
        Self::with_id(id.and_then(PersonId::parse), id, name)
    }

    /// The same where the interface says what the id is, so that it has been read already.
    pub fn with_id(parsed: Option<PersonId>, id: Option<&str>, name: Option<&str>) -> Self {
        let filled = |text: Option<&str>| {
            text.filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        Self {
            unreadable_id: if parsed.is_some() { None } else { filled(id) },
            id: parsed,
            name: filled(name),
        }
    }
}

/// Shows whether there is an id, and no name.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_by_its_form() {
        let person = PersonId::parse(" 010190-900p ").unwrap();
        assert_eq!(person.expose(), "010190-900P");
        assert_eq!(person.kind(), IdType::PersonalIdentityCode);
        let company = PersonId::parse("2574261-7").unwrap();
        assert_eq!(company.kind(), IdType::BusinessId);
        assert_eq!(PersonId::parse("010190-900Q"), None);
    }

    #[test]
    fn the_separator_distinguishes() {
        let (one, other) = ("010190-900P", "010190Y900P");
        assert_ne!(PersonId::parse(one), PersonId::parse(other));
        assert!(PersonId::parse(other).is_some());
    }

    #[test]
    fn what_is_no_id_is_kept_apart() {
        let person = Person::of(Some("12"), Some(" "));
        assert_eq!(person.id, None);
        assert_eq!(person.unreadable_id.as_deref(), Some("12"));
        assert_eq!(person.name, None);
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!(
            "{:?}",
            Person::of(Some("010190-900P"), Some("Maija Meikäläinen"))
        );
        assert!(
            !shown.contains("900P") && !shown.contains("Maija"),
            "{shown}"
        );
    }
}
