// SPDX-License-Identifier: Apache-2.0
//! What a person sees who operates the gateway: HTML at the operator's address, in Finnish and English. It works without scripts; with them it keeps itself up to date.
//!
//! Nothing here shows what operations and entries are about: no parameters, payloads, data of events, deduplication keys, conversations, names of documents or words of agencies.

mod about;
mod act;
mod acts;
mod agencies;
mod answer;
mod assets;
mod certificates;
mod entries;
mod expiries;
mod facts;
mod fields;
mod generation_decision;
mod guard;
mod history;
mod language;
mod layout;
mod live;
mod operation;
mod operations;
mod overview;
mod route;
mod sent;
mod setup;
mod trials;
mod trouble;
mod when;
mod words;

pub(crate) use answer::{Page, Peer};
pub use certificates::{CertificateEnd, Certificates};
pub use setup::{PageSetup, UserField, WrongPage};
