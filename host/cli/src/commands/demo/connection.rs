// SPDX-License-Identifier: Apache-2.0
use silta::exchange::{Answer, Request, Response};
use silta_gateway::{
    operation::{Exchanged, Sender},
    outbound::Blocking,
};

use crate::{commands::send, failure::Failure, host::Served};

/// The way to an agency, as the configuration has it.
pub(super) struct Connection {
    sender: Sender,
    threads: Blocking,
}

/// Far more than a simulator answers.
const LARGEST_ANSWER: u64 = 16 << 20;

impl Connection {
    /// Sets up what requests need; connects when something is sent.
    pub(super) fn open(served: &Served, agency: &str) -> Result<Self, Failure> {
        let threads = Blocking::new();
        Ok(Self {
            sender: send::sender(served, agency)?,
            threads: threads.map_err(|error| failed(&error))?,
        })
    }

    /// Sends a request and waits for its answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let sent = self.sender.send(request, LARGEST_ANSWER);
        match self.threads.run(sent).map_err(|error| failed(&error))? {
            Exchanged::Response(Response::Answered(answer), _) => Ok(answer),
            Exchanged::Response(_, Some(fact)) => Err(failed(&fact)),
            Exchanged::Response(_, None) => Err(failed(&"there is no answer")),
            Exchanged::NotSent(fact) => Err(failed(&fact)),
        }
    }
}

fn failed(reason: &dyn std::fmt::Display) -> Failure {
    let message =
        format!("the request could not be exchanged with the simulated Customs: {reason}");
    Failure::internal("demo.not-exchanged", &message)
}
