// SPDX-License-Identifier: Apache-2.0
//! What all connections share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::attachments::{self, Uploads};
use super::citizens::{CitizenMessage, Citizens, DepositError, Deposited, Thread};
use super::clock::Clock;
use super::continuation::Seal;
use super::credentials::{self, Credentials};
use super::event_log::{EventLog, EventPlan, StatusChange, Subject};
use super::limits::LARGEST_PAGE;
use super::mailboxes::MailboxState;
use super::outbox::Sent;
use super::received::Received;
use super::script::Script;
use super::setup::{SuomifiRestSetup, Visibility};
use crate::ledger::{Ledger, lock};

pub(super) struct Service {
    pub(super) allowed_addresses: Vec<IpAddr>,
    pub(super) credential_rules: credentials::Rules,
    pub(super) upload_rules: attachments::Rules,
    pub(super) media_types: Vec<String>,
    pub(super) visibility: Visibility,
    pub(super) inactive_services: Vec<String>,
    pub(super) system_is_active: bool,
    pub(super) retention: Duration,
    pub(super) page_size: usize,
    pub(super) plan: EventPlan,
    pub(super) clock: Clock,
    pub(super) seal: Seal,
    state: Mutex<State>,
    pub(super) received: Ledger<Received>,
}

/// What changes.
pub(super) struct State {
    pub(super) credentials: Credentials,
    pub(super) uploads: Uploads,
    mailboxes: HashMap<String, MailboxState>,
    other_mailboxes: MailboxState,
    pub(super) sent: Sent,
    pub(super) citizens: Citizens,
    pub(super) log: EventLog,
    /// Replies to what has not been sent yet.
    replies: Vec<CitizenMessage>,
    next_id: i64,
    pub(super) script: Script,
}

impl Service {
    pub(super) fn new(setup: SuomifiRestSetup) -> Self {
        let mailboxes = setup.mailboxes.into_iter();
        let (replies, at_once): (Vec<_>, Vec<_>) = setup
            .citizens
            .into_iter()
            .partition(|message| message.reply_to.is_some());
        let mut state = State {
            credentials: Credentials::new(setup.password),
            uploads: Uploads::default(),
            mailboxes: mailboxes.map(|(id, state)| (key(&id), state)).collect(),
            other_mailboxes: setup.other_mailboxes,
            sent: Sent::default(),
            citizens: Citizens::default(),
            log: EventLog::default(),
            replies,
            next_id: setup.first_message_id,
            script: setup.script,
        };
        let clock = Clock::new(setup.clock_ahead);
        for message in at_once {
            // What replies to nothing can always be written.
            let _ = state.deposit(message, clock.now());
        }
        Self {
            allowed_addresses: setup.allowed_addresses,
            credential_rules: credentials::Rules {
                username: setup.username,
                token_lifetime: setup.token_lifetime,
                token_warmup: setup.token_warmup,
                password_interval: setup.password_interval,
                tokens_end_with_password: setup.tokens_end_with_password,
            },
            upload_rules: attachments::Rules {
                lifetime: setup.attachment_lifetime,
                are_reusable: setup.attachments_are_reusable,
            },
            media_types: setup.media_types,
            visibility: setup.visibility,
            inactive_services: setup.inactive_services,
            system_is_active: setup.system_is_active,
            retention: setup.retention,
            page_size: setup.page_size.clamp(1, LARGEST_PAGE),
            plan: setup.events,
            clock,
            seal: Seal::new(),
            state: Mutex::new(state),
            received: Ledger::default(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Something becomes of a message; whether there is such a message.
    pub(super) fn happen(&self, message_id: i64, change: StatusChange) -> bool {
        let mut state = self.state();
        let subject = state.sent.subject(message_id);
        let found = subject.map(|subject| {
            let now = self.clock.now();
            state.log.happen(&self.plan, &subject, change, now);
        });
        found.is_some()
    }
}

impl State {
    /// A citizen writes.
    pub(super) fn deposit(
        &mut self,
        message: CitizenMessage,
        at: SystemTime,
    ) -> Result<Deposited, DepositError> {
        let thread = match &message.reply_to {
            Some(external_id) => Some(self.sent.thread_to_reply_in(external_id)?),
            None => None,
        };
        let message_id = self.next_id();
        let thread = thread.unwrap_or(Thread {
            root: message_id,
            external_id: None,
        });
        let subject = Subject {
            message_id,
            service_id: message.service_id.clone(),
            external_id: None,
        };
        self.log.written_by_end_user(subject, at);
        Ok(self.citizens.add(message_id, message, thread, at))
    }

    /// Citizens reply to what they were waiting for, where they can.
    pub(super) fn reply(&mut self, external_id: &str, at: SystemTime) {
        let is_it = |message: &CitizenMessage| message.reply_to.as_deref() == Some(external_id);
        let waiting = std::mem::take(&mut self.replies);
        let (now, later) = waiting.into_iter().partition::<Vec<_>, _>(is_it);
        self.replies = later;
        for message in now {
            // Told in the setup: what allows no reply gets none.
            let _ = self.deposit(message, at);
        }
    }

    pub(super) fn next_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        id
    }

    /// Has all ids that follow be this or greater.
    pub(super) fn raise_ids(&mut self, to: i64) {
        self.next_id = self.next_id.max(to);
    }

    pub(super) fn mailbox(&self, id: &str) -> MailboxState {
        let found = self.mailboxes.get(&key(id));
        found.copied().unwrap_or(self.other_mailboxes)
    }

    pub(super) fn set_mailbox(&mut self, id: &str, state: MailboxState) {
        self.mailboxes.insert(key(id), state);
    }
}

/// Ids are the same in capitals and small letters.
fn key(id: &str) -> String {
    id.to_ascii_uppercase()
}
