// SPDX-License-Identifier: Apache-2.0
use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

use super::ids::{ActId, OperationId, Position};
use crate::time::Timestamp;

/// A name that a later program may have others of: one that is not known is kept as it is.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $($(#[$value_doc])* pub const $value: Self = Self(Cow::Borrowed($text));)*

            /// Stable name.
            pub fn name(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// By which way somebody came.
    Way {
        /// With a token, by the platform's API.
        TOKEN = "token",
        /// By the operator's page.
        PAGE = "page",
        /// By the command line, beside the gateway.
        COMMAND_LINE = "command-line",
        /// The program itself, in nobody's name.
        PROGRAM = "program",
    }
}

name! {
    /// What somebody did.
    Deed {
        /// An operation that was held, or waited, went on.
        RESUME = "resume",
        /// An operation was cancelled.
        CANCEL = "cancel",
        /// An operation that had ended badly was submitted anew.
        REPLAY = "replay",
        /// An entry was acknowledged by hand, whoever had it.
        ACKNOWLEDGE = "acknowledge",
    }
}

/// Who does something.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// By which way.
    pub way: Way,
    /// Who: the id of a token, the user that a proxy named, an account of the machine. Empty where nobody is named.
    pub name: String,
    /// Where from: the address of a connection. Empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

impl Actor {
    /// Whoever has a token.
    pub fn token(id: &str) -> Self {
        Self {
            way: Way::TOKEN,
            name: id.to_owned(),
            address: String::new(),
        }
    }
}

impl Default for Actor {
    /// The program.
    fn default() -> Self {
        Self {
            way: Way::PROGRAM,
            name: String::new(),
            address: String::new(),
        }
    }
}

/// What an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// An operation.
    Operation(OperationId),
    /// An entry.
    Entry(Position),
}

/// Something that somebody did, kept in the transaction that did it. It has no content of what it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its number.
    pub id: ActId,
    /// When, in the store's time.
    pub at: Timestamp,
    /// Agency of what it was done to.
    pub agency: String,
    /// Who, what, and to what. It never changes.
    pub record: ActRecord,
}

/// Who did what, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActRecord {
    /// Who.
    pub by: Actor,
    /// What.
    pub deed: Deed,
    /// To what.
    pub subject: Subject,
    /// Name of the operation, or of the one that brought the entry: an act outlives what it was done to. Empty where it cannot be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The operation that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<OperationId>,
}

/// Which acts to read. Reading changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActListing {
    /// Those behind this number; the last one that was read, or 0.
    pub after: ActId,
    /// From the last one down to the first: behind a number are those before it then, and behind 0 are all.
    pub newest_first: bool,
    /// Those of these agencies; of all, when there are none.
    pub agencies: Vec<String>,
    /// Those done to this.
    pub subject: Option<Subject>,
    /// So many at most; see [`MOST_ROWS`](super::MOST_ROWS).
    pub limit: u32,
}

impl fmt::Debug for Actor {
    /// Without the name and the address: they are about people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Actor");
        shown.field("way", &self.way).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{VERSION, decode, encode};

    #[test]
    fn what_a_later_program_does_is_read_as_it_is() {
        let record = ActRecord {
            by: Actor::token("erp"),
            deed: Deed::REPLAY,
            subject: Subject::Operation(OperationId(17)),
            name: "deliver".into(),
            new: Some(OperationId(18)),
        };
        let text = encode(&record).unwrap();
        let expected = r#"{"by":{"way":"token","name":"erp"},"deed":"replay","subject":{"operation":17},"name":"deliver","new":18}"#;
        assert_eq!(text, expected);
        let later = text.replace("replay", "forget").replace("token", "telex");
        let read: ActRecord = decode(|| "act 1".into(), VERSION, &later).unwrap();
        assert_eq!((read.deed.name(), read.by.way.name()), ("forget", "telex"));
        assert_eq!(encode(&read).unwrap(), later);
    }

    #[test]
    fn who_did_it_is_not_in_debug() {
        let actor = Actor {
            way: Way::PAGE,
            name: "maija".into(),
            address: "192.0.2.1".into(),
        };
        assert_eq!(format!("{actor:?}"), "Actor { way: Way(\"page\"), .. }");
    }
}
