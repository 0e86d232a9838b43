// SPDX-License-Identifier: Apache-2.0
//! Who has an active mailbox.

use agency_http::AnswerError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use suomifi_messages::PersonId;

use super::{Flaw, answer::read, forms::MOST_END_USERS};

/// Whom is asked about.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MailboxesParameters {
    /// Personal identity codes and Business IDs, 1 to 10,000. Only in connection with sending, and what comes of it is not to be stored: so the service's rules have it.
    #[schemars(extend("x-personal" = true))]
    pub end_users: Vec<String>,
}

impl MailboxesParameters {
    /// The ids as they are sent.
    ///
    /// # Errors
    /// The first that is none, or their number.
    pub fn checked(&self) -> Result<Vec<PersonId>, Flaw> {
        let count = self.end_users.len();
        if !(1..=MOST_END_USERS as usize).contains(&count) {
            let message = "give 1 to 10000 ids; more are asked about in several operations";
            return Err(Flaw::invalid("/endUsers", message));
        }
        let read = |(index, id): (usize, &String)| {
            PersonId::parse(id).ok_or_else(|| {
                Flaw::invalid(
                    format!("/endUsers/{index}"),
                    "this is neither a personal identity code nor a Business ID; correct it",
                )
            })
        };
        self.end_users.iter().enumerate().map(read).collect()
    }
}

/// Asking under way, some of them at a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mailboxes {
    /// Name of the operation, for the names of its events.
    pub reference: String,
    /// How many were asked about.
    pub asked: usize,
    /// How many there are.
    pub all: usize,
}

impl Mailboxes {
    /// How many are asked about next, if so many are asked about at a time.
    pub fn next(&self, batch: u32) -> usize {
        let left = self.all.saturating_sub(self.asked);
        left.min(usize::try_from(batch).unwrap_or(usize::MAX))
    }

    /// The same once so many more were asked about; `None` when that were all.
    pub fn following(self, more: usize) -> Option<Self> {
        let asked = self.asked.saturating_add(more);
        (asked < self.all).then_some(Self { asked, ..self })
    }
}

/// Reads the answer: the ids of those who have an active mailbox.
///
/// # Errors
/// [`AnswerError`] for anything else. Nothing of it is repeated.
pub fn read_active(body: &[u8]) -> Result<Vec<String>, AnswerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        end_users_with_active_mailbox: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        id: String,
    }
    let wire: Wire = read(body)?;
    let ids = wire.end_users_with_active_mailbox.into_iter();
    Ok(ids.map(|one| one.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_asked_about_some_at_a_time() {
        let mut asking = Some(Mailboxes {
            reference: "r".into(),
            asked: 0,
            all: 2500,
        });
        let mut batches = Vec::new();
        while let Some(next) = asking {
            let batch = next.next(1000);
            batches.push(batch);
            asking = next.following(batch);
        }
        assert_eq!(batches, [1000, 1000, 500]);
    }

    #[test]
    fn each_id_is_judged_by_its_place() {
        let pointer = |ids: &[&str]| {
            let end_users = ids.iter().map(ToString::to_string).collect();
            let checked = MailboxesParameters { end_users }.checked();
            checked.map(|ids| ids.len()).map_err(|flaw| flaw.pointer)
        };
        assert_eq!(pointer(&["010190-900P", "2574261-7"]), Ok(2));
        assert_eq!(pointer(&[]), Err("/endUsers".into()));
        assert_eq!(pointer(&["2574261-7", "x"]), Err("/endUsers/1".into()));
        assert_eq!(pointer(&["2574261-7"; 10_000]), Ok(10_000));
        assert_eq!(pointer(&["2574261-7"; 10_001]), Err("/endUsers".into()));
    }
}
