// SPDX-License-Identifier: Apache-2.0
//! The listener for mail: raw sockets and other people's clients, a real component in the sandbox, loopback.

mod clients;
mod content;
mod dialogue;
mod limits;
mod outcomes;
mod relay;
mod routing;
mod scene;
mod stop;
mod suomifi;
mod tls;
