// SPDX-License-Identifier: Apache-2.0
//! Whose packages are taken.

use std::collections::BTreeSet;

use crate::key::PublicKey;

/// What stands for all agencies.
const ALL: &str = "*";

/// Publishers whose packages are taken, each by its keys and for its agencies. By default there are none.
#[derive(Debug, Clone, Default)]
pub struct Publishers(Vec<Publisher>);

/// A key of a publisher.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pub(crate) name: String,
    pub(crate) key: PublicKey,
    agencies: BTreeSet<String>,
}

/// A key cannot be pinned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The key is pinned already.
    #[error(
        "the key {key} is pinned already, for the publisher `{publisher}`; one key is one publisher's, once"
    )]
    Twice {
        /// Id of the key.
        key: String,
        /// Whose it is.
        publisher: String,
    },
    /// It would be for no agency.
    #[error(
        "the publisher `{publisher}` has no agencies; name those that it may publish for, or \"*\" for all"
    )]
    NoAgencies {
        /// The publisher.
        publisher: String,
    },
}

impl Publishers {
    /// Takes packages of some agencies that are signed with a key; `*` stands for all agencies.
    ///
    /// # Errors
    /// The key is pinned already, or there are no agencies.
    pub fn pin<A: Into<String>>(
        &mut self,
        name: &str,
        key: &PublicKey,
        agencies: impl IntoIterator<Item = A>,
    ) -> Result<(), PinError> {
        let agencies: BTreeSet<String> = agencies.into_iter().map(Into::into).collect();
        if agencies.is_empty() {
            return Err(PinError::NoAgencies {
                publisher: name.to_owned(),
            });
        }
        if let Some(known) = self.0.iter().find(|known| known.key == *key) {
            return Err(PinError::Twice {
                key: key.id(),
                publisher: known.name.clone(),
            });
        }
        self.0.push(Publisher {
            name: name.to_owned(),
            key: key.clone(),
            agencies,
        });
        Ok(())
    }

    /// The one whose key has that id.
    pub(crate) fn of_key(&self, id: &str) -> Option<&Publisher> {
        self.0.iter().find(|publisher| publisher.key.id() == id)
    }
}

impl Publisher {
    pub(crate) fn may_publish_for(&self, agency: &str) -> bool {
        self.agencies.contains(ALL) || self.agencies.contains(agency)
    }

    pub(crate) fn agencies(&self) -> Vec<String> {
        self.agencies.iter().cloned().collect()
    }
}
