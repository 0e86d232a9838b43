// SPDX-License-Identifier: Apache-2.0
//! What all connections of a relay share.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::certificates::Acceptors;
use super::citizen::DetailWords;
use super::courier::Courier;
use super::delivery::{MailDelivery, Parcel};
use super::drop_folder::DropFolder;
use super::misbehaviour::{Misbehaviour, Occasion, Script};
use super::reader::addr_spec;
use super::receipt::Wording;
use super::received::Received;
use super::rules::Rules;
use super::setup::{MailRelaySetup, MailSecurity, ReceiptPlan};
use crate::error::SimulatorError;
use crate::ledger::{Ledger, RefusedHandshake, lock};

/// Most Message-IDs, and most pairs of sender and recipient, that are remembered; the oldest go.
const MOST_REMEMBERED: usize = 10_000;

pub(super) struct Service {
    pub(super) rules: Rules,
    pub(super) security: MailSecurity,
    pub(super) receipts: ReceiptPlan,
    pub(super) details: DetailWords,
    pub(super) replies_to_mails: bool,
    pub(super) idle_limit: Duration,
    pub(super) tls: Acceptors,
    pub(super) received: Ledger<Received>,
    pub(super) deliveries: Ledger<MailDelivery>,
    pub(super) refused_handshakes: Ledger<RefusedHandshake>,
    courier: Option<Courier>,
    folder: Option<DropFolder>,
    state: Mutex<State>,
    under_way: Mutex<usize>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    script: Script,
    wordings: usize,
    mails: VecDeque<String>,
    pairs: VecDeque<(String, String)>,
}

impl Service {
    pub(super) fn new(setup: MailRelaySetup) -> Result<Self, SimulatorError> {
        let tls = Acceptors::new(&setup)?;
        let sender = addr_spec(&setup.receipts.sender);
        sender.ok_or(SimulatorError::Address("receipts.sender"))?;
        Ok(Self {
            tls,
            courier: setup.deliver_to.map(Courier::new).transpose()?,
            folder: setup
                .drop
                .map(DropFolder::open)
                .transpose()
                .map_err(SimulatorError::Folder)?,
            rules: setup.rules,
            security: setup.security,
            receipts: setup.receipts,
            details: setup.details,
            replies_to_mails: setup.replies_to_mails,
            idle_limit: setup.idle_limit,
            received: Ledger::default(),
            deliveries: Ledger::default(),
            refused_handshakes: Ledger::default(),
            state: Mutex::new(State {
                script: setup.script,
                ..State::default()
            }),
            under_way: Mutex::default(),
            ended: Condvar::new(),
        })
    }

    /// The relay's name in greetings.
    pub(super) fn name(&self) -> String {
        "localhost".to_owned()
    }

    pub(super) fn mailbox_domain(&self) -> &str {
        &self.rules.mailbox_domain
    }

    pub(super) fn misbehave(&self, script: Script) {
        lock(&self.state).script.append(script);
    }

    pub(super) fn act(&self, occasion: Occasion) -> Option<Misbehaviour> {
        lock(&self.state).script.take(occasion)
    }

    pub(super) fn always_greylists(&self) -> bool {
        lock(&self.state).script.always_greylists()
    }

    /// Whether this sender has not written to this recipient before.
    pub(super) fn is_first(&self, sender: &str, recipient: &str) -> bool {
        let pair = (sender.to_owned(), recipient.to_owned());
        remember(&mut lock(&self.state).pairs, pair)
    }

    /// Whether no mail of this Message-ID was taken before.
    pub(super) fn is_first_mail(&self, message_id: &str) -> bool {
        remember(&mut lock(&self.state).mails, message_id.to_owned())
    }

    pub(super) fn next_wording(&self) -> Wording {
        let wordings = &self.receipts.wordings;
        let mut state = lock(&self.state);
        let next = wordings
            .get(state.wordings % wordings.len().max(1))
            .copied();
        state.wordings = state.wordings.wrapping_add(1);
        next.unwrap_or(Wording::Finnish1)
    }

    pub(super) fn refuse_handshake(&self, reason: &str) {
        let reason = reason.to_owned();
        self.refused_handshakes.record(RefusedHandshake {
            at: SystemTime::now(),
            reason,
        });
    }

    /// Writes and sends a mail, twice if that is its misbehaviour, and records it.
    pub(super) async fn send(&self, parcel: Parcel) -> Vec<MailDelivery> {
        let times = if parcel.misbehaviour == Some(Misbehaviour::Twice) {
            2
        } else {
            1
        };
        let mut deliveries = Vec::new();
        for _ in 0..times {
            let mut delivery = MailDelivery::new(&parcel);
            if let Some(folder) = &self.folder {
                folder.write(&mut delivery);
            }
            if let Some(courier) = &self.courier {
                delivery.attempts = courier.deliver(&parcel).await;
            }
            self.deliveries.record(delivery.clone());
            deliveries.push(delivery);
        }
        deliveries
    }

    /// Mails are being made, until what this returns is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        *lock(&self.under_way) += 1;
        UnderWay(self.clone())
    }

    /// Waits until no mails are being made; whether that came in time.
    pub(super) fn wait_until_idle(&self, limit: Duration) -> bool {
        let (under_way, _) = self
            .ended
            .wait_timeout_while(lock(&self.under_way), limit, |number| *number > 0)
            .unwrap_or_else(PoisonError::into_inner);
        *under_way == 0
    }
}

/// Adds what is new; whether it is.
fn remember<T: PartialEq>(known: &mut VecDeque<T>, new: T) -> bool {
    if known.contains(&new) {
        return false;
    }
    if known.len() >= MOST_REMEMBERED {
        known.pop_front();
    }
    known.push_back(new);
    true
}

/// Mails that are being made.
pub(super) struct UnderWay(Arc<Service>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        *lock(&self.0.under_way) -= 1;
        self.0.ended.notify_all();
    }
}
