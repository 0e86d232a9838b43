// SPDX-License-Identifier: Apache-2.0
//! What is queued in a store on a disk, sent by a gateway to an agency over TLS, through restarts of the gateway.

mod breaker;
mod canary;
mod classes;
mod crashes;
mod metrics;
mod office;
mod polls;
mod rates;
mod told;
