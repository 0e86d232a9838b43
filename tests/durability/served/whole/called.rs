// SPDX-License-Identifier: Apache-2.0
//! The agencies that the program calls, and what they do wrong.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use silta_simulators::{
    Simulator,
    customs::{self, CustomsSetup, CustomsSimulator, ReplyKind, ReplyPlan},
    suomifi_mail::{self, MailRelaySetup, MailRelaySimulator},
    suomifi_rest::{self, SuomifiRestSetup, SuomifiRestSimulator},
};

use super::story::{Attempt, CUSTOMS, Effect, MAIL, REST};
use crate::{program::Program, random::Random};

/// The shortest time between two lists that Customs gives, and how often it is asked for one.
pub(crate) const LISTS: Duration = Duration::from_secs(3);

/// From one misbehaviour to the next, at most, in milliseconds.
const LONGEST_PEACE: u64 = 250;

/// Something that somebody does wrong is over by then.
const SLOW: Duration = Duration::from_millis(300);

/// All of them. They live longer than the program does.
pub(crate) struct Called {
    pub(crate) customs: CustomsSimulator,
    pub(crate) rest: SuomifiRestSimulator,
    pub(crate) mail: MailRelaySimulator,
}

impl Called {
    pub(crate) fn start(program: &Program) -> Self {
        Self::with(program, (|_| {}, |_| {}))
    }

    /// Started with changes to what Customs and the relay are started with.
    pub(crate) fn with(
        program: &Program,
        (of_customs, of_relay): (
            impl FnOnce(&mut CustomsSetup),
            impl FnOnce(&mut MailRelaySetup),
        ),
    ) -> Self {
        let pem = |name: &str| program.pem(name);
        let mut setup = CustomsSetup::new(pem("customs"), pem("customs.key"), pem("ca"), pem("ca"));
        setup.list_interval = LISTS;
        setup.replies = ReplyPlan {
            by_application: vec![(REPLIED.to_owned(), ReplyKind::XmlAndPdf)],
            otherwise: ReplyKind::Nothing,
            ..ReplyPlan::default()
        };
        of_customs(&mut setup);
        let customs = CustomsSimulator::start(setup).unwrap();
        let mut setup = SuomifiRestSetup::new(pem("suomifi"), pem("suomifi.key"));
        let password = std::fs::read_to_string(program.path("pki/suomifi-password")).unwrap();
        setup.password = password.trim_end().to_owned();
        let rest = SuomifiRestSimulator::start(setup).unwrap();
        let mut setup = MailRelaySetup::new(pem("suomifi"), pem("suomifi.key"), "kunta.example");
        of_relay(&mut setup);
        let mail = MailRelaySimulator::start(setup).unwrap();
        Self {
            customs,
            rest,
            mail,
        }
    }

    /// Misbehaves now and then, until it is over; then what was planned is forgotten.
    pub(crate) fn misbehave(&self, seed: u64, is_over: &AtomicBool) -> u64 {
        let mut random = Random::new(seed);
        let mut times = 0;
        while !is_over.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(random.below(LONGEST_PEACE)));
            self.misbehave_once(&mut random);
            times += 1;
        }
        self.customs.behave();
        self.rest.behave();
        times
    }

    fn misbehave_once(&self, random: &mut Random) {
        let of = |choices: usize, random: &mut Random| random.below(choices as u64) as usize;
        match random.below(10) {
            0..=3 => {
                let mut bad = bad_customs();
                let (operation, misbehaviour) = bad.swap_remove(of(bad.len(), random));
                let script = customs::Script::new().once_at(operation, misbehaviour);
                self.customs.misbehave(script);
            }
            4..=7 => {
                let mut bad = bad_rest();
                let (operation, misbehaviour) = bad.swap_remove(of(bad.len(), random));
                let script = suomifi_rest::Script::new().once_at(operation, misbehaviour);
                self.rest.misbehave(script);
            }
            _ => {
                let bad = bad_mail();
                let misbehaviour = bad[of(bad.len(), random)];
                let script = suomifi_mail::Script::new().once(misbehaviour);
                self.mail.misbehave(script);
            }
        }
    }

    /// What took effect, in the order in which each agency took it.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        let uploads = self.customs.received().into_iter();
        let uploads = uploads.filter(|it| {
            it.verdict == customs::Verdict::Accepted && it.operation.as_deref() == Some(UPLOAD)
        });
        let uploads = uploads.map(|upload| Effect {
            agency: CUSTOMS,
            token: token(&upload_text(&upload)).unwrap_or_default(),
        });
        // By messageId, which is counted up.
        let messages = self.rest.sent().into_iter().map(|message| Effect {
            agency: REST,
            token: token(&message.request.to_string()).unwrap_or_default(),
        });
        let mails = self.mail.received().into_iter();
        let mails = mails.filter(|it| it.verdict == suomifi_mail::Verdict::Accepted);
        let mails = mails.map(|mail| Effect {
            agency: MAIL,
            token: token(&mail.subject.unwrap_or_default()).unwrap_or_default(),
        });
        uploads.chain(messages).chain(mails).collect()
    }

    /// Each upload that Customs saw whole, in order.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let uploads = self.customs.received().into_iter();
        let uploads = uploads.filter(|it| it.operation.as_deref() == Some(UPLOAD));
        let seen = uploads.filter_map(|upload| {
            Some(Attempt {
                token: token(&upload_text(&upload))?,
                bytes: upload.application_request_sha256?,
                // A disturbance that Customs names: it has not taken this one.
                is_refused: upload.code.as_deref() == Some("474"),
            })
        });
        seen.collect()
    }

    /// Tokens in all that came, taken or not.
    pub(crate) fn seen(&self) -> Vec<String> {
        let effects = self.effects().into_iter().map(|effect| effect.token);
        let attempts = self.attempts().into_iter().map(|attempt| attempt.token);
        effects.chain(attempts).collect()
    }

    /// How many uploads were taken that Customs replies to.
    pub(crate) fn replies(&self) -> usize {
        let uploads = self.customs.received().into_iter();
        let replied = uploads.filter(|it| {
            it.verdict == customs::Verdict::Accepted && upload_text(it).contains(REPLIED)
        });
        replied.count()
    }

    /// How many messages Suomi.fi took.
    pub(crate) fn messages(&self) -> usize {
        self.rest.sent().len()
    }
}

