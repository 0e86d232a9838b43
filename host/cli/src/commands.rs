// SPDX-License-Identifier: Apache-2.0
//! The commands, one module each: what it takes, what it does, what it says.

pub(crate) mod acts;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod compile_worker;
pub(crate) mod completions;
pub(crate) mod component;
pub(crate) mod dead_letters;
pub(crate) mod demo;
pub(crate) mod describe;
pub(crate) mod export;
pub(crate) mod inbox;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod key_pair;
pub(crate) mod man;
pub(crate) mod operations;
pub(crate) mod parse;
pub(crate) mod platform;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod sim;
pub(crate) mod store;
pub(crate) mod submit;
pub(crate) mod token;
pub(crate) mod validate;
pub(crate) mod version;
pub(crate) mod wire;
pub(crate) mod xml;

use std::process::ExitCode;

/// How a command ended that gave a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// As asked.
    Done,
    /// What came was understood: an answer that means that the operation is not done, or a call that is rejected.
    NotDone,
    /// The configuration was looked at, and something in it is wrong.
    Misconfigured,
}

impl Completion {
    /// Listed in the program's long help.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::NotDone => ExitCode::from(3),
            Self::Misconfigured => ExitCode::from(5),
        }
    }
}
