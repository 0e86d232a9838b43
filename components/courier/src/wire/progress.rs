// SPDX-License-Identifier: Apache-2.0
//! What is carried from one exchange of an operation to the next.

use serde::{Deserialize, Serialize};

/// Pages that one listing takes at most; what is left waits for the next one.
pub const MOST_PAGES: u32 = 4;

/// A delivery under way: attachments go up one by one, then the message that names them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Delivery {
    /// Our id of the message. It is made once, and Courier knows a message that comes again by it.
    pub external_id: String,
    /// How many attachments there are.
    pub attachments: usize,
    /// Courier's ids of those that are there already, in their order.
    pub uploaded: Vec<String>,
}

impl Delivery {
    /// The attachment that goes up next, counted from 0; `None` when it is the message's turn.
    pub fn next_attachment(&self) -> Option<usize> {
        let next = self.uploaded.len();
        (next < self.attachments).then_some(next)
    }

    /// The delivery once Courier has taken the next attachment.
    pub fn with_uploaded(mut self, id: String) -> Self {
        self.uploaded.push(id);
        self
    }
}

/// A listing under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Listing {
    /// Where the next page begins; `None` is the beginning.
    pub after: Option<String>,
    /// Pages that were read.
    pub pages: u32,
}

impl Listing {
    /// What is listed next after a page that goes on at `next`; `None` when that is left for another time.
    pub fn following(&self, next: &str) -> Option<Self> {
        let pages = self.pages + 1;
        (pages < MOST_PAGES).then(|| Self {
            after: Some(next.to_owned()),
            pages,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_go_first_and_the_message_last() {
        let begun = Delivery {
            external_id: "e".into(),
            attachments: 2,
            uploaded: Vec::new(),
        };
        assert_eq!(begun.next_attachment(), Some(0));
        let one = begun.with_uploaded("a".into());
        assert_eq!(one.next_attachment(), Some(1));
        assert_eq!(one.with_uploaded("b".into()).next_attachment(), None);
    }

    #[test]
    fn a_listing_ends_after_its_pages() {
        let mut listing = Some(Listing::default());
        let mut pages = 0;
        while let Some(page) = listing {
            pages += 1;
            listing = page.following("x");
        }
        assert_eq!(pages, MOST_PAGES);
    }
}
