// SPDX-License-Identifier: Apache-2.0
//! A mail's envelope, as it comes.

use crate::inbound::mail::wire::Address;

/// What was said of a mail before its content.
pub(super) struct Transaction {
    /// Reverse path; none for a delivery report.
    pub(super) sender: Option<Address>,
    /// Bytes that the content is said to have.
    pub(super) size: Option<u64>,
    /// In the order in which they were taken; LMTP replies in that order.
    pub(super) recipients: Vec<Recipient>,
}

/// A recipient that was taken.
pub(super) struct Recipient {
    pub(super) address: Address,
    /// Number of its agency.
    pub(super) agency: usize,
}

impl Transaction {
    pub(super) fn new(sender: Option<Address>, size: Option<u64>) -> Self {
        Self {
            sender,
            size,
            recipients: Vec::new(),
        }
    }

    /// Numbers of the agencies that it is for, each once.
    pub(super) fn agencies(&self) -> Vec<usize> {
        let mut numbers: Vec<usize> = self.recipients.iter().map(|of| of.agency).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The recipients of one agency, each once.
    pub(super) fn recipients_of(&self, agency: usize) -> Vec<String> {
        let mut addresses = Vec::new();
        for recipient in self.recipients.iter().filter(|of| of.agency == agency) {
            let address = recipient.address.to_string();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agency_has_its_own_recipients_once() {
        let mut transaction = Transaction::new(None, None);
        for (address, agency) in [
            ("b@one.example", 1),
            ("a@two.example", 0),
            ("b@one.example", 1),
            ("c@one.example", 1),
        ] {
            transaction.recipients.push(Recipient {
                address: Address::parse(address).unwrap(),
                agency,
            });
        }
        assert_eq!(transaction.agencies(), [0, 1]);
        assert_eq!(transaction.recipients_of(0), ["a@two.example"]);
        assert_eq!(
            transaction.recipients_of(1),
            ["b@one.example", "c@one.example"]
        );
    }
}
