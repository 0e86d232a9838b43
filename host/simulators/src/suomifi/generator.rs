// SPDX-License-Identifier: Apache-2.0
//! Messages and states as they might come.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::attachment::Attachment;
use super::dice::Dice;
use super::identity::{business_id, personal_identity_code};
use super::message::{Customer, CustomerKind, Message, Reference, ReferenceKind, StatusReport};
use super::texts::{COMPANIES, FILES, NAMES, TEXTS};
use crate::finland;

/// Messages of the authority, or of the customer in its hands, that are kept to refer to.
const KEPT: usize = 1_000;

/// Makes what is to be brought, one thing after the other.
pub(super) struct Generator {
    dice: Dice,
    attachment_size: usize,
    made: usize,
    /// Who has written a message that the authority took, and what it calls that. The oldest go first.
    taken: VecDeque<(Customer, String)>,
}

impl Generator {
    pub(super) fn new(seed: u64, attachment_size: usize) -> Self {
        Self {
            dice: Dice::new(seed),
            attachment_size,
            made: 0,
            taken: VecDeque::new(),
        }
    }

    /// An id of this run.
    pub(super) fn id(&mut self) -> String {
        let (high, low) = (self.dice.next(), self.dice.next());
        let hex = format!("{high:016x}{low:016x}");
        let mut rest = hex.as_str();
        let parts = [8, 4, 4, 4, 12].map(|length| {
            let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            rest = after;
            part
        });
        parts.join("-")
    }

    /// Notes what the authority calls a message, so that later ones can refer to it.
    pub(super) fn note(&mut self, customer: &Customer, authority_id: &str) {
        if self.taken.len() >= KEPT {
            self.taken.pop_front();
        }
        self.taken
            .push_back((customer.clone(), authority_id.to_owned()));
    }

    /// The next one. Every fourth is a company's; every third goes on with a thread, if there is one; every second has attachments.
    pub(super) fn message(&mut self) -> Message {
        let number = self.made;
        self.made += 1;
        let earlier = match number % 3 {
            2 => self.taken.pop_front(),
            _ => None,
        };
        let (sender, reference) = match earlier {
            Some((customer, id)) => {
                let kind = ReferenceKind::AuthorityId;
                (customer, Some(Reference { id, kind }))
            }
            None => (self.customer(number % 4 == 3), None),
        };
        let names: &[&str] = match sender.kind {
            CustomerKind::Person => &NAMES,
            CustomerKind::Company => &COMPANIES,
        };
        let (title, text) = TEXTS.get(number % TEXTS.len()).copied().unwrap_or_default();
        Message {
            account_id: self.id(),
            sender_name: self.dice.pick(names).map(|name| (*name).to_owned()),
            sender,
            reference,
            title: title.to_owned(),
            sent_at: now(),
            text: text.to_owned(),
            attachments: self.attachments(number),
        }
    }

    /// A state of each message in turn: delivered, opened, acknowledged.
    pub(super) fn report(&mut self, references: &[String]) -> StatusReport {
        let number = self.made;
        self.made += 1;
        let given = references.get((number / 3) % references.len().max(1));
        let known = self.taken.back().cloned();
        let (customer, authority_id) = match (given, known) {
            (Some(id), _) => (self.customer(false), id.clone()),
            (None, Some(known)) => known,
            (None, None) => (self.customer(false), self.id()),
        };
        let (state, description) = match number % 3 {
            0 => (200, "Asia on tallennettu asiakkaan tilille."),
            1 => (220, "Asiakas on avannut viestin."),
            _ => (230, "Asiakas on kuitannut viestin vastaanotetuksi."),
        };
        let (title, _) = TEXTS.get(number % TEXTS.len()).copied().unwrap_or_default();
        StatusReport {
            authority_id,
            account_id: self.id(),
            customer,
            state,
            at: now(),
            description: number.is_multiple_of(2).then(|| description.to_owned()),
            title: (number % 3 != 1).then(|| title.to_owned()),
        }
    }

    fn customer(&mut self, is_company: bool) -> Customer {
        let (id, kind) = match is_company {
            true => (business_id(&mut self.dice), CustomerKind::Company),
            false => (personal_identity_code(&mut self.dice), CustomerKind::Person),
        };
        let is_known = self.dice.roll(2) == 0;
        Customer {
            id,
            kind,
            email: is_known.then(|| "asiakas@example.fi".to_owned()),
            // No number begins with zero after the code of the country.
            phone: is_known.then(|| "+358000000000".to_owned()),
        }
    }

    fn attachments(&self, number: usize) -> Vec<Attachment> {
        let name = FILES.get(number % FILES.len()).copied().unwrap_or_default();
        let pdf = Attachment::pdf(
            &format!("{name}.pdf"),
            &format!("Attachment {number}"),
            self.attachment_size,
        );
        let png = Attachment::png(&format!("{name}_2.png"), self.attachment_size);
        match number % 4 {
            1 => vec![pdf],
            3 => vec![
                Attachment {
                    description: Some("Liite, jossa on ääkkösiä".to_owned()),
                    ..pdf
                },
                png,
            ],
            _ => Vec::new(),
        }
    }
}

/// This moment in Finland, with milliseconds.
fn now() -> String {
    let now = Timestamp::now().to_zoned(finland::time_zone());
    now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_messages() {
        let ids = |seed| {
            let mut generator = Generator::new(seed, 10);
            let messages = (0..8).map(|_| generator.message());
            messages
                .map(|message| (message.account_id, message.sender.id))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(5), ids(5));
        assert_ne!(ids(5), ids(6));
        assert_eq!(ids(5)[0].0.len(), 36);
    }

    #[test]
    fn everything_comes_in_turn() {
        let mut generator = Generator::new(1, 10);
        let first = generator.message();
        generator.note(&first.sender, "A-1");
        let messages: Vec<Message> = (1..8).map(|_| generator.message()).collect();
        let companies = messages
            .iter()
            .filter(|m| m.sender.kind == CustomerKind::Company);
        assert_eq!(companies.count(), 2);
        assert!(
            messages
                .iter()
                .any(|message| message.attachments.len() == 2)
        );
        let answers: Vec<&Message> = messages.iter().filter(|m| m.reference.is_some()).collect();
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].reference.as_ref().unwrap().id, "A-1");
        assert!(answers[0].sender.id == first.sender.id);
        let references = ["A-1".to_owned()];
        let mut generator = Generator::new(1, 10);
        let states = [(); 3].map(|()| generator.report(&references).state);
        assert_eq!(states, [200, 220, 230]);
    }
}
