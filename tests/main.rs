// SPDX-License-Identifier: Apache-2.0
//! Everything through the public face: the sandbox and its limits, deployment and swapping, the contract's text, the layers of the
//! workspace, the listener, the configuration file, and each agency by cases in `data/`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod agencies;
mod canary;
mod capabilities;
mod config;
mod contract;
mod deployment;
mod differences;
mod exchange;
mod gateway;
mod imports;
mod inspector;
mod layering;
mod nodes;
mod operations;
mod platform;
mod sandbox;
mod sending;
mod suomifi_mail;
mod support;
mod swapping;
mod trials;
mod webhooks;
