// SPDX-License-Identifier: Apache-2.0
//! The listener: real TLS clients, a real component in the sandbox, loopback.

mod calls;
pub(crate) mod client;
mod identity;
mod limits;
mod mail;
mod manners;
mod replies;
pub(crate) mod scene;
mod server_certificate;
mod start;
mod stop;
mod suites;
mod swap;
