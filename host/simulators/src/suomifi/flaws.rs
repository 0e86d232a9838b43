// SPDX-License-Identifier: Apache-2.0
//! How a misbehaviour changes a call. Where it is about one Kohde, that is the last one.

use std::time::Duration;

use super::attachment::Attachment;
use super::dice::Dice;
use super::draft::{Content, Damage, Draft, Edition, Letter, Oddity, SignedBy};
use super::identity::{personal_identity_code, with_wrong_check};
use super::message::{Customer, CustomerKind};
use super::misbehaviour::Misbehaviour;

/// A state that no table has.
const UNKNOWN_STATE: i32 = 299;

/// How long ago an expired call was made.
const LONG_AGO: Duration = Duration::from_secs(3_600);

/// Makes the call as wrong as it is asked for.
pub(super) fn spoil(draft: &mut Draft, misbehaviour: Misbehaviour) {
    use Misbehaviour::*;
    match misbehaviour {
        // These are about what follows the call.
        Redelivered | RedeliveredAnew => {}
        WrongCount => draft.count += 1,
        Shape2014 => draft.edition = Edition::Of2014,
        AlteredBody => draft.damage = Some(Damage::AlterBody),
        WrappedBody => draft.damage = Some(Damage::WrapBody),
        Doctype => draft.damage = Some(Damage::AddDoctype),
        NotXml => draft.damage = Some(Damage::CutOff),
        UnknownOperation => draft.damage = Some(Damage::RenameOperation),
        Stranger => draft.signature = SignedBy::Stranger,
        Unsigned => draft.signature = SignedBy::Nobody,
        Expired => draft.age = LONG_AGO,
        WrongAuthority => draft.authority_id.push_str("_toinen"),
        UnknownService => draft.service_id.push_str("_tuntematon"),
        ContradictingAction => draft.action = draft.action.other(),
        ByteByByte(time) => draft.pace = time,
        Dropped => draft.reads_answer = false,
        UnknownState => {
            if let Content::Reports(reports) = &mut draft.content
                && let Some(last) = reports.last_mut()
            {
                last.state = UNKNOWN_STATE;
            }
        }
        SeveralCustomers | HugeAttachment(_) | ForbiddenAttachment | BrokenBase64
        | InvalidIdentityCode | NilElements => {
            if let Content::Messages(letters) = &mut draft.content
                && let Some(last) = letters.last_mut()
            {
                spoil_letter(last, misbehaviour);
            }
        }
    }
}

fn spoil_letter(letter: &mut Letter, misbehaviour: Misbehaviour) {
    let message = &mut letter.message;
    match misbehaviour {
        Misbehaviour::SeveralCustomers => {
            // Somebody else, and each time the same one.
            let mut dice = Dice::new(u64::try_from(message.text.len()).unwrap_or_default());
            letter.also.push(Customer {
                id: personal_identity_code(&mut dice),
                kind: CustomerKind::Person,
                email: None,
                phone: None,
            });
        }
        Misbehaviour::HugeAttachment(size) => {
            message.attachments = vec![Attachment::pdf("suuri.pdf", "Large", size)];
        }
        Misbehaviour::ForbiddenAttachment => message.attachments.push(Attachment::program()),
        Misbehaviour::BrokenBase64 => {
            message.attachments = vec![Attachment::pdf("liite.pdf", "Attachment", 1_000)];
            letter.oddity = Some(Oddity::BrokenBase64);
        }
        Misbehaviour::InvalidIdentityCode => {
            message.sender.kind = CustomerKind::Person;
            message.sender.id = with_wrong_check(&message.sender.id);
        }
        Misbehaviour::NilElements => letter.oddity = Some(Oddity::Nil),
        _ => {}
    }
}
