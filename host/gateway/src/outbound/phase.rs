// SPDX-License-Identifier: Apache-2.0
//! What was under way.

use std::{
    fmt,
    sync::atomic::{AtomicU8, Ordering},
};

/// What was under way when it ended, in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The request was looked at; there is no connection yet.
    Prepare,
    /// The name of the host, or of the proxy, was looked up.
    Resolve,
    /// A TCP connection was being opened, to the host or to the proxy.
    Connect,
    /// The proxy was asked for a way to the host.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// Mail: the dialogue with the relay before the content, and before it the greeting, STARTTLS and authentication.
    Dialogue,
    /// The head of the request was being written.
    SendHead,
    /// Its body was being written.
    SendBody,
    /// The request had been handed over whole, and the head of the answer, or the relay's reply, was waited for.
    AwaitAnswer,
    /// The body of the answer was being read.
    ReadAnswer,
}

impl Phase {
    const ALL: [Self; 10] = [
        Self::Prepare,
        Self::Resolve,
        Self::Connect,
        Self::Proxy,
        Self::Tls,
        Self::Dialogue,
        Self::SendHead,
        Self::SendBody,
        Self::AwaitAnswer,
        Self::ReadAnswer,
    ];

    /// Stable name, for logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Dialogue => "dialogue",
            Self::SendHead => "send-head",
            Self::SendBody => "send-body",
            Self::AwaitAnswer => "await-answer",
            Self::ReadAnswer => "read-answer",
        }
    }

    /// When it is, in a sentence.
    fn when(self) -> &'static str {
        match self {
            Self::Prepare => "before connecting",
            Self::Resolve => "while the name of the host was looked up",
            Self::Connect => "while connecting",
            Self::Proxy => "while the proxy connected",
            Self::Tls => "in the TLS handshake",
            Self::Dialogue => "in the dialogue with the relay",
            Self::SendHead => "while the head of the request was sent",
            Self::SendBody => "while the body was sent",
            Self::AwaitAnswer => "after all had been sent, before an answer",
            Self::ReadAnswer => "in the middle of the answer",
        }
    }
}

/// When it is, such as "in the TLS handshake".
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.when())
    }
}

/// The phase of a connection that is being opened, seen from outside of what opens it.
#[derive(Debug, Default)]
pub(super) struct CurrentPhase(AtomicU8);

impl CurrentPhase {
    pub(super) fn enter(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::SeqCst);
    }

    pub(super) fn get(&self) -> Phase {
        let now = self.0.load(Ordering::SeqCst);
        let known = Phase::ALL.into_iter().find(|phase| *phase as u8 == now);
        known.unwrap_or(Phase::Prepare)
    }
}
