// SPDX-License-Identifier: Apache-2.0
//! The certification paths of the host as they are there, without the rest of the host. They are links to the host's own, as are the
//! modules that they use: `names`, `time` and `digest` beside this one, `algorithm`, `der` and `public_key` here.

#[allow(
    dead_code,
    reason = "the host verifies signatures of messages as well, by more of it"
)]
mod algorithm;
#[allow(dead_code, reason = "as above")]
mod der;
#[allow(
    dead_code,
    unused_imports,
    reason = "the host asks more of certificates, such as for messages"
)]
pub(crate) mod path;
#[allow(dead_code, reason = "as above")]
mod public_key;
