// SPDX-License-Identifier: Apache-2.0
//! Has a mail judged in the sandbox, commits what an accepted one brings, and makes the reply.

use std::time::SystemTime;

use silta::{
    Error, GenerationInfo, Terms,
    exchange::{Acceptance, Call, MailCall, Rejected, Verdict},
};

use crate::{
    agency::ServedAgency,
    inbound::{
        commit::{Keeper, Kept, is_ours},
        mail::reply::Reply,
    },
    inbox,
    telemetry::Place,
    trace_context,
};

/// The reply where the mail cannot be judged or kept now: the relay keeps it and sends it again (RFC 5321 §4.2.1).
pub(super) const NOT_NOW: Reply = Reply::new(451, "4.3.0", "not taken now, try again later");

/// More come than can be judged (RFC 3463 §3.4: system not accepting network messages).
const TOO_MANY: Reply = Reply::new(451, "4.3.2", "too many mails wait, try again later");

/// The reply where the mail is kept and nobody could read it yet.
const KEPT_FOR_REVIEW: Reply = Reply::new(250, "2.0.0", "taken, to be looked at by somebody");

/// What became of a mail for one agency.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) reply: Reply,
    pub(super) fate: Fate,
    /// Number of the generation that judged it; 0 if none did.
    pub(super) generation: u64,
    /// Stable code of what stood in the way; empty if nothing did.
    pub(super) code: String,
    /// What the operator has to know of a failure.
    pub(super) detail: String,
}

/// How a mail ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is committed.
    Taken,
    /// It was committed before.
    Duplicate,
    /// The component rejects it.
    Rejected,
    /// The component fails at it; it is committed as it came, for somebody to look at.
    Unreadable,
    /// It has come to no end, for a reason of ours.
    Failed,
}

impl Fate {
    /// Its name in the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Taken => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Unreadable => "unreadable",
            Self::Failed => "failed",
        }
    }
}

impl Judged {
    /// No end, for a reason of ours.
    pub(super) fn failed(code: &str, detail: &str) -> Self {
        Self {
            reply: NOT_NOW,
            fate: Fate::Failed,
            generation: 0,
            code: code.to_owned(),
            detail: detail.to_owned(),
        }
    }

    /// Not begun: too many are before it.
    pub(super) fn put_off(code: &str, detail: &str) -> Self {
        Self {
            reply: TOO_MANY,
            ..Self::failed(code, detail)
        }
    }

    fn ended(reply: Reply, fate: Fate) -> Self {
        Self {
            reply,
            fate,
            generation: 0,
            code: String::new(),
            detail: String::new(),
        }
    }
}

/// Has a mail judged by the generation that serves now, and commits what it brings if it is accepted. It takes as long as the component does.
pub(super) fn judge(
    agency: &ServedAgency,
    (call, terms): (MailCall, Terms),
    at: SystemTime,
    keeper: Keeper<'_>,
) -> Judged {
    let call = Call::Mail(call);
    // Its content is shared.
    let came = call.clone();
    let validation = match agency.agency().validate_on(call, terms) {
        Ok(validation) => validation,
        Err(error) => return not_judged(&error),
    };
    let generation = validation.generation;
    // Relays have no field for it: what follows from a mail is found by this.
    let trace = trace_context::begun();
    let mut step = keeper.judged(agency.id(), (trace.as_deref(), at), &validation.verdict);
    let is_accepted = matches!(validation.verdict, Ok(Verdict::Accepted(_)));
    let judged = match validation.verdict {
        Ok(Verdict::Accepted(accepted)) => {
            let from = (agency.id(), &*generation, at);
            accept(from, accepted, keeper, (trace, step.place()))
        }
        Ok(Verdict::Rejected(rejected)) => reject(rejected),
        Err(error) => {
            let kept = keeper.keep_unreadable((agency.id(), &generation, at), &came, &error);
            match kept {
                Some(kept) => unreadable(kept, &error),
                None => not_judged(&error),
            }
        }
    };
    if is_accepted && judged.fate == Fate::Failed {
        step.came_to(&judged.code, true);
    }
    Judged {
        generation: generation.number,
        ..judged
    }
}

/// Makes both replies before anything is committed, so that one that cannot be sent is known in time.
fn accept(
    (agency, generation, at): (&str, &GenerationInfo, SystemTime),
    accepted: Acceptance,
    keeper: Keeper<'_>,
    (trace, within): (Option<String>, Place),
) -> Judged {
    let reply = Reply::of_acceptance(&accepted.reply);
    let replies = (reply, Reply::of_acceptance(&accepted.reply_to_duplicate));
    let (Some(reply), Some(to_duplicate)) = replies else {
        return unusable();
    };
    let arrival = inbox::arrival_in(trace, (agency, generation, at), accepted);
    match keeper.keep_within(&within, &arrival) {
        Ok(Kept::New) => Judged::ended(reply, Fate::Taken),
        Ok(Kept::Known) => Judged::ended(to_duplicate, Fate::Duplicate),
        Err(code) => Judged::failed(code, "the log says why"),
    }
}

/// A rejection for a reason of ours is none: the mail may be right, and the relay has to send it again.
fn reject(rejected: Rejected) -> Judged {
    let Rejected { reply, reason } = rejected;
    if is_ours(&reason) {
        return Judged::failed(&reason.code, &reason.message);
    }
    match Reply::of_rejection(&reply) {
        Some(reply) => Judged {
            code: reason.code,
            ..Judged::ended(reply, Fate::Rejected)
        },
        None => unusable(),
    }
}

/// Sent again, the component would fail again, and after some days the relay would return it. So it is taken once it is kept.
fn unreadable(kept: Result<Kept, &'static str>, error: &Error) -> Judged {
    match kept {
        Ok(_) => Judged {
            code: error.code(),
            ..Judged::ended(KEPT_FOR_REVIEW, Fate::Unreadable)
        },
        Err(code) => Judged::failed(code, "the log says why"),
    }
}

fn unusable() -> Judged {
    let detail = "the component's reply has a code that its verdict does not go with: 250 accepts, 4xx and 5xx but 421 reject";
    Judged::failed("reply.unusable", detail)
}

/// The component came to no verdict. The mail is at fault only where it is too large for a component that was swapped in after the mail had been read.
fn not_judged(error: &Error) -> Judged {
    match error {
        Error::TooLarge { .. } => Judged {
            code: "mail.too-large".to_owned(),
            ..Judged::ended(TOO_LARGE, Fate::Rejected)
        },
        // Its text may repeat what the component said of the mail.
        _ => Judged::failed(&error.code(), ""),
    }
}

/// RFC 1870 §6.2.
pub(super) const TOO_LARGE: Reply =
    Reply::new(552, "5.3.4", "the message is larger than is taken here");
