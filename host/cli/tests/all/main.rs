// SPDX-License-Identifier: Apache-2.0
//! The program as its users have it, real binary and real files; and what it builds, judged by a simulated Customs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod build;
mod cache;
mod check;
mod client;
mod command_line;
mod component;
mod customs;
mod demo;
mod deploy;
mod deployments;
mod describe;
mod examples;
mod export;
mod identities;
mod inbox;
mod init;
mod mail;
mod making;
mod outputs;
mod parse;
mod platform;
mod project;
mod readme;
mod receiver;
mod recording;
mod refusals;
mod return_channel;
mod secrecy;
mod send;
mod serve;
mod shells;
mod signers;
mod sim;
mod store;
mod suomifi;
mod validate;
mod vero;
mod version;
mod wire;
mod xml_attacks;
mod xml_sign;
