// SPDX-License-Identifier: Apache-2.0
//! The service that calls, as its user holds it.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::delivery::{CallRecord, Delivery};
use super::draft::Draft;
use super::generator::Generator;
use super::message::{Message, StatusReport};
use super::misbehaviour::Misbehaviour;
use super::player::Player;
use super::setup::SuomifiSetup;
use super::wire::Operation;
use crate::error::SimulatorError;
use crate::ledger::lock;
use crate::worker::Worker;

/// Suomi.fi messages, calling one authority's return channel.
pub struct ReturnChannelCaller {
    player: Arc<Player>,
    generator: Arc<Mutex<Generator>>,
    worker: Worker,
}

/// How many messages are in a call that misbehaves.
const PLAYED: usize = 3;

impl ReturnChannelCaller {
    /// Gets ready to call a URL; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// See [`SimulatorError`].
    pub fn start(url: &str, setup: SuomifiSetup) -> Result<Self, SimulatorError> {
        let seed = setup.seed.unwrap_or_else(from_clock);
        let generator = Generator::new(seed, setup.attachment_size);
        let player = Player::new(url, setup)?;
        let worker = Worker::start("suomifi-caller", |mut stopped| async move {
            // Whether it is told to stop or left alone comes to the same.
            let _ = stopped.changed().await;
        })?;
        Ok(Self {
            player: Arc::new(player),
            generator: Arc::new(Mutex::new(generator)),
            worker,
        })
    }

    /// Messages of citizens and companies that have not been made before. Some answer a message that the receiver took.
    pub fn generate(&self, number: usize) -> Vec<Message> {
        let mut generator = lock(&self.generator);
        (0..number).map(|_| generator.message()).collect()
    }

    /// States of messages of the authority: of the references given, each in turn delivered, opened and acknowledged; without references, of
    /// messages that the receiver took.
    pub fn generate_reports(&self, number: usize, references: &[String]) -> Vec<StatusReport> {
        let mut generator = lock(&self.generator);
        (0..number).map(|_| generator.report(references)).collect()
    }

    /// Brings messages in one call, and again while it is not answered; waits for that.
    pub fn deliver(&self, messages: &[Message]) -> Delivery {
        let draft = Draft::of_messages(messages, self.id(), &self.player.setup);
        let delivery = self.run(draft, None);
        self.note(messages, &delivery);
        delivery
    }

    /// Brings states in one call, likewise.
    pub fn report(&self, reports: &[StatusReport]) -> Delivery {
        let draft = Draft::of_reports(reports, self.id(), &self.player.setup);
        self.run(draft, None)
    }

    /// Makes what a misbehaviour is played on, brings it in that way, and, where it was not taken so, once more as it should be.
    pub fn play(&self, misbehaviour: Misbehaviour) -> Delivery {
        let setup = &self.player.setup;
        let draft = match misbehaviour.operation() {
            Operation::VieKohteita => {
                let mut messages = self.generate(PLAYED);
                if matches!(misbehaviour, Misbehaviour::ByteByByte(_)) {
                    // Short enough to be there in the time that is asked for.
                    messages.truncate(1);
                    messages
                        .iter_mut()
                        .for_each(|message| message.attachments.clear());
                }
                Draft::of_messages(&messages, self.id(), setup)
            }
            Operation::VieKohdeTiloja => {
                Draft::of_reports(&self.generate_reports(PLAYED, &[]), self.id(), setup)
            }
        };
        self.run(draft, Some(misbehaviour))
    }

    fn run(&self, draft: Draft, misbehaviour: Option<Misbehaviour>) -> Delivery {
        let operation = draft.operation();
        let (player, generator) = (self.player.clone(), self.generator.clone());
        let next_id = move || lock(&generator).id();
        let done = self.worker.run(async move {
            match misbehaviour {
                None => player.deliver(draft, &next_id).await,
                Some(misbehaviour) => player.play(draft, misbehaviour, &next_id).await,
            }
        });
        // A delivery without a call is not right.
        done.unwrap_or_else(|| Delivery {
            operation,
            misbehaviour,
            calls: Vec::new(),
        })
    }

    fn note(&self, messages: &[Message], delivery: &Delivery) {
        let mut generator = lock(&self.generator);
        for kohde in delivery.calls.iter().flat_map(CallRecord::stored) {
            let is_it = |message: &&Message| Some(&message.account_id) == kohde.account_id.as_ref();
            let message = messages.iter().find(is_it);
            if let (Some(message), Some(id)) = (message, &kohde.authority_id) {
                generator.note(&message.sender, id);
            }
        }
    }

    fn id(&self) -> String {
        lock(&self.generator).id()
    }
}

/// Another one each time.
fn from_clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    u64::try_from(nanoseconds % u128::from(u64::MAX)).unwrap_or_default()
}
