// SPDX-License-Identifier: Apache-2.0
//! The platform's API: real HTTP over TLS and loopback, a store on a disk, a component in the sandbox.

mod connections;
mod documents;
mod events;
mod inbox;
mod limits;
mod openapi;
mod operations;
mod scene;
mod submitting;
mod tokens;
