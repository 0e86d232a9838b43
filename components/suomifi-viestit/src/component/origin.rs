// SPDX-License-Identifier: Apache-2.0
//! Where a Kohde comes from, and how its call is answered.

use std::cell::Cell;

use agency_guest::{
    Problem, contract_reply,
    exports::notification::{Acceptance, Verdict},
    imports::{
        blobs,
        facts::{Event, ReceivedDocument},
        ids, log,
    },
    internal, reject_with,
};
use agency_http::{AnswerError, Reply};
use canonical_xml::{Element, NoBlob};
use soap::Version;
use suomifi_messages::ReturnChannelTransport;

use crate::{
    describe,
    wire::{self, Authority, CallCode, CallIdReply, CallRefusal, ItemAnswer, Operation, Settings},
};

/// A call that is being answered.
pub(super) struct Origin<'a> {
    pub(super) settings: &'a Settings,
    pub(super) operation: Operation,
    /// The call, whose long texts have stayed in the host.
    pub(super) source: &'a blobs::Blob,
    pub(super) authority: Authority,
    /// paluukanavaUrl.
    pub(super) return_channel_url: Option<String>,
    /// SHA-256 of the signer's certificate in hexadecimal; none for a call that nobody has signed.
    pub(super) signer: Option<String>,
    pub(super) lines: Lines,
}

impl Origin<'_> {
    /// What the interface has of its own, as far as it is said of the whole call.
    pub(super) fn transport(&self) -> ReturnChannelTransport {
        let authority = self.authority.clone();
        ReturnChannelTransport {
            authority_id: authority.authority_id,
            user_id: authority.user_id,
            call_id: authority.call_id,
            call_version: authority.call_version,
            certificate_name: authority.certificate_name,
            return_channel_url: self.return_channel_url.clone(),
            signer: self.signer.clone(),
            ..ReturnChannelTransport::default()
        }
    }

    /// Takes the call.
    pub(super) fn accept(
        &self,
        events: Vec<Event>,
        documents: Vec<ReceivedDocument>,
        reply: &Reply,
        reply_to_duplicate: &Reply,
    ) -> Result<Verdict, Problem> {
        Ok(Verdict::Accepted(Acceptance {
            operation: describe::name(self.operation).into(),
            events,
            documents,
            follow_ups: Vec::new(),
            reply: contract_reply(reply)?,
            reply_to_duplicate: contract_reply(reply_to_duplicate)?,
        }))
    }

    /// Answers the call with a code other than 0. HTTP says 200: the operation has been answered.
    pub(super) fn refuse(&self, refusal: CallRefusal) -> Result<Verdict, Problem> {
        let reply = self.reply(refusal.code, &refusal.error.message, &[])?;
        reject_with(&reply, refusal.error.into())
    }

    /// The answer of the operation.
    pub(super) fn reply(
        &self,
        code: CallCode,
        description: &str,
        items: &[ItemAnswer<'_>],
    ) -> Result<Reply, Problem> {
        let call_id = match self.settings.response.call_id {
            CallIdReply::Echo => self.authority.call_id.clone(),
            CallIdReply::Own => Some(ids::uuid()),
            CallIdReply::LeftOut => None,
        };
        let message = wire::response(
            self.settings,
            self.operation,
            (code, description),
            call_id.as_deref(),
            items,
        );
        soap_reply(200, &message)
    }

    /// A Kohde that was refused while others were taken, told in the log without anything that it says.
    pub(super) fn refused(&self, number: usize, of: usize, state: u16, error: &AnswerError) {
        let line = format!(
            "{} {number} of {of} is not stored and answered with state {state}: {} at {}: {}",
            self.operation.element(),
            error.code,
            error.path,
            error.message
        );
        self.lines.warn(&line);
    }
}

/// Most lines of a call. The host bounds the bytes of a call's lines and ends a call that goes over; a line has 1,728 of its 65,536 bytes at most.
const MOST_LINES: usize = 30;

/// Lines that an operator should see, no more of one call than the host takes.
#[derive(Default)]
pub(super) struct Lines {
    asked: Cell<usize>,
}

impl Lines {
    /// One more, if there is room.
    pub(super) fn warn(&self, line: &str) {
        let asked = self.asked.get() + 1;
        self.asked.set(asked);
        if asked <= MOST_LINES {
            log::write(log::Level::Warning, line);
        }
    }
}

/// Tells how many were left out, whatever the call came to.
impl Drop for Lines {
    fn drop(&mut self) {
        let left_out = self.asked.get().saturating_sub(MOST_LINES);
        if left_out > 0 {
            let line = format!(
                "{left_out} more lines about the call are left out; a call has {MOST_LINES} at most"
            );
            log::write(log::Level::Warning, &line);
        }
    }
}

/// A message with a status.
pub(super) fn soap_reply(status: u16, message: &Element<NoBlob>) -> Result<Reply, Problem> {
    let reply = Reply::soap(status, Version::V11, message);
    reply.map_err(|_| internal("an answer could not be written"))
}