/// Application of uploads that Customs replies to.
pub(crate) const REPLIED: &str = "IMPORT";

const UPLOAD: &str = "UploadRequest";

fn upload_text(upload: &customs::Received) -> String {
    let payload = upload.payload.as_ref();
    payload.map_or_else(String::new, |payload| {
        String::from_utf8_lossy(payload.bytes()).into_owned()
    })
}

/// What a message is known by, whatever carries it: a word in double parentheses.
pub(crate) fn token(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("((")?;
    let (token, _) = rest.split_once("))")?;
    Some(token.to_owned())
}

fn bad_customs() -> Vec<(customs::Operation, customs::Misbehaviour)> {
    use customs::{Misbehaviour as M, Operation::*};
    let refuse = |code: &str, kept| M::Refuse {
        code: code.to_owned(),
        kept,
    };
    let fault = |kept| M::Fault {
        code: "999".to_owned(),
        text: "disturbance".to_owned(),
        kept,
    };
    vec![
        (Upload, M::Slow(SLOW)),
        (Upload, M::ResetMidBody),
        (Upload, M::Silence { kept: false }),
        (Upload, M::Silence { kept: true }),
        (Upload, M::Silence { kept: true }),
        (Upload, refuse("474", false)),
        (Upload, refuse("999", true)),
        (Upload, fault(false)),
        (Upload, fault(true)),
        (Upload, M::BareFault { kept: true }),
        (Upload, M::Garbage),
        (Upload, M::BadGateway),
        (Upload, M::Empty),
        (DownloadList, M::ListTwice),
        (DownloadList, M::Silence { kept: false }),
        (Download, M::Silence { kept: true }),
        (Download, M::TruncatedBase64),
    ]
}

fn bad_rest() -> Vec<(suomifi_rest::Operation, suomifi_rest::Misbehaviour)> {
    use suomifi_rest::{Misbehaviour as M, Operation::*};
    vec![
        (SendElectronic, M::TooManyRequests(Duration::from_secs(1))),
        (SendElectronic, M::BadGateway),
        (SendElectronic, M::BadGatewayKept),
        (SendElectronic, M::GatewayPage),
        (SendElectronic, M::Drop),
        (SendElectronic, M::DropKept),
        (SendElectronic, M::DropKept),
        (SendElectronic, M::Slow(SLOW)),
        (SendElectronic, M::ConflictWithoutId),
        (SendElectronic, M::UnreadableJson),
        (SendElectronic, M::TokenExpired),
        (Token, M::Drop),
        (Token, M::GatewayPage),
        (Events, M::RepeatedEvents),
        (Events, M::EventsOutOfOrder),
        (Events, M::Drop),
        (Events, M::CursorRefused),
    ]
}

fn bad_mail() -> Vec<suomifi_mail::Misbehaviour> {
    use suomifi_mail::{Command, Misbehaviour as M};
    vec![
        M::Greylist,
        M::RejectContent(451),
        M::LostReply,
        M::Closing(Command::Mail),
        M::Closing(Command::Data),
        M::Slow(SLOW),
    ]
}
