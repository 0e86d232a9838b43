// SPDX-License-Identifier: Apache-2.0
//! Requests and mails that go out: real TLS, real sockets, servers on loopback that end the connection wherever it can end.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod certificates;
mod client_key;
mod cuts;
mod exchanges;
mod limits;
mod mail;
mod mail_cuts;
mod mail_refusals;
mod mail_relay;
mod openssl;
mod proxy;
mod server;
mod trust;
