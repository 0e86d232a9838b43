// SPDX-License-Identifier: Apache-2.0
//! The certification paths of the host as they are there, without the rest of the host. They are links to the host's own, as are the
//! three modules that they use: `names`, `time` and `digest`.

#[allow(
    dead_code,
    unused_imports,
    reason = "the host asks more of certificates, such as for messages"
)]
pub(crate) mod path;
